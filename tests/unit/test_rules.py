"""The design rules: for each a cloud that breaks it; none breaks a good one."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

import pytest

from dmvpn_auto.design import Ledger, Severity
from dmvpn_auto.design.rules import RULES, TOGETHER, all_rules, check_together
from tests.unit.intents import OLD, PSK, Raw, design, findings
from tests.unit.ipv6_clouds import BAD

E, W, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


@dataclass(frozen=True)
class Case:
    """A cloud that breaks `rule` at `where`."""

    rule: str
    where: str
    patch: Raw
    severity: Severity = E
    secrets: dict[str, str] = field(default_factory=dict)
    ledger: dict[str, str] = field(default_factory=dict)


def _spokes(count: int, **more: Any) -> Raw:
    return {f"s{n}": {"nbma": f"100.64.{n // 250}.{n % 250 + 1}", **more} for n in range(count)}


GCM = {"encryption": "gcm-256"}
TWO_HUBS = {"hub2": {"nbma": "203.0.113.6"}}
REGION: Raw = {
    "hub": {"lan": ["10.0.0.1/24"]},
    "east": {"nbma": "203.0.113.6", "upstream": ["hub"], "summaries": ["10.64.0.0/12"]},
}
MPLS: Raw = {"vrfs": {"BLUE": {"rd": "65000:1"}, "RED": {"rd": "65000:2"}}}
BGP: Raw = {"kind": "bgp", "asn": 64512, "provider_asn": 3320}
DNS = {"servers": ["192.0.2.53"]}
NAMED: Raw = {"hubs": {"hub": {"name": "hub.example.net"}}, "transport": {"dns": DNS}}
EBGP = {"kind": "ebgp", "hub_asn": 1, "spoke_asn": 2, "summaries": ["10.0.0.0/8"]}
TWINS: Raw = {
    "east": {"nbma": "203.0.113.6", "upstream": ["hub"], "summaries": ["10.64.0.0/12"]},
    "east2": {"nbma": "203.0.113.10", "upstream": ["hub"], "summaries": ["10.64.0.0/12"]},
}
EIGRP = {"kind": "eigrp-named", "asn": 100}
OSPF = {"kind": "ospf"}
RIP_SUPERNET = {"kind": "rip", "summaries": ["192.168.0.0/16"]}
SPECIFIC = {"kind": "ibgp", "asn": 65000}
WAN = {"address": "203.0.113.2/30", "gateway": "203.0.113.1"}
MANAGED: Raw = {
    "transport": {"manage": True},
    "hubs": {"hub": {"wan": WAN}},
    "spokes": {
        "spoke1": {"wan": {"address": "198.51.100.2/30", "gateway": "198.51.100.1"}},
        "spoke2": {"nbma": "dynamic", "wan": {"address": "dhcp"}},
    },
}


def _managed(**more: Any) -> Raw:
    from tests.unit.intents import changed

    return changed(more, MANAGED)


def _without_vrf(**more: Any) -> Raw:
    patch = _managed(**more)
    patch["transport"] |= {"front_vrf": None, "front_rd": None}
    return patch


def _free(section: str, place: str, *lines: str) -> Raw:
    return {"free": {section: {place: list(lines)}}}


def _list(*entries: str) -> Raw:
    lines = ["ip access-list extended OUTSIDE", *(f" {entry}" for entry in entries)]
    inside = ["ip access-group OUTSIDE in"]
    return {"free": {"wan": {"inside": inside}, "tunnel": {"before": lines}}}


CASES = [
    # who registers with whom, names
    Case("router-name-duplicate", "spokes/HUB", {"spokes": {"HUB": {"nbma": "100.64.0.1"}}}),
    Case("nhs-unknown", "spokes/spoke1/hubs", {"spokes": {"spoke1": {"hubs": ["hub", "hubb"]}}}),
    Case("nhs-unknown", "hubs/hub/upstream", {"hubs": {"hub": {"upstream": ["hub"]}}}),
    Case("group-unknown", "spokes/spoke1/group", {"spokes": {"spoke1": {"group": "fibre"}}}),
    Case(
        "group-unknown",
        "spokes/spoke1/site",
        {"sites": {"berlin": {}}, "spokes": {"spoke1": {"site": "belrin"}}},
    ),
    Case("tunnel-source-missing", "hubs/hub", {"transport": {"source": None}}),
    Case(
        "tunnel-source-is-tunnel",
        "spokes/spoke1/source",
        {"spokes": {"spoke1": {"source": "Tunnel0"}}},
    ),
    Case("phase1-one-hub", "spokes/spoke1/hubs", {"phase": 1, "hubs": TWO_HUBS}),
    Case("point-to-point-ends", "spokes", {"phase": 0}),
    Case(
        "point-to-point-ends",
        "spokes/spoke1/nbma",
        {"phase": 0, "spokes": {"spoke1": {"nbma": "dynamic"}, "spoke2": None}},
    ),
    Case("point-to-point-ends", "nhrp/authentication", {"phase": 0}, W),
    Case(
        "hierarchy-phase", "hubs/east/upstream", {"phase": 2, "hubs": REGION, "overlay": SPECIFIC}
    ),
    Case(
        "hierarchy-loop", "hubs/hub/upstream", {"hubs": {**REGION, "hub": {"upstream": ["east"]}}}
    ),
    Case("hierarchy-spoke-hubs", "spokes/spoke1", {"hubs": REGION}),
    Case(
        "nhs-cluster-limit",
        "nhrp/cluster_max_connections",
        {"nhrp": {"cluster_max_connections": 3}},
        W,
    ),
    Case("no-spokes", "hubs", {"spokes": None}, INFO),
    Case("waiver-unknown", "waive/psk-wildcrad", {"waive": {"psk-wildcrad": "typo"}}, W),
    Case(
        "waiver-unknown",
        "waive_checks/0/device",
        {"waive_checks": ({"check": "nhs", "device": "spoke99", "reason": "typo"},)},
        W,
    ),
    # hubs by name
    Case("nhs-name-servers", "hubs/hub/name", {"hubs": {"hub": {"name": "hub.example.net"}}}, W),
    Case("nhs-name-servers", "transport/dns", {"transport": {"dns": DNS}}, W),
    Case(
        "nhs-name-server-inside",
        "transport/dns/servers/1",
        {**NAMED, "transport": {"dns": {"servers": ["192.0.2.53", "10.1.0.9"]}}},
    ),
    Case(
        "nhs-name-server-inside",
        "transport/dns/servers/0",
        {**NAMED, "transport": {"dns": {"servers": ["10.255.0.9"]}}},
    ),
    Case("nhs-name-form", "hubs/hub/name", {**NAMED, "nhrp": {"nhs_style": "map"}}),
    Case("nhs-name-form", "hubs/hub/name", {**NAMED, "phase": 1}),
    Case("nhs-name-form", "nhrp/nhs_learnt", {"phase": 1, "nhrp": {"nhs_learnt": True}}),
    Case(
        "nhs-name-own-key",
        "spokes/spoke1/pre_shared_key",
        {**NAMED, "crypto": PSK, "spokes": {"spoke1": {"pre_shared_key": "env:OWN"}}},
        W,
    ),
    # MPLS over DMVPN
    Case("mpls-phase", "mpls", {"mpls": MPLS, "overlay": SPECIFIC, "phase": 2}),
    Case("mpls-phase", "mpls", {"mpls": MPLS, "overlay": SPECIFIC, "phase": 0}),
    Case("mpls-overlay", "overlay/kind", {"mpls": MPLS, "overlay": OSPF}),
    Case("mpls-overlay", "overlay/summaries", {"mpls": MPLS}),
    Case(
        "mpls-overlay",
        "transport/inside_vrf",
        {"mpls": MPLS, "overlay": SPECIFIC, "transport": {"inside_vrf": "X", "inside_rd": "1:9"}},
    ),
    Case(
        "mpls-vrf-unknown",
        "spokes/spoke1/vrf_lan/BLEU",
        {"mpls": MPLS, "spokes": {"spoke1": {"vrf_lan": {"BLEU": ["10.1.0.1/24"]}}}},
    ),
    Case("mpls-vrf-unknown", "mpls/vrfs/INET", {"mpls": {"vrfs": {"INET": {"rd": "1:9"}}}}),
    Case(
        "mpls-rd-duplicate",
        "mpls/vrfs/RED/rd",
        {"mpls": {"vrfs": {"BLUE": {"rd": "1:1"}, "RED": {"rd": "1:1"}}}},
    ),
    Case(
        "mpls-rd-duplicate", "mpls/vrfs/BLUE/rd", {"mpls": {"vrfs": {"BLUE": {"rd": "65000:99"}}}}
    ),
    Case(
        "mpls-ipv6",
        "mpls",
        {"mpls": MPLS, "overlay": SPECIFIC, "tunnel": {"ipv6_subnet": "2001:db8:ff::/64"}},
    ),
    Case(
        "mpls-ipv6",
        "spokes/spoke1/vrf_lan/BLUE",
        {
            "mpls": MPLS,
            "overlay": SPECIFIC,
            "spokes": {"spoke1": {"vrf_lan": {"BLUE": ["2001:db8:1::1/64"]}}},
        },
    ),
    Case("mpls-mtu", "tunnel/ip_mtu", {"mpls": MPLS, "overlay": SPECIFIC}, W),
    Case("ip-mtu-mss", "tunnel/ip_mtu", {"mpls": MPLS, "tunnel": {"ip_mtu": 1360}}, W),
    Case(
        "lan-overlap",
        "spokes/spoke2/vrf_lan/BLUE",
        {
            "mpls": MPLS,
            "spokes": {
                "spoke1": {"vrf_lan": {"BLUE": ["10.9.0.1/24"], "RED": ["10.9.0.1/24"]}},
                "spoke2": {"vrf_lan": {"BLUE": ["10.9.0.1/25"]}},
            },
        },
    ),
    # routing with the provider
    Case("provider-unmanaged", "transport/provider", {"transport": {"provider": BGP}}),
    Case(
        "provider-wan",
        "spokes/spoke2/wan/address",
        _managed(transport={"provider": {"kind": "rip"}}),
    ),
    Case(
        "provider-process",
        "transport/provider/process",
        _managed(transport={"provider": {"kind": "ospf", "process": 1}}, overlay=OSPF),
    ),
    Case(
        "provider-process",
        "transport/provider/kind",
        _managed(transport={"provider": {"kind": "rip"}}, overlay={"kind": "rip"}),
    ),
    Case(
        "provider-process",
        "transport/provider/kind",
        _without_vrf(transport={"provider": BGP}),
    ),
    Case(
        "provider-process",
        "transport/provider/kind",
        _managed(transport={"provider": BGP}, overlay={"kind": "odr"}, phase=1),
    ),
    Case(
        "provider-leak",
        "hubs/hub/wan/address",
        _without_vrf(
            transport={"provider": {"kind": "rip"}},
            tunnel={"subnet": "203.0.113.64/27"},
            hubs={"hub": {"tunnel_address": "203.0.113.65"}},
        ),
    ),
    Case(
        "provider-leak",
        "spokes/spoke1/wan/address",
        _without_vrf(
            transport={"provider": {"kind": "ospf"}},
            spokes={"spoke1": {"lan": ["198.51.100.1/24"]}},
        ),
    ),
    Case(
        "provider-rd",
        "transport/provider",
        {**_managed(), "transport": {"manage": True, "provider": BGP, "front_rd": None}},
    ),
    Case(
        "provider-as",
        "transport/provider/provider_asn",
        _managed(transport={"provider": {**BGP, "provider_asn": 64512}}),
    ),
    Case(
        "provider-as",
        "transport/provider/provider_asn",
        _managed(transport={"provider": {**BGP, "provider_asn": 65000}}),
    ),
    # free lines
    Case(
        "free-line-recursion",
        "free/routing/inside/0",
        {
            **_free("routing", "inside", "redistribute connected"),
            "transport": {"front_vrf": None, "front_rd": None},
        },
    ),
    Case(
        "free-tunnel-source",
        "free/tunnel/after/0",
        _free(
            "tunnel",
            "after",
            "interface Tunnel9",
            " tunnel source GigabitEthernet1",
            " tunnel mode gre multipoint",
            " tunnel key 100",
        ),
    ),
    Case("free-line-form", "free/tunnel/inside/0", _free("tunnel", "inside", "! a remark")),
    Case("free-line-form", "free/vrf/after/0", _free("vrf", "after", "end")),
    Case("free-line-form", "free/vrf/after/1", _free("vrf", "after", "ip cef", "write memory")),
    Case("free-line-form", "free/vrf/after/0", _free("vrf", "after", "banner motd ^C")),
    Case("free-line-form", "free/vrf/after/0", _free("vrf", "after", " match dscp ef")),
    Case(
        "free-line-form",
        "free/crypto/before/0",
        _free("crypto", "before", "crypto pki enroll DMVPN-CA"),
    ),
    *(
        Case(
            "free-line-secret",
            "spokes/spoke1/free/vrf/after/0",
            {"spokes": {"spoke1": _free("vrf", "after", line)}},
        )
        for line in (
            "username admin secret 9 $9$abc",
            "snmp-server community public RO",
            "enable password 7 0822455D0A16",
            "crypto isakmp key abc address 192.0.2.1",
            "tacacs-server host 192.0.2.1 key abc",
        )
    ),
    Case(
        "free-line-secret",
        "groups/g/free/routing/inside/0",
        {
            "groups": {"g": _free("routing", "inside", "neighbor 10.9.9.9 password abc")},
            "spokes": {"spoke1": {"group": "g"}},
        },
    ),
    Case("free-line-taken", "free/tunnel/inside/0", _free("tunnel", "inside", "ip mtu 1476")),
    Case(
        "free-line-taken",
        "sites/berlin/free/vrf/after/0",
        {
            "sites": {"berlin": _free("vrf", "after", "interface Tunnel0", " load-interval 30")},
            "spokes": {"spoke1": {"site": "berlin"}},
        },
    ),
    Case(
        "free-line-taken",
        "free/routing/inside/1",
        _free("routing", "inside", "address-family ipv4", " network 10.9.0.0"),
    ),
    Case(
        "free-line-elsewhere",
        "free/tunnel/inside/0",
        _free("tunnel", "inside", "ip route 10.0.0.0 255.0.0.0 Null0"),
    ),
    Case("free-line-elsewhere", "free/vrf/after/0", _free("vrf", "after", "load-interval 30")),
    Case("free-line-elsewhere", "free/vrf/inside/0", _free("vrf", "inside", "description x")),
    Case("free-section-absent", "free/wan", _free("wan", "inside", "negotiation auto")),
    Case(
        "free-section-absent",
        "hubs/hub/free/dns",
        {"hubs": {"hub": _free("dns", "after", "ip cef")}},
    ),
    Case("acl-lacks-tunnels", "free/wan/inside/0", _managed(**_list("deny ip any any")), W),
    Case(
        "acl-lacks-tunnels",
        "free/wan/inside/0",
        _managed(**_list("permit udp any any eq isakmp", "permit esp any any")),
        W,
    ),
    Case(
        "acl-lacks-tunnels",
        "free/wan/inside/0",
        _managed(**_free("wan", "inside", "ip access-group ELSEWHERE in")),
        W,
    ),
    # addresses
    Case(
        "tunnel-address-outside",
        "spokes/spoke1/tunnel_address",
        {"spokes": {"spoke1": {"tunnel_address": "10.254.0.9"}}},
    ),
    Case(
        "tunnel-address-outside",
        "spokes/spoke1/tunnel_address",
        {"spokes": {"spoke1": {"tunnel_address": "10.255.0.255"}}},
    ),
    Case(
        "tunnel-address-duplicate",
        "spokes/spoke2/tunnel_address",
        {
            "spokes": {
                "spoke1": {"tunnel_address": "10.255.0.9"},
                "spoke2": {"tunnel_address": "10.255.0.9"},
            }
        },
    ),
    Case(
        "tunnel-address-reserved",
        "spokes/spoke1/tunnel_address",
        {"spokes": {"spoke1": {"tunnel_address": "10.255.0.9"}}},
        ledger={"gone": "10.255.0.9"},
    ),
    Case(
        "nbma-address-duplicate",
        "spokes/spoke2/nbma",
        {"spokes": {"spoke2": {"nbma": "198.51.100.2"}}},
    ),
    Case(
        "nbma-in-tunnel-subnet",
        "spokes/spoke1/nbma",
        {"spokes": {"spoke1": {"nbma": "10.255.0.77"}}},
    ),
    Case("lan-overlap", "spokes/spoke2/lan", {"spokes": {"spoke2": {"lan": ["10.1.0.1/25"]}}}),
    Case(
        "lan-overlap",
        "spokes/spoke1/lan",
        {"spokes": {"spoke1": {"lan": ["10.1.0.1/24", "10.1.0.1/24"]}}},
    ),
    Case(
        "lan-overlaps-tunnel",
        "spokes/spoke1/lan",
        {"spokes": {"spoke1": {"lan": ["10.255.0.129/25"]}}},
    ),
    Case(
        "router-id-duplicate",
        "spokes/spoke2/router_id",
        {"spokes": {"spoke1": {"router_id": "1.1.1.1"}, "spoke2": {"router_id": "1.1.1.1"}}},
    ),
    # underlay
    Case("wan-missing", "spokes/spoke1", _managed(spokes={"spoke1": {"wan": None}})),
    Case("wan-missing", "hubs/hub/wan", {"hubs": {"hub": {"wan": WAN}}}, W),
    Case(
        "wan-nbma-differs",
        "spokes/spoke1/nbma",
        _managed(spokes={"spoke1": {"nbma": "198.51.100.9"}}),
    ),
    Case(
        "wan-nbma-differs",
        "hubs/hub/wan",
        _managed(hubs={"hub": {"wan": {"address": "dhcp", "gateway": None}}}),
    ),
    Case(
        "wan-nbma-differs",
        "spokes/spoke1/nbma",
        _managed(spokes={"spoke1": {"nbma": "dynamic"}}),
        W,
    ),
    Case(
        "wan-nbma-differs",
        "spokes/spoke2/nbma",
        _managed(spokes={"spoke2": {"nbma": "198.51.100.6"}}),
        W,
    ),
    Case(
        "wan-gateway", "spokes/spoke1/wan", _managed(spokes={"spoke1": {"wan": {"gateway": None}}})
    ),
    Case(
        "wan-gateway",
        "spokes/spoke1/wan/gateway",
        _managed(spokes={"spoke1": {"wan": {"gateway": "198.51.100.9"}}}),
    ),
    Case(
        "wan-gateway",
        "spokes/spoke2/wan/gateway",
        _managed(spokes={"spoke2": {"wan": {"gateway": "198.51.100.9"}}}),
    ),
    Case("wan-loopback", "spokes/spoke1", _managed(spokes={"spoke1": {"source": "Loopback0"}})),
    Case("acl-unmanaged", "transport/acl", {"transport": {"acl": "WAN-IN"}}),
    Case(
        "acl-blocks-enrollment",
        "crypto/trustpoint/enrollment_url",
        _managed(transport={"acl": "WAN-IN"}),
        W,
    ),
    Case(
        "gre-keepalive",
        "tunnel/keepalive",
        {
            "phase": 0,
            "tunnel": {"keepalive": {}},
            "crypto": {"kind": "none", "reason": "a lab"},
            "spokes": {"spoke2": None},
        },
    ),
    Case("acl-locks-out", "transport/acl", _managed(transport={"acl": "WAN-IN"}), W),
    Case(
        "hierarchy-overlay",
        "hubs/east/upstream",
        {"hubs": REGION, "overlay": {"kind": "static", "summaries": ["10.0.0.0/8"]}},
    ),
    Case(
        "hierarchy-overlay",
        "hubs/east/upstream",
        {"hubs": REGION, "overlay": {"kind": "rip", "summaries": ["10.0.0.0/8"]}},
    ),
    Case("hierarchy-overlay", "hubs/east/upstream", {"hubs": REGION, "overlay": {"kind": "odr"}}),
    Case("ebgp-asn", "hubs/east", {"hubs": REGION, "overlay": EBGP}),
    Case("ebgp-asn", "hubs/hub/asn", {"hubs": {"hub": {"asn": 9}}, "overlay": EBGP}),
    Case(
        "ebgp-asn",
        "hubs/east/asn",
        {"hubs": {**REGION, "east": {**REGION["east"], "asn": 2}}, "overlay": EBGP},
    ),
    Case("ebgp-asn", "hubs/hub/asn", {"hubs": {"hub": {"asn": 9}}}),
    Case(
        "hierarchy-twins",
        "hubs/east/lan",
        {
            "hubs": {
                **TWINS,
                "east": {**TWINS["east"], "lan": ["10.64.0.1/24"]},
            }
        },
    ),
    Case(
        "hierarchy-twins",
        "spokes/spoke1/hubs",
        {"hubs": TWINS, "spokes": {"spoke1": {"hubs": ["east"], "lan": ["10.65.0.1/24"]}}},
    ),
    Case(
        "hierarchy-overlay",
        "hubs/east/upstream",
        {"hubs": REGION, "overlay": {**OSPF, "network_type": "broadcast"}},
    ),
    Case(
        "static-one-hub",
        "overlay/kind",
        {"hubs": TWO_HUBS, "overlay": {"kind": "static", "summaries": ["10.0.0.0/8"]}},
        W,
    ),
    Case("ospf-area-type", "overlay/lan_area", {"overlay": {**OSPF, "area": 1, "lan_area": 2}}),
    Case("hub-nat", "hubs/hub/nat", {"hubs": {"hub": {"nat": True}}}, W),
    Case("rd-without-vrf", "transport/front_rd", {"transport": {"front_vrf": None}}, W),
    Case("rd-without-vrf", "transport/inside_rd", {"transport": {"inside_rd": "1:1"}}, W),
    Case(
        "rd-duplicate",
        "transport/inside_rd",
        {"transport": {"inside_vrf": "BLUE", "inside_rd": "65000:99"}},
    ),
    Case(
        "front-vrf-absent", "transport", {"transport": {"front_vrf": None, "front_rd": None}}, INFO
    ),
    # tunnel and NHRP
    Case("nhrp-authentication-form", "nhrp/authentication", {}, secrets={"env:NHRP": "ninechars"}),
    Case("nhrp-authentication-form", "nhrp/authentication", {}, secrets={"env:NHRP": "a b"}),
    Case("nhrp-authentication-form", "nhrp/authentication", {}, secrets={"env:NHRP": "what?"}),
    Case(
        "nhrp-authentication-is-psk",
        "crypto/pre_shared_key",
        {"crypto": {"kind": "ikev2-psk", "pre_shared_key": "env:NHRP"}},
    ),
    Case(
        "nhrp-authentication-is-psk",
        "spokes/spoke1/pre_shared_key",
        {"crypto": PSK, "spokes": {"spoke1": {"pre_shared_key": "env:OWN"}}},
        secrets={"env:NHRP": "samesame", "env:OWN": "samesame"},
    ),
    Case(
        "nhrp-authentication-clear-text",
        "nhrp/authentication",
        {"crypto": {"kind": "none", "reason": "a lab"}},
        INFO,
    ),
    Case(
        "nhrp-holdtime-registration",
        "nhrp/registration_timeout",
        {"nhrp": {"holdtime": 60, "registration_timeout": 30}},
        W,
    ),
    Case(
        "nhrp-holdtime-registration",
        "nhrp/registration_timeout",
        {"nhrp": {"holdtime": 60, "registration_timeout": 60}},
    ),
    Case(
        "nhrp-holdtime-dynamic",
        "nhrp/holdtime",
        {"nhrp": {"holdtime": 7200}, "spokes": {"spoke1": {"nbma": "dynamic"}}},
        W,
    ),
    Case(
        "nhrp-unique-dynamic",
        "nhrp/no_unique",
        {"nhrp": {"no_unique": False}, "spokes": {"spoke1": {"nbma": "dynamic"}}},
        W,
    ),
    Case("ip-mtu-mss", "tunnel/ip_mtu", {"tunnel": {"ip_mtu": 1360}}, W),
    Case(
        "ip-mtu-mss",
        "tunnel/ip_mtu",
        {"tunnel": {"ip_mtu": 1473}, "crypto": {"kind": "none", "reason": "a lab"}},
        W,
    ),
    Case("ip-mtu-mss", "tunnel/tcp_mss", {"tunnel": {"tcp_mss": "off"}}, W),
    Case("ip-mtu-mss", "tunnel/tcp_mss", {"tunnel": {"tcp_mss": 1300}}, W),
    Case("ip-mtu-mss", "tunnel/tcp_mss", {"tunnel": {"tcp_mss": 1400}}),
    Case("tcp-mss-range", "tunnel/ip_mtu", {"tunnel": {"ip_mtu": 9000}}),
    Case("tunnel-bandwidth-default", "tunnel", {"tunnel": {"bandwidth": None}}, INFO),
    Case(
        "tunnel-bandwidth-default", "tunnel", {"tunnel": {"bandwidth": None}, "overlay": EIGRP}, W
    ),
    Case("gre-keepalive", "tunnel/keepalive", {"tunnel": {"keepalive": {}}}),
    Case(
        "gre-keepalive",
        "tunnel/keepalive",
        {"tunnel": {"keepalive": {}}, "crypto": {"kind": "none", "reason": "a lab"}},
    ),
    Case(
        "if-state-static", "tunnel", {"overlay": {"kind": "static", "summaries": ["10.0.0.0/8"]}}, W
    ),
    Case("bfd-half", "tunnel/bfd", {"tunnel": {"bfd": {}}}, W),
    Case("bfd-half", "overlay/bfd", {"overlay": {"bfd": True}}),
    Case(
        "qos-group-unknown",
        "spokes/spoke1/qos_group",
        {"qos": {"groups": {"SMALL": "PM"}}, "spokes": {"spoke1": {"qos_group": "small"}}},
    ),
    Case("qos-group-unused", "qos/groups/SMALL", {"qos": {"groups": {"SMALL": "PM"}}}, INFO),
    # protection
    Case("crypto-none", "crypto", {"crypto": {"kind": "none", "reason": "a lab"}}, W),
    Case("crypto-weak", "crypto/ipsec/encryption", {"crypto": {"ipsec": {"encryption": "3des"}}}),
    Case("crypto-weak", "crypto/encryption", {"crypto": {"encryption": "des"}}),
    Case("crypto-weak", "crypto/dh_group", {"crypto": {"dh_group": 2}}),
    Case("crypto-weak", "crypto/ipsec/pfs_group", {"crypto": {"ipsec": {"pfs_group": 5}}}),
    Case("crypto-weak", "crypto/hash", {"crypto": {**OLD, "hash": "md5"}}),
    Case(
        "crypto-weak",
        "crypto/hash",
        {"crypto": {**OLD, "hash": "md5", "allow_weak_crypto": "old routers"}},
        INFO,
    ),
    Case("crypto-aging", "crypto/dh_group", {"crypto": {"dh_group": 14}}, W),
    Case("crypto-aging", "crypto/hash", {"crypto": {**OLD, "hash": "sha1"}}, W),
    Case("crypto-gcm-integrity", "crypto/integrity", {"crypto": {"integrity": "sha256"}}),
    Case(
        "crypto-gcm-integrity",
        "crypto/ipsec/integrity",
        {"crypto": {"ipsec": {"integrity": "sha256"}}},
    ),
    Case("ipsec-tunnel-mode", "crypto/ipsec/mode", {"crypto": {"ipsec": {"mode": "tunnel"}}}, W),
    Case("ipsec-no-pfs", "crypto/ipsec", {"crypto": {**PSK, "ipsec": {"pfs_group": None}}}, INFO),
    Case("dpd-absent", "crypto", {"crypto": {**PSK, "dpd": None}}, W),
    Case(
        "dpd-periodic",
        "crypto/dpd/mode",
        {"crypto": {"dpd": {"mode": "periodic"}}, "spokes": _spokes(120)},
        INFO,
    ),
    Case("psk-wildcard", "crypto/pre_shared_key", {"crypto": PSK}, W),
    Case("psk-missing", "spokes/spoke1", {"crypto": {"kind": "ikev2-psk"}}),
    Case("psk-missing", "crypto", {"crypto": {"kind": "ikev2-psk"}}),
    Case(
        "psk-own-key-dynamic",
        "spokes/spoke1/pre_shared_key",
        {"crypto": PSK, "spokes": {"spoke1": {"nbma": "dynamic", "pre_shared_key": "env:OWN"}}},
    ),
    Case(
        "psk-unused",
        "spokes/spoke1/pre_shared_key",
        {"spokes": {"spoke1": {"pre_shared_key": "env:OWN"}}},
    ),
    Case(
        "secret-file",
        "crypto/pre_shared_key",
        {"crypto": {**PSK, "pre_shared_key": "file:keys/psk"}},
        W,
    ),
    Case(
        "secret-file",
        "spokes/spoke1/pre_shared_key",
        {"crypto": PSK, "spokes": {"spoke1": {"pre_shared_key": "file:keys/spoke1"}}},
        W,
    ),
    Case("psk-short", "crypto/pre_shared_key", {"crypto": PSK}, W, secrets={"env:PSK": "short"}),
    Case(
        "certificate-key-size",
        "crypto/trustpoint/key_size",
        {"crypto": {"trustpoint": {"key": "ec"}}},
    ),
    Case(
        "certificate-key-size",
        "crypto/trustpoint/key",
        {
            "crypto": {
                "kind": "ikev1-certificate",
                "trustpoint": {"enrollment_url": "http://192.0.2.10", "key": "ec", "key_size": 256},
            }
        },
    ),
    Case("certificate-clock", "crypto/trustpoint", {}, INFO),
    Case(
        "certificate-revocation",
        "crypto/trustpoint/revocation",
        {"crypto": {"trustpoint": {"revocation": "none"}}},
        W,
    ),
    Case("ikev1", "crypto/kind", {"crypto": OLD}, W),
    Case("ikev1-gcm", "crypto/ipsec/encryption", {"crypto": {**OLD, "ipsec": GCM}}, W),
    Case(
        "shared-unprotected",
        "tunnel/shared",
        {"tunnel": {"shared": True}, "crypto": {"kind": "none", "reason": "a lab"}},
    ),
    # overlay
    Case("phase2-summary", "overlay/summaries", {"phase": 2}),
    Case(
        "phase2-summary",
        "overlay/to_spokes",
        {"phase": 2, "overlay": {**SPECIFIC, "to_spokes": "default"}},
    ),
    Case(
        "phase2-summary",
        "hubs/hub/summaries",
        {"phase": 2, "overlay": SPECIFIC, "hubs": {"hub": {"summaries": ["10.0.0.0/8"]}}},
    ),
    Case("summary-missing", "hubs/hub", {"overlay": {**SPECIFIC, "to_spokes": "summary"}}),
    Case(
        "summary-unused",
        "hubs/hub/summaries",
        {
            "overlay": {**SPECIFIC, "to_spokes": "default"},
            "hubs": {"hub": {"summaries": ["10.0.0.0/8"]}},
        },
        W,
    ),
    Case("summary-unused", "overlay/summaries", {"overlay": {"to_spokes": "default"}}, W),
    Case(
        "regional-summary",
        "hubs/east",
        {"hubs": {"east": {"nbma": "203.0.113.6", "upstream": ["hub"]}}},
        W,
    ),
    Case(
        "summary-coverage",
        "spokes/spoke1/lan",
        {"spokes": {"spoke1": {"lan": ["192.168.1.1/24"]}}},
        W,
    ),
    Case(
        "default-route-recursion",
        "overlay",
        {"transport": {"front_vrf": None}, "overlay": {**SPECIFIC, "to_spokes": "default"}},
        W,
    ),
    Case(
        "default-route-recursion",
        "overlay",
        _without_vrf(overlay={**SPECIFIC, "to_spokes": "default"}),
    ),
    Case(
        "default-route-recursion",
        "overlay",
        _without_vrf(
            transport={"provider": {"kind": "ospf"}}, overlay={**SPECIFIC, "to_spokes": "default"}
        ),
        W,
    ),
    Case(
        "default-route-recursion",
        "overlay",
        _without_vrf(transport={"provider": BGP}, overlay={"kind": "rip", "to_spokes": "default"}),
    ),
    Case(
        "default-route-recursion",
        "overlay",
        _without_vrf(
            transport={"provider": {**BGP, "accept": "all"}},
            overlay={"kind": "rip", "to_spokes": "default"},
        ),
        W,
    ),
    Case(
        "overlay-covers-nbma",
        "overlay/summaries",
        {"transport": {"front_vrf": None}, "overlay": {"summaries": ["0.0.0.0/1", "128.0.0.0/1"]}},
    ),
    Case(
        "overlay-covers-nbma",
        "spokes/spoke1/lan",
        {"transport": {"front_vrf": None}, "spokes": {"spoke1": {"lan": ["198.51.100.1/24"]}}},
    ),
    Case("odr-phase2", "overlay/kind", {"phase": 2, "overlay": {"kind": "odr"}}),
    Case("odr-phase2", "overlay/kind", {"overlay": {"kind": "odr"}}, W),
    Case(
        "static-scale",
        "overlay/kind",
        {
            "overlay": {"kind": "static"},
            "spokes": {
                f"s{n}": {"nbma": f"100.64.0.{n + 1}", "lan": [f"10.1.{n}.1/24"]}
                for n in range(101)
            },
        },
        W,
    ),
    Case("rip-scale", "overlay/kind", {"overlay": {"kind": "rip"}, "spokes": _spokes(60)}, W),
    Case("inside-vrf-overlay", "transport", {"transport": {"inside_vrf": "BLUE"}}),
    Case(
        "inside-vrf-overlay",
        "transport/inside_vrf",
        {"transport": {"inside_vrf": "INET", "inside_rd": "1:1"}},
    ),
    Case(
        "inside-vrf-overlay",
        "overlay/kind",
        {"transport": {"inside_vrf": "BLUE"}, "overlay": {"kind": "rip"}},
    ),
    # EIGRP and OSPF
    Case(
        "phase2-next-hop-self",
        "overlay/next_hop_self",
        {"phase": 2, "overlay": {**EIGRP, "next_hop_self": True}},
    ),
    Case(
        "phase3-next-hop-kept",
        "overlay/next_hop_self",
        {"overlay": {**EIGRP, "next_hop_self": False}},
        W,
    ),
    Case(
        "eigrp-split-horizon",
        "overlay/split_horizon",
        {"overlay": {**EIGRP, "split_horizon": True}},
    ),
    Case(
        "eigrp-split-horizon",
        "overlay/split_horizon",
        {
            "overlay": {**EIGRP, "split_horizon": True, "summaries": ["10.0.0.0/8"]},
            "hubs": REGION,
            "spokes": {"spoke1": {"hubs": ["hub"]}, "spoke2": {"hubs": ["east"]}},
        },
    ),
    Case(
        "eigrp-default-discard",
        "overlay/to_spokes",
        {"overlay": {**EIGRP, "to_spokes": "default"}},
        W,
    ),
    Case(
        "eigrp-hubs-summary",
        "overlay",
        {"overlay": {**EIGRP, "summaries": ["10.0.0.0/8"]}, "hubs": TWO_HUBS},
        W,
    ),
    Case("rip-summary-classful", "overlay/summaries", {"overlay": RIP_SUPERNET}),
    Case(
        "rip-announces-wan",
        "hubs/hub/nbma",
        {
            "overlay": {"kind": "rip"},
            "transport": {"front_vrf": None, "front_rd": None},
            "hubs": {"hub": {"nbma": "10.200.0.2"}},
        },
    ),
    Case("eigrp-not-stub", "overlay/stub", {"overlay": {**EIGRP, "stub": False}}, W),
    Case("eigrp-timers", "overlay/hold", {"overlay": {**EIGRP, "hold": 40}}, W),
    Case("eigrp-timers", "overlay/hold", {"overlay": {**EIGRP, "hold": 20}}),
    Case("ospf-phase2-type", "overlay/network_type", {"phase": 2, "overlay": OSPF}),
    Case(
        "ospf-point-to-point",
        "overlay/network_type",
        {"overlay": {**OSPF, "network_type": "point-to-point"}},
    ),
    Case(
        "ospf-phase1-type",
        "overlay/network_type",
        {"phase": 1, "overlay": {**OSPF, "network_type": "broadcast"}},
    ),
    Case(
        "ospf-many-hubs-broadcast",
        "hubs",
        {
            "phase": 2,
            "overlay": {**OSPF, "network_type": "broadcast"},
            "hubs": {**TWO_HUBS, "hub3": {"nbma": "203.0.113.10"}},
        },
        W,
    ),
    Case("ospf-timers", "overlay/dead", {"overlay": {**OSPF, "dead": 15}}, W),
    Case("ospf-timers", "overlay/dead", {"overlay": {**OSPF, "dead": 10}}),
    Case("ospf-summary", "overlay/to_spokes", {"overlay": {**OSPF, "to_spokes": "summary"}}),
    Case("ospf-summary", "overlay/summaries", {"overlay": {**OSPF, "summaries": ["10.0.0.0/8"]}}),
    Case("ospf-summary", "overlay/to_spokes", {"overlay": {**OSPF, "to_spokes": "summary"}}),
    Case("ospf-area-type", "overlay/area_type", {"overlay": {**OSPF, "area_type": "stub"}}),
    Case(
        "ospf-area-type",
        "hubs/hub",
        {"overlay": {**OSPF, "area": 1, "area_type": "stub"}, "hubs": {"hub": {"lan": []}}},
        W,
    ),
    Case(
        "ospf-area-type",
        "overlay/area_type",
        {"overlay": {**OSPF, "area": 1, "area_type": "nssa", "to_spokes": "default"}},
        W,
    ),
    Case(
        "ospf-backbone-parted",
        "overlay/area",
        {
            "overlay": {**OSPF, "area": 1},
            "hubs": {"hub2": {"nbma": "203.0.113.6", "lan": ["10.3.0.1/24"]}},
        },
        W,
    ),
    Case(
        "ospf-large-area",
        "overlay/kind",
        {
            "tunnel": {"subnet": "10.254.0.0/16"},
            "hubs": {"hub": {"tunnel_address": "10.254.0.1"}},
            "overlay": OSPF,
            "spokes": _spokes(301),
        },
        W,
    ),
    # BGP
    Case("bgp-timers", "overlay/holdtime", {"overlay": {"keepalive": 30, "holdtime": 60}}, W),
    Case("bgp-timers", "overlay/holdtime", {"overlay": {"keepalive": 60, "holdtime": 60}}),
    Case("bgp-listen-limit", "overlay/listen_limit", {"overlay": {"listen_limit": 1}}, W),
    Case("ebgp-asn", "spokes/spoke1", {"overlay": {"kind": "ebgp", "hub_asn": 1}}),
    Case(
        "ebgp-asn", "overlay/spoke_asn", {"overlay": {"kind": "ebgp", "hub_asn": 1, "spoke_asn": 1}}
    ),
    Case("ebgp-asn", "spokes/spoke1/asn", {"spokes": {"spoke1": {"asn": 65001}}}),
    Case(
        "ebgp-asn",
        "spokes/spoke1/asn",
        {
            "overlay": {"kind": "ebgp", "hub_asn": 1, "spoke_asn": 2},
            "spokes": {"spoke1": {"asn": 3}},
        },
    ),
    Case(
        "ebgp-same-as",
        "overlay/allowas_in",
        {"overlay": {"kind": "ebgp", "hub_asn": 1, "spoke_asn": 2, "allowas_in": False}},
    ),
    Case(
        "hub-scale",
        "hubs/hub",
        {
            "tunnel": {"subnet": "10.240.0.0/16"},
            "hubs": {"hub": {"tunnel_address": "10.240.0.1"}},
            "spokes": _spokes(2001),
        },
        INFO,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}@{c.where}")
def test_a_bad_cloud_is_found_by_name(case: Case) -> None:
    book = Ledger({name: IPv4Address(a) for name, a in case.ledger.items()})
    found = [f for f in findings(case.patch, book, case.secrets) if f.rule == case.rule]
    assert (case.where, case.severity) in [(f.where, f.severity) for f in found]
    for finding in found:
        assert finding.message
        assert finding.fix
        assert finding.source


def test_a_good_cloud_has_no_finding() -> None:
    assert [f.rule for f in findings()] == ["certificate-clock"]


@pytest.mark.parametrize(
    ("rule", "patch"),
    [
        ("if-state-static", {"phase": 1, "overlay": {"kind": "odr"}}),
        (
            "eigrp-split-horizon",
            {
                "phase": 0,
                "overlay": {**EIGRP, "split_horizon": True},
                "spokes": {"spoke2": None},
                "nhrp": {"authentication": None},
            },
        ),
        (
            "eigrp-default-discard",
            {
                **_without_vrf(),
                "overlay": {**EIGRP, "to_spokes": "default"},
            },
        ),
        ("eigrp-hubs-summary", {"overlay": EIGRP, "hubs": TWO_HUBS}),
        ("rip-summary-classful", {"overlay": {"kind": "rip", "summaries": ["172.16.0.0/16"]}}),
        (
            "rip-announces-wan",
            {"overlay": {"kind": "rip"}, "hubs": {"hub": {"nbma": "10.200.0.2"}}},
        ),
    ],
)
def test_a_rule_leaves_a_cloud_alone_to_which_it_does_not_apply(rule: str, patch: Raw) -> None:
    assert rule not in {finding.rule for finding in findings(patch)}


def test_every_rule_has_a_bad_cloud() -> None:
    known = {case.rule for case in CASES} | {rule for rule, *_ in BAD}
    assert {rule.id for rule in RULES} == known


def test_every_rule_explains_itself() -> None:
    ids = [rule.id for rule in all_rules()]
    assert len(set(ids)) == len(ids)
    for rule in all_rules():
        assert rule.reason().endswith("."), rule.id
        assert "\n" not in rule.reason()
        assert len(rule.reason()) < 220, rule.id


def test_a_secret_file_that_can_be_used_is_no_finding() -> None:
    patch = {"crypto": {**PSK, "pre_shared_key": "file:keys/psk"}}
    found = findings(patch, secrets={"file:keys/psk": "x" * 32})
    assert "secret-file" not in {finding.rule for finding in found}


def test_a_waived_finding_is_information_with_its_reason() -> None:
    waived = {"crypto": PSK, "waive": {"psk-wildcard": "certificates come in spring"}}
    (found,) = [f for f in findings(waived) if f.rule == "psk-wildcard"]
    assert found.severity is INFO
    assert "certificates come in spring" in found.message


def test_secret_values_are_in_no_finding() -> None:
    values = {"env:PSK": "canary-7f3", "env:NHRP": "canary-7f3"}
    found = findings({"crypto": PSK}, secrets=values)
    assert {"nhrp-authentication-is-psk", "nhrp-authentication-form", "psk-short"} <= {
        f.rule for f in found
    }
    assert "canary" not in repr(found)


SECOND: Raw = {
    "tunnel": {"interface": "Tunnel1", "subnet": "10.254.0.0/24", "key": 200, "shared": True},
    "nhrp": {"network_id": 200},
    "hubs": {"hub": None, "hub2": {"nbma": "203.0.113.6"}},
    "spokes": {"spoke1": {"router_id": "10.255.0.2"}, "spoke2": {"router_id": "10.255.0.3"}},
}
BOTH_HUBS: Raw = {"hubs": {"hub": {"nbma": "203.0.113.2", "router_id": "10.255.0.1"}}}
TWO = [
    ("tunnel-interface-taken", "tunnel/interface", {"tunnel": {"interface": "Tunnel0"}}),
    ("tunnel-subnets-overlap", "tunnel/subnet", {"tunnel": {"subnet": "10.255.0.128/25"}}),
    ("tunnel-key-ambiguous", "tunnel/key", {"tunnel": {"key": 100}}),
    ("tunnel-key-ambiguous", "tunnel/key", {"tunnel": {"key": None}}),
    ("tunnel-not-shared", "tunnel/shared", {"tunnel": {"shared": False}}),
    ("shared-profile-differs", "crypto/name", {"crypto": {"name": "OTHER"}}),
    ("crypto-name-taken", "crypto/name", {"crypto": {"dh_group": 19}}),
    ("network-id-shared", "nhrp/network_id", {"nhrp": {"network_id": 100}}),
    ("process-router-id", "spokes/spoke1/router_id", {"spokes": {"spoke1": {"router_id": None}}}),
    ("bgp-two-as", "spokes/spoke1", {"overlay": {"asn": 65001}}),
    (
        "bgp-two-as",
        "spokes/spoke1",
        _managed(overlay={"kind": "ospf"}, transport={"provider": BGP}, hubs={"hub": None}),
    ),
    ("peer-group-taken", "overlay/peer_group", {**BOTH_HUBS, "overlay": {"keepalive": 10}}),
    (
        "wan-differs",
        "spokes/spoke1/wan",
        _managed(transport={"acl": "WAN-IN"}, hubs={"hub": None}),
    ),
]


def _both(patch: Raw) -> dict[str, Any]:
    from dataclasses import replace

    from tests.unit.intents import changed

    first = replace(design(_managed(tunnel={"shared": True})), name="a")
    second = replace(design(changed(patch, SECOND)), name="b")
    return check_together([first, second])


@pytest.mark.parametrize(("rule", "where", "patch"), TWO, ids=[f"{r}@{w}" for r, w, _ in TWO])
def test_two_clouds_that_disturb_each_other_are_found(rule: str, where: str, patch: Raw) -> None:
    found = _both(patch)
    assert found["a"] == ()
    assert (rule, where) in [(f.rule, f.where) for f in found["b"]]


def test_two_clouds_that_fit_have_no_finding() -> None:
    assert _both({}) == {"a": (), "b": ()}


def test_every_rule_between_clouds_has_a_case() -> None:
    assert {rule.id for rule in TOGETHER} == {rule for rule, _, _ in TWO}


@pytest.mark.parametrize(
    ("rule", "patch", "message"),
    [
        ("nhs-unknown", {"spokes": {"spoke1": {"hubs": ["hubb"]}}}, "did you mean 'hub'?"),
        (
            "group-unknown",
            {"groups": {"dsl": {}}, "spokes": {"spoke1": {"group": "dls"}}},
            "spoke1: no group 'dls'; did you mean 'dsl'?",
        ),
        (
            "group-unknown",
            {"sites": {"berlin": {}}, "spokes": {"spoke1": {"site": "belrin"}}},
            "spoke1: no site 'belrin'; did you mean 'berlin'?",
        ),
        (
            "group-unknown",
            {"groups": {"dsl": {}}, "spokes": {"spoke1": {"group": "fibre"}}},
            "spoke1: no group 'fibre'",
        ),
        ("waiver-unknown", {"waive": {"psk-wildcrad": "typo"}}, "did you mean 'psk-wildcard'?"),
        (
            "waiver-unknown",
            {"waive_checks": [{"check": "nhs", "device": "spoke11", "reason": "typo"}]},
            "did you mean 'spoke1'?",
        ),
        (
            "qos-group-unknown",
            {"qos": {"groups": {"SMALL": "PM"}}, "spokes": {"spoke1": {"qos_group": "small"}}},
            "did you mean 'SMALL'?",
        ),
        (
            "mpls-vrf-unknown",
            {"mpls": MPLS, "spokes": {"spoke1": {"vrf_lan": {"RDE": ["10.9.0.1/24"]}}}},
            "did you mean 'RED'?",
        ),
    ],
)
def test_a_name_that_does_not_exist_leads_to_the_nearest(
    rule: str, patch: Raw, message: str
) -> None:
    said = [found.message for found in findings(patch) if found.rule == rule]
    assert len(said) == 1
    assert said[0].endswith(message)


@pytest.mark.parametrize(
    "patch",
    [
        {"overlay": {**OSPF, "area": 1}, "hubs": TWO_HUBS},
        {"overlay": OSPF, "hubs": {"hub2": {"nbma": "203.0.113.6", "lan": ["10.3.0.1/24"]}}},
        {
            "overlay": {**OSPF, "area": 1},
            "hubs": {"east": {**REGION["east"], "lan": ["10.9.0.1/24"]}},
        },
    ],
    ids=["one hub has prefixes", "the tunnels are area 0", "the other hub is a regional one"],
)
def test_a_backbone_in_one_piece_is_none_in_two(patch: Raw) -> None:
    assert "ospf-backbone-parted" not in {found.rule for found in findings(patch)}


def test_on_demand_routing_goes_with_a_static_wan() -> None:
    patch = _managed(transport={"provider": {"kind": "static"}}, overlay={"kind": "odr"}, phase=1)
    assert "provider-process" not in {found.rule for found in findings(patch)}


def _other_tunnel(*lines: str) -> Raw:
    return _free("tunnel", "after", "interface Tunnel9", *(f" {line}" for line in lines))


_MANY = ("tunnel source GigabitEthernet1", "tunnel mode gre multipoint")
_SHIELD = "tunnel protection ipsec profile DMVPN-IPSEC"
_TO_HUB = "ip route 203.0.113.0 255.255.255.0"
_SHARED: Raw = {"tunnel": {"shared": True}}


@pytest.mark.parametrize(
    ("found", "rule", "patch"),
    [
        (True, "free-line-recursion", _free("routing", "inside", "redistribute connected")),
        (
            False,
            "free-line-recursion",
            _free("routing", "inside", "redistribute connected route-map LANS"),
        ),
        (False, "free-line-recursion", _free("routing", "absent", "redistribute connected")),
        (True, "free-line-recursion", _free("tunnel", "after", f"{_TO_HUB} Tunnel0")),
        (True, "free-line-recursion", _free("tunnel", "after", f"{_TO_HUB} 10.255.0.1")),
        (False, "free-line-recursion", _free("tunnel", "after", f"{_TO_HUB} 198.51.100.1")),
        (
            False,
            "free-line-recursion",
            _free("tunnel", "after", "ip route 10.99.0.0 255.255.0.0 Tunnel0"),
        ),
        (True, "free-tunnel-source", _other_tunnel(*_MANY, "tunnel key 100")),
        (False, "free-tunnel-source", _other_tunnel(*_MANY, "tunnel key 101")),
        (True, "free-tunnel-source", _other_tunnel(*_MANY, "tunnel key 101", _SHIELD)),
        (False, "free-tunnel-source", _other_tunnel("tunnel source GigabitEthernet2", _SHIELD)),
        (True, "free-tunnel-source", _other_tunnel(*_MANY, "tunnel key 9", f"{_SHIELD} shared")),
        (
            False,
            "free-tunnel-source",
            {**_other_tunnel(*_MANY, "tunnel key 101", f"{_SHIELD} shared"), **_SHARED},
        ),
        (
            True,
            "free-tunnel-source",
            {**_other_tunnel(*_MANY, "tunnel key 101", _SHIELD), **_SHARED},
        ),
    ],
)
def test_free_lines_that_lead_packets_astray(found: bool, rule: str, patch: Raw) -> None:
    flat = {**patch, "transport": {"front_vrf": None, "front_rd": None}}
    assert (rule in {finding.rule for finding in findings(flat)}) is found
    if rule == "free-line-recursion":
        assert rule not in {finding.rule for finding in findings(patch)}


@pytest.mark.parametrize(("key", "mtu"), [(100, 1472), (None, 1476), (100, 1450)])
def test_plain_gre_may_fill_what_it_leaves_of_a_packet(key: int | None, mtu: int) -> None:
    crypto = {"kind": "none", "reason": "a lab"}
    patch = {"crypto": crypto, "tunnel": {"ip_mtu": mtu, "key": key}}
    assert "ip-mtu-mss" not in {found.rule for found in findings(patch)}


def test_the_key_of_a_plain_tunnel_is_for_its_two_ends() -> None:
    patch = {"phase": 0, "crypto": PSK, "spokes": {"spoke2": None}}
    assert "psk-wildcard" not in {found.rule for found in findings(patch)}
    made = [router.crypto for router in design(patch).routers]
    assert [getattr(crypto, "pre_shared_key", "?") for crypto in made] == [None, None]


@pytest.mark.parametrize(
    ("patch", "then"),
    [
        ({}, "learn it beside"),
        ({"hubs": TWO_HUBS}, "do not learn it"),
        ({"overlay": {"kind": "static", "summaries": ["10.0.0.0/8"]}}, "do not learn it"),
        ({"overlay": {**EIGRP, "summaries": ["10.0.0.0/8"]}, "hubs": TWO_HUBS}, "learn it beside"),
    ],
)
def test_what_no_summary_covers_is_told_beside_it_or_not_at_all(patch: Raw, then: str) -> None:
    outside = {**patch, "spokes": {"spoke1": {"lan": ["192.168.1.1/24"]}}}
    said = [f.message for f in findings(outside) if f.rule == "summary-coverage"]
    assert said == [f"192.168.1.0/24 of spoke1 is in no summary: spokes {then}"]
