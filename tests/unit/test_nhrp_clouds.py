"""NHRP engines in less usual places: two clouds, point-to-point spokes, strange packets, logs."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface

import pytest

from dmvpn_auto.lab.nhrp.config import NhsConfig
from dmvpn_auto.lab.nhrp.packet import Code, Packet, PacketType, decode, encode
from dmvpn_auto.lab.nhrp.ports import Send
from tests.unit.nhrp_net import (
    HUB,
    HUB_NBMA,
    TUNNEL,
    A,
    N,
    Net,
    Router,
    cloud,
    everything,
    hub_config,
    nothing,
    spoke_config,
)

ANSWER = PacketType.RESOLUTION_REPLY
SECOND = "Tunnel1"


def with_second_tunnel(net: Net, name: str, network_id: int = 2) -> Router:
    """Give a router a second tunnel, 10.254.0.0/24, and start it again."""
    router = net.routers[name]
    other = replace(
        router.config,
        interface=SECOND,
        device="gre1",
        address=IPv4Interface(f"10.254.0.{router.config.address.ip.packed[3]}/24"),
        network_id=network_id,
        nhs=(NhsConfig(address=A("10.254.0.1"), nbma=A("203.0.113.6"), multicast=True),),
    )
    router.table.routes[N("10.254.0.0/24")] = (SECOND, None)
    router.engine.configure([router.config, other], net.now)
    net.settle()
    return router


def learnt(net: Net) -> None:
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")


def question(net: Net) -> Packet:
    return next(s.packet for s in net.seen if s.packet.type is PacketType.RESOLUTION_REQUEST)


def sent_by(router: Router) -> list[Packet]:
    return [decode(event.data) for event in router.engine.take() if isinstance(event, Send)]


# Two tunnels


def test_other_cloud_is_behind_us() -> None:
    """What leaves through a tunnel of another network id is answered for, not passed on."""
    net = cloud()
    net.start()
    router = with_second_tunnel(net, "spoke2")
    router.table.routes[N("10.2.0.0/24")] = (SECOND, A("10.254.0.1"))
    learnt(net)
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_tunnels_of_one_cloud_pass_on_between_them() -> None:
    net = cloud()
    net.start()
    router = with_second_tunnel(net, "spoke2", network_id=1)
    router.table.routes[N("10.2.0.0/24")] = (SECOND, A("10.254.0.1"))
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.10")
    last = [s for s in net.seen if s.sender == "spoke2"][-1]
    assert (last.packet.type, last.receiver) == (PacketType.RESOLUTION_REQUEST, "?")


def test_removing_one_tunnel_leaves_the_other_alone() -> None:
    net = cloud()
    net.start()
    router = with_second_tunnel(net, "spoke1")
    learnt(net)
    assert router.engine.multicast() == {TUNNEL: (HUB_NBMA,), SECOND: (A("203.0.113.6"),)}
    before = [e for e in router.engine.entries(net.now) if e.interface == TUNNEL]
    router.engine.configure([router.config], net.now)
    assert list(router.engine.entries(net.now)) == before
    assert list(router.engine.multicast()) == [TUNNEL]


def test_bounce_of_one_tunnel_leaves_the_other_alone() -> None:
    net = cloud()
    net.start()
    router = with_second_tunnel(net, "spoke1")
    learnt(net)
    router.engine.restart(SECOND, net.now)
    assert net.shortcuts("spoke1")
    router.engine.restart(TUNNEL, net.now)
    assert net.shortcuts("spoke1") == set()


def test_traffic_between_clouds_is_not_redirected() -> None:
    net = cloud()
    net.start()
    router = with_second_tunnel(net, "hub")
    datagram = bytes([0x45, *bytes(11)]) + A("10.1.0.10").packed + A("10.2.0.10").packed
    for outward in (SECOND, "Tunnel9"):
        router.engine.redirect(TUNNEL, outward, A("198.51.100.2"), datagram, net.now)
        router.engine.redirect(outward, TUNNEL, A("198.51.100.2"), datagram, net.now)
    assert PacketType.TRAFFIC_INDICATION not in [p.type for p in sent_by(router)]


# Point-to-point


def test_point_to_point_spoke_refuses_to_be_a_shortcut_end() -> None:
    net = cloud()
    net.routers["spoke2"].config = spoke_config(2, destination=HUB_NBMA, shortcut=False)
    net.start()
    learnt(net)
    answer = next(s.packet for s in net.seen if s.packet.type is ANSWER)
    assert [cie.code for cie in answer.cies] == [Code.PROHIBITED]
    assert net.shortcuts("spoke1") == set()
    assert net.entries("spoke1")["10.2.0.10/32"].kind == "incomplete"


def test_point_to_point_device_wants_no_neighbours() -> None:
    net = cloud(1, destination=HUB_NBMA)
    net.start()
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.9"), net.now)
    assert list(net.entries("spoke1")) == ["10.255.0.1/32"]


# Configuration that changes


@pytest.mark.parametrize(
    "changes",
    [{"address": IPv4Interface("10.255.0.77/24")}, {"device": "gre7"}],
    ids=["address", "device"],
)
def test_new_address_or_device_forgets_what_was_learnt(changes: dict[str, object]) -> None:
    net = cloud()
    net.start()
    learnt(net)
    router = net.routers["spoke1"]
    router.engine.configure([replace(router.config, **changes)], net.now)  # type: ignore[arg-type]
    assert net.shortcuts("spoke1") == set()


def test_other_changes_keep_what_was_learnt() -> None:
    net = cloud()
    net.start()
    learnt(net)
    router = net.routers["spoke1"]
    router.engine.configure([replace(router.config, holdtime=300)], net.now)
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


@pytest.mark.parametrize(
    ("server", "receivers"),
    [
        (NhsConfig(address=HUB, nbma=HUB_NBMA, multicast=True), (HUB_NBMA,)),
        (NhsConfig(address=HUB, nbma=HUB_NBMA), ()),
        (NhsConfig(address=HUB, multicast=True), ()),
    ],
    ids=["multicast", "without the keyword", "address unknown"],
)
def test_multicast_goes_to_servers_that_say_so(
    server: NhsConfig, receivers: tuple[object, ...]
) -> None:
    net = cloud(1, nhs=(server,))
    net.start()
    assert net.routers["spoke1"].engine.multicast() == {TUNNEL: receivers}


def test_hub_without_map_multicast_dynamic_sends_none() -> None:
    net = cloud(hub={"multicast_dynamic": False})
    net.start()
    assert net.routers["hub"].engine.multicast() == {TUNNEL: ()}


# Redirect


def test_indication_goes_to_the_outer_source_when_that_is_a_station() -> None:
    net = cloud(3)
    net.start()
    datagram = bytes([0x45, *bytes(11)]) + A("10.1.0.10").packed + A("10.2.0.10").packed
    hub = net.routers["hub"]
    hub.engine.redirect(TUNNEL, TUNNEL, A("198.51.100.10"), datagram, net.now)
    (event,) = hub.engine.take()
    assert isinstance(event, Send)
    assert str(event.nbma) == "198.51.100.10"
    for outer in (A("192.0.2.1"), None):
        net.now += 10
        hub.engine.redirect(TUNNEL, TUNNEL, outer, datagram, net.now)
        (event,) = hub.engine.take()
        assert isinstance(event, Send)
        assert str(event.nbma) == "198.51.100.2"


@pytest.mark.parametrize(
    "datagram",
    [
        bytes([0x45, *bytes(11)]) + A("10.1.0.10").packed + A("224.1.2.3").packed,
        bytes([0x45, *bytes(11)]) + A("192.0.2.1").packed + A("10.2.0.10").packed,
        bytes(19),
    ],
    ids=["multicast", "source elsewhere", "cut short"],
)
def test_what_is_not_redirected(datagram: bytes) -> None:
    net = cloud()
    net.start()
    hub = net.routers["hub"]
    hub.engine.redirect(TUNNEL, TUNNEL, A("198.51.100.2"), datagram, net.now)
    assert hub.engine.take() == []


def test_indication_for_what_is_not_behind_the_tunnel_is_ignored() -> None:
    net = cloud()
    net.start()
    net.routers["spoke1"].table.routes[N("10.2.0.0/24")] = (None, A("198.51.100.1"))
    learnt(net)
    assert not [s for s in net.seen if s.packet.type is PacketType.RESOLUTION_REQUEST]
    del net.routers["spoke1"].table.routes[N("10.2.0.0/24")]
    del net.routers["spoke1"].table.routes[N("10.0.0.0/8")]
    del net.routers["spoke1"].table.routes[N("0.0.0.0/0")]
    net.now += 10
    learnt(net)
    assert not [s for s in net.seen if s.packet.type is PacketType.RESOLUTION_REQUEST]


# Replies and purges


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": 4711},
        {"dst_protocol": A("10.9.9.9")},
        {"cies": ()},
    ],
    ids=["other question", "other destination", "no answer in it"],
)
def test_strange_replies_change_nothing(change: dict[str, object]) -> None:
    net = cloud()
    net.start()
    net.lose = lambda seen: seen.packet.type is ANSWER
    learnt(net)
    answer = next(s.packet for s in net.seen if s.packet.type is ANSWER)
    strange = encode(replace(answer, **change))  # type: ignore[arg-type]
    net.routers["spoke1"].engine.receive(TUNNEL, A("198.51.100.6"), strange, net.now)
    assert net.shortcuts("spoke1") == set()
    net.routers["spoke1"].engine.receive(TUNNEL, A("198.51.100.6"), encode(answer), net.now)
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_answer_inside_the_tunnel_subnet_is_for_one_address() -> None:
    net = cloud(shortcut=False)
    net.start()
    net.lose = lambda seen: seen.packet.type is ANSWER
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.12"), net.now)
    net.settle()
    answer = next(s.packet for s in net.seen if s.packet.type is ANSWER)
    wide = replace(answer, cies=(replace(answer.cies[0], prefix_length=24),))
    net.routers["spoke1"].engine.receive(TUNNEL, A("198.51.100.6"), encode(wide), net.now)
    assert net.shortcuts("spoke1") == {("10.255.0.12/32", "None")}


def test_station_may_purge_what_it_told_from_a_new_nbma_address() -> None:
    net = cloud()
    net.start()
    learnt(net)
    spoke = net.routers["spoke2"]
    spoke.engine.clear(N("10.2.0.0/24"), net.now)
    (purge,) = [e for e in spoke.engine.take() if isinstance(e, Send)]
    net.routers["spoke1"].engine.receive(TUNNEL, A("192.0.2.66"), purge.data, net.now)
    assert ("10.2.0.0/24", "10.255.0.12") not in net.shortcuts("spoke1")


def test_purge_for_somebody_else_is_passed_on() -> None:
    net = cloud()
    net.start()
    learnt(net)
    spoke = net.routers["spoke2"]
    spoke.engine.clear(N("10.2.0.0/24"), net.now)
    (purge,) = [e for e in spoke.engine.take() if isinstance(e, Send)]
    net.routers["hub"].engine.receive(TUNNEL, A("198.51.100.6"), purge.data, net.now)
    net.settle()
    assert ("10.2.0.0/24", "10.255.0.12") not in net.shortcuts("spoke1")


def test_removed_tunnel_takes_its_pending_purges_along() -> None:
    net = cloud()
    net.start()
    learnt(net)
    net.lose = everything
    spoke = net.routers["spoke2"]
    spoke.engine.clear(None, net.now)
    net.settle()
    spoke.engine.configure([], net.now)
    sent = len(net.seen)
    net.lose = nothing
    net.run(20)
    assert not [s for s in net.seen[sent:] if s.sender == "spoke2"]


# Routes that change


def test_override_follows_the_routing_table() -> None:
    net = cloud()
    net.start()
    learnt(net)
    router = net.routers["spoke1"]
    router.table.routes[N("10.2.0.0/24")] = (TUNNEL, HUB)
    router.engine.routes_changed(net.now)
    assert net.entries("spoke1")["10.2.0.0/24"].flags == ("router", "rib", "nho")
    del router.table.routes[N("10.2.0.0/24")]
    router.engine.routes_changed(net.now)
    assert net.entries("spoke1")["10.2.0.0/24"].flags == ("router", "rib")


def test_unchanged_routes_purge_nothing() -> None:
    net = cloud()
    net.start()
    learnt(net)
    for router in net.routers.values():
        router.engine.routes_changed(net.now)
    assert all(sent_by(router) == [] for router in net.routers.values())
    assert ("10.2.0.0/24", "10.255.0.12") in net.shortcuts("spoke1")


def test_shortcut_ends_when_its_destination_moves_off_the_cloud() -> None:
    net = cloud()
    net.start()
    learnt(net)
    router = net.routers["spoke1"]
    router.table.routes[N("10.2.0.0/24")] = (None, A("192.0.2.1"))
    router.engine.routes_changed(net.now)
    assert ("10.2.0.0/24", "10.255.0.12") not in net.shortcuts("spoke1")


def test_answer_for_our_own_tunnel_address_survives_a_route_change() -> None:
    net = cloud(shortcut=False)
    net.start()
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.12"), net.now)
    net.settle()
    assert net.entries("spoke2")["10.255.0.12/32"].flags == ("router", "unique", "local")
    net.routers["spoke2"].engine.routes_changed(net.now)
    assert sent_by(net.routers["spoke2"]) == []


def test_refresh_is_no_use_by_itself() -> None:
    """With a short holdtime too, an idle shortcut ends: two minutes after its last use."""
    net = cloud(holdtime=60)
    net.start()
    learnt(net)
    net.run(119)
    assert net.shortcuts("spoke1")
    net.run(121)
    assert net.shortcuts("spoke1") == set()


def test_station_asks_nobody_for_itself() -> None:
    net = cloud()
    net.start()
    net.routers["spoke1"].engine.neighbour_wanted(TUNNEL, A("10.255.0.11"), net.now)
    assert sent_by(net.routers["spoke1"]) == []
    assert list(net.entries("spoke1")) == ["10.255.0.1/32"]


# Logs


def test_shortcut_peer_is_logged_up_once_and_down() -> None:
    net = cloud()
    net.start()
    spoke = net.routers["spoke1"]
    spoke.log.clear()
    learnt(net)
    pair = "(Tunnel: 10.255.0.12 NBMA: 198.51.100.6) for (Tunnel: 10.255.0.11 NBMA: 198.51.100.2)"
    assert spoke.log == [f"%DMVPN-5-NHRP_NHP_UP: Tunnel0: Next Hop NHP : {pair} is UP"]
    net.traffic(["spoke1", "hub", "spoke2"], "10.1.0.10", "10.2.0.99")
    spoke.engine.clear(None, net.now)
    net.settle()
    down = f"%DMVPN-5-NHRP_NHP_DOWN: Tunnel0: Next Hop NHP : {pair} is DOWN, "
    assert spoke.log[1:] == [down + "Reason: External(NHRP: no error)"]


def test_expired_client_is_logged_down() -> None:
    net = cloud(1, holdtime=30)
    net.start()
    net.lose = everything
    net.run(31)
    assert net.routers["hub"].log[-1].startswith("%DMVPN-5-NHRP_NHC_DOWN: Tunnel0: Next Hop Client")


def test_question_of_our_own_that_comes_back_is_dropped() -> None:
    net = cloud()
    net.start()
    learnt(net)
    mine = encode(question(net))
    net.routers["spoke1"].engine.receive(TUNNEL, HUB_NBMA, mine, net.now)
    assert sent_by(net.routers["spoke1"]) == []


def test_hub_that_is_also_a_client_keeps_its_static_entry() -> None:
    """Two hubs, each the other's client: registration does not replace the configured map."""
    net = Net()
    second = A("203.0.113.6")
    net.add("hub1", hub_config(nhs=(NhsConfig(address=A("10.255.0.2"), nbma=second),)), {})
    net.add(
        "hub2",
        hub_config(
            address=IPv4Interface("10.255.0.2/24"),
            nbma_source=second,
            nhs=(NhsConfig(address=HUB, nbma=HUB_NBMA),),
        ),
        {},
    )
    net.start()
    net.run(2)
    assert net.nhs("hub1").responding
    assert net.nhs("hub2").responding
    assert net.entries("hub1")["10.255.0.2/32"].kind == "static"
