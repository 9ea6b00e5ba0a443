"""A plan is proven both ways before anybody types it; a wrong one is refused with the reason.

The designs are those of the golden cells: whatever one of them is turned into another, the
simulator, which knows IOS by itself, must agree.
"""

from __future__ import annotations

import itertools
import re
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings

from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios import Change, Tree, diff, parse, prove
from tests.doubles.ios_model import IosModel
from tests.golden.designs import FOLDER, NAMES
from tests.property.test_diff import clouds, routers

AROUND = """\
version {version}
hostname {name}
interface GigabitEthernet9
 ip address 172.31.9.1 255.255.255.0
ntp server 192.0.2.9
"""
PROVIDER = """\
router bgp {asn}
 neighbor 192.0.2.9 remote-as 64999
 address-family ipv4
  neighbor 192.0.2.9 activate
"""
CELLS = [(name, path.stem) for name in NAMES for path in sorted((FOLDER / name).glob("*.cfg"))]
PAIRS = [
    pair
    for pair in itertools.permutations(CELLS, 2)
    if pair[0][1][:3] == pair[1][1][:3] and zlib.crc32(str(pair).encode()) % 25 == 0
]


def text(cell: tuple[str, str]) -> str:
    return (FOLDER / cell[0] / f"{cell[1]}.cfg").read_text()


def running(cell: tuple[str, str]) -> Tree:
    version = "15.6" if "ios15" in cell[0] else "17.12"
    return parse(AROUND.format(version=version, name=cell[1]) + text(cell))


def test_every_design_becomes_any_other() -> None:
    refused = {}
    for pair in PAIRS:
        reason = proven(running(pair[0]), parse(text(pair[1])))
        if reason and "of its own" not in reason:  # another AS: for people to decide
            refused[pair] = reason
    assert not refused
    assert len(PAIRS) > 500


def proven(before: Tree, wanted: Tree) -> str:
    try:
        change = diff(before, wanted)
    except IntentError as error:
        return str(error)
    return prove(before, wanted, change)


@pytest.mark.parametrize("cell", CELLS, ids="/".join)
def test_a_router_that_runs_its_design_needs_nothing_and_an_empty_one_gets_it(
    cell: tuple[str, str],
) -> None:
    wanted = parse(text(cell))
    change = diff(running(cell), wanted)
    assert not change.forward
    assert not change.deltas
    asn = re.search(r"router bgp (\d+)", text(cell))
    beside = PROVIDER.format(asn=asn[1]) if asn else ""
    empty = parse(AROUND.format(version="17.12", name=cell[1]) + beside)
    assert not proven(empty, wanted)


@settings(max_examples=150, deadline=None)
@given(routers(), clouds())
def test_generated_clouds_are_proven(model: IosModel, wanted_text: str) -> None:
    assert not proven(parse(model.show()), parse(wanted_text))


TUNNEL = "interface Tunnel0\n ip address 10.255.0.2 255.255.255.0\n"
OLD = parse(
    "crypto ipsec profile P\n set pfs group19\n"
    + TUNNEL
    + " ip nhrp network-id 1\n ip nhrp redirect\n tunnel protection ipsec profile P\n"
)
NEW = parse(
    "crypto ipsec profile Q\n set pfs group19\n"
    + TUNNEL
    + " ip nhrp network-id 2\n ip nhrp redirect\n tunnel protection ipsec profile Q\n"
)


def without(change: Change, line: str, *, way: str = "forward") -> Change:
    commands = getattr(change, way)
    assert line in commands
    return replace(change, **{way: tuple(x for x in commands if x != line)})


def swapped(change: Change, one: str, other: str) -> Change:
    places = {one: other, other: one}
    return replace(change, forward=tuple(places.get(x, x) for x in change.forward))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: without(c, " ip nhrp redirect"), "redirect would be displayed and do nothing"),
        (lambda c: without(c, " ip nhrp network-id 2"), "would lack interface Tunnel0 / ip nhrp"),
        (lambda c: without(c, "crypto ipsec profile Q"), "leaves configuration mode"),
        (lambda c: without(c, " no shutdown"), "still differ: -  shutdown"),
        (lambda c: without(c, " ip nhrp network-id 1", way="backward"), "does not restore"),
        (
            lambda c: replace(c, forward=("no crypto ipsec profile P", *c.forward)),
            "no crypto ipsec profile P: interface Tunnel0 uses it",
        ),
        (lambda c: replace(c, forward=(*c.forward, "exit")), "leaves configuration mode"),
        (lambda c: replace(c, forward=c.forward[:-2]), "end inside"),
        (lambda c: replace(c, forward=(*c.forward, "no ntp server 1.1.1.1")), "does not restore"),
        (lambda c: replace(c, backward=()), "does not restore"),
    ],
)
def test_a_wrong_change_is_refused_with_the_reason(change: object, reason: str) -> None:
    good = diff(OLD, NEW)
    assert not prove(OLD, NEW, good)
    assert callable(change)
    with pytest.raises(AssertionError, match=reason):
        refused(change(good))


def refused(change: Change) -> None:
    reason = prove(OLD, NEW, change)
    assert not reason, reason


def test_no_reason_shows_a_secret() -> None:
    keyring = "crypto ikev2 keyring KR\n peer ANY\n  pre-shared-key {}\n"
    before, wanted = parse(keyring.format("canary-old")), parse(keyring.format("canary-new"))
    change = diff(before, wanted)
    for wrong in (
        replace(change, forward=()),
        replace(change, backward=()),
        replace(change, forward=tuple(x.replace("new", "other") for x in change.forward)),
    ):
        reason = prove(before, wanted, wrong)
        assert reason
        assert "canary" not in reason
