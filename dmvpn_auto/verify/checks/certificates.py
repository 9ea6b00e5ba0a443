"""Certificates that are there and last, and clocks by which that can be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dmvpn_auto.design.types import CloudDesign, Ikev1Certificates, Ikev2Certificates, Trustpoint
from dmvpn_auto.observe.evidence import Certificate, Certificates, Clock
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import routers
from dmvpn_auto.verify.evidence import NoEvidenceError

LEAST = timedelta(days=30)
"""How long a certificate must still last; a tenth of its life where that is shorter."""
APART = timedelta(minutes=5)
"""How far the clocks of routers may be apart: outputs are not collected at one moment."""
ABOUT = "every router with certificates"


def _with_certificates(cloud: CloudDesign) -> Iterator[Subject]:
    return (s for s in routers(cloud) if _trustpoint(s) is not None)


def _trustpoint(subject: Subject) -> Trustpoint | None:
    crypto = subject.device.crypto
    if isinstance(crypto, Ikev2Certificates | Ikev1Certificates):
        return crypto.trustpoint
    return None


class RouterClock(Check):
    """The router's clock can be trusted: NTP vouches for it, or it agrees with the other routers.

    Certificates are valid from one time to another; a router that lives in 1993 refuses them all.
    """

    name = "clock"
    about = ABOUT
    reads = (commands.CLOCK,)
    bars = False
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router with certificates."""
        return _with_certificates(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """The clock, which says itself whether it is vouched for."""
        return [commands.CLOCK]

    def expected(self, _: Subject) -> str:
        """Say by whom."""
        minutes = int(APART.total_seconds() // 60)
        return f"synchronized, or within {minutes} min of the other routers with certificates"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """A clock without NTP is compared with those of the others, the middle one of them."""
        mine = case.evidence.whole(subject.device.name, commands.CLOCK, Clock)
        said = f"{mine.time} {mine.zone} {mine.date}"
        if mine.authoritative and mine.synchronized:
            return Answer(True, f"{said}, synchronized", mine.lines)
        now = _moment(mine.iso)
        others = sorted(self._others(case, subject))
        if now is None or not others:
            reason = "the clock is not synchronized, and there is no other to compare with"
            raise NoEvidenceError(reason, mine.lines)
        gap = now - others[len(others) // 2]
        seconds = int(abs(gap.total_seconds()))
        words = f"{said}, not synchronized, {seconds} s from the other routers"
        return Answer(abs(gap) <= APART, words, mine.lines)

    def _others(self, case: Case, subject: Subject) -> Iterator[datetime]:
        for other in _with_certificates(case.cloud):
            if other.device is subject.device:
                continue
            try:
                reading = case.evidence.get(other.device.name, commands.CLOCK, Clock)
            except NoEvidenceError:
                continue
            if (moment := _moment(reading.iso)) is not None:
                yield moment


class CertificateLife(Check):
    """The router has a certificate of the trustpoint and of its authority, and both last.

    A certificate must last 30 days more (a tenth of its life, if that is less), by the router's
    own clock.
    """

    name = "certificates"
    about = ABOUT
    reads = (commands.CERTIFICATES, commands.CLOCK)
    stands_on = ("clock",)
    bars = False
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router with certificates."""
        return _with_certificates(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """The certificates, and the time."""
        return [commands.CERTIFICATES, commands.CLOCK]

    def expected(self, subject: Subject) -> str:
        """Say of which trustpoint, for how long."""
        trustpoint = _trustpoint(subject)
        name = trustpoint.name if trustpoint else ""
        return f"own certificate and the authority's in {name}, {LEAST.days} days more"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Find both, compare their dates with the clock."""
        device, trustpoint = subject.device, _trustpoint(subject)
        reading = case.evidence.whole(device.name, commands.CERTIFICATES, Certificates)
        clock = case.evidence.whole(device.name, commands.CLOCK, Clock)
        now = datetime.fromisoformat(clock.iso) if clock.iso else None
        if trustpoint is None or now is None:
            raise NoEvidenceError(f"{clock.time} {clock.date} is no date", clock.lines)
        mine = [c for c in reading.certificates if _of(c, trustpoint.name)]
        said: list[str] = []
        wrong: list[str] = []
        facts: dict[str, str] = {}
        for kind, words in (("Certificate", "own"), ("CA Certificate", "authority's")):
            found = [c for c in mine if c.kind == kind]
            if not found:
                wrong.append(f"no certificate ({words}) in {trustpoint.name}")
                continue
            holds, phrase = _life(found[0], now)
            (said if holds else wrong).append(f"{words} {phrase}")
            facts[words] = found[0].serial or "unknown"
        lines = tuple(line for c in mine for line in c.lines)
        return Answer(not wrong, "; ".join(wrong or said), lines, facts)


def _of(certificate: Certificate, trustpoint: str) -> bool:
    """Whether it belongs to the trustpoint; IOS cuts nothing off but may list several names."""
    return any(trustpoint in names.split() for names in certificate.trustpoints)


def _life(certificate: Certificate, now: datetime) -> tuple[bool, str]:
    if certificate.status != "Available":
        return False, f"is {certificate.status}"
    dates = (certificate.not_before, certificate.not_after)
    begin, end = (datetime.fromisoformat(text) if text else None for text in dates)
    # without a known zone all three are of the router's own, and can be compared all the same
    if begin is None or end is None or not begin.tzinfo is end.tzinfo is now.tzinfo:
        said = f"{certificate.start_date} and {certificate.end_date}"
        raise NoEvidenceError(f"{said} are of another zone than the clock", certificate.lines)
    if now < begin:
        return False, f"is not valid before {begin:%Y-%m-%d}"
    left = end - now
    if left <= timedelta():
        return False, f"expired {end:%Y-%m-%d}"
    return left >= min(LEAST, (end - begin) / 10), f"lasts until {end:%Y-%m-%d}, {left.days} days"


def _moment(text: str | None) -> datetime | None:
    """Return a point in time, None without a zone."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else None
