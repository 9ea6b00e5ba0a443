"""The routing table and the interfaces as IOS names them, from what the kernel has."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from dmvpn_auto.lab.dataplane.desired import read
from dmvpn_auto.lab.dataplane.kernel import KernelState, Link, Path
from dmvpn_auto.lab.dataplane.snapshot import Naming, interfaces, routes, tunnels
from dmvpn_auto.lab.live import Route
from tests.unit.dataplane_texts import HUB, spoke, tree

PORTS = {"GigabitEthernet1": "eth1", "GigabitEthernet2": "eth2", "GigabitEthernet3": "eth3"}
NAMING = Naming(wanted=read(tree(spoke(1)), PORTS), ports=PORTS)
_PARTS = ("rx_packets", "rx_bytes", "rx_errors", "tx_packets", "tx_bytes", "tx_errors")
COUNTERS = dict.fromkeys(_PARTS, 7)


def link(name: str, *, up: bool = True, mtu: int = 1500) -> Link:
    return Link(
        index=1, name=name, admin_up=up, line_up=up, mtu=mtu, mac=None, gre=None, counters=COUNTERS
    )


def path(
    prefix: str,
    device: str | None = "tu0",
    *,
    via: str | None = None,
    protocol: int = 186,
    metric: int = 20,
    kind: int = 1,
) -> Path:
    return Path(
        table=254,
        prefix=IPv4Network(prefix),
        kind=kind,
        protocol=protocol,
        metric=metric,
        next_hop=IPv4Address(via) if via else None,
        device=device,
    )


def table(*paths: Path, rib: dict[IPv4Network, tuple[int, int, float]] | None = None) -> list[str]:
    """Return the routes as short text."""
    state = KernelState(links={}, addresses={}, paths=paths)
    return [_spell(route) for route in routes(NAMING, state, rib or {})]


def _spell(route: Route) -> str:
    where = f"via {route.next_hop}" if route.next_hop else "direct"
    over = f" % {route.override}" if route.override else ""
    cost = f"[{route.distance}/{route.metric}]"
    return f"{route.code} {route.prefix} {cost} {where} {route.interface}{over}"


def test_bgp_has_the_distance_that_zebra_tells() -> None:
    prefix = IPv4Network("10.0.0.0/8")
    assert table(path("10.0.0.0/8", via="10.255.0.1"), rib={prefix: (200, 5, 9.0)}) == [
        "B 10.0.0.0/8 [200/5] via 10.255.0.1 Tunnel0"
    ]


def test_shortcut_over_the_same_prefix_is_an_override() -> None:
    assert table(
        path("10.2.0.0/24", via="10.255.0.1"),
        path("10.2.0.0/24", via="10.255.0.12", protocol=191, metric=0),
    ) == ["B 10.2.0.0/24 [20/0] via 10.255.0.1 Tunnel0 % 10.255.0.12"]


def test_shortcut_of_its_own_prefix_is_a_route() -> None:
    assert table(
        path("10.0.0.0/8", via="10.255.0.1"),
        path("10.2.0.0/24", via="10.255.0.12", protocol=191, metric=0),
        path("10.255.0.12/32", protocol=191, metric=0),
    ) == [
        "B 10.0.0.0/8 [20/0] via 10.255.0.1 Tunnel0",
        "H 10.2.0.0/24 [250/1] via 10.255.0.12 Tunnel0",
        "H 10.255.0.12/32 [250/1] direct Tunnel0",
    ]


def test_connected_static_and_discard() -> None:
    assert table(
        path("0.0.0.0/0", "eth1", via="198.51.100.1", protocol=4, metric=1),
        path("10.1.0.0/24", "eth2", protocol=2, metric=0),
        path("10.0.0.0/8", None, protocol=4, metric=250, kind=6),
    ) == [
        "S 0.0.0.0/0 [1/0] via 198.51.100.1 GigabitEthernet1",
        "S 10.0.0.0/8 [250/0] direct Null0",
        "C 10.1.0.0/24 [0/0] direct GigabitEthernet2",
    ]


def test_floating_static_is_not_shown_beside_the_better_route() -> None:
    prefix = IPv4Network("10.0.0.0/8")
    assert table(
        path("10.0.0.0/8", via="10.255.0.1"),
        path("10.0.0.0/8", "eth1", via="198.51.100.1", protocol=4, metric=250),
        rib={prefix: (200, 0, 1.0)},
    ) == ["B 10.0.0.0/8 [200/0] via 10.255.0.1 Tunnel0"]


def test_own_addresses_of_interfaces_that_are_up() -> None:
    state = KernelState(
        links={"eth2": link("eth2"), "loop1": link("loop1", up=False)},
        addresses={
            "eth2": (IPv4Interface("10.1.0.1/24"),),
            "loop1": (IPv4Interface("10.1.1.1/24"),),
        },
        paths=(),
    )
    assert [_spell(route) for route in routes(NAMING, state, {})] == [
        "L 10.1.0.1/32 [0/0] direct GigabitEthernet2"
    ]


def test_interfaces_are_what_the_kernel_says() -> None:
    state = KernelState(
        links={"tu0": link("tu0", mtu=1400), "eth1": link("eth1", up=False)},
        addresses={"tu0": (IPv4Interface("10.255.0.11/24"),)},
        paths=(),
    )
    found = {one.name: one for one in interfaces(NAMING, state, lambda _name, _up: 4.0)}
    assert [*found][-1] == "GigabitEthernet3"  # a port without configuration is there, shut
    assert not found["GigabitEthernet3"].admin_up
    tunnel, port = found["Tunnel0"], found["GigabitEthernet1"]
    assert (tunnel.line_up, tunnel.ip_mtu, tunnel.rx_packets, tunnel.age) == (True, 1400, 7, 4.0)
    assert (port.admin_up, port.line_up) == (True, False)


def test_hub_and_spoke_are_told_apart() -> None:
    assert [one.is_hub for one in tunnels(NAMING.wanted)] == [False]
    assert [one.is_hub for one in tunnels(read(tree(HUB), PORTS))] == [True]
