"""Clouds with IPv6: good ones, and for each rule about IPv6 those that break it."""

from __future__ import annotations

from tests.unit.intents import OLD, PSK, Raw, changed

SUBNET = "2001:db8:ff::/64"
DUAL: Raw = {
    "tunnel": {"ipv6_subnet": SUBNET},
    "overlay": {"summaries": ["10.0.0.0/8", "2001:db8::/32"]},
    "hubs": {"hub": {"lan": ["10.0.0.1/24", "2001:db8:100::1/64"]}},
    "spokes": {"spoke1": {"lan": ["10.1.0.1/24", "2001:db8:1::1/64"]}},
}
ALONE: Raw = {
    "tunnel": {"subnet": None, "ipv6_subnet": SUBNET},
    "overlay": {"summaries": ["2001:db8::/32"]},
    "hubs": {"hub": {"tunnel_address": None, "lan": ["2001:db8:100::1/64"]}},
    "spokes": {
        "spoke1": {"lan": ["2001:db8:1::1/64"]},
        "spoke2": {"lan": ["2001:db8:2::1/64"]},
    },
}
NBMA: Raw = {
    "crypto": {"trustpoint": {"enrollment_url": "http://[2001:db8:0:10::1]:80"}},
    "hubs": {"hub": {"nbma": "2001:db8:0:1::1"}},
    "spokes": {"spoke1": {"nbma": "2001:db8:0:2::1"}, "spoke2": {"nbma": "dynamic"}},
}
OVER: Raw = NBMA
EVERYWHERE: Raw = changed(NBMA, ALONE)
OSPF: Raw = {"kind": "ospf"}
WAN: Raw = changed(
    {
        "transport": {"manage": True},
        "hubs": {"hub": {"wan": {"address": "2001:db8:0:1::1/64", "gateway": "fe80::1"}}},
        "spokes": {
            "spoke1": {
                "wan": {"address": "2001:db8:0:2::1/64", "gateway": "2001:db8:0:2::2"},
            },
            "spoke2": {"wan": {"address": "autoconfig"}},
        },
    },
    NBMA,
)
GOOD = {
    "dual-stack": DUAL,
    "IPv6 alone": ALONE,
    "IPv4 over IPv6": OVER,
    "IPv6 over IPv6": EVERYWHERE,
    "managed WAN": WAN,
    "addresses given": changed(
        {
            "hubs": {"hub": {"tunnel_ipv6_address": "2001:db8:ff::53", "link_local": "fe80::53"}},
            "spokes": {"spoke1": {"router_id": "192.0.2.1"}},
        },
        DUAL,
    ),
    "OSPF of both families": changed({"overlay": OSPF}, DUAL),
    "EIGRP over IPv4 without a front-door VRF": changed(
        {
            "transport": {"front_vrf": None, "front_rd": None},
            "overlay": {"kind": "eigrp-named", "asn": 100, "summaries": ["2001:db8::/32"]},
        },
        ALONE,
    ),
}
"""Clouds in which nothing is wrong."""

