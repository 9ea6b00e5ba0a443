"""The proof of a change before anybody types it: on paper, both ways.

Typing `forward` into a simulated router (`simulator.py`) must be taken line by line and give a
configuration in which every wanted line stands; typing `backward` into that must give the old
configuration to the line. What the simulator holds against a change is a reason to refuse it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dmvpn_auto.ios.dialects import dialect_of
from dmvpn_auto.ios.diff import Change, diff, version_of
from dmvpn_auto.ios.equivalents import fold
from dmvpn_auto.ios.habits import ORDERED, UNSAID
from dmvpn_auto.ios.masking import mask, same_secret
from dmvpn_auto.ios.rules import Section
from dmvpn_auto.ios.simulator import Refused, Simulator, simulate
from dmvpn_auto.ios.tree import Tree


def prove(  # noqa: PLR0917 - the configurations of a change
    running: Tree,
    wanted: Tree,
    change: Change,
    beside: Tree | None = None,
    absent: Tree | None = None,
    stale: Collection[str] = (),
) -> str:
    """Return why the change must not be typed; empty when it is proven both ways. No secret is in
    the answer. Nothing of `stale` (see `diff`) may be left.
    """
    try:
        after = simulate(running, change.forward)
    except Refused as refusal:
        return f"forward: the router would refuse: {refusal}"
    if reason := _unmet(after, running, wanted, beside or {}, absent or {}, stale):
        return f"forward: {reason}"
    if not change.backward and not change.forward:
        return ""
    try:
        back = simulate(after.tree, change.backward)
    except Refused as refusal:
        return f"backward: the router would refuse: {refusal}"
    if back.switched_off:
        return f"backward: {back.switched_off[0]} would be displayed and do nothing"
    first = next(differences(back.tree, running), "")
    return f"backward: does not restore: {first}" if first else ""


def _unmet(  # noqa: PLR0917 - the configurations of a change
    after: Simulator,
    running: Tree,
    wanted: Tree,
    beside: Tree,
    absent: Tree,
    stale: Collection[str],
) -> str:
    if after.switched_off:
        return f"{after.switched_off[0]} would be displayed and do nothing"
    top = dialect_of(version_of(running)).top
    if lost := next(_lacking(after.tree, wanted, top, ""), ""):
        return f"the result would lack {lost}"
    if there := next(_present(after.tree, absent, beside, ""), ""):
        return f"the result would still hold {there}"
    left = diff(after.tree, wanted, beside, absent, stale=stale).deltas
    if left:
        first = next((delta for delta in left if delta.mark != " "), left[0])
        return f"the result would still differ: {first}"
    return ""


def _present(tree: Tree, absent: Tree, beside: Tree, where: str) -> Iterator[str]:
    """Yield the lines that shall not be there and are, although no other cloud wants them."""
    for line, below in absent.items():
        if line in tree and below:
            others = beside.get(line, {})
            yield from _present(tree[line], below, others, f"{where}{mask(line)} / ")
        elif line in tree and line not in beside:
            yield f"{where}{mask(line)}"


def _lacking(tree: Tree, wanted: Tree, rule: Section, where: str) -> Iterator[str]:
    """Yield the wanted lines that the tree does not hold, in this spelling or another."""
    held = {rule.spell(line): line for line in tree}
    lines = {rule.spell(line): line for line in wanted}
    same = fold(held, lines) if rule.folds else frozenset()
    for text, raw in lines.items():
        if text in held:
            if not wanted[raw]:
                continue
            if ORDERED.match(text):
                continue  # `diff` compares them entry by entry
            below = rule.section(text) or Section(rule.header)
            yield from _lacking(tree[held[text]], wanted[raw], below, f"{where}{mask(raw)} / ")
            continue
        known = raw in UNSAID or any(
            p and p.match(text) for p in (rule.hidden, rule.hides, rule.implied)
        )
        if not known and raw not in same and not any(same_secret(line, raw) for line in tree):
            yield f"{where}{mask(raw)}"


def differences(one: Tree, other: Tree, where: str = "") -> Iterator[str]:
    """Yield, without secrets, what of `other` is missing in `one` and what is left over there; the
    order of lines counts in access lists only.
    """
    for line in other:
        if line not in one and line not in UNSAID:
            yield f"{where}{mask(line)} is missing"
    for line in one:
        if line not in other:
            yield f"{where}{mask(line)} is left over"
        elif one[line] or other[line]:
            below = f"{where}{mask(line)} / "
            if ORDERED.match(line) and _sequence(one[line]) != _sequence(other[line]):
                yield f"{where}{mask(line)}: its lines stand in another order"
            yield from differences(one[line], other[line], below)


def _sequence(lines: Tree) -> list[str]:
    """The lines in the order in which they are tried."""
    numbers = [line.split()[0] for line in lines]
    if all(number.isdigit() for number in numbers):
        return sorted(lines, key=lambda line: int(line.split()[0]))
    return list(lines)
