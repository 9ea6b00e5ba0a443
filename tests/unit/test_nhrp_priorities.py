"""Next-hop servers with priorities, clusters and a maximum of connections, as IOS chooses."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any

from dmvpn_auto.lab.nhrp.config import NhsConfig
from dmvpn_auto.lab.nhrp.packet import PacketType
from tests.unit.nhrp_net import TUNNEL, A, Net, hub_config, spoke_config

NBMAS = {"hub1": A("203.0.113.2"), "hub2": A("203.0.113.6"), "hub3": A("203.0.113.10")}


def hubs(clusters: dict[str, tuple[int, int]], **changes: Any) -> Net:
    """One spoke and three hubs; `clusters` gives (cluster, priority) of each hub."""
    net = Net()
    servers = []
    for number, (name, nbma) in enumerate(NBMAS.items(), 1):
        address = IPv4Interface(f"10.255.0.{number}/24")
        net.add(name, hub_config(address=address, nbma_source=nbma), {})
        cluster, priority = clusters[name]
        servers.append(
            NhsConfig(
                address=address.ip, nbma=nbma, multicast=True, cluster=cluster, priority=priority
            )
        )
    net.add("spoke1", spoke_config(1, nhs=tuple(servers), **changes), {})
    net.start()
    return net


def states(net: Net) -> dict[str, str]:
    found = net.routers["spoke1"].engine.servers(net.now)
    return {
        name: ("W" if one.waiting else "") + ("R" if one.responding else "")
        + ("E" if one.expecting else "")
        for name, one in zip(NBMAS, found, strict=True)
    }  # fmt: skip


def lose(net: Net, *names: str) -> None:
    net.lose = lambda seen: bool({seen.sender, seen.receiver} & set(names))


ONE = {"hub1": (0, 2), "hub2": (0, 1), "hub3": (0, 3)}


def test_without_a_maximum_all_are_registered_at() -> None:
    assert states(hubs(ONE)) == {"hub1": "RE", "hub2": "RE", "hub3": "RE"}


def test_only_the_preferred_is_registered_at_and_gets_multicast() -> None:
    net = hubs(ONE, max_connections=((0, 1),))
    assert states(net) == {"hub1": "W", "hub2": "RE", "hub3": "W"}
    net.run(2000)
    assert {row[2] for row in net.transcript(PacketType.REGISTRATION_REQUEST)} == {"hub2"}
    assert net.routers["spoke1"].engine.multicast()[TUNNEL] == (NBMAS["hub2"],)


def test_the_next_takes_over_until_the_preferred_is_back() -> None:
    net = hubs(ONE, max_connections=((0, 1),))
    lose(net, "hub2")
    net.run(300)
    assert states(net) == {"hub1": "RE", "hub2": "E", "hub3": "W"}
    lose(net, "hub2", "hub1")
    net.run(300)
    assert states(net) == {"hub1": "E", "hub2": "E", "hub3": "RE"}
    lose(net)
    net.run(100)
    assert states(net) == {"hub1": "W", "hub2": "RE", "hub3": "W"}
    log = " ".join(net.routers["spoke1"].log)
    assert log.count("NHRP_NHS_DOWN") == 3
    assert "NBMA: 203.0.113.10) for (Tunnel: 10.255.0.11 NBMA: 198.51.100.2) is UP" in log


def test_a_lost_sa_makes_the_next_take_over_at_once() -> None:
    net = hubs(ONE, max_connections=((0, 1),))
    lose(net, "hub2")
    net.routers["spoke1"].engine.peer_down(NBMAS["hub2"], net.now)
    net.settle()
    assert states(net) == {"hub1": "RE", "hub2": "E", "hub3": "W"}


def test_others_are_left_only_after_the_fallback_time() -> None:
    net = hubs(ONE, max_connections=((0, 1),), fallback=30)
    lose(net, "hub2")
    net.run(300)
    lose(net)
    while states(net)["hub2"] != "RE":
        net.run(1)
    net.run(25)
    assert states(net) == {"hub1": "RE", "hub2": "RE", "hub3": "W"}
    net.run(10)
    assert states(net) == {"hub1": "W", "hub2": "RE", "hub3": "W"}


def test_each_cluster_has_its_own_maximum() -> None:
    clusters = {"hub1": (1, 1), "hub2": (1, 2), "hub3": (2, 9)}
    net = hubs(clusters, max_connections=((1, 1), (2, 1)))
    assert states(net) == {"hub1": "RE", "hub2": "W", "hub3": "RE"}
    net = hubs(clusters, max_connections=((1, 2),))
    assert states(net) == {"hub1": "RE", "hub2": "RE", "hub3": "RE"}


def test_a_changed_maximum_is_followed() -> None:
    net = hubs(ONE, max_connections=((0, 1),))
    spoke = net.routers["spoke1"]
    spoke.engine.configure([spoke_config(1, nhs=spoke.config.nhs)], net.now)
    net.settle()
    assert states(net) == {"hub1": "RE", "hub2": "RE", "hub3": "RE"}
    spoke.engine.configure([spoke.config], net.now)
    net.settle()
    assert states(net) == {"hub1": "W", "hub2": "RE", "hub3": "W"}


def test_a_question_goes_to_a_server_that_answers() -> None:
    net = hubs(ONE, max_connections=((0, 1),))
    spoke = net.routers["spoke1"].engine
    lose(net, "hub2")
    net.run(300)
    spoke.neighbour_wanted(TUNNEL, A("10.255.0.12"), net.now)
    net.settle()
    asked = net.transcript(PacketType.RESOLUTION_REQUEST)
    assert asked[0][1:3] == ("spoke1", "hub1")
