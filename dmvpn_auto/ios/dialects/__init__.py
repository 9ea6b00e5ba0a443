"""How IOS and IOS-XE treat the lines that make up DMVPN: data only.

Sources: real running configurations (order, spelling, hidden defaults), captured pushes (order);
where a rule is known from experience only, it takes the way that is right under both assumptions.
A release differs from its parent in the fields that `replace` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dmvpn_auto.ios.dialects.crypto import IKEV1, IKEV2, IPSEC, KEYS
from dmvpn_auto.ios.dialects.interface import ACCESS_LIST, INTERFACE, IPV6_ACL, TUNNEL, VRF
from dmvpn_auto.ios.dialects.routing import BGP, ROUTER
from dmvpn_auto.ios.rules import Line, Section, Turn, line

_R = re.compile
_SYSTEM = tuple(  # what a router has once; known so that whole configurations can be compared
    line(words)
    for words in (
        r"hostname\b",
        r"banner \S+(?= \S)",
        r"ip domain[- ]name\b",
        r"clock timezone\b",
        r"enable (?:secret|password)\b",
        r"username \S+",
        r"service timestamps (?:log|debug)\b",
        r"logging (?:buffered|console|monitor|trap|facility|source-interface)\b",
        r"ip (?:default-gateway|ssh version)\b",
        r"spanning-tree mode\b",
        r"config-register\b",
    )
)
_OTHERS = Section(  # opened even when nothing is in it
    _R(r"(?:(?:route-map|class-map|policy-map|track|line) .*|ip sla \d+|control-plane|archive)$"),
    lines=tuple(
        line(words)
        for words in (
            r"password\b",
            r"exec-timeout\b",
            r"transport (?:in|out)put\b",
            r"(?:timeout|frequency|threshold)\b",
        )
    ),
    removes=None,
)
_HIDDEN = r"crypto ipsec security-association replay window-size 64$|ip domain lookup$"
TOP: tuple[Line, ...] = (
    line(r"(?:no )?ip domain lookup$", switch=True),
    line(r"(?:no )?cdp run$", switch=True),
    line(r"ip domain lookup source-interface\b"),
    line(r"ip name-server(?: vrf \S+)?", Turn.REPLACE, why="old servers would stay in the list"),
    line(r"crypto ipsec security-association replay window-size\b"),
    line(r"crypto isakmp keepalive\b"),
    line(r"crypto isakmp key .* address (?P<slot>(?:ipv6 )?\S+)", Turn.REPLACE),
    line(
        r"ip(?:v6)? prefix-list \S+ seq \d+",
        Turn.REPLACE,
        rank=45,
        why="filters before who uses them",
    ),
    line(r"ip route vrf \S+ 0\.0\.0\.0 0\.0\.0\.0", Turn.REPLACE, why="two would share traffic"),
    line(r"ipv6 route vrf \S+ ::/0", Turn.REPLACE, why="two would share traffic"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of releases behaves; `top` is the section that holds the configuration."""

    top: Section


IOS = Dialect(
    Section(
        _R(""),
        lines=(*TOP, *_SYSTEM),
        sections=(
            VRF,
            *IKEV2,
            *IKEV1,
            *IPSEC,
            TUNNEL,
            INTERFACE,
            ACCESS_LIST,
            IPV6_ACL,
            BGP,
            *ROUTER,
            *KEYS,
            _OTHERS,
        ),
        removes=None,
        hidden=_R(r"version \d|boot-(?:start|end)-marker$|crypto pki certificate chain "),
        hides=_R(rf"{_HIDDEN}|cdp run$"),
        respell=(
            (_R(r"^ip vrf (\S+)$"), r"vrf definition \1"),
            (_R(r"^(crypto ipsec transform-set .*)\besp-(aes|gcm) 128\b"), r"\1esp-\2"),
            (_R(r"^((?:no )?ip domain)-lookup\b"), r"\1 lookup"),
        ),
    ),
)


def _with_tunnel_defaults(dialect: Dialect, defaults: str) -> Dialect:
    """Return the dialect of a release that also hides the tunnel lines that `defaults` matches."""
    known = TUNNEL.hides.pattern if TUNNEL.hides else ""
    tunnel = replace(TUNNEL, hides=_R(f"{known}|{defaults}"))
    sections = tuple(tunnel if section is TUNNEL else section for section in dialect.top.sections)
    return replace(dialect, top=replace(dialect.top, sections=sections))


_OLD = _with_tunnel_defaults(IOS, r"ip(?:v6)? nhrp holdtime 7200$")
_NEW = r"ip(?:v6)? nhrp holdtime 600$|ip(?:v6)? nhrp registration no-unique$"
_FROM_15_7 = _with_tunnel_defaults(IOS, _NEW)
_XE = replace(IOS, top=replace(IOS.top, hides=_R(_HIDDEN)))  # whose CDP is off unless shown
_FROM_16 = _with_tunnel_defaults(_XE, _NEW)
_FROM_17 = _with_tunnel_defaults(_XE, rf"{_NEW}|ip(?:v6)? nhrp shortcut$")

UNKNOWN = Section(_R(r".*"), lines=_OTHERS.lines, removes=None)
"""A section that no dialect describes: lines are added to it and none is taken away."""


def dialect_of(version: str) -> Dialect:
    """Return the dialect of a router by the `version` line of its configuration.

    "15.9", "17.12"; "" for a text without that line: then only what every release hides is hidden.
    """
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if not number:
        return IOS
    since = ((17,), _FROM_17), ((16,), _FROM_16), ((15, 7), _FROM_15_7)
    return next((dialect for first, dialect in since if number >= first), _OLD)
