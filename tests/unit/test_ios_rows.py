"""Line by line, what IOS does when a line meets another of its kind: it replaces it, or both would
stand and the old one must go first; and how a line is taken away.

Sources: Cisco IOS command references (Security, IP Addressing, IP Routing), `no` forms and default
values; whole running configurations.
"""

from __future__ import annotations

import pytest

from dmvpn_auto.ios import diff, parse
from dmvpn_auto.ios.tree import Tree

Rows = tuple[tuple[str, str, str], ...]  # old, new, what takes the old one away ("": "no " and all)

OVERWRITTEN: dict[str, Rows] = {
    "crypto ikev2 proposal P": (
        ("encryption aes-cbc-128", "encryption aes-cbc-256", ""),
        ("group 14", "group 19 20", ""),
        ("integrity sha256", "integrity sha512", ""),
        ("prf sha256", "prf sha512", ""),
    ),
    "crypto ikev2 keyring K\n peer A": (
        ("address 192.0.2.1", "address 192.0.2.2", ""),
        ("pre-shared-key local one", "pre-shared-key local two", "no pre-shared-key local"),
        ("pre-shared-key remote one", "pre-shared-key remote two", "no pre-shared-key remote"),
        ("pre-shared-key one", "pre-shared-key two", "no pre-shared-key"),
        ("description one", "description two", "no description"),
    ),
    "crypto ikev2 profile P": (
        ("authentication local pre-share", "authentication local rsa-sig", ""),
        ("keyring local A", "keyring local B", ""),
        ("identity local dn", "identity local fqdn r1.example.net", ""),
        ("dpd 30 5 periodic", "dpd 40 5 on-demand", "no dpd"),
        ("lifetime 3600", "lifetime 7200", ""),
        ("description one", "description two", "no description"),
    ),
    "crypto isakmp policy 10": (
        ("encryption aes", "encryption aes 256", ""),
        ("hash sha256", "hash sha512", ""),
        ("authentication pre-share", "authentication ecdsa-sig", ""),
        ("group 14", "group 19", ""),
        ("lifetime 3600", "lifetime 7200", ""),
    ),
    "crypto isakmp profile P": (
        ("keyring A", "keyring B", ""),
        ("description one", "description two", "no description"),
    ),
    "crypto ipsec transform-set T esp-gcm 256": (("mode transport", "mode transport require", ""),),
    "crypto ipsec profile P": (
        ("set transform-set A", "set transform-set B", ""),
        ("set pfs group14", "set pfs group19", "no set pfs"),
        ("set ikev2-profile A", "set ikev2-profile B", ""),
        ("set isakmp-profile A", "set isakmp-profile B", ""),
        (
            "set security-association lifetime seconds 1800",
            "set security-association lifetime seconds 7200",
            "",
        ),
        (
            "set security-association lifetime kilobytes 1000",
            "set security-association lifetime kilobytes 2000",
            "",
        ),
        (
            "set security-association replay window-size 128",
            "set security-association replay window-size 1024",
            "",
        ),
        ("description one", "description two", "no description"),
    ),
    "key chain K\n key 1": (
        ("key-string one", "key-string two", "no key-string"),
        ("cryptographic-algorithm md5", "cryptographic-algorithm hmac-sha-256", ""),
    ),
    "interface Tunnel0": (
        ("ip nhrp authentication ONE", "ip nhrp authentication TWO", "no ip nhrp authentication"),
        (
            "ipv6 nhrp authentication ONE",
            "ipv6 nhrp authentication TWO",
            "no ipv6 nhrp authentication",
        ),
        ("ip nhrp network-id 1", "ip nhrp network-id 2", ""),
        ("ipv6 nhrp network-id 1", "ipv6 nhrp network-id 2", ""),
        ("ip nhrp holdtime 300", "ip nhrp holdtime 900", ""),
        ("ipv6 nhrp holdtime 300", "ipv6 nhrp holdtime 900", ""),
        ("ip nhrp registration timeout 30", "ip nhrp registration timeout 60", ""),
        ("ip nhrp nhs cluster 0 max-connections 1", "ip nhrp nhs cluster 0 max-connections 2", ""),
        ("ip nhrp nhs fallback 30", "ip nhrp nhs fallback 60", ""),
        (
            "nhrp map group A service-policy output P1",
            "nhrp map group A service-policy output P2",
            "",
        ),
        ("ip nhrp redirect", "ip nhrp redirect timeout 5", ""),
        ("nhrp group A", "nhrp group B", ""),
        ("ipv6 nhrp group A", "ipv6 nhrp group B", ""),
        ("ip mtu 1400", "ip mtu 1380", ""),
        ("ipv6 mtu 1400", "ipv6 mtu 1380", ""),
        ("ip tcp adjust-mss 1360", "ip tcp adjust-mss 1340", ""),
        ("ospfv3 1 network broadcast", "ospfv3 1 network point-to-multipoint", ""),
        ("ospfv3 priority 0", "ospfv3 priority 255", ""),
        ("bandwidth 1000", "bandwidth 2000", "no bandwidth"),
        ("delay 10", "delay 20", "no delay"),
        ("keepalive 10 3", "keepalive 20 3", "no keepalive"),
        ("load-interval 30", "load-interval 60", "no load-interval"),
        (
            "bfd interval 500 min_rx 500 multiplier 3",
            "bfd interval 1000 min_rx 1000 multiplier 3",
            "no bfd interval",
        ),
        ("ip ospf network broadcast", "ip ospf network point-to-multipoint", ""),
        ("ip ospf priority 0", "ip ospf priority 255", ""),
        ("ip ospf hello-interval 10", "ip ospf hello-interval 20", ""),
        ("ip ospf dead-interval 40", "ip ospf dead-interval 60", ""),
        ("ip ospf cost 10", "ip ospf cost 20", ""),
        ("ip ospf authentication-key ONE", "ip ospf authentication-key TWO",
         "no ip ospf authentication-key"),
        ("ip hello-interval eigrp 1 5", "ip hello-interval eigrp 1 20", ""),
        ("ip hold-time eigrp 1 15", "ip hold-time eigrp 1 60", ""),
        ("ip bandwidth-percent eigrp 1 40", "ip bandwidth-percent eigrp 1 80", ""),
        ("description one", "description two", "no description"),
    ),
}  # fmt: skip
REPLACED: dict[str, Rows] = {
    "vrf definition V": (("rd 1:1", "rd 1:2", ""),),
    "crypto ikev2 policy P": (("match fvrf A", "match fvrf B", ""),),
    "crypto ikev2 keyring K\n peer A": (("identity key-id a", "identity key-id b", ""),),
    "crypto ikev2 profile P": (("match fvrf A", "match fvrf B", ""),),
    "crypto keyring K": (
        ("pre-shared-key address 0.0.0.0 0.0.0.0 key one",
         "pre-shared-key address 0.0.0.0 0.0.0.0 key two", ""),
        ("pre-shared-key address ipv6 ::/0 key one",
         "pre-shared-key address ipv6 ::/0 key two", ""),
    ),
    "interface Tunnel0": (
        (
            "ip nhrp nhs dynamic nbma a.example.net",
            "ip nhrp nhs dynamic nbma a.example.net multicast",
            "",
        ),
        ("ip nhrp nhs 10.0.0.1", "ip nhrp nhs 10.0.0.1 nbma 192.0.2.1", ""),
        ("ip nhrp map 10.0.0.1 192.0.2.1", "ip nhrp map 10.0.0.1 192.0.2.2", ""),
        ("ospfv3 1 ipv6 area 0", "ospfv3 1 ipv6 area 1", ""),
        ("ip ospf message-digest-key 1 md5 one", "ip ospf message-digest-key 1 md5 two", ""),
        ("ip ospf 1 area 0", "ip ospf 1 area 1", ""),
    ),
}  # fmt: skip
TRUSTPOINT = (
    ("enrollment url http://192.0.2.1:80", "enrollment url http://192.0.2.2:80"),
    ("enrollment mode ra", "enrollment mode none"),
    ("enrollment retry count 5", "enrollment retry count 9"),
    ("subject-name CN=a", "subject-name CN=b"),
    ("revocation-check none", "revocation-check crl"),
    ("rsakeypair A 2048", "rsakeypair A 3072"),
    ("eckeypair A", "eckeypair B"),
    ("auto-enroll 70", "auto-enroll 80 regenerate"),
    ("vrf A", "vrf B"),
    ("fqdn a.example.net", "fqdn b.example.net"),
    ("hash sha256", "hash sha512"),
    ("source interface Loopback0", "source interface Loopback1"),
)
ONCE = (
    ("hostname a", "hostname b"),
    ("banner motd ^Cone^C", "banner motd ^Ctwo^C"),
    ("ip domain name a.example.net", "ip domain name b.example.net"),
    ("ip domain lookup source-interface Loopback0", "ip domain lookup source-interface Loopback1"),
    ("clock timezone CET 1 0", "clock timezone UTC 0 0"),
    ("enable secret 0 one", "enable secret 0 two"),
    ("username ann privilege 15 password 0 one", "username ann privilege 15 password 0 two"),
    ("service timestamps log uptime", "service timestamps log datetime msec"),
    ("logging buffered 4096", "logging buffered 8192"),
    ("ip default-gateway 192.0.2.1", "ip default-gateway 192.0.2.2"),
    ("ip ssh version 1", "ip ssh version 2"),
    ("spanning-tree mode pvst", "spanning-tree mode rapid-pvst"),
    ("config-register 0x2102", "config-register 0x2142"),
    (
        "crypto ipsec security-association replay window-size 128",
        "crypto ipsec security-association replay window-size 512",
    ),
    ("crypto isakmp keepalive 10 3", "crypto isakmp keepalive 40 5"),
)
TWICE = (
    ("crypto isakmp key one address 192.0.2.1", "crypto isakmp key two address 192.0.2.1"),
    ("crypto isakmp key one address ipv6 ::/0", "crypto isakmp key two address ipv6 ::/0"),
    ("ip name-server 192.0.2.1", "ip name-server 192.0.2.2"),
    ("ip prefix-list A seq 5 permit 10.0.0.0/8", "ip prefix-list A seq 5 permit 10.1.0.0/16"),
    ("ipv6 prefix-list A seq 5 permit ::/0", "ipv6 prefix-list A seq 5 permit 2001:DB8::/32"),
    ("ip route vrf V 0.0.0.0 0.0.0.0 192.0.2.1", "ip route vrf V 0.0.0.0 0.0.0.0 192.0.2.2"),
    ("ipv6 route vrf V ::/0 2001:DB8::1", "ipv6 route vrf V ::/0 2001:DB8::2"),
)


