"""The NHRP cache, the servers of a client, counters, groups, redirects."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpEntry(Row):
    """One entry of the NHRP cache; the brief layouts lack some facts, which are None then."""

    target: str
    via: str | None
    interface: str
    created: str | None
    expires: str | None  # "never" for static entries
    type: str  # "dynamic", "static", "incomplete"
    flags: tuple[str, ...]
    nbma_address: str | None
    claimed_nbma_address: str | None
    group: str | None
    no_socket: bool
    vrf: str | None = None
    preference: int | None = None
    requesters: tuple[str, ...] = ()
    cache_hits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpCache(Reading):
    """`show ip nhrp`, `show ipv6 nhrp` and their variants."""

    entries: tuple[NhrpEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpServer(Row):
    """One next-hop server of a client. Counters are None without `detail`."""

    interface: str
    address: str
    nbma_address: str | None
    expecting: bool
    responding: bool
    waiting: bool
    dynamic: bool
    priority: int | None
    cluster: int | None
    requests_sent: int | None
    requests_failed: int | None
    replies_received: int | None
    last_reply: str | None
    request_id: int | None = None  # of the request that runs now
    acknowledged: int | None = None  # request ID of the last answer
    socket_requested: bool | None = None  # whether IPsec was asked for a socket


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRegistration(Row):
    """A registration that was not answered yet.

    `retransmit` is the back-off in seconds (1 to 64).
    """

    request_id: int
    retransmit: int
    nhs: str
    expired: bool
    interface: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpServers(Reading):
    """`show ip nhrp nhs [detail]`."""

    servers: tuple[NhrpServer, ...]
    pending: tuple[PendingRegistration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpTraffic(Row):
    """NHRP packets of one interface in one direction ("sent", "received", "forwarded"), by kind.

    The interface `Global` counts all of them. `traffic_indication` is what a redirect sends.
    """

    interface: str
    direction: str
    total: int
    counters: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpTrafficTable(Reading):
    """`show ip nhrp traffic`."""

    traffic: tuple[NhrpTraffic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpMulticast(Row):
    """One destination to which multicast is copied."""

    interface: str
    nbma_address: str
    flags: tuple[str, ...]
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpMulticastTable(Reading):
    """`show ip nhrp multicast`."""

    destinations: tuple[NhrpMulticast, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpSummary(Reading):
    """`show {ip | ipv6} nhrp summary`: the router's own count of its cache."""

    entries: int
    static: int
    dynamic: int
    incomplete: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpRedirect(Row):
    """One conversation for which a redirect was sent, or the client it was sent to.

    Older releases print source, destination and drop count, newer ones a target like the cache.
    """

    interface: str | None
    source: str | None
    destination: str
    drops: int | None
    expires: str | None
    via: str | None = None
    type: str | None = None
    flags: tuple[str, ...] = ()
    nbma_address: str | None = None
    hold_time: int | None = None  # seconds
    authentication: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpRedirects(Reading):
    """`show {ip | ipv6} nhrp redirect`."""

    redirects: tuple[NhrpRedirect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpGroup(Row):
    """One NHRP group of a tunnel: the policy it maps to, the spokes that asked for it."""

    interface: str
    group: str
    qos_policy: str | None
    members: tuple[str, ...]  # tunnel address or "tunnel address/NBMA address" as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpGroups(Reading):
    """`show ip nhrp group-map`, `show nhrp group-map`."""

    groups: tuple[NhrpGroup, ...]
