"""The kernel of one router: links, addresses, tables and rules, over netlink.

`make` and `reach` compare what is wanted with what the kernel has now and change the difference, so
that they heal what others disturbed. They refuse nothing: a route whose next hop is out of reach
stays out of the table, as on IOS, and comes with the next call.

A VRF is a routing table of its own with rules that lead there: for what comes in or goes out on its
interfaces, and for what leaves from their addresses (GRE and IKE with a front-door VRF). A rule
behind each keeps the packet from falling into the global table.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from pyroute2.iproute.linux import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from dmvpn_auto.lab.dataplane.desired import (
    Desired,
    StaticRoute,
    WantedInterface,
    WantedTunnel,
    table_of,
    tunnel_mtu,
)
from dmvpn_auto.lab.dataplane.namespace import inside, write_sysctls
from dmvpn_auto.lab.spec import NodeSpec

_IFF_UP, _IFF_LOWER_UP = 1, 0x10000
_GRE_KEY = 0x2000
_TTL = 64
_NO_PREFIX_ROUTE = 0x200
_PROTO_STATIC = 4
_CLONED = 0x200  # RTM_F_CLONED: an exception that a tunnel made for one destination, no route
_UNRESOLVED = 0x01 | 0x20 | 0x40  # incomplete, failed, no ARP
_UNICAST, _BLACKHOLE = 1, 6
_MAIN = 254
_RULE_LOOKUP, _RULE_STOP = 1000, 1001  # priorities
_TO_TABLE, _UNREACHABLE = 1, 7
_OUT_OF_REACH = {100, 101, 113, 19, 22}  # ENETDOWN, ENETUNREACH, EHOSTUNREACH, ENODEV, EINVAL
_SYSCTLS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
    "ipv4/conf/all/accept_redirects": "0",
    "ipv4/icmp_errors_use_inbound_ifaddr": "1",  # a router answers traceroute from the inside
    "ipv4/icmp_ratelimit": "0",
    "core/xfrm_larval_drop": "0",  # keep the packets that made charon negotiate until it is done
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gre:
    """The outer side of a GRE device."""

    local: IPv4Address
    remote: IPv4Address
    key: int | None
    path_mtu_discovery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One device."""

    index: int
    name: str
    admin_up: bool
    line_up: bool
    mtu: int
    mac: str | None
    gre: Gre | None
    counters: dict[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One next hop of one route."""

    table: int
    prefix: IPv4Network
    kind: int
    protocol: int
    metric: int
    next_hop: IPv4Address | None
    device: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelState:
    """What the kernel has."""

    links: dict[str, Link]
    addresses: dict[str, tuple[IPv4Interface, ...]]
    paths: tuple[Path, ...]


class Kernel:
    """Netlink in the namespace of one router."""

    def __init__(self, spec: NodeSpec) -> None:
        self._spec = spec
        self._route: Any = None
        self._reading = asyncio.Lock()

    async def open(self) -> None:
        """Open the socket and make the namespace a router."""
        with inside(self._spec.netns_path):
            self._route = _new_socket()
            _ = self._route.socket  # opened here and now, so that it stays in this namespace
        await self._route.setup_endpoint()
        write_sysctls(self._spec.netns_path, _SYSCTLS)
        await self._route.link("set", index=1, state="up")

    def close(self) -> None:
        """Close the socket; the kernel keeps all as it is."""
        if self._route is not None:
            self._route.close()

    async def state(self) -> KernelState:
        """Read links, addresses and routes."""
        links = {link.name: link for link in await self._links()}
        names = {link.index: link.name for link in links.values()}
        addresses: dict[str, tuple[IPv4Interface, ...]] = {}
        for message in await self._table(lambda: self._route.get_addr(family=socket.AF_INET)):
            name = names.get(message["index"], "")
            one = IPv4Interface(f"{message.get('local')}/{message['prefixlen']}")
            addresses[name] = (*addresses.get(name, ()), one)
        paths: list[Path] = []
        for message in await self._table(lambda: self._route.get_routes(family=socket.AF_INET)):
            if not message["flags"] & _CLONED:
                paths.extend(_paths(message, names))
        return KernelState(links=links, addresses=addresses, paths=tuple(paths))

    async def neighbours(self) -> tuple[tuple[str, IPv4Address, str], ...]:
        """Return (device, address, hardware address) of the neighbours that were resolved."""
        names = {link.index: link.name for link in await self._links()}
        found = [
            (names[message["ifindex"]], IPv4Address(message.get("dst")), message.get("lladdr"))
            for message in await self._table(
                lambda: self._route.get_neighbours(family=socket.AF_INET)
            )
            if message["ifindex"] in names
            and not message["state"] & _UNRESOLVED
            and message["ndm_type"] == _UNICAST
            and str(message.get("lladdr")).count(":") == 5
        ]
        return tuple(found)

    async def _links(self) -> list[Link]:
        return [_link(message) for message in await self._table(lambda: self._route.link("dump"))]

    async def _table(self, ask: Callable[[], Awaitable[Any]]) -> list[Any]:
        """Read a table whole: on one socket the kernel refuses a second dump beside the first."""
        async with self._reading:
            return [message async for message in await ask()]

    def stale(self, wanted: Desired, state: KernelState) -> list[str]:
        """Return the devices of ours that must go or be made anew."""
        keep: set[str] = set()
        for interface in wanted.interfaces:
            tunnel = wanted.tunnel(interface.name)
            link = state.links.get(interface.device)
            if link is not None and (
                tunnel is None or (tunnel.complete and link.gre == _gre(tunnel))
            ):
                keep.add(link.name)
        return [
            name for name in state.links if name.startswith(("tu", "loop")) and name not in keep
        ]

    async def remove(self, devices: list[str], state: KernelState) -> None:
        """Delete devices."""
        for device in devices:
            await self._route.link("del", index=state.links[device].index)

    async def make(self, wanted: Desired) -> dict[str, int]:
        """Make the tunnels and loopbacks that are not there; return name -> index of those made."""
        made = [one.device for one in wanted.interfaces if await self._make(wanted, one)]
        links = {link.name: link.index for link in await self._links()} if made else {}
        return {name: links[name] for name in made}

    async def reach(self, wanted: Desired) -> KernelState:
        """Set up the devices that were made, and all others; return what the kernel has then."""
        state = await self.state()
        configured = {interface.device: interface for interface in wanted.interfaces}
        for device in self._spec.interfaces.values():
            if device not in configured and device in state.links:
                await self._set_up(state.links[device], up=False)
                await self._addresses(state, device, (), vrf=None)
        for interface in wanted.interfaces:
            if interface.device in state.links:
                await self._settle(wanted, interface, state)
        await self._rules(wanted)
        await self._routes(wanted)
        return await self.state()

    async def _make(self, wanted: Desired, interface: WantedInterface) -> bool:
        """Make a tunnel or loopback device; return False when it is there or cannot be yet."""
        if interface.device in self._spec.interfaces.values():
            return False
        if interface.device in {link.name for link in await self._links()}:
            return False
        tunnel = wanted.tunnel(interface.name)
        if tunnel is None:
            await self._route.link("add", ifname=interface.device, kind="dummy")
        elif tunnel.complete:
            await self._route.link(
                "add", ifname=interface.device, kind="gre", **_attributes(tunnel)
            )
        else:
            return False
        conf = f"ipv4/conf/{interface.device}"
        write_sysctls(
            self._spec.netns_path, {f"{conf}/send_redirects": "0", f"{conf}/rp_filter": "0"}
        )
        return True

    async def _settle(
        self, wanted: Desired, interface: WantedInterface, state: KernelState
    ) -> None:
        link = state.links[interface.device]
        tunnel = wanted.tunnel(interface.name)
        mtu = interface.mtu or link.mtu if tunnel is None else tunnel_mtu(tunnel, interface)
        if link.mtu != mtu:
            await self._route.link("set", index=link.index, mtu=mtu)
        addresses = [interface.address] if interface.address else []
        await self._addresses(
            state, interface.device, (*addresses, *interface.secondary), vrf=interface.vrf
        )
        await self._set_up(link, up=interface.up and _source_up(wanted, tunnel, state))

    async def _set_up(self, link: Link, *, up: bool) -> None:
        if link.admin_up != up:
            await self._route.link("set", index=link.index, state="up" if up else "down")

    async def _addresses(
        self,
        state: KernelState,
        device: str,
        wanted: tuple[IPv4Interface, ...],
        *,
        vrf: str | None,
    ) -> None:
        index = state.links[device].index
        held = state.addresses.get(device, ())
        for one in held:
            if one not in wanted:
                await self._route.addr(
                    "del", index=index, address=str(one.ip), prefixlen=one.network.prefixlen
                )
        flags = {"flags": _NO_PREFIX_ROUTE} if vrf else {}
        for one in wanted:
            if one not in held:
                await self._route.addr(
                    "add",
                    index=index,
                    address=str(one.ip),
                    prefixlen=one.network.prefixlen,
                    **flags,
                )

    async def _rules(self, wanted: Desired) -> None:
        """Lead the traffic of VRF interfaces to their tables."""
        want = set(_wanted_rules(wanted))
        have: set[_Rule] = set()
        for message in await self._table(lambda: self._route.get_rules(family=socket.AF_INET)):
            if message.get("priority") in (_RULE_LOOKUP, _RULE_STOP):
                have.add(_rule(message))
        for rule in have - want:
            await self._route.rule("del", **dict(rule))
        for rule in want - have:
            await self._route.rule("add", **dict(rule))

    async def _routes(self, wanted: Desired) -> None:
        state = await self.state()
        want = set(_wanted_paths(wanted))
        have = {path for path in state.paths if path.protocol == _PROTO_STATIC}
        indexes = {link.name: link.index for link in state.links.values()}
        for path in have:
            if path not in want and not _same_but_device(path, want):
                await self._route.route("del", **_route(path, indexes))
        for path in want:
            if path not in have and not _same_but_device(path, have):
                try:
                    await self._route.route("add", **_route(path, indexes))
                except NetlinkError as error:
                    if error.code not in _OUT_OF_REACH:
                        raise


_Rule = tuple[tuple[str, Any], ...]
_new_socket: Callable[[], Any] = AsyncIPRoute  # the library has no annotations


def _link(message: Any) -> Link:
    info = message.get("linkinfo")
    kind = info.get("kind") if info else None
    stats = message.get("stats64")
    flags = message["flags"]
    gre = None
    if kind == "gre":
        data = info.get("data")
        gre = Gre(
            local=IPv4Address(data.get("gre_local")),
            remote=IPv4Address(data.get("gre_remote")),
            key=data.get("gre_ikey") if int(data.get("gre_iflags")) & _GRE_KEY else None,
            path_mtu_discovery=bool(data.get("gre_pmtudisc")),
        )
    return Link(
        index=message["index"],
        name=message.get("ifname"),
        admin_up=bool(flags & _IFF_UP),
        line_up=bool(flags & _IFF_UP and flags & _IFF_LOWER_UP),
        mtu=message.get("mtu"),
        mac=message.get("address") if gre is None else None,
        gre=gre,
        counters={
            name: stats[name] if stats else 0
            for name in (
                *("rx_packets", "rx_bytes", "rx_errors"),
                *("tx_packets", "tx_bytes", "tx_errors"),
            )
        },
    )


def _gre(tunnel: WantedTunnel) -> Gre:
    return Gre(
        local=tunnel.source or IPv4Address(0),
        remote=tunnel.destination or IPv4Address(0),
        key=tunnel.key,
        path_mtu_discovery=tunnel.path_mtu_discovery,
    )


def _attributes(tunnel: WantedTunnel) -> dict[str, object]:
    """Spell a GRE device; IOS sets no DF bit outside unless told to discover the path MTU."""
    key = {}
    if tunnel.key is not None:
        flags = {"gre_iflags": _GRE_KEY, "gre_oflags": _GRE_KEY}
        key = {"gre_ikey": tunnel.key, "gre_okey": tunnel.key, **flags}
    return {
        "gre_local": str(tunnel.source),
        **({"gre_remote": str(tunnel.destination)} if tunnel.destination else {}),
        "gre_ttl": _TTL,
        "gre_pmtudisc": int(tunnel.path_mtu_discovery),
        "gre_ignore_df": int(not tunnel.path_mtu_discovery),
        **key,
    }


def _source_up(wanted: Desired, tunnel: WantedTunnel | None, state: KernelState) -> bool:
    """Say whether the tunnel's source lets it be up; other interfaces do not depend on one."""
    if tunnel is None or tunnel.source_interface is None:
        return True
    source = next((one for one in wanted.interfaces if one.name == tunnel.source_interface), None)
    if source is None or source.device not in state.links:
        return False
    carrier = state.links[source.device]
    return source.up and (carrier.line_up or not carrier.admin_up)


def _paths(message: Any, names: dict[int, str]) -> Iterator[Path]:
    hops = message.get("multipath")
    prefix = IPv4Network((message.get("dst") or 0, message["dst_len"]))
    for hop in hops or [message]:
        gateway = hop.get("gateway")
        yield Path(
            table=message.get("table"),
            prefix=prefix,
            kind=message["type"],
            protocol=message["proto"],
            metric=message.get("priority") or 0,
            next_hop=IPv4Address(gateway) if gateway else None,
            device=names.get(hop["oif"] if hops else message.get("oif")),
        )


def _wanted_paths(wanted: Desired) -> Iterator[Path]:
    for route in wanted.routes:
        yield _static(route)
    for interface in wanted.interfaces:
        if interface.vrf is not None and interface.address is not None and interface.up:
            yield Path(
                table=table_of(interface.vrf),
                prefix=interface.address.network,
                kind=_UNICAST,
                protocol=_PROTO_STATIC,
                metric=0,
                next_hop=None,
                device=interface.device,
            )


def _static(route: StaticRoute) -> Path:
    return Path(
        table=route.table,
        prefix=route.prefix,
        kind=_BLACKHOLE if route.discard else _UNICAST,
        protocol=_PROTO_STATIC,
        metric=route.distance,
        next_hop=route.next_hop,
        device=route.device,
    )


def _same_but_device(path: Path, others: set[Path]) -> bool:
    """Say whether `others` has the path up to its device, which the kernel adds by itself."""
    return any(
        (other.table, other.prefix, other.kind, other.metric, other.next_hop)
        == (path.table, path.prefix, path.kind, path.metric, path.next_hop)
        and path.next_hop is not None
        and None in (other.device, path.device)
        for other in others
    ) or any(
        path.kind == other.kind == _BLACKHOLE
        and (other.table, other.prefix, other.metric) == (path.table, path.prefix, path.metric)
        for other in others
    )


def _route(path: Path, indexes: dict[str, int]) -> dict[str, object]:
    """Spell a route; a next hop in a VRF is said to be on its interface's link."""
    found: dict[str, object] = {
        "dst": str(path.prefix),
        "table": path.table,
        "proto": path.protocol,
        "priority": path.metric,
    }
    if path.kind == _BLACKHOLE:
        return found | {"type": "blackhole"}
    if path.next_hop is not None:
        found["gateway"] = str(path.next_hop)
    if path.device is not None:
        found["oif"] = indexes.get(path.device, 0)
        if path.next_hop is None:
            found["scope"] = 253
    return found


def _wanted_rules(wanted: Desired) -> Iterator[_Rule]:
    for interface in wanted.interfaces:
        if interface.vrf is None:
            continue
        selectors: list[dict[str, object]] = [
            {"iifname": interface.device},
            {"oifname": interface.device},
        ]
        if interface.address is not None:
            selectors.append({"src": str(interface.address.ip), "src_len": 32})
        for selector in selectors:
            table = table_of(interface.vrf)
            yield _spelled(priority=_RULE_LOOKUP, action=_TO_TABLE, table=table, **selector)
            yield _spelled(priority=_RULE_STOP, action=_UNREACHABLE, **selector)


def _spelled(**words: object) -> _Rule:
    return tuple(sorted(words.items()))


def _rule(message: Any) -> _Rule:
    words: dict[str, object] = {"priority": message.get("priority"), "action": message["action"]}
    if message["action"] == _TO_TABLE:
        words["table"] = message.get("table")
    for attribute in ("iifname", "oifname"):
        if message.get(attribute):
            words[attribute] = message.get(attribute)
    if message["src_len"]:
        words |= {"src": message.get("src"), "src_len": message["src_len"]}
    return _spelled(**words)
