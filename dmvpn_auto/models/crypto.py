"""How the cloud is protected: IKE version, who proves who he is, which algorithms.

Defaults are strong: AES-GCM-256, SHA-384, group 20, transport mode, perfect forward secrecy. What
is weak needs `allow_weak_crypto` with a reason, and no protection needs `kind: none` with one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.values import DomainName, IosName, SecretRef, Text

IkeEncryption = Literal[
    "aes-gcm-256", "aes-gcm-128", "aes-cbc-256", "aes-cbc-192", "aes-cbc-128", "3des", "des"
]
IkeHash = Literal["sha512", "sha384", "sha256", "sha1", "md5"]
DhGroup = Literal[1, 2, 5, 14, 15, 16, 19, 20, 21, 24]
EspEncryption = Literal[
    "gcm-256", "gcm-192", "gcm-128", "aes-256", "aes-192", "aes-128", "3des", "des"
]
EspHash = Literal["sha512", "sha384", "sha256", "sha1", "md5"]


class Dpd(Model):
    """Dead peer detection: finds a peer that is gone before the SA's lifetime does."""

    interval: int = knob(
        40, "Time without traffic from the peer after which it is asked.", unit="s", ge=10, le=3600
    )
    retry: int = knob(5, "Time between two questions to a silent peer.", unit="s", ge=2, le=60)
    mode: Literal["on-demand", "periodic"] = knob(
        "on-demand",
        "on-demand asks only when there is something to send (right for hubs with many spokes); "
        "periodic always asks.",
    )


class Ipsec(Model):
    """The transform set and the IPsec profile; equal on all routers of a cloud."""

    encryption: EspEncryption | None = knob(
        None, "Cipher of ESP; the gcm ones need no integrity algorithm. Default: gcm-256; aes-256 "
        "with IKEv1, where many images refuse gcm.",
    )  # fmt: skip
    integrity: EspHash | None = knob(
        None, "HMAC of ESP; needed with aes-*, refused with gcm-*. Default sha256 with aes-*."
    )
    mode: Literal["transport", "tunnel"] = knob(
        "transport",
        "transport saves 20 bytes and is what DMVPN behind NAT needs.",
        source="Cisco, Dynamic Multipoint VPN, restrictions",
    )
    pfs_group: DhGroup | None = knob(
        20, "Diffie-Hellman group of each rekeying (perfect forward secrecy); null: none."
    )
    lifetime: int | None = knob(
        None, "Life of an SA; IOS's default is 3600. The lower of two peers wins.", unit="s",
        ge=120, le=2592000,
    )  # fmt: skip
    replay_window: Literal[64, 128, 256, 512, 1024] | None = knob(
        512, "Anti-replay window; IOS's default of 64 drops packets when QoS reorders them; "
        "null keeps 64.", unit="packets",
    )  # fmt: skip


class _Protected(Model):
    """What every kind of protection has."""

    name: IosName = knob(
        "DMVPN", "Beginning of the names of all crypto objects: NAME-PROP, NAME-PROF, NAME-IPSEC."
    )
    dpd: Dpd | None = knob(None, "Dead peer detection; null: none.", factory=Dpd)
    ipsec: Ipsec = knob(None, "Transform set and IPsec profile.", factory=Ipsec)
    allow_weak_crypto: Text | None = knob(
        None, "Why this cloud must use algorithms that are no longer safe; without it they are "
        "refused.",
    )  # fmt: skip


class _Ikev2(_Protected):
    """What both kinds of IKEv2 have."""

    encryption: IkeEncryption = knob("aes-gcm-256", "Cipher of IKE.")
    prf: IkeHash | None = knob(
        None, "Pseudo-random function; only with aes-gcm-*. Default sha384 there."
    )
    integrity: IkeHash | None = knob(
        None, "Integrity algorithm; only with ciphers other than aes-gcm-*. Default sha256 there."
    )
    dh_group: DhGroup = knob(20, "Diffie-Hellman group: 19 to 21 are elliptic curves.")
    lifetime: int | None = knob(
        None, "Life of an IKE SA; IOS's default is 86400.", unit="s", ge=120, le=86400
    )


