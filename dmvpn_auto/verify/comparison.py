"""What changed between two verifications of a cloud: what got worse, better, or another address.

Compared are verdicts by check, router, peer and family, and their facts, which hold no ages and
counters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dmvpn_auto.design.types import FAMILY_NAMES, Family
from dmvpn_auto.errors import InputError
from dmvpn_auto.verify.verdict import Status, Verdict

Kind = Literal["worse", "better", "changed", "new", "gone"]
_RANK = {Status.PASS: 0, Status.WAIVED: 0, Status.UNKNOWN: 1, Status.FAIL: 2}
_PEER = "peer "


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `fact` names the fact that changed, None for the verdict itself.

    `follows`: unknown now only because of another verdict. `before` and `after` are statuses or
    values, None where there was none.
    """

    kind: Kind
    check: str
    device: str
    peer: str | None
    before: str | None
    after: str | None
    said: str = ""
    fact: str | None = None
    follows: bool = False
    family: Family | None = None

    def to_json(self) -> dict[str, str | bool | None]:
        """Return the change as JSON-ready data."""
        return {
            "kind": self.kind,
            "check": self.check,
            "device": self.device,
            "peer": self.peer,
            **({"family": self.family} if self.family else {}),
            "fact": self.fact,
            "before": self.before,
            "after": self.after,
            "actual": self.said,
            "follows": self.follows,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, what got worse first; `same` verdicts did not change."""

    changes: tuple[Change, ...]
    same: int

    @property
    def worse(self) -> bool:
        """Whether anything got worse."""
        return any(change.kind == "worse" for change in self.changes)

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def peers(self) -> tuple[Change, ...]:
        """The peers that came or went, as facts."""
        return tuple(c for c in self.changes if c.fact and c.fact.startswith(_PEER))

    def to_json(self) -> dict[str, Any]:
        """Return the document that `verify --compare --format json` prints."""
        return {
            "worse": self.worse,
            "same": self.same,
            "changes": [change.to_json() for change in self.changes],
        }


def compare(old: Iterable[Verdict], new: Iterable[Verdict]) -> Comparison:
    """Return what changed from `old` to `new`.

    A verdict that is new and no pass got worse; one that is gone counts as gone only.
    """
    before = {verdict.key: verdict for verdict in old}
    after = {verdict.key: verdict for verdict in new}
    changes: list[Change] = []
    same = 0
    for key, verdict in after.items():
        found = _changes(before.get(key), verdict)
        same += not found
        changes += found
    changes += [
        _change("gone", verdict, before=verdict.status.value, after=None)
        for key, verdict in before.items()
        if key not in after
    ]
    order: tuple[Kind, ...] = ("worse", "better", "changed", "new", "gone")
    return Comparison(tuple(sorted(changes, key=lambda c: (order.index(c.kind), c.follows))), same)


def _changes(old: Verdict | None, new: Verdict) -> list[Change]:
    if old is None:
        kind: Kind = "worse" if new.status is Status.FAIL else "new"
        return [_change(kind, new, before=None, after=new.status.value)]
    if old.status is not new.status:
        steps = _RANK[new.status] - _RANK[old.status]
        kind = "worse" if steps > 0 else "better" if steps < 0 else "changed"
        return [_change(kind, new, before=old.status.value, after=new.status.value)]
    if not new.facts or not old.facts:
        return []
    return [
        Change(
            "changed", new.check, new.device, new.peer, old.facts.get(name), new.facts.get(name),
            fact=name, family=new.family,
        )
        for name in dict.fromkeys((*old.facts, *new.facts))
        if old.facts.get(name) != new.facts.get(name)
    ]  # fmt: skip


def _change(kind: Kind, verdict: Verdict, *, before: str | None, after: str | None) -> Change:
    return Change(
        kind, verdict.check, verdict.device, verdict.peer, before, after, verdict.actual,
        follows=verdict.follows, family=verdict.family,
    )  # fmt: skip


def read_verdicts(document: Any, where: str) -> tuple[Verdict, ...]:
    """Return the verdicts of a document that `verify --format json` wrote; InputError otherwise."""
    try:
        return tuple(_verdict(check) for check in document["checks"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"is no result of `verify --format json` ({type(error).__name__}: {error})",
            where=where, stage="compare", hint="name a file written by verify, or its evidence",
        ) from None  # fmt: skip


def _verdict(told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        check=str(told["check"]),
        device=str(told["device"]),
        peer=None if told["peer"] is None else str(told["peer"]),
        status=Status(told["status"]),
        expected=str(told["expected"]),
        actual=str(told["actual"]),
        evidence=tuple(map(str, told["evidence"])),
        waiver=None if told.get("waiver") is None else str(told["waiver"]),
        facts={str(name): str(value) for name, value in told.get("facts", {}).items()},
        family=_family(told.get("family")),
    )


def _family(told: Any) -> Family | None:
    for family in FAMILY_NAMES:
        if told == family:
            return family
    if told is not None:
        raise ValueError(f"there is no family {told!r}")
    return None
