"""Intent to design: addresses that never move, inheritance, what each phase decides."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from dmvpn_auto.design import CloudDesign, Ledger, allocate
from dmvpn_auto.design.types import IbgpClient, IbgpReflector, Ikev2PreShared
from dmvpn_auto.errors import IntentError
from tests.unit.intents import PSK, design

SUBNET = IPv4Network("10.255.0.0/28")
A = IPv4Address


def test_free_addresses_are_given_from_the_bottom_and_given_ones_kept() -> None:
    wanted = {"hub": A("10.255.0.2"), "s1": None, "s2": None}
    assert allocate(SUBNET, wanted, Ledger()) == {
        "hub": A("10.255.0.2"), "s1": A("10.255.0.1"), "s2": A("10.255.0.3"),
    }  # fmt: skip


def test_a_removed_router_keeps_its_address_until_it_is_pruned() -> None:
    book = Ledger({"s1": A("10.255.0.1"), "gone": A("10.255.0.2")})
    assert allocate(SUBNET, {"s1": None, "new": None}, book)["new"] == A("10.255.0.3")
    pruned = book.pruned(["s1", "new"])
    assert allocate(SUBNET, {"s1": None, "new": None}, pruned)["new"] == A("10.255.0.2")


def test_an_address_of_another_subnet_is_given_anew() -> None:
    book = Ledger({"s1": A("192.168.0.1")})
    assert allocate(SUBNET, {"s1": None}, book)["s1"] == A("10.255.0.1")


def test_a_full_subnet_says_how_many_addresses_are_only_reserved() -> None:
    book = Ledger({f"gone{n}": A("10.255.0.0") + n for n in range(1, 15)})
    with pytest.raises(IntentError, match=r"is full.*(\n.*)*render --prune") as caught:
        allocate(SUBNET, {"s1": None}, book)
    assert "(14)" in caught.value.hint
    with pytest.raises(IntentError, match="larger subnet"):
        allocate(SUBNET, {f"s{n}": None for n in range(15)}, Ledger())


_NAMES = st.lists(st.sampled_from([f"r{n}" for n in range(20)]), unique=True, max_size=14)


@given(st.lists(_NAMES, min_size=2, max_size=6))
def test_no_address_ever_moves_and_none_is_given_twice(generations: list[list[str]]) -> None:
    """Routers come, go and change places; whoever stays keeps its address."""
    subnet = IPv4Network("10.255.0.0/27")
    book = Ledger()
    given_before: list[dict[str, IPv4Address]] = []
    for names in generations:
        found = allocate(subnet, dict.fromkeys(names), book)
        assert len(set(found.values())) == len(found)
        assert all(address in subnet for address in found.values())
        book = book.after(found)
        given_before.append(found)
    for before, after in pairwise(given_before):
        for name in before.keys() & after.keys():
            assert before[name] == after[name]
    assert len(set(book.addresses.values())) == len(book.addresses)


def _router(found: CloudDesign, name: str) -> Any:
    return next(router for router in found.routers if router.name == name)


def test_values_come_from_the_router_then_site_group_cloud() -> None:
    found = design(
        {
            "groups": {"g": {"bandwidth": 1, "delay": 2, "source": "Dialer1", "dialect": "ios"}},
            "sites": {"b": {"bandwidth": 3, "delay": 4}},
            "spokes": {"spoke1": {"group": "g", "site": "b", "bandwidth": 5}},
        }
    )
    one, two = _router(found, "spoke1"), _router(found, "spoke2")
    assert (one.tunnel.bandwidth, one.tunnel.delay) == (5, 4)
    assert (one.tunnel.source_interface, one.dialect) == ("Dialer1", "ios")
    assert (one.site, one.group) == ("b", "g")
    assert (two.tunnel.bandwidth, two.tunnel.delay) == (100000, None)
    assert (two.tunnel.source_interface, two.dialect) == ("GigabitEthernet1", "iosxe")


@pytest.mark.parametrize(
    ("phase", "redirect", "shortcut", "destination", "own_next_hop"),
    [(1, False, False, True, True), (2, False, False, False, False), (3, True, True, False, True)],
)
def test_each_phase_decides_nhrp_tunnel_and_next_hop(
    phase: int, redirect: bool, shortcut: bool, destination: bool, own_next_hop: bool
) -> None:
    found = design({"phase": phase, "overlay": {"kind": "ibgp", "asn": 1}})
    hub, spoke = _router(found, "hub"), _router(found, "spoke1")
    assert hub.tunnel.nhrp.redirect is redirect
    assert spoke.tunnel.nhrp.shortcut is shortcut
    assert (spoke.tunnel.destination == A("203.0.113.2")) is destination
    assert hub.tunnel.destination is None
    assert hub.overlay.next_hop_self is own_next_hop


def test_hubs_of_one_level_are_clients_of_each_other() -> None:
    found = design({"hubs": {"hub2": {"nbma": "203.0.113.6", "priority": 5, "cluster": 1}}})
    hub, spoke = _router(found, "hub"), _router(found, "spoke1")
    assert [nhs.hub for nhs in hub.tunnel.nhrp.nhs] == ["hub2"]
    assert [(n.hub, n.priority, n.cluster) for n in spoke.tunnel.nhrp.nhs] == [
        ("hub", None, None), ("hub2", 5, 1),
    ]  # fmt: skip
    overlay = hub.overlay
    assert isinstance(overlay, IbgpReflector)
    assert overlay.hubs == (_router(found, "hub2").tunnel.address.ip,)
    assert overlay.summary_only is False
    assert overlay.only is not None


def test_a_spoke_registers_with_the_hubs_it_names() -> None:
    found = design(
        {"hubs": {"hub2": {"nbma": "203.0.113.6"}}, "spokes": {"spoke1": {"hubs": ["hub2"]}}}
    )
    spoke = _router(found, "spoke1")
    assert [nhs.hub for nhs in spoke.tunnel.nhrp.nhs] == ["hub2"]
    assert isinstance(spoke.overlay, IbgpClient)
    assert spoke.overlay.neighbors == (_router(found, "hub2").tunnel.address.ip,)


def test_a_regional_hub_is_hub_and_client() -> None:
    found = design({"hubs": {"east": {"nbma": "203.0.113.6", "upstream": ["hub"]}}})
    east = _router(found, "east").tunnel.nhrp
    assert (east.redirect, east.shortcut) == (True, True)
    assert [nhs.hub for nhs in east.nhs] == ["hub"]
    assert _router(found, "hub").tunnel.nhrp.nhs == ()


def test_routers_that_need_the_same_share_one_object() -> None:
    found = design({"crypto": PSK})
    assert len({id(router.crypto) for router in found.routers}) == 1
    assert len({id(router.tunnel.nhrp) for router in found.spokes}) == 1


def test_values_that_are_defaults_of_ios_are_not_said() -> None:
    crypto = {**PSK, "lifetime": 86400, "ipsec": {"lifetime": 3600, "replay_window": 64}}
    found = _router(design({"crypto": crypto}), "hub").crypto
    assert isinstance(found, Ikev2PreShared)
    assert (found.lifetime, found.ipsec.lifetime, found.ipsec.replay_window) == (None, None, None)


def test_a_lan_names_the_prefix_and_the_routers_own_address() -> None:
    lans = ["10.1.0.254/24", "10.1.1.0/24", "10.1.2.7/32", "10.1.3.0/31"]
    spoke = _router(design({"spokes": {"spoke1": {"lan": lans}}}), "spoke1")
    assert [str(a) for a in spoke.lan_addresses] == [
        *("10.1.0.254", "10.1.1.1", "10.1.2.7", "10.1.3.0")
    ]
    assert [p.prefixlen for p in spoke.lan_prefixes] == [24, 24, 32, 31]


def test_the_listen_limit_depends_on_the_subnet_not_on_the_spokes() -> None:
    def limit(subnet: str) -> int:
        hubs = {"hub": {"tunnel_address": None}}
        overlay = _router(design({"tunnel": {"subnet": subnet}, "hubs": hubs}), "hub").overlay
        assert isinstance(overlay, IbgpReflector)
        return overlay.listen_limit

    assert [limit(s) for s in ("10.254.0.0/24", "10.254.0.0/16", "10.254.0.0/29")] == [254, 5000, 6]


def test_a_design_survives_json() -> None:
    for patch in ({}, {"crypto": PSK}, {"overlay": {"kind": "ospf"}}, {"overlay": {"kind": "rip"}}):
        found = design(patch)
        adapter = TypeAdapter(CloudDesign)
        assert adapter.validate_json(adapter.dump_json(found)) == found
