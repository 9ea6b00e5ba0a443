"""Running configurations for the tests of the dataplane, and how they become trees."""

from __future__ import annotations

from dmvpn_auto.lab.live import Tree

CRYPTO = """
crypto ikev2 proposal DMVPN-PROP
 encryption aes-gcm-256
 prf sha384
 group 20
!
crypto ikev2 policy DMVPN-POL
 proposal DMVPN-PROP
!
crypto ikev2 keyring DMVPN-KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key Canary-PSK-7
 !
!
crypto ikev2 profile DMVPN-PROF
 match identity remote address 0.0.0.0
 authentication remote pre-share
 authentication local pre-share
 keyring local DMVPN-KR
 dpd 10 2 on-demand
!
crypto ipsec transform-set DMVPN-TS esp-gcm 256
 mode transport
!
crypto ipsec profile DMVPN-IPSEC
 set transform-set DMVPN-TS
 set ikev2-profile DMVPN-PROF
!
"""

HUB = (
    "hostname hub\n!"
    + CRYPTO
    + """
interface Loopback1
 ip address 10.0.1.1 255.255.255.0
!
interface Tunnel0
 ip address 10.255.0.1 255.255.255.0
 no ip redirects
 ip mtu 1400
 ip nhrp authentication NHRPKEY
 ip nhrp map multicast dynamic
 ip nhrp network-id 100
 ip nhrp holdtime 60
 ip nhrp redirect
 ip tcp adjust-mss 1360
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 tunnel key 100
 tunnel protection ipsec profile DMVPN-IPSEC
!
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
!
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
!
router bgp 65000
 bgp router-id 10.255.0.1
 bgp log-neighbor-changes
 bgp listen range 10.255.0.0/24 peer-group SPOKES
 bgp listen limit 100
 neighbor SPOKES peer-group
 neighbor SPOKES remote-as 65000
 neighbor SPOKES timers 5 15
 !
 address-family ipv4
  network 10.0.0.0 mask 255.255.255.0
  aggregate-address 10.0.0.0 255.0.0.0 summary-only
  neighbor SPOKES activate
  neighbor SPOKES route-reflector-client
  neighbor SPOKES next-hop-self all
 exit-address-family
!
ip route 0.0.0.0 0.0.0.0 203.0.113.1
!
end
"""
)


def spoke(number: int) -> str:
    """Return the configuration of spoke `number` (1, 2, ...)."""
    return (
        f"hostname spoke{number}\n!"
        + CRYPTO
        + f"""
interface Loopback1
 ip address 10.{number}.1.1 255.255.255.0
!
interface Tunnel0
 ip address 10.255.0.{10 + number} 255.255.255.0
 no ip redirects
 ip mtu 1400
 ip nhrp authentication NHRPKEY
 ip nhrp network-id 100
 ip nhrp holdtime 60
 ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast
 ip nhrp registration no-unique
 ip nhrp shortcut
 ip tcp adjust-mss 1360
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 tunnel key 100
 tunnel protection ipsec profile DMVPN-IPSEC
!
interface GigabitEthernet1
 ip address 198.51.100.{4 * number - 2} 255.255.255.252
!
interface GigabitEthernet2
 ip address 10.{number}.0.1 255.255.255.0
!
router bgp 65000
 bgp router-id 10.255.0.{10 + number}
 bgp log-neighbor-changes
 neighbor 10.255.0.1 remote-as 65000
 neighbor 10.255.0.1 timers 5 15
 !
 address-family ipv4
  network 10.{number}.0.0 mask 255.255.255.0
  network 10.{number}.1.0 mask 255.255.255.0
  neighbor 10.255.0.1 activate
 exit-address-family
!
ip route 0.0.0.0 0.0.0.0 198.51.100.{4 * number - 3}
!
end
"""
    )


def tree(text: str) -> Tree:
    """Read running-config text as the canonical tree, as the command line hands it over."""
    root: Tree = {}
    levels: list[tuple[int, Tree]] = [(-1, root)]
    for line in text.splitlines():
        words = line.strip()
        if not words or words == "!" or words in ("end", "exit-address-family"):
            continue
        depth = len(line) - len(line.lstrip())
        while levels[-1][0] >= depth:
            levels.pop()
        levels.append((depth, levels[-1][1].setdefault(words, {})))
    return root
