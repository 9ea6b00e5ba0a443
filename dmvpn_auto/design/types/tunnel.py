"""The tunnel interface and its NHRP."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Interface
from typing import Literal

from dmvpn_auto.design.types.addresses import Address, Interface


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhs:
    """One next-hop server of a client: `ip nhrp nhs A nbma B multicast`.

    `name` stands in the place of the NBMA address where the client looks that up; a `learnt`
    tunnel address is not written down.
    """

    hub: str
    tunnel_address: Address
    nbma_address: Address
    multicast: bool = True
    priority: int | None = None
    cluster: int | None = None
    name: str | None = None
    learnt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NhsCluster:
    """How many NHSs of a cluster a client registers with at a time."""

    number: int
    max_connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QosGroup:
    """What the hub does to spokes that name this NHRP group."""

    group: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhrp:
    """NHRP of one tunnel (RFC 2332 and Cisco's extensions)."""

    network_id: int  # 0: NHRP is off (plain point-to-point GRE)
    authentication: str | None
    holdtime: int
    registration_timeout: int | None
    registration_no_unique: bool
    multicast_dynamic: bool
    redirect: bool
    shortcut: bool
    nhs: tuple[Nhs, ...]
    classic_nhs: bool = False  # the NHSs as `map`, `map multicast` and `nhs` lines
    server_only: bool = False
    clusters: tuple[NhsCluster, ...] = ()
    fallback: int | None = None
    group: str | None = None
    group_policies: tuple[QosGroup, ...] = ()

    @property
    def preferred(self) -> tuple[Nhs, ...]:
        """Return the servers that the client registers with while all of them answer."""
        kept = list(self.nhs)
        for cluster in self.clusters:
            mine = [one for one in self.nhs if (one.cluster or 0) == cluster.number]
            mine.sort(key=lambda one: one.priority or 0)
            waiting = mine[cluster.max_connections :] if cluster.max_connections else []
            kept = [one for one in kept if one not in waiting]
        return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bfd:
    """BFD timers in milliseconds; equal in both directions."""

    interval: int
    multiplier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """GRE keepalive."""

    period: int
    retries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelIpv6:
    """IPv6 inside the tunnel."""

    address: IPv6Interface
    link_local: IPv6Address | None  # None: the one that IOS makes
    mtu: int
    tcp_mss: int | None
    nhs: tuple[Nhs, ...]  # the servers of `Nhrp.nhs` by their IPv6 tunnel addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """The tunnel interface."""

    interface: str
    description: str
    address: Interface  # of IPv4; of IPv6 where the overlay has nothing else
    source_interface: str
    key: int | None
    ip_mtu: int
    tcp_mss: int | None
    bandwidth: int | None
    delay: int | None
    front_vrf: str | None
    inside_vrf: str | None
    nhrp: Nhrp
    destination: Address | None = None  # None: multipoint GRE; an address: point-to-point
    shared: bool = False
    path_mtu_discovery: bool = False
    if_state_nhrp: bool = False
    bfd: Bfd | None = None
    keepalive: Keepalive | None = None
    pim: str | None = None
    mpls: Literal["ip", "nhrp"] | None = None
    ipv6: TunnelIpv6 | None = None  # None: IPv4 alone
    ipv6_transport: bool = False  # GRE in IPv6 packets
