"""The border between the IOS node's command line and its Linux dataplane.

The command line owns the running configuration, a tree of canonical IOS lines; after each accepted
change it hands the whole tree to `Dataplane.apply`, which makes kernel, NHRP, IKE/IPsec and routing
follow it. Show commands ask `Dataplane.snapshot` for what is there now. Nothing in it is remembered
from configuration: if the kernel, NHRP or charon do not say so, it is not shown.
Times are seconds; ages are seconds since the event; counters are since creation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Protocol

Tree = dict[str, "Tree"]
"""A configuration: canonical line (no indentation, no trailing blank) -> its children, in order."""


class PeerState(StrEnum):
    """State column of `show dmvpn`, lowest failing layer first (LAB notes in docs/lab.md)."""

    INTF = "INTF"
    IKE = "IKE"
    IPSEC = "IPSEC"
    NHRP = "NHRP"
    UP = "UP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface as IOS names it."""

    name: str  # "GigabitEthernet1", "Tunnel0", "Loopback0"
    admin_up: bool
    line_up: bool
    mac: str | None
    mtu: int
    ip_mtu: int | None
    address: IPv4Interface | None
    vrf: str | None
    description: str | None
    bandwidth: int  # kbit/s
    delay: int  # tens of microseconds
    rx_packets: int
    rx_bytes: int
    rx_errors: int
    tx_packets: int
    tx_bytes: int
    tx_errors: int
    age: float  # s since the last line state change


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelInfo:
    """What a tunnel interface has beyond an interface."""

    name: str
    source_interface: str | None
    source_address: IPv4Address | None
    destination: IPv4Address | None  # None: multipoint
    multipoint: bool
    key: int | None
    front_vrf: str | None
    protection_profile: str | None
    is_hub: bool  # it is configured to accept registrations, or has some, and has no NHS


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpEntry:
    """One line of the NHRP cache."""

    interface: str
    target: IPv4Network
    via: IPv4Address
    nbma: IPv4Address | None  # None: incomplete
    claimed_nbma: IPv4Address | None
    created: float
    expires: float | None  # None: never (static)
    kind: str  # "dynamic", "static", "incomplete"
    flags: tuple[str, ...]  # "unique", "registered", "nhop", "router", "rib", "nho", "local", ...
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NhsEntry:
    """One next-hop server of a client, with its registration counters."""

    interface: str
    address: IPv4Address
    nbma: IPv4Address | None
    expecting: bool  # E: a reply is expected
    responding: bool  # R: the last request was answered
    waiting: bool  # W: not tried yet
    priority: int
    cluster: int
    requests_sent: int
    requests_failed: int
    replies_received: int
    last_reply: float | None  # s ago
    pending_request_id: int | None
    retransmit: int | None  # current back-off, s


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSa:
    """One IKE SA of charon."""

    version: int
    unique_id: int
    local: IPv4Address
    local_port: int
    remote: IPv4Address
    remote_port: int
    established: bool
    initiator: bool
    initiator_spi: str  # 16 hex digits
    responder_spi: str
    encryption: str  # "AES-GCM", "AES-CBC"
    key_size: int
    integrity: str | None  # None with a combined-mode cipher
    prf: str  # "SHA384"
    dh_group: int
    auth_local: str  # "PSK", "RSA", "ECDSA"
    auth_remote: str
    local_id: str
    remote_id: str
    lifetime: int
    age: float
    front_vrf: str | None
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecSa:
    """One installed pair of ESP SAs."""

    ike_unique_id: int
    local: IPv4Address
    remote: IPv4Address
    local_port: int
    remote_port: int
    installed: bool
    mode: str  # "transport", "tunnel"
    udp_encap: bool
    spi_in: int
    spi_out: int
    encryption: str  # "esp-gcm", "esp-aes"
    key_size: int
    integrity: str | None  # "esp-sha256-hmac"
    dh_group: int | None
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    lifetime: int
    age: float
    replay_window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor:
    """One line of `show ip bgp summary`."""

    address: IPv4Address
    remote_as: int
    dynamic: bool
    messages_received: int
    messages_sent: int
    input_queue: int
    output_queue: int
    table_version: int
    age: float | None  # None: never
    state: str  # "Established", "Active", "Idle", ...
    prefixes_received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpPath:
    """One path of the BGP table (`show ip bgp`)."""

    prefix: IPv4Network
    next_hop: IPv4Address  # 0.0.0.0: originated here
    metric: int | None
    local_preference: int | None
    weight: int
    as_path: str  # "65001 65002"; "" within the AS
    origin: str  # "i", "e" or "?"
    valid: bool
    best: bool
    internal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bgp:
    """The BGP process."""

    asn: int
    router_id: IPv4Address
    table_version: int
    neighbors: tuple[BgpNeighbor, ...]
    paths: tuple[BgpPath, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNeighbor:
    """One line of `show ip ospf neighbor`."""

    router_id: IPv4Address
    priority: int
    state: str  # "FULL", "2WAY", "EXSTART", "INIT", ...
    role: str  # "DR", "BDR", "DROTHER" or "  -" on a network without them
    dead_time: float  # s until the neighbour is given up
    address: IPv4Address
    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfInterface:
    """One interface that OSPF runs on."""

    name: str
    up: bool
    address: IPv4Interface
    area: str
    router_id: IPv4Address
    network_type: str  # "POINT_TO_MULTIPOINT", "POINT_TO_POINT", "BROADCAST", "LOOPBACK"
    state: str  # "POINT_TO_MULTIPOINT", "DR", "BDR", "DROTHER", ...
    cost: int
    priority: int
    hello: int  # s
    dead: int  # s
    hello_in: float | None  # s until the next hello; None: passive
    neighbors: int
    adjacent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArpEntry:
    """A neighbour whose hardware address is known."""

    address: IPv4Address
    mac: str
    interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that a router holds."""

    trustpoint: str
    authority: bool  # of the authority, not the router's own
    serial: int
    issuer: tuple[str, ...]  # "cn=CA of the lab", outermost last
    subject: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path of the routing table."""

    code: str  # "C", "L", "S", "B", "O", "H" (NHRP)
    prefix: IPv4Network
    distance: int
    metric: int
    next_hop: IPv4Address | None  # None: directly connected
    interface: str | None
    age: float | None
    vrf: str | None = None
    override: IPv4Address | None = (
        None  # NHRP next-hop override: the shortcut's next hop ('%' in show ip route)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnPeer:
    """One row of `show dmvpn`, derived from the layers above."""

    interface: str
    nbma: IPv4Address | None
    tunnel: IPv4Address
    state: PeerState
    age: float | None  # s in this state; None: never
    attributes: str  # "D", "S", "DT1", "DT2", "DLX", "IX", "T2"
    target: IPv4Network | None  # detail only


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a router is doing now."""

    uptime: float
    interfaces: tuple[Interface, ...]
    tunnels: tuple[TunnelInfo, ...]
    nhrp: tuple[NhrpEntry, ...]
    nhs: tuple[NhsEntry, ...]
    nhrp_traffic: dict[str, dict[str, int]]  # interface -> counter name -> count
    ike: tuple[IkeSa, ...]
    ipsec: tuple[IpsecSa, ...]
    bgp: Bgp | None
    routes: tuple[Route, ...]
    dmvpn: tuple[DmvpnPeer, ...]
    multicast: dict[str, tuple[IPv4Address, ...]] = field(
        default_factory=dict
    )  # interface -> NBMA addresses that get a copy of each multicast packet
    ospf: tuple[OspfNeighbor, ...] = ()
    ospf_interfaces: tuple[OspfInterface, ...] = ()
    arp: tuple[ArpEntry, ...] = ()
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReply:
    """The answer to one echo request or one traceroute probe."""

    sequence: int
    source: IPv4Address | None  # None: timeout
    rtt: float | None  # ms
    kind: str  # "reply", "timeout", "unreachable", "fragmentation-needed", "ttl-exceeded"


class Dataplane(Protocol):
    """The Linux side of one router."""

    def listen(self, log: Callable[[str], None]) -> None:
        """Call `log` with each IOS log line when it happens."""

    async def apply(self, running: Tree) -> None:
        """Make the router do what `running` says.

        Idempotent and order-free: what is not yet complete (a tunnel without a source) stays
        down, as on IOS.
        """

    async def reload(self) -> None:
        """Lose all live state, as a router does that is switched off and on."""

    async def snapshot(self) -> LiveState:
        """Return what kernel, NHRP, charon and the routing daemons say now."""

    def ping(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        count: int,
        size: int,
        timeout: float,
        dont_fragment: bool,
    ) -> AsyncIterator[ProbeReply]:
        """Send echo requests one by one; yield a reply or a timeout for each.

        `size` is that of the whole IP datagram, as on IOS.
        """

    def traceroute(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        probes: int,
        timeout: float,
        max_ttl: int,
    ) -> AsyncIterator[tuple[int, ProbeReply]]:
        """Yield (ttl, reply) in order until the target has answered."""

    async def clear(self, what: str, argument: str | None = None) -> None:
        """Clear "crypto session", "crypto sa", "ip nhrp" or "ip bgp"; `argument` is an address."""
