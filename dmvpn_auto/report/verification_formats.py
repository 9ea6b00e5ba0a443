"""A verification for CI systems, for wikis and for people far away: JUnit XML, Markdown, HTML.

All three hold the same verdicts, what fails first. The HTML page is one file that loads nothing,
works without JavaScript, and can be searched and filtered with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import dmvpn_auto
from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.report.cloud_state import cloud_state
from dmvpn_auto.report.diagram import as_svg
from dmvpn_auto.report.pages import markdown_row, page
from dmvpn_auto.report.verdict_groups import (
    by_check,
    causes,
    consequence,
    consequences,
    tally,
    unreachable,
    who,
)
from dmvpn_auto.verify.verdict import URGENCY, Status, Verdict, Verification

if TYPE_CHECKING:
    from junitparser.junitparser import FinalResult

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(_design: CloudDesign, verification: Verification) -> str:
    """Return JUnit XML: a suite for each check, a case for each router or pair.

    A failed verdict is a failure, one without evidence an error, one that was not judged because
    of another is skipped.
    """
    from junitparser import JUnitXml, TestCase, TestSuite

    report = JUnitXml(f"dmvpn-auto verify {verification.cloud}")
    for found in by_check(verification):
        suite = TestSuite(found.check)
        for verdict in verification.verdicts:
            if verdict.check == found.check:
                case = TestCase(who(verdict), classname=f"{verification.cloud}.{verdict.check}")
                case.result = _results(verdict, verification)
                suite.add_testcase(case)
        report.add_testsuite(suite)
    report.update_statistics()  # type: ignore[no-untyped-call]
    report.time = round(verification.seconds, 3)
    text: bytes = report.tostring()  # type: ignore[no-untyped-call]
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text.decode() + "\n"


def _results(verdict: Verdict, verification: Verification) -> list[FinalResult]:
    from junitparser import Error, Failure, Skipped

    if verdict.status is Status.PASS:
        return []
    said = _plain(verdict.actual)
    result: FinalResult = Error(said)
    if verdict.status is Status.FAIL:
        result = Failure(said)
    elif verdict.waiver is not None:
        result = Skipped(_plain(f"waived: {verdict.waiver}"))
    elif consequence(verdict, verification):
        result = Skipped(said)
    lines = (f"expected  {verdict.expected}", f"actual    {verdict.actual}", *_raw(verdict))
    result.text = _plain("\n".join(lines))
    return [result]


def _raw(verdict: Verdict) -> Iterator[str]:
    return (f"| {line}" for line in verdict.evidence)


def _plain(text: str) -> str:
    """Replace what XML cannot hold: a router may print any byte."""
    return _NOT_XML.sub("\ufffd", text)


def as_markdown(_design: CloudDesign, verification: Verification) -> str:
    """Return Markdown for a merge request, a ticket or a wiki."""
    return "\n".join(_markdown(verification)) + "\n"


def _markdown(verification: Verification) -> Iterator[str]:
    yield f"# Cloud {verification.cloud}: {verification.verdict}\n"
    yield f"{tally(verification.verdicts)}, {verification.seconds:.1f} s.\n"
    for name, reason in unreachable(verification):
        yield f"- **not reached: {name}**: {markdown_row((reason,))[2:-2]}"
    waivers = any(v.status is Status.WAIVED for v in verification.verdicts)
    counted = ("fails", "unknown", *(["waived"] if waivers else []))
    yield markdown_row(("check", "holds", *counted, "for example"))
    yield markdown_row(("---", "--:", *("--:" for _ in counted), "---"))
    for found in by_check(verification):
        count, worst = found.count, found.example
        numbers = [count[Status.FAIL], count[Status.UNKNOWN]]
        numbers += [count[Status.WAIVED]] if waivers else []
        yield markdown_row((
            found.check, f"{count[Status.PASS]}/{found.total}", *(str(n or "") for n in numbers),
            f"{who(worst)}: {worst.actual}",
        ))  # fmt: skip
    for verdict in causes(verification):
        yield f"\n## {verdict.status.upper()} {verdict.check} {who(verdict)}\n"
        yield markdown_row(("expected", verdict.expected))
        yield markdown_row(("---", "---"))
        yield markdown_row(("actual", verdict.actual))
        if verdict.waiver is not None:
            yield markdown_row(("waived", verdict.waiver))
        if verdict.evidence:
            fence = "`" * max(3, 1 + _longest_fence(verdict.evidence))
            yield "\n".join(("", fence, *verdict.evidence, fence))
    if follow := consequences(verification):
        yield "\n## Not judged because of the above\n"
        yield from (f"- {v.check} {who(v)}" for v in follow)


def _longest_fence(lines: tuple[str, ...]) -> int:
    return max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)


ROWS = 500
"""Verdicts that the page shows at a time: browsers take a minute for those of a big cloud."""


def as_html(design: CloudDesign, verification: Verification) -> str:
    """Return one HTML page with the cloud's picture; every text is escaped."""
    from markupsafe import Markup

    verdicts = sorted(
        verification.verdicts,
        key=lambda v: (URGENCY.index(v.status), consequence(v, verification)),
    )
    return page(
        "verification.html.j2",
        verification=verification,
        picture=Markup(as_svg(design, cloud_state(verification))),  # noqa: S704 - escaped there
        design=design,
        checks=by_check(verification),
        verdicts=verdicts[:ROWS],
        more=[_row(v, verification) for v in verdicts[ROWS:]],
        waivers=any(v.status is Status.WAIVED for v in verdicts),
        rows=ROWS,
        who=who,
        follows=lambda verdict: consequence(verdict, verification),
        tally=tally(verification.verdicts),
        unreachable=unreachable(verification),
        version=dmvpn_auto.__version__,
    )


def _row(verdict: Verdict, verification: Verification) -> tuple[str, ...]:
    """Return what the page's script makes a row of; the template writes the same."""
    plain = verdict.status is Status.PASS or consequence(verdict, verification)
    return (
        verdict.status, verdict.check, who(verdict), "" if plain else verdict.expected,
        verdict.actual, verdict.waiver or "", "\n".join(verdict.evidence),
    )  # fmt: skip


FORMATS: Mapping[str, Callable[[CloudDesign, Verification], str]] = MappingProxyType(
    {"junit": as_junit, "markdown": as_markdown, "html": as_html}
)
"""Format -> writer of the whole document."""
