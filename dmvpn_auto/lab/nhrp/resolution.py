"""Resolution: who is at the other end, asked for and answered; shortcuts and their end.

Decides when to ask (a traffic indication, a neighbour miss, an entry in use that is about to end),
where a request goes (along the routed path, which knows nothing of shortcuts), whether we are the
egress station and answer, and what an answer makes of the cache. An egress station answers the
asker directly; a station in between only passes on. A prefix that we answered for and that is no
longer behind us is purged at those who were told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network

from .cache import Entry, Origin, Requester
from .config import TunnelConfig
from .packet import (
    FLAG_AUTHORITATIVE,
    FLAG_DESTINATION_STABLE,
    FLAG_NAT,
    FLAG_NO_REPLY,
    FLAG_SOURCE_IS_ROUTER,
    FLAG_SOURCE_STABLE,
    HOST_PREFIX,
    Cie,
    Code,
    ExtensionType,
    Packet,
    PacketType,
)
from .station import Arrival, Hop, Station

MAX_INTERVAL = 64.0
ASK_AGAIN = 8.0
"""Seconds after which new traffic may repeat a question that was refused."""
RECENT = 120.0
"""Seconds: an entry used within them is refreshed before it ends, as IOS."""
PURGE_TRIES = 4
_KEPT_FLAGS = FLAG_SOURCE_IS_ROUTER | FLAG_SOURCE_STABLE | FLAG_NAT
_INDICATED = 128
"""Bytes of the offending datagram that a traffic indication carries."""


@dataclass(slots=True)
class Question:
    """A resolution request that waits for its reply."""

    interface: str
    address: IPv4Address
    request_id: int
    due: float
    interval: float = 1.0


@dataclass(slots=True)
class Purge:
    """A purge request that waits for its reply."""

    interface: str
    nbma: IPv4Address
    packet: Packet
    due: float
    tries: int = 1


@dataclass(slots=True)
class Resolver:
    """The resolution side of one station."""

    station: Station
    answers: Callable[[str, IPv4Address], bool]
    """Whether the next-hop server at an address of a tunnel answers."""
    questions: dict[int, Question] = field(default_factory=dict)
    purges: dict[int, Purge] = field(default_factory=dict)
    indicated: dict[tuple[str, IPv4Address, IPv4Address], float] = field(default_factory=dict)

    # Asking

    def ask(
        self, tunnel: TunnelConfig, address: IPv4Address, now: float, *, refresh: bool = False
    ) -> None:
        """Ask who is the egress station for `address`, unless that is known or being asked."""
        station = self.station
        if station.is_ours(address) or any(
            q.interface == tunnel.interface and q.address == address
            for q in self.questions.values()
        ):
            return
        if not refresh:
            known = station.cache.covering(tunnel.interface, address)
            if any(e.nbma and e.origin is not Origin.LOCAL for e in known):
                return
            refused = station.cache.host(tunnel.interface, address)
            if refused and now - refused.used_at < ASK_AGAIN:
                return
            station.incomplete(tunnel, address, now).used_at = now
        question = Question(tunnel.interface, address, station.next_request_id(), due=now)
        self.questions[question.request_id] = question
        self._send_question(question, now)

    def _send_question(self, question: Question, now: float) -> None:
        station = self.station
        tunnel = station.tunnels[question.interface]
        question.due = now + question.interval
        question.interval = min(MAX_INTERVAL, question.interval * 2)
        hop = station.hop(tunnel, question.address) or self.server(tunnel)
        if hop is None:
            return
        cie = Cie(prefix_length=HOST_PREFIX, mtu=tunnel.mtu, holding_time=tunnel.holdtime)
        request = Packet(
            type=PacketType.RESOLUTION_REQUEST,
            src_nbma=tunnel.nbma_source,
            src_protocol=tunnel.address.ip,
            dst_protocol=question.address,
            flags=FLAG_SOURCE_IS_ROUTER | FLAG_AUTHORITATIVE | FLAG_SOURCE_STABLE | FLAG_NAT,
            request_id=question.request_id,
            cies=(cie,),
            extensions=station.request_extensions(station.nat_cies(tunnel)),
        )
        station.send(hop.tunnel, hop.nbma, request)

    def server(self, tunnel: TunnelConfig) -> Hop | None:
        """Return the next-hop server of `tunnel` to ask: the first that answers, or the first."""
        known = [config for config in tunnel.nhs if tunnel.nhs_nbma(config)]
        known.sort(key=lambda one: (not self.answers(tunnel.interface, one.address), one.priority))
        nbma = tunnel.nhs_nbma(known[0]) if known else None
        return Hop(tunnel, nbma) if nbma else None

    def indicated_traffic(self, arrival: Arrival) -> None:
        """Take a traffic indication: ask for a shortcut to where our datagram went."""
        tunnel, packet = arrival.tunnel, arrival.packet
        if not tunnel.shortcut or len(packet.payload) < 20:
            return
        address = IPv4Address(packet.payload[16:20])
        path = self.station.path(tunnel, address)
        if path and self.station.same_cloud(tunnel, path.interface):
            self.ask(tunnel, address, arrival.now)

    # Answering

    def request(self, arrival: Arrival) -> None:
        """Take a resolution request: answer it, pass it on, or refuse it."""
        station, tunnel, packet = self.station, arrival.tunnel, arrival.packet
        address = packet.dst_protocol
        if station.is_ours(packet.src_protocol):
            return
        if station.is_ours(address):
            self._answer(arrival, IPv4Network(address))
            return
        path = station.path(tunnel, address)
        if path is None:
            self._deny(arrival, Code.NO_BINDING)
            return
        if station.same_cloud(tunnel, path.interface) is None:
            default = path.prefix.prefixlen == 0
            self._answer(arrival, IPv4Network(address) if default else path.prefix)
            return
        hop = station.hop(tunnel, address)
        if hop is None:
            station.incomplete(tunnel, path.next_hop or address, arrival.now)
        if hop is None or hop.nbma == arrival.nbma:
            self._deny(arrival, Code.NO_BINDING)
            return
        station.forward(arrival, hop)

    def _answer(self, arrival: Arrival, prefix: IPv4Network) -> None:
        """Tell the asker, directly, that `prefix` is behind us."""
        station, tunnel, packet = self.station, arrival.tunnel, arrival.packet
        if tunnel.destination is not None:  # nobody but the far end can reach us over it
            self._deny(arrival, Code.PROHIBITED)
            return
        asker = _outside(packet, packet.src_protocol) or packet.src_nbma
        if packet.src_protocol in tunnel.address.network:
            self._note_asker(arrival, asker)
        self._note_local(arrival, asker, prefix)
        reply = Packet(
            type=PacketType.RESOLUTION_REPLY,
            src_nbma=packet.src_nbma,
            src_protocol=packet.src_protocol,
            dst_protocol=packet.dst_protocol,
            flags=(packet.flags & _KEPT_FLAGS) | FLAG_AUTHORITATIVE | FLAG_DESTINATION_STABLE,
            request_id=packet.request_id,
            cies=(station.own_cie(tunnel, prefix_length=prefix.prefixlen),),
            extensions=station.reply_extensions(tunnel, packet, station.nat_cies(tunnel)),
        )
        station.send(tunnel, asker, reply)

    def _note_asker(self, arrival: Arrival, asker: IPv4Address) -> None:
        """Remember where the asker is, as it said."""
        tunnel, packet, now = arrival.tunnel, arrival.packet, arrival.now
        holdtime = next((c.holding_time for c in packet.cies if c.holding_time), tunnel.holdtime)
        self.station.learn(
            Entry(
                interface=tunnel.interface,
                target=IPv4Network(packet.src_protocol),
                via=packet.src_protocol,
                nbma=asker,
                claimed=packet.src_nbma if packet.src_nbma != asker else None,
                origin=Origin.IMPLICIT,
                created=now,
                expires=now + holdtime,
                holdtime=holdtime,
            )
        )

    def _note_local(self, arrival: Arrival, asker: IPv4Address, prefix: IPv4Network) -> None:
        """Remember what we answered, and to whom, so that it can be purged."""
        tunnel, packet, now = arrival.tunnel, arrival.packet, arrival.now
        old = self.station.cache.get(tunnel.interface, prefix)
        requesters = dict(old.requesters) if old and old.origin is Origin.LOCAL else {}
        requesters[packet.src_protocol] = Requester(packet.src_protocol, asker, packet.request_id)
        self.station.learn(
            Entry(
                interface=tunnel.interface,
                target=prefix,
                via=tunnel.address.ip,
                nbma=tunnel.nbma_source,
                origin=Origin.LOCAL,
                created=now,
                expires=now + tunnel.holdtime,
                holdtime=tunnel.holdtime,
                requesters=requesters,
            )
        )

    def _deny(self, arrival: Arrival, code: Code) -> None:
        """Answer a resolution request with a refusal, back along the way it came."""
        tunnel, packet = arrival.tunnel, arrival.packet
        reply = Packet(
            type=PacketType.RESOLUTION_REPLY,
            src_nbma=packet.src_nbma,
            src_protocol=packet.src_protocol,
            dst_protocol=packet.dst_protocol,
            flags=packet.flags & _KEPT_FLAGS,
            request_id=packet.request_id,
            cies=(self.station.own_cie(tunnel, code=code),),
            extensions=self.station.reply_extensions(tunnel, packet),
        )
        self.station.send(tunnel, arrival.nbma, reply)

    # Learning

    def reply(self, arrival: Arrival) -> None:
        """Take a reply to a question of ours; replies to nothing we asked are ignored."""
        tunnel, packet, now = arrival.tunnel, arrival.packet, arrival.now
        question = self.questions.get(packet.request_id)
        if question is None or question.address != packet.dst_protocol or not packet.cies:
            return
        del self.questions[packet.request_id]
        cie = packet.cies[0]
        if cie.code != Code.SUCCESS or cie.nbma is None:
            return  # the incomplete entry stays: negative until it ends
        via = cie.protocol or packet.dst_protocol
        told = replace(cie, protocol=via, holding_time=cie.holding_time or tunnel.holdtime)
        nbma = _outside(packet, via) or cie.nbma
        host = self._learned(tunnel, IPv4Network(via), told, nbma, now)
        target = self._prefix(tunnel, packet.dst_protocol, cie.prefix_length)
        host.asked_for = via
        if target != host.target:
            asked = self.station.cache.host(tunnel.interface, packet.dst_protocol)
            if asked and asked.origin is Origin.INCOMPLETE:
                self.station.cache.drop(asked)
            entry = self._learned(tunnel, target, told, nbma, now)
            entry.asked_for = packet.dst_protocol
            host.asked_for = None  # refreshed together with what is behind it

    def _learned(
        self, tunnel: TunnelConfig, target: IPv4Network, told: Cie, nbma: IPv4Address, now: float
    ) -> Entry:
        """Enter that `target` is behind the station of CIE `told`, which is at `nbma`."""
        known = self.station.cache.get(tunnel.interface, target)
        refreshed = known is not None and known.origin is Origin.RESOLVED
        via = told.protocol or target.network_address
        entry = Entry(
            interface=tunnel.interface,
            target=target,
            via=via,
            nbma=nbma,
            claimed=told.nbma if told.nbma != nbma else None,
            origin=Origin.RESOLVED,
            created=now,
            expires=now + told.holding_time,
            holdtime=told.holding_time,
            used_at=known.used_at if known and refreshed else now,
            refresh_at=now + told.holding_time - min(RECENT, told.holding_time / 3),
        )
        entry.override = self._overrides(tunnel, entry)
        if self.station.learn(entry) and entry.is_host and (known is None or known.nbma != nbma):
            self.station.log(
                f"%DMVPN-5-NHRP_NHP_UP: {tunnel.interface}: Next Hop NHP : "
                f"(Tunnel: {via} NBMA: {nbma}) for "
                f"(Tunnel: {tunnel.address.ip} NBMA: {tunnel.nbma_source}) is UP"
            )
        return entry

    def _prefix(self, tunnel: TunnelConfig, address: IPv4Address, length: int) -> IPv4Network:
        """Return the prefix an answer is believed for: never wider than the route it replaces."""
        if not 0 < length < HOST_PREFIX or address in tunnel.address.network:
            return IPv4Network(address)
        path = self.station.path(tunnel, address)
        length = max(length, path.prefix.prefixlen if path else 0)
        return IPv4Network((address, length), strict=False)

    def _overrides(self, tunnel: TunnelConfig, entry: Entry) -> bool:
        path = self.station.path(tunnel, entry.target.network_address)
        return path is not None and path.prefix == entry.target

    # Ending

    def purge(self, arrival: Arrival) -> None:
        """Take a purge request: forget what its sender had told us, and say so."""
        station, tunnel, packet = self.station, arrival.tunnel, arrival.packet
        if not station.is_ours(packet.dst_protocol):
            hop = station.hop(tunnel, packet.dst_protocol)
            if hop and hop.nbma != arrival.nbma:
                station.forward(arrival, hop)
            return
        for cie in packet.cies:
            if cie.protocol is None:
                continue
            length = cie.prefix_length if 0 < cie.prefix_length < HOST_PREFIX else HOST_PREFIX
            prefix = IPv4Network((cie.protocol, length), strict=False)
            for entry in station.cache:
                told = entry.origin in {Origin.RESOLVED, Origin.IMPLICIT, Origin.REGISTERED}
                mine = entry.nbma == arrival.nbma or entry.via == packet.src_protocol
                if told and mine and entry.target.subnet_of(prefix):
                    self.forget(entry)
        if packet.flags & FLAG_NO_REPLY:
            return
        reply = replace(
            packet,
            type=PacketType.PURGE_REPLY,
            extensions=station.reply_extensions(tunnel, packet),
        )
        station.send(tunnel, arrival.nbma, reply)

    def purged(self, packet: Packet) -> None:
        """Take a purge reply."""
        self.purges.pop(packet.request_id, None)

    def forget(self, entry: Entry) -> None:
        """Drop an entry; a peer's tunnel address takes what is behind it along."""
        station = self.station
        station.cache.drop(entry)
        self.questions = {
            number: question
            for number, question in self.questions.items()
            if question.interface != entry.interface or question.address not in entry.target
        }
        tunnel = station.tunnels.get(entry.interface)
        if entry.origin in {Origin.RESOLVED, Origin.REGISTERED} and entry.is_host and tunnel:
            kind = "NHC" if entry.origin is Origin.REGISTERED else "NHP"
            word = "Client" if kind == "NHC" else "NHP"
            station.log(
                f"%DMVPN-5-NHRP_{kind}_DOWN: {entry.interface}: Next Hop {word} : "
                f"(Tunnel: {entry.via} NBMA: {entry.nbma}) for (Tunnel: {tunnel.address.ip} "
                f"NBMA: {tunnel.nbma_source}) is DOWN, Reason: External(NHRP: no error)"
            )
        if entry.is_host and entry.origin is Origin.RESOLVED:
            for behind in station.cache.via(entry.interface, entry.via):
                if behind.origin is Origin.RESOLVED:
                    station.cache.drop(behind)

    def withdraw(self, entry: Entry, now: float) -> None:
        """Drop a local entry and tell those who were told of it."""
        station = self.station
        station.cache.drop(entry)
        tunnel = station.tunnels[entry.interface]
        target = entry.target
        for asker in entry.requesters.values():
            packet = Packet(
                type=PacketType.PURGE_REQUEST,
                src_nbma=tunnel.nbma_source,
                src_protocol=tunnel.address.ip,
                dst_protocol=asker.protocol,
                request_id=station.next_request_id(),
                cies=(Cie(prefix_length=target.prefixlen, protocol=target.network_address),),
                extensions=station.request_extensions(),
            )
            self.purges[packet.request_id] = Purge(tunnel.interface, asker.nbma, packet, now + 1)
            station.send(tunnel, asker.nbma, packet)

    def routes_changed(self, now: float) -> None:
        """Compare with the routing table: purge what is no longer behind us, drop shortcuts that
        no route leads to through the cloud any more, and see again which override a route."""
        station = self.station
        for entry in station.cache:
            tunnel = station.tunnels[entry.interface]
            if entry.origin is Origin.LOCAL and not station.is_ours(entry.target.network_address):
                path = station.path(tunnel, entry.target.network_address)
                if path is None or station.same_cloud(tunnel, path.interface):
                    self.withdraw(entry, now)
            elif entry.origin is Origin.RESOLVED:
                path = station.path(tunnel, entry.asked_for or entry.target.network_address)
                if path is None or station.same_cloud(tunnel, path.interface) is None:
                    self.forget(entry)
                else:
                    entry.override = self._overrides(tunnel, entry)

    # Redirecting

    def redirect(
        self,
        inward: TunnelConfig,
        outward: TunnelConfig,
        came_from: IPv4Address | None,
        datagram: bytes,
        now: float,
    ) -> None:
        """A datagram came in and went out through the cloud: tell who sent it here of that.

        `came_from` is its outer source address; when that is no station we know, the indication
        goes to where the routing table has the datagram's source.
        """
        station = self.station
        if not inward.redirect or inward.network_id != outward.network_id or len(datagram) < 20:
            return
        source, destination = IPv4Address(datagram[12:16]), IPv4Address(datagram[16:20])
        hop = station.hop(inward, source)
        onward = station.hop(inward, destination)
        if hop is None or destination.is_multicast or (onward and onward.nbma == hop.nbma):
            return
        key = (inward.interface, source, destination)
        if now - self.indicated.get(key, now - inward.redirect_timeout) < inward.redirect_timeout:
            station.counter(inward.interface)["sent_redirect_suppress"] += 1
            return
        self.indicated[key] = now
        indication = Packet(
            type=PacketType.TRAFFIC_INDICATION,
            src_nbma=inward.nbma_source,
            src_protocol=inward.address.ip,
            dst_protocol=source,
            payload=datagram[:_INDICATED],
        )
        known = any(e.nbma == came_from for e in station.cache if e.interface == inward.interface)
        nbma = came_from if came_from and known else hop.nbma
        station.send(hop.tunnel, nbma, indication)

    # Time

    def deadline(self) -> float | None:
        """Return when `tick` is wanted next."""
        times = [q.due for q in self.questions.values()]
        times += [p.due for p in self.purges.values()]
        for entry in self.station.cache:
            times += [t for t in (entry.expires, entry.refresh_at) if t is not None]
        return min(times, default=None)

    def tick(self, now: float) -> None:
        """Repeat, refresh and expire what is due."""
        for entry in self.station.cache:
            if entry.expires is not None and entry.expires <= now:
                self.forget(entry)
            elif entry.refresh_at is not None and entry.refresh_at <= now:
                entry.refresh_at = None
                if entry.asked_for and now - entry.used_at <= RECENT:
                    tunnel = self.station.tunnels[entry.interface]
                    self.ask(tunnel, entry.asked_for, now, refresh=True)
        for question in list(self.questions.values()):
            if not self.station.cache.covering(question.interface, question.address):
                del self.questions[question.request_id]
            elif question.due <= now:
                self._send_question(question, now)
        for purge in list(self.purges.values()):
            if purge.due <= now:
                self._repeat(purge, now)
        horizon = now - max((t.redirect_timeout for t in self.station.tunnels.values()), default=0)
        self.indicated = {k: t for k, t in self.indicated.items() if t > horizon}

    def _repeat(self, purge: Purge, now: float) -> None:
        purge.tries += 1
        if purge.tries > PURGE_TRIES or purge.interface not in self.station.tunnels:
            del self.purges[purge.packet.request_id]
            return
        purge.due = now + 2 ** (purge.tries - 1)
        self.station.send(self.station.tunnels[purge.interface], purge.nbma, purge.packet)

    def leave(self, interface: str) -> None:
        """Forget all questions and purges of a tunnel."""
        self.questions = {k: q for k, q in self.questions.items() if q.interface != interface}
        self.purges = {k: p for k, p in self.purges.items() if p.interface != interface}


def _outside(packet: Packet, address: IPv4Address) -> IPv4Address | None:
    """Return the address beyond NAT that the packet's NAT extension gives for a station."""
    item = packet.extension(ExtensionType.NAT)
    for cie in item.cies() if item else ():
        if cie.protocol == address and cie.nbma:
            return cie.nbma
    return None
