"""What a change does to traffic and sessions while it is typed, said before anybody types it.

Facts come from the change itself, from the design (timers, NHRP periods) and from what IOS is known
to do with a line (`effects.py`). Times are bounds, not promises; each says what it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """What the change does to the path of our own session to the router."""

    CLEAR = "clear"  # nothing known to touch it
    CUT = "cut"  # the session ends while the change is typed, or may not come back
    UNKNOWN = "unknown"  # where the management address leads cannot be told


@dataclass(frozen=True, slots=True)
class Flap:
    """A tunnel that goes down: for about `least` to `most` seconds, and what that is made of."""

    interface: str
    least: int
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class Reset:
    """A session or adjacency that starts anew: its protocol, its peer or process, the line that
    does it.
    """

    protocol: str  # "bgp", "ospf", "eigrp", "rip", "ike", "ipsec", "nhrp"
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Impact:
    """All of it for one router; `reach_why` names the line or the fact behind `reach`."""

    flaps: tuple[Flap, ...] = ()
    resets: tuple[Reset, ...] = ()
    reach: Reach = Reach.CLEAR
    reach_why: str = ""

    def __bool__(self) -> bool:
        return bool(self.flaps or self.resets or self.reach is not Reach.CLEAR)


NONE = Impact()
