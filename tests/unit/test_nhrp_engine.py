"""NHRP engines among themselves, in virtual time: what IOS routers do, seen on the wire."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

import pytest

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.nhrp.config import NhsConfig, StaticMap, TunnelConfig
from dmvpn_auto.lab.nhrp.packet import Code, ExtensionType, PacketType, decode, encode
from dmvpn_auto.lab.nhrp.ports import Send
from tests.unit.nhrp_net import (
    HUB,
    HUB_NBMA,
    TUNNEL,
    A,
    N,
    Net,
    Seen,
    cloud,
    everything,
    hub_config,
    nothing,
    spoke_config,
)

REGISTRATION = PacketType.REGISTRATION_REQUEST
QUESTION = PacketType.RESOLUTION_REQUEST
ANSWER = PacketType.RESOLUTION_REPLY


def reconfigure(net: Net, name: str, **changes: Any) -> None:
    router = net.routers[name]
    router.config = replace(router.config, **changes)
    router.engine.configure([router.config], net.now)
    net.settle()


# Registration


def test_spokes_register_at_once() -> None:
    net = cloud()
    net.start()
    assert {t: str(e.nbma) for t, e in net.entries("hub").items()} == {
        "10.255.0.11/32": "198.51.100.2",
        "10.255.0.12/32": "198.51.100.6",
    }
    entry = net.entries("hub")["10.255.0.11/32"]
    assert (entry.kind, entry.flags, entry.expires) == (
        "dynamic",
        ("unique", "registered", "nhop"),
        600,
    )
    nhs = net.nhs("spoke1")
    assert (nhs.responding, nhs.requests_sent, nhs.replies_received) == (True, 1, 1)
    assert (nhs.pending_request_id, nhs.retransmit, nhs.last_reply) == (None, None, 0)
    assert net.entries("spoke1")["10.255.0.1/32"].kind == "static"
    assert net.neighbours("hub") == {
        "10.255.0.11": "198.51.100.2",
        "10.255.0.12": "198.51.100.6",
    }
    assert net.neighbours("spoke1") == {"10.255.0.1": "203.0.113.2"}


def test_both_ends_log_that_the_other_is_up() -> None:
    net = cloud(1)
    net.start()
    assert net.routers["hub"].log == [
        (
            "%DMVPN-5-NHRP_NHC_UP: Tunnel0: Next Hop Client : (Tunnel: 10.255.0.11 "
            "NBMA: 198.51.100.2) for (Tunnel: 10.255.0.1 NBMA: 203.0.113.2) is UP"
        )
    ]
    assert net.routers["spoke1"].log == [
        (
            "%DMVPN-5-NHRP_NHS_UP: Tunnel0: Next Hop Server : (Tunnel: 10.255.0.1 "
            "NBMA: 203.0.113.2) for (Tunnel: 10.255.0.11 NBMA: 198.51.100.2) is UP"
        )
    ]


@pytest.mark.parametrize(
    ("changes", "every"),
    [({}, 200), ({"holdtime": 60}, 20), ({"registration_timeout": 45}, 45)],
    ids=["third of 600", "third of 60", "configured"],
)
def test_registration_is_renewed(changes: dict[str, Any], every: int) -> None:
    net = cloud(1, **changes)
    net.start()
    net.run(3 * every + 1)
    assert [at for at, *_ in net.transcript(REGISTRATION)] == [0, every, 2 * every, 3 * every]
    assert net.nhs("spoke1").last_reply == 1


def test_back_off_1_2_4_up_to_64_and_one_request_id() -> None:
    net = cloud(1)
    net.lose = everything
    net.start()
    net.run(255)
    times = [at for at, *_ in net.transcript(REGISTRATION)]
    assert times == [0, 1, 3, 7, 15, 31, 63, 127, 191, 255]
    assert len({s.packet.request_id for s in net.seen}) == 1
    nhs = net.nhs("spoke1")
    assert (nhs.responding, nhs.retransmit, nhs.replies_received) == (False, 64, 0)
    assert nhs.pending_request_id is not None


def test_lost_server_counts_as_down_after_three_requests_and_comes_back() -> None:
    net = cloud(1)
    net.start()
    net.lose = lambda seen: seen.sender == "spoke1"
    net.run(206)
    assert net.nhs("spoke1").responding
    net.run(2)
    assert not net.nhs("spoke1").responding
    assert "is DOWN, Reason: NHRP Registration Failure" in net.routers["spoke1"].log[-1]
    net.lose = nothing
    net.run(8)
    assert net.nhs("spoke1").responding


def test_open_way_ends_the_wait() -> None:
    net = cloud(1)
    net.lose = everything
    net.start()
    net.run(100)
    net.lose = nothing
    net.routers["spoke1"].engine.peer_up(HUB_NBMA, net.now)
    net.settle()
    assert net.nhs("spoke1").responding


def test_closed_way_downs_that_server_and_what_was_learnt_from_there() -> None:
    net = cloud(3)
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.traffic(["spoke1", "hub", "spoke3"], "10.1.0.10", "10.3.0.10")
    net.routers["spoke1"].engine.peer_down(A("198.51.100.6"), net.now)
    assert net.shortcuts("spoke1") == {("10.3.0.0/24", "10.255.0.13"), ("10.255.0.13/32", "None")}
    assert net.nhs("spoke1").responding
    net.lose = everything
    net.routers["spoke1"].engine.peer_down(HUB_NBMA, net.now)
    net.settle()
    assert (net.nhs("spoke1").responding, net.nhs("spoke1").requests_sent) == (False, 2)
    assert "is DOWN, Reason: External" in net.routers["spoke1"].log[-1]
    net.routers["hub"].engine.peer_down(A("198.51.100.2"), net.now)
    net.settle()
    assert "10.255.0.11/32" not in net.entries("hub")
    assert "Next Hop Client" in net.routers["hub"].log[-1]


def test_registration_expires_with_the_holdtime_the_spoke_gave() -> None:
    net = cloud(1, holdtime=90)
    net.start()
    net.lose = lambda seen: seen.sender == "spoke1"
    net.run(89)
    assert "10.255.0.11/32" in net.entries("hub")
    assert net.routers["hub"].engine.multicast() == {TUNNEL: (A("198.51.100.2"),)}
    net.run(2)
    assert net.entries("hub") == {}
    assert net.neighbours("hub") == {}
    assert net.routers["hub"].engine.multicast() == {TUNNEL: ()}


def test_renewal_keeps_the_age_of_the_entry() -> None:
    net = cloud(1)
    net.start()
    net.run(250)
    entry = net.entries("hub")["10.255.0.11/32"]
    assert (entry.created, entry.expires) == (250, 550)


def test_unique_address_is_not_given_to_another() -> None:
    net = cloud(1)
    net.start()
    net.add("thief", spoke_config(2, address=IPv4Interface("10.255.0.11/24")), {})
    net.start(["thief"])
    assert str(net.entries("hub")["10.255.0.11/32"].nbma) == "198.51.100.2"
    assert not net.nhs("thief").responding
    reply = next(s.packet for s in net.seen if s.receiver == "thief")
    assert [cie.code for cie in reply.cies] == [Code.UNIQUE_REGISTERED]
    assert any("unique address registered already(14)" in line for line in net.routers["hub"].log)
    assert any("unique address registered already(14)" in line for line in net.routers["thief"].log)


def test_unique_address_can_be_had_after_expiry() -> None:
    net = cloud(1, holdtime=30)
    net.start()
    net.lose = lambda seen: seen.sender == "spoke1"
    net.add("heir", spoke_config(2, address=IPv4Interface("10.255.0.11/24")), {})
    net.start(["heir"])
    net.run(70)
    assert str(net.entries("hub")["10.255.0.11/32"].nbma) == "198.51.100.6"
    assert net.nhs("heir").responding


def test_no_unique_lets_a_spoke_change_its_nbma_address() -> None:
    net = cloud(1, no_unique=True)
    net.start()
    assert net.entries("hub")["10.255.0.11/32"].flags == ("registered", "nhop")
    net.routers["spoke1"].nbma = A("192.0.2.99")
    reconfigure(net, "spoke1", nbma_source=A("192.0.2.99"))
    assert str(net.entries("hub")["10.255.0.11/32"].nbma) == "192.0.2.99"
    assert net.routers["hub"].engine.multicast() == {TUNNEL: (A("192.0.2.99"),)}


def test_hub_address_cannot_be_registered() -> None:
    net = cloud(1)
    net.add("rogue", spoke_config(2, address=IPv4Interface("10.255.0.1/24")), {})
    net.start()
    assert "10.255.0.1/32" not in net.entries("hub")
    reply = next(s.packet for s in net.seen if s.receiver == "rogue")
    assert [cie.code for cie in reply.cies] == [Code.PROHIBITED]


@pytest.mark.parametrize("secret", ["other", None], ids=["differs", "missing"])
def test_wrong_authentication_is_dropped_and_counted(secret: str | None) -> None:
    net = cloud(2)
    net.routers["spoke2"].config = spoke_config(2, authentication=secret)
    net.start()
    net.run(10)
    assert list(net.entries("hub")) == ["10.255.0.11/32"]
    assert not net.nhs("spoke2").responding
    assert net.counters("hub")["rcvd_authentication_failed"] == 4
    assert not [s for s in net.seen if s.receiver == "spoke2"]


def test_authentication_on_one_side_only_is_dropped() -> None:
    net = cloud(1, hub={"authentication": None})
    net.start()
    assert net.entries("hub") == {}
    assert net.counters("hub")["rcvd_authentication_failed"] == 1


def test_unknown_server_address_leaves_a_trace_on_the_hub() -> None:
    net = cloud(1, nhs=(NhsConfig(address=A("10.255.0.254"), nbma=HUB_NBMA),))
    net.start()
    assert not net.nhs("spoke1").responding
    assert net.entries("hub")["10.255.0.254/32"].kind == "incomplete"
    assert "protocol generic error (7)" in net.routers["hub"].log[-1]


def test_server_without_nbma_address_is_waiting() -> None:
    net = cloud(1, nhs=(NhsConfig(address=HUB),))
    net.start()
    net.run(3)
    nhs = net.nhs("spoke1")
    assert (nhs.waiting, nhs.expecting, nhs.requests_sent) == (True, False, 0)
    assert nhs.requests_failed == 3


def test_classic_triple_is_the_same_as_nhs_with_nbma() -> None:
    net = cloud(
        1,
        nhs=(NhsConfig(address=HUB),),
        static_maps=(StaticMap(address=HUB, nbma=HUB_NBMA),),
        multicast_maps=(HUB_NBMA,),
    )
    net.start()
    assert net.nhs("spoke1").responding
    assert net.neighbours("spoke1") == {"10.255.0.1": "203.0.113.2"}
    assert net.routers["spoke1"].engine.multicast() == {TUNNEL: (HUB_NBMA,)}


def test_point_to_point_spoke_registers_at_its_destination() -> None:
    net = cloud(1, nhs=(NhsConfig(address=HUB),), destination=HUB_NBMA)
    net.start()
    assert net.nhs("spoke1").responding
    assert net.neighbours("spoke1") == {}


def test_restart_forgets_and_registers_again() -> None:
    net = cloud(1)
    net.start()
    net.run(50)
    net.routers["spoke1"].engine.restart(TUNNEL, net.now)
    net.settle()
    assert "is DOWN, Reason: External" in net.routers["spoke1"].log[-2]
    assert [at for at, *_ in net.transcript(REGISTRATION)] == [0, 50]
    assert net.nhs("spoke1").responding


def test_refused_send_is_counted() -> None:
    net = cloud(1)
    net.lose = everything
    net.start()
    net.routers["spoke1"].engine.send_failed(TUNNEL, HUB_NBMA)
    assert net.nhs("spoke1").requests_failed == 1


# Configuration


def test_same_configuration_changes_nothing() -> None:
    net = cloud()
    net.start()
    sent = len(net.seen)
    net.start()
    assert len(net.seen) == sent


def test_removed_tunnel_leaves_nothing() -> None:
    net = cloud()
    net.start()
    engine = net.routers["spoke1"].engine
    engine.configure([], net.now)
    assert (engine.entries(net.now), engine.servers(net.now), engine.neighbours()) == ((), (), {})
    assert engine.deadline() is None


def test_changed_server_keeps_the_other_registrations() -> None:
    second = NhsConfig(address=A("10.255.0.2"), nbma=A("203.0.113.6"))
    net = cloud(1)
    net.start()
    net.run(10)
    reconfigure(net, "spoke1", nhs=(*net.routers["spoke1"].config.nhs, second))
    first, other = net.routers["spoke1"].engine.servers(net.now)
    assert (first.requests_sent, other.requests_sent) == (1, 1)
    assert (first.responding, other.responding) == (True, False)
    reconfigure(net, "spoke1", nhs=(second,))
    assert net.neighbours("spoke1") == {"10.255.0.2": "203.0.113.6"}


def test_new_address_is_registered_at_once() -> None:
    net = cloud(1)
    net.start()
    net.run(5)
    reconfigure(net, "spoke1", address=IPv4Interface("10.255.0.77/24"))
    assert "10.255.0.77/32" in net.entries("hub")


@pytest.mark.parametrize(
    "changes", [{"authentication": "ninechars"}, {"holdtime": 0}, {"network_id": 0}]
)
def test_what_ios_refuses_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LabError) as caught:
        spoke_config(1, **changes)
    assert "ninechars" not in str(caught.value)


def test_secret_is_not_in_a_repr() -> None:
    assert "canary42" not in repr(spoke_config(1))


# Resolution and shortcuts


def test_shortcut_both_ways_by_redirect() -> None:
    net = cloud()
    net.start()
    net.seen.clear()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.transcript() == [
        (0, "hub", "spoke1", "TRAFFIC_INDICATION"),
        (0, "spoke1", "hub", "RESOLUTION_REQUEST"),
        (0, "hub", "spoke2", "RESOLUTION_REQUEST"),
        (0, "spoke2", "spoke1", "RESOLUTION_REPLY"),
    ]
    assert net.shortcuts("spoke1") == {("10.2.0.0/24", "10.255.0.12"), ("10.255.0.12/32", "None")}
    assert net.shortcuts("spoke2") == set()
    net.traffic(["spoke2", "hub", "spoke1"], "10.2.0.10", "10.1.0.10")
    assert net.shortcuts("spoke2") == {("10.1.0.0/24", "10.255.0.11"), ("10.255.0.11/32", "None")}
    assert net.neighbours("spoke1") == {
        "10.255.0.1": "203.0.113.2",
        "10.255.0.12": "198.51.100.6",
    }


def test_entries_of_a_shortcut_as_ios_shows_them() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    asker = {t: (str(e.via), e.flags) for t, e in net.entries("spoke1").items()}
    assert asker == {
        "10.255.0.1/32": ("10.255.0.1", ()),
        "10.2.0.0/24": ("10.255.0.12", ("router", "rib")),
        "10.255.0.12/32": ("10.255.0.12", ("router", "nhop", "rib")),
    }
    egress = {t: (str(e.via), e.flags) for t, e in net.entries("spoke2").items()}
    assert egress == {
        "10.255.0.1/32": ("10.255.0.1", ()),
        "10.2.0.0/24": ("10.255.0.12", ("router", "unique", "local")),
        "10.255.0.11/32": ("10.255.0.11", ("router", "implicit")),
    }


def test_same_prefix_in_the_routing_table_is_a_next_hop_override() -> None:
    net = cloud(summary="10.2.0.0/24")
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.entries("spoke1")["10.2.0.0/24"].flags == ("router", "rib", "nho")


def test_answer_is_not_believed_for_more_than_the_route_it_replaces() -> None:
    net = cloud(summary="10.2.0.0/25")
    del net.routers["spoke2"].table.routes[N("10.2.0.0/25")]
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert ("10.2.0.0/25", "10.255.0.12") in net.shortcuts("spoke1")


def test_default_route_at_the_egress_gives_a_host_shortcut() -> None:
    net = cloud()
    net.routers["spoke1"].table.routes[N("0.0.0.0/0")] = (TUNNEL, HUB)
    net.routers["hub"].table.routes[N("192.0.2.0/24")] = (TUNNEL, A("10.255.0.12"))
    net.routers["spoke2"].table.routes[N("0.0.0.0/0")] = (None, A("198.51.100.5"))
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "192.0.2.10")
    assert ("192.0.2.10/32", "10.255.0.12") in net.shortcuts("spoke1")


def test_indication_without_shortcut_configured_is_counted_only() -> None:
    net = cloud(shortcut=False)
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.counters("spoke1")["rcvd_traffic_indication"] == 1
    assert net.transcript(QUESTION) == []


def test_hub_without_redirect_stays_silent() -> None:
    net = cloud(hub={"redirect": False})
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.transcript(PacketType.TRAFFIC_INDICATION) == []


def test_redirect_is_limited_per_flow() -> None:
    net = cloud()
    net.start()
    for _ in range(5):
        net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.11")
    counters = net.counters("hub")
    assert counters["sent_traffic_indication"] == 2
    assert counters["sent_redirect_suppress"] == 4
    net.run(9)
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.counters("hub")["sent_traffic_indication"] == 3


def test_traffic_that_returns_to_its_spoke_is_not_redirected() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke1"], "10.1.0.10", "10.1.0.11")
    assert net.transcript(PacketType.TRAFFIC_INDICATION) == []


def test_lost_packets_are_asked_for_again() -> None:
    net = cloud()
    net.start()
    lost: list[Seen] = []

    def lose(seen: Seen) -> bool:
        if seen.packet.type in {QUESTION, ANSWER} and len(lost) < 3:
            lost.append(seen)
            return True
        return False

    net.lose = lose
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    entry = net.entries("spoke1")["10.2.0.10/32"]
    assert (entry.kind, entry.flags, entry.nbma) == ("incomplete", ("negative",), None)
    net.run(8)
    asked = [s for s in net.seen if s.sender == "spoke1" and s.packet.type is QUESTION]
    assert [s.at for s in asked] == [0, 1, 3, 7]
    assert len({s.packet.request_id for s in asked}) == 1
    assert "10.2.0.10/32" not in net.entries("spoke1")
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_unanswered_question_ends_after_three_minutes() -> None:
    net = cloud()
    net.start()
    net.lose = lambda seen: seen.packet.type is ANSWER
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.run(200)
    assert "10.2.0.10/32" not in net.entries("spoke1")
    asked = len(net.transcript(QUESTION))
    net.run(300)
    assert len(net.transcript(QUESTION)) == asked


def test_no_route_is_refused_and_asked_again_by_later_traffic() -> None:
    net = cloud()
    net.start()
    del net.routers["hub"].table.routes[N("10.2.0.0/24")]
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    reply = next(s.packet for s in net.seen if s.packet.type is ANSWER)
    assert reply.cies[0].code == Code.NO_BINDING
    assert net.entries("spoke1")["10.2.0.10/32"].flags == ("negative",)
    net.routers["hub"].table.routes[N("10.2.0.0/24")] = (TUNNEL, A("10.255.0.12"))
    net.run(9)
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_shortcut_in_use_is_refreshed_before_it_ends() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.run(450)
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.12"), net.now)
    net.seen.clear()
    net.run(40)
    asked = [(s.at, s.sender, s.receiver) for s in net.seen if s.packet.type is QUESTION]
    assert asked == [(480, "spoke1", "hub"), (480, "hub", "spoke2")]
    assert net.entries("spoke1")["10.2.0.0/24"].expires == 590
    assert net.entries("spoke1")["10.255.0.12/32"].expires == 590
    net.run(600)
    assert net.shortcuts("spoke1") == set()


def test_shortcut_out_of_use_ends_with_the_holdtime() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.run(599)
    assert net.shortcuts("spoke1")
    net.run(2)
    assert net.shortcuts("spoke1") == set()
    assert net.neighbours("spoke1") == {"10.255.0.1": "203.0.113.2"}


def test_neighbour_miss_is_resolved_and_goes_by_the_hub_meanwhile() -> None:
    """Phase 2: the next hop is the other spoke, nobody redirects."""
    net = cloud(shortcut=False, hub={"redirect": False})
    net.start()
    net.lose = lambda seen: seen.packet.type is ANSWER
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.12"), net.now)
    net.settle()
    assert net.neighbours("spoke1")["10.255.0.12"] == str(HUB_NBMA)
    net.lose = nothing
    net.run(1)
    assert net.neighbours("spoke1")["10.255.0.12"] == "198.51.100.6"
    assert net.shortcuts("spoke1") == {("10.255.0.12/32", "None")}


def test_hub_asks_nobody_for_an_unknown_spoke() -> None:
    net = cloud()
    net.start()
    net.seen.clear()
    net.routers["hub"].engine.neighbour_wanted(TUNNEL, A("10.255.0.99"), net.now)
    net.run(10)
    assert net.seen == []
    assert net.entries("hub")["10.255.0.99/32"].kind == "incomplete"
    assert "10.255.0.99" not in net.neighbours("hub")


def test_request_leaves_a_transit_record_and_fewer_hops() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    first, second = (s.packet for s in net.seen if s.packet.type is QUESTION)
    assert second.hops == first.hops - 1
    record = second.extension(ExtensionType.FORWARD_TRANSIT)
    assert record is not None
    assert [(str(c.nbma), str(c.protocol)) for c in record.cies()] == [
        ("203.0.113.2", "10.255.0.1")
    ]
    answer = next(s.packet for s in net.seen if s.packet.type is ANSWER)
    responder = answer.extension(ExtensionType.RESPONDER)
    assert responder is not None
    assert [str(c.protocol) for c in responder.cies()] == ["10.255.0.12"]


def test_routing_loop_ends() -> None:
    net = cloud()
    for name, other in (("spoke1", "10.255.0.12"), ("spoke2", "10.255.0.1")):
        net.routers[name].table.routes[N("172.16.0.0/16")] = (TUNNEL, A(other))
    net.routers["hub"].table.routes[N("172.16.0.0/16")] = (TUNNEL, A("10.255.0.12"))
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "172.16.0.1")
    net.run(1)
    assert len(net.transcript(QUESTION)) < 10


def test_hops_exhausted_is_indicated() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    question = next(s.packet for s in net.seen if s.packet.type is QUESTION)
    net.seen.clear()
    last = encode(replace(question, hops=1, request_id=4711))
    net.routers["hub"].engine.receive(TUNNEL, A("198.51.100.2"), last, net.now)
    net.settle()
    (error,) = [s.packet for s in net.seen]
    assert (error.type, error.code) == (PacketType.ERROR_INDICATION, 15)


# Purge


def test_lost_lan_is_purged_at_those_who_were_told() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.seen.clear()
    del net.routers["spoke2"].table.routes[N("10.2.0.0/24")]
    net.routers["spoke2"].engine.routes_changed(net.now)
    net.settle()
    assert [(s.sender, s.receiver, s.packet.type.name) for s in net.seen] == [
        ("spoke2", "spoke1", "PURGE_REQUEST"),
        ("spoke1", "spoke2", "PURGE_REPLY"),
    ]
    assert ("10.2.0.0/24", "10.255.0.12") not in net.shortcuts("spoke1")
    net.run(60)
    assert len(net.transcript(PacketType.PURGE_REQUEST)) == 1


def test_unanswered_purge_is_repeated_then_given_up() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.lose = lambda seen: seen.packet.type is PacketType.PURGE_REQUEST
    net.routers["spoke2"].engine.clear(None, net.now)
    net.run(100)
    assert [at for at, *_ in net.transcript(PacketType.PURGE_REQUEST)] == [0, 1, 3, 7]


def test_stranger_cannot_purge() -> None:
    net = cloud(3)
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.routers["spoke2"].engine.clear(N("10.2.0.0/24"), net.now)
    (purge,) = [e for e in net.routers["spoke2"].engine.take() if isinstance(e, Send)]
    forged = replace(decode(purge.data), src_protocol=A("10.255.0.13"))
    net.routers["spoke1"].engine.receive(TUNNEL, A("198.51.100.10"), encode(forged), net.now)
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_shortcut_ends_when_no_route_leads_there_any_more() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    del net.routers["spoke1"].table.routes[N("10.0.0.0/8")]
    net.routers["spoke1"].engine.routes_changed(net.now)
    assert ("10.2.0.0/24", "10.255.0.12") not in net.shortcuts("spoke1")


def test_clear_forgets_what_is_dynamic_and_a_shortcut_can_form_at_once() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.routers["spoke1"].engine.clear(None, net.now)
    net.settle()
    assert list(net.entries("spoke1")) == ["10.255.0.1/32"]
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.11")
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_clear_of_an_address_takes_its_prefix_and_next_hop() -> None:
    net = cloud(3)
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.traffic(["spoke1", "hub", "spoke3"], "10.1.0.10", "10.3.0.10")
    net.routers["spoke1"].engine.clear(A("10.2.0.10"), net.now)
    assert net.shortcuts("spoke1") == {("10.3.0.0/24", "10.255.0.13"), ("10.255.0.13/32", "None")}


# NAT


def test_spoke_behind_nat_is_reached_at_its_outside_address() -> None:
    net = cloud()
    net.routers["spoke2"].outside = A("192.0.2.6")
    net.start()
    entry = net.entries("hub")["10.255.0.12/32"]
    assert (str(entry.nbma), str(entry.claimed_nbma)) == ("192.0.2.6", "198.51.100.6")
    assert "nat" in entry.flags
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    net.traffic(["spoke2", "hub", "spoke1"], "10.2.0.10", "10.1.0.10")
    assert net.neighbours("spoke1")["10.255.0.12"] == "192.0.2.6"
    assert str(net.entries("spoke1")["10.255.0.12/32"].claimed_nbma) == "198.51.100.6"
    assert ("10.1.0.0/24", "10.255.0.11") in net.shortcuts("spoke2")


# More than one hub


def test_hierarchy_is_walked_along_the_routes() -> None:
    """Two regional hubs under a central one: the shortcut spans three hubs."""
    net = Net()
    central = hub_config(shortcut=True)
    net.add(
        "top",
        central,
        {"10.1.0.0/16": (TUNNEL, "10.255.0.2"), "10.2.0.0/16": (TUNNEL, "10.255.0.3")},
    )
    for n in (1, 2):
        up = NhsConfig(address=HUB, nbma=HUB_NBMA)
        net.add(
            f"region{n}",
            hub_config(
                address=IPv4Interface(f"10.255.0.{1 + n}/24"),
                nbma_source=A(f"203.0.113.{2 + 4 * n}"),
                nhs=(up,),
                shortcut=True,
            ),
            {"10.0.0.0/8": (TUNNEL, str(HUB)), f"10.{n}.1.0/24": (TUNNEL, f"10.255.0.{10 + n}")},
        )
        own = NhsConfig(address=A(f"10.255.0.{1 + n}"), nbma=A(f"203.0.113.{2 + 4 * n}"))
        net.add(
            f"spoke{n}",
            spoke_config(n, nhs=(own,)),
            {"10.0.0.0/8": (TUNNEL, f"10.255.0.{1 + n}"), f"10.{n}.1.0/24": (None, None)},
        )
    net.start()
    net.traffic(["spoke1", "region1", "top"], "10.1.1.10", "10.2.1.10")
    asked = [(s.sender, s.receiver) for s in net.seen if s.packet.type is QUESTION]
    assert asked == [
        ("spoke1", "region1"),
        ("region1", "top"),
        ("top", "region2"),
        ("region2", "spoke2"),
    ]
    assert ("10.2.1.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_traffic_counters_have_the_names_show_commands_use() -> None:
    net = cloud()
    net.start()
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    assert net.counters("hub") == {
        "sent_total": 4,
        "sent_registration_reply": 2,
        "sent_traffic_indication": 1,
        "sent_resolution_request": 1,
        "rcvd_total": 3,
        "rcvd_registration_request": 2,
        "rcvd_resolution_request": 1,
    }


def test_noise_is_counted_and_survived() -> None:
    net = cloud(1)
    net.start()
    net.routers["hub"].engine.receive(TUNNEL, A("198.51.100.2"), b"\x00" * 60, net.now)
    assert net.counters("hub")["rcvd_malformed"] == 1


def test_defaults_are_those_of_ios() -> None:
    tunnel = TunnelConfig(
        interface=TUNNEL,
        device="gre0",
        address=IPv4Interface("10.255.0.1/24"),
        nbma_source=HUB_NBMA,
        network_id=1,
    )
    assert (tunnel.holdtime, tunnel.registration_interval) == (600, 200)
