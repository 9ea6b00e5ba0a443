"""Certificates and trustpoints."""

from __future__ import annotations

from typing import Any

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record
from dmvpn_auto.observe.evidence import Certificate, Certificates, Trustpoint, Trustpoints
from dmvpn_auto.observe.times import iso


def parse_certificates(command: str, lines: list[str]) -> Certificates:
    """Read `show crypto pki certificates [verbose]`; every certificate names its trustpoints last.

    A certificate that is available and has no end was cut off.
    """
    rows, unparsed = read_rows(Certificate, "show_crypto_pki_certificates", lines, _certificate)
    cut = tuple(
        f"the certificate {row.serial or row.subject_name or '?'} is cut off before its end date"
        for row in rows
        if row.status == "Available" and row.end_date is None
    )
    return Certificates(command=command, certificates=rows, unparsed=unparsed, warnings=cut)


def _certificate(record: Record) -> dict[str, Any]:
    names: dict[str, list[str]] = {"Issuer": [], "Subject": []}
    side = names["Subject"]
    for word in record["NAMES"]:
        if word in names:
            side = names[word]
        else:
            side.append(word)
    return {
        "issuer": tuple(names["Issuer"]),
        "subject": tuple(names["Subject"]),
        "not_before": iso(record["START_DATE"]),
        "not_after": iso(record["END_DATE"]),
    }


def parse_trustpoints(command: str, lines: list[str]) -> Trustpoints:
    """Read `show crypto pki trustpoints [status]`; without `status` the state is unknown."""
    rows, unparsed = read_rows(
        Trustpoint,
        "show_crypto_pki_trustpoints",
        lines,
        lambda record: {
            "ca_subject": next(iter(record["NAMES"]), None),
            "ca_configured": bool(record["CA_CONFIGURED"]),
            "keys": record["KEYS"] or None,
        },
    )
    return Trustpoints(command=command, trustpoints=rows, unparsed=unparsed)
