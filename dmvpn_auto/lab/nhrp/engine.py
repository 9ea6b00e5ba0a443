"""One router's NHRP station, without any I/O: events in, packets and tables out.

    configure / restart / clear     what an operator does
    receive, sent_failed            what the network does
    neighbour_wanted, redirect,
    routes_changed, peer_up         what the kernel and IKE see
    tick, deadline                  time; every method takes the time as `now`, in seconds

After each call `take()` hands out packets and log lines, and `neighbours()`, `shortcuts()` and
`multicast()` say what the kernel must know. A packet with wrong authentication is dropped and
counted, never answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.live import NhrpEntry, NhsEntry

from .cache import Entry, Origin
from .config import TunnelConfig
from .packet import (
    ErrorCode,
    ExtensionType,
    Packet,
    PacketError,
    PacketType,
    authentication,
    decode,
)
from .ports import Event, Neighbour, Routes, Shortcut
from .registration import Client, Server, register
from .resolution import Resolver
from .station import Arrival, Station

_KINDS = {Origin.STATIC: "static", Origin.INCOMPLETE: "incomplete"}


class Engine:
    """The NHRP state machine of one router."""

    def __init__(self, routes: Routes) -> None:
        self._station = Station(routes)
        self._clients: dict[str, Client] = {}
        self._resolver = Resolver(self._station, self._answers)

    # What an operator does

    def configure(self, tunnels: Iterable[TunnelConfig], now: float) -> None:
        """Follow a new configuration; what does not change keeps its state."""
        wanted = {tunnel.interface: tunnel for tunnel in tunnels}
        station = self._station
        for name in [name for name in station.tunnels if name not in wanted]:
            self._remove(name)
        for name, tunnel in wanted.items():
            old = station.tunnels.get(name)
            if old == tunnel:
                continue
            station.tunnels[name] = tunnel
            if old is None or old.address != tunnel.address or old.device != tunnel.device:
                self._drop_learnt(name)
            if old is None:
                self._clients[name] = Client(station, tunnel, now)
            else:
                self._clients[name].update(tunnel, now)
            self._put_static(tunnel, now)
        self.tick(now)

    def _answers(self, interface: str, address: IPv4Address) -> bool:
        """Say whether a next-hop server is one that a question goes to."""
        return self._clients[interface].asks(address)

    def _remove(self, interface: str) -> None:
        self._drop_learnt(interface)
        for entry in self._station.cache:
            if entry.interface == interface:
                self._station.cache.drop(entry)
        del self._station.tunnels[interface]
        del self._clients[interface]

    def _drop_learnt(self, interface: str) -> None:
        self._resolver.leave(interface)
        self._station.nat.pop(interface, None)
        for entry in self._station.cache:
            if entry.interface == interface and entry.origin is not Origin.STATIC:
                self._station.cache.drop(entry)

    def _put_static(self, tunnel: TunnelConfig, now: float) -> None:
        """Make the static entries those of the configuration: maps, and servers' addresses."""
        wanted = {entry.address: entry.nbma for entry in tunnel.static_maps}
        for server in tunnel.nhs:
            nbma = tunnel.nhs_nbma(server)
            if nbma:
                wanted[server.address] = nbma
        cache = self._station.cache
        for entry in cache:
            if entry.interface == tunnel.interface and entry.origin is Origin.STATIC:
                if wanted.get(entry.via) == entry.nbma:
                    del wanted[entry.via]
                else:
                    cache.drop(entry)
        for address, nbma in wanted.items():
            cache.put(
                Entry(
                    interface=tunnel.interface,
                    target=IPv4Network(address),
                    via=address,
                    nbma=nbma,
                    origin=Origin.STATIC,
                    created=now,
                    expires=None,
                )
            )

    def restart(self, interface: str, now: float) -> None:
        """The tunnel was down or made anew: forget what was learnt over it, register at once."""
        if interface in self._clients:
            self._drop_learnt(interface)
            self._clients[interface].restart(now)
            self.tick(now)

    def clear(self, target: IPv4Address | IPv4Network | None, now: float) -> None:
        """`clear ip nhrp [TARGET]`: forget dynamic entries; who was told of ours is told to.

        An address stands for all entries whose target holds it, and for their next hops.
        """
        station = self._station
        chosen = [e for e in station.cache if e.origin is not Origin.STATIC]
        if isinstance(target, IPv4Network):
            chosen = [e for e in chosen if e.target == target]
        elif target is not None:
            held = [e for e in chosen if target in e.target]
            hops = {(e.interface, e.via) for e in held}
            chosen = [e for e in chosen if target in e.target or (e.is_host and _hop(e) in hops)]
        for entry in chosen:
            if entry.origin is Origin.LOCAL:
                self._resolver.withdraw(entry, now)
            else:
                self._resolver.forget(entry)

    # What the network does

    def receive(
        self, interface: str, came_from: IPv4Address | None, data: bytes, now: float
    ) -> None:
        """Take an NHRP packet; `came_from` is its outer source, None on point-to-point GRE."""
        station = self._station
        tunnel = station.tunnels.get(interface)
        nbma = came_from or (tunnel.destination if tunnel else None)
        if tunnel is None or nbma is None:
            return
        counter = station.counter(interface)
        counter["rcvd_total"] += 1
        try:
            packet = decode(data)
            counter[f"rcvd_{packet.type.name.lower()}"] += 1
            if not _authentic(tunnel, packet):
                counter["rcvd_authentication_failed"] += 1
                self._error(
                    tunnel, f"Recieved wrong authentication string for  {_words(packet)}",
                    "authentication failure (11)",
                )  # fmt: skip
                return
            self._dispatch(Arrival(tunnel, nbma, packet, now))
        except PacketError:
            counter["rcvd_malformed"] += 1

    def _dispatch(self, arrival: Arrival) -> None:
        packet = arrival.packet
        ours = self._station.is_ours(packet.target)
        match packet.type:
            case PacketType.RESOLUTION_REQUEST:
                self._resolver.request(arrival)
            case PacketType.TRAFFIC_INDICATION:
                self._resolver.indicated_traffic(arrival)
            case PacketType.PURGE_REQUEST:
                self._resolver.purge(arrival)
            case PacketType.REGISTRATION_REQUEST if ours or _to_itself(packet):
                register(self._station, arrival)
            case PacketType.RESOLUTION_REPLY if ours:
                self._resolver.reply(arrival)
            case PacketType.REGISTRATION_REPLY if ours:
                self._clients[arrival.tunnel.interface].replied(packet, arrival.now)
            case PacketType.PURGE_REPLY if ours:
                self._resolver.purged(packet)
            case PacketType.ERROR_INDICATION:
                pass  # counted; whoever asked asks again by its own timer
            case _:
                self._pass_on(arrival)

    def _pass_on(self, arrival: Arrival) -> None:
        """Forward a registration or a reply that is for somebody else."""
        station, tunnel, packet = self._station, arrival.tunnel, arrival.packet
        hop = station.hop(tunnel, packet.target)
        if hop is not None and hop.nbma != arrival.nbma:
            station.forward(arrival, hop)
            return
        station.incomplete(tunnel, packet.target, arrival.now)
        reason = f"protocol generic error ({ErrorCode.PROTOCOL_ERROR})"
        self._error(tunnel, f"NHRP Encap Error for  {_words(packet)}", reason)

    def _error(self, tunnel: TunnelConfig, what: str, reason: str) -> None:
        """Log a packet that came to nothing, in the words of IOS-XE 17.15 (its spelling too)."""
        self._station.log(
            f"%DMVPN-3-DMVPN_NHRP_ERROR:  {tunnel.interface}: {what} , Reason:  {reason} on "
            f"(Tunnel: {tunnel.address.ip} NBMA: {tunnel.nbma_source})"
        )

    def send_failed(self, interface: str, nbma: IPv4Address) -> None:
        """The kernel refused to send a packet to `nbma`."""
        if interface in self._clients:
            self._clients[interface].send_failed(nbma)

    # What the kernel and IKE see

    def peer_up(self, nbma: IPv4Address, now: float) -> None:
        """The way to `nbma` opened (its IPsec SAs are there): ask again what waited for it."""
        for client in self._clients.values():
            client.hurry(nbma, now)
        self.tick(now)

    def peer_down(self, nbma: IPv4Address, now: float) -> None:
        """The way to `nbma` closed (its last IPsec SA went): forget what was learnt from there."""
        for client in self._clients.values():
            client.socket_down(nbma, now)
        for entry in self._station.cache:
            if entry.nbma == nbma and entry.origin not in {Origin.STATIC, Origin.LOCAL}:
                self._resolver.forget(entry)
        self.tick(now)

    def neighbour_wanted(self, interface: str, address: IPv4Address, now: float) -> None:
        """Traffic uses, or wants, the tunnel address `address`."""
        tunnel = self._station.tunnels.get(interface)
        if tunnel is None or tunnel.destination is not None:
            return
        if self._station.cache.nbma(interface, address) is None:
            self._resolver.ask(tunnel, address, now)
            return
        for entry in self._station.cache.via(interface, address):
            entry.used_at = now

    def redirect(
        self,
        inward: str,
        outward: str,
        came_from: IPv4Address | None,
        datagram: bytes,
        now: float,
    ) -> None:
        """A datagram was forwarded from tunnel `inward` to tunnel `outward`."""
        tunnels = self._station.tunnels
        if inward in tunnels and outward in tunnels:
            self._resolver.redirect(tunnels[inward], tunnels[outward], came_from, datagram, now)

    def routes_changed(self, now: float) -> None:
        """The routing table changed."""
        self._resolver.routes_changed(now)

    # Time

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._resolver.tick(now)
        for client in self._clients.values():
            client.tick(now)

    def deadline(self) -> float | None:
        """Return when `tick` is wanted next; None: never."""
        times = [client.deadline() for client in self._clients.values()]
        times.append(self._resolver.deadline())
        return min((t for t in times if t is not None), default=None)

    # What comes out

    def take(self) -> list[Event]:
        """Hand out the packets and log lines since the last call, in order."""
        events, self._station.outbox = self._station.outbox, []
        return events

    def neighbours(self) -> dict[tuple[str, IPv4Address], Neighbour]:
        """Return the neighbour entries the kernel must have, by interface and address.

        While a tunnel address is being asked for, its traffic goes to the server (IOS does so).
        """
        found: dict[tuple[str, IPv4Address], Neighbour] = {}
        for entry in self._station.cache:
            tunnel = self._station.tunnels[entry.interface]
            if tunnel.destination is not None or entry.origin is Origin.LOCAL:
                continue
            nbma, tracked = entry.nbma, entry.origin in {Origin.RESOLVED, Origin.IMPLICIT}
            if nbma is None:
                server = self._resolver.server(tunnel)
                if server is None or entry.via not in tunnel.address.network:
                    continue
                nbma = server.nbma
            elif not entry.is_host:
                continue
            key = (entry.interface, entry.via)
            found[key] = Neighbour(entry.interface, entry.via, nbma, tracked)
        return found

    def shortcuts(self) -> frozenset[Shortcut]:
        """Return the routes of NHRP."""
        return frozenset(
            Shortcut(e.interface, e.target, None if e.is_host else e.via)
            for e in self._station.cache
            if e.origin is Origin.RESOLVED
        )

    def multicast(self) -> dict[str, tuple[IPv4Address, ...]]:
        """Return, by tunnel, the NBMA addresses that get a copy of each multicast datagram."""
        found: dict[str, tuple[IPv4Address, ...]] = {}
        for name, tunnel in self._station.tunnels.items():
            receivers = list(tunnel.multicast_maps)
            client = self._clients[name]
            servers = [s for s in tunnel.nhs if s.multicast and not client.waits(s.address)]
            receivers += [nbma for s in servers if (nbma := tunnel.nhs_nbma(s))]
            if tunnel.multicast_dynamic:
                receivers += [
                    e.nbma
                    for e in self._station.cache
                    if e.interface == name and e.origin is Origin.REGISTERED and e.nbma
                ]
            found[name] = tuple(dict.fromkeys(receivers))
        return found

    def entries(self, now: float) -> tuple[NhrpEntry, ...]:
        """Return the cache as `show ip nhrp` lists it."""
        return tuple(
            NhrpEntry(
                interface=e.interface,
                target=e.target,
                via=e.via,
                nbma=e.nbma,
                claimed_nbma=e.claimed,
                created=now - e.created,
                expires=None if e.expires is None else max(0.0, e.expires - now),
                kind=_KINDS.get(e.origin, "dynamic"),
                flags=e.flags(),
            )
            for e in sorted(self._station.cache, key=lambda e: e.key)
        )

    def servers(self, now: float) -> tuple[NhsEntry, ...]:
        """Return the next-hop servers as `show ip nhrp nhs detail` lists them."""
        return tuple(
            _nhs(client.tunnel, server, now)
            for client in self._clients.values()
            for server in client.servers
        )

    def counters(self) -> dict[str, dict[str, int]]:
        """Return the counters of `show ip nhrp traffic`, by tunnel; names in `station.COUNTERS`."""
        return self._station.counters()


