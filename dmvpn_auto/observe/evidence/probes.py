"""What `ping` and `traceroute` found."""

from __future__ import annotations

from dataclasses import dataclass, field

from dmvpn_auto.observe.evidence.base import Lines, Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Reading):
    """One `ping`. Rates are integers as IOS prints them."""

    target: str
    sent: int
    received: int
    lines: Lines = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop(Row):
    """One step of a traceroute; no address answered when `addresses` is empty."""

    ttl: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceroute(Reading):
    """One `traceroute`."""

    target: str
    hops: tuple[Hop, ...]
