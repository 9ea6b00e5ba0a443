"""What the simulator (`simulator.py`) knows of IOS. Stated apart from the tables that make a change
(`dialects/`): a fact that is wrong there and right here fails the proof, and the plan is refused.

Keys are what a line is known by: two lines of one section with the same key cannot stand side by
side. A line that no pattern matches is known by all of its words.
"""

from __future__ import annotations

import re

_IP = r"(?:ip|ipv6)"


def _one_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})(?![^ ])" for pattern in patterns))


_ANYWHERE = ("description",)
_INTERFACE = _one_of(
    *_ANYWHERE,
    r"bandwidth(?: receive)?",
    r"(?:delay|keepalive|load-interval|mtu|mpls mtu|duplex|speed|mac-address|negotiation)",
    r"(?:ip )?vrf forwarding",
    r"ip address(?!.* secondary$)",
    rf"{_IP} (?:mtu|tcp adjust-mss)",
    rf"{_IP} nhrp (?:authentication|network-id|holdtime|registration timeout|group|redirect"
    r"|path preference|event-publisher|trigger-svc|interest)",
    r"nhrp group",
    rf"{_IP} nhrp nhs cluster \d+ max-connections",
    rf"{_IP} nhrp nhs fallback",
    rf"{_IP} nhrp nhs (?!cluster |fallback |dynamic )\S+",
    rf"{_IP} nhrp map (?!multicast |group )\S+",
    rf"(?:{_IP} )?nhrp map group \S+",
    r"tunnel (?:source|destination|mode|key|vrf|protection|ttl|checksum|path-mtu-discovery)",
    r"if-state",
    r"bfd interval",
    r"ip ospf \d+ area(?: \S+)?",
    r"ip ospf (?:network|priority|hello-interval|dead-interval|cost|authentication"
    r"|authentication-key|retransmit-interval|transmit-delay)",
    r"ip ospf message-digest-key \d+",
    r"ospfv3(?: \d+)? (?:network|priority|hello-interval|dead-interval|cost)",
    r"ospfv3 \d+ ipv[46] area",
    r"ip (?:hello-interval|hold-time|bandwidth-percent) eigrp \d+",
    r"ip authentication (?:mode|key-chain) eigrp \d+",
    r"ip rip (?:send|receive) version",
    r"ip pim (?:dr-priority|query-interval)",
    r"ip pim (?:sparse-mode|dense-mode|sparse-dense-mode)",
    r"ip access-group \S+ (?:in|out)",
    r"ip (?:policy route-map|helper-address|nat (?:inside|outside))",
    r"service-policy (?:input|output)",
    r"encapsulation",
    r"crypto map",
    r"switchport (?:mode|access vlan|trunk encapsulation|trunk native vlan)",
    r"standby \d+ ip",
    r"standby \d+ (?:priority|timers|preempt)",
    r"(?:dialer pool-member|ppp chap hostname|ppp authentication|ip nhrp server-only)",
)
_CRYPTO = _one_of(
    *_ANYWHERE,
    r"(?:encryption|encr|integrity|prf|group|hash|lifetime|dpd|mode|address|ivrf|aaa|vrf|fqdn)",
    r"match fvrf",
    r"authentication local",
    r"authentication(?! local| remote)",
    r"identity (?:local|address|fqdn)",
    r"keyring(?: local)?",
    r"pre-shared-key (?:local|remote)",
    r"pre-shared-key(?! local| remote| address| hostname)",
    r"pre-shared-key (?:address|hostname) \S+(?: \S+\.\S+)?(?= key)",
    r"set (?:transform-set|pfs|ikev2-profile|isakmp-profile|peer|identity)",
    r"set security-association (?:lifetime (?:seconds|kilobytes)|replay|idle-time)",
    r"enrollment (?:url|mode|retry \w+|terminal|selfsigned)",
    r"(?:subject-name|revocation-check|rsakeypair|eckeypair|auto-enroll|serial-number|ip-address)",
    r"source interface",
)
_ROUTING = _one_of(
    *_ANYWHERE,
    r"(?:bgp )?router-id",
    r"(?:eigrp|ospf) router-id",
    r"eigrp stub",
    r"(?:summary-address|neighbor \S+ (?:route-map|prefix-list|distribute-list|filter-list))"
    r" \S+(?: \S+\.\S+)?(?: in| out)?",
    r"bgp listen limit",
    r"bgp listen range \S+",
    r"bgp (?:cluster-id|graceful-restart|bestpath|maxas-limit|asnotation)",
    r"neighbor \S+ (?:remote-as|timers|description|update-source|ebgp-multihop|password|version"
    r"|maximum-prefix|weight|local-as|allowas-in|peer-group(?= )|fall-over|next-hop-self"
    r"|default-originate|inherit \S+)",
    r"aggregate-address \S+ \S+",
    r"network \S+(?: mask \S+| \d+\.\S+)?",
    r"(?:hello-interval|hold-time|bandwidth-percent|version|variance|maximum-paths|distance"
    r"|default-metric|timers \S+|auto-cost|area \S+ (?:stub|nssa|authentication)|traffic-share"
    r"|metric rib-scale|log-adjacency-changes|authentication (?:mode|key-chain))",
    r"default-information originate",
    r"redistribute (?:bgp|eigrp|ospf|isis) \S+",
    r"redistribute (?:static|connected|rip|odr)",
    r"area \S+ range \S+ \S+",
    r"area \S+ virtual-link \S+",
)
_OTHER = _one_of(
    *_ANYWHERE,
    r"(?:key-string|cryptographic-algorithm|rd|mode|exec-timeout|transport \w+|privilege level"
    r"|session-timeout|length|password|login|stopbits|logging synchronous|history size|timeout"
    r"|frequency|default-router|lease|domain-name|dns-server|netmask|width)",
    r"network",
    r"set (?:local-preference|metric|ip next-hop|as-path prepend|weight|community|origin"
    r"|dscp|ip dscp)",
    r"(?:bandwidth|priority|police|shape \w+|queue-limit|service-policy)",
    r"(?:send-lifetime|accept-lifetime)",
)
_TOP = _one_of(
    r"(?:hostname|version|ip domain[- ]name|boot-start-marker|clock timezone|ip default-gateway)",
    r"banner \w+",
    r"enable (?:secret|password)",
    r"username \S+",
    r"crypto ipsec security-association (?:replay window-size|lifetime \w+|idle-time)",
    r"crypto isakmp (?:keepalive|identity|nat keepalive)",
    r"ip prefix-list \S+ seq \d+",
    r"ip prefix-list \S+ description",
    r"ip ssh (?:version|time-out|authentication-retries|maxstartups|source-interface)",
    r"(?:ip (?:http server|http secure-server|forward-protocol nd|ftp username|ftp password)"
    r"|snmp-server (?:location|contact)|logging (?:buffered|console|monitor|trap|facility)"
    r"|logging source-interface|ntp source|ntp master|config-register|ip name-server vrf \S+)",
    r"service timestamps (?:log|debug)",
    r"(?:cts logging verbose|mmi (?:polling-interval|auto-configure|pvc|snmp-timeout)"
    r"|spanning-tree mode|no aaa new-model|call-home|redundancy|multilink bundle-name)",
)

