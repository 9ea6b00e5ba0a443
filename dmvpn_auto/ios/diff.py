"""From one configuration to another: the commands forward, the commands back, and the difference
as people read it.

Only what the wanted configuration owns is compared (`ownership.py`); what a line means to its
section is data (`dialects.py`). Forward follows the order of the wanted configuration, in which
crypto stands before the tunnel that needs it; inside a section the ranks of the lines decide. What
is wanted no more goes last, users before what they use. Backward is the same computation from the
result to the old configuration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from dmvpn_auto.ios.comparison import Comparison
from dmvpn_auto.ios.dialects import dialect_of
from dmvpn_auto.ios.leftovers import NOTHING, leftovers
from dmvpn_auto.ios.masking import comparable
from dmvpn_auto.ios.ownership import all_lines, foreign, ours_of
from dmvpn_auto.ios.passive import with_exceptions, without_forgotten
from dmvpn_auto.ios.steps import Delta, Place, commands_of, deltas_of
from dmvpn_auto.ios.tree import Tree


@dataclass(frozen=True, slots=True)
class Change:
    """What to type and what it does. `forward` and `backward` hold secrets; `deltas` do not.

    Commands are indented for the reader. `bounces` names the tunnel interfaces that go down for a
    moment, `unknown` the lines whose secret the router stores in a form that cannot be compared,
    `stays` the lines of our routing processes that the intent does not say and that stay.
    """

    forward: tuple[str, ...] = field(repr=False)
    backward: tuple[str, ...] = field(repr=False)
    deltas: tuple[Delta, ...]
    bounces: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.forward)


def diff(
    running: Tree,
    wanted: Tree,
    beside: Tree | None = None,
    absent: Tree | None = None,
    *,
    in_band: Collection[str] = (),
    stale: Collection[str] = (),
) -> Change:
    """Return the change that makes `running` hold what `wanted` says.

    `beside` is what other clouds want of the same router: it stays. `absent` is what shall not be
    there, each at its place; a header with nothing below it goes with its section. `in_band` names
    the tunnel interfaces that carry the session itself: they are never shut down, and the lines
    that break them come last. `stale` are lines of `running` whose secret cannot be compared and is
    to be typed anew (see `unreadable`). Raises IntentError when the router has a BGP process of
    another AS with neighbors of its own.
    """
    top = dialect_of(version_of(running)).top
    ours = ours_of(running, wanted)
    left = leftovers(running, wanted, ours, beside or {})
    there = Comparison(ours, left, in_band, stale=stale)
    full = with_exceptions(running, {**wanted, **left.shrunk}, ours)
    full |= dict(_opened(running, full, absent or {}))
    result, steps = there.level(running, full, top, Place(0, beside or {}, absent or {}))
    result = without_forgotten(result, running)
    back = Comparison(ours, NOTHING, in_band, exact=True)
    _, undo = back.level(result, running, top, Place(0, {}))
    return Change(
        forward=tuple(commands_of(steps)),
        backward=tuple(commands_of(undo)),
        deltas=tuple(deltas_of(steps)),
        bounces=tuple(there.bounces),
        unknown=tuple(there.unknown),
        stays=tuple(there.stays),
    )


def unreadable(running: Tree) -> frozenset[str]:
    """Return the lines whose secret the router stores so that it can be compared with nothing."""
    return frozenset(line for line in all_lines(running) if not comparable(line))


def restore(running: Tree, before: Tree) -> Change:
    """Return the change that makes `running` be `before` again: every line counts, also those that
    are not ours.
    """
    top = dialect_of(version_of(running)).top
    walk = Comparison(ours_of(running, before), NOTHING, exact=True)
    _, steps = walk.level(running, before, top, Place(0, {}))
    return Change(tuple(commands_of(steps)), (), tuple(deltas_of(steps)))


def owned(
    running: Tree, wanted: Tree, beside: Tree | None = None, absent: Tree | None = None
) -> Tree:
    """Return what of `running` a change towards `wanted` compares or takes away."""
    top = dialect_of(version_of(running)).top
    ours = ours_of(running, wanted)
    left = leftovers(running, wanted, ours, beside or {})
    slots = {top.slot(top.spell(line)) for line in (*wanted, *(absent or {}))}
    kept: Tree = {}
    for line, below in running.items():
        spelled = top.spell(line)
        if top.slot(spelled) not in slots and line not in left.gone and line not in left.shrunk:
            continue
        section = top.section(spelled)
        stays = foreign(below, wanted.get(line, {}), ours) if section and section.shared else ()
        kept[line] = _without(below, stays) if stays else below
    return kept


def _opened(running: Tree, wanted: Tree, absent: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield the sections that nobody wants, without the lines that shall not be there."""
    for header, below in absent.items():
        if below and header in running and header not in wanted:
            yield header, _less(running[header], below)


def _less(tree: Tree, absent: Tree) -> Tree:
    return {
        line: _less(below, absent.get(line, {}))
        for line, below in tree.items()
        if absent.get(line) != {}
    }


def version_of(running: Tree) -> str:
    """Return the release that the `version` line tells, empty without one."""
    return next((line.split()[1] for line in running if line.startswith("version ")), "")


def _without(tree: Tree, lines: Collection[str]) -> Tree:
    return {line: _without(below, lines) for line, below in tree.items() if line not in lines}


def unsaid(running: Tree, header: str, line: str) -> bool:
    """Whether the release has `line` set in a section although it does not print it: a default."""
    section = dialect_of(version_of(running)).top.section(header)
    hides = section.hides if section else None
    body = running.get(header, {})
    return bool(hides and hides.match(line)) and line not in body and f"no {line}" not in body
