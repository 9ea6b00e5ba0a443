"""The protection of a tunnel; secrets are references, never values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dmvpn_auto.design.types.addresses import Family, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpd:
    """Dead peer detection: asked after `interval` s of silence, again every `retry` s."""

    interval: int
    retry: int
    mode: Literal["on-demand", "periodic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipsec:
    """Transform set and IPsec profile."""

    transform_set: str
    profile: str
    encryption: str  # IOS words, for example "esp-gcm 256"
    integrity: str | None
    mode: Literal["transport", "tunnel"]
    pfs_group: int | None
    lifetime: int | None
    replay_window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringPeer:
    """One peer of a keyring, known by its address or by its identity, and the key for it."""

    name: str
    address: Network | None
    identity: str | None  # fully qualified domain name
    pre_shared_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2PreShared:
    """IKEv2 with pre-shared keys: those of single peers, then the wildcard entry for all others."""

    kind: Literal["ikev2-psk"]
    proposal: str
    policy: str
    keyring: str
    profile: str
    encryption: str  # "aes-gcm-256"
    prf: str | None
    integrity: str | None
    dh_group: int
    pre_shared_key: str | None  # None: no wildcard entry
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    peers: tuple[KeyringPeer, ...] = ()
    identity: str | None = None  # own fully qualified domain name; None: the address
    identity_domain: str | None = None
    family: Family = "ipv4"  # of the NBMA addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustpoint:
    """The certificate authority, as one router sees it."""

    name: str
    enrollment_url: str
    subject: str
    fqdn: str | None
    key: Literal["rsa", "ec"]
    key_label: str
    key_size: int
    revocation: str
    auto_enroll: int | None
    front_vrf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Certificates:
    """IKEv2 with certificates of one trustpoint."""

    kind: Literal["ikev2-certificate"]
    proposal: str
    policy: str
    profile: str
    encryption: str
    prf: str | None
    integrity: str | None
    dh_group: int
    signature: Literal["rsa-sig", "ecdsa-sig"]
    trustpoint: Trustpoint
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    identity: str | None = None
    identity_domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev1PreShared:
    """IKEv1 main mode with pre-shared keys."""

    kind: Literal["ikev1-psk"]
    policy: int
    keyring: str | None  # None: `crypto isakmp key` lines, as there is no front-door VRF
    profile: str | None
    encryption: str  # IOS words: "aes 256"
    hash: str
    dh_group: int
    pre_shared_key: str | None
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    peers: tuple[KeyringPeer, ...] = ()
    family: Family = "ipv4"  # of the NBMA addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev1Certificates:
    """IKEv1 main mode with certificates (RSA signatures)."""

    kind: Literal["ikev1-certificate"]
    policy: int
    profile: str
    encryption: str
    hash: str
    dh_group: int
    trustpoint: Trustpoint
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec
    family: Family = "ipv4"  # of the NBMA addresses


Crypto = Ikev2PreShared | Ikev2Certificates | Ikev1PreShared | Ikev1Certificates
