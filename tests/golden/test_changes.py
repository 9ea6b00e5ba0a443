"""Routers as they are become what an intent says, and nothing else of them changes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios import Tree, diff, parse, prove
from dmvpn_auto.ios.simulator import simulate
from dmvpn_auto.rollout import Reach
from dmvpn_auto.rollout.drift import Kind, drift
from dmvpn_auto.rollout.plan import plan
from tests.golden.changes import (
    CHANGES,
    EDITS,
    ROUTERS,
    STATES,
    cases,
    planned,
    running,
    target,
    text,
)

PLACES = list(itertools.product(STATES, ROUTERS))
Path = tuple[str, ...]
_OURS = re.compile(
    r"interface Tunnel0$|crypto ikev2 \w+ DMVPN-|crypto ipsec (?:transform-set|profile) DMVPN-"
    r"|crypto isakmp (?:policy 10$|key (?:6 \S+|psk-one)|keepalive)"
    r"|crypto ipsec security-association|crypto pki trustpoint DMVPN-CA$"
    r"|(?:vrf definition|ip vrf) (?:INET|BLUE)$"
)
_OURS_WITHIN = re.compile(r" password 7 |passive-interface Tunnel0$|bgp router-id ")
_UNSAID = {"no ip address"}


@pytest.mark.parametrize(("state", "router"), PLACES)
def test_a_router_that_runs_the_intent_needs_nothing(state: str, router: str) -> None:
    found = planned(state, state, router)
    assert found.change.forward == ()
    assert found.change.deltas == ()


def test_the_commands_are_those_that_were_read() -> None:
    found = {name: text(plan) for name, plan in cases()}
    assert {path.stem for path in CHANGES.glob("*.txt")} == set(found)
    for name, said in found.items():
        assert said == (CHANGES / f"{name}.txt").read_text(), name


@pytest.mark.parametrize(("state", "router"), PLACES)
def test_what_is_beside_the_cloud_stays_whatever_comes(state: str, router: str) -> None:
    before = running(state, router)
    others = set(_beside(state, router, before))
    assert others
    refused = []
    for new in STATES:
        try:
            found = planned(state, new, router)
        except IntentError as error:
            refused.append((new, str(error)))
            continue
        after = set(_paths(simulate(before, found.change.forward).tree))
        assert others <= after, (new, others - after)
    assert all("runs 'router bgp 65000' with neighbors" in why for _, why in refused), refused
    assert len(refused) <= 1, "another AS while others speak in the process"


REFUSED = {
    # a neighbor with an AS of its own becomes a member of a group that has one, and back
    ("ibgp-fvrf", "inside-vrf", "hub"): "peer-group CORE",
    ("inside-vrf", "ibgp-fvrf", "hub"): "peer-group CORE",
    # single passive interfaces in a process in which all are
    ("ospf2-ikev1", "two-hubs", "hub"): "passive-interface Tunnel0",
    # another AS while others speak in the process
    ("ibgp-fvrf", "ebgp-cert", "spoke1"): "neighbors",
    ("qos", "ebgp-cert", "spoke1"): "neighbors",
    ("two-hubs", "ebgp-cert", "spoke1"): "neighbors",
}


@pytest.mark.parametrize("router", ROUTERS)
def test_any_two_whole_configurations_of_a_router_are_proven(router: str) -> None:
    trees = {state: running(state, router) for state in STATES}
    for old, new in itertools.product(STATES, repeat=2):
        try:
            change = diff(trees[old], trees[new])
            reason = prove(trees[old], trees[new], change)
        except IntentError as error:
            reason = str(error)
        expected = REFUSED.get((old, new, router))
        assert expected in reason if expected else not reason, (old, new, reason)
        assert old != new or not change


def _beside(state: str, router: str, before: Tree) -> Iterator[Path]:
    """Yield what the router has and the intent that it fits does not say."""
    own = set(_paths(parse(target(state, router)[1].config)))
    for path in _paths(before):
        if path in own or _OURS.match(path[0]) or path[-1] in _UNSAID:
            continue
        if not _OURS_WITHIN.search(path[-1]):
            yield path


def _paths(tree: Tree, at: Path = ()) -> Iterator[Path]:
    for line, below in tree.items():
        yield (*at, line)
        yield from _paths(below, (*at, line))


def test_lines_of_our_processes_that_the_intent_does_not_say_are_told() -> None:
    stays = planned("ospf2-ikev1", "ospf2-ikev1", "hub").change.stays
    assert stays == (
        "router ospf 1 / auto-cost reference-bandwidth 100000",
        "router ospf 1 / network 192.168.40.0 0.0.7.255 area 4",
        "router ospf 1 / default-information originate metric 20",
    )
    assert not planned("ospf2-ikev1", "ospf2-ikev1", "spoke1").change.stays
    assert not planned("bfd", "bfd", "hub").change.stays, "neighbors of others are their business"


ABSENT = {
    "routing": {
        "absent": [
            "address-family ipv4",
            " network 192.168.40.0 mask 255.255.248.0",
            " redistribute static route-map TO-BGP",
            "route-map TO-BGP permit 10",
        ]
    },
    "tunnel": {"absent": ["interface GigabitEthernet0/1", " media-type rj45"]},
}


def test_absent_lines_go_from_wherever_they_stand_and_nothing_else_does() -> None:
    found = planned("ibgp-fvrf", "ibgp-fvrf", "hub", {"free": ABSENT})
    assert found.change.forward == (
        "router bgp 65000",
        " address-family ipv4",
        "  no redistribute static route-map TO-BGP",
        "  no network 192.168.40.0 mask 255.255.248.0",
        "  exit",
        " exit",
        "interface GigabitEthernet0/1",
        " no media-type rj45",
        " exit",
        "no route-map TO-BGP permit 10",
    )
    assert {line.kind for line in drift(found)} == {Kind.ADDED}
    assert not found.change.stays
    clean = simulate(found.running, found.change.forward).tree
    assert not found.again(clean)
    assert not planned("ibgp-fvrf", "ibgp-fvrf", "spoke1", {"free": ABSENT})


def test_a_line_that_is_wanted_cannot_be_absent() -> None:
    free = {"routing": {"absent": ["bgp log-neighbor-changes"]}}
    with pytest.raises(IntentError, match=r"free\.routing\.absent.*bgp log-neighbor-changes"):
        planned("ibgp-fvrf", "ibgp-fvrf", "hub", {"free": free})


def test_what_another_cloud_wants_stays_although_it_shall_be_absent() -> None:
    design, wanted = target("ibgp-fvrf", "hub", {"free": ABSENT})
    other = "router bgp 65000\n address-family ipv4\n  network 192.168.40.0 mask 255.255.248.0\n"
    found = plan(replace(wanted, beside=other), running("ibgp-fvrf", "hub"), design)
    assert not any("no network" in line for line in found.change.forward)


@pytest.mark.parametrize(
    "edit", ["another-source", "hub-moves", "inside-vrf-comes", "eigrp-to-bgp"]
)
def test_a_change_of_the_tunnel_that_carries_our_session_cuts_it(edit: str) -> None:
    state, patch = EDITS[edit]
    _, wanted = target(state, "spoke1", patch)
    inside = str(wanted.router.tunnel.address.ip)
    found = planned(state, state, "spoke1", patch, inside)
    assert found.impact.reach is Reach.CUT
    assert planned(state, state, "spoke1", patch).impact.reach is Reach.CLEAR
    assert " shutdown" not in found.change.forward
