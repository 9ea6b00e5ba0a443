"""Forms that mean the same and that IOS never turns into one another.

A next-hop server is written in one line (`nhs A nbma B multicast`) or in three (`nhs A`, `map A B`,
`map multicast B`). Both stand in running configurations; a router that has one of them needs no
change towards the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_NHS = re.compile(r"(ip|ipv6) nhrp nhs (?!cluster |fallback |dynamic )(\S+)(.*)$")
_NBMA = re.compile(r" nbma (\S+)( multicast)?")


def fold(held: Collection[str], wanted: Mapping[str, str]) -> frozenset[str]:
    """Return the lines on either side that say of a next-hop server what the other side says in
    the other form.
    """
    same: set[str] = set()
    for line in wanted:
        found = _NHS.match(line)
        if found is None or line in held:
            continue
        for other in held:
            again = _NHS.match(other)
            if again is None or again[1] != found[1] or again[2] != found[2]:
                continue
            one, rest = _parts(line, wanted)
            two, more = _parts(other, held)
            if one is not None and one == two:
                same |= {line, other, *rest, *more}
    return frozenset(same)


def _parts(line: str, lines: Collection[str]) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return what an NHS line and its maps say, and the maps; None without an NBMA address."""
    found = _NHS.match(line)
    if found is None:
        return None, []
    family, address, tail = found[1], found[2], found[3]
    if nbma := _NBMA.match(tail):
        return (nbma[1], nbma[2] or "", tail[nbma.end() :]), []
    head = f"{family} nhrp map {address} "
    maps = [other for other in lines if other.startswith(head)]
    if len(maps) != 1:
        return None, []
    target = maps[0].removeprefix(head)
    multicast = f"{family} nhrp map multicast {target}"
    many = [multicast] if multicast in lines else []
    return (target, " multicast" if many else "", tail), [*maps, *many]
