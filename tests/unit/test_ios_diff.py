"""The exact commands for the changes that have a trap: what IOS wipes out, refuses, hides or
cannot show.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios import diff, parse


@dataclass(frozen=True)
class Case:
    name: str
    running: str
    wanted: str
    forward: str
    deltas: str | None = None


TUNNEL = "interface Tunnel0\n ip address 10.255.0.2 255.255.255.0\n"
KEYRING = "crypto ikev2 keyring KR\n peer ANY\n  address 0.0.0.0 0.0.0.0\n  pre-shared-key {}\n"

CASES = [
    Case("the same text needs nothing", TUNNEL, TUNNEL, ""),
    Case(
        "decoration, padding and order are no difference",
        "interface Tunnel0\n no shutdown\n ip mtu 1400\n"
        " ip address 10.255.0.2 255.255.255.0  \n no ip redirects\n!\nend\n",
        TUNNEL + " ip mtu 1400\n",
        "",
    ),
    Case(
        "a new tunnel gets source and mode before its maps, protection last",
        "",
        TUNNEL + " ip nhrp map 10.255.0.1 203.0.113.1\n ip nhrp network-id 1\n"
        " tunnel source GigabitEthernet1\n tunnel mode gre multipoint\n"
        " tunnel protection ipsec profile P\n",
        """\
interface Tunnel0
 ip address 10.255.0.2 255.255.255.0
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 ip nhrp network-id 1
 ip nhrp map 10.255.0.1 203.0.113.1
 tunnel protection ipsec profile P
 exit
