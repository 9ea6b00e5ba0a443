"""Neighbors and tables of the routing protocols that run over the tunnels."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Part, Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpNeighbor(Row):
    """One neighbor; `state` is "Established" where IOS prints the number of prefixes."""

    address: str
    remote_as: str
    dynamic: bool  # printed with '*': made from a listen range
    state: str
    prefixes_received: int | None
    uptime: str
    vrf: str | None = None
    address_family: str | None = None  # "IPv4 Unicast", "VPNv4 Unicast"
    messages_received: int | None = None
    messages_sent: int | None = None
    table_version: int | None = None
    in_queue: int | None = None
    out_queue: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSummary(Reading):
    """`show ip bgp summary`."""

    router_id: str | None
    asn: str | None
    neighbors: tuple[BgpNeighbor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSession(Row):
    """One neighbor of `show ip bgp neighbors`; timers in seconds."""

    address: str
    remote_as: str
    external: bool
    state: str  # RFC 4271: "Idle", "Active", "OpenSent", "Established", ...
    vrf: str | None = None
    local_as: str | None = None
    router_id: str | None = None
    description: str | None = None
    uptime: str | None = None
    hold_time: int | None = None
    keepalive: int | None = None
    established: int | None = None  # connections so far
    dropped: int | None = None
    last_reset: str | None = None  # "never" or how long ago
    reset_reason: str | None = None
    local_address: str | None = None
    update_source: str | None = None
    peer_group: str | None = None
    dynamic: bool = False  # made from a listen range
    bfd: bool = False
    next_hop_self: bool = False
    route_reflector_client: bool = False
    prefixes_received: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpSessions(Reading):
    """`show ip bgp neighbors`."""

    sessions: tuple[BgpSession, ...]


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
class EigrpNeighbor(IgpNeighbor):
    """One EIGRP neighbor; `interface` and `address` as in every IGP neighbor, times in seconds."""

    asn: int | None = None
    vrf: str | None = None
    hold: int | None = None  # seconds left
    srtt: int | None = None  # milliseconds
    rto: int | None = None  # milliseconds
    queue: int | None = None
    sequence: int | None = None
    version: str | None = None  # detail only, like all below: "23.0/2.0"
    retransmissions: int | None = None
    retries: int | None = None
    prefixes: int | None = None
    stub: str | None = None  # "CONNECTED SUMMARY", what the peer says it advertises
    bfd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpNeighbors(IgpNeighbors):
    """`show {ip | ipv6} eigrp neighbors`, `show eigrp address-family ... neighbors`."""

    neighbors: tuple[EigrpNeighbor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpInterface(Row):
    """One interface that speaks EIGRP; intervals in seconds, only in `detail`."""

    interface: str
    peers: int
    asn: int | None = None
    vrf: str | None = None
    hello: int | None = None
    hold: int | None = None
    split_horizon: bool | None = None
    next_hop_self: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpInterfaces(Reading):
    """`show {ip | ipv6} eigrp interfaces [detail]`."""

    interfaces: tuple[EigrpInterface, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpPath(Row):
    """One way to a prefix in the topology table, feasible or not; distances are composite."""

    prefix: str
    state: str  # "P" passive, "A" active
    successors: int
    feasible_distance: int | None  # None: inaccessible
    next_hop: str | None  # None: not from a neighbor
    source: str | None  # "Connected", "Redistributed", "Summary", "Rstatic"
    distance: int | None
    reported_distance: int | None
    interface: str | None
    tag: str | None = None
    asn: int | None = None
    vrf: str | None = None
    router_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EigrpTopology(Reading):
    """`show {ip | ipv6} eigrp topology`."""

    paths: tuple[EigrpPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNeighbor(IgpNeighbor):
    """One OSPF neighbor; times in seconds."""

    priority: int | None = None
    dead: int | None = None  # seconds until it is declared dead; None: "-" (demand circuit)
    process: str | None = None  # OSPFv3 and detail
    area: str | None = None
    designated_router: str | None = None  # detail only
    backup_router: str | None = None
    state_changes: int | None = None
    interface_id: int | None = None  # OSPFv3


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfNeighbors(IgpNeighbors):
    """`show {ip | ipv6} ospf neighbor [detail]`, `show ospfv3 neighbor`."""

    neighbors: tuple[OspfNeighbor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfInterface(Row):
    """One interface that speaks OSPF; timers in seconds (None in `brief`)."""

    interface: str
    process: str
    area: str
    address: str | None  # with prefix length
    cost: int
    state: str  # "P2P", "P2MP", "DR", "BDR", "DROTHER", "WAIT", "DOWN", "LOOP"
    network_type: str | None = None  # "POINT_TO_POINT", "POINT_TO_MULTIPOINT", "BROADCAST"
    neighbors_full: int | None = None
    neighbors: int | None = None
    priority: int | None = None
    hello: int | None = None
    dead: int | None = None
    line: str | None = None  # "up", "down"
    admin: str | None = None
    router_id: str | None = None
    passive: bool = False
    authentication: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfInterfaces(Reading):
    """`show {ip | ipv6} ospf interface [brief]`."""

    interfaces: tuple[OspfInterface, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfArea(Part):
    """One area of a process."""

    area: str
    interfaces: int | None = None
    kind: str = "normal"  # "stub", "NSSA" with what is said of it
    authentication: str | None = None  # "message digest", "simple password"
    spf_runs: int | None = None
    spf_last: str | None = None  # how long ago
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfProcess(Row):
    """One OSPF process; SPF times in milliseconds, reference bandwidth in Mbit/s."""

    process: str
    router_id: str
    vrf: str | None = None
    elapsed: str | None = None
    border: bool = False  # area border router
    boundary: bool = False  # autonomous system boundary router
    shutdown: bool = False
    redistributed: tuple[str, ...] = ()
    spf_delay: int | None = None
    spf_hold: int | None = None
    spf_wait: int | None = None
    maximum_metric: bool = False
    bfd: bool = False
    reference_bandwidth: int | None = None
    areas: tuple[OspfArea, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OspfProcesses(Reading):
    """`show ip ospf`."""

    processes: tuple[OspfProcess, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RipRoute(Row):
    """One line of the RIP database; several for one prefix are several paths."""

    prefix: str
    metric: int | None
    next_hop: str | None  # None: connected or a summary
    interface: str | None
    age: str | None
    kind: str  # "learned", "directly connected", "auto-summary", "redistributed", ...
    vrf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RipDatabase(Reading):
    """`show ip rip database`."""

    routes: tuple[RipRoute, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSession(Row):
    """One BFD session; intervals in milliseconds, only in `details`."""

    address: str
    our_address: str | None
    local_discriminator: int | None
    remote_discriminator: int | None
    remote_state: str | None  # "RH/RS" column: "Up", "Down"
    state: str  # "Up", "Down", "Init", "AdminDown"
    interface: str
    min_tx: int | None = None
    min_rx: int | None = None
    multiplier: int | None = None
    received_min_rx: int | None = None
    received_multiplier: int | None = None
    registered: tuple[str, ...] = ()  # protocols: "EIGRP", "BGP", "NHRP"
    uptime: str | None = None
    diagnostic: str | None = None
    echo: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BfdSessions(Reading):
    """`show bfd neighbors [details]`."""

    sessions: tuple[BfdSession, ...]
