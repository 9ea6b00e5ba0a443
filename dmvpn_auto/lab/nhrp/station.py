"""What all parts of one NHRP station share: tunnels, cache, counters, and the way out.

Decides how a packet leaves (authentication is made anew at each hop, RFC 2332 section 5.3.4;
everything sent is counted), and where the next station towards an address is. Keeps no timers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from .cache import Cache, Entry, Origin
from .config import TunnelConfig
from .packet import (
    HOST_PREFIX,
    Cie,
    Code,
    ErrorCode,
    Extension,
    ExtensionType,
    Packet,
    PacketType,
    authentication,
    encode,
    encode_cies,
)
from .ports import Event, Log, Path, Routes, Send

_KINDS = ("total", *(kind.name.lower() for kind in PacketType), "redirect_suppress")
COUNTERS = (
    *(f"sent_{kind}" for kind in _KINDS),
    *(f"rcvd_{kind}" for kind in _KINDS),
    "rcvd_authentication_failed",
    "rcvd_malformed",
)
INCOMPLETE_LIFE = 180.0
"""Seconds for which an unanswered question stays in the cache, as IOS."""
_RANK = {
    Origin.STATIC: 5,
    Origin.REGISTERED: 4,
    Origin.RESOLVED: 3,
    Origin.IMPLICIT: 2,
    Origin.INCOMPLETE: 1,
    Origin.LOCAL: 0,
}
_TRANSIT = {
    True: ExtensionType.REVERSE_TRANSIT,
    False: ExtensionType.FORWARD_TRANSIT,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """The next station: which of our tunnels leads to it, and its NBMA address."""

    tunnel: TunnelConfig
    nbma: IPv4Address


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet that came in through `tunnel` from the station at `nbma`, at time `now`."""

    tunnel: TunnelConfig
    nbma: IPv4Address
    packet: Packet
    now: float


