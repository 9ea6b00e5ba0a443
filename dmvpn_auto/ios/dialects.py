"""How IOS and IOS-XE treat the lines that make up DMVPN: data only.

Sources: real running configurations (order, spelling, hidden defaults), captured pushes (order);
where a rule is known from experience only, it takes the way that is right under both assumptions.
A release differs from its parent in the fields that `replace` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dmvpn_auto.ios.rules import Line, Section, Turn, line

_R = re.compile
_ADDRESS = r"\d+\.\d+\.\d+\.\d+"
_DESCRIPTION = line(r"description\b", no="no description")

_VRF = Section(
    _R(r"vrf definition \S+$"),
    lines=(line(r"rd\b", Turn.REPLACE, rank=10), _DESCRIPTION),
    sections=(Section(_R(r"address-family ipv[46]"), removes=None),),
    removes=None,
)
_IKEV2 = (
    Section(
        _R(r"crypto ikev2 proposal \S+"),
        lines=(
            line(r"(?:no )?(?:integrity|prf)\b", rank=60, why="must not stand beside AES-GCM"),
            line(r"encryption\b"),
            line(r"group\b"),
        ),
    ),
    Section(
        _R(r"crypto ikev2 policy \S+"),
        lines=(line(r"match fvrf\b", Turn.REPLACE),),
        hidden=_R(r"match fvrf global$"),
    ),
    Section(
        _R(r"crypto ikev2 keyring \S+"),
        sections=(
            Section(
                _R(r"peer \S+"),
                lines=(
                    line(r"address\b"),
                    line(r"pre-shared-key local\b", no="no pre-shared-key local"),
                    line(r"pre-shared-key remote\b", no="no pre-shared-key remote"),
                    line(r"pre-shared-key\b", no="no pre-shared-key"),
                    line(r"identity\b", Turn.REPLACE),
                    _DESCRIPTION,
                ),
            ),
        ),
    ),
    Section(
        _R(r"crypto ikev2 profile \S+"),
        lines=(
            line(r"match fvrf\b", Turn.REPLACE),
            line(r"authentication local\b"),
            line(r"keyring\b"),
            line(r"identity local\b"),
            line(r"dpd\b", no="no dpd"),
            line(r"lifetime\b"),
            _DESCRIPTION,
        ),
        hidden=_R(r"lifetime 86400$|match fvrf global$"),
        respell=((_R(r"^(match identity remote address 0\.0\.0\.0) 0\.0\.0\.0$"), r"\1"),),
    ),
)
_IKEV1 = (
    Section(
        _R(r"crypto isakmp policy \d+"),
        lines=tuple(
            line(rf"{word}\b")
            for word in ("encryption", "hash", "authentication", "group", "lifetime")
        ),
        hidden=_R(r"hash sha$|authentication rsa-sig$|group 1$|lifetime 86400$|encryption des$"),
        respell=((_R(r"^encr\b"), "encryption"), (_R(r"^(encryption aes) 128$"), r"\1")),
    ),
    Section(_R(r"crypto keyring \S+"), lines=(line(r"pre-shared-key address \S+", Turn.REPLACE),)),
    Section(
        _R(r"crypto isakmp profile \S+"),
        lines=(line(r"keyring\b"), _DESCRIPTION),
        respell=((_R(r"^(match identity address 0\.0\.0\.0) 0\.0\.0\.0\b"), r"\1"),),
    ),
)
_IPSEC = (
    Section(
        _R(r"crypto ipsec transform-set \S+"),
        no_identity=True,
        lines=(line(r"mode\b"),),
        shows=_R(r"mode tunnel$"),
    ),
    Section(
        _R(r"crypto ipsec profile \S+"),
        lines=(
            line(r"set transform-set\b"),
            line(r"set pfs\b", no="no set pfs"),
            line(r"set ikev2-profile\b"),
            line(r"set isakmp-profile\b"),
            line(r"set security-association lifetime (?:seconds|kilobytes)\b"),
            line(r"set security-association replay\b"),
            _DESCRIPTION,
        ),
        hidden=_R(r"set security-association lifetime (?:seconds 3600|kilobytes 4608000)$"),
    ),
)
_TUNNEL = Section(
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
        _DESCRIPTION,
    ),
    hidden=_R(r"tunnel mode gre ip$|no shutdown$"),
    shows=_R(r"no ip redirects$|no ip address$"),
    hides=_R(r"bandwidth 100$|delay 5000$|ip ospf priority 1$"),
)
_INTERFACE = Section(
    _R(r"interface (?!Tunnel)\S+"),
    lines=(
        line(r"vrf forwarding\b", rank=10, no_rank=10, resend=r"ip(?:v6)? address\b"),
        line(r"ip address (?!.* secondary)", rank=20, no="no ip address"),
        line(r"shutdown$", rank=95, no_rank=95),
        _DESCRIPTION,
    ),
    removes=_R(r"shutdown$"),
)
_BGP_FAMILY = Section(
    _R(r"address-family ipv4$"),
    lines=(
        line(r"neighbor (\S+) (?:route-map|prefix-list) \S+ (?:in|out)$"),
        line(r"neighbor (\S+) maximum-prefix\b"),
        line(r"network \S+(?: mask \S+)?"),
    ),
    removes=_R(r"network |aggregate-address |neighbor "),
    shows=_R(r"no auto-summary$|no synchronization$"),
)
_BGP = Section(
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
    sections=(_BGP_FAMILY,),
    removes=_R(r"bgp (?:router-id|listen) |neighbor "),
    shows=_R(r"bgp log-neighbor-changes$|no synchronization$|no auto-summary$"),
    hides=_R(r"bgp listen limit 100$|neighbor \S+ timers 60 180$|bgp log-neighbor-changes$"),
)
_ROUTER = (  # a router may run its LAN in the same process: nothing is taken away
    Section(_R(r"router ospf \d+"), lines=(line(r"router-id\b"),), removes=None),
    Section(
        _R(r"router eigrp \S+"),
        lines=(line(r"eigrp router-id\b"), line(r"eigrp stub\b")),
        removes=None,
    ),
    Section(_R(r"router rip"), lines=(line(r"version\b"),), removes=None),
)
_KEYS = (
    Section(
        _R(r"key chain \S+"),
        sections=(
            Section(
                _R(r"key \d+"),
                lines=(
                    line(r"key-string\b", no="no key-string"),
                    line(r"cryptographic-algorithm\b"),
                ),
            ),
        ),
    ),
    Section(
        _R(r"crypto pki trustpoint \S+"),
        lines=tuple(
            line(rf"{word}\b")
            for word in (
                r"enrollment (?:url|mode|retry \w+)",
                "subject-name",
                "revocation-check",
                "rsakeypair",
                "eckeypair",
                "auto-enroll",
                "vrf",
                "fqdn",
                "hash",
                "source interface",
            )
        ),
        removes=None,
    ),
)
_TOP: tuple[Line, ...] = (
    line(r"crypto ipsec security-association replay window-size\b"),
    line(r"crypto isakmp keepalive\b"),
    line(r"crypto isakmp key .* address \S+", Turn.REPLACE),
    line(r"ip prefix-list \S+ seq \d+", Turn.REPLACE, rank=45, why="filters before who uses them"),
    line(r"ip route vrf \S+ 0\.0\.0\.0 0\.0\.0\.0", Turn.REPLACE, why="two would share traffic"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of releases behaves; `top` is the section that holds the configuration."""

    top: Section