""",
    ),
    Case(
        "a VRF wipes the address: it is sent again",
        TUNNEL,
        TUNNEL + " vrf forwarding BLUE\n",
        "interface Tunnel0\n vrf forwarding BLUE\n ip address 10.255.0.2 255.255.255.0\n exit\n",
        "  interface Tunnel0\n+  vrf forwarding BLUE",
    ),
    Case(
        "a changed network-id is overwritten and redirect is sent again",
        TUNNEL + " ip nhrp network-id 1\n ip nhrp redirect\n",
        TUNNEL + " ip nhrp network-id 2\n ip nhrp redirect\n",
        "interface Tunnel0\n ip nhrp network-id 2\n ip nhrp redirect\n exit\n",
    ),
    Case(
        "a tunnel goes down while its key changes",
        TUNNEL + " tunnel key 1\n",
        TUNNEL + " tunnel key 2\n",
        "interface Tunnel0\n shutdown\n tunnel key 2\n no shutdown\n exit\n",
    ),
    Case(
        "a tunnel that is down is not put down once more, and comes up last",
        TUNNEL + " shutdown\n tunnel key 1\n",
        TUNNEL + " tunnel key 2\n",
        "interface Tunnel0\n tunnel key 2\n no shutdown\n exit\n",
        "  interface Tunnel0\n-  tunnel key 1\n+  tunnel key 2\n-  shutdown",
    ),
    Case(
        "another NBMA address of a next-hop server replaces the old one",
        TUNNEL + " ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast\n",
        TUNNEL + " ip nhrp nhs 10.255.0.1 nbma 203.0.113.9 multicast\n",
        "interface Tunnel0\n no ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast\n"
        " ip nhrp nhs 10.255.0.1 nbma 203.0.113.9 multicast\n exit\n",
    ),
    Case(
        "a next-hop server in the other form is no difference",
        TUNNEL + " ip nhrp map 10.255.0.1 203.0.113.1\n ip nhrp map multicast 203.0.113.1\n"
        " ip nhrp nhs 10.255.0.1 priority 1 cluster 2\n",
        TUNNEL + " ip nhrp nhs 10.255.0.1 nbma 203.0.113.1 multicast priority 1 cluster 2\n",
        "",
    ),
    Case(
        "a next-hop server without multicast is another one",
        TUNNEL + " ip nhrp map 10.255.0.1 203.0.113.1\n ip nhrp nhs 10.255.0.1\n",
        TUNNEL + " ip nhrp nhs 10.255.0.1 nbma 203.0.113.1 multicast\n",
        "interface Tunnel0\n no ip nhrp nhs 10.255.0.1\n"
        " ip nhrp nhs 10.255.0.1 nbma 203.0.113.1 multicast\n"
        " no ip nhrp map 10.255.0.1 203.0.113.1\n exit\n",
    ),
    Case(
        "an old VRF is the same VRF",
        "ip vrf INET\n rd 1:1\ninterface GigabitEthernet1\n ip vrf forwarding INET\n",
        "vrf definition INET\n rd 1:1\n address-family ipv4\n"
        "interface GigabitEthernet1\n vrf forwarding INET\n",
        "",
    ),
    Case(
        "an entry of an access list is replaced at its number",
        "ip access-list extended A\n 10 permit esp any any\n 20 permit gre any any\n",
        "ip access-list extended A\n 10 permit udp any any eq isakmp\n",
        "ip access-list extended A\n no 10\n 10 permit udp any any eq isakmp\n no 20\n exit\n",
    ),
    Case(
        "another overlay: the old process goes last",
        TUNNEL + "router eigrp 100\n network 10.255.0.0 0.0.0.255\n passive-interface default\n"
        " no passive-interface Tunnel0\n",
        TUNNEL + "router ospf 1\n passive-interface default\n no passive-interface Tunnel0\n",
        "router ospf 1\n passive-interface default\n no passive-interface Tunnel0\n exit\n"
        "no router eigrp 100\n",
    ),
    Case(
        "a process that speaks elsewhere too loses our lines only",
        TUNNEL + "router eigrp 100\n network 10.255.0.0 0.0.0.255\n network 10.1.0.0\n"
        " no passive-interface Tunnel0\n no passive-interface GigabitEthernet2\n",
        TUNNEL,
        "router eigrp 100\n passive-interface Tunnel0\n no network 10.255.0.0 0.0.0.255\n exit\n",
    ),
    Case(
        "a tunnel with another number takes the subnet over",
        TUNNEL,
        TUNNEL.replace("Tunnel0", "Tunnel10"),
        "no interface Tunnel0\ninterface Tunnel10\n ip address 10.255.0.2 255.255.255.0\n exit\n",
    ),
    Case(
        "a stray line of the tunnel goes",
        TUNNEL + " ip nhrp authentication WRONG\n delay 10\n",
        TUNNEL,
        "interface Tunnel0\n no delay\n no ip nhrp authentication\n exit\n",
        "  interface Tunnel0\n-  delay 10\n-  ip nhrp authentication <secret>",
    ),
    Case(
        "a wrong key is replaced and never shown",
        KEYRING.format("canary-old"),
        KEYRING.format("canary-new"),
        "crypto ikev2 keyring KR\n peer ANY\n  pre-shared-key canary-new\n  exit\n exit\n".replace(
            "\n  exit", "\n  exit"
        ),
        "  crypto ikev2 keyring KR\n   peer ANY\n-   pre-shared-key <secret>\n"
        "+   pre-shared-key <secret>",
    ),
    Case(
        "another IKEv1 key: IOS refuses a second one for an address",
        "crypto isakmp key old address 0.0.0.0        \n",
        "crypto isakmp key new address 0.0.0.0\n",
        "no crypto isakmp key old address 0.0.0.0\ncrypto isakmp key new address 0.0.0.0\n",
    ),
    Case("a type 6 key cannot be compared", KEYRING.format("6 ABCDEF"), KEYRING.format("x"), ""),
    Case("a type 7 key is compared", KEYRING.format("7 070C285F4D06"), KEYRING.format("cisco"), ""),
    Case(
        "a type 7 key that differs is replaced",
        KEYRING.format("7 070C285F4D06"),
        KEYRING.format("other"),
        "crypto ikev2 keyring KR\n peer ANY\n  pre-shared-key other\n  exit\n exit\n",
    ),
    Case(
        "another cipher: the transform set is entered anew with its mode",
        "crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac \n mode tunnel\n",
        "crypto ipsec transform-set TS esp-gcm 256\n mode transport\n",
        "crypto ipsec transform-set TS esp-gcm 256\n mode transport\n exit\n",
        "- crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac\n"
        "+ crypto ipsec transform-set TS esp-gcm 256\n+  mode transport",
    ),
    Case(
        "integrity goes before AES-GCM comes",
        "crypto ikev2 proposal P\n encryption aes-cbc-256\n integrity sha256\n group 19\n",
        "crypto ikev2 proposal P\n encryption aes-gcm-256\n prf sha384\n group 19\n",
        "crypto ikev2 proposal P\n no integrity sha256\n encryption aes-gcm-256\n prf sha384\n"
        " exit\n",
    ),
    Case(
        "another group and integrity are overwritten, not taken away first",
        "crypto ikev2 proposal P\n encryption aes-cbc-256\n integrity sha256\n group 19\n",
        "crypto ikev2 proposal P\n encryption aes-cbc-256\n integrity sha384\n group 20\n",
        "crypto ikev2 proposal P\n group 20\n integrity sha384\n exit\n",
    ),
    Case(
        "IOS 15 spells encryption shorter and hides the defaults",
        "crypto isakmp policy 10\n encr aes\n group 14\n",
        "crypto isakmp policy 10\n encryption aes 128\n hash sha\n group 14\n lifetime 86400\n",
        "",
    ),
    Case(
        "crypto that only the tunnel used goes, users before what they use",
        "crypto ikev2 keyring OLD-KR\n peer ANY\n  address 0.0.0.0 0.0.0.0\n"
        "crypto ikev2 profile OLD-PROF\n keyring local OLD-KR\n"
        "crypto ipsec profile OLD\n set ikev2-profile OLD-PROF\n"
        + TUNNEL
        + " tunnel protection ipsec profile OLD\n",
        "crypto ipsec profile NEW\n set pfs group19\n"
        + TUNNEL
        + " tunnel protection ipsec profile NEW\n",
        "crypto ipsec profile NEW\n set pfs group19\n exit\n"
        "interface Tunnel0\n shutdown\n tunnel protection ipsec profile NEW\n no shutdown\n exit\n"
        "no crypto ipsec profile OLD\nno crypto ikev2 profile OLD-PROF\n"
        "no crypto ikev2 keyring OLD-KR\n",
    ),
    Case(
        "crypto that something else uses stays",
        "crypto ipsec profile OLD\n set pfs group19\n"
        "interface Tunnel9\n tunnel protection ipsec profile OLD\n"
        + TUNNEL
        + " tunnel protection ipsec profile OLD\n",
        TUNNEL,
        "interface Tunnel0\n shutdown\n no tunnel protection ipsec profile OLD\n no shutdown\n"
        " exit\n",
    ),
    Case(
        "a neighbor of ours goes with all its lines, the provider's stays",
        "router bgp 65000\n bgp log-neighbor-changes\n neighbor 10.255.0.9 remote-as 65000\n"
        " neighbor 10.255.0.9 timers 10 30\n neighbor 192.0.2.1 remote-as 64999\n"
        " address-family ipv4\n  network 10.9.0.0 mask 255.255.0.0\n"
        "  neighbor 10.255.0.9 activate\n"
        "  neighbor 192.0.2.1 activate\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n"
        " address-family ipv4\n  neighbor 10.255.0.1 activate\n  exit\n"
        " no neighbor 10.255.0.9 remote-as 65000\n exit\n",
    ),
    Case(
        "an AS of ours alone is replaced",
        "router bgp 65001\n neighbor 10.255.0.1 remote-as 65001\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n" + TUNNEL,
        "no router bgp 65001\nrouter bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n"
        " address-family ipv4\n  neighbor 10.255.0.1 activate\n  exit\n exit\n",
    ),
    Case(
        "the shortcut that IOS-XE 17 does not print is not missing",
        "version 17.12\n" + TUNNEL,
        TUNNEL + " ip nhrp shortcut\n",
        "",
    ),
    Case(
        "the shortcut that was switched off on IOS-XE 17 comes back",
        "version 17.12\n" + TUNNEL + " no ip nhrp shortcut\n",
        TUNNEL + " ip nhrp shortcut\n",
        "interface Tunnel0\n ip nhrp shortcut\n exit\n",
    ),
    Case(
        "on IOS 15 a missing shortcut is missing",
        "version 15.9\n" + TUNNEL,
        TUNNEL + " ip nhrp shortcut\n",
        "interface Tunnel0\n ip nhrp shortcut\n exit\n",
    ),
    Case(
        "what a router has beside the cloud is left alone",
        "hostname r1\ninterface GigabitEthernet1\n ip address 1.1.1.1 255.255.255.0\n"
        "crypto ikev2 profile OTHER\n dpd 10 2 periodic\nip route 0.0.0.0 0.0.0.0 1.1.1.2\n",
        "interface Loopback1\n ip address 10.1.1.1 255.255.255.255\n"
        "ip route 10.0.0.0 255.0.0.0 Null0\n",
        "interface Loopback1\n ip address 10.1.1.1 255.255.255.255\n exit\n"
        "ip route 10.0.0.0 255.0.0.0 Null0\n",
    ),
    Case(
        "a filter stands before who uses it, its stale entries go last",
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n"
        "ip prefix-list OUT seq 5 permit 10.1.0.0/16\n"
        "ip prefix-list OUT seq 10 permit 10.9.0.0/16\n"
        "ip prefix-list OTHER seq 5 permit 0.0.0.0/0\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n  neighbor 10.255.0.1 prefix-list OUT out\n"
        "ip prefix-list OUT seq 5 permit 10.2.0.0/16\n" + TUNNEL,
        "no ip prefix-list OUT seq 5 permit 10.1.0.0/16\n"
        "ip prefix-list OUT seq 5 permit 10.2.0.0/16\n"
        "router bgp 65000\n address-family ipv4\n  neighbor 10.255.0.1 prefix-list OUT out\n"
        "  exit\n exit\nno ip prefix-list OUT seq 10 permit 10.9.0.0/16\n",
    ),
    Case(
        "a filter of another neighbor in our process stays",
        "router bgp 65000\n neighbor 192.0.2.1 remote-as 64999\n address-family ipv4\n"
        "  neighbor 192.0.2.1 activate\n  neighbor 192.0.2.1 prefix-list FW in\n"
        "ip prefix-list FW seq 5 permit 192.168.0.0/16\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n  exit\n exit\n",
    ),
    Case(
        "BGP in its older form says the same",
        "router bgp 65000\n network 10.1.0.0 mask 255.255.255.0\n"
        " neighbor 10.255.0.1 remote-as 65000\n neighbor 10.255.0.1 next-hop-self\n"
        " no auto-summary\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  network 10.1.0.0 mask 255.255.255.0\n  neighbor 10.255.0.1 activate\n"
        "  neighbor 10.255.0.1 next-hop-self\n" + TUNNEL,
        "",
    ),
    Case(
        "a neighbor that is not active, as nobody is by itself, is activated",
        "router bgp 65000\n no bgp default ipv4-unicast\n neighbor 10.255.0.1 remote-as 65000\n"
        + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n" + TUNNEL,
        "router bgp 65000\n address-family ipv4\n  neighbor 10.255.0.1 activate\n  exit\n exit\n",
    ),
    Case(
        "a neighbor with another AS is set up anew, with all that is wanted of it",
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65001\n"
        " neighbor 10.255.0.1 timers 20 60\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n"
        " neighbor 10.255.0.1 timers 20 60\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n" + TUNNEL,
        "router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n"
        " neighbor 10.255.0.1 timers 20 60\n address-family ipv4\n"
        "  neighbor 10.255.0.1 activate\n  exit\n exit\n",
    ),
    Case(
        "a process of the LAN that keeps off our tunnel stays as it is",
        "interface GigabitEthernet2\n ip address 10.0.0.1 255.255.255.0\n"
        "router ospf 1\n passive-interface Tunnel0\n network 10.0.0.0 0.255.255.255 area 0\n"
        + TUNNEL,
        TUNNEL,
        "",
    ),
    Case(
        "a process that speaks on the LAN because nothing is passive stays",
        "interface GigabitEthernet2\n ip address 10.1.0.1 255.255.255.0\n"
        "router eigrp 100\n network 10.255.0.0 0.0.0.255\n network 10.1.0.0 0.0.0.255\n" + TUNNEL,
        TUNNEL,
        "router eigrp 100\n no network 10.255.0.0 0.0.0.255\n exit\n",
    ),
    Case(
        "another VRF of a named process stays",
        "interface GigabitEthernet2\n ip address 10.9.0.1 255.255.255.0\n"
        "router eigrp DMVPN\n address-family ipv4 unicast autonomous-system 100\n"
        "  network 10.255.0.0 0.0.0.255\n"
        " address-family ipv4 unicast vrf RED autonomous-system 20\n  network 10.9.0.0\n" + TUNNEL,
        TUNNEL,
        "router eigrp DMVPN\n no address-family ipv4 unicast autonomous-system 100\n exit\n",
    ),
    Case(
        "another gateway of the front VRF takes the place of the old one",
        "ip route vrf INET 0.0.0.0 0.0.0.0 192.0.2.1\nip route 0.0.0.0 0.0.0.0 192.0.2.9\n",
        "ip route vrf INET 0.0.0.0 0.0.0.0 192.0.2.2\n",
        "no ip route vrf INET 0.0.0.0 0.0.0.0 192.0.2.1\n"
        "ip route vrf INET 0.0.0.0 0.0.0.0 192.0.2.2\n",
    ),
    Case(
        "a key chain that is stored as type 7 is compared",
        "key chain K\n key 1\n  key-string 7 070C285F4D06\n",
        "key chain K\n key 1\n  key-string cisco\n",
        "",
    ),
    Case(
        "an extra line of the WAN interface stays, a shutdown does not",
        "interface GigabitEthernet1\n ip address 1.1.1.1 255.255.255.0\n ip nat outside\n"
        " shutdown\n",
        "interface GigabitEthernet1\n ip address 1.1.1.1 255.255.255.0\n",
        "interface GigabitEthernet1\n no shutdown\n exit\n",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward_commands(case: Case) -> None:
    change = diff(parse(case.running), parse(case.wanted))
    assert "".join(f"{line}\n" for line in change.forward) == case.forward
    assert bool(change) is bool(case.forward)
    if case.deltas is not None:
        assert "\n".join(map(str, change.deltas)) == case.deltas


def test_the_backward_commands_remove_what_is_new_and_restore_what_was() -> None:
    running = parse(TUNNEL + " tunnel key 1\n")
    wanted = parse("crypto ipsec profile P\n set pfs group19\n" + TUNNEL + " tunnel key 2\n")
    assert diff(running, wanted).backward == (
        "interface Tunnel0",
        " shutdown",
        " tunnel key 1",
        " no shutdown",
        " exit",
        "no crypto ipsec profile P",
    )


def test_tunnels_that_bounce_and_secrets_that_cannot_be_compared_are_named() -> None:
    change = diff(
        parse(TUNNEL + " tunnel key 1\n" + KEYRING.format("6 ABC")),
        parse(TUNNEL + " tunnel key 2\n" + KEYRING.format("x")),
    )
    assert change.bounces == ("interface Tunnel0",)
    assert change.unknown == ("pre-shared-key 6 <secret>",)


def test_a_bgp_process_with_neighbors_of_its_own_is_not_replaced() -> None:
    running = parse("router bgp 65001\n neighbor 192.0.2.1 remote-as 64999\n")
    with pytest.raises(IntentError, match="router bgp 65001") as caught:
        diff(running, parse("router bgp 65000\n neighbor 10.255.0.1 remote-as 65000\n" + TUNNEL))
    assert caught.value.hint


def test_neither_repr_of_a_change_holds_a_secret() -> None:
    change = diff(parse(KEYRING.format("canary-old")), parse(KEYRING.format("canary-new")))
    assert "canary" not in repr(change)
    assert any("canary-new" in line for line in change.forward), "what is typed holds it"


def _typed(running: str, wanted: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    change = diff(parse(running), parse(wanted))
    return change.forward, change.backward


def test_a_switch_that_is_off_is_switched_on_and_back() -> None:
    wanted = "ip domain lookup\n"
    assert _typed("", wanted) == ((), ())
    assert _typed("no ip domain lookup\n", wanted) == (
        ("ip domain lookup",),
        ("no ip domain lookup",),
    )
    assert _typed("no ip domain-lookup\n", wanted)[0] == ("ip domain lookup",)


@pytest.mark.parametrize(
    ("version", "running", "forward", "backward"),
    [
        ("15.9", "", (), ()),
        ("15.9", "no cdp run\n", ("cdp run",), ("no cdp run",)),
        ("16.12", "", ("cdp run",), ("no cdp run",)),
        ("17.12", "", ("cdp run",), ("no cdp run",)),
        ("17.12", "cdp run\n", (), ()),
    ],
)
def test_cdp_is_on_where_nothing_says_otherwise_up_to_15_alone(
    version: str, running: str, forward: tuple[str, ...], backward: tuple[str, ...]
) -> None:
    assert _typed(f"version {version}\n{running}", "cdp run\n") == (forward, backward)


def test_name_servers_of_another_table_stay() -> None:
    running = "ip name-server 192.0.2.1\nip name-server vrf INET 192.0.2.2\n"
    forward, backward = _typed(running, "ip name-server vrf INET 192.0.2.3\n")
    assert forward == ("no ip name-server vrf INET 192.0.2.2", "ip name-server vrf INET 192.0.2.3")
    assert backward == tuple(line.replace("2.3", "2.9").replace("2.2", "2.3").replace("2.9", "2.2")
                             for line in forward)  # fmt: skip


def test_two_hubs_by_name_stand_side_by_side() -> None:
    one = "interface Tunnel0\n ip nhrp nhs dynamic nbma a.example.net multicast\n"
    both = one + " ip nhrp nhs dynamic nbma b.example.net multicast\n"
    forward, _ = _typed(one, both)
    assert [line.strip() for line in forward] == [
        "interface Tunnel0",
        "ip nhrp nhs dynamic nbma b.example.net multicast",
        "exit",
    ]
