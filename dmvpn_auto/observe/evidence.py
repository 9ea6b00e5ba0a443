"""What routers say, as frozen values that keep the raw lines they were read from.

A reading is *complete* only when every line was understood and the rows add up to what the router
itself counted. Incomplete readings are usable for what they contain, never for what they do not:
"no such row" in an incomplete reading is unknown, not no. Times stay in the router's words
(`00:01:07`, `1d02h`, `never`); addresses are strings as printed, since `UNKNOWN` is one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing in an output; `lines` are the raw lines it was read from."""

    lines: Lines = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One parsed output. Subclasses add the rows."""

    command: str
    unparsed: Lines = ()
    warnings: Lines = ()

    @property
    def complete(self) -> bool:
        """Whether every line was read and the counts agree."""
        return not self.unparsed and not self.warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnInterface(Row):
    """The heading of one tunnel in `show dmvpn`.

    `declared_peers` counts distinct NBMA addresses.
    """

    interface: str
    address_family: str  # "ipv4", "ipv6"
    role: str | None  # "Hub", "Spoke", "Hub/Spoke", "Unknown"
    declared_peers: int | None
    line: str | None = None  # detail only: "up/up", "admin down"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnPeer(Row):
    """One row of `show dmvpn`.

    One peer may have several rows (DT1 and DT2), and an NBMA address of `UNKNOWN` records a
    question the router could not answer (a negative cache entry), not a peer.
    """

    interface: str
    entries: int
    nbma_address: str
    tunnel_address: str
    state: str  # "INTF", "IKE", "IPSEC", "NHRP", "UP"
    uptime: str
    attributes: str
    target_network: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmvpn(Reading):
    """`show dmvpn [ipv6] [detail]`."""

    interfaces: tuple[DmvpnInterface, ...]
    peers: tuple[DmvpnPeer, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRegistration(Row):
    """A registration that was not answered yet.

    `retransmit` is the back-off in seconds (1 to 64).
    """

    request_id: int
    retransmit: int
    nhs: str
    expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpServers(Reading):
    """`show ip nhrp nhs [detail]`."""

    servers: tuple[NhrpServer, ...]
    pending: tuple[PendingRegistration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NhrpTraffic(Row):
    """NHRP packets of one interface in one direction ("sent", "received"), by kind."""

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
    """`show ip nhrp summary`: the router's own count of its cache."""

    entries: int
    static: int
    dynamic: int
    incomplete: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSa(Row):
    """One IKE SA. IKEv1 output names no algorithms; they are None then."""

    version: int
    local: str
    local_port: int | None
    remote: str
    remote_port: int | None
    front_vrf: str | None
    status: str  # "READY", "QM_IDLE", "MM_NO_STATE", "IN-NEG", ...
    encryption: str | None = None  # "AES-GCM"
    key_size: int | None = None
    prf: str | None = None
    integrity: str | None = None  # None: combined mode
    dh_group: int | None = None
    auth_local: str | None = None
    auth_remote: str | None = None
    lifetime: int | None = None
    active_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSas(Reading):
    """`show crypto ikev2 sa [detailed]` or `show crypto isakmp sa`."""

    sas: tuple[IkeSa, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EspSa:
    """One ESP SA of a flow."""

    direction: str  # "inbound", "outbound"
    spi: str
    transform: str  # "esp-gcm 256", "esp-aes 256 esp-sha256-hmac"
    mode: str  # "transport", "tunnel"
    udp_encapsulation: bool
    remaining_kilobytes: int | None
    remaining_seconds: int | None
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlow(Row):
    """One flow (pair of identities) of `show crypto ipsec sa`; without `esp` the flow has no SA."""

    interface: str
    crypto_map: str
    local: str
    remote: str
    remote_port: int | None
    local_ident: str
    remote_ident: str
    protocol: int | None  # 47: GRE
    encapsulated: int  # packets
    decapsulated: int
    send_errors: int
    receive_errors: int
    pfs_group: str | None
    esp: tuple[EspSa, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlows(Reading):
    """`show crypto ipsec sa`."""

    flows: tuple[IpsecFlow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession(Row):
    """One session of `show crypto session`; `peer` is the remote NBMA address."""

    interface: str
    status: str  # "UP-ACTIVE", "UP-IDLE", "UP-NO-IKE", "DOWN", "DOWN-NEGOTIATING", "UP-NO-IKE"
    peer: str
    profile: str | None
    active_sas: int
    ike_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSessions(Reading):
    """`show crypto session`."""

    sessions: tuple[CryptoSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor(Row):
    """One neighbor; `state` is "Established" where IOS prints the number of prefixes."""

    address: str
    remote_as: str
    dynamic: bool  # printed with '*': made from a listen range
    state: str
    prefixes_received: int | None
    uptime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSummary(Reading):
    """`show ip bgp summary`."""

    router_id: str | None
    asn: str | None
    neighbors: tuple[BgpNeighbor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IgpNeighbor(Row):
    """One neighbor of OSPF ("FULL/DR", "2WAY/DROTHER") or EIGRP ("UP", the only one it lists)."""

    address: str
    interface: str
    state: str
    router_id: str | None
    uptime: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IgpNeighbors(Reading):
    """`show ip ospf neighbor`, `show ip eigrp neighbors`."""

    neighbors: tuple[IgpNeighbor, ...]


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
    """`show ip route`, the whole table or a part of it."""

    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(Row):
    """One interface; tunnel facts are None on others. `show ip interface` fills `ip_mtu` only."""

    interface: str
    admin: str  # "up", "down", "administratively down"
    line: str  # "up", "down"
    address: str | None  # with prefix length
    mtu: int | None = None
    ip_mtu: int | None = None
    tunnel_source: str | None = None
    tunnel_source_interface: str | None = None
    tunnel_destination: str | None = None
    tunnel_mode: str | None = None
    tunnel_key: int | None = None
    tunnel_protection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaces(Reading):
    """`show interfaces`, `show ip interface`, `show ip interface brief`."""

    interfaces: tuple[Interface, ...]


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


def to_json(value: Any) -> Any:
    """Return a reading or a row as JSON-ready data.

    The raw lines of rows stay out, those unparsed stay in.
    """
    if isinstance(value, tuple):
        return [to_json(v) for v in value]
    if isinstance(value, Reading):
        head: dict[str, Any] = {"command": value.command, "complete": value.complete}
        return head | {f.name: to_json(getattr(value, f.name)) for f in _shown(value)}
    if isinstance(value, (Row, EspSa)):
        return {f.name: to_json(getattr(value, f.name)) for f in _shown(value)}
    return value


def _shown(value: Reading | Row | EspSa) -> list[Any]:
    return [f for f in fields(value) if f.name not in {"lines", "command"}]
