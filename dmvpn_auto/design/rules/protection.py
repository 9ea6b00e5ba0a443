"""Rules about IKE, IPsec and keys."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.crypto import esp
from dmvpn_auto.design.rules.base import ERROR, INFO, WARNING, Breach, Place, Rule, View
from dmvpn_auto.models.crypto import (
    Ikev1Certificate,
    Ikev1Psk,
    Ikev2Certificate,
    Ikev2Psk,
    NoCrypto,
)

_BROKEN_CIPHERS = ("des", "3des")
_BROKEN_GROUPS = (1, 2, 5)
_AGING_GROUPS = (14, 24)
_SHORT_KEY = 16  # characters


class NoProtection(Rule):
    """GRE without IPsec can be read and forged by everybody on the way."""

    id = "crypto-none"
    severity = WARNING
    fix = "choose crypto.kind: ikev2-psk or ikev2-certificate"
    source = "RFC 2784, security considerations"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Repeat the reason that the intent gives."""
        if isinstance(cloud.intent.crypto, NoCrypto):
            yield Breach(("crypto",), f"the cloud is not protected: {cloud.intent.crypto.reason}")


class WeakCrypto(Rule):
    """DES, 3DES, MD5 and the Diffie-Hellman groups 1, 2 and 5 are broken, and new releases refuse
    them.
    """

    id = "crypto-weak"
    fix = "use aes and sha256 or better, group 19 or 20; or say why not in crypto.allow_weak_crypto"
    source = "RFC 8247; measured: IOS-XE 17.15 refuses esp-3des"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at every algorithm of IKE and IPsec."""
        crypto = cloud.intent.crypto
        if isinstance(crypto, NoCrypto):
            return
        reason = crypto.allow_weak_crypto
        for at, word, broken in _algorithms(cloud):
            if broken:
                allowed = f" (allowed: {reason})" if reason else ""
                message = f"{'.'.join(map(str, at))}: {word} is not safe{allowed}"
                yield Breach(at, message, INFO if reason else None)


class AgingCrypto(Rule):
    """SHA-1 and the groups 14 and 24 are on their way out."""

    id = "crypto-aging"
    severity = WARNING
    fix = "use sha256 or better and group 19 or 20"
    source = "RFC 8247; NIST SP 800-131A"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at every algorithm of IKE and IPsec."""
        for at, word, broken in _algorithms(cloud):
            if not broken:
                yield Breach(at, f"{'.'.join(map(str, at))}: {word} is aging")


def _algorithms(cloud: View) -> Iterator[tuple[Place, str, bool]]:
    """Yield (place, algorithm, is it broken) of what is weak."""
    crypto = cloud.intent.crypto
    if isinstance(crypto, NoCrypto):
        return
    ikev1 = isinstance(crypto, Ikev1Psk | Ikev1Certificate)
    ciphers = (
        (("crypto", "encryption"), crypto.encryption),
        (("crypto", "ipsec", "encryption"), esp(crypto)),
    )
    hashes: list[tuple[Place, str | None]] = [
        (("crypto", "ipsec", "integrity"), crypto.ipsec.integrity)
    ]
    if isinstance(crypto, Ikev1Psk | Ikev1Certificate):
        hashes.append((("crypto", "hash"), crypto.hash))
    else:
        hashes += [(("crypto", "integrity"), crypto.integrity), (("crypto", "prf"), crypto.prf)]
    groups = (
        (("crypto", "dh_group"), crypto.dh_group),
        (("crypto", "ipsec", "pfs_group"), crypto.ipsec.pfs_group),
    )
    for place, cipher in ciphers:
        if cipher in _BROKEN_CIPHERS:
            yield place, cipher, True
    for at, word in hashes:
        if word in ("md5", "sha1"):
            yield at, word, word == "md5"
    for at, group in groups:
        # Group 14 is the best that many IKEv1 images have.
        if group in _BROKEN_GROUPS or (group in _AGING_GROUPS and not (ikev1 and group == 14)):
            yield at, f"group {group}", group in _BROKEN_GROUPS


