"""The rows of `show dmvpn`: the state is that of the lowest layer that fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

import pytest

from dmvpn_auto.lab.dataplane.peers import Layers, PeerClock, peers
from dmvpn_auto.lab.live import DmvpnPeer, NhrpEntry, PeerState
from tests.unit import live_parts as parts

SPOKE, HUB = IPv4Address("198.51.100.2"), IPv4Address("203.0.113.2")
HUB_TUNNEL = IPv4Address("10.255.0.1")

TUNNEL = replace(parts.tunnel(str(SPOKE)), front_vrf=None, protection_profile="P")
SERVER = parts.server(str(HUB_TUNNEL), str(HUB), last_reply=2.0)
IKE = replace(parts.ike(7, str(SPOKE), str(HUB)), front_vrf=None, profile="P")
IPSEC = parts.esp(7, str(SPOKE), str(HUB))
WELL = Layers(
    tunnels=(TUNNEL,),
    up=frozenset({"Tunnel0"}),
    nhs=(SERVER,),
    nhrp=(),
    ike=(IKE,),
    ipsec=(IPSEC,),
)


@dataclass
class Clock:
    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


def entry(
    target: str, nbma: str | None, *flags: str, kind: str = "dynamic", via: str | None = None
) -> NhrpEntry:
    return parts.entry(target, via or target.partition("/")[0], nbma, kind, *flags)


def rows(layers: Layers) -> tuple[DmvpnPeer, ...]:
    return peers(layers, PeerClock(now=Clock()))


STATES = [
    ("all is well", WELL, PeerState.UP),
    ("tunnel down", replace(WELL, up=frozenset()), PeerState.INTF),
    ("tunnel down hides the rest", replace(WELL, up=frozenset(), ike=()), PeerState.INTF),
    ("no IKE SA", replace(WELL, ike=(), ipsec=()), PeerState.IKE),
    (
        "IKE SA still connecting",
        replace(WELL, ike=(replace(IKE, established=False),), ipsec=()),
        PeerState.IKE,
    ),
    (
        "IKE SA with another peer",
        replace(WELL, ike=(replace(IKE, remote=IPv4Address("203.0.113.9")),)),
        PeerState.IKE,
    ),
    (
        "IKE SA of another tunnel source",
        replace(WELL, ike=(replace(IKE, local=IPv4Address("192.0.2.1")),)),
        PeerState.IKE,
    ),
    ("no child", replace(WELL, ipsec=()), PeerState.IPSEC),
    (
        "child of SPI 0",
        replace(WELL, ipsec=(replace(IPSEC, installed=False),)),
        PeerState.IPSEC,
    ),
    (
        "child of an IKE SA that is gone",
        replace(WELL, ipsec=(replace(IPSEC, ike_unique_id=6),)),
        PeerState.IPSEC,
    ),
    (
        "no answer to the registration",
        replace(WELL, nhs=(replace(SERVER, responding=False),)),
        PeerState.NHRP,
    ),
    (
        "no protection: crypto does not matter",
        replace(WELL, tunnels=(replace(TUNNEL, protection_profile=None),), ike=(), ipsec=()),
        PeerState.UP,
    ),
]


@pytest.mark.parametrize(
    ("layers", "state"), [row[1:] for row in STATES], ids=[row[0] for row in STATES]
)
def test_state_of_a_next_hop_server(layers: Layers, state: PeerState) -> None:
    (row,) = rows(layers)
    assert (row.state, row.attributes, row.nbma, row.tunnel) == (state, "S", HUB, HUB_TUNNEL)


def test_cache_alone_proves_nothing() -> None:
    """An entry that lingers after its peer is gone is IKE, not UP."""
    hub = replace(WELL, nhs=(), nhrp=(entry("10.255.0.1/32", str(HUB), "registered"),))
    assert [row.state for row in rows(hub)] == [PeerState.UP]
    assert [row.state for row in rows(replace(hub, ike=(), ipsec=()))] == [PeerState.IKE]


ATTRIBUTES = [
    ("registered", entry("10.255.0.12/32", "198.51.100.6", "registered", "nhop"), "D"),
    ("route installed", entry("10.255.0.12/32", "198.51.100.6", "router", "nhop", "rib"), "DT1"),
    (
        "next-hop override",
        entry("10.2.0.0/24", "198.51.100.6", "router", "rib", "nho", via="10.255.0.12"),
        "DT2",
    ),
    ("own", entry("10.1.0.0/24", str(SPOKE), "router", "local", via="10.255.0.11"), "DLX"),
    ("static map", entry("10.255.0.9/32", "192.0.2.9", kind="static"), "S"),
    ("incomplete", entry("10.2.0.9/32", None, kind="incomplete"), "IX"),
    (
        "behind NAT",
        replace(entry("10.255.0.12/32", "198.51.100.6"), claimed_nbma=IPv4Address("192.168.0.2")),
        "DN",
    ),
]


@pytest.mark.parametrize(
    ("cached", "attributes"), [row[1:] for row in ATTRIBUTES], ids=[row[0] for row in ATTRIBUTES]
)
def test_attributes(cached: NhrpEntry, attributes: str) -> None:
    (row,) = rows(replace(WELL, nhs=(), nhrp=(cached,)))
    assert row.attributes == attributes


def test_own_entry_needs_no_sa_with_ourselves() -> None:
    cached = entry("10.1.0.0/24", str(SPOKE), "router", "local", via="10.255.0.11")
    assert rows(replace(WELL, nhs=(), nhrp=(cached,)))[0].state is PeerState.UP


def test_static_map_without_registration_is_nhrp() -> None:
    """The lab's own trap: a hub-to-hub map shows NHRP and is no fault."""
    cached = entry("10.255.0.1/32", str(HUB), kind="static")
    assert rows(replace(WELL, nhs=(), nhrp=(cached,)))[0].state is PeerState.NHRP


def test_the_static_entry_of_a_server_is_its_row() -> None:
    cached = entry("10.255.0.1/32", str(HUB), kind="static")
    assert len(rows(replace(WELL, nhrp=(cached,)))) == 1


def test_incomplete_entries_come_last() -> None:
    found = rows(
        replace(
            WELL,
            nhrp=(
                entry("10.2.0.9/32", None, kind="incomplete"),
                entry("10.255.0.12/32", "198.51.100.6"),
            ),
        )
    )
    assert [row.attributes for row in found] == ["S", "D", "IX"]


def test_time_in_state() -> None:
    now = Clock()
    clock = PeerClock(now=now)
    down = replace(WELL, ike=(), ipsec=())
    assert [row.age for row in peers(down, clock)] == [None]  # never up
    now.time += 10
    assert [row.age for row in peers(WELL, clock)] == [0.0]
    now.time += 7
    assert [row.age for row in peers(WELL, clock)] == [7.0]
    assert [row.age for row in peers(down, clock)] == [0.0]
    now.time += 3
    assert [row.age for row in peers(down, clock)] == [3.0]


def test_a_peer_seen_first_when_it_is_up_has_the_age_of_its_answer() -> None:
    assert [row.age for row in peers(WELL, PeerClock(now=Clock()))] == [2.0]


def test_a_peer_that_came_back_starts_anew() -> None:
    now = Clock()
    clock = PeerClock(now=now)
    peers(WELL, clock)
    peers(replace(WELL, nhs=()), clock)
    now.time += 100
    assert [row.age for row in peers(WELL, clock)] == [2.0]
