"""The NHRP cache: which tunnel address, or prefix behind it, is at which NBMA address.

Decides what an entry means for the kernel (neighbour, shortcut, nothing) and when it ends. How
entries come about is decided by the registration and resolution modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv4Network


class Origin(Enum):
    """How an entry was learnt."""

    STATIC = "static"  # configured
    REGISTERED = "registered"  # a client told us
    RESOLVED = "resolved"  # a reply told us
    IMPLICIT = "implicit"  # the sender of a resolution request
    LOCAL = "local"  # ours: we answered for it
    INCOMPLETE = "incomplete"  # asked for, not (yet) known


@dataclass(frozen=True, slots=True)
class Requester:
    """A station that was told of a local entry, to be told when it ends."""

    protocol: IPv4Address
    nbma: IPv4Address
    request_id: int


@dataclass(slots=True, kw_only=True)
class Entry:
    """One cache entry; times are those of the engine's clock, in seconds."""

    interface: str
    target: IPv4Network
    via: IPv4Address
    nbma: IPv4Address | None  # None: not known
    origin: Origin
    created: float
    expires: float | None  # None: never
    claimed: IPv4Address | None = None  # the NBMA address it gave itself, when behind NAT
    unique: bool = False
    override: bool = False  # the routing table has the same prefix: only its next hop changes
    asked_for: IPv4Address | None = None  # destination to ask for when refreshing
    holdtime: int = 0  # s
    used_at: float = 0.0
    refresh_at: float | None = None
    requesters: dict[IPv4Address, Requester] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, IPv4Network]:
        """An entry is one per interface and target."""
        return self.interface, self.target

    @property
    def is_host(self) -> bool:
        """The target is the peer's tunnel address itself, not a prefix behind it."""
        return self.target.prefixlen == 32 and self.target.network_address == self.via

    def flags(self) -> tuple[str, ...]:
        """Return the words IOS-XE 17 shows after `Flags:`."""
        match self.origin:
            case Origin.STATIC:
                return ()
            case Origin.INCOMPLETE:
                return ("negative",)
            case Origin.LOCAL:
                return ("router", "unique", "local")
            case Origin.IMPLICIT:
                return ("router", "implicit")
            case Origin.REGISTERED:
                nat = ("nat",) if self.claimed else ()
                return (("unique",) if self.unique else ()) + nat + ("registered", "nhop")
            case Origin.RESOLVED:
                if self.is_host:
                    return ("router", "nhop", "rib")
                return ("router", "rib", "nho") if self.override else ("router", "rib")


class Cache:
    """All entries of one station."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, IPv4Network], Entry] = {}

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def put(self, entry: Entry) -> None:
        """Add `entry`, or replace the one with its interface and target; its age is kept then."""
        old = self._entries.get(entry.key)
        if old and old.origin == entry.origin and old.nbma == entry.nbma:
            entry.created = old.created
        self._entries[entry.key] = entry

    def drop(self, entry: Entry) -> None:
        """Remove `entry`; without effect when it has been replaced or is gone."""
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]

    def get(self, interface: str, target: IPv4Network) -> Entry | None:
        """Return the entry for exactly that target."""
        return self._entries.get((interface, target))

    def host(self, interface: str, address: IPv4Address) -> Entry | None:
        """Return the entry for a tunnel address."""
        return self._entries.get((interface, IPv4Network(address)))

    def nbma(self, interface: str, address: IPv4Address) -> IPv4Address | None:
        """Return where a tunnel address is, as far as known for certain."""
        entry = self.host(interface, address)
        return entry.nbma if entry and entry.origin is not Origin.LOCAL else None

    def via(self, interface: str, address: IPv4Address) -> list[Entry]:
        """Return all entries behind a tunnel address, itself included."""
        return [e for e in self if e.interface == interface and e.via == address]

    def covering(self, interface: str, address: IPv4Address) -> list[Entry]:
        """Return the entries whose target holds `address`, the longest prefix first."""
        found = [e for e in self if e.interface == interface and address in e.target]
        return sorted(found, key=lambda e: -e.target.prefixlen)
