"""The pure parts of NHRP's kernel side: route choice, rules, netlink layouts."""

from __future__ import annotations

import struct
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.nhrp import firewall, netlink
from dmvpn_auto.lab.nhrp.kernel import best_path, without_udp_checksum
from dmvpn_auto.lab.nhrp.netlink import Message, Route
from dmvpn_auto.lab.nhrp.ports import Path
from tests.unit.nhrp_net import hub_config, spoke_config

A, N = IPv4Address, IPv4Network
TUNNELS = {7: "Tunnel0"}


def route(prefix: str, **changes: object) -> Route:
    known = Route(254, N(prefix), 20, 186, 7, A("10.255.0.1"), usable=True)
    return replace(known, **changes)  # type: ignore[arg-type]


def look(*routes: Route, address: str = "10.2.0.10", table: int = 254) -> Path | None:
    return best_path(routes, table, A(address), TUNNELS)


def test_longest_prefix_then_lowest_metric() -> None:
    wide, near = route("10.0.0.0/8"), route("10.2.0.0/24", gateway=A("10.255.0.12"))
    backup = route("10.2.0.0/24", metric=30, gateway=A("10.255.0.2"))
    assert look(wide, backup, near) == Path(N("10.2.0.0/24"), "Tunnel0", A("10.255.0.12"))


def test_own_shortcuts_are_not_seen() -> None:
    own = route("10.2.0.0/24", protocol=netlink.PROTO_NHRP, metric=0)
    assert look(route("10.0.0.0/8"), own) == Path(N("10.0.0.0/8"), "Tunnel0", A("10.255.0.1"))


def test_an_exception_for_one_destination_is_no_route() -> None:
    learnt = route("10.2.0.10/32", cached=True)
    lan = route("10.2.0.0/24", ifindex=9, gateway=None)
    assert look(learnt, lan) == Path(N("10.2.0.0/24"), None, None)


def test_blackhole_is_no_path_even_under_a_default() -> None:
    assert look(route("0.0.0.0/0"), route("10.2.0.0/16", usable=False)) is None


def test_other_tables_and_devices() -> None:
    inside = route("10.2.0.0/24", table=10)
    assert look(inside) is None
    assert look(inside, table=10) == Path(N("10.2.0.0/24"), "Tunnel0", A("10.255.0.1"))
    lan = route("10.2.0.0/24", ifindex=9, gateway=None)
    assert look(lan) == Path(N("10.2.0.0/24"), None, None)


def test_rules_log_what_stays_in_one_cloud_and_replace_multicast() -> None:
    hub = hub_config()
    found = firewall.rules([hub, replace(hub, interface="Tunnel1", device="gre9", network_id=2)])
    redirects = [line for line in found if "REDIRECT" in line]
    assert [line.split()[3:6:2] for line in redirects] == [["gre0", "gre0"], ["gre9", "gre9"]]
    assert sum(line.endswith("-j DROP") for line in found) == 2
    assert not [line for line in firewall.rules([spoke_config(1)]) if "REDIRECT" in line]


def test_rules_of_two_tunnels_in_one_cloud_cover_both_directions() -> None:
    hub = hub_config()
    found = firewall.rules([hub, replace(hub, interface="Tunnel1", device="gre9")])
    pairs = {tuple(line.split()[3:6:2]) for line in found if "REDIRECT" in line}
    assert pairs == {("gre0", "gre0"), ("gre0", "gre9"), ("gre9", "gre0"), ("gre9", "gre9")}


def test_chains_are_linked_once() -> None:
    assert "-I FORWARD -j NHRP-REDIRECT" in firewall.script([], first=True)
    assert "-I FORWARD" not in firewall.script([], first=False)


def test_route_message_is_read_back() -> None:
    sent = netlink.change_route(
        add=True, prefix=N("10.2.0.0/24"), gateway=A("10.255.0.12"), ifindex=7, table=300
    )
    assert netlink.read_route(sent) == Route(
        300, N("10.2.0.0/24"), 0, netlink.PROTO_NHRP, 7, A("10.255.0.12"), usable=True
    )


def test_neighbour_message_is_read_back() -> None:
    sent = netlink.put_neighbour(7, A("10.255.0.12"), A("198.51.100.6"), netlink.NUD_PERMANENT)
    assert netlink.read_neighbour(sent) == (7, A("10.255.0.12"))


def test_multipath_route_counts_by_its_first_hop() -> None:
    gateway = struct.pack("=HH", 8, 5) + A("10.255.0.1").packed
    hop = struct.pack("=HBBi", 8 + len(gateway), 0, 0, 7) + gateway
    body = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 186, 0, 1, 0)
    body += struct.pack("=HH", 4 + len(hop), 9) + hop
    found = netlink.read_route(Message(netlink.NEWROUTE, body))
    assert (found.prefix, found.ifindex, found.gateway) == (N("0.0.0.0/0"), 7, A("10.255.0.1"))


def test_logged_datagram_with_its_outer_source() -> None:
    def attribute(kind: int, value: bytes) -> bytes:
        return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)

    body = struct.pack("!BBH", 2, 0, firewall.REDIRECT_GROUP)
    body += attribute(4, struct.pack("!I", 7)) + attribute(5, struct.pack("!I", 7))
    body += attribute(8, b"\x00\x04\x00\x00" + A("198.51.100.2").packed + bytes(4))
    body += attribute(9, b"datagram")
    found = netlink.read_logged(Message(netlink.NFLOG_PACKET, body))
    assert found == netlink.Logged(firewall.REDIRECT_GROUP, 7, 7, A("198.51.100.2"), b"datagram")
    assert netlink.read_logged(Message(netlink.NFLOG_PACKET, body[:4])) is None


def test_copies_of_udp_say_that_they_have_no_checksum() -> None:
    udp = bytes([0x45, *bytes(8), 17, *bytes(10)]) + b"\x02\x08\x02\x08\x00\x0c\xab\xcd" + b"data"
    assert without_udp_checksum(udp) == udp[:26] + b"\0\0" + b"data"
    ospf = udp[:9] + b"\x59" + udp[10:]
    assert without_udp_checksum(ospf) == ospf
