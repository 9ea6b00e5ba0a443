"""Faults of tunnels over IPv6, with IPv6 alone inside, and with both families, from both ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from dmvpn_auto.cli.diagnose import intended
from dmvpn_auto.design.types import Family
from dmvpn_auto.verify.diagnosis import Diagnosis, collect, diagnose, texts
from tests.golden import designs
from tests.unit.printed_cloud import LEGEND, PrintedCloud, logged

DUAL, DUAL_OSPF = "ipv6-dual-stack-ibgp", "ipv6-phase2-dual-stack-ospf"
ALONE, ALONE_EIGRP = "ipv6-overlay-ibgp", "ipv6-overlay-eigrp-named"
OVER, OVER_IKEV1 = "ipv6-transport-ikev2-psk", "ipv6-transport-ikev1-psk"
EVERYWHERE = "ipv6-everywhere-ospfv3-certificate"
LOG, CONFIGURATION = "show logging", "show running-config"
Lines = Mapping[str, tuple[tuple[str, str], ...]]
NOBODY = "Neighbor ID     Pri   State           Dead Time   Interface ID    Interface\n"


@dataclass(frozen=True)
class Case:
    """What is broken in which cell, and what must be said of it."""

    cell: str
    device: str
    rule: str
    state: Mapping[str, str] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    said: Mapping[tuple[str, str], str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    lost: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    families: tuple[Family, ...] = ("ipv6",)
    alone: bool = False  # nothing else may be found
    words: tuple[str, ...] = ()  # what must stand in the fix, or in the next probe


def _spoke(*changes: tuple[str, str], device: str = "spoke1") -> Lines:
    return {device: changes}


CASES = {
    "both: the string of IPv6 alone differs": Case(
        DUAL, "spoke1", "authentication", {"spoke1 ipv6": "NHRP"},
        _spoke((" ipv6 nhrp authentication <env:DMVPN_NHRP>", " ipv6 nhrp authentication other")),
        words=(" ipv6 nhrp authentication <env:DMVPN_NHRP>", "clear ipv6 nhrp 2001:db8:ff::1"),
    ),
    "both: NHRP of IPv6 alone is off": Case(
        DUAL, "spoke1", "spoke-network-id-missing", {"spoke1 ipv6": "absent"},
        _spoke((" ipv6 nhrp network-id 100\n", "")), alone=True,
        words=(" ipv6 nhrp network-id 100",),
    ),
    "both: NHRP of both families is off": Case(
        DUAL, "spoke1", "spoke-network-id-missing", {"spoke1": "absent"},
        _spoke((" ipv6 nhrp network-id 100\n", ""), (" ip nhrp network-id 100\n", "")),
        families=("ipv4", "ipv6"),
        words=(" ip nhrp network-id 100", " ipv6 nhrp network-id 100"),
    ),
    "both: one key for all that is inside": Case(
        DUAL, "spoke1", "pre-shared-key", {"spoke1": "IKE"},
        _spoke(("pre-shared-key <env:DMVPN_PSK>", "pre-shared-key other")),
        families=("ipv4", "ipv6"), words=("  pre-shared-key <env:DMVPN_PSK>",),
    ),
    "both: no redirects for IPv6": Case(
        DUAL, "hub1", "redirect-missing", {}, _spoke((" ipv6 nhrp redirect\n", ""), device="hub1"),
        words=(" ipv6 nhrp redirect",),
    ),
    "both: no shortcuts for IPv6": Case(
        DUAL, "spoke2", "shortcut-missing", {},
        _spoke((" ipv6 nhrp shortcut\n", ""), device="spoke2"), words=(" ipv6 nhrp shortcut",),
    ),
    "both: no size for IPv6": Case(
        DUAL, "spoke1", "mtu", {}, _spoke((" ipv6 mtu 1400\n", "")),
        words=(" ipv6 mtu 1400",),
    ),
    "both: the segments of IPv6 are too long": Case(
        DUAL, "spoke1", "mtu", {}, _spoke(("ipv6 tcp adjust-mss 1340", "ipv6 tcp adjust-mss 1440")),
        words=(" ipv6 tcp adjust-mss 1340",),
    ),
    "both: the WAN of a spoke is dead": Case(
        DUAL, "spoke1", "underlay-broken", {"spoke1": "IKE"},
        silent=frozenset({"spoke1", "hub1", "hub2"}), families=("ipv4", "ipv6"),
    ),
    "both: OSPFv3 alone hears nothing": Case(
        DUAL_OSPF, "spoke1", "ospf-parameters", {},
        _spoke(("ospfv3 10 ipv6 area 1", "ospfv3 10 ipv6 area 7")),
        {("spoke1", "show ospfv3 neighbor Tunnel0"): NOBODY}, words=(" ospfv3 10 ipv6 area 1",),
    ),
    "alone: a server that is none": Case(
        ALONE, "spoke1", "wrong-nhs-address", {"spoke1": "NHRP"},
        _spoke(("ipv6 nhrp nhs 2001:DB8:FF::1 ", "ipv6 nhrp nhs 2001:DB8:FF::99 ")),
        {("spoke1", "show dmvpn"): LEGEND + "\nInterface: Tunnel0, IPv6 NHRP Details \n"
         "Type:Spoke, Total NBMA Peers (v4/v6): 1\n    1.Peer NBMA Address: 203.0.113.1\n"
         "        Tunnel IPv6 Address: 2001:DB8:FF::99\n"
         "        IPv6 Target Network: 2001:DB8:FF::99/128\n"
         "        # Ent: 1, Status: NHRP, UpDn Time: never, Cache Attrib: S\n"},
        words=(" no ipv6 nhrp nhs 2001:DB8:FF::99 ", " ipv6 nhrp nhs 2001:DB8:FF::1 "),
    ),
    "alone: a neighbor of another AS": Case(
        ALONE, "spoke1", "bgp-as", {},
        _spoke(("2001:DB8:FF::1 remote-as 65000", "2001:DB8:FF::1 remote-as 65009")),
        {("spoke1", "show bgp ipv6 unicast summary"): "BGP router identifier 10.0.0.2, local AS "
         "number 65000\n2001:DB8:FF::1\n         4  65009  0  0  1  0  0 never  Idle\n"},
        words=(" neighbor 2001:DB8:FF::1 remote-as 65000", "clear bgp ipv6 unicast *"),
    ),
    "alone: the hub does not listen to the subnet": Case(
        ALONE, "hub1", "bgp-listen-range", {},
        _spoke(("range 2001:DB8:FF::/64", "range 2001:DB8:FE::/64"), device="hub1"),
        {(name, "show bgp ipv6 unicast summary"): "BGP router identifier 10.0.0.9, local AS number "
         "65000\n2001:DB8:FF::1\n         4  65000  0  0  1  0  0 never  Active\n"
         for name in ("spoke1", "spoke2")} | {("hub1", "show bgp ipv6 unicast summary"):
         "BGP router identifier 10.0.0.1, local AS number 65000\n"},
        words=(" bgp listen range 2001:DB8:FF::/64 peer-group ",),
    ),
    "alone: a router that does not route IPv6": Case(
        ALONE, "spoke1", "ipv6-routing-off", {}, _spoke(("ipv6 unicast-routing\n", "")),
        words=("ipv6 unicast-routing",),
    ),
    "alone: split horizon": Case(
        ALONE_EIGRP, "hub", "split-horizon", {},
        _spoke(("   no split-horizon\n", ""), device="hub"),
        words=("   no split-horizon",),
    ),
    "alone: another EIGRP AS": Case(
        ALONE_EIGRP, "spoke1", "eigrp-parameters", {},
        _spoke(("autonomous-system 100", "autonomous-system 200")),
        {("spoke1", "show ipv6 eigrp neighbors"): "EIGRP-IPv6 VR(DMVPN) Address-Family Neighbors "
         "for AS(200)\n"},
        words=(" no address-family ipv6 unicast autonomous-system 200",
               " address-family ipv6 unicast autonomous-system 100", "   hello-interval 20",
               "   exit"),
    ),
    "alone: two routers with one link-local address": Case(
        ALONE_EIGRP, "spoke2", "duplicate-tunnel-address", {},
        _spoke((" ipv6 address FE80::3 link-local", " ipv6 address FE80::2 link-local"),
               device="spoke2"), words=(" ipv6 address FE80::3 link-local",),
    ),
    "alone: an address that somebody else answers for": Case(
        ALONE, "spoke1", "ipv6-duplicate-address", {"spoke1": "INTF"}, {},
        {("spoke1", LOG): logged("%IPV6_ND-4-DUPLICATE: Duplicate address 2001:DB8:FF::2 on "
                                 "Tunnel0")},
        words=("show ipv6 interface Tunnel0",),
    ),
    "over: the keyring holds IPv4 only": Case(
        OVER, "spoke1", "pre-shared-key", {"spoke1": "IKE"},
        _spoke(("  address ::/0", "  address 0.0.0.0 0.0.0.0")), families=("ipv4",),
        words=("clear crypto session remote 2001:db8:0:1::1",),
    ),
    "over: another key of IKEv1": Case(
        OVER_IKEV1, "spoke1", "pre-shared-key", {"spoke1": "IKE"},
        _spoke(("crypto isakmp key <env:DMVPN_PSK_1> address", "crypto isakmp key other address")),
        families=("ipv4",), words=("crypto isakmp key <env:DMVPN_PSK_1> address ipv6 ",),
    ),
    "over: the hub is looked for elsewhere": Case(
        OVER, "spoke1", "wrong-hub-nbma", {"spoke1": "IKE"},
        _spoke(("nbma hub.example.net", "nbma 2001:DB8:0:1::77")),
        {("spoke1", "show dmvpn"): LEGEND + "\nInterface: Tunnel0, IPv4 NHRP Details \n"
         "Type:Spoke, NHRP Peers:1, \n\n     1 2001:DB8:0:1::77\n"
         "                              10.0.0.1   IKE    never     S\n"},
        families=("ipv4",), words=(" ip nhrp nhs 10.0.0.1 nbma hub.example.net multicast",),
    ),
    "over: the tunnel wants IPv4 below": Case(
        OVER, "spoke1", "spoke-tunnel-mode", {"spoke1": "INTF"},
        _spoke(("tunnel mode gre multipoint ipv6", "tunnel mode gre multipoint")),
        families=("ipv4",), words=(" tunnel mode gre multipoint ipv6",),
    ),
    "over: an access list without ESP": Case(
        OVER, "spoke1", "acl-blocks-esp", {"spoke1": "NHRP"},
        _spoke((" sequence 30 permit esp any host 2001:DB8:0:2::1\n", "")),
        lost={"spoke1": (90, 0)}, families=("ipv4",),
        words=("ipv6 access-list WAN-IN", " sequence 1 permit esp any any"),
    ),
    "over: an access list without IKE": Case(
        OVER, "spoke1", "acl-blocks-ike", {"spoke1": "IKE"},
        _spoke((" sequence 10 permit udp any host 2001:DB8:0:2::1 eq isakmp\n", "")),
        families=("ipv4",), words=("ipv6 access-list WAN-IN",),
    ),
    "over: the hub's list says so in its log": Case(
        OVER, "hub", "acl-blocks-esp", {"spoke1": "NHRP"}, {},
        {("hub", LOG): logged("%IPV6_ACL-6-ACCESSLOGNP: list WAN/20 denied 50 2001:DB8:0:2::1 -> "
                              "2001:DB8:0:1::1, 9 packets")},
        lost={"spoke1": (0, 90)}, families=("ipv4",), words=("ipv6 access-list WAN",),
    ),
    "over: ESP is lost on the way": Case(
        OVER, "spoke1", "path-blocks-esp", {"spoke1": "NHRP"}, {}, lost={"spoke1": (0, 0)},
        families=("ipv4",), words=("show crypto ipsec sa",),
    ),
    "everywhere: another tunnel key": Case(
        EVERYWHERE, "spoke1", "tunnel-key", {"spoke1": "NHRP"},
        _spoke((" tunnel key 100", " tunnel key 101")), words=(" tunnel key 100",),
    ),
    "everywhere: the hub sends no multicast": Case(
        EVERYWHERE, "hub", "hub-multicast-missing", {},
        _spoke((" ipv6 nhrp map multicast dynamic\n", ""), device="hub"),
        {(name, "show ospfv3 neighbor Tunnel0"): NOBODY for name in ("hub", "spoke1", "spoke2")}
        | {("hub", "show ipv6 nhrp multicast"): "  I/F     NBMA address\n"},
        words=(" ipv6 nhrp map multicast dynamic", "clear ipv6 nhrp 2001:db8:ff::2"),
    ),
    "everywhere: OSPFv3 stops for its size": Case(
        EVERYWHERE, "spoke1", "ospf-mtu", {}, _spoke((" ipv6 mtu 1380", " ipv6 mtu 1300")),
        {("hub", "show ospfv3 neighbor Tunnel0"): NOBODY +
         "10.0.0.2        0   EXSTART/  -     00:00:33    17              Tunnel0\n"
         "10.0.0.3        0   FULL/  -        00:00:33    17              Tunnel0\n",
         ("spoke1", "show ospfv3 neighbor Tunnel0"): NOBODY +
         "10.0.0.1        0   EXCHANGE/  -    00:00:33    17              Tunnel0\n"},
        words=(" ipv6 mtu 1380",),
    ),
}  # fmt: skip


def _run(case: Case) -> Diagnosis:
    cloud = designs.design(case.cell)
    model = PrintedCloud(
        cloud, dict(case.state), dict(case.lines), dict(case.said),
        silent=set(case.silent), lost=dict(case.lost),
    )  # fmt: skip
    seen = collect(cloud, model, [router.name for router in cloud.routers])
    return diagnose(cloud, texts(seen), intended(cloud))


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named_first_for_its_family(name: str) -> None:
    case = CASES[name]
    found = _run(case).findings
    said = [(f.device, f.rule, f.families, round(f.confidence, 2), f.cause) for f in found]
    assert said, name
    first = found[0]
    assert (first.device, first.rule, first.families) == (case.device, case.rule, case.families), (
        said
    )
    assert first.proven
    assert {f.device for f in found if f.confidence >= 0.7} <= {case.device}, said
    assert len(found) == 1 or not case.alone, said
    once = [line for line in first.fix if line[1].strip() != "exit"]
    assert len(once) == len(set(once)), "what both families have alike is typed once"
    typed = [command for _, command in (*first.fix, *first.next)]
    for words in case.words:
        assert any(line.startswith(words) for line in typed), (words, typed)
