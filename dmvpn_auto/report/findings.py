"""What the design rules found, as text, JSON and SARIF (2.1.0, for code review)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import dmvpn_auto
from dmvpn_auto.design.rules import all_rules
from dmvpn_auto.design.types import CloudDesign, Finding, Severity
from dmvpn_auto.errors import UsageError

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def refused(designs: Sequence[CloudDesign], *, strict: bool) -> bool:
    """Whether a cloud cannot work; with `strict`, whether there is a warning as well."""
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(found.severity in bad for design in designs for found in design.findings)


def as_text(designs: Sequence[CloudDesign]) -> str:
    """Return the findings for a terminal, the cloud's facts in the last line."""
    return "".join(line + "\n" for design in designs for line in _text(design))


def _text(design: CloudDesign) -> Iterator[str]:
    for found in design.findings:
        yield f"{found.where}: {found.severity}: {found.message} [{found.rule}]"
        if found.severity is not Severity.INFO:
            yield f"    fix: {found.fix}"
    counts = dict.fromkeys(Severity, 0)
    for found in design.findings:
        counts[found.severity] += 1
    verdict = "cannot work" if counts[Severity.ERROR] else "can be deployed"
    said = ", ".join(f"{count} {level}{'s' if count != 1 and level != 'info' else ''}"
                     for level, count in counts.items())  # fmt: skip
    yield (
        f"cloud {design.name}: phase {design.phase}, {_count(len(design.hubs), 'hub')}, "
        f"{_count(len(design.spokes), 'spoke')}; {said}: {verdict}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(designs: Sequence[CloudDesign]) -> str:
    """Return `{"valid": ..., "clouds": [{"cloud", "valid", "findings": [...]}]}`."""
    clouds = [
        {
            "cloud": design.name,
            "valid": not refused([design], strict=False),
            "hubs": len(design.hubs),
            "spokes": len(design.spokes),
            "findings": [_facts(found) for found in design.findings],
        }
        for design in designs
    ]
    return (
        json.dumps({"valid": not refused(designs, strict=False), "clouds": clouds}, indent=1) + "\n"
    )


def _facts(found: Finding) -> dict[str, str]:
    keys = ("rule", "severity", "where", "subject", "message", "fix", "source")
    return {key: str(getattr(found, key)) for key in keys}


def as_sarif(designs: Sequence[CloudDesign]) -> str:
    """Return the findings as SARIF: one result per finding, the rules described."""
    findings = [found for design in designs for found in design.findings]
    named = {found.rule for found in findings}
    driver = {
        "name": "dmvpn-auto",
        "version": dmvpn_auto.__version__,
        "rules": [
            {
                "id": one.id,
                "shortDescription": {"text": one.reason()},
                "help": {"text": f"{one.fix} (source: {one.source})"},
                "defaultConfiguration": {"level": _LEVELS[one.severity]},
            }
            for one in all_rules()
            if one.id in named
        ],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(found) for found in findings]}],
    }
    return json.dumps(log, indent=1) + "\n"


def _result(found: Finding) -> dict[str, Any]:
    file, _, line = found.where.rpartition(":")
    # A place need not be a file ("NetBox device spoke1 (id 7)"), but a URI it must be.
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(file if line.isdigit() else found.where)}
    }
    if line.isdigit():
        place["region"] = {"startLine": int(line)}
    return {
        "ruleId": found.rule,
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.message}. {found.fix}"},
        "locations": [{"physicalLocation": place}],
    }


def explanation(name: str) -> str:
    """Return what a rule is about, why it exists and what to do. Raises UsageError."""
    rules = {one.id: one for one in all_rules()}
    if name not in rules:
        close = get_close_matches(name, rules, n=1, cutoff=0.4)
        raise UsageError(
            f"there is no rule {name!r}",
            hint=f"did you mean {close[0]!r}?" if close else f"rules: {', '.join(rules)}",
        )
    one = rules[name]
    return (
        f"{one.id} ({one.severity})\n\n{one.teaching()}\n\nFix: {one.fix}\nSource: {one.source}\n"
    )
