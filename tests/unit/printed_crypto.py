"""Security associations and certificates of `printed_cloud`, in the layouts of IOS XE."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dmvpn_auto.design.types import (
    Crypto,
    Ikev1Certificates,
    Ikev2Certificates,
    Ikev2PreShared,
    Ipsec,
    RouterDesign,
)
from tests.unit.printed_routing import shown

_HASHES = {None: "None", "sha1": "SHA96", "md5": "MD596"}


def negotiated(crypto: Crypto | None) -> str:
    """Return the lines of an IKEv2 SA about its algorithms and its age."""
    if not isinstance(crypto, Ikev2PreShared | Ikev2Certificates):
        return ""
    name, _, size = crypto.encryption.rpartition("-")
    sign = "PSK"
    if isinstance(crypto, Ikev2Certificates):
        sign = crypto.signature.removesuffix("-sig").upper()
    integrity = crypto.integrity
    return (
        f"      Encr: {name.upper()}, keysize: {size}, "
        f"PRF: {(crypto.prf or integrity or '').upper()}, "
        f"Hash: {_HASHES.get(integrity) or (integrity or '').upper()}, DH Grp:{crypto.dh_group}, "
        f"Auth sign: {sign}, Auth verify: {sign}\n"
        f"      Life/Active Time: {crypto.lifetime or 86400}/735 sec\n"
    )


def esp(ipsec: Ipsec) -> str:
    """Return one ESP SA of a flow."""
    transform = " ".join(filter(None, (ipsec.encryption, ipsec.integrity)))
    transform = re.sub(r"esp-aes (\d+)", r"esp-\1-aes", transform)
    return (
        f"      spi: 0x1(1)\n        transform: {transform} ,\n"
        f"        in use settings ={{{ipsec.mode.capitalize()}, }}\n"
        "        Status: ACTIVE(ACTIVE)\n"
    )


def certificates(router: RouterDesign) -> str:
    """Return `show crypto pki certificates`."""
    if not isinstance(router.crypto, Ikev1Certificates | Ikev2Certificates):
        return ""
    name, text = router.crypto.trustpoint.name, ""
    for kind, serial in (("Certificate", "0A"), ("CA Certificate", "01")):
        text += (
            f"{kind}\n  Status: Available\n  Certificate Serial Number (hex): {serial}\n"
            "  Certificate Usage: General Purpose\n  Issuer: \n    cn=Lab CA\n"
            f"  Subject:\n    cn={router.name}\n  Validity Date: \n"
            "    start date: 10:00:00 UTC Jan 1 2025\n    end   date: 10:00:00 UTC Jan 1 2027\n"
            f"  Associated Trustpoints: {name} \n\n"
        )
    return text


def isakmp_ipv6(own: str, remotes: Sequence[str]) -> str:
    """Return the IKEv1 SAs over IPv6."""
    text = "IPv6 Crypto ISAKMP SA\n\n"
    for number, remote in enumerate(remotes):
        text += (
            f" dst: {shown(remote)}\n src: {shown(own)}\n"
            f" state: QM_IDLE         conn-id:   100{number} status: ACTIVE\n\n"
        )
    return text
