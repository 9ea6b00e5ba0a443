"""What changed between two verifications, for people: what got worse first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from dmvpn_auto.verify.comparison import Change, Comparison
from dmvpn_auto.verify.verdict import about

MAX_FACTS = 40
"""Changed facts shown; the JSON output has all."""
_HEADINGS = (
    ("worse", "WORSE", "bold red"),
    ("better", "BETTER", "green"),
    ("new", "NEW", "yellow"),
    ("gone", "GONE", "yellow"),
)


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the verdicts that changed, the facts, the peers that came or went, the sum."""
    for kind, heading, style in _HEADINGS:
        found = [c for c in comparison.changes if c.kind == kind]
        for change in (c for c in found if not c.follows):
            console.print(_verdict(change, heading, style), soft_wrap=True)
        if follow := [c for c in found if c.follows]:
            said = f"{heading} {len(follow)} more are not judged because of these"
            console.print(Text(said, style=style), soft_wrap=True)
    peers = comparison.peers
    waived = [c for c in comparison.of("changed") if c.fact is None]
    facts = [c for c in comparison.of("changed") if c.fact is not None and c not in peers]
    for change in waived:
        console.print(_verdict(change, "CHANGED", "magenta"), soft_wrap=True)
    _print_facts(facts, "CHANGED", console)
    _print_facts(peers, "PEER", console)
    console.print(Text(_sum(comparison), style="bold"), soft_wrap=True)


def _verdict(change: Change, heading: str, style: str) -> Text:
    before, after = change.before or "not judged", change.after or "not judged"
    text = Text(f"{heading} {change.check} {_who(change)}", style=style)
    said = f": {change.said}" if change.said and change.after else ""
    return text.append(f": {before} -> {after}{said}", style="default")


def _print_facts(changes: Sequence[Change], heading: str, console: Console) -> None:
    for change in changes[:MAX_FACTS]:
        what = f"{heading} {change.check} {_who(change)}: {change.fact} "
        console.print(
            Text(f"{what}{change.before or 'none'} -> {change.after or 'none'}"), soft_wrap=True
        )
    if len(changes) > MAX_FACTS:
        console.print(f"... and {len(changes) - MAX_FACTS} more")


def _who(change: Change) -> str:
    return about(change.device, change.peer, change.family)


def _sum(comparison: Comparison) -> str:
    words = [f"{len(comparison.of(kind))} {kind}" for kind in ("worse", "better", "changed")]
    words += [f"{len(found)} {kind}" for kind in ("new", "gone") if (found := comparison.of(kind))]
    return f"{', '.join(words)}; {comparison.same} verdicts as before"
