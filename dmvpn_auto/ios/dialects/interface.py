"""VRFs, tunnel interfaces and the other interfaces."""

from __future__ import annotations

import re

from dmvpn_auto.ios.dialects.common import DESCRIPTION
from dmvpn_auto.ios.rules import Line, Section, Turn, line

_R = re.compile
_ADDRESS = r"\d+\.\d+\.\d+\.\d+"
VRF = Section(
    _R(r"vrf definition \S+$"),
    lines=(line(r"rd\b", Turn.REPLACE, rank=10), DESCRIPTION),
    sections=(Section(_R(r"address-family ipv[46]"), removes=None),),
    removes=None,
)


def _nhrp(ip: str, target: str) -> tuple[Line, ...]:
    """Return the NHRP lines of one family: the word it begins with, what a mapping is for."""
    return (
        line(rf"{ip} nhrp authentication\b", no=f"no {ip} nhrp authentication"),
        line(
            rf"{ip} nhrp network-id\b",
            rank=40,
            resend=rf"{ip} nhrp redirect",
            why="a changed id switches redirect off although it is still displayed",
        ),
        line(rf"{ip} nhrp holdtime\b", no=f"no {ip} nhrp holdtime"),
        line(rf"{ip} nhrp registration timeout\b", no=f"no {ip} nhrp registration timeout"),
        line(rf"{ip} nhrp nhs cluster \d+"),
        line(rf"{ip} nhrp nhs fallback\b"),
        line(rf"{ip} nhrp nhs dynamic nbma \S+", Turn.REPLACE),
        line(rf"{ip} nhrp nhs \S+", Turn.REPLACE),
        line(rf"{ip} nhrp map group \S+"),
        line(rf"{ip} nhrp map {target}", Turn.REPLACE),
        line(rf"{ip} nhrp redirect\b"),
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
        *_nhrp("ip", _ADDRESS),
        *_nhrp("ipv6", r"\S*:\S+"),
        line(r"(?:ip nhrp )?(?:nhrp )?group\b", no="no ip nhrp group"),
        line(r"ipv6 nhrp group\b", no="no ipv6 nhrp group"),
        line(r"ip mtu\b", no="no ip mtu"),
        line(r"ip tcp adjust-mss\b", no="no ip tcp adjust-mss"),
        line(r"ipv6 address (?=\S+ link-local$)", rank=19),
        line(r"ipv6 address \S+", rank=20),
        line(r"ipv6 mtu\b", no="no ipv6 mtu"),
        line(r"ipv6 tcp adjust-mss\b", no="no ipv6 tcp adjust-mss"),
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
        line(r"ospfv3 (?:network|priority|hello-interval|dead-interval|cost)\b"),
        line(r"ospfv3 \d+ ipv6 area\b", Turn.REPLACE),
        line(r"ip (?:hello-interval|hold-time|bandwidth-percent) eigrp \d+"),
        DESCRIPTION,
    ),
    hidden=_R(r"tunnel mode gre ip$|no shutdown$"),
    shows=_R(r"no ip redirects$|no ip address$|no ipv6 redirects$"),
    hides=_R(r"bandwidth 100$|delay 5000$|ip ospf priority 1$|ospfv3 priority 1$"),
)
INTERFACE = Section(
    _R(r"interface (?!Tunnel)\S+"),
    lines=(
        line(r"vrf forwarding\b", rank=10, no_rank=10, resend=r"ip(?:v6)? address\b"),
        line(r"ip address (?!.* secondary)", rank=20, no="no ip address"),
        line(r"ipv6 address (?=\S+ link-local$)", rank=19),
        line(r"ipv6 address \S+", rank=20),
        line(r"ipv6 traffic-filter (?=\S+ in$)"),
        line(r"shutdown$", rank=95, no_rank=95),
        DESCRIPTION,
    ),
    removes=_R(r"shutdown$"),
)
IPV6_ACL = Section(
    _R(r"ipv6 access-list \S+$"),
    removes=_R(r"permit "),  # it lets in exactly what it says
    respell=((_R(r"^sequence \d+ (?=permit|deny)"), ""),),
)
