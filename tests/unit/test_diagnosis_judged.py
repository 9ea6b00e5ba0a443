"""More faults in the words of routers, from the catalogue and not from the rules."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.render import placeholder, render
from tests.unit.cloud_model import OSPF, ModelCloud, make_cloud
from tests.unit.test_diagnosis_written import (
    ALL_IKE,
    CONFIGURATION,
    HUB,
    LOG,
    SPOKE,
    Case,
    _dmvpn,
    _eigrp,
    _flow,
    _run,
    _said,
)

ALL_NHRP = dict.fromkeys(ALL_IKE, "NHRP")
NOBODY = "\nNeighbor ID     Pri   State           Dead Time   Address         Interface\n"


def _ospf() -> CloudDesign:
    cloud = make_cloud()
    routers = tuple(
        replace(r, overlay=replace(OSPF, router_id=IPv4Address(str(r.tunnel.address.ip))))
        for r in cloud.routers
    )
    return replace(cloud, routers=routers)


def _down(source: str) -> str:
    return (
        f"GigabitEthernet1 is {source}, line protocol is down \n  Hardware is CSR vNIC\n"
        "  Internet address is 198.51.100.6/30\n"
    )


JUDGED = {
    "2.1: the interface below the tunnel is down": (Case(
        "spoke2", "", {"spoke2": "INTF"},
        {("spoke2", "show interfaces GigabitEthernet1"): _down("down"),
         ("spoke2", "show interfaces Tunnel0"): "Tunnel0 is up, line protocol is down \n"
         "  Hardware is Tunnel\n  Tunnel source 198.51.100.6 (GigabitEthernet1)\n"
         "  Tunnel protocol/transport multi-GRE/IP\n    Key 0x64, sequencing disabled\n",
         ("spoke2", "show dmvpn"): _dmvpn(
            "Spoke", "     1 203.0.113.2          10.255.0.1  INTF 00:00:20     S")},
    ), "starts from is down", True),
    "2.1: somebody shut the tunnel": (Case(
        "spoke2", "", {}, {}, {"spoke2": (" tunnel key 100\n", " tunnel key 100\n shutdown\n")},
    ), "shut", True),
    "2.3: an own key that differs": (Case(
        "spoke2", "", {"spoke2": "IKE"}, {},
        {"spoke2": ("pre-shared-key", "pre-shared-key 0 other !")},
    ), "key", False),
    "2.3: another group in the proposal": (Case(
        "spoke2", "", {"spoke2": "IKE"}, {}, {"spoke2": (" group 19\n", " group 14\n")},
    ), "group", False),
    "2.3: the map names another NBMA address": (Case(
        "spoke2", "", {"spoke2": "IKE"},
        {("spoke2", "show dmvpn"): _dmvpn(
            "Spoke", "     1 203.0.113.77        10.255.0.1   IKE    never     S")},
        {"spoke2": (f"nbma {HUB}", "nbma 203.0.113.77")},
    ), "203.0.113.77", True),
    "2.8: another transform set": (Case(
        "spoke2", "", {"spoke2": "IPSEC"}, {},
        {"spoke2": ("esp-gcm 256", "esp-aes 256 esp-sha256-hmac")},
    ), "transform", True),
    "2.11: no tunnel key on a spoke": (Case(
        "spoke2", "", {"spoke2": "NHRP"},
        {("hub", "show crypto ipsec sa"): _flow(SPOKE, HUB, 0, 9),
         ("spoke2", "show crypto ipsec sa"): _flow(HUB, SPOKE, 9, 0)},
        {"spoke2": (" tunnel key 100\n", "")},
    ), "tunnel key", True),
    "2.11: another tunnel key at the hub": (Case(
        "hub", "", ALL_NHRP, {}, {"hub": (" tunnel key 100\n", " tunnel key 101\n")},
    ), "tunnel key", True),
    "1.5: no network-id on a spoke": (Case(
        "spoke2", "", {"spoke2": "NHRP"},
        {("spoke2", "show dmvpn"): _dmvpn("Spoke"),
         ("spoke2", "show ip nhrp nhs detail"):
         "Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic\n",
         ("spoke2", "show crypto ikev2 sa"): " IPv4 Crypto IKEv2  SA \n",
         ("spoke2", "show crypto ipsec sa"): ""},
        {"spoke2": (" ip nhrp network-id 1\n", "")},
    ), "network-id", True),
    "2.4: the hub's tunnel is point-to-point": (Case(
        "hub", "", ALL_IKE, {}, {"hub": (" tunnel mode gre multipoint\n", "")},
    ), "multipoint", True),
    "3.4: OSPF stops at EXSTART": (Case(
        "spoke2", "", {},
        {("hub", "show ip ospf neighbor Tunnel0"): NOBODY +
         "10.255.0.12   0   EXSTART/  -     00:00:39    10.255.0.12    Tunnel0\n"
         "10.255.0.11   0   FULL/  -        00:00:39    10.255.0.11    Tunnel0\n"
         "10.255.0.13   0   FULL/  -        00:00:39    10.255.0.13    Tunnel0\n",
         ("spoke2", "show ip ospf neighbor Tunnel0"): NOBODY +
         "10.255.0.1    0   EXCHANGE/  -    00:00:39    10.255.0.1     Tunnel0\n"},
        {"spoke2": (" ip mtu 1400\n", " ip mtu 1300\n")}, _ospf(),
    ), "mtu", True),
    "3.3: OSPF point-to-point on the hub": (Case(
        "hub", "", {},
        {("hub", "show ip ospf neighbor Tunnel0"): NOBODY +
         "10.255.0.13   0   FULL/  -        00:00:39    10.255.0.13    Tunnel0\n",
         ("spoke1", "show ip ospf neighbor Tunnel0"): NOBODY,
         ("spoke2", "show ip ospf neighbor Tunnel0"): NOBODY},
        {"hub": (" ip ospf network point-to-multipoint\n", " ip ospf network point-to-point\n")},
        _ospf(),
    ), "point-to-point", True),
    "3.7: one router ID on two spokes": (Case(
        "spoke2", "", {}, {},
        {"spoke2": (" bgp router-id 10.255.0.12\n", " bgp router-id 10.255.0.11\n")},
        also=("spoke1",),
    ), "router", True),
    "4.1: no redirect at the hub": (Case(
        "hub", "", {}, {}, {"hub": (" ip nhrp redirect\n", "")},
    ), "redirect", True),
    "4.2: no shortcut on a spoke": (Case(
        "spoke2", "", {}, {}, {"spoke2": (" ip nhrp shortcut\n", "")},
    ), "shortcut", True),
    "3.1: EIGRP and no multicast from a spoke": (Case(
        "spoke2", "", {},
        {("spoke2", "show ip eigrp neighbors"): "EIGRP-IPv4 Neighbors for AS(100)\n",
         ("spoke2", "show ip nhrp multicast"): "  I/F     NBMA address\n",
         ("hub", LOG): _said("%DUAL-5-NBRCHANGE: EIGRP-IPv4 100: Neighbor 10.255.0.12 (Tunnel0) is "
                             "down: retry limit exceeded")},
        {}, _eigrp(make_cloud()),
    ), "multicast", True),
    "3.9: another AS on a spoke": (Case(
        "spoke2", "", {},
        {("spoke2", "show ip bgp summary"): "BGP router identifier 10.255.0.12, local AS number "
         "65000\n10.255.0.1  4  65001  0  0  1  0  0 never  Idle\n"},
        {"spoke2": (" remote-as 65000\n", " remote-as 65001\n")},
    ), "65001", True),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_the_right_cause_is_first_and_no_wrong_one_is_sure(name: str) -> None:
    case, word, sure = JUDGED[name]
    model = ModelCloud(case.design or make_cloud())
    if word == "shut":
        model.shut.add("spoke2")
    found = _run(case, model)
    said = [(f.device, f.rule, f.confidence, f.cause) for f in found.findings]
    assert said, name
    first = found.findings[0]
    assert first.device in {case.device, *case.also}, said
    assert word in (first.cause + " ".join(map(str, first.fix))).lower() or word in first.cause, (
        said
    )
    assert not sure or first.confidence >= 0.7, said
    others = [f for f in found.findings[1:] if f.confidence >= 0.7]
    assert {f.device for f in others} <= {case.device, *case.also}, said
    assert all(f.fix or f.next for f in found.findings)


@pytest.mark.parametrize("design", [_ospf(), make_cloud()], ids=["OSPF", "BGP"])
def test_a_configuration_that_is_cut_off_makes_nobody_sure(design: CloudDesign) -> None:
    model = ModelCloud(design)
    for router in design.routers:
        text = render(router, placeholder)
        model.extra[router.name, CONFIGURATION] = text[: len(text) // 2]
    assert not [f for f in _run(Case("", "", design=design), model).findings if f.confidence >= 0.7]
