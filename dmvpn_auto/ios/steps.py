"""The steps of a change: what to type, in which place, how it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from dmvpn_auto.ios.entries import aligned, edits
from dmvpn_auto.ios.masking import mask
from dmvpn_auto.ios.ownership import addresses_of, overlap
from dmvpn_auto.ios.rules import Line, Section
from dmvpn_auto.ios.tree import Tree

FIRST, PLAIN, SECTION, LATE, LAST, DROPPED = 49, 50, 60, 70, 80, 90


@dataclass(frozen=True, slots=True)
class Delta:
    """One line of the difference: mark "+", "-" or " " (context), depth in the tree, text without
    secrets.
    """

    mark: str
    depth: int
    text: str

    def __str__(self) -> str:
        return f"{self.mark} {' ' * self.depth}{self.text}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: how deep, what others want there, and what shall not be there."""

    depth: int
    beside: Tree
    absent: Tree = field(default_factory=dict)

    def below(self, header: str) -> Place:
        """Return the place inside a section."""
        return Place(self.depth + 1, self.beside.get(header, {}), self.absent.get(header, {}))


@dataclass(slots=True)
class Step:
    """One change of a section: its place, what to type, how it reads."""

    rank: int
    commands: list[tuple[int, str]]
    deltas: list[Delta]
    family: Line | None = None
    order: int = 0  # place in the difference, which reads in the order of the configuration

    @property
    def last(self) -> bool:
        """Whether it takes something away that others must replace first."""
        return bool(self.family and self.family.last) and [d.mark for d in self.deltas] == ["-"]


def commands_of(steps: Iterable[Step]) -> list[str]:
    """Return what to type, indented for the reader."""
    return [" " * depth + text for step in steps for depth, text in step.commands]


def deltas_of(steps: Iterable[Step]) -> list[Delta]:
    """Return the difference, in the order of the configuration."""
    return [delta for step in sorted(steps, key=lambda step: step.order) for delta in step.deltas]


Lines = dict[str, str]
"""The lines of one section: the one spelling of each -> the line as it stands."""


def spelled(tree: Tree, rule: Section) -> Lines:
    """Return the lines of a section by the one spelling of each, without those never printed."""
    lines = {rule.spell(line): line for line in tree} if rule.respell else {x: x for x in tree}
    if rule.hidden is None:
        return lines
    hidden = rule.hidden.match
    return {text: line for text, line in lines.items() if not hidden(text)}


def rank_of_loss(text: str, below: Tree, new: Lines, result: Tree) -> int:
    """Place of taking away a top-level line: last, but before an interface that gets its subnet."""
    subnets = [*addresses_of(below)] if text.startswith("interface ") else []
    if subnets:
        for raw in new.values():
            if raw.startswith("interface ") and raw != text:
                come = addresses_of(result.get(raw, {}))
                if any(overlap(one, other) for one in come for other in subnets):
                    return FIRST
    return DROPPED


def vacated(
    running: Tree, wanted: Tree, gone: Collection[str], *, exact: bool
) -> tuple[Tree, list[Step]]:
    """Take a subnet from the interface that holds it before another one gets it; IOS refuses two
    with one subnet. An interface that nobody spoke of loses an address only to another port that
    gets exactly this one; anything else is a mistake that the proof refuses.
    """
    after, steps = dict(running), list[Step]()
    coming = [
        (header, network)
        for header, lines in wanted.items()
        if header.startswith("interface ")
        for network in addresses_of(lines)
        if network not in set(addresses_of(running.get(header, {})))
    ]
    for header, lines in running.items() if coming else ():
        if not header.startswith("interface ") or header in gone:
            continue
        if header not in wanted and exact:
            continue  # goes as a whole
        for line in [line for line in lines if line.startswith(("ip address ", "ipv6 address "))]:
            held = next(addresses_of({line: {}}), None)
            moves = held and any(
                other != header
                and overlap(held, network)
                and (header in wanted or (line in wanted[other] and "Tunnel" not in other))
                for other, network in coming
            )
            if moves and line not in wanted.get(header, {}):
                after[header] = {x: y for x, y in after[header].items() if x != line}
                commands = [(0, header), (1, f"no {line}"), (1, "exit")]
                deltas = [Delta(" ", 0, header), Delta("-", 1, line)]
                steps.append(Step(FIRST, commands, deltas))
    return after, steps


def pruned(tree: Tree, starts: tuple[str, ...]) -> Tree:
    """Return a section whose sub-sections lost the lines that vanish with one taken away; those
    of a VRF have neighbors of their own.
    """
    return {
        line: below
        if not below or " vrf " in line
        else pruned(
            {x: y for x, y in below.items() if not x.removeprefix("no ").startswith(starts)}, starts
        )
        for line, below in tree.items()
    }


def entry_steps(running: Tree, wanted: Tree, depth: int) -> list[Step]:
    """The steps of an access list."""
    steps: list[Step] = []
    for order, edit in enumerate(edits(list(running), aligned(list(running), list(wanted)))):
        marked = (("-", edit.gone), ("+", edit.come))
        deltas = [Delta(mark, depth, mask(line)) for mark, line in marked if line]
        steps.append(Step(PLAIN, [(depth, x) for x in edit.commands], deltas, order=order))
    return steps


def undone(raw: str, family: Line | None) -> str:
    """Return what takes a line away."""
    if raw.startswith("no "):
        return raw[3:]
    return family.no if family and family.no else f"no {raw}"


def lost(tree: Tree, depth: int) -> Iterable[Delta]:
    """Yield the difference of a section that goes as a whole."""
    for line, below in tree.items():
        yield Delta("-", depth, mask(line))
        yield from lost(below, depth + 1)