IOS = Dialect(
    Section(
        _R(""),
        lines=_TOP,
        sections=(_VRF, *_IKEV2, *_IKEV1, *_IPSEC, _TUNNEL, _INTERFACE, _BGP, *_ROUTER, *_KEYS),
        removes=None,
        hides=_R(r"crypto ipsec security-association replay window-size 64$"),
        respell=((_R(r"^(crypto ipsec transform-set .*)\besp-(aes|gcm) 128\b"), r"\1esp-\2"),),
    ),
)


def _with_tunnel_defaults(dialect: Dialect, defaults: str) -> Dialect:
    """Return the dialect of a release that also hides the tunnel lines that `defaults` matches."""
    known = _TUNNEL.hides.pattern if _TUNNEL.hides else ""
    tunnel = replace(_TUNNEL, hides=_R(f"{known}|{defaults}"))
    sections = tuple(tunnel if section is _TUNNEL else section for section in dialect.top.sections)
    return replace(dialect, top=replace(dialect.top, sections=sections))


_OLD = _with_tunnel_defaults(IOS, r"ip nhrp holdtime 7200$")
_NEW = r"ip nhrp holdtime 600$|ip nhrp registration no-unique$"
_FROM_15_7 = _with_tunnel_defaults(IOS, _NEW)
_FROM_17 = _with_tunnel_defaults(IOS, rf"{_NEW}|ip nhrp shortcut$")

UNKNOWN = Section(_R(r".*"), removes=None)
"""A section that no dialect describes: lines are added to it and none is taken away."""


def dialect_of(version: str) -> Dialect:
    """Return the dialect of a router by the `version` line of its configuration.

    "15.9", "17.12"; "" for a text without that line: then only what every release hides is hidden.
    """
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if not number:
        return IOS
    return _FROM_17 if number >= (17,) else _FROM_15_7 if number >= (15, 7) else _OLD
