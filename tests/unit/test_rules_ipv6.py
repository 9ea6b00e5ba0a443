"""The design rules where IPv6 is in the tunnel or under it."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from dmvpn_auto.design import Ledger
from dmvpn_auto.design.rules import check_together
from tests.unit.intents import Raw, changed, design, findings
from tests.unit.ipv6_clouds import ALONE, BAD, DUAL, EVERYWHERE, GOOD, NBMA, OVER


@pytest.mark.parametrize(
    ("rule", "where", "patch", "severity"), BAD, ids=[f"{rule}@{where}" for rule, where, *_ in BAD]
)
def test_a_bad_cloud_is_found_by_name(rule: str, where: str, patch: Raw, severity: str) -> None:
    found = [f for f in findings(patch) if f.rule == rule]
    assert (where, severity) in [(f.where, f.severity) for f in found], findings(patch)


@pytest.mark.parametrize("patch", GOOD.values(), ids=GOOD)
def test_a_good_cloud_has_no_finding(patch: Raw) -> None:
    known = {"certificate-clock", "front-vrf-absent"}
    assert [f for f in findings(patch) if f.rule not in known] == []


def test_a_reserved_ipv6_address_is_refused() -> None:
    book = Ledger(ipv6={"gone": IPv6Address("2001:db8:ff::9")})
    patch = changed({"spokes": {"spoke1": {"tunnel_ipv6_address": "2001:db8:ff::9"}}}, DUAL)
    assert "tunnel-address-reserved" in {f.rule for f in findings(patch, book)}


def test_families_do_not_disturb_each_other() -> None:
    """An IPv6 overlay cannot swallow the way to an IPv4 NBMA address, nor the other way round."""
    shared: Raw = {"transport": {"front_vrf": None, "front_rd": None}}
    apart = {"overlay-covers-nbma", "default-route-recursion", "eigrp-ipv6-announces-wan"}
    default: Raw = {"overlay": {"to_spokes": "default", "summaries": []}}
    for base in (ALONE, OVER):
        for patch in (shared, changed(default, shared)):
            assert apart & {f.rule for f in findings(changed(patch, base))} == set()
    assert apart & {f.rule for f in findings(changed(shared, EVERYWHERE))}


def test_two_clouds_over_two_transports_may_share_a_source() -> None:
    first = design({})
    second = changed(
        {
            "tunnel": {"interface": "Tunnel1", "subnet": "10.254.0.0/24", "key": None},
            "nhrp": {"network_id": 200},
            "crypto": {"name": "SIX"},
            "hubs": {"hub": {"tunnel_address": "10.254.0.1", "router_id": "10.255.0.1"}},
            "spokes": {
                "spoke1": {"router_id": "10.255.0.2"},
                "spoke2": {"router_id": "10.255.0.3"},
            },
        },
        NBMA,
    )
    from dataclasses import replace

    both = [replace(first, name="a"), replace(design(second), name="b")]
    assert check_together(both) == {"a": (), "b": ()}


def test_two_clouds_with_one_ipv6_subnet_are_refused() -> None:
    from dataclasses import replace

    first = replace(design(DUAL), name="a")
    other = {"interface": "Tunnel1", "subnet": "10.254.0.0/24", "key": 200}
    patch = changed({"tunnel": other, "hubs": {"hub": {"tunnel_address": "10.254.0.1"}}}, DUAL)
    second = replace(design(patch), name="b")
    found = check_together([first, second])["b"]
    assert ("tunnel-subnets-overlap", "tunnel/ipv6_subnet") in [(f.rule, f.where) for f in found]
