"""One router: keeps Linux in step with its running configuration, and answers what Linux does.

`apply` only notes the new configuration; a task of the router brings kernel, charon, NHRP and bgpd
there, once the lines of a paste or a push have stopped coming for a moment. Whoever asks for live
state waits until that is done, so an answer never shows less than what was typed before it.

The order of a change is the one that never lets plain GRE of a protected tunnel out and never
leaves a daemon with a device that is gone: guard, NHRP lets go, devices go, devices come, IKE and
BGP, NHRP.

A router reacts to events instead of waiting for timers. When the SA to a next-hop server comes up,
NHRP registers at once; while there is none, registration is tried again every few seconds, as that
is the traffic which makes charon negotiate.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from ipaddress import IPv4Address
from typing import Protocol

from pyroute2.netlink.exceptions import NetlinkError

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.dataplane import duties, facts, snapshot
from dmvpn_auto.lab.dataplane.adjacencies import bgp_line, ospf_line
from dmvpn_auto.lab.dataplane.desired import Desired, read
from dmvpn_auto.lab.dataplane.frr import Frr
from dmvpn_auto.lab.dataplane.ike import Ike
from dmvpn_auto.lab.dataplane.kernel import Kernel
from dmvpn_auto.lab.dataplane.lines import Lines
from dmvpn_auto.lab.dataplane.namespace import inside
from dmvpn_auto.lab.dataplane.packets import Packets
from dmvpn_auto.lab.dataplane.peers import Layers, PeerClock, peers
from dmvpn_auto.lab.dataplane.probes import send_echoes, trace
from dmvpn_auto.lab.dataplane.redirects import Redirects
from dmvpn_auto.lab.dataplane.tree import has, sections
from dmvpn_auto.lab.dataplane.xfrm import Guard
from dmvpn_auto.lab.live import ArpEntry, LiveState, NhrpEntry, NhsEntry, ProbeReply, Tree
from dmvpn_auto.lab.nhrp.config import TunnelConfig
from dmvpn_auto.lab.spec import NodeSpec

_QUIET = 0.03
"""s without a further line after which a change is carried out."""
_SETTLE_TIME = 90.0
"""s after which a question is answered although the router is not there yet."""
_RETRY = 3.0
"""s between two attempts to reach a next-hop server that has no SA."""
_LINK_GROUP = 1


class Nhrp(Protocol):
    """What a router needs of its NHRP station."""

    async def configure(self, tunnels: Sequence[TunnelConfig]) -> None:
        """Speak on exactly these tunnels; their devices exist and are up."""

    async def restart(self, interface: str) -> None:
        """Forget what was learnt on a tunnel, register at once."""

    def peer_up(self, nbma: IPv4Address) -> None:
        """The way to an NBMA address is open, or to be opened by a packet: register at once."""

    def peer_down(self, nbma: IPv4Address) -> None:
        """The way to an NBMA address is lost: its servers are down, its bindings forgotten."""

    async def clear(self, target: IPv4Address | None = None) -> None:
        """Forget what was learned."""

    async def close(self) -> None:
        """Stop."""

    def entries(self) -> tuple[NhrpEntry, ...]:
        """Return the cache."""

    def nhs(self) -> tuple[NhsEntry, ...]:
        """Return the next-hop servers."""

    def traffic(self) -> dict[str, dict[str, int]]:
        """Return packet counters by interface."""

    def multicast(self) -> dict[str, tuple[IPv4Address, ...]]:
        """Return who gets multicast, by interface."""


class LinuxDataplane:
    """Implements `live.Dataplane` on the namespaces of one node."""

    def __init__(self, spec: NodeSpec, nhrp: Callable[[Callable[[str], None]], Nhrp]) -> None:
        """`nhrp` makes the NHRP station; it is given a function that takes log lines."""
        self._spec = spec
        self._listener: Callable[[str], None] = lambda _line: None
        self._nhrp = nhrp(self._log_line)
        self._kernel = Kernel(spec)
        self._guard = Guard(spec.netns_path)
        self._ike = Ike(spec, on_change=self._wake, on_start=self._guard.sweep)
        self._frr = Frr(spec, self._routing_logged)
        self._clock = PeerClock(now=time.monotonic)
        self._started = time.monotonic()
        self._tree: Tree = {}
        self._wanted = Desired()
        self._bounced: set[str] = set()
        self._redirects = Redirects()
        self._lines = Lines(self._log_line)
        self._packets = Packets(spec)
        self._secured: set[IPv4Address] = set()
        self._more = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._event = asyncio.Event()
        self._events: socket.socket | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Make the namespace a router; start following."""
        await self._kernel.open()
        with inside(self._spec.netns_path):
            self._events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._events.bind((0, _LINK_GROUP))
        self._events.setblocking(False)
        asyncio.get_running_loop().add_reader(self._events.fileno(), self._link_changed)
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._keep())]

    async def close(self) -> None:
        """End the router's daemons and tasks; the namespace keeps what it has."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._events is not None:
            asyncio.get_running_loop().remove_reader(self._events.fileno())
            self._events.close()
        await self._nhrp.close()
        await asyncio.gather(self._ike.close(), self._frr.close())
        self._guard.close()
        self._kernel.close()

    def listen(self, log: Callable[[str], None]) -> None:
        """Hand each log line over when it happens."""
        self._listener = log

    async def apply(self, running: Tree) -> None:
        """Take a configuration."""
        before = {name: has(body, "shutdown") for name, body in _interfaces(self._tree)}
        for name, body in _interfaces(running):
            if before.get(name, has(body, "shutdown")) != has(body, "shutdown"):
                self._bounced.add(name)
        self._redirects.note(self._tree, running)
        self._tree = running
        self._settled.clear()
        self._more.set()

    async def reload(self) -> None:
        """Take every interface down, end the daemons, forget what was learnt.

        Neighbours notice as they do when a router loses power: nothing says goodbye.
        """
        listener, self._listener = self._listener, lambda _line: None
        await self.settled()
        await self._ike.abandon()
        await self._frr.close()
        await self.apply({})
        await self.settled()
        await self._nhrp.clear()
        self._lines.forget()
        self._clock = PeerClock(now=time.monotonic)
        self._redirects = Redirects()
        self._started, self._secured = time.monotonic(), set()
        self._listener = listener

    async def settled(self) -> None:
        """Wait until Linux is where the configuration wants it, or cannot get there."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), _SETTLE_TIME)

    # Following

    async def _follow(self) -> None:
        while True:
            await self._more.wait()
            await self._quiet()
            await self._try()
            if not self._more.is_set():
                self._settled.set()

    async def _quiet(self) -> None:
        """Wait until no further line has come for a moment."""
        while self._more.is_set():
            self._more.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), _QUIET)

    async def _try(self) -> None:
        try:
            await self._reach(read(self._tree, self._spec.interfaces, numbed=self._redirects.off))
        except (LabError, NetlinkError, OSError) as error:
            self._say(f"%DATAPLANE-3-FAILED: {error}")

    def _naming(self) -> snapshot.Naming:
        return snapshot.Naming(wanted=self._wanted, ports=self._spec.interfaces)

    def _log_line(self, line: str) -> None:
        """Hand a line to the console."""
        self._listener(line)

    def _routing_logged(self, daemon: str, text: str) -> None:
        """Log in IOS's words what a routing daemon says of a neighbour."""
        if daemon == "bgpd":
            line = bgp_line(text)
        else:
            naming = self._naming()
            process = next(iter(sections(self._tree, "router ospf")), (["1"], {}))[0][0]
            line = ospf_line(text, naming.devices(), process)
        if line is not None:
            self._log_line(line)

    def _say(self, line: str) -> None:
        """Log a line; the same text goes to the world's log."""
        self._log_line(line)
        sys.stderr.write(f"{self._spec.name}: {line}\n")

    async def _reach(self, wanted: Desired) -> None:
        """Carry out a change."""
        old, self._wanted = self._wanted, wanted
        bounced, self._bounced = self._bounced, set()
        state = await self._kernel.state()
        moved = {tunnel.interface for tunnel in wanted.tunnels if duties.moved(tunnel, old)}
        stale = self._kernel.stale(wanted, state)
        await self._hold(old, wanted)
        going = {*stale, *(one.device for one in wanted.interfaces if one.name in bounced)}
        stations = duties.stations(wanted)
        staying = duties.present(stations, state)
        await self._nhrp.configure(tuple(one for one in staying if one.device not in going))
        await self._kernel.remove(stale, state)
        connections = duties.connections(wanted)
        await self._let_go(old, wanted, bounced | moved)
        await self._frr.meet(await self._kernel.make(wanted))
        state = await self._kernel.reach(wanted)
        self._lines.note(self._naming(), state)
        before = self._ike.connections
        changed = before != {one.name: one for one in connections}
        fresh = bounced | moved | {tunnel.interface for tunnel in duties.renewed(old, wanted)}
        if before and (changed or fresh):
            await self._ike.drop_unfinished()
        refused, _ = await asyncio.gather(
            self._frr.configure(wanted.bgp, wanted.ospf), self._ike.configure(connections)
        )
        await self._hold(None, wanted)
        await self._packets.clamp(wanted)
        await self._packets.filter(wanted)
        await self._nhrp.configure(duties.present(stations, state))
        for words in {*wanted.problems, *refused} - set(old.problems):
            self._say(f"%DATAPLANE-4-NOTCARRIED: {words}")
        for station in duties.present(stations, state):
            if station.interface in fresh or changed:
                await self._nhrp.restart(station.interface)
        self._wake()

    async def _hold(self, old: Desired | None, wanted: Desired) -> None:
        """Guard the protected tunnels of both configurations, then of the new one only."""
        tunnels = [*(old.tunnels if old else ()), *wanted.tunnels]
        self._guard.hold(
            frozenset(tunnel.source for tunnel in tunnels if tunnel.protection and tunnel.source)
        )

    async def _let_go(self, old: Desired, wanted: Desired, tunnels: set[str]) -> None:
        """Delete the SAs of tunnels that were shut, bounced or protected otherwise."""
        for tunnel in old.tunnels:
            now = wanted.tunnel(tunnel.interface)
            same = now is not None and now.protection and tunnel.protection
            kept = same and now is not None and duties.outside(now) == duties.outside(tunnel)
            shut = tunnel.interface in tunnels and not kept
            connection = tunnel.protection.connection if tunnel.protection else None
            down = now is not None and not duties.is_up(wanted, now)
            if connection is not None and (shut or down):
                await self._ike.terminate(name=connection.name)

    # Events

    def _wake(self) -> None:
        self._event.set()

    def _link_changed(self) -> None:
        """A device went up, down or away; find out which in the follower."""
        if self._events is not None:
            try:
                while self._events.recv(65536):
                    pass
            except OSError as end:
                # A socket that overflowed says so once, in place of what it had no room for.
                if end.errno not in (errno.EAGAIN, errno.ENOBUFS):
                    raise
        self._more.set()

    async def _keep(self) -> None:
        """Register when SAs come; make traffic for those that do not."""
        while True:
            lacking = await self._nudge()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._event.wait(), _RETRY if lacking else None)
            self._event.clear()

    async def _nudge(self) -> bool:
        """Look at the SAs to next-hop servers; say whether one is missing."""
        if self._ike.lost:
            self._settled.clear()
            self._more.set()
            return True
        if not self._ike.connections:
            return False
        listed = await self._ike.sas()
        ike, ipsec = facts.ike_sas(listed, self._ike.connections)
        secured = {sa.remote for sa in ipsec if sa.installed}
        busy = {sa.remote for sa in ike if not sa.established}
        before, self._secured = self._secured, secured
        for nbma in before - secured:
            self._nhrp.peer_down(nbma)
        for nbma in secured - before:
            self._nhrp.peer_up(nbma)
        lacking = {
            server.nbma
            for server in self._nhrp.nhs()
            if server.nbma is not None and server.expecting and self._protected(server.interface)
        } - secured
        for nbma in lacking - busy - before:
            self._nhrp.peer_up(nbma)
        return bool(lacking)

    def _protected(self, interface: str) -> bool:
        tunnel = self._wanted.tunnel(interface)
        return (
            tunnel is not None
            and tunnel.protection is not None
            and duties.is_up(self._wanted, tunnel)
        )

    # Questions

    async def snapshot(self) -> LiveState:
        """Return what is there now."""
        await self.settled()
        naming = self._naming()
        kernel, listed = await asyncio.gather(self._kernel.state(), self._ike.sas())
        summary, paths, table, inside_routes, neighbors, kinds, spoken = await asyncio.gather(
            self._frr.json("bgpd", "show bgp ipv4 unicast summary json"),
            self._frr.json("bgpd", "show bgp ipv4 unicast json"),
            self._frr.json("zebra", "show ip route bgp json"),
            self._frr.json("zebra", "show ip route ospf json"),
            self._frr.json("ospfd", "show ip ospf neighbor json"),
            self._frr.json("ospfd", "show ip ospf route json"),
            self._frr.json("ospfd", "show ip ospf interface json"),
        )
        self._lines.note(naming, kernel)
        ike, ipsec = facts.ike_sas(listed, self._ike.connections)
        tunnels = snapshot.tunnels(self._wanted)
        interfaces = snapshot.interfaces(naming, kernel, self._lines.age)
        layers = Layers(
            tunnels=tunnels,
            up=frozenset(one.name for one in interfaces if one.line_up),
            nhs=(*self._nhrp.nhs(), *duties.idle_servers(self._wanted, self._nhrp.nhs())),
            nhrp=self._nhrp.entries(),
            ike=ike,
            ipsec=ipsec,
        )
        return LiveState(
            uptime=time.monotonic() - self._started,
            interfaces=interfaces,
            tunnels=tunnels,
            nhrp=layers.nhrp,
            nhs=layers.nhs,
            nhrp_traffic=self._nhrp.traffic(),
            multicast=self._nhrp.multicast(),
            ike=ike,
            ipsec=ipsec,
            bgp=facts.bgp(summary or {}, paths or {}),
            ospf=facts.ospf(neighbors or {}, naming.devices(), _broadcast(self._wanted)),
            routes=snapshot.routes(
                naming,
                kernel,
                facts.rib({**(inside_routes or {}), **(table or {})}),
                facts.ospf_kinds(kinds or {}),
            ),
            dmvpn=peers(layers, self._clock),
            ospf_interfaces=facts.ospf_interfaces(spoken or {}, naming.devices()),
            arp=tuple(
                ArpEntry(address=address, mac=mac, interface=naming.devices()[device])
                for device, address, mac in await self._kernel.neighbours()
                if device in naming.devices()
            ),
            certificates=self._ike.certificates(),
        )

    async def ping(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        count: int,
        size: int,
        timeout: float,
        dont_fragment: bool,
    ) -> AsyncIterator[ProbeReply]:
        """Send echo requests one by one."""
        await self.settled()
        replies = send_echoes(
            self._spec.netns_path,
            target,
            source=source or self._address_in(vrf),
            count=count,
            size=size,
            timeout=timeout,
            dont_fragment=dont_fragment,
        )
        async for reply in replies:
            yield reply

    async def traceroute(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        probes: int,
        timeout: float,
        max_ttl: int,
    ) -> AsyncIterator[tuple[int, ProbeReply]]:
        """Yield (ttl, reply) in order until the target has answered."""
        await self.settled()
        hops = trace(
            self._spec.netns_path,
            target,
            source=source or self._address_in(vrf),
            probes=probes,
            timeout=timeout,
            max_ttl=max_ttl,
        )
        async for hop in hops:
            yield hop

    def _address_in(self, vrf: str | None) -> IPv4Address | None:
        """Return an address that leads a probe to the table of a VRF."""
        if vrf is None:
            return None
        held = (one.address for one in self._wanted.interfaces if one.vrf == vrf and one.up)
        return next((address.ip for address in held if address is not None), None)

    async def clear(self, what: str, argument: str | None = None) -> None:
        """Clear "crypto session", "crypto sa", "ip nhrp" or "ip bgp"."""
        await self.settled()
        peer = IPv4Address(argument) if argument not in (None, "*") else None
        match what:
            case "crypto session":
                await self._ike.terminate(remote=peer)
            case "crypto sa":
                await self._ike.terminate(remote=peer, children=True)
            case "ip nhrp":
                await self._nhrp.clear(peer)
            case "ip bgp":
                await self._frr.command("bgpd", f"clear bgp {peer or '*'}")
            case _:
                raise LabError(f"clear {what} is not carried", where=self._spec.name)
        self._wake()


def _broadcast(wanted: Desired) -> frozenset[str]:
    return wanted.ospf.broadcast if wanted.ospf is not None else frozenset()


def _interfaces(tree: Tree) -> list[tuple[str, Tree]]:
    return [(words[0], body) for words, body in sections(tree, "interface")]
