"""Registration: a client tells its servers where it is, a server remembers it for the holdtime.

The client side (`Client`) decides when to ask: at once, again after 1, 2, 4 ... 64 s while nobody
answers, and every registration timeout after an answer, as IOS. Of a cluster with a maximum of
connections it asks only the preferred servers; while one of them does not answer it goes on asking
there, and asks the next one too, until the preferred one is back. The server side (`register`)
decides whether to believe: a unique binding is not given to another NBMA address before it expires
(code 14); nobody may register our own address (code 4).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from .cache import Entry, Origin
from .config import NhsConfig, TunnelConfig
from .packet import (
    FLAG_NAT,
    FLAG_UNIQUE,
    HOST_PREFIX,
    UNIQUE_PREFIX,
    Cie,
    Code,
    ExtensionType,
    Packet,
    PacketType,
)
from .station import Arrival, Station

MAX_BACKOFF = 64
MISSED_BEFORE_DOWN = 3
"""Requests without an answer after which a server counts as down (1 + 2 + 4 s)."""
_EXTERNAL = "External(NHRP: no error)"
_REASONS = {
    Code.PROHIBITED: "administratively prohibited(4)",
    Code.NO_RESOURCES: "insufficient resources(5)",
    Code.NO_BINDING: "no internetworking layer address to NBMA address binding exists(12)",
    Code.NOT_UNIQUE: "binding exists but is not unique(13)",
    Code.UNIQUE_REGISTERED: "unique address registered already(14)",
}


@dataclass(slots=True)
class Server:
    """One next-hop server as its client sees it; times are the engine's clock, in seconds."""

    config: NhsConfig
    due: float
    request_id: int | None = None  # of the request that waits for an answer
    backoff: int = 0
    missed: int = 0
    sent: int = 0
    failed: int = 0
    received: int = 0
    responding: bool = False
    last_reply: float | None = None
    active: bool = False  # not active: others of its cluster are preferred
    lost: bool = False  # does not answer
    trusted: float | None = None  # when others are left for it, after it answers again


