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


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePath(Row):
    """One way to a prefix; `best` marks the one that is used next."""

    next_hop: str | None  # None: connected
    interface: str | None
    source: str | None  # who told it
    age: str | None
    metric: int | None
    share: int | None
    best: bool
    nho: bool  # put over the route by NHRP


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntry(Reading):
    """`show {ip | ipv6} route A.B.C.D`; without `prefix` the table has no such route.

    A classful network answers with `routes`, one for each of its subnets, instead of `paths`.
    """

    prefix: str | None
    vrf: str | None = None
    known_via: str | None = None  # "eigrp 1", "nhrp", "connected"
    distance: int | None = None
    metric: int | None = None
    kind: str | None = None  # "internal", "intra area", "extern 2"
    tag: str | None = None
    redistributed: str | None = None
    advertised: str | None = None
    updated: str | None = None
    paths: tuple[RoutePath, ...] = ()
    routes: tuple[Route, ...] = ()
