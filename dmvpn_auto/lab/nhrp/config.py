"""What an NHRP station is told: the `ip nhrp ...` lines of its tunnels, as values.

Decides nothing; refuses values that IOS refuses at its command line, so that an engine never runs
on nonsense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from dmvpn_auto.errors import LabError

MAX_AUTHENTICATION = 8
DEFAULT_HOLDTIME = 600
"""Seconds; what IOS 15.7, IOS-XE 16 and later advertise by default (7200 before)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NhsConfig:
    """`ip nhrp nhs ADDRESS [nbma NBMA] [multicast] [priority P] [cluster C]`."""

    address: IPv4Address
    nbma: IPv4Address | None = None  # None: from a static map, or the tunnel destination
    multicast: bool = False
    priority: int = 0  # 0..255, the least is preferred
    cluster: int = 0  # 0..10


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMap:
    """`ip nhrp map ADDRESS NBMA`."""

    address: IPv4Address
    nbma: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelConfig:
    """One tunnel interface that speaks NHRP (it has an `ip nhrp network-id`)."""

    interface: str  # IOS name, "Tunnel0"
    device: str  # Linux name of the GRE device
    address: IPv4Interface  # tunnel (protocol) address with the subnet's prefix length
    nbma_source: IPv4Address  # address of the tunnel source
    network_id: int  # 1..4294967295, local significance: tunnels with the same id are one cloud
    authentication: str | None = field(default=None, repr=False)
    holdtime: int = DEFAULT_HOLDTIME  # s, 1..65535, advertised in our registrations and replies
    registration_timeout: int | None = None  # s, 1..65535; None: a third of the holdtime
    no_unique: bool = False  # `ip nhrp registration no-unique`
    redirect: bool = False
    redirect_timeout: int = 8  # s between two indications for one flow
    shortcut: bool = False
    multicast_dynamic: bool = False
    static_maps: tuple[StaticMap, ...] = ()
    multicast_maps: tuple[IPv4Address, ...] = ()  # NBMA addresses
    nhs: tuple[NhsConfig, ...] = ()
    max_connections: tuple[tuple[int, int], ...] = ()  # (cluster, servers at a time); 0: all
    fallback: int = 0  # s, 0..60, that a preferred server answers again before others are left
    destination: IPv4Address | None = None  # `tunnel destination`: point-to-point GRE; None: mGRE
    mtu: int = 1400  # bytes, said in our CIEs
    table: int | None = None  # routing table of the inside VRF; None: main

    def __post_init__(self) -> None:
        if self.authentication is not None and not (
            1 <= len(self.authentication.encode()) <= MAX_AUTHENTICATION
        ):
            msg = f"NHRP authentication must have 1 to {MAX_AUTHENTICATION} characters"
            raise LabError(msg, where=self.interface, stage="nhrp")
        for name, value, low, high in (
            ("holdtime", self.holdtime, 1, 65535),
            ("network-id", self.network_id, 1, 2**32 - 1),
            ("registration timeout", self.registration_interval, 1, 65535),
        ):
            if not low <= value <= high:
                msg = f"NHRP {name} must be between {low} and {high}, not {value}"
                raise LabError(msg, where=self.interface, stage="nhrp")

    @property
    def registration_interval(self) -> int:
        """Seconds between two registrations that were answered."""
        if self.registration_timeout is not None:
            return self.registration_timeout
        return max(1, self.holdtime // 3)

    def nhs_nbma(self, server: NhsConfig) -> IPv4Address | None:
        """Return where `server` is reached, or None when nothing says so."""
        if server.nbma is not None:
            return server.nbma
        for entry in self.static_maps:
            if entry.address == server.address:
                return entry.nbma
        return self.destination
