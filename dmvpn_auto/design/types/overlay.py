"""The routing protocol inside the tunnels: a union told apart by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from dmvpn_auto.design.types.addresses import Address, Family, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixList:
    """`ip prefix-list` or `ipv6 prefix-list` that permits exactly these prefixes."""

    name: str
    prefixes: tuple[Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnFamily:
    """The prefixes that a router announces in one VRF of an MPLS cloud."""

    vrf: str
    networks: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpReflector:
    """The hub of an iBGP overlay: route reflector with a listen range for the spokes."""

    kind: Literal["ibgp-hub"]
    asn: int
    router_id: IPv4Address
    peer_group: str
    listen_range: Network
    listen_limit: int
    keepalive: int
    holdtime: int
    networks: tuple[Network, ...]
    summaries: tuple[Network, ...]
    default_originate: bool
    next_hop_self: bool = True
    summary_only: bool = True  # suppress the specific prefixes towards everybody
    only: PrefixList | None = None  # what may pass to the spokes
    hubs: tuple[Address, ...] = ()  # the other hubs of the cloud
    upstream: tuple[Address, ...] = ()  # hubs above this one, whose client it is
    password: str | None = None
    bfd: bool = False
    vpnv4: bool = False  # MPLS over DMVPN
    vpn: tuple[VpnFamily, ...] = ()
    family: Family = "ipv4"

    @property
    def peers(self) -> tuple[str | Address, ...]:
        """What `neighbor` lines name."""
        return (self.peer_group, *self.hubs, *self.upstream)


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpClient:
    """The spoke of an iBGP overlay: one neighbor per hub."""

    kind: Literal["ibgp-spoke"]
    asn: int
    router_id: IPv4Address
    neighbors: tuple[Address, ...]
    keepalive: int
    holdtime: int
    networks: tuple[Network, ...]
    password: str | None = None
    bfd: bool = False
    vpnv4: bool = False
    vpn: tuple[VpnFamily, ...] = ()
    family: Family = "ipv4"

    @property
    def peers(self) -> tuple[str | Address, ...]:
        """What `neighbor` lines name."""
        return self.neighbors


@dataclass(frozen=True, slots=True, kw_only=True)
class EbgpSpokeSession:
    """A router with an AS of its own, as a hub sees it."""

    address: Address
    asn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EbgpHub:
    """The hub of an eBGP overlay.

    Spokes of one AS come in through the listen range (`spoke_asn`), spokes with an AS each are
    named (`sessions`).
    """

    kind: Literal["ebgp-hub"]
    asn: int
    spoke_asn: int | None
    router_id: IPv4Address
    peer_group: str
    listen_range: Network | None
    listen_limit: int
    sessions: tuple[EbgpSpokeSession, ...]
    hubs: tuple[Address, ...]
    keepalive: int
    holdtime: int
    networks: tuple[Network, ...]
    summaries: tuple[Network, ...]
    default_originate: bool
    next_hop_self: bool
    summary_only: bool = True
    only: PrefixList | None = None
    password: str | None = None
    bfd: bool = False
    regions: tuple[EbgpSpokeSession, ...] = ()  # hubs above or below, of other ASs
    family: Family = "ipv4"

    @property
    def peers(self) -> tuple[str | Address, ...]:
        """What `neighbor` lines name."""
        named = (*self.regions, *self.sessions)
        return (self.peer_group, *self.hubs, *(session.address for session in named))


@dataclass(frozen=True, slots=True, kw_only=True)
class EbgpSpoke:
    """The spoke of an eBGP overlay: one neighbor per hub."""

    kind: Literal["ebgp-spoke"]
    asn: int
    hub_asn: int
    router_id: IPv4Address
    neighbors: tuple[Address, ...]
    allowas_in: bool
    keepalive: int
    holdtime: int
    networks: tuple[Network, ...]
    password: str | None = None
    bfd: bool = False
    asns: tuple[int, ...] = ()  # of each neighbor
    family: Family = "ipv4"

    @property
    def peers(self) -> tuple[str | Address, ...]:
        """What `neighbor` lines name."""
        return self.neighbors

    @property
    def sessions(self) -> tuple[tuple[Address, int], ...]:
        """Each neighbor with its AS."""
        return tuple(zip(self.neighbors, self.asns, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNetwork:
    """A prefix that OSPF announces, and its area."""

    prefix: IPv4Network
    area: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospf:
    """OSPFv2 on hub or spoke."""

    kind: Literal["ospf"]
    process: int
    router_id: IPv4Address
    area: int
    area_type: Literal["normal", "stub", "totally-stub", "nssa", "totally-nssa"]
    network_type: Literal["point-to-multipoint", "broadcast", "non-broadcast", "point-to-point"]
    hello: int
    dead: int
    priority: int | None  # None: not said (no election on this type)
    cost: int | None
    key_id: int
    authentication: str | None
    networks: tuple[OspfNetwork, ...]
    neighbors: tuple[IPv4Address, ...]  # non-broadcast hubs name their spokes
    summaries: tuple[IPv4Network, ...]  # `area N range` towards other areas
    default_originate: bool
    bfd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ospfv3:
    """OSPFv3 for IPv6 on hub or spoke.

    It runs on the tunnel alone and announces the router's LANs as what it is connected to: the
    interfaces behind which they are do not belong to the cloud.
    """

    kind: Literal["ospfv3"]
    process: int
    router_id: IPv4Address
    area: int
    area_type: Literal["normal", "stub", "totally-stub", "nssa", "totally-nssa"]
    network_type: Literal["point-to-multipoint", "broadcast", "non-broadcast", "point-to-point"]
    hello: int
    dead: int
    priority: int | None
    cost: int | None
    connected: PrefixList | None
    default_originate: bool
    bfd: bool = False
    family: Family = "ipv6"


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpKey:
    """MD5 authentication by key chain."""

    chain: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eigrp:
    """EIGRP on hub or spoke, classic (`name` is None) or named."""

    kind: Literal["eigrp", "eigrp-named"]
    name: str | None
    asn: int
    router_id: IPv4Address
    hello: int
    hold: int
    stub: bool
    split_horizon: bool
    next_hop_self: bool
    networks: tuple[Network, ...]  # none in IPv6, whose EIGRP runs on all interfaces
    summaries: tuple[Network, ...]
    key: EigrpKey | None
    bfd: bool = False
    family: Family = "ipv4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rip:
    """RIP version 2 on hub or spoke; `networks` are classful, as RIP's are."""

    kind: Literal["rip"]
    networks: tuple[IPv4Network, ...]
    split_horizon: bool
    summaries: tuple[IPv4Network, ...]
    default_originate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """`ip route P M A` or `ipv6 route P A`."""

    prefix: Network
    next_hop: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Static routes through the tunnel."""

    kind: Literal["static"]
    routes: tuple[StaticRoute, ...]
    family: Family = "ipv4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Odr:
    """On-demand routing: the hub runs the process, the spokes only CDP."""

    kind: Literal["odr"]
    process: bool


Overlay = (
    IbgpReflector | IbgpClient | EbgpHub | EbgpSpoke | Ospf | Ospfv3 | Eigrp | Rip | Static | Odr
)
