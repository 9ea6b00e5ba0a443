"""The certificate authorities of a lab, held in memory only: for each enrollment address one that
signs with RSA and one with ECDSA, as the kind of signature is judged along the whole chain.

The lab does not speak SCEP: it answers for the authority itself, takes every router's request and
signs an empty revocation list. An authority and all it has issued end with the lab.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from dmvpn_auto.lab.dataplane.connection import Trustpoint
from dmvpn_auto.lab.live import Certificate

_LIFE = dt.timedelta(days=365)
_CURVES: dict[int, type[ec.EllipticCurve]] = {
    256: ec.SECP256R1,
    384: ec.SECP384R1,
    521: ec.SECP521R1,
}
_NAMES = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
}
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_BITS = {"rsa": 3072, "ecdsa": 384}
_authorities: dict[tuple[str, str], Authority] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a router has once it is enrolled, all PEM."""

    certificate: str
    authority: str
    revoked: str
    """The authority's revocation list."""
    key: str = field(repr=False)


class Authority:
    """One certificate authority."""

    def __init__(self, url: str, kind: Literal["rsa", "ecdsa"]) -> None:
        self._key = _new_key(kind, _BITS[kind])
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, "CA of the lab"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, url[:64]),
            ]
        )
        builder = self._builder(self._name, self._key.public_key())
        usage = _usage(signs_certificates=True)
        self._certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA384())
        )

    def enrol(self, trustpoint: Trustpoint) -> Identity:
        """Make a key pair as the trustpoint says and certify it; takes up to a second for RSA."""
        key = _new_key(trustpoint.kind, trustpoint.bits)
        builder = self._builder(_name(trustpoint.subject), key.public_key())
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        if trustpoint.fqdn is not None:
            names = x509.SubjectAlternativeName([x509.DNSName(trustpoint.fqdn)])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(self._key, hashes.SHA384())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Identity(
            certificate=_pem(certificate),
            authority=_pem(self._certificate),
            revoked=self._revoked(),
            key=private.decode(),
        )

    def _builder(
        self, subject: x509.Name, public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        issuer = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + _LIFE)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
            )
        )

    def _revoked(self) -> str:
        """Sign the revocation list; nothing is on it."""
        now = dt.datetime.now(dt.UTC)
        issuer = self._key.public_key()
        signed = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._name)
            .last_update(now - dt.timedelta(hours=1))
            .next_update(now + _LIFE)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False
            )
            .add_extension(x509.CRLNumber(1), critical=False)
            .sign(self._key, hashes.SHA384())
        )
        return _pem(signed)


def authority(trustpoint: Trustpoint) -> Authority:
    """Return the authority of a trustpoint; the same one for the same address."""
    place = trustpoint.url, trustpoint.kind
    if place not in _authorities:
        _authorities[place] = Authority(*place)
    return _authorities[place]


def describe(trustpoint: str, identity: Identity) -> tuple[Certificate, Certificate]:
    """Return what a router holds once it is enrolled: its own certificate, its authority's."""
    return (
        _described(trustpoint, identity.certificate, authority_=False),
        _described(trustpoint, identity.authority, authority_=True),
    )


def _described(trustpoint: str, pem: str, *, authority_: bool) -> Certificate:
    read = x509.load_pem_x509_certificate(pem.encode())
    return Certificate(
        trustpoint=trustpoint,
        authority=authority_,
        serial=read.serial_number,
        issuer=_shown(read.issuer),
        subject=_shown(read.subject),
        begins=read.not_valid_before_utc,
        ends=read.not_valid_after_utc,
    )


def _shown(name: x509.Name) -> tuple[str, ...]:
    short = {oid: word.lower() for word, oid in _NAMES.items()}
    return tuple(f"{short.get(one.oid, one.oid.dotted_string)}={one.value!s}" for one in name)


def _new_key(kind: Literal["rsa", "ecdsa"], bits: int) -> _Key:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(_CURVES[bits]())


def _pem(signed: x509.Certificate | x509.CertificateRevocationList) -> str:
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _name(subject: str) -> x509.Name:
    """Read `CN=hub,O=example` in the order that it has."""
    parts = [part.strip().partition("=") for part in subject.split(",")]
    return x509.Name(
        [
            x509.NameAttribute(_NAMES[kind.strip().upper()], value.strip())
            for kind, _, value in parts
            if kind.strip().upper() in _NAMES
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
