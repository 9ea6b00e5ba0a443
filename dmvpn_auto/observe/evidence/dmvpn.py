"""What `show dmvpn` says: tunnels, peers, and with `detail` servers and crypto sessions."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Reading, Row
from dmvpn_auto.observe.evidence.crypto import SessionFlow, SessionIke


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnInterface(Row):
    """The heading of one tunnel in `show dmvpn`.

    `declared_peers` counts distinct NBMA addresses.
    """

    interface: str
    address_family: str  # "ipv4", "ipv6"
    role: str | None  # "Hub", "Spoke", "Hub/Spoke", "Unknown"
    declared_peers: int | None
    line: str | None = None  # detail only, like all below: "up/up", "admin down"
    address: str | None = None
    vrf: str | None = None
    tunnel_source: str | None = None
    tunnel_destination: str | None = None  # "MGRE", "Multipoint" or an address
    tunnel_vrf: str | None = None
    transport: str | None = None  # "multi-GRE/IP", "multi-GRE/IPv6"
    protection: str | None = None  # the IPsec profile


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
    group: str | None = None  # detail only
    qos_policy: str | None = None  # detail only: what is applied for that group


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnServer(Row):
    """One next-hop server in `show dmvpn detail`."""

    interface: str
    address: str
    nbma_address: str | None
    expecting: bool
    responding: bool
    waiting: bool
    dynamic: bool
    priority: int | None
    cluster: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnSession(Row):
    """One crypto session in `show dmvpn detail`; `peer` is the remote NBMA address."""

    interface: str | None  # None in 12.4, which prints the session below its peer
    status: str | None  # "UP-ACTIVE", "UP-IDLE", "UP-NO-IKE", "DOWN", "DOWN-NEGOTIATING"
    peer: str | None
    session_id: int | None
    fvrf: str | None
    phase1_id: str | None
    ike: tuple[SessionIke, ...]
    flows: tuple[SessionFlow, ...]
    outbound_spi: str | None
    transform: str | None
    socket_state: str | None  # "Open", "Closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmvpn(Reading):
    """`show dmvpn [ipv6] [detail]`; servers and sessions only with `detail`."""

    interfaces: tuple[DmvpnInterface, ...]
    peers: tuple[DmvpnPeer, ...]
    servers: tuple[DmvpnServer, ...] = ()
    sessions: tuple[DmvpnSession, ...] = ()
