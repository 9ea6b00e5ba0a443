"""Crypto of each router: names, IOS words, keyrings.

Routers that need the same get the same object, so that whoever works on thousands of them can work
on one. Values that are IOS's defaults are left unsaid, as IOS does not show them.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

from dmvpn_auto.design.facts import Facts, transport
from dmvpn_auto.design.types import (
    Crypto,
    Dpd,
    Ikev1Certificates,
    Ikev1PreShared,
    Ikev2Certificates,
    Ikev2PreShared,
    Ipsec,
    KeyringPeer,
    Trustpoint,
)
from dmvpn_auto.models import crypto as intent
from dmvpn_auto.models.routers import Spoke

_ESP = {
    "gcm-256": "esp-gcm 256", "gcm-192": "esp-gcm 192", "gcm-128": "esp-gcm",
    "aes-256": "esp-aes 256", "aes-192": "esp-aes 192", "aes-128": "esp-aes",
    "3des": "esp-3des", "des": "esp-des",
}  # fmt: skip
_IKEV1 = {
    "aes-256": "aes 256",
    "aes-192": "aes 192",
    "aes-128": "aes",
    "3des": "3des",
    "des": "des",
}
_ESP_HASH = {"sha1": "esp-sha-hmac", "md5": "esp-md5-hmac"}
_IKE_LIFETIME = 86400
_IPSEC_LIFETIME = 3600
_REPLAY = 64

Protected = intent.Ikev2Psk | intent.Ikev2Certificate | intent.Ikev1Psk | intent.Ikev1Certificate
Maker = Callable[[str, Spoke | None], Crypto | None]
"""Takes a router's name and, for a spoke, its intent."""


def crypto_maker(facts: Facts) -> Maker:
    """Return the function that gives each router its crypto."""
    chosen = facts.intent.crypto
    if isinstance(chosen, intent.NoCrypto):
        return lambda _name, _spoke: None
    if isinstance(chosen, intent.Ikev2Psk):
        return _ikev2_psk(facts, chosen)
    if isinstance(chosen, intent.Ikev1Psk):
        return _ikev1_psk(facts, chosen)
    if isinstance(chosen, intent.Ikev2Certificate):
        wanted = chosen
        return lambda name, _spoke: _ikev2_certificate(facts, wanted, name)
    certificates = chosen
    return lambda name, _spoke: _ikev1_certificate(facts, certificates, name)


def _ikev2_psk(facts: Facts, chosen: intent.Ikev2Psk) -> Maker:
    made: dict[tuple[tuple[KeyringPeer, ...], str | None], Ikev2PreShared] = {}
    domain = chosen.identity_domain
    prf, integrity = _ike_hashes(chosen)
    ipsec = _ipsec(chosen)

    def make(name: str, spoke: Spoke | None) -> Ikev2PreShared:
        peers = _peers(facts, chosen, spoke, domain)
        identity = f"{name}.{domain}" if domain else None
        if (peers, identity) not in made:
            made[peers, identity] = Ikev2PreShared(
                kind="ikev2-psk",
                proposal=f"{chosen.name}-PROP",
                policy=f"{chosen.name}-POL",
                keyring=f"{chosen.name}-KR",
                profile=f"{chosen.name}-PROF",
                encryption=chosen.encryption,
                prf=prf,
                integrity=integrity,
                dh_group=chosen.dh_group,
                pre_shared_key=chosen.pre_shared_key if facts.intent.phase else None,
                dpd=_dpd(chosen),
                lifetime=_unless(chosen.lifetime, _IKE_LIFETIME),
                front_vrf=facts.intent.transport.front_vrf,
                ipsec=ipsec,
                peers=peers,
                identity=identity,
                identity_domain=domain,
                family=transport(facts.intent),
            )
        return made[peers, identity]

    return make


def _ikev1_psk(facts: Facts, chosen: intent.Ikev1Psk) -> Maker:
    made: dict[tuple[KeyringPeer, ...], Ikev1PreShared] = {}
    front = facts.intent.transport.front_vrf

    def make(_name: str, spoke: Spoke | None) -> Ikev1PreShared:
        peers = _peers(facts, chosen, spoke, None)
        if peers not in made:
            made[peers] = Ikev1PreShared(
                kind="ikev1-psk",
                policy=chosen.policy,
                keyring=f"{chosen.name}-KR" if front else None,
                profile=f"{chosen.name}-ISA" if front else None,
                encryption=_IKEV1[chosen.encryption],
                hash=_ikev1_hash(chosen.hash),
                dh_group=chosen.dh_group,
                pre_shared_key=chosen.pre_shared_key if facts.intent.phase else None,
                dpd=_dpd(chosen),
                lifetime=_unless(chosen.lifetime, _IKE_LIFETIME),
                front_vrf=front,
                ipsec=_ipsec(chosen),
                peers=peers,
                family=transport(facts.intent),
            )
        return made[peers]

    return make