def rows(table: dict[str, Rows]) -> list[tuple[str, str, str, str]]:
    return [(header, *row) for header, listed in table.items() for row in listed]


def config(header: str, *lines: str) -> Tree:
    depth = header.count("\n") + 1
    return parse("\n".join([header, *(" " * depth + line for line in lines)]))


def typed(before: Tree, after: Tree) -> tuple[list[str], list[str]]:
    """Return what is typed inside the section, forward and backward."""
    change = diff(before, after)
    opened = {line for line, below in before.items() if below}
    opened |= {line for below in before.values() for line in below if below[line]}
    ways = ([line.strip() for line in way] for way in (change.forward, change.backward))
    forward, backward = ([x for x in way if x not in {*opened, "exit"}] for way in ways)
    return forward, backward


@pytest.mark.parametrize(("header", "old", "new", "no"), rows(OVERWRITTEN))
def test_the_new_line_replaces_the_old_one(header: str, old: str, new: str, no: str) -> None:
    filler = "spare line" if header.count("\n") else ""
    one, other = (config(header, line, *filter(None, [filler])) for line in (old, new))
    assert typed(one, other) == ([new], [old])
    gone = config(header, *filter(None, [filler]))
    assert typed(one, gone) == ([no or f"no {old}"], [old])


@pytest.mark.parametrize(("header", "old", "new", "no"), rows(REPLACED))
def test_the_old_line_goes_before_the_new_one_comes(
    header: str, old: str, new: str, no: str
) -> None:
    filler = "spare line" if header.count("\n") else ""
    one, other = (config(header, line, *filter(None, [filler])) for line in (old, new))
    assert typed(one, other) == ([f"no {old}", new], [f"no {new}", old])
    assert not no


@pytest.mark.parametrize(("old", "new"), TRUSTPOINT)
def test_a_line_of_a_trustpoint_is_overwritten_and_never_taken_away(old: str, new: str) -> None:
    header = "crypto pki trustpoint CA"
    one, other = config(header, old), config(header, new)
    assert typed(one, other) == ([new], [old])
    assert not diff(config(header, old, "spare line"), config(header, "spare line"))


def test_a_vrf_keeps_what_it_has() -> None:
    one, other = (config("vrf definition V", f"description {text}") for text in ("one", "two"))
    assert typed(one, other) == (["description two"], ["description one"])
    families = config("vrf definition V", "address-family ipv4", "address-family ipv6")
    assert not diff(families, config("vrf definition V", "address-family ipv4"))


@pytest.mark.parametrize(("old", "new"), ONCE)
def test_what_a_router_has_once_is_overwritten(old: str, new: str) -> None:
    assert typed({old: {}}, {new: {}}) == ([new], [old])


@pytest.mark.parametrize(("old", "new"), TWICE)
def test_what_would_stand_twice_goes_first(old: str, new: str) -> None:
    assert typed({old: {}}, {new: {}}) == ([f"no {old}", new], [f"no {new}", old])
