"""The walk over two configurations that gives the steps from one to the other."""

from __future__ import annotations

import re
from collections.abc import Collection

from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios.dialects import UNKNOWN
from dmvpn_auto.ios.entries import aligned
from dmvpn_auto.ios.equivalents import fold
from dmvpn_auto.ios.flat_bgp import without_renumbered
from dmvpn_auto.ios.leftovers import Leftovers
from dmvpn_auto.ios.masking import comparable, mask, same_secret
from dmvpn_auto.ios.ownership import Ours, all_lines, foreign, unsaid
from dmvpn_auto.ios.rules import Section, Turn
from dmvpn_auto.ios.steps import (
    LAST,
    LATE,
    PLAIN,
    SECTION,
    Delta,
    Lines,
    Place,
    Step,
    deltas_of,
    entry_steps,
    lost,
    pruned,
    rank_of_loss,
    spelled,
    undone,
    vacated,
)
from dmvpn_auto.ios.tree import Tree


class Comparison:
    """One walk over two trees. `exact`: every difference counts, not only what we own. `stale`:
    lines whose secret cannot be compared and is not taken for the wanted one.
    """

    def __init__(
        self,
        ours: Ours,
        left: Leftovers,
        in_band: Collection[str] = (),
        *,
        exact: bool = False,
        stale: Collection[str] = (),
    ) -> None:
        self.bounces: list[str] = []
        self.unknown: list[str] = []
        self.stays: list[str] = []
        self._ours = ours
        self._left = left
        self._in_band = in_band
        self._exact = exact
        self._stale = stale
        self._alone = True  # nothing else uses the section that is being compared
        self._kept: frozenset[str] = frozenset()
        self._gone: set[str] = set()

    def level(
        self,
        running: Tree,
        wanted: Tree,
        rule: Section,
        at: Place,
        *,
        fresh: bool = False,
    ) -> tuple[Tree, list[Step]]:
        """Return the section as it will be and the steps to it, in the order to type them.

        `fresh`: the section is about to be created, nothing is there to compare with.
        """
        steps: list[Step] = []
        if not at.depth:
            running, steps = vacated(running, wanted, self._left.gone, exact=self._exact)
        old, new = spelled(running, rule), spelled(wanted, rule)
        _drop_void(old, new, rule)
        if not self._exact:
            self._forgive(old, new, rule, fresh=fresh)
        slots = {rule.slot(text): text for text in old if text not in new}
        result = dict(running)
        outside = set(self._gone)
        self._take_along(old, new, rule, at)
        for text, raw in new.items():
            held = text if text in old else slots.get(rule.slot(text))
            before = old[held] if held is not None else None
            there = running[before] if before is not None else None
            if held == text and there == wanted[raw]:
                continue
            if section := rule.section(text) or (UNKNOWN if wanted[raw] else None):
                pair = (before, there), (raw, wanted[raw])
                same = held == text
                steps += self._section(section, result, *pair, at, same=same)
            elif before is None:
                result[raw] = {}
                steps.append(self._add(text, raw, rule, at.depth))
            elif held != text:
                steps += self._turn(rule, result, before, (text, raw), at.depth)
            if held is not None:
                old.pop(held)
        steps += _needed(self._removals(old, new, rule, result, at), steps)
        if not fresh:
            steps += self._again(steps, new, rule, at.depth)
        for order, step in enumerate(steps):
            step.order = order
        if vanished := tuple(self._gone - outside):
            result = pruned(result, vanished)
        self._gone = outside
        return result, sorted(steps, key=lambda step: step.rank)

    def _forgive(self, old: Lines, new: Lines, rule: Section, *, fresh: bool) -> None:
        """Leave out what the router prints unasked, and what it hides although it is set."""
        if rule.folds and not fresh:
            same = fold(old, new)
            for text in same:
                old.pop(text, None)
                new.pop(text, None)
        if unasked := _matching(rule.shows, old, but=new):
            taken = {rule.slot(text) for text in new}
            for text in unasked:
                if rule.slot(text) not in taken:
                    del old[text]
        hidden = [] if fresh else _matching(rule.hides, new, but={})
        if hidden:
            set_otherwise = {rule.slot(text) for text in old if text not in new}
            set_otherwise |= {rule.slot(text) for text in hidden if text in old}
            for text in hidden:
                if rule.slot(text) not in set_otherwise and f"no {text}" not in old:
                    del new[text]

    def _take_along(self, old: Lines, new: Lines, rule: Section, at: Place) -> None:
        """Note whose lines vanish with one that is taken away (a neighbor with its remote-as)."""
        for text in old:
            if text in new:
                continue
            family = rule.line(text)
            if family is None or not family.takes or not self._removable(text, rule, at):
                continue
            found = family.slot.match(text)
            start = family.takes.format(found[1] if found else "")
            if not any(other.startswith(start) for other in new):
                self._gone.add(start)

    def _add(self, text: str, raw: str, rule: Section, depth: int) -> Step:
        family = rule.line(text)
        rank = family.rank if family else PLAIN
        return Step(rank, [(depth, raw)], [Delta("+", depth, mask(raw))], family)

    def _turn(
        self,
        rule: Section,
        result: Tree,
        old_raw: str,
        after: tuple[str, str],
        depth: int,
    ) -> list[Step]:
        """One line becomes another in the same slot."""
        text, raw = after
        known = comparable(old_raw) and comparable(raw)
        trusted = known or not (self._exact or old_raw in self._stale)
        if same_secret(old_raw, raw) and trusted:
            if not known:
                self.unknown.append(mask(old_raw))
            return []
        del result[old_raw]
        result[raw] = {}
        step = self._add(text, raw, rule, depth)
        if step.family and step.family.turn is Turn.REPLACE:
            step.commands.insert(0, (depth, undone(old_raw, step.family)))
        step.deltas.insert(0, Delta("-", depth, mask(old_raw)))
        return [step]

    def _section(
        self,
        rule: Section,
        result: Tree,
        before: tuple[str | None, Tree | None],
        after: tuple[str, Tree],
        at: Place,
        *,
        same: bool,
    ) -> list[Step]:
        (old_header, there), (header, below) = before, after
        depth = at.depth
        rank = SECTION if depth else PLAIN
        inside = at.below(header)
        if old_header is None or there is None:
            result[header], inner = self.level({}, below, rule, inside, fresh=True)
            return [self._within(rank, "+", header, inner, depth)]
        if same:
            if old_header != header and rule.implied:
                below = {line: x for line, x in below.items() if not rule.implied.match(line)}
            result[old_header], inner = self._change(rule, old_header, (there, below), at)
            last = [step for step in inner if step.last and not depth]
            now = [step for step in inner if step not in last]
            parts = ((rank, now), (LAST, last))
            return [self._within(when, " ", old_header, x, depth) for when, x in parts if x]
        if rule.shared and not self._exact and foreign(there, below, self._ours):
            raise IntentError(
                f"the router runs {old_header!r} with neighbors or interfaces of its own, "
                f"the cloud wants {header!r}",
                stage="plan",
                hint="use the router's number in the intent, or move what else runs in it first",
            )
        del result[old_header]
        result[header], inner = self.level({}, below, rule, inside, fresh=True)
        step = self._within(rank, "+", header, inner, depth)
        step.deltas.insert(0, Delta("-", depth, mask(old_header)))
        if rule.turn is Turn.REPLACE:
            step.commands.insert(0, (depth, f"no {old_header}"))
        return [step]

    def _change(
        self, rule: Section, header: str, pair: tuple[Tree, Tree], at: Place
    ) -> tuple[Tree, list[Step]]:
        """A section that stays gets other lines; a live tunnel goes down for those that need it."""
        (there, below), depth = pair, at.depth
        if header.startswith("router bgp "):
            there = without_renumbered(there, below)
        if rule.ordered:
            entries = aligned(list(there), list(below))
            return {entry: {} for entry in entries}, entry_steps(there, below, depth + 1)
        inside = at.below(header)
        outside = (self._exact, self._kept, self._alone, self._gone)
        if " vrf " in header:
            self._gone = set()
        if rule.shared and not self._exact:
            self._kept = foreign(there, below, self._ours)
            self._alone = not self._kept
            self._exact = not depth and header in self._left.shrunk
        result, inner = self.level(there, below, rule, inside)
        if rule.shared and not self._exact:
            self.stays += self._unsaid(rule, header, (result, below), inside)
        self._exact, self._kept, self._alone, self._gone = outside
        breaking = [step for step in inner if step.family and step.family.bounces]
        if breaking and "shutdown" not in there:
            self.bounces.append(header)
            if header in self._in_band:
                inner = [step for step in inner if step not in breaking] + breaking
                if any("tunnel protection" in step.commands[-1][1] for step in breaking):
                    inner.append(Step(0, [(depth + 1, "no shutdown")], []))
                return result, inner
            inner.insert(0, Step(0, [(depth + 1, "shutdown")], []))
            if "shutdown" not in below:
                inner.append(Step(0, [(depth + 1, "no shutdown")], []))
        return result, inner

    def _unsaid(self, rule: Section, header: str, pair: tuple[Tree, Tree], at: Place) -> list[str]:
        result, below = pair
        said = [p for p in (rule.shows, rule.hides, rule.hidden) if p]
        return [
            mask(path)
            for path in unsaid(result, below, self._kept, header)
            if (line := path.rpartition(" / ")[2]) not in at.beside
            and not any(pattern.match(line) for pattern in said)
            and not any(same_secret(line, other) for other in all_lines(below))
        ]

    def _within(self, rank: int, sign: str, header: str, inner: list[Step], depth: int) -> Step:
        commands = [(depth, header)]
        deltas = [Delta(sign, depth, mask(header))]
        deltas += deltas_of(inner)
        for step in inner:
            commands += step.commands
        commands.append((depth + 1, "exit"))
        return Step(rank, commands, deltas)

    def _removals(
        self, old: Lines, new: Lines, rule: Section, result: Tree, at: Place
    ) -> list[Step]:
        steps: list[Step] = []
        depth = at.depth
        for text, raw in reversed(old.items()):
            if text in new or not self._removable(text, rule, at):
                continue
            below = result.pop(raw)
            family, section = rule.line(text), rule.section(text)
            about = text.removeprefix("no ")
            taken = next((start for start in self._gone if about.startswith(start)), None)
            if taken and not (family and family.takes):
                continue
            if taken and text != f"{taken}peer-group" and f"{taken}peer-group" in old:
                continue
            if section and section.no_identity:
                command = f"no {section.identity(text)}"
            else:
                command = undone(raw, family)
            rank = family.no_rank if family else LATE
            if not depth:
                rank = rank_of_loss(text, below, new, result)
            deltas = [Delta("-", depth, mask(raw)), *lost(below, depth + 1)]
            commands = [] if command in new else [(depth, command)]
            steps.append(Step(rank, commands, deltas, family))
        return steps

    def _removable(self, text: str, rule: Section, at: Place) -> bool:
        if self._exact or (not at.depth and text in self._left.gone):
            return True
        if text in at.beside:
            return False
        if at.absent.get(text) == {}:
            return True
        if text in self._kept:
            return False
        if rule.removes and rule.removes.match(text):
            return True
        if rule.by_name and self._ours.about(text):
            return True
        alone = rule.removes_alone
        return bool(alone and self._alone and alone.match(text))

    def _again(self, steps: list[Step], new: Lines, rule: Section, depth: int) -> list[Step]:
        """Send once more what one of the changes wipes out."""
        typed = {command for step in steps for _, command in step.commands}
        again = [step.family.resend for step in steps if step.family and step.family.resend]
        return [
            Step(family.rank if (family := rule.line(text)) else PLAIN, [(depth, raw)], [])
            for text, raw in new.items()
            if raw not in typed and any(pattern.match(text) for pattern in again)
        ]


def _needed(removals: list[Step], steps: list[Step]) -> list[Step]:
    """Leave out the commands for lines that a change of the section wipes out by itself."""
    wiped = [
        step.family.resend
        for step in (*steps, *removals)
        if step.family and step.family.wipes and step.family.resend
    ]
    for step in removals if wiped else ():
        text = step.deltas[0].text
        if any(pattern.match(text) for pattern in wiped):
            step.commands.clear()
    return removals


def _drop_void(old: Lines, new: Lines, rule: Section) -> None:
    """Leave out lines that say that nothing is set, where nothing is."""
    for text in _matching(rule.void, old, but={}):
        del old[text]
    for text in _matching(rule.void, new, but={}):
        if rule.slot(text) not in {rule.slot(other) for other in old}:
            del new[text]


def _matching(pattern: re.Pattern[str] | None, lines: Lines, *, but: Lines) -> list[str]:
    return [text for text in lines if pattern.match(text) and text not in but] if pattern else []
