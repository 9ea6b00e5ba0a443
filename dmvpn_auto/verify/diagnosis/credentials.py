"""Whether a router has what it proves itself with: its certificate, valid by its own clock."""

from __future__ import annotations

from datetime import datetime

from dmvpn_auto.design.types import Ikev1Certificates, Ikev2Certificates, RouterDesign
from dmvpn_auto.observe.evidence import Certificate, Certificates, Clock
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import Lines, Told
from dmvpn_auto.verify.diagnosis.texts import Texts


def credential(texts: Texts, router: RouterDesign) -> Told | None:
    """Return whether the certificates of a router are there and valid; None: not known, or it has
    a pre-shared key.
    """
    crypto = router.crypto
    if not isinstance(crypto, Ikev1Certificates | Ikev2Certificates):
        return None
    found = texts.reading(router.name, commands.CERTIFICATES, Certificates)
    clock = texts.reading(router.name, commands.CLOCK, Clock)
    if found is None or not found.complete or clock is None or clock.iso is None:
        return None
    name, now = crypto.trustpoint.name, datetime.fromisoformat(clock.iso)
    mine = [c for c in found.certificates if any(name in x.split() for x in c.trustpoints)]
    lines: Lines = ()
    for kind, whose in (("Certificate", "its own certificate"), ("CA Certificate", "the CA's")):
        one = next((c for c in mine if c.kind == kind), None)
        if one is None:
            said = f"{commands.CERTIFICATES}: {whose} is not there in trustpoint {name}"
            return Told(False, (said,), f"{whose} is missing")
        valid = _valid(one, now)
        if valid is None:
            return None
        if valid:
            said = f"{whose} {valid}"
            dates = tuple(line.strip() for line in one.lines if " date" in line)
            return Told(False, (*dates, *(x.strip() for x in clock.lines)), said)
        lines += tuple(line.strip() for line in one.lines if "end " in line)
    return Told(True, lines)


def _valid(one: Certificate, now: datetime) -> str | None:
    """Return what is wrong with a certificate, empty when nothing is, None when nobody knows."""
    if one.status != "Available":
        return f"is {one.status}"
    dates = (one.not_before, one.not_after)
    begin, end = (datetime.fromisoformat(text) if text else None for text in dates)
    if begin is None or end is None or not begin.tzinfo is end.tzinfo is now.tzinfo:
        return None
    if now < begin:
        return f"is not valid before {begin:%Y-%m-%d}, its clock says {now:%Y-%m-%d}"
    return f"expired {end:%Y-%m-%d}, its clock says {now:%Y-%m-%d}" if now >= end else ""