class CombinedMode(Rule):
    """AES-GCM authenticates by itself; IOS refuses an integrity algorithm beside it, and a cipher
    without it needs one.
    """

    id = "crypto-gcm-integrity"
    fix = "leave `integrity` out with gcm, `prf` is its counterpart in IKEv2"
    source = "RFC 5282 section 8"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for an integrity algorithm beside AES-GCM."""
        crypto = cloud.intent.crypto
        if isinstance(crypto, NoCrypto):
            return
        if esp(crypto).startswith("gcm") and crypto.ipsec.integrity:
            at: Place = ("crypto", "ipsec", "integrity")
            yield Breach(at, f"{esp(crypto)} takes no integrity algorithm")
        if isinstance(crypto, Ikev2Psk | Ikev2Certificate):
            gcm = crypto.encryption.startswith("aes-gcm")
            if gcm and crypto.integrity:
                at = ("crypto", "integrity")
                yield Breach(at, f"{crypto.encryption} takes no integrity algorithm")


class TunnelMode(Rule):
    """Tunnel mode adds a second IP header of 20 bytes and does not pass NAT in DMVPN."""

    id = "ipsec-tunnel-mode"
    severity = WARNING
    fix = "set crypto.ipsec.mode: transport"
    source = "Cisco, Dynamic Multipoint VPN, restrictions (NAT needs transport mode)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the mode."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, NoCrypto) and crypto.ipsec.mode == "tunnel":
            yield Breach(("crypto", "ipsec", "mode"), "the transform set is in tunnel mode")


class NoPfs(Rule):
    """Without perfect forward secrecy one stolen IKE key opens all traffic of its lifetime."""

    id = "ipsec-no-pfs"
    severity = INFO
    fix = "set crypto.ipsec.pfs_group: 20"
    source = "RFC 7296 section 2.12"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for pfs_group: null."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, NoCrypto) and crypto.ipsec.pfs_group is None:
            yield Breach(("crypto", "ipsec"), "there is no perfect forward secrecy")


class NoDpd(Rule):
    """Without dead peer detection the SA of a peer that restarted lives on until its lifetime ends,
    and swallows its traffic.
    """

    id = "dpd-absent"
    severity = WARNING
    fix = "leave crypto.dpd at its default, or set interval and retry"
    source = "RFC 3706; RFC 7296 section 2.4"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for dpd: null."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, NoCrypto) and crypto.dpd is None:
            yield Breach(("crypto",), "dead peers are not detected")


class PeriodicDpdManySpokes(Rule):
    """A hub that asks every spoke all the time spends its CPU on it."""

    id = "dpd-periodic"
    severity = INFO
    fix = "use mode: on-demand"
    source = "Cisco, IPsec Dead Peer Detection Periodic Message Option"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for periodic DPD with more than 100 spokes."""
        crypto = cloud.intent.crypto
        if isinstance(crypto, NoCrypto) or crypto.dpd is None or crypto.dpd.mode != "periodic":
            return
        if len(cloud.intent.spokes) > 100:
            at = ("crypto", "dpd", "mode")
            yield Breach(at, f"periodic DPD with {len(cloud.intent.spokes)} spokes")


class WildcardKey(Rule):
    """One key for all means that one stolen spoke opens the whole cloud."""

    id = "psk-wildcard"
    severity = WARNING
    fix = (
        "use certificates (ikev2-certificate), or a key per spoke where spokes do not talk directly"
    )
    source = "Cisco, Dynamic Multipoint VPN, wildcard preshared keys"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for the common key."""
        crypto = cloud.intent.crypto
        common = isinstance(crypto, Ikev2Psk | Ikev1Psk) and crypto.pre_shared_key
        if common and cloud.intent.phase:
            yield Breach(("crypto", "pre_shared_key"), "all routers share one key (0.0.0.0/0)")


class KeyMissing(Rule):
    """Two routers without a common key never get past IKE."""

    id = "psk-missing"
    fix = "set crypto.pre_shared_key; with keys of their own alone, spokes cannot talk directly"
    source = "RFC 7296 section 2.15"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Without a common key, look for spokes with none and for direct tunnels."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, Ikev2Psk | Ikev1Psk) or crypto.pre_shared_key:
            return
        for name, spoke in cloud.intent.spokes.items():
            if not spoke.pre_shared_key:
                yield Breach(("spokes", name), f"{name} has no pre-shared key with its hubs")
        if cloud.intent.phase != 1 and len(cloud.intent.spokes) > 1:
            message = f"Phase {cloud.intent.phase} spokes have no key for each other"
            yield Breach(("crypto",), message)
        if len(cloud.intent.hubs) > 1:
            yield Breach(("crypto",), "the hubs have no key for each other")


class OwnKeyDynamic(Rule):
    """A hub finds a spoke's own key by its address or, in IKEv2, by its name; a dynamic spoke
    without a name has neither.
    """

    id = "psk-own-key-dynamic"
    fix = "set crypto.identity_domain (IKEv2), give the spoke a static nbma, or use certificates"
    source = "RFC 7296 section 3.5; Cisco, IKEv2 keyring"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for dynamic spokes with a key of their own."""
        crypto = cloud.intent.crypto
        if getattr(crypto, "identity_domain", None):
            return
        for name, spoke in cloud.intent.spokes.items():
            if spoke.pre_shared_key and spoke.nbma == "dynamic":
                at = ("spokes", name, "pre_shared_key")
                yield Breach(at, f"the hubs cannot tell which key belongs to {name}")


