"""What a change does, judged before it is typed: flaps, sessions, our own path, both hubs."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from ipaddress import ip_address

import pytest

from dmvpn_auto.design.types import CloudDesign, Role
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import Tree, diff, parse
from dmvpn_auto.render import render
from dmvpn_auto.rollout import Impact, Plan, Reach, Target
from dmvpn_auto.rollout.plan import exposed, plan
from tests.golden import designs

CELL = designs.design("p3-ibgp-summary-dual-hub-cluster")
SPOKE = CELL.spokes[0]
HUB = CELL.hubs[0]


def target(name: str, address: str = "198.18.0.1") -> Target:
    router = next(router for router in CELL.routers if router.name == name)
    return Target(router, address, render(router, lambda reference: reference))


def planned(name: str, old: str, new: str, address: str = "198.18.0.1", **words: object) -> Plan:
    """Plan for a router on which `new` stands where its design has `old`."""
    text = target(name).config
    assert old in text
    design: CloudDesign = CELL
    return plan(target(name, address), parse(text.replace(old, new)), design, **words)  # type: ignore[arg-type]


def test_a_change_without_effect_on_sessions_has_no_impact() -> None:
    assert not planned(SPOKE.name, " ip mtu 1400", " ip mtu 1390").impact


def test_a_tunnel_that_goes_down_says_for_how_long_and_why() -> None:
    spoke = planned(SPOKE.name, " tunnel key 100", " tunnel key 9").impact
    hub = planned(HUB.name, " tunnel key 100", " tunnel key 9").impact
    assert [flap.interface for flap in spoke.flaps] == ["Tunnel0"]
    assert 16 < spoke.flaps[0].most < 120
    assert "register every" in hub.flaps[0].why
    assert any("goes down" in reset.why for reset in hub.resets)


@pytest.mark.parametrize(
    ("old", "new", "protocol"),
    [
        (" ip nhrp authentication ", " ip nhrp authentication X", "nhrp"),
        ("  pre-shared-key ", "  pre-shared-key x", "ike"),
        (" set pfs group20", " set pfs group19", "ipsec"),
        (" bgp router-id 1", " bgp router-id 2", "bgp"),
    ],
)
def test_sessions_that_start_anew_are_named(old: str, new: str, protocol: str) -> None:
    impact = planned(SPOKE.name, old, new).impact
    assert protocol in {reset.protocol for reset in impact.resets}
    assert impact.reach is Reach.CLEAR


def test_a_tunnel_that_carries_our_session_is_not_shut_down_and_its_lines_come_last() -> None:
    address = str(SPOKE.tunnel.address.ip)
    running = target(SPOKE.name).config.replace(" tunnel key 100", " tunnel key 9")
    running = running.replace(" ip mtu 1400", " ip mtu 1390")
    found = plan(target(SPOKE.name, address), parse(running), CELL)
    assert found.impact.reach is Reach.CUT
    assert " shutdown" not in found.change.forward
    assert found.change.forward[-2:] == (" tunnel key 100", " exit")


def test_a_name_is_judged_by_what_it_stands_for() -> None:
    inside = (ip_address(str(SPOKE.tunnel.address.ip)),)
    words = (SPOKE.name, " tunnel key 100", " tunnel key 9", "spoke.example")
    assert planned(*words).impact.reach is Reach.UNKNOWN
    assert planned(*words, addresses=inside).impact.reach is Reach.CUT
    assert planned(*words, addresses=(ip_address("198.18.0.1"),)).impact.reach is Reach.CLEAR


def test_a_change_of_the_wan_cuts_us_whatever_address_we_use() -> None:
    wan = designs.design("wan-acl-nat-dhcp")
    hub = wan.hubs[0]
    text = render(hub, lambda reference: reference)
    running = parse(text.replace(" ip access-group WAN-IN in\n", ""))
    found = plan(Target(hub, "198.18.0.1", text), running, wan)
    assert found.impact.reach is Reach.CUT
    assert "access-group" in found.impact.reach_why


def test_spokes_whose_hubs_all_go_down_are_named() -> None:
    hubs = [planned(hub.name, " tunnel key 100", " tunnel key 9") for hub in CELL.hubs]
    both = exposed({found.name: found for found in hubs}, CELL)
    assert set(both) == {spoke.name for spoke in CELL.spokes}
    assert not exposed({hubs[0].name: hubs[0]}, CELL)


def test_a_change_that_is_not_proven_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*words: object, **more: object) -> object:
        change = diff(*words, **more)  # type: ignore[arg-type]
        return replace(change, forward=change.forward[1:])

    monkeypatch.setattr(import_module("dmvpn_auto.rollout.plan"), "diff", wrong)
    with pytest.raises(DeviceError, match="not proven and will not be typed") as caught:
        planned(SPOKE.name, " ip mtu 1400", " ip mtu 1390")
    assert caught.value.stage == "proof"


def test_another_router_of_the_cloud_is_refused() -> None:
    running = parse(f"hostname {HUB.name}\n" + target(SPOKE.name).config)
    with pytest.raises(DeviceError, match="another router of the cloud"):
        plan(target(SPOKE.name), running, CELL)


def test_the_other_cloud_on_a_router_keeps_its_lines_in_a_shared_process() -> None:
    one, other = designs.design("dual-cloud-a"), designs.design("dual-cloud-b")
    mine = next(r for r in one.routers if r.role is Role.SPOKE)
    its = next(r for r in other.routers if r.name == mine.name)
    texts = [render(router, lambda reference: reference) for router in (mine, its)]
    assert "router eigrp DMVPN" in texts[0]
    assert "router eigrp DMVPN" in texts[1]
    both = parse("".join(texts))
    _stays_alone(Target(mine, "198.18.0.1", texts[0], texts[1]), both, one)
    _stays_alone(Target(its, "198.18.0.1", texts[1], texts[0]), both, other)


def _stays_alone(wanted: Target, both: Tree, design: CloudDesign) -> None:
    assert not plan(wanted, both, design)
    assert plan(wanted, both, design).impact == Impact()
    assert not plan(replace(wanted, beside=""), both, design), "without knowing of the other"
    changed = replace(wanted, config=wanted.config.replace(" ip mtu 1400", " ip mtu 1380"))
    commands = plan(changed, both, design).change.forward
    assert len([line for line in commands if line.strip() != "exit"]) == 2
