"""The design: the intent resolved per router, every address, neighbour and knob decided.

All types are frozen, written as JSON and read back through `pydantic.TypeAdapter`. Variants
(crypto, overlay) are unions told apart by `kind`: a new overlay is a new member, one template, one
check, never a new `if`.
Units: seconds, kilobytes, kbit/s, bytes. Addresses are `ipaddress` objects.
Secrets are references (`env:NAME`, `file:PATH`, ...), never values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal


class Role(StrEnum):
    """What a router is to the cloud; a hub is an NHS, a spoke an NHC."""

    HUB = "hub"
    SPOKE = "spoke"


class Severity(StrEnum):
    """How bad a finding is: an error refuses the design, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a design rule has to say about one place of the intent."""

    rule: str
    severity: Severity
    subject: str
    message: str
    fix: str
    source: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhs:
    """One next-hop server of a client: `ip nhrp nhs A nbma B multicast`."""

    hub: str
    tunnel_address: IPv4Address
    nbma_address: IPv4Address
    multicast: bool = True
    priority: int | None = None
    cluster: int | None = None


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
class Tunnel:
    """The tunnel interface."""

    interface: str
    description: str
    address: IPv4Interface
    source_interface: str
    key: int | None
    ip_mtu: int
    tcp_mss: int | None
    bandwidth: int | None
    delay: int | None
    front_vrf: str | None
    inside_vrf: str | None
    nhrp: Nhrp
    destination: IPv4Address | None = None  # None: multipoint GRE; an address: point-to-point
    shared: bool = False
    path_mtu_discovery: bool = False
    if_state_nhrp: bool = False
    bfd: Bfd | None = None
    keepalive: Keepalive | None = None
    pim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpd:
    """Dead peer detection: asked after `interval` s of silence, again every `retry` s."""

    interval: int
    retry: int
    mode: Literal["on-demand", "periodic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipsec:
    """Transform set and IPsec profile."""

    transform_set: str
    profile: str
    encryption: str  # IOS words, for example "esp-gcm 256"
    integrity: str | None
    mode: Literal["transport", "tunnel"]
    pfs_group: int | None
    lifetime: int | None
    replay_window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringPeer:
    """One peer of a keyring, known by its address or by its identity, and the key for it."""

    name: str
    address: IPv4Network | None
    identity: str | None  # fully qualified domain name
    pre_shared_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2PreShared:
    """IKEv2 with pre-shared keys: those of single peers, then the wildcard entry for all others."""

    kind: Literal["ikev2-psk"]
    proposal: str
    policy: str
    keyring: str
    profile: str
    encryption: str  # "aes-gcm-256"
    prf: str | None
    integrity: str | None
    dh_group: int
    pre_shared_key: str | None  # None: no wildcard entry
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    peers: tuple[KeyringPeer, ...] = ()
    identity: str | None = None  # own fully qualified domain name; None: the address
    identity_domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustpoint:
    """The certificate authority, as one router sees it."""

    name: str
    enrollment_url: str
    subject: str
    fqdn: str | None
    key: Literal["rsa", "ec"]
    key_label: str
    key_size: int
    revocation: str
    auto_enroll: int | None
    front_vrf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Certificates:
    """IKEv2 with certificates of one trustpoint."""

    kind: Literal["ikev2-certificate"]
    proposal: str
    policy: str
    profile: str
    encryption: str
    prf: str | None
    integrity: str | None
    dh_group: int
    signature: Literal["rsa-sig", "ecdsa-sig"]
    trustpoint: Trustpoint
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    identity: str | None = None
    identity_domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev1PreShared:
    """IKEv1 main mode with pre-shared keys."""

    kind: Literal["ikev1-psk"]
    policy: int
    keyring: str | None  # None: `crypto isakmp key` lines, as there is no front-door VRF
    profile: str | None
    encryption: str  # IOS words: "aes 256"
    hash: str
    dh_group: int
    pre_shared_key: str | None
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    peers: tuple[KeyringPeer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev1Certificates:
    """IKEv1 main mode with certificates (RSA signatures)."""

    kind: Literal["ikev1-certificate"]
    policy: int
    profile: str
    encryption: str
    hash: str
    dh_group: int
    trustpoint: Trustpoint
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec


Crypto = Ikev2PreShared | Ikev2Certificates | Ikev1PreShared | Ikev1Certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixList:
    """`ip prefix-list` that permits exactly these prefixes."""

    name: str
    prefixes: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpReflector:
    """The hub of an iBGP overlay: route reflector with a listen range for the spokes."""

    kind: Literal["ibgp-hub"]
    asn: int
    router_id: IPv4Address
    peer_group: str
    listen_range: IPv4Network
    listen_limit: int
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]
    summaries: tuple[IPv4Network, ...]
    default_originate: bool
    next_hop_self: bool = True
    summary_only: bool = True  # suppress the specific prefixes towards everybody
    only: PrefixList | None = None  # what may pass to the spokes
    hubs: tuple[IPv4Address, ...] = ()  # the other hubs of the cloud
    upstream: tuple[IPv4Address, ...] = ()  # hubs above this one, whose client it is
    password: str | None = None
    bfd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpClient:
    """The spoke of an iBGP overlay: one neighbor per hub."""

    kind: Literal["ibgp-spoke"]
    asn: int
    router_id: IPv4Address
    neighbors: tuple[IPv4Address, ...]
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]
    password: str | None = None
    bfd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EbgpSpokeSession:
    """A spoke with an AS of its own, as a hub sees it."""

    address: IPv4Address
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
    listen_range: IPv4Network | None
    listen_limit: int
    sessions: tuple[EbgpSpokeSession, ...]
    hubs: tuple[IPv4Address, ...]
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]
    summaries: tuple[IPv4Network, ...]
    default_originate: bool
    next_hop_self: bool
    summary_only: bool = True
    only: PrefixList | None = None
    password: str | None = None
    bfd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EbgpSpoke:
    """The spoke of an eBGP overlay: one neighbor per hub."""

    kind: Literal["ebgp-spoke"]
    asn: int
    hub_asn: int
    router_id: IPv4Address
    neighbors: tuple[IPv4Address, ...]
    allowas_in: bool
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]
    password: str | None = None
    bfd: bool = False


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
    networks: tuple[IPv4Network, ...]
    summaries: tuple[IPv4Network, ...]
    key: EigrpKey | None
    bfd: bool = False


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
    """`ip route P M A`."""

    prefix: IPv4Network
    next_hop: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Static routes through the tunnel."""

    kind: Literal["static"]
    routes: tuple[StaticRoute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odr:
    """On-demand routing: the hub runs the process, the spokes only CDP."""

    kind: Literal["odr"]
    process: bool


Overlay = IbgpReflector | IbgpClient | EbgpHub | EbgpSpoke | Ospf | Eigrp | Rip | Static | Odr


@dataclass(frozen=True, slots=True, kw_only=True)
class Vrf:
    """A VRF that the cloud needs to exist."""

    name: str
    rd: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlay:
    """The WAN interface, where the cloud manages it."""

    interface: str
    front_vrf: str | None
    address: IPv4Interface | None  # None: from DHCP, PPP or LTE
    gateway: IPv4Address | None
    negotiated: bool = False  # PPP or LTE; the default route leads out of the interface
    acl: str | None = None  # access list that lets the tunnels in and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDesign:
    """All that one router gets from one cloud."""

    name: str
    cloud: str
    phase: Literal[0, 1, 2, 3]  # 0: plain point-to-point GRE
    role: Role
    dialect: str  # "ios" or "iosxe"
    nbma_address: IPv4Address | None  # None: dynamic (DHCP)
    lan_prefixes: tuple[IPv4Network, ...]
    lan_addresses: tuple[
        IPv4Address, ...
    ]  # this router's own address in each LAN prefix, for probes
    tunnel: Tunnel
    crypto: Crypto | None
    overlay: Overlay
    site: str = ""
    group: str = ""
    vrfs: tuple[Vrf, ...] = ()
    underlay: Underlay | None = None
    nat: bool = False  # `nbma_address` is not the router's own: static NAT


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudDesign:
    """One DMVPN cloud, resolved."""

    name: str
    phase: Literal[0, 1, 2, 3]  # 0: plain point-to-point GRE
    tunnel_subnet: IPv4Network
    routers: tuple[RouterDesign, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def hubs(self) -> tuple[RouterDesign, ...]:
        """The next-hop servers, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.HUB)

    @property
    def spokes(self) -> tuple[RouterDesign, ...]:
        """The next-hop clients, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.SPOKE)