class KeyUnused(Rule):
    """A spoke's own pre-shared key has no place where peers prove themselves in another way."""

    id = "psk-unused"
    fix = "take pre_shared_key out, or choose crypto.kind: ikev2-psk"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for keys of spokes without pre-shared-key crypto."""
        if isinstance(cloud.intent.crypto, Ikev2Psk | Ikev1Psk):
            return
        for name, spoke in cloud.intent.spokes.items():
            if spoke.pre_shared_key:
                at = ("spokes", name, "pre_shared_key")
                yield Breach(at, f"{name} has a key, but crypto is {cloud.intent.crypto.kind}")


class ShortKey(Rule):
    """A pre-shared key is attacked offline once a peer's answer was recorded; length is its only
    defence.
    """

    id = "psk-short"
    severity = WARNING
    fix = "make a random one: openssl rand -base64 32"
    source = "RFC 8247 section 5; NIST SP 800-77"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count characters where the value can be resolved; it is never shown."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, Ikev2Psk | Ikev1Psk) or not crypto.pre_shared_key:
            return
        value = cloud.secret(crypto.pre_shared_key)
        if value is not None and len(value) < _SHORT_KEY:
            at = ("crypto", "pre_shared_key")
            yield Breach(
                at, f"the value behind {crypto.pre_shared_key} has {len(value)} characters"
            )


class CertificateKey(Rule):
    """RSA keys have 2048 bits and more, elliptic curves 256, 384 or 521."""

    id = "certificate-key-size"
    fix = "choose key: rsa with 2048, 3072 or 4096, or key: ec with 256, 384 or 521"
    source = "NIST SP 800-57"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare kind and size."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, Ikev2Certificate | Ikev1Certificate):
            return
        point = crypto.trustpoint
        at = ("crypto", "trustpoint", "key_size")
        if (point.key == "rsa") != (point.key_size >= 2048):
            yield Breach(at, f"{point.key} keys of {point.key_size} bits do not exist")
        if isinstance(crypto, Ikev1Certificate) and point.key == "ec":
            yield Breach(("crypto", "trustpoint", "key"), "IKEv1 signs with RSA only")


class CertificateClock(Rule):
    """A router whose clock is wrong takes every certificate for expired or not yet valid."""

    id = "certificate-clock"
    severity = INFO
    fix = "synchronise clocks by NTP before enrolment; check with: show ntp status"
    source = "RFC 5280 section 4.1.2.5"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Remind of it."""
        if isinstance(cloud.intent.crypto, Ikev2Certificate | Ikev1Certificate):
            at = ("crypto", "trustpoint")
            yield Breach(at, "certificates need synchronised clocks and an enrolment by hand")


class RevocationOff(Rule):
    """Without a revocation check a stolen router stays a member until its certificate expires."""

    id = "certificate-revocation"
    severity = WARNING
    fix = "set crypto.trustpoint.revocation: crl"
    source = "RFC 5280 section 5"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for `none`."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, Ikev2Certificate | Ikev1Certificate):
            return
        if crypto.trustpoint.revocation == "none":
            at = ("crypto", "trustpoint", "revocation")
            yield Breach(at, "revoked certificates are accepted")


class Ikev1Use(Rule):
    """IKEv1 is retired; IKEv2 has been in IOS since 15.1."""

    id = "ikev1"
    severity = WARNING
    fix = "use ikev2-psk or ikev2-certificate"
    source = "RFC 9395"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for IKEv1."""
        if isinstance(cloud.intent.crypto, Ikev1Psk | Ikev1Certificate):
            yield Breach(("crypto", "kind"), "the cloud uses IKEv1")


class Ikev1Gcm(Rule):
    """ESP with AES-GCM is negotiated by IKEv2; many images refuse it for IKEv1."""

    id = "ikev1-gcm"
    severity = WARNING
    fix = "set crypto.ipsec.encryption: aes-256 with integrity: sha256"
    source = "expert knowledge; check on the image"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for gcm with IKEv1."""
        crypto = cloud.intent.crypto
        if not isinstance(crypto, Ikev1Psk | Ikev1Certificate):
            return
        if esp(crypto).startswith("gcm"):
            at = ("crypto", "ipsec", "encryption")
            yield Breach(at, f"IKEv1 with {esp(crypto)}")


class SharedWithout(Rule):
    """`shared` names one SA for two protected tunnels; without protection there is none."""

    id = "shared-unprotected"
    severity = ERROR
    fix = "take tunnel.shared out"
    source = "Cisco, Sharing IPsec with Tunnel Protection"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for shared without crypto."""
        if cloud.intent.tunnel.shared and isinstance(cloud.intent.crypto, NoCrypto):
            yield Breach(("tunnel", "shared"), "the tunnel is shared but not protected")


RULES: tuple[type[Rule], ...] = (
    NoProtection,
    WeakCrypto,
    AgingCrypto,
    CombinedMode,
    TunnelMode,
    NoPfs,
    NoDpd,
    PeriodicDpdManySpokes,
    WildcardKey,
    KeyMissing,
    OwnKeyDynamic,
    KeyUnused,
    ShortKey,
    CertificateKey,
    CertificateClock,
    RevocationOff,
    Ikev1Use,
    Ikev1Gcm,
    SharedWithout,
)
