"""Certificates and trustpoints; dates in the words of the router and as a point in time."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Row):
    """One certificate. Dates are ISO 8601 in UTC when the router prints a zone that is known."""

    kind: str  # "Certificate", "CA Certificate", "Router Self-Signed Certificate", ...
    status: str  # "Available", "Pending", ...
    serial: str | None  # hexadecimal as printed
    usage: str | None
    issuer: tuple[str, ...]  # "cn=Lab CA"
    subject: tuple[str, ...]
    start_date: str | None  # as printed: "21:37:27 UTC Apr 23 2018"
    end_date: str | None
    trustpoints: tuple[str, ...]
    not_before: str | None = None  # ISO 8601
    not_after: str | None = None
    renew_date: str | None = None
    subject_name: str | None = None
    storage: str | None = None
    crl: tuple[str, ...] = ()
    version: int | None = None  # verbose only, like all below
    key_type: str | None = None
    key_bits: int | None = None
    signature_algorithm: str | None = None
    sha1_fingerprint: str | None = None
    md5_fingerprint: str | None = None
    sha256_fingerprint: str | None = None
    key_label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates(Reading):
    """`show crypto pki certificates [verbose]`."""

    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustpoint(Row):
    """One trustpoint and how far it got."""

    name: str
    ca_subject: str | None
    ca_configured: bool | None  # "Issuing CA certificate configured"
    keys: str | None  # "General Purpose, trust-key"
    keys_generated: bool | None
    authenticated: bool | None
    enrolled: bool | None
    enrollment: str | None  # "SCEP", "Manual" or what follows "Last enrollment status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustpoints(Reading):
    """`show crypto pki trustpoints [NAME] [status]`."""

    trustpoints: tuple[Trustpoint, ...]
