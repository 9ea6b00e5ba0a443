"""Which lines of a push must be accepted before anything is written behind them.

Behind a refused header the lines of its section would be executed one mode further out, and its
`exit` would leave configuration mode. So nothing travels behind a header until the router shows the
mode that it opens. A tunnel interface behind one that was accepted is no risk worth a round trip:
IOS takes their numbers alike, and no line of a tunnel means anything in the modes outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from dmvpn_auto.ios.habits import HEADERS

OUTERMOST = "(config)"
_TUNNEL = re.compile(r"interface Tunnel\d+$")
_HOSTNAME = re.compile(r"(no )?hostname(?: (\S+))?$")
_FACTORY_NAME = "Router"


def opened_by(lines: Sequence[str]) -> tuple[bool, ...]:
    """Say of each line whether it opens a section: what follows is indented under it, or its words
    are those of a header (in lines that bear no indentation).
    """
    return tuple(
        not (text := line.strip()).startswith("no ")
        and (_indent(after or "") > _indent(line) or bool(HEADERS.match(text)))
        for line, after in zip_longest(lines, lines[1:])
        if line is not None
    )


def gates(lines: Sequence[str], opens: Sequence[bool]) -> tuple[bool, ...]:
    """Say of each line whether its answer is awaited before the next one is written."""
    known = False
    found = []
    for line, opening in zip(lines, opens, strict=True):
        tunnel = bool(_TUNNEL.match(line.strip()))
        found.append(opening and not (tunnel and known))
        known = known or tunnel
    return tuple(found)


def names_given(lines: Iterable[str]) -> Iterable[str]:
    """Yield the hostnames that the lines give the router, since its prompt follows at once."""
    for line in lines:
        if found := _HOSTNAME.match(line.strip()):
            yield _FACTORY_NAME if found[1] else found[2] or _FACTORY_NAME


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
