"""What a router runs and what it would start with, read whole; whether two of them are the same.

The order of lines does not count, since IOS orders them by its own mind when it goes back to an
archived configuration. A fingerprint says "the same" across runs of the program without saying what
is in it: it is keyed, because a plain hash of a configuration would let its secrets be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import Tree, parse
from dmvpn_auto.rollout.seal import Sealer

RUNNING = "show running-config"
STARTUP = "show startup-config"
_RESTLESS = re.compile(r"ntp clock-period |version |boot-(?:start|end)-marker")
"""Lines that IOS changes or prints on its own."""


def read_running(session: Session) -> Tree:
    """Return the running configuration. Raises DeviceError when it did not arrive whole."""
    return whole(session.name, session.show(RUNNING))


def whole(device: str, text: str) -> Tree:
    """Parse what `show running-config` printed; raise DeviceError when it breaks off."""
    if text.rstrip().rpartition("\n")[2].strip() != "end":
        raise DeviceError(device, "the running configuration ends before its `end`", stage="read")
    return parse(text)


def same(one: Tree, other: Tree) -> bool:
    """Whether two configurations say the same."""
    return set(_paths(one)) == set(_paths(other))


def fingerprint(tree: Tree, sealer: Sealer) -> str:
    """Return what is equal for configurations that say the same, under one key."""
    return sealer.seal(sorted("\0".join(path) for path in _paths(tree)))


def _paths(tree: Tree, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for line, below in tree.items():
        if above or not _RESTLESS.match(line):
            yield (*above, line)
            yield from _paths(below, (*above, line))
