"""The live state of a router, from what kernel, NHRP, charon and FRR say at one moment.

Pure. The wanted state gives names (which device is Tunnel0, which profile protects it) and nothing
else: up or down, addresses, counters, peers and routes are those reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.dataplane.desired import Desired, WantedInterface, WantedTunnel, table_of
from dmvpn_auto.lab.dataplane.facts import Rib
from dmvpn_auto.lab.dataplane.kernel import KernelState, Path
from dmvpn_auto.lab.live import Interface, Route, TunnelInfo

_KERNEL, _STATIC, _NHRP, _BGP, _OSPF, _EIGRP = 2, 4, 191, 186, 188, 192
_CODES = {_STATIC: ("S", 1), _BGP: ("B", 20), _OSPF: ("O", 110), _EIGRP: ("D", 90)}
_NHRP_DISTANCE = 250
_BLACKHOLE, _UNICAST = 6, 1
_NULL = "Null0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """IOS names of what Linux has."""

    wanted: Desired
    ports: dict[str, str]

    def interfaces(self) -> list[tuple[str, str, WantedInterface | None]]:
        """Return (IOS name, device, what is wanted): configured interfaces, then idle ports."""
        found: list[tuple[str, str, WantedInterface | None]] = [
            (one.name, one.device, one) for one in self.wanted.interfaces
        ]
        named = {name for name, _, _ in found}
        return found + [
            (name, device, None) for name, device in self.ports.items() if name not in named
        ]

    def devices(self) -> dict[str, str]:
        """Return device -> IOS name."""
        return {device: name for name, device, _ in self.interfaces()}


def interfaces(
    naming: Naming, state: KernelState, age: Callable[[str, bool], float]
) -> tuple[Interface, ...]:
    """Return all interfaces; `age(name, line_up)` says since when the line is as it is."""
    return tuple(
        _interface(name, device, wanted, state, age) for name, device, wanted in naming.interfaces()
    )


def _interface(
    name: str,
    device: str,
    wanted: WantedInterface | None,
    state: KernelState,
    age: Callable[[str, bool], float],
) -> Interface:
    link = state.links.get(device)
    line_up = link is not None and link.line_up
    held = state.addresses.get(device, ())
    counters = link.counters if link is not None else {}
    mtu = link.mtu if link is not None else 0
    return Interface(
        name=name,
        admin_up=wanted is not None and wanted.up,
        line_up=line_up,
        mac=link.mac if link is not None else None,
        mtu=mtu,
        ip_mtu=(wanted.ip_mtu if wanted is not None and wanted.ip_mtu else mtu) or None,
        address=held[0] if held else (wanted.address if wanted is not None else None),
        vrf=wanted.vrf if wanted is not None else None,
        description=wanted.description if wanted is not None else None,
        bandwidth=wanted.bandwidth if wanted is not None else 1_000_000,
        delay=wanted.delay if wanted is not None else 1,
        rx_packets=counters.get("rx_packets", 0),
        rx_bytes=counters.get("rx_bytes", 0),
        rx_errors=counters.get("rx_errors", 0),
        tx_packets=counters.get("tx_packets", 0),
        tx_bytes=counters.get("tx_bytes", 0),
        tx_errors=counters.get("tx_errors", 0),
        age=age(name, line_up),
    )


def tunnels(wanted: Desired) -> tuple[TunnelInfo, ...]:
    """Return what tunnels have beyond interfaces."""
    return tuple(_tunnel(tunnel) for tunnel in wanted.tunnels)


def _tunnel(tunnel: WantedTunnel) -> TunnelInfo:
    return TunnelInfo(
        name=tunnel.interface,
        source_interface=tunnel.source_interface,
        source_address=tunnel.source,
        destination=tunnel.destination,
        multipoint=tunnel.multipoint,
        key=tunnel.key,
        front_vrf=tunnel.front_vrf,
        protection_profile=tunnel.protection.profile if tunnel.protection else None,
        is_hub=tunnel.nhrp is not None and not tunnel.nhrp.nhs,
    )


def routes(
    naming: Naming, state: KernelState, rib: Rib, kinds: Mapping[IPv4Network, str] | None = None
) -> tuple[Route, ...]:
    """Return the routing tables, by VRF and prefix; `kinds` are those of OSPF ("IA", "E2").

    An NHRP shortcut over a route of the same prefix is that route's next-hop override (`%`); one
    of its own prefix is a route of its own (`H`).
    """
    names = naming.devices()
    tables = {table_of(None): None} | {table: vrf for vrf, table in naming.wanted.vrfs.items()}
    paths = [path for path in state.paths if path.table in tables]
    overrides = {
        (path.table, path.prefix): path.next_hop for path in paths if path.protocol == _NHRP
    }
    overridden = {(path.table, path.prefix) for path in paths if path.protocol in _CODES}
    found: list[Route] = []
    for path in paths:
        key = (path.table, path.prefix)
        if path.protocol == _NHRP and key in overridden:
            continue
        route = _route(path, names, rib, vrf=tables[path.table], override=overrides.get(key))
        if route is None:
            continue
        kind = (kinds or {}).get(route.prefix) if route.code == "O" else None
        found.append(replace(route, code=f"O {kind}") if kind else route)
    found += _locals(naming, state)
    return tuple(sorted(_best(found), key=_order))


def _route(
    path: Path,
    names: dict[str, str],
    rib: Rib,
    *,
    vrf: str | None,
    override: IPv4Address | None,
) -> Route | None:
    interface = names.get(path.device or "")
    connected = path.protocol == _KERNEL or (
        path.protocol == _STATIC and path.metric == 0 and path.next_hop is None
    )
    if connected and path.kind == _UNICAST:
        return Route(
            code="C",
            prefix=path.prefix,
            distance=0,
            metric=0,
            next_hop=None,
            interface=interface,
            age=None,
            vrf=vrf,
        )
    if path.protocol == _NHRP:
        code, distance, metric, age = "H", _NHRP_DISTANCE, 1, None
    elif path.protocol in _CODES:
        code, distance = _CODES[path.protocol]
        known = rib.get(path.prefix) if path.protocol != _STATIC else None
        distance = path.metric if path.protocol == _STATIC else distance
        distance, metric, age = known or (distance, 0, None)
    else:
        return None
    return Route(
        code=code,
        prefix=path.prefix,
        distance=distance,
        metric=metric,
        next_hop=path.next_hop,
        interface=_NULL if path.kind == _BLACKHOLE else interface,
        age=age,
        vrf=vrf,
        override=override if path.protocol != _NHRP else None,
    )


def _locals(naming: Naming, state: KernelState) -> Iterator[Route]:
    """Yield the L route of each address of an interface whose line is up."""
    for name, device, wanted in naming.interfaces():
        link = state.links.get(device)
        if link is None or not link.line_up:
            continue
        for held in state.addresses.get(device, ()):
            yield Route(
                code="L",
                prefix=IPv4Network(held.ip),
                distance=0,
                metric=0,
                next_hop=None,
                interface=name,
                age=None,
                vrf=wanted.vrf if wanted is not None else None,
            )


def _best(found: list[Route]) -> Iterator[Route]:
    """Leave out floating routes: IOS shows only the least distance of a prefix."""
    least: dict[tuple[str | None, IPv4Network], int] = {}
    for route in found:
        if route.code in "CL":
            least[route.vrf, route.prefix] = 0
            continue
        key = (route.vrf, route.prefix)
        least[key] = min(least.get(key, 255), route.distance)
    return (route for route in found if route.distance <= least[route.vrf, route.prefix])


def _order(route: Route) -> tuple[str, IPv4Network, int]:
    return route.vrf or "", route.prefix, route.distance
