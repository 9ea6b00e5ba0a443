"""The running configuration as the state that Linux has to reach.

Decides, for each interface, tunnel, VRF, static route and the BGP process, what must be true; says
nothing of how to get there. Pure and order-free: the same lines give the same state however they
were typed. What is incomplete stays away (a tunnel without a source has no device, as IOS keeps
it down); what this dataplane cannot carry is named in `problems`, never pretended.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import pairwise

from dmvpn_auto.lab.dataplane.crypto import Protection, read_protection
from dmvpn_auto.lab.dataplane.filters import AccessGroup, read_groups
from dmvpn_auto.lab.dataplane.ospf import WantedOspf, read_ospf
from dmvpn_auto.lab.dataplane.overlay import WantedBgp, read_bgp
from dmvpn_auto.lab.dataplane.tree import (
    address,
    has,
    network,
    number,
    sections,
    value,
    values,
)
from dmvpn_auto.lab.live import Tree
from dmvpn_auto.lab.nhrp.config import DEFAULT_HOLDTIME, NhsConfig, StaticMap, TunnelConfig

_MAIN_TABLE = 254
_GRE_MTU = 1476  # 1500 - 20 (IP) - 4 (GRE); a key takes 4 more
_TUNNEL_BANDWIDTH, _TUNNEL_DELAY = 100, 5000  # defaults of IOS 15 and later
_PORT_BANDWIDTH, _PORT_DELAY = 1_000_000, 1
_LOOPBACK_BANDWIDTH, _LOOPBACK_DELAY = 8_000_000, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInterface:
    """One interface; all but the tunnel's own properties."""

    name: str
    device: str
    up: bool
    """Not `shutdown`."""
    address: IPv4Interface | None
    secondary: tuple[IPv4Interface, ...]
    vrf: str | None
    ip_mtu: int | None
    mtu: int | None
    tcp_mss: int | None
    description: str | None
    bandwidth: int
    delay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTunnel:
    """What a GRE tunnel has beyond an interface."""

    interface: str
    device: str
    source_interface: str | None
    source: IPv4Address | None
    destination: IPv4Address | None
    multipoint: bool
    key: int | None
    front_vrf: str | None
    path_mtu_discovery: bool
    protection: Protection | None
    nhrp: TunnelConfig | None
    """None: no `ip nhrp network-id`, so NHRP is off, or the tunnel is not complete."""
    problem: str | None
    """Why the tunnel cannot exist yet."""

    @property
    def complete(self) -> bool:
        """Whether there can be a device."""
        return self.problem is None

    @property
    def outer(self) -> tuple[object, ...]:
        """What makes it another tunnel when it changes: then it is bounced."""
        profile = self.protection and self.protection.profile
        return (
            *(self.source, self.destination, self.multipoint, self.key),
            *(self.front_vrf, self.path_mtu_discovery, profile),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """`ip route`; `discard` is the Null0 form."""

    table: int
    prefix: IPv4Network
    next_hop: IPv4Address | None
    device: str | None
    distance: int
    discard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """Everything one router must be."""

    interfaces: tuple[WantedInterface, ...] = ()
    tunnels: tuple[WantedTunnel, ...] = ()
    vrfs: dict[str, int] = field(default_factory=dict)
    """VRF -> routing table."""
    routes: tuple[StaticRoute, ...] = ()
    bgp: WantedBgp | None = None
    ospf: WantedOspf | None = None
    groups: tuple[AccessGroup, ...] = ()
    problems: tuple[str, ...] = ()

    def tunnel(self, interface: str) -> WantedTunnel | None:
        """Return the tunnel of that name."""
        return next((tunnel for tunnel in self.tunnels if tunnel.interface == interface), None)


def table_of(vrf: str | None) -> int:
    """Return the routing table of a VRF: a number that depends on its name only."""
    return _MAIN_TABLE if vrf is None else 1000 + zlib.crc32(vrf.encode()) % 1_000_000_000


def device_of(interface: str, ports: Mapping[str, str]) -> str | None:
    """Return the Linux device of an IOS interface; None: the router has no such port."""
    for prefix, short in (("Tunnel", "tu"), ("Loopback", "loop")):
        if interface.startswith(prefix):
            return short + interface.removeprefix(prefix)
    return ports.get(interface)


def read(tree: Tree, ports: Mapping[str, str], *, numbed: Collection[str] = ()) -> Desired:
    """Read a running configuration of a router whose physical ports are `ports`.

    On the tunnels in `numbed` redirects have no effect although configured.
    """
    interfaces, problems = [], []
    bodies: dict[str, Tree] = {}
    for words, body in sections(tree, "interface"):
        device = device_of(words[0], ports)
        if device is None:
            problems.append(f"{words[0]} has no port in this lab")
            continue
        bodies[words[0]] = body
        interfaces.append(_interface(words[0], device, body))
    addresses = {one.name: one.address for one in interfaces}
    tunnels = tuple(
        _without_redirects(tunnel) if tunnel.interface in numbed else tunnel
        for one in interfaces
        if one.name.startswith("Tunnel")
        for tunnel in [_tunnel(tree, one, bodies[one.name], addresses)]
    )
    problems += [
        f"{tunnel.interface}: {tunnel.protection.problem}"
        for tunnel in tunnels
        if tunnel.protection is not None and tunnel.protection.problem is not None
    ]
    groups: list[AccessGroup] = []
    for one in interfaces:
        try:
            groups += read_groups(tree, bodies[one.name], one.device)
        except ValueError as error:
            problems.append(f"{one.name}: ip access-group: {error}")
    bgp = read_bgp(tree, {one.name: one.device for one in interfaces})
    problems += [f"router bgp: {line} is not carried" for line in bgp.ignored] if bgp else []
    ospf = read_ospf(tree, interfaces)
    problems += [f"router ospf: {line} is not carried" for line in ospf.ignored] if ospf else []
    vrfs = [words[0] for head in ("vrf definition", "ip vrf") for words in values(tree, head)]
    return Desired(
        interfaces=tuple(interfaces),
        tunnels=tunnels,
        vrfs={vrf: table_of(vrf) for vrf in vrfs if vrf != "forwarding"},
        routes=tuple(_routes(tree, ports)),
        bgp=bgp,
        ospf=ospf,
        groups=tuple(groups),
        problems=tuple(problems),
    )


def _without_redirects(tunnel: WantedTunnel) -> WantedTunnel:
    nhrp = replace(tunnel.nhrp, redirect=False) if tunnel.nhrp is not None else None
    return replace(tunnel, nhrp=nhrp)


def _interface(name: str, device: str, body: Tree) -> WantedInterface:
    primary, secondary = None, []
    for words in values(body, "ip address"):
        if address(words[0]) is None:
            continue  # dhcp
        configured = IPv4Interface(f"{words[0]}/{words[1]}")
        if words[2:] == ["secondary"]:
            secondary.append(configured)
        else:
            primary = configured
    vrf = value(body, "vrf forwarding") or value(body, "ip vrf forwarding")
    description = value(body, "description")
    bandwidth, delay = _PORT_BANDWIDTH, _PORT_DELAY
    if name.startswith("Tunnel"):
        bandwidth, delay = _TUNNEL_BANDWIDTH, _TUNNEL_DELAY
    elif name.startswith("Loopback"):
        bandwidth, delay = _LOOPBACK_BANDWIDTH, _LOOPBACK_DELAY
    return WantedInterface(
        name=name,
        device=device,
        up=not has(body, "shutdown"),
        address=primary,
        secondary=tuple(secondary),
        vrf=vrf[0] if vrf else None,
        ip_mtu=number(body, "ip mtu"),
        mtu=number(body, "mtu"),
        tcp_mss=number(body, "ip tcp adjust-mss"),
        description=" ".join(description) if description else None,
        bandwidth=number(body, "bandwidth") or bandwidth,
        delay=number(body, "delay") or delay,
    )


def tunnel_mtu(tunnel: WantedTunnel, interface: WantedInterface) -> int:
    """Return the IP MTU of a tunnel: configured, else what is left of 1500 bytes."""
    return interface.ip_mtu or _GRE_MTU - (4 if tunnel.key is not None else 0)


def _tunnel(
    tree: Tree,
    interface: WantedInterface,
    body: Tree,
    addresses: Mapping[str, IPv4Interface | None],
) -> WantedTunnel:
    mode = value(body, "tunnel mode") or ["gre", "ip"]
    source_words = value(body, "tunnel source")
    destination_words = value(body, "tunnel destination")
    front = value(body, "tunnel vrf")
    front_vrf = front[0] if front else None
    named = source_words[0] if source_words else None
    source = address(named) if named else None
    source_interface = None
    if named and source is None:
        source_interface = named
        held = addresses.get(named)
        source = held.ip if held else None
    destination = address(destination_words[0]) if destination_words else None
    multipoint = mode == ["gre", "multipoint"]
    protected = value(body, "tunnel protection ipsec profile")
    problem = _problem(mode, source, destination, multipoint=multipoint)
    protection = None
    if protected is not None and source is not None:
        protection = read_protection(
            tree,
            protected,
            local=source,
            remote=None if multipoint else destination,
            front_vrf=front_vrf,
        )
    elif protected is not None:
        protection = Protection(profile=protected[0], connection=None)
    tunnel = WantedTunnel(
        interface=interface.name,
        device=interface.device,
        source_interface=source_interface,
        source=source,
        destination=None if multipoint else destination,
        multipoint=multipoint,
        key=number(body, "tunnel key"),
        front_vrf=front_vrf,
        path_mtu_discovery=value(body, "tunnel path-mtu-discovery") is not None,
        protection=protection,
        nhrp=None,
        problem=problem,
    )
    if problem is not None:
        return tunnel
    return _with_nhrp(tunnel, interface, body)


def _problem(
    mode: list[str],
    source: IPv4Address | None,
    destination: IPv4Address | None,
    *,
    multipoint: bool,
) -> str | None:
    if mode[0] != "gre" or mode[1:] not in (["ip"], ["multipoint"]):
        return f"tunnel mode {' '.join(mode)} is not carried"
    if source is None:
        return "tunnel source has no address"
    if destination is None and not multipoint:
        return "tunnel destination is missing"
    return None


def _with_nhrp(tunnel: WantedTunnel, interface: WantedInterface, body: Tree) -> WantedTunnel:
    network_id = number(body, "ip nhrp network-id")
    if network_id is None or interface.address is None or tunnel.source is None:
        return tunnel
    authentication = value(body, "ip nhrp authentication")
    maps = values(body, "ip nhrp map")
    redirect = value(body, "ip nhrp redirect")
    timeout = {"redirect_timeout": int(redirect[1])} if redirect and len(redirect) > 1 else {}
    nhrp = TunnelConfig(
        interface=tunnel.interface,
        device=tunnel.device,
        address=interface.address,
        nbma_source=tunnel.source,
        network_id=network_id,
        authentication=authentication[0] if authentication else None,
        holdtime=number(body, "ip nhrp holdtime") or DEFAULT_HOLDTIME,
        registration_timeout=number(body, "ip nhrp registration timeout"),
        no_unique=has(body, "ip nhrp registration no-unique"),
        redirect=redirect is not None,
        shortcut=not has(body, "no ip nhrp shortcut"),
        multicast_dynamic=["multicast", "dynamic"] in maps,
        static_maps=tuple(
            StaticMap(address=target, nbma=IPv4Address(words[1]))
            for words in maps
            if (target := address(words[0])) is not None
        ),
        multicast_maps=tuple(_multicast_maps(maps)),
        nhs=tuple(_servers(body)),
        max_connections=tuple(
            (int(words[1]), int(words[3]))
            for words in values(body, "ip nhrp nhs")
            if words[0] == "cluster"
        ),
        fallback=number(body, "ip nhrp nhs fallback") or 0,
        destination=tunnel.destination,
        mtu=tunnel_mtu(tunnel, interface),
        table=None if interface.vrf is None else table_of(interface.vrf),
        **timeout,
    )
    return WantedTunnel(
        **{name: getattr(tunnel, name) for name in tunnel.__slots__ if name != "nhrp"}, nhrp=nhrp
    )


def _multicast_maps(maps: list[list[str]]) -> Iterator[IPv4Address]:
    for words in maps:
        if words[0] == "multicast" and (nbma := address(words[1])) is not None:
            yield nbma


def _servers(body: Tree) -> Iterator[NhsConfig]:
    for words in values(body, "ip nhrp nhs"):
        server = address(words[0])
        if server is None:
            continue  # `ip nhrp nhs fallback`, `ip nhrp nhs cluster`
        options = dict(pairwise(words))
        yield NhsConfig(
            address=server,
            nbma=address(options["nbma"]) if "nbma" in options else None,
            multicast="multicast" in words,
            priority=int(options.get("priority", 0)),
            cluster=int(options.get("cluster", 0)),
        )


def _routes(tree: Tree, ports: Mapping[str, str]) -> Iterator[StaticRoute]:
    for given in values(tree, "ip route"):
        words, vrf = given, None
        if words[0] == "vrf":
            vrf, words = words[1], words[2:]
        prefix, rest = network(words[0], words[1]), words[2:]
        discard = rest[0] == "Null0"
        device = None if discard else device_of(rest[0], ports)
        if device is not None or discard:
            rest = rest[1:]
        next_hop = address(rest[0]) if rest else None
        rest = rest[1:] if next_hop is not None else rest
        if next_hop is None and device is None and not discard:
            continue
        yield StaticRoute(
            table=table_of(vrf),
            prefix=prefix,
            next_hop=next_hop,
            device=device,
            distance=int(rest[0]) if rest and rest[0].isdigit() else 1,
            discard=discard,
        )
