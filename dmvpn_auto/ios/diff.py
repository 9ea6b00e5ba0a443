"""From one configuration to another: the commands forward, the commands back, and the difference
as people read it.

Only what the wanted configuration owns is compared (`ownership.py`); what a line means to its
section is data (`dialects.py`). Forward follows the order of the wanted configuration, in which
crypto stands before the tunnel that needs it; inside a section the ranks of the lines decide. What
is wanted no more goes last, users before what they use. Backward is the same computation from the
result to the old configuration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios.dialects import UNKNOWN, dialect_of
from dmvpn_auto.ios.masking import comparable, mask, same_secret
from dmvpn_auto.ios.ownership import Networks, foreign, orphans, stale_filters, tunnel_subnets
from dmvpn_auto.ios.rules import Line, Section, Turn
from dmvpn_auto.ios.tree import Tree

_PLAIN, _SECTION, _DROPPED = 50, 60, 90


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
class Change:
    """What to type and what it does. `forward` and `backward` hold secrets; `deltas` do not.

    Commands are indented for the reader. `bounces` names the tunnel interfaces that go down for a
    moment, `unknown` the lines whose secret the router stores in a form that cannot be compared.
    """

    forward: tuple[str, ...] = field(repr=False)
    backward: tuple[str, ...] = field(repr=False)
    deltas: tuple[Delta, ...]
    bounces: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.forward)


def diff(running: Tree, wanted: Tree) -> Change:
    """Return the change that makes `running` hold what `wanted` says.

    Raises IntentError when the router has a BGP process of another AS with neighbors of its own.
    """
    version = next((line.split()[1] for line in running if line.startswith("version ")), "")
    top = dialect_of(version).top
    doomed = frozenset((*orphans(running, wanted), *stale_filters(running, wanted)))
    ours = _Comparison(tunnel_subnets(wanted), doomed)
    result, steps = ours.level(running, wanted, top, 0)
    back = _Comparison((), frozenset(), exact=True)
    _, undo = back.level(result, running, top, 0)
    return Change(
        forward=tuple(_commands(steps)),
        backward=tuple(_commands(undo)),
        deltas=tuple(_deltas(steps)),
        bounces=tuple(ours.bounces),
        unknown=tuple(ours.unknown),
    )


def restore(running: Tree, before: Tree) -> Change:
    """Return the change that makes `running` be `before` again: every line counts, also those that
    are not ours.
    """
    version = next((line.split()[1] for line in running if line.startswith("version ")), "")
    walk = _Comparison((), frozenset(), exact=True)
    _, steps = walk.level(running, before, dialect_of(version).top, 0)
    return Change(tuple(_commands(steps)), (), tuple(_deltas(steps)))


@dataclass(slots=True)
class _Step:
    """One change of a section: its place, what to type, how it reads."""

    rank: int
    commands: list[tuple[int, str]]
    deltas: list[Delta]
    family: Line | None = None
    order: int = 0  # place in the difference, which reads in the order of the configuration


def _commands(steps: Iterable[_Step]) -> list[str]:
    return [" " * depth + text for step in steps for depth, text in step.commands]


def _deltas(steps: Iterable[_Step]) -> list[Delta]:
    return [delta for step in sorted(steps, key=lambda step: step.order) for delta in step.deltas]


Lines = dict[str, str]
"""The lines of one section: the one spelling of each -> the line as it stands."""


def _spelled(tree: Tree, rule: Section) -> Lines:
    spelled = {rule.spell(line): line for line in tree}
    if rule.hidden is None:
        return spelled
    return {text: line for text, line in spelled.items() if not rule.hidden.match(text)}


class _Comparison:
    """One walk over two trees. `exact`: every difference counts, not only what we own."""

    def __init__(self, subnets: Networks, doomed: frozenset[str], *, exact: bool = False) -> None:
        self.bounces: list[str] = []
        self.unknown: list[str] = []
        self._subnets = subnets
        self._doomed = doomed
        self._exact = exact
        self._kept: frozenset[str] = frozenset()
        self._gone: set[str] = set()

    def level(
        self, running: Tree, wanted: Tree, rule: Section, depth: int, *, fresh: bool = False
    ) -> tuple[Tree, list[_Step]]:
        """Return the section as it will be and the steps to it, in the order to type them.

        `fresh`: the section is about to be created, nothing is there to compare with.
        """
        old, new = _spelled(running, rule), _spelled(wanted, rule)
        if not self._exact:
            self._forgive(old, new, rule, fresh=fresh)
        slots = {rule.slot(text): text for text in old if text not in new}
        result = dict(running)
        self._take_along(old, new, rule)
        steps: list[_Step] = []
        for text, raw in new.items():
            held = text if text in old else slots.get(rule.slot(text))
            before = old[held] if held is not None else None
            there = running[before] if before is not None else None
            if held == text and there == wanted[raw]:
                continue
            if section := rule.section(text) or (UNKNOWN if wanted[raw] else None):
                steps += self._section(section, result, (before, there), (raw, wanted[raw]), depth)
            elif before is None:
                result[raw] = {}
                steps.append(self._add(text, raw, rule, depth))
            elif held != text:
                steps += self._turn(rule, result, before, (text, raw), depth)
            if held is not None:
                old.pop(held)
        steps += self._removals(old, new, rule, result, depth)
        if not fresh:
            steps += self._again(steps, new, rule, depth)
        for order, step in enumerate(steps):
            step.order = order
        return result, sorted(steps, key=lambda step: step.rank)

    def _forgive(self, old: Lines, new: Lines, rule: Section, *, fresh: bool) -> None:
        """Leave out what the router prints unasked, and what it hides although it is set."""
        if rule.shows:
            for text in [text for text in old if rule.shows.match(text) and text not in new]:
                del old[text]
        if rule.hides and not fresh:
            set_otherwise = {rule.slot(text) for text in old}
            for text in [text for text in new if rule.hides.match(text)]:
                if rule.slot(text) not in set_otherwise and f"no {text}" not in old:
                    del new[text]

    def _take_along(self, old: Lines, new: Lines, rule: Section) -> None:
        """Note whose lines vanish with one that is taken away (a neighbor with its remote-as)."""
        for text in old:
            if text in new:
                continue
            family = rule.line(text)
            if family is None or not family.takes or not self._removable(text, rule, 1):
                continue
            found = family.slot.match(text)
            start = family.takes.format(found[1] if found else "")
            if not any(other.startswith(start) for other in new):
                self._gone.add(start)

    def _add(self, text: str, raw: str, rule: Section, depth: int) -> _Step:
        family = rule.line(text)
        rank = family.rank if family else _PLAIN
        return _Step(rank, [(depth, raw)], [Delta("+", depth, mask(raw))], family)

    def _turn(
        self,
        rule: Section,
        result: Tree,
        old_raw: str,
        after: tuple[str, str],
        depth: int,
    ) -> list[_Step]:
        """One line becomes another in the same slot."""
        text, raw = after
        if same_secret(old_raw, raw):
            if not comparable(old_raw):
                self.unknown.append(mask(old_raw))
            return []
        del result[old_raw]
        result[raw] = {}
        step = self._add(text, raw, rule, depth)
        if step.family and step.family.turn is Turn.REPLACE:
            step.commands.insert(0, (depth, _no(old_raw, step.family)))
        step.deltas.insert(0, Delta("-", depth, mask(old_raw)))
        return [step]

    def _section(
        self,
        rule: Section,
        result: Tree,
        before: tuple[str | None, Tree | None],
        after: tuple[str, Tree],
        depth: int,
    ) -> list[_Step]:
        (old_header, there), (header, below) = before, after
        rank = _SECTION if depth else _PLAIN
        if old_header is None or there is None:
            result[header], inner = self.level({}, below, rule, depth + 1, fresh=True)
            return [self._within(rank, "+", header, inner, depth)]
        if old_header == header:
            result[header], inner = self._change(rule, header, there, below, depth)
            return [self._within(rank, " ", header, inner, depth)] if inner else []
        others = foreign(there, below, self._subnets) if rule.shared and not self._exact else ()
        if others:
            raise IntentError(
                f"the router runs {old_header!r} with neighbors of its own, "
                f"the cloud wants {header!r}",
                stage="plan",
                hint="use the router's AS number in the intent, or move its neighbors first",
            )
        del result[old_header]
        result[header], inner = self.level({}, below, rule, depth + 1, fresh=True)
        step = self._within(rank, "+", header, inner, depth)
        step.deltas.insert(0, Delta("-", depth, mask(old_header)))
        if rule.turn is Turn.REPLACE:
            step.commands.insert(0, (depth, f"no {old_header}"))
        return [step]

    def _change(
        self, rule: Section, header: str, there: Tree, below: Tree, depth: int
    ) -> tuple[Tree, list[_Step]]:
        """A section that stays gets other lines; a live tunnel goes down for those that need it."""
        if rule.shared and not self._exact:
            self._kept = foreign(there, below, self._subnets)
        result, inner = self.level(there, below, rule, depth + 1)
        if "shutdown" not in there and any(s.family and s.family.bounces for s in inner):
            self.bounces.append(header)
            inner.insert(0, _Step(0, [(depth + 1, "shutdown")], []))
            if "shutdown" not in below:
                inner.append(_Step(0, [(depth + 1, "no shutdown")], []))
        return result, inner

    def _within(self, rank: int, sign: str, header: str, inner: list[_Step], depth: int) -> _Step:
        commands = [(depth, header)]
        deltas = [Delta(sign, depth, mask(header))]
        deltas += _deltas(inner)
        for step in inner:
            commands += step.commands
        commands.append((depth + 1, "exit"))
        return _Step(rank, commands, deltas)

    def _removals(
        self, old: Lines, new: Lines, rule: Section, result: Tree, depth: int
    ) -> list[_Step]:
        steps: list[_Step] = []
        for text, raw in reversed(old.items()):
            if text in new or not self._removable(text, rule, depth):
                continue
            below = result.pop(raw)
            family, section = rule.line(text), rule.section(text)
            about = text.removeprefix("no ")
            taken = next((start for start in self._gone if about.startswith(start)), None)
            if taken and not (family and family.takes):
                continue
            if (
                taken
                and steps
                and any(step.commands[0][1].startswith(f"no {taken}") for step in steps)
            ):
                continue
            if section and section.no_identity:
                command = f"no {section.identity(text)}"
            else:
                command = _no(raw, family)
            rank = family.no_rank if family and depth else _DROPPED if not depth else 40
            deltas = [Delta("-", depth, mask(raw)), *_lost(below, depth + 1)]
            commands = [] if command in new else [(depth, command)]
            steps.append(_Step(rank, commands, deltas, family))
        return steps

    def _removable(self, text: str, rule: Section, depth: int) -> bool:
        if self._exact or (not depth and text in self._doomed):
            return True
        return bool(rule.removes and rule.removes.match(text)) and text not in self._kept

    def _again(self, steps: list[_Step], new: Lines, rule: Section, depth: int) -> list[_Step]:
        """Send once more what one of the changes wipes out."""
        typed = {command for step in steps for _, command in step.commands}
        again = [step.family.resend for step in steps if step.family and step.family.resend]
        return [
            _Step(family.rank if (family := rule.line(text)) else _PLAIN, [(depth, raw)], [])
            for text, raw in new.items()
            if raw not in typed and any(pattern.match(text) for pattern in again)
        ]


def _no(raw: str, family: Line | None) -> str:
    if raw.startswith("no "):
        return raw[3:]
    return family.no if family and family.no else f"no {raw}"


def _lost(tree: Tree, depth: int) -> Iterable[Delta]:
    for line, below in tree.items():
        yield Delta("-", depth, mask(line))
        yield from _lost(below, depth + 1)
