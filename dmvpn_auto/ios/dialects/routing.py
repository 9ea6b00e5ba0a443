"""Routing processes."""

from __future__ import annotations

import re

from dmvpn_auto.ios.rules import Line, Section, Turn, line

_R = re.compile
_BGP_LINES = (
    line(r"neighbor (\S+) peer-group$", rank=42, takes="neighbor {} "),
    line(r"neighbor (\S+) remote-as\b", rank=43, takes="neighbor {} "),
    line(r"neighbor (\S+) peer-group \S", Turn.REPLACE, rank=44),
    line(
        r"neighbor (\S+) (?:timers|description|update-source|ebgp-multihop|version|local-as"
        r"|allowas-in|next-hop-self|maximum-prefix|weight|default-originate)\b"
    ),
    line(r"neighbor (\S+) password\b"),
    line(r"(?:no )?neighbor (\S+) activate$", switch=True),
    line(r"neighbor (\S+) (?:route-map|prefix-list|distribute-list|filter-list) \S+ (?:in|out)$"),
    line(r"bgp router-id\b", rank=41, no="no bgp router-id"),
    line(r"bgp cluster-id\b", no="no bgp cluster-id"),
    line(r"bgp listen limit\b", no="no bgp listen limit"),
    line(r"bgp listen range \S+", Turn.REPLACE, no_rank=40, why="it holds its peer group"),
    line(r"network \S+(?: mask \S+)?", Turn.REPLACE),
    line(r"aggregate-address \S+ \S+", Turn.REPLACE),
    line(r"timers bgp\b"),
    line(r"maximum-paths(?: ibgp)?\b"),
    line(r"redistribute (?:static|connected|rip|odr|(?:bgp|eigrp|ospf|isis) \S+)"),
    line(r"distance bgp\b"),
)
_OUR_NEIGHBORS = _R(r"bgp listen |(?:no )?neighbor ")
_BGP_ALONE = _R(r"network |aggregate-address |bgp router-id ")
BGP_FAMILY = Section(
    _R(r"address-family (?:ipv[46]|vpnv[46])(?: unicast)?(?: vrf \S+)?$"),
    lines=_BGP_LINES,
    removes=_OUR_NEIGHBORS,
    removes_alone=_BGP_ALONE,
    shows=_R(r"no auto-summary$|no synchronization$"),
)
BGP = Section(
    _R(r"router bgp\b"),
    turn=Turn.REPLACE,
    shared=True,
    lines=_BGP_LINES,
    sections=(BGP_FAMILY, Section(_R(r"address-family .*"), removes=None)),
    removes=_OUR_NEIGHBORS,
    removes_alone=_BGP_ALONE,
    shows=_R(r"bgp log-neighbor-changes$|no synchronization$|no auto-summary$"),
    hides=_R(r"bgp listen limit 100$|neighbor \S+ timers 60 180$|bgp log-neighbor-changes$"),
)
_IGP_LINES = (
    line(
        r"passive-interface default$",
        rank=45,
        no_rank=40,
        resend=r"no passive-interface ",
        wipes=True,
        why="what follows is an exception, which goes with it",
    ),
    line(r"(?:variance|maximum-paths|distance|default-metric)\b"),
    line(r"redistribute (?:static|connected|rip|odr|(?:bgp|eigrp|ospf|isis) \S+)"),
)
_OSPF_LINES = (
    *_IGP_LINES,
    line(r"router-id\b", rank=41, no="no router-id"),
    line(r"area \S+ (?:stub|nssa|authentication)\b"),
    line(r"area \S+ range \S+ \S+"),
    line(r"default-information originate\b"),
    line(r"network \S+ \S+ area\b", Turn.REPLACE),
    line(r"auto-cost\b"),
)
_EIGRP_LINES = (
    *_IGP_LINES,
    line(r"eigrp router-id\b", rank=41, no="no eigrp router-id"),
    line(r"eigrp stub\b", no="no eigrp stub"),
)
_RIP_LINES = (*_IGP_LINES, line(r"version\b", no="no version"))
_IGP_OPTIONS = _R(
    r"area \S+ (?:stub|nssa|range)|default-information |neighbor |bfd |eigrp stub|summary-address "
)
_AF_INTERFACE = (
    Section(_R(r"af-interface default$"), removes=None),
    Section(
        _R(r"af-interface \S+"),
        lines=(
            line(r"(?:hello-interval|hold-time|bandwidth-percent)\b"),
            line(r"authentication mode\b"),
            line(r"authentication key-chain\b"),
            line(r"summary-address \S+ \S+", Turn.REPLACE),
        ),
        hidden=_R(r"next-hop-self$|split-horizon$"),
    ),
)


def _igp(
    header: str,
    lines: tuple[Line, ...],
    *sections: Section,
    process: bool = True,
    turn: Turn = Turn.OVERWRITE,
) -> Section:
    """A process, or a family of one. A router may run its LAN in the same: what is not about us
    stays.
    """
    return Section(
        _R(header),
        turn=turn,
        shared=process,
        by_name=True,
        lines=lines,
        sections=sections,
        removes=None,
        removes_alone=_IGP_OPTIONS,
    )


_EIGRP_FAMILY = _igp(
    r"address-family ipv[46] (?:unicast )?(?:vrf \S+ )?(?:unicast )?autonomous-system \d+",
    _EIGRP_LINES,
    *_AF_INTERFACE,
    Section(_R(r"topology base"), removes=None),
    process=False,
)
ROUTER = (
    _igp(
        r"router (?:ospf|ospfv3) \d+",
        _OSPF_LINES,
        _igp(r"address-family .*", _OSPF_LINES, process=False),
        turn=Turn.REPLACE,
    ),
    _igp(r"router eigrp \S+", _EIGRP_LINES, _EIGRP_FAMILY),
    _igp(r"router rip", _RIP_LINES),
    Section(_R(r"router odr$"), removes=None),
)
