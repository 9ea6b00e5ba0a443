"""The NHRP speaker of one router: engine and kernel, joined on an asyncio loop.

Decides the order of things: an event goes into the engine; then its packets go out, its tables into
the kernel, and the timer is set to its next deadline. All methods belong to the loop's thread.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.live import NhrpEntry, NhsEntry

from . import firewall, netlink
from .config import TunnelConfig
from .engine import Engine
from .kernel import Kernel
from .ports import Log

_MAX_PACKET = 65535
_SETTLE = 0.05
"""Seconds in which several route changes count as one."""


class NhrpNode:
    """NHRP in the network namespace `netns` (a name under /run/netns).

    `on_log` gets IOS log lines, without time, as things happen. Must be closed.
    """

    def __init__(
        self, netns: str, *, name: str = "", on_log: Callable[[str], None] | None = None
    ) -> None:
        self.name = name or netns
        self._kernel = Kernel(netns)
        self._engine = Engine(self._kernel)
        self._on_log = on_log
        self._tunnels: tuple[TunnelConfig, ...] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._changed: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._kernel.packets, self._on_packets)
        self._loop.add_reader(self._kernel.events, self._on_events)
        self._loop.add_reader(self._kernel.logs, self._on_logged)

    # What an operator does

    async def configure(self, tunnels: Sequence[TunnelConfig]) -> None:
        """Follow the whole wanted set of tunnels; their devices must exist. Raises LabError."""
        async with self._lock:
            if tuple(tunnels) != self._tunnels:
                await asyncio.to_thread(self._kernel.install_rules, tuple(tunnels))
                self._tunnels = tuple(tunnels)
            self._kernel.routes_changed()
            self._kernel.adopt(tunnels)
            self._engine.configure(tunnels, time.monotonic())
            self._settle()

    async def restart(self, interface: str) -> None:
        """The tunnel's device was bounced or made anew: forget what was learnt, register."""
        self._restart(interface)
        self._settle()

    def _restart(self, interface: str) -> None:
        if any(tunnel.interface == interface for tunnel in self._tunnels):
            self._kernel.lost(interface)
            self._kernel.routes_changed()
            self._kernel.refresh_link(interface)
            self._engine.restart(interface, time.monotonic())

    async def clear(self, target: IPv4Address | IPv4Network | None = None) -> None:
        """`clear ip nhrp [TARGET]`."""
        self._engine.clear(target, time.monotonic())
        self._settle()

    def peer_up(self, nbma: IPv4Address) -> None:
        """The IPsec SAs to `nbma` are there now: register without waiting for the back-off."""
        self._engine.peer_up(nbma, time.monotonic())
        self._settle()

    def peer_down(self, nbma: IPv4Address) -> None:
        """The last IPsec SA to `nbma` went: what was learnt from there ends, servers are down."""
        self._engine.peer_down(nbma, time.monotonic())
        self._settle()

    async def close(self) -> None:
        """Leave nothing behind in the kernel."""
        for reader in (self._kernel.packets, self._kernel.events, self._kernel.logs):
            self._loop.remove_reader(reader)
        for timer in (self._timer, self._changed):
            if timer:
                timer.cancel()
        async with self._lock:
            await asyncio.to_thread(self._kernel.remove_rules)
            self._kernel.close()

    # What there is

    def entries(self) -> tuple[NhrpEntry, ...]:
        """Return the NHRP cache."""
        return self._engine.entries(time.monotonic())

    def nhs(self) -> tuple[NhsEntry, ...]:
        """Return the next-hop servers and how registration at them goes."""
        return self._engine.servers(time.monotonic())

    def traffic(self) -> dict[str, dict[str, int]]:
        """Return the packet counters, by tunnel; their names are in `station.COUNTERS`."""
        return self._engine.counters()

    def multicast(self) -> dict[str, tuple[IPv4Address, ...]]:
        """Return, by tunnel, the NBMA addresses that multicast is sent to."""
        return self._engine.multicast()

    # What the kernel says

    def _on_packets(self) -> None:
        while (received := _receive(self._kernel.packets)) is not None:
            data, (device, _, _, _, source) = received
            interface = next((t.interface for t in self._tunnels if t.device == device), None)
            if interface:
                nbma = IPv4Address(source) if len(source) == 4 else None
                self._engine.receive(interface, nbma, data, time.monotonic())
        self._settle()

    def _on_events(self) -> None:
        while (received := _receive(self._kernel.events)) is not None:
            data, _ = received
            if not data:  # notifications were lost
                self._routes_changed()
            for message in netlink.split(data):
                self._on_event(message)
        self._settle()

    def _on_event(self, message: netlink.Message) -> None:
        if message.kind == netlink.GETNEIGH:
            wanted = netlink.read_neighbour(message)
            interface = self._kernel.interface_at(wanted[0]) if wanted else None
            if wanted and interface:
                self._kernel.confirm(interface, wanted[1])
                self._engine.neighbour_wanted(interface, wanted[1], time.monotonic())
        elif message.kind in {netlink.NEWROUTE, netlink.DELROUTE}:
            if netlink.read_route(message).protocol != netlink.PROTO_NHRP:
                self._routes_changed()
        elif message.kind in {netlink.NEWADDR, netlink.DELADDR}:
            self._routes_changed()
        elif message.kind in {netlink.NEWLINK, netlink.DELLINK}:
            self._on_link(netlink.read_link(message))

    def _on_link(self, link: netlink.Link) -> None:
        self._routes_changed()
        interface = self._kernel.interface_of(link)
        if interface is None:
            return
        present = self._kernel.is_present(interface, link.index)
        if present and (link.gone or not link.up):
            self._kernel.lost(interface)
        elif link.up and not link.gone and not present:
            self._restart(interface)

    def _routes_changed(self) -> None:
        """Have the engine look again, once for changes that come together."""
        self._kernel.routes_changed()
        if self._changed is None:
            self._changed = self._loop.call_later(_SETTLE, self._look_again)

    def _look_again(self) -> None:
        self._changed = None
        self._engine.routes_changed(time.monotonic())
        self._settle()

    def _on_logged(self) -> None:
        while (received := _receive(self._kernel.logs)) is not None:
            for message in netlink.split(received[0]):
                logged = netlink.read_logged(message)
                if logged is None:
                    continue
                if logged.group == firewall.MULTICAST_GROUP:
                    self._kernel.multicast(logged, self._engine.multicast())
                else:
                    self._redirect(logged)
        self._settle()

    def _redirect(self, logged: netlink.Logged) -> None:
        inward = self._kernel.interface_at(logged.indev)
        outward = self._kernel.interface_at(logged.outdev)
        if inward and outward:
            self._engine.redirect(inward, outward, logged.source, logged.datagram, time.monotonic())

    # What the engine says

    def _settle(self) -> None:
        """Send, apply, log, and set the timer."""
        for event in self._engine.take():
            if isinstance(event, Log):
                if self._on_log:
                    self._on_log(event.text)
            elif not self._kernel.send(event.interface, event.nbma, event.data):
                self._engine.send_failed(event.interface, event.nbma)
        self._kernel.apply(self._engine.neighbours(), self._engine.shortcuts())
        if self._timer:
            self._timer.cancel()
        deadline = self._engine.deadline()
        self._timer = None
        if deadline is not None:
            delay = max(0.0, deadline - time.monotonic())
            self._timer = self._loop.call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._engine.tick(time.monotonic())
        self._settle()


def _receive(reader: socket.socket) -> tuple[bytes, tuple[str, int, int, int, bytes]] | None:
    """Return the next datagram and its sender, None when there is none; b"" for an overrun."""
    try:
        return reader.recvfrom(_MAX_PACKET)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            return b"", ("", 0, 0, 0, b"")
        if error.errno == errno.ENETDOWN:  # a device the socket listened on went down
            return b"", ("", 0, 0, 0, b"")
        raise