class Client:
    """The registrations of one tunnel."""

    def __init__(self, station: Station, tunnel: TunnelConfig, now: float) -> None:
        self._station = station
        self.tunnel = tunnel
        self.servers = [Server(config, due=now) for config in tunnel.nhs]
        self._choose(now)

    def update(self, tunnel: TunnelConfig, now: float) -> None:
        """Follow a changed configuration; servers that stay keep their state and counters."""
        told = (self.tunnel.address, self.tunnel.nbma_source, self.tunnel.holdtime)
        changed = told != (tunnel.address, tunnel.nbma_source, tunnel.holdtime)
        old = {(s.config.address, self.tunnel.nhs_nbma(s.config)): s for s in self.servers}
        self.tunnel = tunnel
        self.servers = []
        for config in tunnel.nhs:
            server = old.get((config.address, tunnel.nhs_nbma(config)))
            if server is None:
                server = Server(config, due=now)
            server.config = config
            if changed:
                server.due, server.request_id = now, None
            self.servers.append(server)
        self._choose(now)

    def _choose(self, now: float) -> None:
        """Say which servers are asked: of each cluster as many as answer, the preferred first."""
        most = dict(self.tunnel.max_connections)
        answering: Counter[int] = Counter()
        for server in sorted(self.servers, key=lambda one: one.config.priority):
            cluster = server.config.cluster
            active = not most.get(cluster) or answering[cluster] < most[cluster]
            if active is not server.active:
                self._switch(server, now, active=active)
            if server.trusted is not None and server.trusted <= now:
                server.trusted = None
            if active and not server.lost and server.trusted is None:
                answering[cluster] += 1

    def _switch(self, server: Server, now: float, *, active: bool) -> None:
        if server.responding:
            self._down(server, _EXTERNAL)
        server.active, server.lost, server.trusted = active, False, None
        server.due, server.request_id, server.backoff, server.missed = now, None, 0, 0

    def asks(self, address: IPv4Address) -> bool:
        """Say whether the server at a tunnel address is one that is asked and answers."""
        return any(s.active and not s.lost for s in self.servers if s.config.address == address)

    def waits(self, address: IPv4Address) -> bool:
        """Say whether the server at a tunnel address waits for a preferred one to fail."""
        return any(not s.active for s in self.servers if s.config.address == address)

    def restart(self, now: float) -> None:
        """Forget that anybody answered, and register at once."""
        for server in self.servers:
            if server.responding:
                self._down(server, _EXTERNAL)
            server.due, server.request_id, server.backoff, server.missed = now, None, 0, 0
            server.lost, server.trusted = False, None
        self._choose(now)

    def socket_down(self, nbma: IPv4Address, now: float) -> None:
        """The way to `nbma` has closed: who is there is down, and asked again at once."""
        for server in self.servers:
            if self.tunnel.nhs_nbma(server.config) == nbma:
                if server.responding:
                    self._down(server, _EXTERNAL)
                    server.lost = True
                server.due, server.request_id, server.backoff, server.missed = now, None, 0, 0

    def hurry(self, nbma: IPv4Address, now: float) -> None:
        """The way to `nbma` has opened: do not wait for the back-off to ask there again."""
        for server in self.servers:
            if self.tunnel.nhs_nbma(server.config) == nbma and not server.responding:
                server.due, server.backoff = now, 0

    def deadline(self) -> float | None:
        """Return when `tick` is wanted next."""
        times = [server.due for server in self.servers if server.active]
        times += [server.trusted for server in self.servers if server.trusted is not None]
        return min(times, default=None)

    def tick(self, now: float) -> None:
        """Send the registrations that are due."""
        self._choose(now)
        while due := [one for one in self.servers if one.active and one.due <= now]:
            for server in due:
                self._request(server, now)
            self._choose(now)

    def _request(self, server: Server, now: float) -> None:
        if server.request_id is not None:
            server.missed += 1
            if server.missed >= MISSED_BEFORE_DOWN:
                if server.responding:
                    self._down(server, "NHRP Registration Failure(NHRP: no error)")
                server.lost, server.trusted = True, None
        else:
            server.request_id, server.missed, server.backoff = self._station.next_request_id(), 0, 0
        server.backoff = min(MAX_BACKOFF, max(1, server.backoff * 2))
        server.due = now + server.backoff
        nbma = self.tunnel.nhs_nbma(server.config)
        if nbma is None:
            server.failed += 1
            return
        server.sent += 1
        self._station.send(self.tunnel, nbma, self._packet(server, nbma))

    def _packet(self, server: Server, nbma: IPv4Address) -> Packet:
        tunnel = self.tunnel
        unique = not tunnel.no_unique
        cie = Cie(
            prefix_length=UNIQUE_PREFIX if unique else HOST_PREFIX,
            mtu=tunnel.mtu,
            holding_time=tunnel.holdtime,
        )
        told = Cie(mtu=tunnel.mtu, nbma=nbma, protocol=server.config.address)
        return Packet(
            type=PacketType.REGISTRATION_REQUEST,
            src_nbma=tunnel.nbma_source,
            src_protocol=tunnel.address.ip,
            dst_protocol=server.config.address,
            flags=FLAG_NAT | (FLAG_UNIQUE if unique else 0),
            request_id=server.request_id or 0,
            cies=(cie,),
            extensions=self._station.request_extensions((told,)),
        )

    def replied(self, packet: Packet, now: float) -> bool:
        """Take a registration reply; say whether it answers a request of ours."""
        wanted = [s for s in self.servers if s.request_id == packet.request_id]
        if not wanted:
            return False
        server = wanted[0]
        server.received += 1
        server.last_reply = now
        bad = next((cie.code for cie in packet.cies if cie.code != Code.SUCCESS), None)
        if bad is not None:
            reason = _REASONS.get(Code(bad), "") if bad in set(Code) else f"code({bad})"
            self._station.log(
                "%NHRP-3-PAKREPLY: Receive Registration Reply packet with error - " + reason
            )
            if server.responding:
                self._down(server, "NHRP Registration Failure(NHRP: no error)")
            return True
        self._learn_nat(packet)
        server.request_id, server.missed, server.backoff = None, 0, 0
        server.due = now + self.tunnel.registration_interval
        if server.lost:
            server.lost, server.trusted = False, now + self.tunnel.fallback
        if not server.responding:
            server.responding = True
            self._log_server(server, "UP")
        self._choose(now)
        return True

    def _learn_nat(self, packet: Packet) -> None:
        item = packet.extension(ExtensionType.NAT)
        own = self.tunnel
        for cie in item.cies() if item else ():
            if cie.protocol == own.address.ip and cie.nbma and cie.nbma != own.nbma_source:
                self._station.nat[own.interface] = cie.nbma
                return
        self._station.nat.pop(own.interface, None)

    def send_failed(self, nbma: IPv4Address) -> None:
        """Count a registration that the kernel refused to send."""
        for server in self.servers:
            if server.request_id is not None and self.tunnel.nhs_nbma(server.config) == nbma:
                server.failed += 1

    def _down(self, server: Server, reason: str) -> None:
        server.responding = False
        self._log_server(server, f"DOWN, Reason: {reason}")

    def _log_server(self, server: Server, state: str) -> None:
        tunnel = self.tunnel
        self._station.log(
            f"%DMVPN-5-NHRP_NHS_{state[:4].rstrip(',')}: {tunnel.interface}: Next Hop Server : "
            f"(Tunnel: {server.config.address} NBMA: {tunnel.nhs_nbma(server.config)}) for "
            f"(Tunnel: {tunnel.address.ip} NBMA: {tunnel.nbma_source}) is {state}"
        )


