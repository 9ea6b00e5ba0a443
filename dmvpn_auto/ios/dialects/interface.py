"""VRFs, tunnel interfaces and the other interfaces."""

from __future__ import annotations

import re

from dmvpn_auto.ios.dialects.common import DESCRIPTION
from dmvpn_auto.ios.rules import Section, Turn, line

_R = re.compile
_ADDRESS = r"\d+\.\d+\.\d+\.\d+"
VRF = Section(
    _R(r"vrf definition \S+$"),
    lines=(line(r"rd\b", Turn.REPLACE, rank=10), DESCRIPTION),
    sections=(Section(_R(r"address-family ipv[46]"), removes=None),),
    removes=None,
)
TUNNEL = Section(
    _R(r"interface Tunnel\d+$"),
    lines=(
        line(r"shutdown$", rank=95, no_rank=95),
        line(
            r"vrf forwarding\b",
            rank=10,
            no_rank=10,
            resend=r"ip(?:v6)? address\b",
            why="wipes the address",
        ),
        line(r"ip address (?!.* secondary)", rank=20, no="no ip address"),
        line(r"tunnel source\b", rank=30, bounces=True),
        line(r"tunnel destination\b", rank=31, bounces=True),
        line(r"tunnel mode\b", rank=32, bounces=True, why="NHRP maps need a multipoint tunnel"),
        line(r"tunnel key\b", rank=33, no="no tunnel key", bounces=True),
        line(r"tunnel vrf\b", rank=34, no="no tunnel vrf", bounces=True),
        line(r"tunnel protection\b", rank=90, bounces=True, why="needs source and mode"),
        line(r"ip nhrp authentication\b", no="no ip nhrp authentication"),
        line(
            r"ip nhrp network-id\b",
            rank=40,
            resend=r"ip nhrp redirect",
            why="a changed id switches redirect off although it is still displayed",
        ),
        line(r"ip nhrp holdtime\b", no="no ip nhrp holdtime"),
        line(r"ip nhrp registration timeout\b", no="no ip nhrp registration timeout"),
        line(r"ip nhrp nhs cluster \d+"),
        line(r"ip nhrp nhs fallback\b"),
        line(r"ip(?:v6)? nhrp nhs dynamic nbma \S+", Turn.REPLACE),
        line(r"ip(?:v6)? nhrp nhs \S+", Turn.REPLACE),
        line(r"ip nhrp map group \S+"),
        line(rf"ip nhrp map {_ADDRESS}", Turn.REPLACE),
        line(r"ip nhrp redirect\b"),
        line(r"(?:ip nhrp )?(?:nhrp )?group\b", no="no ip nhrp group"),
        line(r"ip mtu\b", no="no ip mtu"),
        line(r"ip tcp adjust-mss\b", no="no ip tcp adjust-mss"),
        line(r"bandwidth\b", no="no bandwidth"),
        line(r"delay\b", no="no delay"),
        line(r"keepalive\b", no="no keepalive"),
        line(r"load-interval\b", no="no load-interval"),
        line(r"if-state nhrp$"),
        line(r"bfd interval\b", no="no bfd interval"),
        line(r"ip ospf (?:network|priority|hello-interval|dead-interval|cost|mtu-ignore)\b"),
        line(r"ip ospf message-digest-key \d+", Turn.REPLACE),
        line(r"ip ospf \d+ area\b", Turn.REPLACE),
        line(r"ip ospf authentication-key\b", no="no ip ospf authentication-key"),
        line(r"ip (?:hello-interval|hold-time|bandwidth-percent) eigrp \d+"),
        DESCRIPTION,
    ),
    hidden=_R(r"tunnel mode gre ip$|no shutdown$"),
    shows=_R(r"no ip redirects$|no ip address$"),
    hides=_R(r"bandwidth 100$|delay 5000$|ip ospf priority 1$"),
)
INTERFACE = Section(
    _R(r"interface (?!Tunnel)\S+"),
    lines=(
        line(r"vrf forwarding\b", rank=10, no_rank=10, resend=r"ip(?:v6)? address\b"),
        line(r"ip address (?!.* secondary)", rank=20, no="no ip address"),
        line(r"shutdown$", rank=95, no_rank=95),
        DESCRIPTION,
    ),
    removes=_R(r"shutdown$"),
)
