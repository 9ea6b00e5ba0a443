"""Routing processes."""

from __future__ import annotations

import re

from dmvpn_auto.ios.rules import Section, Turn, line

_R = re.compile
BGP_FAMILY = Section(
    _R(r"address-family (?:ipv[46](?: vrf \S+)?|vpnv4)$"),
    lines=(
        line(r"neighbor (\S+) (?:route-map|prefix-list) \S+ (?:in|out)$"),
        line(r"neighbor (\S+) maximum-prefix\b"),
        line(r"(?:no )?neighbor (\S+) activate$", switch=True),
        line(r"network \S+(?: mask \S+)?"),
    ),
    removes=_R(r"network |aggregate-address |neighbor "),
    shows=_R(r"no auto-summary$|no synchronization$"),
)
BGP = Section(
    _R(r"router bgp\b"),
    turn=Turn.REPLACE,
    shared=True,
    lines=(
        line(r"neighbor (\S+) peer-group$", rank=42, takes="neighbor {} "),
        line(r"neighbor (\S+) remote-as\b", rank=43, takes="neighbor {} "),
        line(
            r"neighbor (\S+) (?:timers|description|update-source|ebgp-multihop|password|version)\b"
        ),
        line(r"bgp router-id\b", rank=41, no="no bgp router-id"),
        line(r"bgp listen limit\b", no="no bgp listen limit"),
        line(r"bgp listen range \S+", Turn.REPLACE),
        line(r"timers bgp\b"),
    ),
    sections=(BGP_FAMILY,),
    removes=_R(r"bgp (?:router-id|listen) |neighbor "),
    shows=_R(r"bgp log-neighbor-changes$|no synchronization$|no auto-summary$"),
    hides=_R(r"bgp listen limit 100$|neighbor \S+ timers 60 180$|bgp log-neighbor-changes$"),
)
ROUTER = (  # a router may run its LAN in the same process: nothing is taken away
    Section(_R(r"router ospf \d+"), lines=(line(r"router-id\b"),), removes=None),
    Section(
        _R(r"router ospfv3 \d+"),
        lines=(line(r"router-id\b"),),
        sections=(
            Section(_R(r"address-family ipv6 unicast"), (line(r"router-id\b"),), removes=None),
        ),
        removes=None,
    ),
    Section(
        _R(r"router eigrp \S+"),
        lines=(line(r"eigrp router-id\b"), line(r"eigrp stub\b")),
        removes=None,
    ),
    Section(_R(r"router rip"), lines=(line(r"version\b"),), removes=None),
)
