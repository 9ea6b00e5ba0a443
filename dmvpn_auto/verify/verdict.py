"""The answer to one check about one router, and to all of them.

Unknown is an answer of its own: the evidence was not there or could not be read whole, or what the
check stands on already failed. It is never counted as a pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NOT_JUDGED = "not judged: "
NOT_TRIED = "not tried: "
"""How `actual` begins when a verdict is unknown because of another one."""


class Status(StrEnum):
    """What a check says."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check about `device`, seen towards `peer` where two routers are concerned.

    `actual` of a failed tunnel starts with the DMVPN state as a word of its own (INTF, IKE, IPSEC,
    NHRP); `evidence` holds the raw lines that were judged.
    """

    check: str
    device: str
    peer: str | None
    status: Status
    expected: str
    actual: str
    evidence: tuple[str, ...] = ()

    @property
    def follows(self) -> bool:
        """Whether this is unknown only because something below it does not hold."""
        return self.status is Status.UNKNOWN and self.actual.startswith((NOT_JUDGED, NOT_TRIED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All verdicts of one run; `unreachable` names the routers that gave no evidence at all."""

    cloud: str
    verdicts: tuple[Verdict, ...]
    unreachable: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Status:
        """Fail when anything failed, unknown when anything is unknown or nothing was checked."""
        statuses = {v.status for v in self.verdicts}
        if Status.FAIL in statuses:
            return Status.FAIL
        if Status.UNKNOWN in statuses or not statuses:
            return Status.UNKNOWN
        return Status.PASS

    def to_json(self) -> dict[str, Any]:
        """Return the document that `verify --format json` prints."""
        return {
            "verdict": self.verdict.value,
            "checks": [
                {
                    "check": v.check,
                    "device": v.device,
                    "peer": v.peer,
                    "status": v.status.value,
                    "expected": v.expected,
                    "actual": v.actual,
                    "evidence": list(v.evidence),
                }
                for v in self.verdicts
            ],
        }
