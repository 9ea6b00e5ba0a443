"""What the pure engine exchanges with the world: packets, log lines, tables, route look-ups.

Decides nothing. Packets and logs are events, given out once; neighbours, shortcuts and multicast
receivers are whole tables, so that whoever applies them can compare, apply the difference, and
repair what the kernel has dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Send:
    """Send `data` (an NHRP packet) through the tunnel to the station at `nbma`."""

    interface: str
    nbma: IPv4Address
    data: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """An IOS log line, without its time."""

    text: str


Event = Send | Log


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a tunnel's neighbour table must say.

    `tracked` bindings are to be confirmed from time to time while traffic uses them, so that the
    engine learns of the use through `Engine.neighbour_wanted`.
    """

    interface: str
    address: IPv4Address
    nbma: IPv4Address
    tracked: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A route of NHRP; `next_hop` None: directly connected."""

    interface: str
    prefix: IPv4Network
    next_hop: IPv4Address | None


@dataclass(frozen=True, slots=True)
class Path:
    """How the routing table, without NHRP's own routes, reaches an address.

    `interface` is the IOS name of the tunnel it leaves through, None when that is no NHRP tunnel.
    """

    prefix: IPv4Network
    interface: str | None
    next_hop: IPv4Address | None


class Routes(Protocol):
    """The routing table."""

    def lookup(self, interface: str, address: IPv4Address) -> Path | None:
        """Return the best path in the table that tunnel `interface` belongs to, or None."""