ERROR, WARNING = "error", "warning"
BAD: list[tuple[str, str, Raw, str]] = [
    ("nbma-family-mixed", "spokes/spoke1/nbma", {"spokes": {"spoke1": {"nbma": "2001:db8::9"}}},
     ERROR),
    ("nbma-family-mixed", "spokes/spoke1/nbma",
     changed({"spokes": {"spoke1": {"nbma": "198.51.100.2"}}}, OVER), ERROR),
    ("nbma-family-mixed", "spokes/spoke1/wan/address",
     changed({"spokes": {"spoke1": {"wan": {"address": "198.51.100.2/30"}}}}, WAN), ERROR),
    ("nbma-family-mixed", "spokes/spoke2/wan/address",
     changed({"spokes": {"spoke2": {"wan": {"address": "negotiated"}}}}, WAN), ERROR),
    ("nat-ipv6", "hubs/hub/nat", changed({"hubs": {"hub": {"nat": True}}}, OVER), ERROR),
    ("ipv6-overlay-kind", "overlay/kind",
     changed({"overlay": {"kind": "eigrp", "asn": 100}}, DUAL), ERROR),
    ("ipv6-overlay-kind", "overlay/kind", changed({"overlay": {"kind": "rip"}}, ALONE), ERROR),
    ("ipv6-overlay-kind", "overlay/kind", changed({"overlay": {"kind": "odr"}}, ALONE), ERROR),
    ("family-absent", "spokes/spoke1/lan", {"spokes": {"spoke1": {"lan": ["2001:db8:1::/64"]}}},
     ERROR),
    ("family-absent", "spokes/spoke1/lan",
     changed({"spokes": {"spoke1": {"lan": ["10.1.0.0/24"]}}}, ALONE), ERROR),
    ("family-absent", "overlay/summaries", {"overlay": {"summaries": ["2001:db8::/32"]}}, ERROR),
    ("family-absent", "hubs/hub/summaries", {"hubs": {"hub": {"summaries": ["2001:db8::/32"]}}},
     ERROR),
    ("family-absent", "hubs/hub/tunnel_ipv6_address",
     {"hubs": {"hub": {"tunnel_ipv6_address": "2001:db8::1"}}}, ERROR),
    ("family-absent", "hubs/hub/link_local", {"hubs": {"hub": {"link_local": "fe80::1"}}}, ERROR),
    ("family-absent", "hubs/hub/tunnel_address",
     changed({"hubs": {"hub": {"tunnel_address": "10.255.0.1"}}}, ALONE), ERROR),
    ("family-absent", "tunnel/ipv6_mtu", {"tunnel": {"ipv6_mtu": 1400}}, ERROR),
    ("family-absent", "tunnel/pim", changed({"tunnel": {"pim": "sparse-mode"}}, ALONE), ERROR),
    ("ipv6-address-scope", "tunnel/ipv6_subnet",
     changed({"tunnel": {"ipv6_subnet": "fe80::/64"}}, DUAL), ERROR),
    ("ipv6-address-scope", "spokes/spoke1/nbma",
     changed({"spokes": {"spoke1": {"nbma": "fe80::9"}}}, OVER), ERROR),
    ("ipv6-address-scope", "spokes/spoke1/lan",
     changed({"spokes": {"spoke1": {"lan": ["fe80::1/64"]}}}, DUAL), ERROR),
    ("link-local-missing", "tunnel/ipv6_link_local",
     changed({"tunnel": {"ipv6_link_local": False}}, DUAL), WARNING),
    ("link-local-duplicate", "spokes/spoke1/link_local",
     changed({"spokes": {"spoke1": {"link_local": "fe80::1"}}}, DUAL), ERROR),
    ("ipv6-mtu-minimum", "tunnel/ip_mtu", changed({"tunnel": {"ip_mtu": 1200}}, DUAL), ERROR),
    ("ipv6-transport-keepalive", "tunnel/keepalive",
     changed({"tunnel": {"keepalive": {}}}, OVER), ERROR),
    ("ipv6-transport-path-mtu", "tunnel/path_mtu_discovery",
     changed({"tunnel": {"path_mtu_discovery": True}}, OVER), ERROR),
    ("ospfv3-authentication", "overlay/authentication",
     changed({"overlay": {**OSPF, "authentication": "env:OSPF"}}, DUAL), ERROR),
    ("ospfv3-area", "overlay/area_type",
     changed({"overlay": {**OSPF, "area": 1, "area_type": "totally-stub"}}, DUAL), ERROR),
    ("ospfv3-area", "overlay/lan_area", changed({"overlay": {**OSPF, "lan_area": 2}}, DUAL),
     WARNING),
    ("ospfv3-no-backbone", "overlay/area", changed({"overlay": {**OSPF, "area": 1}}, DUAL),
     WARNING),
    ("ospfv3-non-broadcast", "overlay/network_type",
     changed({"phase": 2, "overlay": {**OSPF, "network_type": "non-broadcast"}}, DUAL), ERROR),
    ("ospfv3-summary", "overlay/summaries",
     changed({"overlay": {**OSPF, "area": 1, "summaries": ["2001:db8::/32"]}}, DUAL), ERROR),
    ("eigrp-ipv6-announces-wan", "transport",
     changed({"transport": {"front_vrf": None, "front_rd": None},
              "overlay": {"kind": "eigrp-named", "asn": 100}}, EVERYWHERE), ERROR),
    ("certificate-enrollment-family", "crypto/trustpoint/enrollment_url",
     changed({"crypto": {"trustpoint": {"enrollment_url": "http://192.0.2.10:80"}}}, OVER),
     WARNING),
    ("wan-gateway-family", "spokes/spoke1/wan/gateway",
     changed({"spokes": {"spoke1": {"wan": {"gateway": "198.51.100.1"}}}}, WAN), ERROR),
    (
        "nhs-name-server-family",
        "transport/dns/servers/0",
        changed(
            {
                "transport": {"dns": {"servers": ["192.0.2.53"]}},
                "hubs": {"hub": {"name": "hub.example.net"}},
            },
            OVER,
        ),
        WARNING,
    ),
    (
        "nhs-name-server-inside",
        "transport/dns/servers/0",
        changed(
            {
                "transport": {"dns": {"servers": ["2001:db8:1::53"]}},
                "hubs": {"hub": {"name": "hub.example.net"}},
            },
            EVERYWHERE,
        ),
        ERROR,
    ),
    # rules that hold for both families
    ("tunnel-address-outside", "spokes/spoke1/tunnel_ipv6_address",
     changed({"spokes": {"spoke1": {"tunnel_ipv6_address": "2001:db8:fe::9"}}}, DUAL), ERROR),
    ("tunnel-address-outside", "spokes/spoke1/tunnel_ipv6_address",
     changed({"spokes": {"spoke1": {"tunnel_ipv6_address": "2001:db8:ff::"}}}, ALONE), ERROR),
    ("tunnel-address-duplicate", "spokes/spoke2/tunnel_ipv6_address",
     changed({"spokes": {"spoke1": {"tunnel_ipv6_address": "2001:db8:ff::9"},
                         "spoke2": {"tunnel_ipv6_address": "2001:db8:ff::9"}}}, DUAL), ERROR),
    ("nbma-address-duplicate", "spokes/spoke1/nbma",
     changed({"spokes": {"spoke1": {"nbma": "2001:db8:0:1::1"}}}, OVER), ERROR),
    ("nbma-in-tunnel-subnet", "spokes/spoke1/nbma",
     changed({"spokes": {"spoke1": {"nbma": "2001:db8:ff::99"}}}, EVERYWHERE), ERROR),
    ("lan-overlap", "spokes/spoke1/lan",
     changed({"spokes": {"spoke2": {"lan": ["2001:db8:1::/48"]}}}, DUAL), ERROR),
    ("lan-overlaps-tunnel", "spokes/spoke2/lan",
     changed({"spokes": {"spoke2": {"lan": ["2001:db8:ff::/48"]}}}, DUAL), ERROR),
    ("router-id-duplicate", "spokes/spoke1/router_id",
     changed({"spokes": {"spoke1": {"router_id": "10.0.0.1"}}}, ALONE), ERROR),
    ("overlay-covers-nbma", "overlay/summaries",
     changed({"transport": {"front_vrf": None, "front_rd": None}}, EVERYWHERE), ERROR),
    ("overlay-covers-nbma", "spokes/spoke2/lan",
     changed({"transport": {"front_vrf": None, "front_rd": None},
              "overlay": {"summaries": ["fd00::/8"]},
              "spokes": {"spoke2": {"lan": ["2001:db8:0:2::/64"]}}}, EVERYWHERE), ERROR),
    ("default-route-recursion", "overlay",
     changed({"transport": {"front_vrf": None, "front_rd": None},
              "overlay": {"to_spokes": "default", "summaries": []}}, EVERYWHERE), WARNING),
    ("summary-missing", "hubs/hub",
     changed({"overlay": {"summaries": ["10.0.0.0/8"]}}, DUAL), ERROR),
    ("summary-coverage", "spokes/spoke1/lan",
     changed({"spokes": {"spoke1": {"lan": ["2001:db9::/64"]}}}, DUAL), WARNING),
    ("ip-mtu-mss", "tunnel/ipv6_mtu", changed({"tunnel": {"ipv6_mtu": 1360}}, DUAL), WARNING),
    ("ip-mtu-mss", "tunnel/ip_mtu", changed({"tunnel": {"ip_mtu": 1400}}, OVER), WARNING),
    ("ip-mtu-mss", "tunnel/ipv6_tcp_mss", changed({"tunnel": {"ipv6_tcp_mss": 1360}}, DUAL), ERROR),
    ("tcp-mss-range", "tunnel/ipv6_mtu", changed({"tunnel": {"ipv6_mtu": 9000}}, DUAL), ERROR),
    ("bgp-listen-limit", "overlay/listen_limit",
     changed({"overlay": {"listen_limit": 3}}, DUAL), WARNING),
    ("wan-gateway", "spokes/spoke1/wan/gateway",
     changed({"spokes": {"spoke1": {"wan": {"gateway": "2001:db8:0:3::1"}}}}, WAN), ERROR),
    ("wan-nbma-differs", "spokes/spoke1/nbma",
     changed({"spokes": {"spoke1": {"nbma": "2001:db8:0:2::9"}}}, WAN), ERROR),
    ("psk-own-key-dynamic", "spokes/spoke2/pre_shared_key",
     changed({"crypto": PSK, "spokes": {"spoke2": {"pre_shared_key": "env:K2"}}}, NBMA), ERROR),
    ("ikev1", "crypto/kind", changed({"crypto": OLD}, NBMA), WARNING),
]  # fmt: skip
"""(rule, place, what makes the good cloud of `intents` a bad one, severity)."""
