"""`router ospf` of IOS in ospfd's words, and ospfd's answers as facts."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from dmvpn_auto.lab.dataplane import facts
from dmvpn_auto.lab.dataplane.desired import read
from dmvpn_auto.lab.dataplane.ospf import WantedOspf
from dmvpn_auto.lab.dataplane.overlay import changes
from dmvpn_auto.lab.live import Tree
from tests.unit.dataplane_texts import tree

PORTS = {"GigabitEthernet1": "eth1", "GigabitEthernet2": "eth2"}
SPOKE = """
interface Tunnel0
 bandwidth 100000
 ip address 10.255.0.11 255.255.255.0
 ip ospf authentication message-digest
 ip ospf message-digest-key 1 md5 Canary
 ip ospf network point-to-multipoint
 ip ospf 10 area 0
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
interface GigabitEthernet1
 vrf forwarding INET
 ip address 198.51.100.2 255.255.255.252
interface GigabitEthernet2
 ip address 10.1.0.1 255.255.255.0
router ospf 10
 router-id 10.255.0.11
 passive-interface default
 no passive-interface Tunnel0
 network 10.1.0.0 0.0.0.255 area 0
"""


def ospf(text: str) -> WantedOspf:
    found = read(tree(text), PORTS).ospf
    assert found is not None
    return found


def interface(text: str, device: str = "tu0") -> list[str]:
    lines: Tree = ospf(text).lines
    return list(lines[f"interface {device}"])


def test_a_spoke() -> None:
    assert list(ospf(SPOKE).lines) == ["router ospf", "interface tu0", "interface eth2"]
    assert list(ospf(SPOKE).lines["router ospf"]) == [
        "log-adjacency-changes",
        "ospf router-id 10.255.0.11",
        "maximum-paths 4",
    ]
    assert interface(SPOKE) == [
        "ip ospf network point-to-multipoint",
        "ip ospf hello-interval 30",
        "ip ospf dead-interval 120",
        "ip ospf cost 1",
        "ip ospf message-digest-key 1 md5 Canary",
        "ip ospf authentication message-digest",
        "ip ospf area 0",
    ]
    assert interface(SPOKE, "eth2")[-2:] == ["ip ospf passive", "ip ospf area 0"]


def test_a_key_is_not_in_a_repr() -> None:
    assert "Canary" not in repr(ospf(SPOKE))


def test_defaults_of_ios() -> None:
    """A tunnel is point-to-point, says hello every 10 s and costs 100 Mbit/s by bandwidth."""
    text = SPOKE.replace(" bandwidth 100000\n", "").replace(
        " ip ospf network point-to-multipoint\n", ""
    )
    assert interface(text)[:4] == [
        "ip ospf network point-to-point",
        "ip ospf hello-interval 10",
        "ip ospf dead-interval 40",
        "ip ospf cost 1000",
    ]


LINES = [
    ("default-information originate always", "default-information originate always"),
    ("area 1 range 10.0.0.0 255.0.0.0 not-advertise", "area 1 range 10.0.0.0/8 not-advertise"),
    ("area 1 stub no-summary", "area 1 stub no-summary"),
    ("summary-address 10.0.0.0 255.0.0.0", "summary-address 10.0.0.0/8"),
    ("redistribute static metric 5 subnets", "redistribute kernel metric 5"),
    ("redistribute bgp 65000 subnets route-map X", "redistribute bgp route-map X"),
]


@pytest.mark.parametrize(("ios", "frr"), LINES, ids=[row[0] for row in LINES])
def test_lines_of_the_process(ios: str, frr: str) -> None:
    assert frr in ospf(f"{SPOKE} {ios}\n").lines["router ospf"]


@pytest.mark.parametrize("line", ["neighbor 10.255.0.1", "bfd all-interfaces", "redistribute rip"])
def test_what_is_not_carried_is_named(line: str) -> None:
    assert ospf(f"{SPOKE} {line}\n").ignored == (line,)


def test_the_longest_network_gives_the_area() -> None:
    text = f"{SPOKE} network 10.0.0.0 0.255.255.255 area 7\n"
    assert interface(text, "eth2")[-1] == "ip ospf area 0"
    assert "interface eth1" not in ospf(text).lines, "it is in a VRF"


def test_an_interface_that_leaves_keeps_its_name() -> None:
    gone = changes(ospf(SPOKE).lines, {})
    assert not [line for line in gone if line.startswith("no interface")]
    assert "no ip ospf area 0" in gone
    assert gone[-1] == "no router ospf"


def test_neighbors() -> None:
    adjacency = {
        "nbrState": "Full/DROther", "nbrPriority": 1, "routerDeadIntervalTimerDueMsec": 16500,
        "ifaceAddress": "10.255.0.1", "ifaceName": "tu0:10.255.0.11",
    }  # fmt: skip
    answer = {"neighbors": {"10.255.0.1": [adjacency]}}
    (one,) = facts.ospf(answer, {"tu0": "Tunnel0"}, {"eth2"})
    assert (one.state, one.role, one.priority) == ("FULL", "  -", 0)
    (other,) = facts.ospf(answer, {"tu0": "Tunnel0"}, {"tu0"})
    assert (other.role, other.priority, other.interface) == ("DROTHER", 1, "Tunnel0")
    assert one.address == IPv4Address("10.255.0.1")
    assert one.dead_time == 16.5


def test_kinds_of_routes() -> None:
    answer = {"10.0.0.0/24": {"routeType": "N"}, "10.9.0.0/16": {"routeType": "N IA"},
              "0.0.0.0/0": {"routeType": "N E2"}, "10.255.0.1": {"routeType": "R "}}  # fmt: skip
    assert facts.ospf_kinds(answer) == {
        IPv4Network("10.9.0.0/16"): "IA",
        IPv4Network("0.0.0.0/0"): "E2",
    }
