"""The kernel side of one router: its namespace's sockets and tables, as the engine needs them.

Decides how a wanted table becomes netlink messages, and repairs: what is applied is compared with
what is wanted after each event, and forgotten when a device goes down, since the kernel forgets
then too. Routes are read again when the kernel says that they changed. Refuses (LabError) to start
when the namespace, or a tool, is missing.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from pathlib import Path as FilePath

from dmvpn_auto.errors import LabError

from . import firewall, netlink
from .config import TunnelConfig
from .netlink import Link, Logged, Route
from .packet import ETHERTYPE
from .ports import Neighbour, Path, Shortcut

_CLONE_NEWNET = 0x40000000
_IPV4 = 0x0800
_GROUPS = netlink.GROUP_LINK | netlink.GROUP_NEIGH | netlink.GROUP_ADDRESS | netlink.GROUP_ROUTE
_SOLICIT = {"app_solicit": 3, "mcast_solicit": 0, "ucast_solicit": 0}
"""Neighbour discovery of a GRE device: ask the speaker three times, a second apart, nobody else."""
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(netns: str) -> Iterator[None]:
    """Let this thread be in a network namespace; what it opens there stays there."""
    try:
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LabError(f"no network namespaces: {error}", stage="nhrp") from error
    try:
        with FilePath(f"/run/netns/{netns}").open("rb") as there:
            _enter(there.fileno())
    except OSError as error:
        os.close(here)
        raise LabError(f"cannot enter the network namespace: {error}", where=netns) from error
    try:
        yield
    finally:
        _enter(here)
        os.close(here)


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class Kernel:
    """Sockets and applied tables of one network namespace; implements `ports.Routes`."""

    def __init__(self, netns: str) -> None:
        self._netns = netns
        self._routes: list[Route] | None = None
        self._tunnels: dict[str, TunnelConfig] = {}
        self._links: dict[str, int] = {}  # IOS interface -> device index
        self._neighbours: dict[tuple[str, IPv4Address], Neighbour] = {}
        self._shortcuts: set[Shortcut] = set()
        self._rules: list[str] | None = None
        with inside(netns):
            self._requests = netlink.Netlink()
            self.events = netlink.subscribe(_GROUPS)
            self.logs = netlink.log_socket((firewall.REDIRECT_GROUP, firewall.MULTICAST_GROUP))
            self.packets = socket.socket(
                socket.AF_PACKET,
                socket.SOCK_DGRAM | socket.SOCK_NONBLOCK,
                socket.htons(ETHERTYPE),
            )

    # Devices

    def adopt(self, tunnels: Iterable[TunnelConfig]) -> None:
        """Take `tunnels` as the whole set; make their devices ask us for neighbours."""
        wanted = {tunnel.interface: tunnel for tunnel in tunnels}
        for name in [n for n, t in self._tunnels.items() if wanted.get(n) != t]:
            if name not in wanted or wanted[name].device != self._tunnels[name].device:
                self._withdraw(name)
        self._tunnels = wanted
        for name in wanted:
            self.refresh_link(name)

    def refresh_link(self, interface: str) -> None:
        """Look the device of a tunnel up and prepare it; without effect while it is missing."""
        tunnel = self._tunnels[interface]
        try:
            (found,) = self._requests.ask(netlink.get_link(tunnel.device))
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
            self.lost(interface)
            return
        link = netlink.read_link(found)
        if self._links.get(interface) != link.index:
            self.lost(interface)
            self._links[interface] = link.index
            self._sweep(link.index, tunnel)
            mgre = tunnel.destination is None
            mask = netlink.IFF_MULTICAST | (netlink.IFF_NOARP if mgre else 0)
            self._requests.ask(netlink.set_link_flags(link.index, netlink.IFF_MULTICAST, mask))
            if mgre:
                self._write_sysctls(tunnel.device)

    def _sweep(self, index: int, tunnel: TunnelConfig) -> None:
        """Delete what is left of an earlier adoption of the device.

        A device that went down and up again before its events were read kept nothing, but one that
        is started anew while it stays up keeps routes and neighbours that nobody would withdraw.
        """
        table = tunnel.table or netlink.TABLE_MAIN
        for answer in self._requests.ask(netlink.get_routes()):
            route = netlink.read_route(answer)
            if (route.protocol, route.ifindex, route.table) == (netlink.PROTO_NHRP, index, table):
                self._try(
                    netlink.change_route(
                        add=False,
                        prefix=route.prefix,
                        gateway=route.gateway,
                        ifindex=index,
                        table=table,
                    )
                )
        for answer in self._requests.ask(netlink.get_neighbours()):
            found = netlink.read_neighbour(answer)
            if found and found[0] == index:
                self._try(netlink.delete_neighbour(index, found[1]))

    def _write_sysctls(self, device: str) -> None:
        with inside(self._netns):
            for name, value in _SOLICIT.items():
                path = FilePath(f"/proc/sys/net/ipv4/neigh/{device}/{name}")
                path.write_text(str(value))

    def lost(self, interface: str) -> None:
        """The device went down or away, and with it the kernel's entries for it."""
        self._links.pop(interface, None)
        self._neighbours = {k: n for k, n in self._neighbours.items() if k[0] != interface}
        self._shortcuts = {s for s in self._shortcuts if s.interface != interface}

    def _withdraw(self, interface: str) -> None:
        """Take our entries for a tunnel back."""
        self.apply(
            {k: n for k, n in self._neighbours.items() if k[0] != interface},
            frozenset(s for s in self._shortcuts if s.interface != interface),
        )
        self._links.pop(interface, None)

    def interface_of(self, link: Link) -> str | None:
        """Return the tunnel whose device this is."""
        for name, tunnel in self._tunnels.items():
            if tunnel.device == link.name or self._links.get(name) == link.index:
                return name
        return None

    def interface_at(self, index: int | None) -> str | None:
        """Return the tunnel whose device has that index."""
        return next((name for name, known in self._links.items() if known == index), None)

    def is_present(self, interface: str, index: int) -> bool:
        """Whether the tunnel's device is known, up, under that index."""
        return self._links.get(interface) == index

    # Routes

    def routes_changed(self) -> None:
        """Forget the routes that were read."""
        self._routes = None

    def lookup(self, interface: str, address: IPv4Address) -> Path | None:
        """Return the best path, NHRP's own routes left out."""
        if self._routes is None:
            answers = self._requests.ask(netlink.get_routes())
            self._routes = [netlink.read_route(a) for a in answers if a.kind == netlink.NEWROUTE]
        tunnel = self._tunnels.get(interface)
        table = tunnel.table if tunnel and tunnel.table else netlink.TABLE_MAIN
        return best_path(self._routes, table, address, {i: n for n, i in self._links.items()})

    # Tables

    def apply(
        self,
        neighbours: dict[tuple[str, IPv4Address], Neighbour],
        shortcuts: frozenset[Shortcut],
    ) -> None:
        """Make neighbours and routes of NHRP exactly these, by their difference to before.

        Neighbours come before the routes that use them, and go after them.
        """
        for gone in self._shortcuts - shortcuts:
            self._change_shortcut(gone, add=False)
            self._shortcuts.discard(gone)
        for key, neighbour in neighbours.items():
            if self._neighbours.get(key) == neighbour or neighbour.interface not in self._links:
                continue
            state = netlink.NUD_REACHABLE if neighbour.tracked else netlink.NUD_PERMANENT
            index = self._links[neighbour.interface]
            if self._try(netlink.put_neighbour(index, neighbour.address, neighbour.nbma, state)):
                self._neighbours[key] = neighbour
        for new in shortcuts - self._shortcuts:
            if new.interface in self._links and self._change_shortcut(new, add=True):
                self._shortcuts.add(new)
        for key in [key for key in self._neighbours if key not in neighbours]:
            interface, address = key
            del self._neighbours[key]
            if interface in self._links:
                self._try(netlink.delete_neighbour(self._links[interface], address))

    def confirm(self, interface: str, address: IPv4Address) -> None:
        """Let the next `apply` write the neighbour again: the kernel doubts it."""
        self._neighbours.pop((interface, address), None)

    def _change_shortcut(self, shortcut: Shortcut, *, add: bool) -> bool:
        if shortcut.interface not in self._links:
            return False
        tunnel = self._tunnels.get(shortcut.interface)
        return self._try(
            netlink.change_route(
                add=add,
                prefix=shortcut.prefix,
                gateway=shortcut.next_hop,
                ifindex=self._links[shortcut.interface],
                table=tunnel.table if tunnel and tunnel.table else netlink.TABLE_MAIN,
            )
        )

    def _try(self, message: netlink.Message) -> bool:
        """Send a change; False when the device is down or gone (its link event comes, or came)."""
        try:
            self._requests.ask(message)
        except OSError as error:
            if error.errno in {errno.ENETDOWN, errno.ENODEV, errno.ENETUNREACH, errno.EINVAL}:
                return False
            if error.errno not in {errno.EEXIST, errno.ENOENT, errno.ESRCH}:
                raise
        return True

    # Packets

    def send(
        self, interface: str, nbma: IPv4Address, data: bytes, protocol: int = ETHERTYPE
    ) -> bool:
        """Send a GRE payload to the station at `nbma`; False when the kernel refuses."""
        tunnel = self._tunnels.get(interface)
        if tunnel is None:
            return False
        address = (tunnel.device, protocol, 0, 0, nbma.packed)
        try:
            self.packets.sendto(data, address)
        except OSError:
            return False
        return True

    def multicast(self, logged: Logged, receivers: dict[str, tuple[IPv4Address, ...]]) -> None:
        """Send a copy of a multicast datagram to each receiver of the tunnel it was leaving."""
        interface = self.interface_at(logged.outdev)
        if interface is None:
            return
        datagram = without_udp_checksum(logged.datagram)
        for nbma in receivers.get(interface, ()):
            self.send(interface, nbma, datagram, _IPV4)

    # Firewall

    def install_rules(self, tunnels: Iterable[TunnelConfig]) -> None:
        """Install the rules for `tunnels`; starts a process, only when something changed."""
        wanted = firewall.rules(tunnels)
        if wanted == (self._rules or []) and (self._rules is not None or not wanted):
            return
        self._restore(firewall.script(wanted, first=self._rules is None))
        self._rules = wanted

    def remove_rules(self) -> None:
        """Remove the rules."""
        if self._rules is not None:
            self._restore(firewall.removal())
            self._rules = None

    def _restore(self, text: str) -> None:
        tool = shutil.which("iptables-legacy-restore")
        if tool is None:
            raise LabError(
                "iptables-legacy-restore is missing", where=self._netns, hint="install iptables"
            )
        with inside(self._netns):
            done = subprocess.run(
                [tool, "--noflush", "--wait"],
                input=text,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise LabError(
                f"iptables refused a rule: {done.stderr.strip()}", where=self._netns, stage="nhrp"
            )

    def close(self) -> None:
        """Take everything back that can be, and close."""
        with contextlib.suppress(OSError):
            self.apply({}, frozenset())
        for item in (self._requests, self.events, self.logs, self.packets):
            item.close()


def without_udp_checksum(datagram: bytes) -> bytes:
    """Return an IPv4 datagram whose UDP checksum, if it has one, says "none" (RFC 768).

    The kernel leaves the checksum of its own UDP to the device, which a copy does not go through.
    """
    if len(datagram) < 28 or datagram[9] != socket.IPPROTO_UDP:
        return datagram
    at = (datagram[0] & 0x0F) * 4 + 6
    return datagram[:at] + b"\0\0" + datagram[at + 2 :]


def best_path(
    routes: Iterable[Route], table: int, address: IPv4Address, tunnels: dict[int, str]
) -> Path | None:
    """Return the path of the longest prefix, then lowest metric, that is not NHRP's own."""
    found = [
        route
        for route in routes
        if route.table == table
        and route.protocol != netlink.PROTO_NHRP
        and not route.cached
        and address in route.prefix
    ]
    if not found:
        return None
    best = min(found, key=lambda route: (-route.prefix.prefixlen, route.metric))
    if not best.usable:
        return None
    return Path(best.prefix, tunnels.get(best.ifindex or 0), best.gateway)
