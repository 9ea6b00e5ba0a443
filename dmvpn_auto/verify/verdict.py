"""The answer to one check about one router, and to all of them.

Unknown is an answer of its own: the evidence was not there or could not be read whole, or what the
check stands on already failed. It is never counted as a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dmvpn_auto.design.types import FAMILY_NAMES, Family
from dmvpn_auto.errors import ExitCode

Key = tuple[str, str, str | None, Family | None]
"""Check, router, peer, family."""

NOT_JUDGED = "not judged: "
NOT_TRIED = "not tried: "
"""How `actual` begins when a verdict is unknown because of another one."""


class Status(StrEnum):
    """What a check says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"


URGENCY = (Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS)
"""What a tired person wants to see first, and which of several verdicts stands for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check about `device`, seen towards `peer` where two routers are concerned.

    `actual` of a failed tunnel starts with the DMVPN state as a word of its own (INTF, IKE, IPSEC,
    NHRP); `evidence` holds the raw lines that were judged. `waiver` is the reason in the intent for
    which a verdict that is no pass is waived; `actual` stays what was found. `facts` are what two
    runs can be compared by: no ages, no counters. `family` is that inside the tunnels, None in a
    cloud of one family and for what the families share.
    """

    check: str
    device: str
    peer: str | None
    status: Status
    expected: str
    actual: str
    evidence: tuple[str, ...] = ()
    waiver: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    family: Family | None = None

    @property
    def key(self) -> Key:
        """Which check about whom."""
        return (self.check, self.device, self.peer, self.family)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON-ready data."""
        found: dict[str, Any] = {
            "check": self.check,
            "device": self.device,
            "peer": self.peer,
            "status": self.status.value,
            "expected": self.expected,
            "actual": self.actual,
            "evidence": list(self.evidence),
        }
        if self.family is not None:
            found["family"] = self.family
        if self.facts:
            found["facts"] = dict(self.facts)
        if self.waiver is not None:
            found["waiver"] = self.waiver
        return found

    @property
    def follows(self) -> bool:
        """Whether this is unknown only because something below it does not hold."""
        return self.status is Status.UNKNOWN and self.actual.startswith((NOT_JUDGED, NOT_TRIED))


def about(device: str, peer: str | None, family: Family | None) -> str:
    """Return in words whom something is about: "spoke1 -> hub1 (IPv6)"."""
    ends = f"{device} -> {peer}" if peer else device
    return f"{ends} ({FAMILY_NAMES[family]})" if family else ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All verdicts of one run; `unreachable` names the routers that gave no evidence at all."""

    cloud: str
    verdicts: tuple[Verdict, ...]
    unreachable: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Status:
        """Fail when anything failed, unknown when anything is unknown or nothing was checked.

        A waived verdict counts as neither; a run in which nothing passed is unknown.
        """
        statuses = {v.status for v in self.verdicts}
        if Status.FAIL in statuses:
            return Status.FAIL
        if Status.UNKNOWN in statuses or Status.PASS not in statuses:
            return Status.UNKNOWN
        return Status.PASS

    @property
    def exit_code(self) -> ExitCode:
        """0 holds, 1 does not, 3 not known; 4 when a router was not reached, whatever the others
        say: the answer is not whole.
        """
        if self.unreachable:
            return ExitCode.DEVICE
        codes = {Status.PASS: ExitCode.YES, Status.FAIL: ExitCode.NO}
        return codes.get(self.verdict, ExitCode.NOTHING_CHECKED)

    def to_json(self) -> dict[str, Any]:
        """Return the document that `verify --format json` prints."""
        return {"verdict": self.verdict.value, "checks": [v.to_json() for v in self.verdicts]}
