"""What the lab's routers make of configuration lines: canonical form, order, `no`, refusals."""

from __future__ import annotations

import textwrap

import pytest

from dmvpn_auto.lab.ios.bare import BareDataplane
from tests.unit.ios_console import STARTUP, booted, console

VRF = """\
vrf definition INET
 rd 65000:99
 !
 address-family ipv4
 exit-address-family
!
"""
HUB = """\
crypto ikev2 proposal DMVPN-PROP
 encryption aes-gcm-256
 prf sha384
 group 20
!
crypto ikev2 policy DMVPN-POL
 match fvrf INET
 proposal DMVPN-PROP
!
crypto ikev2 keyring DMVPN-KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key CanaryKey!1
 !
!
crypto ikev2 profile DMVPN-PROF
 match fvrf INET
 match identity remote address 0.0.0.0 \n\
 authentication remote pre-share
 authentication local pre-share
 keyring local DMVPN-KR
 dpd 40 5 on-demand
!
crypto ipsec security-association replay window-size 512
!
crypto ipsec transform-set DMVPN-TS esp-gcm 256 \n\
 mode transport
!
crypto ipsec profile DMVPN-IPSEC
 set transform-set DMVPN-TS \n\
 set pfs group20
 set ikev2-profile DMVPN-PROF
!
interface Loopback1
 ip address 10.1.1.1 255.255.255.0
!
interface Tunnel0
 description DMVPN  with  inner blanks
 bandwidth 1000000
 ip address 10.255.0.1 255.255.255.0
 no ip redirects
 ip mtu 1400
 ip nhrp authentication NHRPKEY
 ip nhrp map 10.255.0.2 203.0.113.9
 ip nhrp map multicast dynamic
 ip nhrp network-id 100
 ip nhrp holdtime 300
 ip nhrp nhs 10.255.0.2 nbma 203.0.113.9 multicast
 ip nhrp redirect
 ip tcp adjust-mss 1360
 delay 1000
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 tunnel key 100
 tunnel path-mtu-discovery
 tunnel vrf INET
 tunnel protection ipsec profile DMVPN-IPSEC shared
!
interface GigabitEthernet1
 vrf forwarding INET
 ip address 203.0.113.2 255.255.255.252
 negotiation auto
 no mop enabled
 no mop sysid
!
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
 negotiation auto
 no mop enabled
 no mop sysid
!
router bgp 65000
 bgp router-id 10.255.0.1
 bgp log-neighbor-changes
 bgp listen range 10.255.0.0/24 peer-group SPOKES
 bgp listen limit 500
 neighbor SPOKES peer-group
 neighbor SPOKES remote-as 65000
 neighbor SPOKES timers 20 60
 neighbor 10.255.0.9 remote-as 65000
 neighbor 10.255.0.10 remote-as 65000
 !
 address-family ipv4
  network 10.0.0.0 mask 255.255.255.0
  aggregate-address 10.0.0.0 255.0.0.0 summary-only
  neighbor SPOKES activate
  neighbor SPOKES route-reflector-client
  neighbor SPOKES next-hop-self all
  neighbor SPOKES default-originate
  neighbor 10.255.0.9 activate
  neighbor 10.255.0.10 activate
 exit-address-family
!
ip forward-protocol nd
!
no ip http server
no ip http secure-server
!
ip route vrf INET 0.0.0.0 0.0.0.0 203.0.113.1
"""


async def test_a_reference_hub_is_printed_as_it_was_typed() -> None:
    """The text is that of the domain notes, in IOS's order, with its separators and trailing
    blanks."""
    async with console() as at:
        await at.lines("configure terminal", *VRF.splitlines(), *HUB.splitlines(), "end")
        text = await at.running()
        assert VRF in text
        assert HUB in text


async def test_the_order_of_typing_does_not_show() -> None:
    """Sections that depend on nothing before them, children in reverse."""
    sections = HUB.replace(" !\n", "").split("!\n")
    async with console() as at:
        tunnel = next(s for s in sections if s.startswith("interface Tunnel0"))
        head, *body = tunnel.splitlines()
        await at.lines(
            "configure terminal", *VRF.splitlines(), *HUB.splitlines(), "no interface Tunnel0", head
        )
        protection = body.pop()
        await at.lines(*reversed(body), protection)
        assert HUB in await at.running()