def _ikev2_certificate(
    facts: Facts, chosen: intent.Ikev2Certificate, name: str
) -> Ikev2Certificates:
    domain = chosen.identity_domain
    prf, integrity = _ike_hashes(chosen)
    fqdn = f"{name}.{domain}" if domain else None
    return Ikev2Certificates(
        kind="ikev2-certificate",
        proposal=f"{chosen.name}-PROP",
        policy=f"{chosen.name}-POL",
        profile=f"{chosen.name}-PROF",
        encryption=chosen.encryption,
        prf=prf,
        integrity=integrity,
        dh_group=chosen.dh_group,
        signature="ecdsa-sig" if chosen.trustpoint.key == "ec" else "rsa-sig",
        trustpoint=_trustpoint(facts, chosen.trustpoint, chosen.name, name, fqdn),
        dpd=_dpd(chosen),
        lifetime=_unless(chosen.lifetime, _IKE_LIFETIME),
        front_vrf=facts.intent.transport.front_vrf,
        ipsec=_ipsec(chosen),
        identity=fqdn,
        identity_domain=domain,
    )


def _ikev1_certificate(
    facts: Facts, chosen: intent.Ikev1Certificate, name: str
) -> Ikev1Certificates:
    return Ikev1Certificates(
        kind="ikev1-certificate",
        policy=chosen.policy,
        profile=f"{chosen.name}-ISA",
        encryption=_IKEV1[chosen.encryption],
        hash=_ikev1_hash(chosen.hash),
        dh_group=chosen.dh_group,
        trustpoint=_trustpoint(facts, chosen.trustpoint, chosen.name, name, None),
        dpd=_dpd(chosen),
        lifetime=_unless(chosen.lifetime, _IKE_LIFETIME),
        front_vrf=facts.intent.transport.front_vrf,
        ipsec=_ipsec(chosen),
        family=transport(facts.intent),
    )


def _trustpoint(
    facts: Facts, chosen: intent.Trustpoint, label: str, name: str, fqdn: str | None
) -> Trustpoint:
    return Trustpoint(
        name=chosen.name,
        enrollment_url=chosen.enrollment_url,
        subject=chosen.subject.replace("{name}", name),
        fqdn=fqdn,
        key=chosen.key,
        key_label=label,
        key_size=chosen.key_size,
        revocation=chosen.revocation,
        auto_enroll=chosen.auto_enroll,
        front_vrf=facts.intent.transport.front_vrf,
    )


def _peers(
    facts: Facts, chosen: intent.Ikev2Psk | intent.Ikev1Psk, spoke: Spoke | None, domain: str | None
) -> tuple[KeyringPeer, ...]:
    """Return the peers that a keyring names: on a hub the spokes with a key of their own, on such
    a spoke its hubs. The ends of a plain tunnel name each other, so that no key is for everybody.
    """
    plain = facts.intent.phase == 0
    common = chosen.pre_shared_key if plain else None
    named = None if plain else domain  # either end of a plain tunnel begins, so both need addresses
    if spoke is None:
        return tuple(
            KeyringPeer(
                name=name,
                address=None if named or other.nbma == "dynamic" else ip_network(other.nbma),
                identity=f"{name}.{named}" if named else None,
                pre_shared_key=key,
            )
            for name, other in facts.intent.spokes.items()
            if (key := other.pre_shared_key or common)
        )
    own = spoke.pre_shared_key or common
    if not own:
        return ()
    return tuple(
        KeyringPeer(
            name=name,
            address=ip_network(facts.intent.hubs[name].nbma),
            identity=None,
            pre_shared_key=own,
        )
        for name in facts.hub_names(spoke.hubs)
    )


def _ike_hashes(
    chosen: intent.Ikev2Psk | intent.Ikev2Certificate,
) -> tuple[str | None, str | None]:
    """Return (prf, integrity): AES-GCM needs a PRF and refuses an integrity algorithm.

    Without AES-GCM, IOS takes the PRF from the integrity algorithm and does not show it then.
    """
    if chosen.encryption.startswith("aes-gcm"):
        return chosen.prf or "sha384", None
    integrity = chosen.integrity or "sha256"
    return (None if chosen.prf == integrity else chosen.prf), integrity


def _ikev1_hash(word: str) -> str:
    return "sha" if word == "sha1" else word


def esp(chosen: Protected) -> intent.EspEncryption:
    """Return the cipher of ESP: given, else what the version of IKE negotiates everywhere."""
    old = isinstance(chosen, intent.Ikev1Psk | intent.Ikev1Certificate)
    return chosen.ipsec.encryption or ("aes-256" if old else "gcm-256")


def _ipsec(chosen: Protected) -> Ipsec:
    ipsec, cipher = chosen.ipsec, esp(chosen)
    combined = cipher.startswith("gcm")
    word = None if combined else ipsec.integrity or "sha256"
    return Ipsec(
        transform_set=f"{chosen.name}-TS",
        profile=f"{chosen.name}-IPSEC",
        encryption=_ESP[cipher],
        integrity=_ESP_HASH.get(word, f"esp-{word}-hmac") if word else None,
        mode=ipsec.mode,
        pfs_group=ipsec.pfs_group,
        lifetime=_unless(ipsec.lifetime, _IPSEC_LIFETIME),
        replay_window=_unless(ipsec.replay_window, _REPLAY),
    )


def _dpd(chosen: Protected) -> Dpd | None:
    dpd = chosen.dpd
    return Dpd(interval=dpd.interval, retry=dpd.retry, mode=dpd.mode) if dpd else None


def _unless(value: int | None, default: int) -> int | None:
    return None if value == default else value
