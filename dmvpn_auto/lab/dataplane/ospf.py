"""`router ospf` of IOS and the interfaces' `ip ospf` lines as configuration of FRR's ospfd.

ospfd takes areas either from `network` or from its interfaces, IOS from both; so `network` lines
become areas of the interfaces whose address they cover. What is a default on IOS and another one in
FRR (network type of a tunnel, timers of point-to-multipoint, cost) is always said. The lab's ospfd
is one process; what it cannot carry is returned in `ignored`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Protocol

from dmvpn_auto.lab.dataplane.overlay import policies
from dmvpn_auto.lab.dataplane.tree import address, has, network, number, sections, value, values
from dmvpn_auto.lab.live import Tree

_REFERENCE = 100  # Mbit/s, `auto-cost reference-bandwidth`
_MOST_COST = 65535
_PATHS = 4  # IOS's default of `maximum-paths` for OSPF
_SLOW = ("point-to-multipoint", "non-broadcast")  # hello every 30 s by default, others 10 s
_AREA_LINES = {"authentication", "stub", "nssa", "range", "default-cost", "filter-list"}
_SILENT = {"log-adjacency-changes", "ispf", "auto-cost", "passive-interface", "network"}
_AS_IT_IS = {"default-metric", "distance", "timers"}


class OspfPort(Protocol):
    """What OSPF has to know of an interface."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def device(self) -> str: ...  # noqa: D102
    @property
    def address(self) -> IPv4Interface | None: ...  # noqa: D102
    @property
    def vrf(self) -> str | None: ...  # noqa: D102
    @property
    def bandwidth(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedOspf:
    """The OSPF process, spelled for ospfd."""

    lines: Tree = field(repr=False)
    """ospfd's configuration: contexts with their lines."""
    ignored: tuple[str, ...]
    """IOS lines that ospfd has no equal for."""
    broadcast: frozenset[str] = frozenset()
    """Devices of networks that have a designated router."""


def read_ospf(tree: Tree, ports: Sequence[OspfPort]) -> WantedOspf | None:
    """Translate the OSPF process of the global table; `ports` are the router's interfaces."""
    processes = list(sections(tree, "router ospf"))
    if not processes:
        return None
    (process, *scope), body = processes[0]
    others = [f"router ospf {' '.join(words)}" for words, _ in processes[1:]]
    if scope:
        return WantedOspf(lines={}, ignored=(f"router ospf {process} {' '.join(scope)}", *others))
    global_ports = [port for port in ports if port.vrf is None and port.address is not None]
    ignored: list[str] = list(others)
    lines: Tree = {"log-adjacency-changes": {}}
    identity = value(body, "router-id")
    chosen = address(identity[0]) if identity else _router_id(global_ports)
    if chosen is not None:
        lines[f"ospf router-id {chosen}"] = {}
    for line in body:
        translated = _process_line(line)
        if translated is None:
            ignored.append(line)
        elif translated:
            lines[translated] = {}
    if not has(body, "maximum-paths") and value(body, "maximum-paths") is None:
        lines[f"maximum-paths {_PATHS}"] = {}
    contexts: Tree = {**policies(tree), "router ospf": lines}
    for port in global_ports:
        configured = next((sub for words, sub in sections(tree, f"interface {port.name}")), {})
        area = _area(port, configured, body, process)
        if area is not None:
            contexts[f"interface {port.device}"] = {
                line: {} for line in _interface(port, configured, body, area)
            }
    return WantedOspf(
        lines=contexts,
        ignored=tuple(ignored),
        broadcast=frozenset(
            line.split()[1]
            for line, body in contexts.items()
            if "ip ospf network broadcast" in body
        ),
    )


def _router_id(ports: Sequence[OspfPort]) -> IPv4Address | None:
    """Return the highest address of a loopback, else of any interface, as IOS does."""
    held = [(port.name.startswith("Loopback"), port.address.ip) for port in ports if port.address]
    return max(held)[1] if held else None


def _process_line(line: str) -> str | None:
    """Spell a line of the process; "" when it is said elsewhere, None when it is not carried."""
    words = line.split()
    plain = words[1:] if words[0] == "no" else words
    match plain:
        case ["router-id", *_]:
            return ""
        case [keyword, *_] if keyword in _SILENT:
            return ""
        case ["area", _, keyword, *_] if keyword in _AREA_LINES:
            return _area_line(words)
        case ["summary-address", prefix, mask, *rest]:
            options = ["no-advertise" if word == "not-advertise" else word for word in rest]
            return " ".join(["summary-address", str(network(prefix, mask)), *options])
        case ["redistribute", source, *rest] if source in ("connected", "static"):
            known = "kernel" if source == "static" else source  # the lab's static routes
            options = [word for word in rest if word != "subnets"]
            return " ".join(["redistribute", known, *options])
        case ["redistribute", "bgp", _, *rest]:
            return " ".join(["redistribute bgp", *(word for word in rest if word != "subnets")])
        case ["default-information" | "maximum-paths", *_]:
            return line
        case [keyword, *_] if keyword in _AS_IT_IS:
            return line
        case _:
            return None


def _area_line(words: list[str]) -> str | None:
    match words:
        case ["area", area, "range", prefix, mask, *rest]:
            return " ".join(["area", area, "range", str(network(prefix, mask)), *rest])
        case ["area", _, "nssa", *rest] if set(rest) - {"no-summary"}:
            return None
        case _:
            return " ".join(words)


def _area(port: OspfPort, configured: Tree, body: Tree, process: str) -> str | None:
    """Return the area of an interface: its own line, else the first `network` that covers it."""
    own = value(configured, f"ip ospf {process} area")
    if own is not None:
        return own[0]
    if port.address is None:
        return None
    covering = [
        (net, words[3])
        for words in values(body, "network")
        if port.address.ip in (net := _wildcard(words[0], words[1]))
    ]
    return max(covering, key=lambda pair: pair[0].prefixlen)[1] if covering else None


def _wildcard(prefix: str, wildcard: str) -> IPv4Network:
    """Read a prefix with a wildcard mask of trailing ones."""
    return IPv4Network(f"{prefix}/{32 - int(IPv4Address(wildcard)).bit_length()}", strict=False)


def _interface(port: OspfPort, configured: Tree, body: Tree, area: str) -> Iterator[str]:
    kind = _network_type(port, configured)
    yield f"ip ospf network {kind}"
    hello = number(configured, "ip ospf hello-interval") or (30 if kind in _SLOW else 10)
    yield f"ip ospf hello-interval {hello}"
    yield f"ip ospf dead-interval {number(configured, 'ip ospf dead-interval') or 4 * hello}"
    reference = number(body, "auto-cost reference-bandwidth") or _REFERENCE
    cost = reference * 1000 // max(port.bandwidth, 1)
    if port.name.startswith("Loopback"):
        cost = 1
    yield f"ip ospf cost {number(configured, 'ip ospf cost') or min(max(cost, 1), _MOST_COST)}"
    priority = number(configured, "ip ospf priority")
    if priority is not None:
        yield f"ip ospf priority {priority}"
    yield from _authentication(configured)
    if has(configured, "ip ospf mtu-ignore"):
        yield "ip ospf mtu-ignore"
    if _passive(port.name, body):
        yield "ip ospf passive"
    yield f"ip ospf area {area}"


def _network_type(port: OspfPort, configured: Tree) -> str:
    given = value(configured, "ip ospf network")
    if given is not None:
        return given[0]
    if port.name.startswith("Tunnel"):
        return "point-to-point"
    if port.name.startswith("Loopback"):
        return "point-to-multipoint"  # told as a host, as IOS tells a loopback
    return "broadcast"


def _authentication(configured: Tree) -> Iterator[str]:
    for words in values(configured, "ip ospf message-digest-key"):
        yield f"ip ospf message-digest-key {words[0]} md5 {words[-1]}"
    key = value(configured, "ip ospf authentication-key")
    if key is not None:
        yield f"ip ospf authentication-key {key[-1]}"
    kind = value(configured, "ip ospf authentication")
    if kind is not None:
        yield " ".join(["ip ospf authentication", *kind])


def _passive(name: str, body: Tree) -> bool:
    if has(body, "passive-interface default"):
        return not has(body, f"no passive-interface {name}")
    return has(body, f"passive-interface {name}")
