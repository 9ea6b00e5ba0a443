"""Line by line, what IOS does when a line meets another of its kind: it replaces it, or both would
stand and the old one must go first; and how a line is taken away.

Sources: Cisco IOS command references (Security, IP Addressing, IP Routing), `no` forms and default
values; whole running configurations.
"""

from __future__ import annotations

import pytest

from dmvpn_auto.ios import diff, mask, parse
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
    stays = header.startswith("vrf ")
    gone = config(header, *filter(None, [filler or "spare line"]))
    full = config(header, old, filler or "spare line")
    assert typed(full, gone) == (([], []) if stays else ([no or f"no {old}"], [old]))


@pytest.mark.parametrize(("old", "new"), TRUSTPOINT)
def test_a_line_of_a_trustpoint_is_overwritten_and_never_taken_away(old: str, new: str) -> None:
    header = "crypto pki trustpoint CA"
    one, other = config(header, old), config(header, new)
    assert typed(one, other) == ([new], [old])
    assert not diff(config(header, old, "spare line"), config(header, "spare line"))


def test_a_vrf_keeps_what_it_has() -> None:
    one, other = (config("vrf definition V", f"description {text}") for text in ("one", "two"))
    assert typed(one, other) == (["description two"], ["description one"])
    bare, described = config("vrf definition V"), config("vrf definition V", "description one")
    assert diff(bare, described).backward[1:2] == (" no description",)
    families = config("vrf definition V", "address-family ipv4", "address-family ipv6")
    assert not diff(families, config("vrf definition V", "address-family ipv4"))


