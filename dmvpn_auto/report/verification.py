"""A verification as a table for people: what fails comes first, then its evidence, then the sum."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dmvpn_auto.report.verdict_groups import (
    by_check,
    causes,
    consequences,
    tally,
    unreachable,
    who,
)
from dmvpn_auto.verify.verdict import Status, Verdict, Verification

_STYLE = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.UNKNOWN: "yellow",
    Status.WAIVED: "magenta",
}
MAX_LINES = 6
"""Raw lines shown for one verdict; the JSON output has all."""
MAX_CAUSES, OF_A_CHECK = 40, 5
"""Verdicts shown one by one; where there are more, so many of each check and status."""


def print_verification(verification: Verification, console: Console) -> None:
    """Print the summary table, what is wrong with its evidence, the sum.

    Verdicts that only follow from others (not judged, not tried, not reached) are named in one line
    each kind, so that the causes stay on the screen.
    """
    console.print(_summary(verification))
    shown, left = _chosen(causes(verification))
    for verdict in shown:
        for part in _detail(verdict):
            console.print(part, soft_wrap=True)
    if left:
        counts = ", ".join(f"{count} {check}" for check, count in left.items())
        console.print(Text(f"\nand more like these: {counts}", style="bold"), soft_wrap=True)
        console.print(Text("--format json or html has them all"), soft_wrap=True)
    if follow := consequences(verification):
        console.print(_consequences(follow))
    console.print(_sum(verification), soft_wrap=True)


def _chosen(found: list[Verdict]) -> tuple[list[Verdict], Counter[str]]:
    """Return the verdicts to show one by one, and how many of each check are left out."""
    if len(found) <= MAX_CAUSES:
        return found, Counter()
    seen: Counter[tuple[str, Status]] = Counter()
    shown: list[Verdict] = []
    left: Counter[str] = Counter()
    for verdict in found:
        kind = verdict.check, verdict.status
        seen[kind] += 1
        if seen[kind] <= OF_A_CHECK:
            shown.append(verdict)
        else:
            left[verdict.check] += 1
    return shown, left


def _consequences(verdicts: list[Verdict]) -> Text:
    named = ", ".join(f"{v.check} {who(v)}" for v in verdicts[:MAX_LINES])
    more = f" and {len(verdicts) - MAX_LINES} more" if len(verdicts) > MAX_LINES else ""
    text = Text("\nNOT JUDGED ", style=_STYLE[Status.UNKNOWN])
    return text.append(f"because of the above or for want of an answer: {named}{more}", "default")


def _summary(verification: Verification) -> Table:
    """One row for each check: how many routers or pairs hold, and what one of them said."""
    table = Table(title=f"cloud {verification.cloud}", title_justify="left", box=None)
    columns = ["check", "holds", "fails", "unknown", "waived", "for example"]
    if not any(v.status is Status.WAIVED for v in verification.verdicts):
        columns.remove("waived")
    for column in columns:
        table.add_column(column, justify="right" if column in {"holds", "fails"} else "left")
    for found in by_check(verification):
        worst = found.example
        table.add_row(
            Text(found.check, style=_STYLE[worst.status]),
            f"{found.count[Status.PASS]}/{found.total}",
            str(found.count[Status.FAIL] or ""),
            str(found.count[Status.UNKNOWN] or ""),
            *([str(found.count[Status.WAIVED] or "")] if "waived" in columns else []),
            Text(f"{who(worst)}: {worst.actual}", overflow="ellipsis", no_wrap=True),
        )
    return table


def _detail(verdict: Verdict) -> list[Text]:
    head = Text(f"\n{verdict.status.upper()} ", style=_STYLE[verdict.status])
    head.append(f"{verdict.check} {who(verdict)}", style="bold")
    parts = [head, Text(f"  expected  {verdict.expected}"), Text(f"  actual    {verdict.actual}")]
    if verdict.waiver is not None:
        parts.append(Text(f"  waived    {verdict.waiver}", style=_STYLE[Status.WAIVED]))
    shown = verdict.evidence[:MAX_LINES]
    parts += [Text(f"  | {line}", style="dim") for line in shown]
    if len(verdict.evidence) > len(shown):
        parts.append(Text(f"  | ... {len(verdict.evidence) - len(shown)} more lines", style="dim"))
    return parts


def _sum(verification: Verification) -> Text:
    text = Text(f"\n{verification.verdict.upper()}", style=_STYLE[verification.verdict])
    text.append(f": {tally(verification.verdicts)}, {verification.seconds:.1f} s", style="default")
    for name, reason in unreachable(verification):
        text.append(f"\nnot reached: {name}: {reason}", style="yellow")
    return text
