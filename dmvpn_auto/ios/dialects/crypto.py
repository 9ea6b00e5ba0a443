"""IKEv1, IKEv2, IPsec, key chains and trustpoints."""

from __future__ import annotations

import re

from dmvpn_auto.ios.dialects.common import DESCRIPTION
from dmvpn_auto.ios.rules import Section, Turn, line

_R = re.compile
IKEV2 = (
    Section(
        _R(r"crypto ikev2 proposal \S+"),
        lines=(
            line(
                r"(?:no )?(?:integrity|prf)\b",
                rank=60,
                no_rank=40,
                why="must not stand beside AES-GCM",
            ),
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
                    DESCRIPTION,
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
            DESCRIPTION,
        ),
        hidden=_R(r"lifetime 86400$|match fvrf global$"),
        respell=((_R(r"^(match identity remote address 0\.0\.0\.0) 0\.0\.0\.0$"), r"\1"),),
    ),
)
IKEV1 = (
    Section(
        _R(r"crypto isakmp policy \d+"),
        lines=tuple(
            line(rf"{word}\b")
            for word in ("encryption", "hash", "authentication", "group", "lifetime")
        ),
        hidden=_R(r"hash sha$|authentication rsa-sig$|group 1$|lifetime 86400$|encryption des$"),
        respell=((_R(r"^encr\b"), "encryption"), (_R(r"^(encryption aes) 128$"), r"\1")),
    ),
    Section(
        _R(r"crypto keyring \S+"),
        lines=(line(r"pre-shared-key address (?:ipv6 )?\S+", Turn.REPLACE),),
    ),
    Section(
        _R(r"crypto isakmp profile \S+"),
        lines=(line(r"keyring\b"), DESCRIPTION),
        respell=((_R(r"^(match identity address 0\.0\.0\.0) 0\.0\.0\.0\b"), r"\1"),),
    ),
)
IPSEC = (
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
            DESCRIPTION,
        ),
        hidden=_R(r"set security-association lifetime (?:seconds 3600|kilobytes 4608000)$"),
    ),
)
KEYS = (
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