def _hop(entry: Entry) -> tuple[str, IPv4Address]:
    return entry.interface, entry.via


def _to_itself(packet: Packet) -> bool:
    """RFC 2332 section 5.2.3: a client that does not know its server names itself."""
    return packet.src_protocol == packet.dst_protocol


def _authentic(tunnel: TunnelConfig, packet: Packet) -> bool:
    carried = packet.extension(ExtensionType.AUTHENTICATION)
    if tunnel.authentication is None:
        return carried is None
    return carried is not None and carried.value == authentication(tunnel.authentication).value


def _nhs(tunnel: TunnelConfig, server: Server, now: float) -> NhsEntry:
    nbma = tunnel.nhs_nbma(server.config)
    return NhsEntry(
        interface=tunnel.interface,
        address=server.config.address,
        nbma=nbma,
        expecting=nbma is not None and server.active,
        responding=server.responding,
        waiting=nbma is None or not server.active,
        priority=server.config.priority,
        cluster=server.config.cluster,
        requests_sent=server.sent,
        requests_failed=server.failed,
        replies_received=server.received,
        last_reply=None if server.last_reply is None else now - server.last_reply,
        pending_request_id=server.request_id,
        retransmit=server.backoff if server.request_id is not None else None,
    )


def _words(packet: Packet) -> str:
    return packet.type.name.replace("_", " ").title()
