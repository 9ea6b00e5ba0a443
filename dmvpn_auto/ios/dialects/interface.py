"""VRFs, tunnel interfaces and the other interfaces."""

from __future__ import annotations

import re

from dmvpn_auto.ios.dialects.common import DESCRIPTION
from dmvpn_auto.ios.rules import Section, Turn, line

_R = re.compile
VRF = Section(
    _R(r"vrf definition \S+$"),
    implied=_R(r"address-family ipv4$"),
    lines=(line(r"rd\b", Turn.REPLACE), DESCRIPTION),
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
            wipes=True,
            why="wipes the address",
        ),
        line(r"(?:no )?ip address\b(?!.* secondary)", rank=20, no="no ip address", switch=True),
        line(r"tunnel source\b", rank=30, bounces=True),
        line(
            r"tunnel destination\b", rank=32, no_rank=15, no="no tunnel destination", bounces=True
        ),
        line(
            r"tunnel mode\b",
            rank=31,
            no_rank=15,
            bounces=True,
            why="NHRP maps need a multipoint tunnel, which has no destination",
        ),
        line(r"tunnel key\b", rank=33, no="no tunnel key", bounces=True),
        line(r"tunnel vrf\b", rank=34, no="no tunnel vrf", bounces=True),
        line(
            r"tunnel protection\b",
            rank=90,
            no_rank=16,
            bounces=True,
            why="needs source and mode",
        ),
        line(r"ipv6 address (?=\S+ link-local$)", rank=19),
        line(r"ipv6 address \S+", rank=20),
        line(r"ip nhrp authentication\b", no="no ip nhrp authentication"),
        line(r"ipv6 nhrp authentication\b", no="no ipv6 nhrp authentication"),
        *(
            line(
                rf"{ip} nhrp network-id\b",
                rank=40,
                resend=rf"{ip} nhrp redirect",
                why="a changed id switches redirect off although it is still displayed",
            )
            for ip in ("ip", "ipv6")
        ),
        line(r"ip(?:v6)? nhrp (?:holdtime|registration timeout)\b"),
        line(r"ip(?:v6)? nhrp nhs cluster \d+"),
        line(r"ip(?:v6)? nhrp nhs fallback\b"),
        line(r"ip(?:v6)? nhrp nhs dynamic nbma \S+", Turn.REPLACE),
        line(r"ip(?:v6)? nhrp nhs \S+", Turn.REPLACE),
        line(r"nhrp map group \S+"),
        line(r"ip(?:v6)? nhrp map (?!multicast )\S+", Turn.REPLACE),
        line(r"ip(?:v6)? nhrp redirect\b"),
        line(r"(?:ipv6 )?nhrp group\b"),
        line(r"ip(?:v6)? (?:mtu|tcp adjust-mss)\b"),
        line(r"ospfv3 (?:\d+ )?(?:network|priority|hello-interval|dead-interval|cost)\b"),
        line(r"ospfv3 \d+ ipv[46] area\b", Turn.REPLACE, last=True),
        line(r"bandwidth\b", no="no bandwidth"),
        line(r"delay\b", no="no delay"),
        line(
            r"keepalive\b", rank=89, no="no keepalive", no_rank=15, why="not on multipoint tunnels"
        ),
        line(r"load-interval\b", no="no load-interval"),
        line(r"if-state nhrp$"),
        line(r"bfd interval\b", no="no bfd interval"),
        line(
            r"ip ospf (?:network|priority|hello-interval|dead-interval|cost|mtu-ignore)\b",
            last=True,
        ),
        line(r"ip ospf message-digest-key \d+", Turn.REPLACE),
        line(r"ip ospf \d+ area\b", Turn.REPLACE, last=True),
        line(r"ip ospf authentication-key\b", no="no ip ospf authentication-key"),
        line(r"ip (?:hello-interval|hold-time|bandwidth-percent) eigrp \d+"),
        DESCRIPTION,
    ),
    hidden=_R(r"tunnel mode gre ip$|no shutdown$"),
    folds=True,
    respell=((_R(r"^ip (nhrp (?:map )?group)\b"), r"\1"), (_R(r"^ip (vrf forwarding)\b"), r"\1")),
    shows=_R(r"no ip(?:v6)? redirects$"),
    void=_R(r"no ip address$"),
    hides=_R(r"bandwidth 100$|delay 5000$|ip ospf priority 1$|ospfv3 priority 1$"),
)
INTERFACE = Section(
    _R(r"interface (?!Tunnel)\S+"),
    lines=(
        line(r"vrf forwarding\b", rank=10, no_rank=10, resend=r"ip(?:v6)? address\b", wipes=True),
        line(r"(?:no )?ip address\b(?!.* secondary)", rank=20, no="no ip address", switch=True),
        line(r"ipv6 address (?=\S+ link-local$)", rank=19),
        line(r"ipv6 address \S+", rank=20),
        line(r"ipv6 traffic-filter (?=\S+ in$)"),
        line(r"ip access-group (?=\S+ in$)"),
        line(r"shutdown$", rank=95, no_rank=95),
        DESCRIPTION,
    ),
    hidden=_R(r"no shutdown$"),
    void=_R(r"no ip address$"),
    respell=((_R(r"^ip (vrf forwarding)\b"), r"\1"),),
    removes=_R(r"shutdown$"),
)
ACCESS_LIST = Section(_R(r"ip access-list (?:extended|standard) \S+"), ordered=True)
IPV6_ACL = Section(_R(r"ipv6 access-list \S+$"), ordered=True)