async def test_the_dataplane_gets_the_tree_after_every_change_and_only_then() -> None:
    async with console() as at:
        dataplane = at.router.dataplane
        assert isinstance(dataplane, BareDataplane)
        count = len(dataplane.applied)
        await at.lines("conf t", "interface Tunnel0", "ip mtu 1400", "ip mtu 1400", "foo", "end")
        assert len(dataplane.applied) == count + 2
        assert dataplane.applied[-1]["interface Tunnel0"] == {
            "no ip address": {},
            "ip mtu 1400": {},
        }
        assert dataplane.applied[-1] == at.router.config.tree()


def tunnel(*lines: str) -> str:
    return "\n".join(("interface Tunnel0", *lines))


# what is typed, what is in the section afterwards
LINES = {
    "abbreviations": (("int tu0", "tu so gi1", "tu mo gre mu"), tunnel(
        " no ip address", " no ip redirects", " tunnel source GigabitEthernet1",
        " tunnel mode gre multipoint")),
    "single values are replaced": (("interface Tunnel0", "ip mtu 1400", "ip mtu 1300"),
        tunnel(" no ip address", " ip mtu 1300")),
    "lists grow": (
        ("interface Tunnel0", "ip nhrp map multicast 1.1.1.1", "ip nhrp map multicast dynamic"),
        tunnel(" no ip address", " ip nhrp map multicast 1.1.1.1",
        " ip nhrp map multicast dynamic")),
    "no takes one of a list": (("interface Tunnel0", "ip nhrp map multicast 1.1.1.1",
        "ip nhrp map multicast dynamic", "no ip nhrp map multicast 1.1.1.1"),
        tunnel(" no ip address", " ip nhrp map multicast dynamic")),
    "no without the value": (
        ("interface Tunnel0", "tunnel key 7", "no tunnel key"), tunnel(" no ip address")),
    "no with another value": (
        ("interface Tunnel0", "tunnel key 7", "no tunnel key 8"), tunnel(" no ip address")),
    "default is no": (
        ("interface Tunnel0", "ip mtu 1300", "default ip mtu"), tunnel(" no ip address")),
    "the default mode is hidden": (
        ("interface Tunnel0", "tunnel mode gre multipoint", "tunnel mode gre ip"),
        tunnel(" no ip address")),
    "redirects of mGRE stay off": (
        ("interface Tunnel0", "tunnel mode gre multipoint", "ip redirects"),
        tunnel(" no ip address", " no ip redirects", " tunnel mode gre multipoint")),
    "redirects typed off stay off": (
        ("interface Tunnel0", "no ip redirects", "tunnel mode gre multipoint",
        "no tunnel mode"), tunnel(" no ip address", " no ip redirects")),
    "no ip address comes back": (
        ("interface Tunnel0", "ip address 10.9.0.1 255.255.255.0", "no ip address"),
        tunnel(" no ip address")),
    "holdtime 600 is the default": (
        ("interface Tunnel0", "ip nhrp holdtime 600"), tunnel(" no ip address")),
    "nhs priority 0 is not printed": (
        ("interface Tunnel0", "ip nhrp nhs 10.9.0.1 nbma 1.2.3.4 multicast priority 0 cluster 0"),
        tunnel(" no ip address", " ip nhrp nhs 10.9.0.1 nbma 1.2.3.4 multicast")),
    "nhs is retyped": (
        ("interface Tunnel0", "ip nhrp nhs 10.9.0.1", "ip nhrp nhs 10.9.0.1 nbma 1.2.3.4"),
        tunnel(" no ip address", " ip nhrp nhs 10.9.0.1 nbma 1.2.3.4")),
    "an undefined profile is ignored": (
        ("interface Tunnel0", "tunnel protection ipsec profile NOPE"),
        tunnel(" no ip address")),
    "protection is overwritten": (
        ("crypto ipsec profile A", "crypto ipsec profile B", "interface Tunnel0",
        "tunnel protection ipsec profile A shared", "tunnel protection ipsec profile B"),
        tunnel(" no ip address", " tunnel protection ipsec profile B")),
    "no tunnel protection alone": (("crypto ipsec profile A", "interface Tunnel0",
        "tunnel protection ipsec profile A", "no tunnel protection"), tunnel(" no ip address")),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
async def test_interface_lines(case: str) -> None:
    typed, wanted = LINES[case]
    async with console() as at:
        screen = await at.lines("conf t", *typed, "end")
        assert "%" not in screen.replace("% Invalid", "")
        text = await at.running()
        assert f"{wanted}\n!\n" in text, text


# what is typed, a part of the answer of the last line, what must not be in the configuration
REFUSED = {
    "nhrp authentication over 8": (
        ("interface Tunnel0", "ip nhrp authentication ninechars"), "% ", "ninechars"),
    "overlap": (("interface Tunnel0", "ip address 10.0.0.9 255.255.255.128"),
        "% 10.0.0.0 overlaps with GigabitEthernet2", "255.255.255.128"),
    "network address": (("interface Tunnel0", "ip address 10.9.0.0 255.255.255.0"),
        "Bad mask /24 for address 10.9.0.0", "10.9.0.0"),
    "no contiguous mask": (
        ("interface Tunnel0", "ip address 10.9.0.1 255.0.255.0"), "Bad mask 0xFF00FF00",
        "10.9.0.1"),
    "vrf not there": (
        ("interface Tunnel0", "vrf forwarding NOPE"), "% VRF NOPE not configured", "NOPE"),
    "inconsistent route": (
        ("ip route 10.9.0.1 255.255.255.0 10.0.0.2",), "%Inconsistent address and mask",
        "10.9.0.1"),
    "own next hop": (
        ("ip route 10.9.0.0 255.255.255.0 10.0.0.1",), "%Invalid next hop", "10.9.0.0"),
    "second bgp": (
        ("router bgp 1", "router bgp 2"), "BGP is already running; AS is 1", "router bgp 2"),
    "unknown neighbor": (
        ("router bgp 1", "neighbor 10.9.0.1 timers 5 15"), "% Specify remote-as or peer-group",
        "timers"),
    "unknown transform set": (("crypto ipsec profile P", "set transform-set NOPE"),
        'ERROR: transform set with tag "NOPE" does not exist.', "NOPE"),
    "3des is gone": (
        ("crypto ipsec transform-set T esp-3des esp-sha-hmac",), "% Invalid input", "3des"),
    "gcm with integrity": (
        ("crypto ikev2 proposal P", "encryption aes-gcm-256", "integrity sha256"), "% ", "sha256"),
    "port that is not there": (
        ("interface GigabitEthernet9",), "% Invalid input", "GigabitEthernet9"),
    "tunnel lines on a port": (
        ("interface GigabitEthernet2", "tunnel key 1"), "% Invalid input", "tunnel key"),
    "ports stay": (
        ("no interface GigabitEthernet2",), "% Removal of physical interfaces is not permitted",
        "XX"),
    "profile in use": (
        ("crypto ipsec profile P", "interface Tunnel0", "tunnel protection ipsec profile P",
        "no crypto ipsec profile P"), "% Profile P is in use", "XX"),
    "same source, mode and key": (
        ("interface Tunnel1", "tunnel source Gi1", "tunnel mode gre multipoint",
        "interface Tunnel2", "tunnel source Gi1", "tunnel mode gre multipoint"),
        "the same as Tunnel1",
        "XX"),
    "destination on mGRE": (
        ("interface Tunnel1", "tunnel mode gre multipoint", "tunnel destination 1.1.1.1"),
        "% Tunnel destination cannot be configured", "1.1.1.1"),
    "what the dataplane does not carry": (
        ("router eigrp 100",), "% Not carried by the dataplane", "router eigrp"),
    "number out of range": (("interface Tunnel0", "ip mtu 60"), "% Invalid input", "ip mtu"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_refused_lines(case: str) -> None:
    typed, answer, absent = REFUSED[case]
    async with console() as at:
        await at.lines("conf t", *typed[:-1])
        before = await at.running()
        assert answer in await at.type(f"{typed[-1]}\n")
        assert await at.running() == before
        assert absent not in before


async def test_vrf_forwarding_wipes_the_address_and_says_so() -> None:
    async with console() as at:
        await at.lines("conf t", "vrf definition INET", "address-family ipv4", "exit")
        screen = await at.lines("interface gi1", "vrf forwarding INET")
        assert "% Interface GigabitEthernet1 IPv4 disabled and address(es) removed" in screen
        assert "due to enabling VRF INET\n" in screen
        assert (
            "interface GigabitEthernet1\n vrf forwarding INET\n no ip address\n"
            in await at.running()
        )
        await at.lines("ip address 203.0.113.2 255.255.255.252")
        assert "due to disabling VRF INET" in await at.type("no vrf forwarding\n")


async def test_removing_a_vrf_takes_its_lines_along() -> None:
    async with console() as at:
        await at.lines("conf t", *VRF.splitlines(), *HUB.splitlines())
        screen = await at.type("no vrf definition INET\n")
        assert "% IPv4 addresses from all interfaces in VRF INET have been removed" in screen
        assert "INET" not in (await at.running()).replace("fvrf INET", "")


async def test_notices_are_shown_once_and_are_no_errors() -> None:
    async with console() as at:
        screen = await at.lines("conf t", "crypto ikev2 profile P")
        assert "IKEv2 profile MUST have:" in screen
        assert screen.endswith("(config-ikev2-profile)#")
        assert "MUST" not in await at.lines("exit", "crypto ikev2 profile P")


async def test_a_mode_change_under_protection_is_a_warning() -> None:
    async with console() as at:
        await at.lines("conf t", *HUB.splitlines(), "interface Tunnel0")
        screen = await at.type("tunnel mode gre ip\n")
        assert "%WARNING: The tunnel mode has been modified" in screen
        assert "tunnel mode gre multipoint" not in await at.running()


async def test_bgp_lines_move_into_the_first_address_family() -> None:
    async with console() as at:
        await at.lines(
            "conf t", "router bgp 65000", "neighbor 10.9.0.1 remote-as 65000",
            "neighbor 10.9.0.1 next-hop-self", "network 10.0.0.0",
        )  # fmt: skip
        assert (
            textwrap.dedent("""\
            router bgp 65000
             bgp log-neighbor-changes
             network 10.0.0.0
             neighbor 10.9.0.1 remote-as 65000
             neighbor 10.9.0.1 next-hop-self
            !
            """)
            in await at.running()
        )
        await at.lines("address-family ipv4", "exit", "neighbor 10.9.0.2 remote-as 65001",
                       "neighbor 10.9.0.2 weight 5", "no neighbor 10.9.0.1")  # fmt: skip
        assert (
            textwrap.dedent("""\
            router bgp 65000
             bgp log-neighbor-changes
             neighbor 10.9.0.2 remote-as 65001
             !
             address-family ipv4
              network 10.0.0.0
              neighbor 10.9.0.2 activate
              neighbor 10.9.0.2 weight 5
             exit-address-family
            !
            """)
            in await at.running()
        )


async def test_sequence_numbers_are_filled_in() -> None:
    async with console() as at:
        await at.lines(
            "conf t", "ip prefix-list LAN permit 10.0.0.0/8 le 24",
            "ip prefix-list LAN seq 7 deny 0.0.0.0/0",
            "ip prefix-list LAN permit 192.168.0.0/16", "ip access-list extended X",
            "permit ip any any",
            "deny   udp any host 10.0.0.1 eq 500", "5 permit esp any any", "no permit ip any any",
            "exit",
            "route-map RM", "set local-preference 200",
        )  # fmt: skip
        text = await at.running()
        assert (
            textwrap.dedent("""\
            ip access-list extended X
             5 permit esp any any
             20 deny   udp any host 10.0.0.1 eq 500
            !
            ip prefix-list LAN seq 5 permit 10.0.0.0/8 le 24
            ip prefix-list LAN seq 7 deny 0.0.0.0/0
            ip prefix-list LAN seq 10 permit 192.168.0.0/16
            """)
            in text
        ), text
        assert "route-map RM permit 10\n set local-preference 200\n" in text


async def test_secrets_are_kept_as_ios_keeps_them() -> None:
    async with console() as at:
        await at.lines(
            "conf t", "enable secret canary1", "username bob privilege 15",
            "username bob secret canary2",
            "username eve password canary3", "line vty 0 4", "password canary4", "exit",
        )  # fmt: skip
        text = await at.running()
        assert "canary1" not in text
        assert "canary2" not in text
        assert "username bob privilege 15 secret 9 $9$" in text
        assert "username eve password 0 canary3" in text
        assert at.router.password_is("bob", "canary2")
        assert not at.router.password_is("bob", "canary3")
        await at.lines("service password-encryption")
        text = await at.running()
        assert "canary" not in text
        assert "username eve password 7 " in text
        assert at.router.password_is("eve", "canary3")


async def test_a_pasted_public_key_becomes_its_hash() -> None:
    async with console() as at:
        await at.lines(
            "conf t", "ip ssh pubkey-chain", "username admin", "key-string",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwPX6wFUXk2k0dLXMPSzAEhcZnrrNR9JXJx3cfGqEvV",
            "exit", "end",
        )  # fmt: skip
        assert len(at.router.key_hashes("admin")) == 1
        assert "  key-hash ssh-ed25519 " in await at.running()


async def test_ports_are_shut_on_an_unconfigured_router_only() -> None:
    assert (
        "interface GigabitEthernet1\n no ip address\n shutdown\n"
        in (await booted("")).running_text()
    )
    assert "shutdown" not in (await booted(STARTUP)).running_text()


async def test_a_startup_configuration_with_errors_boots_and_names_them() -> None:
    router = await booted()
    refused = await router.boot(
        "hostname X\ninterface GigabitEthernet1\n ip addres 1.2.3.4\n pre-shared-key k\n"
    )
    assert router.hostname == "X"
    assert [text.split(":")[0] for text in refused] == ["line 3", "line 4"]


async def test_the_lines_of_a_neighbor_stand_together_in_the_order_of_ios() -> None:
    async with console() as at:
        await at.lines(
            "conf t",
            "router bgp 1",
            "neighbor 10.9.0.10 remote-as 1",
            "neighbor 10.9.0.9 remote-as 1",
            "neighbor 10.9.0.10 timers 5 15",
            "neighbor 10.9.0.9 timers 5 15",
            "neighbor 10.9.0.9 description second typed",
            "neighbor HUBS peer-group",
        )
        assert [
            line for line in (await at.running()).splitlines() if line.startswith(" neighbor")
        ] == [
            " neighbor HUBS peer-group",
            " neighbor 10.9.0.9 remote-as 1",
            " neighbor 10.9.0.9 description second typed",
            " neighbor 10.9.0.9 timers 5 15",
            " neighbor 10.9.0.10 remote-as 1",
            " neighbor 10.9.0.10 timers 5 15",
        ]


async def test_the_shortcut_of_this_release_is_shown_when_it_is_off() -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0", "ip nhrp network-id 1", "ip nhrp shortcut")
        assert "nhrp shortcut" not in await at.running()
        await at.lines("no ip nhrp shortcut")
        assert "\n no ip nhrp shortcut\n" in await at.running()
        await at.lines("ip nhrp shortcut")
        assert "nhrp shortcut" not in await at.running()


async def test_default_interface_resets_and_keeps_it() -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0", "ip mtu 1400", "tunnel key 1", "exit")
        said = await at.lines("default interface Tunnel0")
        assert "Interface Tunnel0 set to default configuration" in said
        assert "interface Tunnel0\n no ip address\n!" in await at.running()
        await at.lines("default interface GigabitEthernet2")
        assert (
            "interface GigabitEthernet2\n no ip address\n shutdown\n negotiation auto\n"
            " no mop enabled\n no mop sysid\n"
        ) in await at.running()


async def test_what_is_in_use_cannot_be_removed() -> None:
    async with console() as at:
        await at.lines(
            "conf t", "crypto ikev2 proposal P", "crypto ikev2 policy Q", "proposal P",
            "crypto ikev2 keyring K", "crypto ikev2 profile R", "keyring local K", "exit",
        )  # fmt: skip
        assert "% Proposal P is in use by policy Q" in await at.lines("no crypto ikev2 proposal P")
        assert "% Keyring K is in use by profile R" in await at.lines("no crypto ikev2 keyring K")
        await at.lines("no crypto ikev2 profile R", "no crypto ikev2 keyring K")
        await at.lines("no crypto ikev2 policy Q", "no crypto ikev2 proposal P")
        assert "ikev2" not in await at.running()


@pytest.mark.parametrize(
    "lines",
    [
        ("router ospf 1", "exit", "router ospf 2"),
        ("router ospf 1", "area 1 nssa no-redistribution"),
        ("router ospf 1", "area 1 nssa default-information-originate no-summary"),
    ],
)
async def test_what_the_dataplane_cannot_do_is_refused_when_typed(lines: tuple[str, ...]) -> None:
    async with console() as at:
        await at.lines("conf t", *lines[:-1])
        assert "% Not carried by the dataplane of this lab" in await at.lines(lines[-1])
    async with console(strict=False) as at:
        assert "%" not in await at.lines("conf t", *lines)


async def test_redirect_typed_again_reaches_the_dataplane() -> None:
    async with console() as at:
        await at.lines("conf t", "interface Tunnel0", "ip nhrp network-id 1", "ip nhrp redirect")
        applied = at.router.dataplane.applied  # type: ignore[attr-defined]
        before = len(applied)
        await at.lines("ip nhrp network-id 1")
        assert len(applied) == before
        await at.lines("ip nhrp redirect")
        assert len(applied) == before + 1