class Station:
    """State shared by the registration and resolution sides of one router."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.tunnels: dict[str, TunnelConfig] = {}
        self.cache = Cache()
        self.outbox: list[Event] = []
        self.nat: dict[str, IPv4Address] = {}  # interface -> our address as a server sees it
        self._counters: dict[str, Counter[str]] = {}
        self._request_id = 0

    def counter(self, interface: str) -> Counter[str]:
        """Return the packet counters of a tunnel."""
        return self._counters.setdefault(interface, Counter(dict.fromkeys(COUNTERS, 0)))

    def counters(self) -> dict[str, dict[str, int]]:
        """Return all counters of the tunnels that exist."""
        return {name: dict(self.counter(name)) for name in self.tunnels}

    def next_request_id(self) -> int:
        """Return a number not used before."""
        self._request_id += 1
        return self._request_id

    def log(self, text: str) -> None:
        """Put an IOS log line out."""
        self.outbox.append(Log(text))

    def is_ours(self, address: IPv4Address) -> bool:
        """Whether `address` is a tunnel address of this station."""
        return any(t.address.ip == address for t in self.tunnels.values())

    def send(self, tunnel: TunnelConfig, nbma: IPv4Address, packet: Packet) -> None:
        """Send `packet` to the station at `nbma`, with this hop's authentication."""
        extensions = [e for e in packet.extensions if e.type != ExtensionType.AUTHENTICATION]
        if tunnel.authentication is not None:
            extensions.append(authentication(tunnel.authentication))
        data = encode(replace(packet, extensions=tuple(extensions)))
        counter = self.counter(tunnel.interface)
        counter["sent_total"] += 1
        counter[f"sent_{packet.type.name.lower()}"] += 1
        self.outbox.append(Send(tunnel.interface, nbma, data))

    def own_cie(
        self, tunnel: TunnelConfig, *, code: int = Code.SUCCESS, prefix_length: int = HOST_PREFIX
    ) -> Cie:
        """Return the CIE that describes this station at `tunnel`."""
        return Cie(
            code=code,
            prefix_length=prefix_length,
            mtu=tunnel.mtu,
            holding_time=tunnel.holdtime,
            nbma=tunnel.nbma_source,
            protocol=tunnel.address.ip,
        )

    def nat_cies(self, tunnel: TunnelConfig) -> tuple[Cie, ...]:
        """Return what the NAT extension of our requests and replies says of us."""
        outside = self.nat.get(tunnel.interface)
        if outside is None:
            return ()
        return (Cie(mtu=tunnel.mtu, nbma=outside, protocol=tunnel.address.ip),)

    def request_extensions(self, nat: Iterable[Cie] = ()) -> tuple[Extension, ...]:
        """Return the extensions of a request, to be filled in on its way."""
        return (
            Extension(type=ExtensionType.RESPONDER),
            Extension(type=ExtensionType.FORWARD_TRANSIT),
            Extension(type=ExtensionType.REVERSE_TRANSIT),
            Extension(type=ExtensionType.NAT, value=encode_cies(tuple(nat)), compulsory=False),
        )

    def reply_extensions(
        self, tunnel: TunnelConfig, request: Packet, nat: Iterable[Cie] = ()
    ) -> tuple[Extension, ...]:
        """Return the request's extensions with the responder, and `nat` added, filled in."""
        filled = []
        for item in request.extensions:
            if item.type == ExtensionType.RESPONDER:
                item = replace(item, value=encode_cies((self.own_cie(tunnel),)))  # noqa: PLW2901
            elif item.type == ExtensionType.NAT:
                item = replace(item, value=item.value + encode_cies(tuple(nat)))  # noqa: PLW2901
            filled.append(item)
        return tuple(filled)

    def learn(self, entry: Entry) -> bool:
        """Put `entry` into the cache unless what is there is better founded; say whether it was."""
        old = self.cache.get(*entry.key)
        if old is not None and _RANK[old.origin] > _RANK[entry.origin]:
            return False
        self.cache.put(entry)
        return True

    def nbma(self, tunnel: TunnelConfig, address: IPv4Address) -> IPv4Address | None:
        """Return where the tunnel address is reached; on point-to-point GRE always the far end."""
        return tunnel.destination or self.cache.nbma(tunnel.interface, address)

    def path(self, tunnel: TunnelConfig, address: IPv4Address) -> Path | None:
        """Look `address` up in the routing table that `tunnel` belongs to."""
        return self.routes.lookup(tunnel.interface, address)

    def same_cloud(self, tunnel: TunnelConfig, interface: str | None) -> TunnelConfig | None:
        """Return the tunnel `interface` if it is one of `tunnel`'s network, else None."""
        other = self.tunnels.get(interface) if interface else None
        return other if other and other.network_id == tunnel.network_id else None

    def hop(self, tunnel: TunnelConfig, address: IPv4Address) -> Hop | None:
        """Return the next station towards `address` along the routed path, if it is known."""
        path = self.path(tunnel, address)
        out = self.same_cloud(tunnel, path.interface) if path else None
        if path is None or out is None:
            return None
        nbma = self.nbma(out, path.next_hop or address)
        return Hop(out, nbma) if nbma else None

    def incomplete(self, tunnel: TunnelConfig, target: IPv4Address, now: float) -> Entry:
        """Note that `target` was asked for and is not known."""
        old = self.cache.host(tunnel.interface, target)
        if old is not None:
            return old
        entry = Entry(
            interface=tunnel.interface,
            target=IPv4Network(target),
            via=target,
            nbma=None,
            origin=Origin.INCOMPLETE,
            created=now,
            expires=now + INCOMPLETE_LIFE,
        )
        self.cache.put(entry)
        return entry

    def forward(self, arrival: Arrival, hop: Hop) -> None:
        """Pass `packet` on, leaving our record in its transit extension; refuse loops."""
        packet = arrival.packet
        if packet.hops <= 1:
            self.refuse(arrival, ErrorCode.HOPS_EXCEEDED)
            return
        kind = _TRANSIT[packet.type.is_reply]
        extensions = []
        for item in packet.extensions:
            if item.type == kind:
                records = item.cies()
                if any(record.nbma == hop.tunnel.nbma_source for record in records):
                    self.refuse(arrival, ErrorCode.LOOP_DETECTED)
                    return
                value = item.value + encode_cies((self.own_cie(hop.tunnel),))
                extensions.append(replace(item, value=value))
            elif item.type == ExtensionType.NAT and not item.value:
                extensions.append(replace(item, value=self._nat_of_sender(arrival.tunnel, packet)))
            else:
                extensions.append(item)
        onward = replace(packet, hops=packet.hops - 1, extensions=tuple(extensions))
        self.send(hop.tunnel, hop.nbma, onward)

    def _nat_of_sender(self, tunnel: TunnelConfig, packet: Packet) -> bytes:
        """Say for a client of ours behind NAT, which does not know it, where it is reached."""
        sender = packet.src_protocol
        if packet.type.is_reply:
            sender = next((c.protocol for c in packet.cies if c.protocol), packet.dst_protocol)
        entry = self.cache.host(tunnel.interface, sender)
        if entry is None or entry.claimed is None or entry.nbma is None:
            return b""
        return encode_cies((Cie(mtu=tunnel.mtu, nbma=entry.nbma, protocol=sender),))

    def refuse(self, arrival: Arrival, code: ErrorCode) -> None:
        """Send an error indication about a packet to the station it came from."""
        tunnel, packet = arrival.tunnel, arrival.packet
        if packet.type.is_indication:
            return  # never an error about an error
        error = Packet(
            type=PacketType.ERROR_INDICATION,
            src_nbma=tunnel.nbma_source,
            src_protocol=tunnel.address.ip,
            dst_protocol=packet.dst_protocol if packet.type.is_reply else packet.src_protocol,
            code=code,
            payload=encode(replace(packet, extensions=())),
        )
        self.send(tunnel, arrival.nbma, error)
