"""A verification as a table for people; what failed comes last, whole, where the eye is."""

from __future__ import annotations

from collections import defaultdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dmvpn_auto.verify.verdict import Status, Verdict, Verification

_STYLE = {Status.PASS: "green", Status.FAIL: "bold red", Status.UNKNOWN: "yellow"}
MAX_LINES = 6
"""Raw lines shown for one verdict; the JSON output has all."""


def print_verification(verification: Verification, console: Console) -> None:
    """Print the summary table, what is wrong with its evidence, the sum.

    Verdicts that only follow from others (not judged, not tried, not reached) are named in one line
    each kind, so that the causes stay on the screen.
    """
    console.print(_summary(verification))
    follow: list[Verdict] = []
    for verdict in sorted(verification.verdicts, key=lambda v: v.status is Status.FAIL):
        if verdict.status is Status.PASS:
            continue
        if verdict.status is Status.UNKNOWN and _follows(verdict, verification):
            follow.append(verdict)
            continue
        for part in _detail(verdict):
            console.print(part, soft_wrap=True)
    if follow:
        console.print(_consequences(follow))
    console.print(_sum(verification), soft_wrap=True)


def _follows(verdict: Verdict, verification: Verification) -> bool:
    gone = {verdict.device, verdict.peer} & set(verification.unreachable)
    return bool(gone) or verdict.follows


def _consequences(verdicts: list[Verdict]) -> Text:
    named = ", ".join(f"{v.check} {_who(v)}" for v in verdicts[:MAX_LINES])
    more = f" and {len(verdicts) - MAX_LINES} more" if len(verdicts) > MAX_LINES else ""
    text = Text("\nNOT JUDGED ", style=_STYLE[Status.UNKNOWN])
    return text.append(f"because of the above or for want of an answer: {named}{more}", "default")


def _summary(verification: Verification) -> Table:
    """One row for each check: how many routers or pairs hold, and what one of them said."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verification.verdicts:
        groups[verdict.check].append(verdict)
    table = Table(title=f"cloud {verification.cloud}", title_justify="left", box=None)
    for column in ("check", "holds", "fails", "unknown", "for example"):
        table.add_column(column, justify="right" if column in {"holds", "fails"} else "left")
    for check, verdicts in groups.items():
        count = {s: sum(v.status is s for v in verdicts) for s in Status}
        worst = next(
            v for s in (Status.FAIL, Status.UNKNOWN, Status.PASS) for v in verdicts if v.status is s
        )
        table.add_row(
            Text(check, style=_STYLE[worst.status]),
            f"{count[Status.PASS]}/{len(verdicts)}",
            str(count[Status.FAIL] or ""),
            str(count[Status.UNKNOWN] or ""),
            Text(f"{_who(worst)}: {worst.actual}", overflow="ellipsis", no_wrap=True),
        )
    return table


def _detail(verdict: Verdict) -> list[Text]:
    head = Text(f"\n{verdict.status.upper()} ", style=_STYLE[verdict.status])
    head.append(f"{verdict.check} {_who(verdict)}", style="bold")
    parts = [head, Text(f"  expected  {verdict.expected}"), Text(f"  actual    {verdict.actual}")]
    shown = verdict.evidence[:MAX_LINES]
    parts += [Text(f"  | {line}", style="dim") for line in shown]
    if len(verdict.evidence) > len(shown):
        parts.append(Text(f"  | ... {len(verdict.evidence) - len(shown)} more lines", style="dim"))
    return parts


def _sum(verification: Verification) -> Text:
    count = {s: sum(v.status is s for v in verification.verdicts) for s in Status}
    text = Text(f"\n{verification.verdict.upper()}", style=_STYLE[verification.verdict])
    text.append(
        f": {count[Status.PASS]} hold, {count[Status.FAIL]} fail, {count[Status.UNKNOWN]} unknown, "
        f"{verification.seconds:.1f} s",
        style="default",
    )
    for name in verification.unreachable:
        why = next(v.actual for v in verification.verdicts if v.device == name)
        reason = why.removeprefix("no evidence: ")
        text.append(f"\nnot reached: {name}: {reason}", style="yellow")
    return text


def _who(verdict: Verdict) -> str:
    return f"{verdict.device} -> {verdict.peer}" if verdict.peer else verdict.device
