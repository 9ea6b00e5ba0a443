"""Verdicts in the order in which a tired person wants them: what fails first, what follows last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dmvpn_auto.verify.verdict import URGENCY, Status, Verdict, Verification, about


@dataclass(frozen=True, slots=True)
class CheckSum:
    """One check over all routers; `example` is the worst of its verdicts."""

    check: str
    count: dict[Status, int]
    example: Verdict

    @property
    def total(self) -> int:
        """How many routers or pairs it was about."""
        return sum(self.count.values())


def who(verdict: Verdict) -> str:
    """Return whom a verdict is about, in words."""
    return about(verdict.device, verdict.peer, verdict.family)


def by_check(verification: Verification) -> list[CheckSum]:
    """Return the checks, those that fail first; otherwise from the lowest layer up."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verification.verdicts:
        groups[verdict.check].append(verdict)
    sums = [
        CheckSum(
            check,
            {status: sum(v.status is status for v in verdicts) for status in Status},
            min(verdicts, key=lambda v: URGENCY.index(v.status)),
        )
        for check, verdicts in groups.items()
    ]
    return sorted(sums, key=lambda found: URGENCY.index(found.example.status))


def causes(verification: Verification) -> list[Verdict]:
    """Return what does not hold by itself: failures, what could not be known, what is waived."""
    own = [v for v in verification.verdicts if v.status is not Status.PASS]
    own = [v for v in own if not consequence(v, verification)]
    return sorted(own, key=lambda v: URGENCY.index(v.status))


def consequences(verification: Verification) -> list[Verdict]:
    """Return what is unknown only because of a failure below it or a router that gave no answer."""
    return [v for v in verification.verdicts if consequence(v, verification)]


def consequence(verdict: Verdict, verification: Verification) -> bool:
    """Whether a verdict is unknown only because of another one or of a router not reached."""
    gone = {verdict.device, verdict.peer} & set(verification.unreachable)
    return verdict.status is Status.UNKNOWN and (bool(gone) or verdict.follows)


def unreachable(verification: Verification) -> list[tuple[str, str]]:
    """Return (router, why) for each router that gave no evidence at all."""
    first: dict[str, str] = {}
    for verdict in verification.verdicts:
        first.setdefault(verdict.device, verdict.actual.removeprefix("no evidence: "))
    return [(name, first.get(name, "nothing was asked")) for name in verification.unreachable]


def tally(verdicts: Sequence[Verdict]) -> str:
    """Return the sum in words: "58 hold, 2 fail, 0 unknown"."""
    count = {status: sum(v.status is status for v in verdicts) for status in Status}
    waived = f", {count[Status.WAIVED]} waived" if count[Status.WAIVED] else ""
    return (
        f"{count[Status.PASS]} hold, {count[Status.FAIL]} fail, {count[Status.UNKNOWN]} unknown"
        f"{waived}"
    )