class Ikev2Psk(_Ikev2):
    """IKEv2 with pre-shared keys.

    One key for all (`pre_shared_key` here), or one per spoke (`pre_shared_key` at the spokes), or
    both: then hub and spoke use the spoke's own key, and spokes among each other the common one.
    """

    kind: Literal["ikev2-psk"]
    pre_shared_key: SecretRef | None = knob(
        None, "The key that all routers of the cloud have; needed where spokes talk directly."
    )
    identity_domain: DomainName | None = knob(
        None, "Routers call themselves NAME.DOMAIN instead of their address; needed for own keys "
        "of spokes with a dynamic address.",
    )  # fmt: skip


class Trustpoint(Model):
    """The certificate authority and how routers enrol with it."""

    name: IosName = knob("DMVPN-CA", "Name of the trustpoint.")
    enrollment_url: str = knob(
        REQUIRED, "Where SCEP enrolment is served.", pattern=r"^https?://[^\s?]+$",
        examples=["http://192.0.2.10:80"],
    )  # fmt: skip
    subject: str = knob(
        "CN={name}", "Subject name; {name} stands for the router's.",
        pattern=r"^[^\s{}](?:[^{}]|\{name\})*$|^\{name\}.*$",
    )  # fmt: skip
    key: Literal["rsa", "ec"] = knob("rsa", "Kind of key pair.")
    key_size: Literal[256, 384, 521, 2048, 3072, 4096] = knob(
        3072, "Bits: 2048 or more for rsa; 256, 384 or 521 for ec.", unit="bit"
    )
    revocation: Literal["crl", "ocsp", "crl none", "ocsp none", "none"] = knob(
        "crl", "How revocation is checked; `none` after another method lets a peer in when the "
        "method fails.",
    )  # fmt: skip
    auto_enroll: int | None = knob(
        70, "Renew when this share of the certificate's life is over; null: never by itself.",
        unit="%", ge=10, le=95,
    )  # fmt: skip


class Ikev2Certificate(_Ikev2):
    """IKEv2 with certificates."""

    kind: Literal["ikev2-certificate"]
    trustpoint: Trustpoint = knob(REQUIRED, "The certificate authority.")
    identity_domain: DomainName | None = knob(
        None, "Accept only certificates of NAME.DOMAIN, and call oneself so; without it, any "
        "certificate of the trustpoint is accepted and the identity is its subject name.",
    )  # fmt: skip


class _Ikev1(_Protected):
    """What both kinds of IKEv1 have."""

    encryption: Literal["aes-256", "aes-192", "aes-128", "3des", "des"] = knob(
        "aes-256", "Cipher of IKE."
    )
    hash: IkeHash = knob("sha256", "Hash of IKE.")
    dh_group: DhGroup = knob(14, "Diffie-Hellman group.")
    lifetime: int | None = knob(
        None, "Life of an IKE SA; IOS's default is 86400.", unit="s", ge=60, le=86400
    )
    policy: int = knob(10, "Number of the ISAKMP policy; lower is tried first.", ge=1, le=10000)


class Ikev1Psk(_Ikev1):
    """IKEv1 main mode with pre-shared keys, for routers that have no IKEv2."""

    kind: Literal["ikev1-psk"]
    pre_shared_key: SecretRef | None = knob(
        None, "The key that all routers of the cloud have; needed where spokes talk directly."
    )


class Ikev1Certificate(_Ikev1):
    """IKEv1 with certificates (RSA signatures)."""

    kind: Literal["ikev1-certificate"]
    trustpoint: Trustpoint = knob(REQUIRED, "The certificate authority.")


class NoCrypto(Model):
    """No protection: GRE in the clear. Only for networks that are protected otherwise."""

    kind: Literal["none"]
    reason: Text = knob(REQUIRED, "Why the cloud needs no protection; stands in the findings.")


Crypto = Annotated[
    Ikev2Psk | Ikev2Certificate | Ikev1Psk | Ikev1Certificate | NoCrypto,
    Field(discriminator="kind"),
]