SECTIONS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"interface "), _INTERFACE),
    (re.compile(r"crypto "), _CRYPTO),
    (re.compile(r"router |address-family|af-interface|topology"), _ROUTING),
)
"""Header of a section -> the keys of its lines."""

OTHER, TOP = _OTHER, _TOP

UNSAID = frozenset({"no shutdown", "no ip address"})
"""Lines that stand for nothing; exported configurations have them."""

ALIASES = {"ip nhrp group": "nhrp group", "ip vrf forwarding": "vrf forwarding"}
"""Keys that older releases write otherwise."""

KEYS = (
    (re.compile(r"ipv6 address \S+ (link-local)$"), "ipv6 address {}"),
    (re.compile(r"crypto isakmp key .* address ((?:ipv6 )?\S+)"), "crypto isakmp key {}"),
)
"""Lines that do not begin with their key."""

ALL_PASSIVE = "passive-interface default"
"""Makes IOS forget single passive interfaces; without it, IOS forgets the exceptions."""

BOTH = re.compile(r"ip http (?:secure-)?server$")
"""Switches of which IOS shows both positions."""

HEADERS = re.compile(
    r"(?:interface|vrf definition|ip vrf(?! forwarding)|key chain|router(?! preference| traffic)"
    r"|crypto ikev2 (?:proposal|policy|keyring|profile)|crypto isakmp (?:policy|profile)"
    r"|crypto keyring|crypto ipsec profile|crypto pki (?:trustpoint|certificate)"
    r"|crypto ipsec transform-set|ip access-list (?:extended|standard)|ipv6 access-list"
    r"|route-map|class-map|policy-map|line|ip sla(?= \d)|ip dhcp pool|track|control-plane"
    r"|archive|address-family|af-interface|topology|peer|class|key(?= \d+$))(?![^ ])"
)
"""Lines that open a section where they stand."""

PARAMETRIC = re.compile(
    r"crypto ipsec transform-set \S+|crypto keyring \S+|router bgp|interface \S+|route-map \S+ \w+ "
    r"\d+|ip sla \d+|crypto isakmp policy \d+|(?:ip )?vrf (?:definition )?\S+$|key chain \S+"
)
"""Sections that are known by less than their whole header: typing another one changes the header,
`no` and this takes the section away.
"""

ORDERED = re.compile(r"ip access-list |ipv6 access-list ")
"""Sections whose lines mean something by their order."""

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("crypto ipsec profile {}", "interface ", r"tunnel protection ipsec profile {}(?![^ ])"),
    ("crypto ipsec transform-set {}", "crypto ipsec profile ", r"set transform-set .*\b{}(?![^ ])"),
    ("crypto ikev2 profile {}", "crypto ipsec profile ", r"set ikev2-profile {}$"),
    ("crypto isakmp profile {}", "crypto ipsec profile ", r"set isakmp-profile {}$"),
    ("crypto ikev2 keyring {}", "crypto ikev2 profile ", r"keyring local {}$"),
    ("crypto keyring {}", "crypto isakmp profile ", r"keyring {}$"),
    ("crypto ikev2 proposal {}", "crypto ikev2 policy ", r"proposal {}$"),
)
"""What IOS refuses to take away while a line of another section names it."""

SWITCHED_OFF_WITH = tuple(
    (re.compile(f"{ip} nhrp network-id"), re.compile(f"{ip} nhrp redirect"))
    for ip in ("ip", "ipv6")
)
"""A change of the first silently switches the second off until it is typed again."""
