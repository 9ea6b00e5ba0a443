"""`router bgp` of IOS in bgpd's words, and the way from one configuration to another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmvpn_auto.lab.dataplane.overlay import changes, read_bgp
from dmvpn_auto.lab.live import Tree
from tests.unit.dataplane_texts import HUB, spoke, tree


def bgp(text: str) -> Tree:
    found = read_bgp(tree(text), {"Loopback0": "loop0"})
    assert found is not None
    assert found.ignored == ()
    return found.lines


def test_hub() -> None:
    assert changes({}, bgp(HUB)) == [
        "router bgp 65000",
        "no bgp ebgp-requires-policy",
        "bgp router-id 10.255.0.1",
        "bgp log-neighbor-changes",
        "neighbor SPOKES peer-group",
        "neighbor SPOKES remote-as 65000",
        "neighbor SPOKES timers 5 15",
        "bgp listen range 10.255.0.0/24 peer-group SPOKES",
        "bgp listen limit 100",
        "address-family ipv4 unicast",
        "network 10.0.0.0/24",
        "aggregate-address 10.0.0.0/8 summary-only",
        "neighbor SPOKES activate",
        "neighbor SPOKES route-reflector-client",
        "neighbor SPOKES next-hop-self force",
        "maximum-paths 1",
        "maximum-paths ibgp 1",
        "exit-address-family",
        "exit",
    ]


ONE_PATH = ["maximum-paths 1", "maximum-paths ibgp 1"]

LINES = [
    ("network 10.0.0.0", "network 10.0.0.0/8"),
    ("network 172.16.4.0 mask 255.255.252.0", "network 172.16.4.0/22"),
    ("aggregate-address 10.0.0.0 255.0.0.0", "aggregate-address 10.0.0.0/8"),
    ("redistribute static", "redistribute kernel"),
    ("redistribute connected route-map LAN", "redistribute connected route-map LAN"),
    ("neighbor 10.0.0.1 next-hop-self", "neighbor 10.0.0.1 next-hop-self"),
    ("no neighbor 10.0.0.1 activate", "no neighbor 10.0.0.1 activate"),
]


@pytest.mark.parametrize(("ios", "frr"), LINES, ids=[row[0] for row in LINES])
def test_lines_of_the_address_family(ios: str, frr: str) -> None:
    """They mean the same at the process, where IOS prints them when there is only IPv4."""
    for text in (f"router bgp 1\n {ios}\n", f"router bgp 1\n address-family ipv4\n  {ios}\n"):
        assert list(bgp(text)["router bgp 1"]["address-family ipv4 unicast"]) == [frr, *ONE_PATH]


SESSION = [
    ("neighbor 10.0.0.1 timers 10 30 20", "neighbor 10.0.0.1 timers 10 30"),
    ("neighbor 10.0.0.1 update-source Loopback0", "neighbor 10.0.0.1 update-source loop0"),
    ("neighbor 10.0.0.1 password 0 Canary", "neighbor 10.0.0.1 password Canary"),
    ("no bgp default ipv4-unicast", "no bgp default ipv4-unicast"),
]


@pytest.mark.parametrize(("ios", "frr"), SESSION, ids=[row[0] for row in SESSION])
def test_lines_of_the_process(ios: str, frr: str) -> None:
    assert frr in bgp(f"router bgp 1\n {ios}\n")["router bgp 1"]


def test_members_follow_their_group() -> None:
    lines = list(
        bgp(
            "router bgp 1\n neighbor 10.0.0.9 peer-group G\n"
            " bgp listen range 10.0.0.0/24 peer-group G\n"
            " neighbor G remote-as 1\n neighbor G peer-group\n"
        )["router bgp 1"]
    )
    assert lines.index("neighbor G peer-group") < lines.index("neighbor G remote-as 1")
    assert lines.index("neighbor G remote-as 1") < lines.index("neighbor 10.0.0.9 peer-group G")
    assert lines[-2].startswith("bgp listen range")


def test_what_bgpd_has_no_equal_for_is_named() -> None:
    found = read_bgp(tree("router bgp 1\n bmp server 1\n address-family vpnv4\n"), {})
    assert found is not None
    assert found.ignored == ("bmp server 1", "address-family vpnv4")


def test_no_process() -> None:
    assert read_bgp({"router ospf 1": {}}, {}) is None


def test_changed_timers_replace_the_line() -> None:
    old, new = bgp(spoke(1)), bgp(spoke(1).replace("timers 5 15", "timers 10 30"))
    assert changes(old, new) == [
        "router bgp 65000",
        "no neighbor 10.255.0.1 timers 5 15",
        "exit",
        "router bgp 65000",
        "neighbor 10.255.0.1 timers 10 30",
        "exit",
    ]


def test_a_neighbor_that_moves_to_another_as_gets_all_its_lines_again() -> None:
    """Bgpd forgets a neighbor with its remote-as."""
    old, new = bgp(spoke(1)), bgp(spoke(1).replace("remote-as 65000", "remote-as 65001"))
    lines = changes(old, new)
    gone = lines.index("no neighbor 10.255.0.1 remote-as 65000")
    assert "neighbor 10.255.0.1 timers 5 15" in lines[gone:]
    assert "neighbor 10.255.0.1 activate" in lines[gone:]


def test_another_as_number_is_another_process() -> None:
    lines = changes({"router bgp 1": {"bgp router-id 1.1.1.1": {}}}, {"router bgp 2": {"a": {}}})
    assert lines == ["no router bgp 1", "router bgp 2", "a", "exit"]


def run(tree_: Tree, lines: list[str]) -> Tree:
    """Carry out lines on a model of a vty: contexts nest, `no` removes."""
    stack = [tree_]
    for line in lines:
        if line in ("exit", "exit-address-family"):
            stack.pop()
        elif line.startswith("no "):
            stack[-1].pop(line[3:], None)
        else:
            inner = stack[-1].setdefault(line, {})
            if line.startswith(("router ", "address-family ")):
                stack.append(inner)
    return tree_


leaf = st.sampled_from([f"line {number}" for number in range(5)])
nothing: Tree = {}
family = st.dictionaries(leaf, st.just(nothing), max_size=4)
process = st.builds(
    lambda lines, inner: {**lines, "address-family ipv4 unicast": inner}, family, family
)
configurations = st.dictionaries(
    st.sampled_from(["router bgp 1", "router bgp 2"]), process, max_size=2
)


def copied(tree_: Tree) -> Tree:
    return {line: copied(children) for line, children in tree_.items()}


@given(configurations, configurations)
def test_changes_lead_there(running: Tree, wanted: Tree) -> None:
    assert run(copied(running), changes(running, wanted)) == wanted
    assert changes(wanted, wanted) == []
