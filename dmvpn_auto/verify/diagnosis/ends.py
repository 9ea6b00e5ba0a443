"""What one end of a tunnel knows of the other, computed once from everything it printed.

Every fact may be unknown (None): the command was not run, was refused, or could not be read whole
where its silence would count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from dmvpn_auto.design.types import Family, RouterDesign, family_of
from dmvpn_auto.observe.evidence import DmvpnPeer, Interface, NhrpServer, Traceroute
from dmvpn_auto.verify.diagnosis.routes import RouteTable
from dmvpn_auto.verify.diagnosis.settings import Setting, Settings
from dmvpn_auto.verify.diagnosis.texts import Message

Lines = tuple[str, ...]
ORDER = ("INTF", "IKE", "IPSEC", "NHRP", "UP")


class Unknown(Enum):
    """Stands where a setting cannot be known, since None says that it is not set."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Ike:
    """The IKE SAs with the peer; `state` is "up", "none" or that of one that does not get up."""

    state: str
    all_up: int  # established SAs with whomever
    lines: Lines


@dataclass(frozen=True, slots=True)
class Esp:
    """The ESP SAs for GRE with the peer, and the packets they carried."""

    up: bool
    encapsulated: int
    decapsulated: int
    modes: frozenset[str]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The overlay neighbor; `state` is "up", "none" or the protocol's word."""

    state: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class Told:
    """A yes or no, the lines that say so, and what is wrong in words."""

    yes: bool
    lines: Lines
    words: str = ""


@dataclass(frozen=True, slots=True)
class Counters:
    """NHRP packets: "sent traffic_indication" -> number."""

    packets: Mapping[str, int]
    lines: Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One router towards one peer."""

    router: RouterDesign
    peer: RouterDesign
    peer_nbma: str | None
    asked: bool
    moment: datetime | None  # when, by a clock that can be trusted
    wanted: Settings
    running: Settings | None  # None: no running configuration
    seen: Settings | None  # the settings that show commands print, None when they did not
    tunnel: Interface | None
    addresses: tuple[str, ...] | None  # of the tunnel, with prefix length
    source: Interface | None
    source_addresses: tuple[str, ...] | None
    block: bool | None  # whether `show dmvpn` names the tunnel at all
    rows: tuple[DmvpnPeer, ...] | None
    strays: tuple[DmvpnPeer, ...]  # static rows for addresses that are no server's
    row: DmvpnPeer | None
    negative: DmvpnPeer | None  # "UNKNOWN ... IX" for the peer
    ike: Ike | None
    esp: Esp | None
    credential: Told | None  # whether its certificates are valid; None too where it has a key
    nhs: NhrpServer | None
    servers: tuple[NhrpServer, ...] | None
    log: tuple[Message, ...] | None
    adjacency: Adjacency | None
    multicast: Told | None  # whether multicast goes to the peer
    traffic: Counters | None
    routes: RouteTable | None
    underlay: RouteTable | None  # the table that carries the tunnel itself
    ping: Told | None  # whether the peer's NBMA address answers
    traces: tuple[tuple[str, Traceroute], ...]  # command and what it showed

    @property
    def name(self) -> str:
        """The router."""
        return self.router.name

    @property
    def family(self) -> Family:
        """What the tunnel carries, as far as this end is about it."""
        return family_of(self.router.tunnel.address.ip)

    @property
    def carrier(self) -> Family:
        """What carries the tunnel."""
        return "ipv6" if self.router.tunnel.ipv6_transport else "ipv4"

    @property
    def peer_tunnel(self) -> str:
        """The tunnel address of the peer."""
        return str(self.peer.tunnel.address.ip)

    @property
    def stray(self) -> tuple[DmvpnPeer, ...]:
        """Static rows while there is none for the peer: somebody else is taken for it."""
        if self.row is not None and "S" in self.row.attributes:
            return ()
        return self.strays

    @property
    def state(self) -> str | None:
        """The DMVPN state, "absent" when `show dmvpn` has no row, None when unknown."""
        if self.tunnel is not None and self.tunnel.line != "up":
            return "INTF"
        if self.stray:
            return self.stray[0].state
        if self.row is not None:
            return self.row.state
        return "absent" if self.rows is not None else None

    def setting(self, name: str) -> Setting | Unknown | None:
        """Return a setting as it is, None when it is not set."""
        if self.running is not None:
            return self.running.get(name)
        if self.seen is None:
            return UNKNOWN
        return self.seen.get(name, None if name in PRINTED else UNKNOWN)

    def messages(self, *words: str) -> Lines | None:
        """Return the log lines that hold all of the words, None when there is no log.

        What was logged before the peer last came up is over.
        """
        if self.log is None:
            return None
        up = [n for n, one in enumerate(self.log) if self._says_up(one.said)]
        since = self.log[up[-1] + 1 :] if up else self.log
        return tuple(one.line for one in since if all(word in one.said for word in words))

    def _says_up(self, line: str) -> bool:
        return (
            "%DMVPN-5-NHRP_NH" in line
            and f"(Tunnel: {self.peer_tunnel} " in line
            and (line.rstrip().endswith("is UP"))
        )


PRINTED = ("tunnel.key", "tunnel.protection", "tunnel.destination")
"""Settings that `show interfaces` prints when they are set: not printed is not set."""