def register(station: Station, arrival: Arrival) -> None:
    """Take a registration request addressed to us and answer it.

    When the outer source address differs from what the client says of itself there is NAT
    between; then the outer one is used and the client's own kept as claimed.
    """
    tunnel, packet = arrival.tunnel, arrival.packet
    nat = Cie(mtu=tunnel.mtu, nbma=arrival.nbma, protocol=packet.src_protocol)
    natted = arrival.nbma != packet.src_nbma
    reply = Packet(
        type=PacketType.REGISTRATION_REPLY,
        src_nbma=packet.src_nbma,
        src_protocol=packet.src_protocol,
        dst_protocol=tunnel.address.ip,
        flags=packet.flags & (FLAG_UNIQUE | FLAG_NAT),
        request_id=packet.request_id,
        cies=tuple(replace(cie, code=_bind(station, arrival, cie)) for cie in packet.cies),
        extensions=station.reply_extensions(tunnel, packet, (nat,) if natted else ()),
    )
    station.send(tunnel, arrival.nbma, reply)


def _bind(station: Station, arrival: Arrival, cie: Cie) -> Code:
    """Enter one CIE of a registration into the cache; return the verdict."""
    tunnel, packet, now = arrival.tunnel, arrival.packet, arrival.now
    address = cie.protocol or packet.src_protocol
    said = cie.nbma or packet.src_nbma
    nbma = arrival.nbma if said == packet.src_nbma else said
    holdtime = cie.holding_time or tunnel.holdtime
    if cie.prefix_length not in {0, HOST_PREFIX, UNIQUE_PREFIX} or station.is_ours(address):
        return Code.PROHIBITED
    old = station.cache.host(tunnel.interface, address)
    known = old is not None and old.origin is Origin.REGISTERED
    if old is not None and known and old.unique and old.nbma != nbma:
        station.log(
            f"%NHRP-3-PAKERROR: Receive Registration Request for {address} from {nbma} with error "
            f"- {_REASONS[Code.UNIQUE_REGISTERED]}"
        )
        return Code.UNIQUE_REGISTERED
    entry = Entry(
        interface=tunnel.interface,
        target=IPv4Network(address),
        via=address,
        nbma=nbma,
        claimed=said if said != nbma else None,
        origin=Origin.REGISTERED,
        unique=bool(packet.flags & FLAG_UNIQUE),
        created=now,
        expires=now + holdtime,
        holdtime=holdtime,
    )
    if station.learn(entry) and not known:
        station.log(
            f"%DMVPN-5-NHRP_NHC_UP: {tunnel.interface}: Next Hop Client : "
            f"(Tunnel: {address} NBMA: {nbma}) for "
            f"(Tunnel: {tunnel.address.ip} NBMA: {tunnel.nbma_source}) is UP"
        )
    return Code.SUCCESS
