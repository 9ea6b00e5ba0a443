"""What of the cloud's lines on a router is no longer as the intent says, and nothing else.

It is the difference of a plan, read the other way round: a line that the plan would add is missing
on the router, one it would take away was added, one it would overwrite was changed. Lines of our
routing processes that the intent does not say and that stay are no drift; they are told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dmvpn_auto.ios import Delta
from dmvpn_auto.ios.masking import HIDDEN
from dmvpn_auto.rollout.plan import Plan

_STORED = re.compile(rf"[0-9] (?={HIDDEN})")
"""How the router stores a secret."""


class Kind(StrEnum):
    """How a line is not as it shall be."""

    MISSING = "missing"
    CHANGED = "changed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Drift:
    """One line, without secrets: where it stands, what the intent says and what the router has."""

    kind: Kind
    section: str  # "router bgp 65000 / address-family ipv4"; empty at the top
    wanted: str  # empty for an added line
    actual: str  # empty for a missing one

    def __str__(self) -> str:
        where = f"{self.section}: " if self.section else ""
        if self.kind is Kind.CHANGED and _STORED.sub("", self.actual) == self.wanted:
            return f"changed  {where}{self.actual} (another secret)"
        if self.kind is Kind.CHANGED:
            return f"changed  {where}{self.actual} (wanted: {self.wanted})"
        return f"{self.kind.value:<8} {where}{self.wanted or self.actual}"


@dataclass(frozen=True, slots=True)
class Beside:
    """A line of a routing process of ours that the intent does not say and that stays."""

    section: str
    line: str

    def __str__(self) -> str:
        return f"beside   {self.section}: {self.line}"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on one router; true when something drifted."""

    drift: tuple[Drift, ...]
    beside: tuple[Beside, ...]

    def __bool__(self) -> bool:
        return bool(self.drift)


def compared(plan: Plan) -> Found:
    """Return all that the comparison of one router found."""
    places = (place.rpartition(" / ") for place in plan.change.stays)
    return Found(drift(plan), tuple(Beside(section, line) for section, _, line in places))


def drift(plan: Plan) -> tuple[Drift, ...]:
    """Return what drifted on one router, in the order of its configuration."""
    return tuple(_walk(plan.change.deltas))


def _walk(deltas: Sequence[Delta]) -> Iterator[Drift]:
    path: list[str] = []
    skip = -1
    for place, delta in enumerate(deltas):
        del path[delta.depth :]
        section = " / ".join(path)
        path.append(delta.text)
        if place == skip or delta.mark == " ":
            continue
        after = deltas[place + 1] if place + 1 < len(deltas) else None
        if delta.mark == "+":
            yield Drift(Kind.MISSING, section, delta.text, "")
        elif after and after.mark == "+" and after.depth == delta.depth:
            skip = place + 1
            yield Drift(Kind.CHANGED, section, after.text, delta.text)
        else:
            yield Drift(Kind.ADDED, section, "", delta.text)