PROCESS = "interface Tunnel0\n ip address 10.0.0.9 255.255.255.0\n{}\n{}\n"
BGP = "router bgp 65000\n neighbor 10.0.0.1 remote-as 65000\n neighbor 192.0.2.1 remote-as 64999"
FAMILY = "\n address-family ipv4\n  neighbor 10.0.0.1 activate\n  neighbor 192.0.2.1 activate"
_PEER = "neighbor 10.0.0.1"
IN_PROCESS = (  # old, new, whether the old one goes first
    (BGP, " bgp router-id 10.0.0.9", " bgp router-id 10.0.0.8", False),
    (BGP, " bgp cluster-id 1.1.1.1", " bgp cluster-id 2.2.2.2", False),
    (BGP, " bgp listen limit 200", " bgp listen limit 300", False),
    (BGP, f" {_PEER} timers 10 30", f" {_PEER} timers 20 60", False),
    (BGP, f" {_PEER} description one", f" {_PEER} description two", False),
    (BGP, f" {_PEER} update-source Tunnel0", f" {_PEER} update-source Tunnel1", False),
    (BGP, f" {_PEER} ebgp-multihop 2", f" {_PEER} ebgp-multihop 3", False),
    (BGP, f" {_PEER} local-as 64512", f" {_PEER} local-as 64513", False),
    (BGP, f" {_PEER} password one", f" {_PEER} password two", False),
    (BGP, " timers bgp 10 30", " timers bgp 20 60", False),
    (BGP + FAMILY, f"  {_PEER} allowas-in 1", f"  {_PEER} allowas-in 2", False),
    (BGP + FAMILY, f"  {_PEER} next-hop-self", f"  {_PEER} next-hop-self all", False),
    (BGP + FAMILY, f"  {_PEER} maximum-prefix 10", f"  {_PEER} maximum-prefix 20", False),
    (BGP + FAMILY, f"  {_PEER} weight 1", f"  {_PEER} weight 2", False),
    (BGP + FAMILY, f"  {_PEER} route-map A in", f"  {_PEER} route-map B in", None),
    (BGP + FAMILY, "  network 10.1.0.0 mask 255.255.0.0",
     "  network 10.1.0.0 mask 255.255.0.0 route-map A", True),
    (BGP + FAMILY, "  aggregate-address 10.0.0.0 255.0.0.0",
     "  aggregate-address 10.0.0.0 255.0.0.0 summary-only", True),
    (BGP + FAMILY, "  maximum-paths 2", "  maximum-paths 4", False),
    (BGP + FAMILY, "  maximum-paths ibgp 2", "  maximum-paths ibgp 4", False),
    (BGP + FAMILY, "  redistribute static", "  redistribute static route-map A", False),
    (BGP + FAMILY, "  redistribute ospf 1", "  redistribute ospf 1 route-map A", False),
    (BGP + FAMILY, "  distance bgp 20 200 200", "  distance bgp 20 190 190", False),
    ("router ospf 1", " router-id 10.0.0.9", " router-id 10.0.0.8", False),
    ("router ospf 1", " area 1 stub", " area 1 stub no-summary", False),
    ("router ospf 1", " area 1 range 10.1.0.0 255.255.0.0",
     " area 1 range 10.1.0.0 255.255.0.0 not-advertise", False),
    ("router ospf 1", " default-information originate",
     " default-information originate always", False),
    ("router ospf 1", " network 10.1.0.0 0.0.255.255 area 0",
     " network 10.1.0.0 0.0.255.255 area 1", True),
    ("router ospf 1", " auto-cost reference-bandwidth 1000",
     " auto-cost reference-bandwidth 10000", False),
    ("router ospf 1", " redistribute static", " redistribute static subnets", False),
    ("router eigrp 1", " eigrp router-id 10.0.0.9", " eigrp router-id 10.0.0.8", False),
    ("router eigrp 1", " eigrp stub connected", " eigrp stub connected summary", False),
    ("router eigrp 1", " variance 2", " variance 4", False),
    ("router rip", " version 1", " version 2", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   hello-interval 5", "   hello-interval 20", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   hold-time 15", "   hold-time 60", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   bandwidth-percent 15", "   bandwidth-percent 60", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   authentication mode md5", "   authentication mode hmac-sha-256 7 x", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   authentication key-chain A", "   authentication key-chain B", False),
    ("router eigrp N\n address-family ipv4 unicast autonomous-system 1\n  af-interface Tunnel0",
     "   summary-address 10.0.0.0 255.0.0.0", "   summary-address 10.0.0.0 255.0.0.0 5", True),
)  # fmt: skip


@pytest.mark.parametrize(("head", "old", "new", "first"), IN_PROCESS)
def test_a_line_of_a_routing_process_becomes_another(
    head: str, old: str, new: str, *, first: bool | None
) -> None:
    one, other = (parse(PROCESS.format(head, line)) for line in (old, new))
    change = diff(one, other)
    opened = set(head.replace("\n", "\n ").split("\n"))
    lines = [x.strip() for x in change.forward if x.strip() not in {y.strip() for y in opened}]
    lines = [x for x in lines if x not in {"exit", "interface Tunnel0"}]
    old, new = old.strip(), new.strip()
    if first is None:  # two names of one kind of filter: the new one stands before the old one goes
        assert lines == [new, f"no {old}"]
    else:
        assert lines == ([f"no {old}", new] if first else [new])
    assert [d.text for d in change.deltas if d.mark == "-"] == [mask(old)]


@pytest.mark.parametrize(
    ("header", "line", "no"),
    [
        ("router ospf 1", "router-id 10.0.0.9", "no router-id"),
        ("router eigrp 1", "eigrp router-id 10.0.0.9", "no eigrp router-id"),
        ("router eigrp 1", "eigrp stub connected", "no eigrp stub"),
        ("router rip", "version 2", "no version"),
        ("router bgp 1", "bgp router-id 10.0.0.9", "no bgp router-id"),
        ("router bgp 1", "bgp cluster-id 10.0.0.9", "no bgp cluster-id"),
        ("router bgp 1", "bgp listen limit 200", "no bgp listen limit"),
    ],
)
def test_what_came_goes_again_on_the_way_back(header: str, line: str, no: str) -> None:
    change = diff(config(header, "spare line"), config(header, "spare line", line))
    assert change.backward == (header, f" {no}", " exit")


def test_exceptions_go_with_the_default_and_come_after_it() -> None:
    head = "router eigrp 1"
    before, after = (
        config(head, "network 10.0.0.0"),
        config(
            head, "network 10.0.0.0", "passive-interface default", "no passive-interface Tunnel0"
        ),
    )
    change = diff(before, after)
    assert change.forward == (
        head, " passive-interface default", " no passive-interface Tunnel0", " exit"
    )  # fmt: skip
    assert change.backward == (head, " no passive-interface default", " exit")


@pytest.mark.parametrize(
    ("header", "one", "other"),
    [
        ("crypto ikev2 profile P", "match identity remote address 0.0.0.0 0.0.0.0",
         "match identity remote address 0.0.0.0"),
        ("crypto isakmp profile P", "match identity address 0.0.0.0 0.0.0.0 V",
         "match identity address 0.0.0.0 V"),
        ("crypto isakmp policy 10", "encr aes", "encryption aes 128"),
        ("interface Tunnel0", "ip nhrp group A", "nhrp group A"),
        ("interface Tunnel0", "ip nhrp map group A service-policy output B",
         "nhrp map group A service-policy output B"),
        ("interface Tunnel0", "ip vrf forwarding V", "vrf forwarding V"),
        ("interface GigabitEthernet1", "ip vrf forwarding V", "vrf forwarding V"),
    ],
)  # fmt: skip
def test_two_spellings_of_one_line(header: str, one: str, other: str) -> None:
    assert not diff(config(header, one), config(header, other))
    assert not diff(config(header, other), config(header, one))


def test_a_peer_of_a_keyring_goes() -> None:
    ring = "crypto ikev2 keyring K"
    both = config(ring, "peer A", " address 192.0.2.1", "peer B", " address 192.0.2.2")
    one = config(ring, "peer A", " address 192.0.2.1")
    assert diff(both, one).forward == (ring, " no peer B", " exit")


@pytest.mark.parametrize(
    ("header", "hidden"),
    [
        ("crypto ikev2 policy P", "match fvrf global"),
        ("crypto ikev2 profile P", "match fvrf global"),
        ("crypto ikev2 profile P", "lifetime 86400"),
        ("crypto isakmp policy 10", "hash sha"),
        ("crypto isakmp policy 10", "authentication rsa-sig"),
        ("crypto isakmp policy 10", "group 1"),
        ("crypto isakmp policy 10", "lifetime 86400"),
        ("crypto isakmp policy 10", "encryption des"),
        ("crypto ipsec profile P", "set security-association lifetime seconds 3600"),
        ("crypto ipsec profile P", "set security-association lifetime kilobytes 4608000"),
        ("interface Tunnel0", "tunnel mode gre ip"),
        ("interface Tunnel0", "no shutdown"),
        ("interface Tunnel0", "bandwidth 100"),
        ("interface Tunnel0", "delay 5000"),
        ("interface Tunnel0", "ip ospf priority 1"),
        ("interface Tunnel0", "ospfv3 priority 1"),
        ("interface GigabitEthernet1", "no shutdown"),
        ("router bgp 65000", "bgp listen limit 100"),
        ("router bgp 65000", "neighbor SPOKES timers 60 180"),
        ("router bgp 65000", "bgp log-neighbor-changes"),
    ],
)
def test_a_default_that_is_not_printed_is_not_missing(header: str, hidden: str) -> None:
    assert not diff(config(header, "spare line"), config(header, "spare line", hidden))


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("interface Tunnel0", "no ip redirects"),
        ("interface Tunnel0", "no ipv6 redirects"),
        ("crypto ipsec transform-set T esp-gcm", "mode tunnel"),
        ("router bgp 65000", "bgp log-neighbor-changes"),
    ],
)
def test_what_is_printed_unasked_is_not_added(header: str, shown: str) -> None:
    assert not diff(config(header, "spare line", shown), config(header, "spare line"))


def test_what_a_release_says_of_itself_is_no_configuration() -> None:
    old = "version 15.4\nboot-start-marker\nboot-end-marker\n"
    chain = "crypto pki certificate chain CA\n certificate 01 nvram:ca#1.cer\n"
    assert not diff(parse(old + chain), parse("version 15.6\n"))
    assert not diff(parse("version 15.6\n"), parse(old + chain))


def test_a_switch_that_turns_reads_as_one_line_for_another() -> None:
    change = diff({"no ip domain lookup": {}}, {"ip domain lookup": {}})
    assert [str(delta) for delta in change.deltas] == [
        "- no ip domain lookup",
        "+ ip domain lookup",
    ]


@pytest.mark.parametrize(("old", "new"), ONCE)
def test_what_a_router_has_once_is_overwritten(old: str, new: str) -> None:
    assert typed({old: {}}, {new: {}}) == ([new], [old])


@pytest.mark.parametrize(("old", "new"), TWICE)
def test_what_would_stand_twice_goes_first(old: str, new: str) -> None:
    assert typed({old: {}}, {new: {}}) == ([f"no {old}", new], [f"no {new}", old])
