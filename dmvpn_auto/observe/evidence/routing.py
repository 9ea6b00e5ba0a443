"""The routing table, path by path."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Row):
    """One path. `override` marks a '%' route, `nho` the [NHO] path that NHRP put over it."""

    code: str  # "B", "C", "L", "S*", "H", "O E2"
    prefix: str
    distance: int | None
    metric: int | None
    next_hop: str | None  # None: connected or Null0
    interface: str | None
    age: str | None
    vrf: str | None
    override: bool
    nho: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes(Reading):
    """`show {ip | ipv6} route`, the whole table or a part of it."""

    routes: tuple[Route, ...]
