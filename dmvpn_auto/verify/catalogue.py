"""What checks there are, in their own words, and the choice of some of them by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import DmvpnError, InputError, UsageError
from dmvpn_auto.verify.checks import CONVERGENCE
from dmvpn_auto.verify.shortcuts import TRAFFIC_CHECKS
from dmvpn_auto.verify.verdict import Status, Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """One check as a person wants to know it."""

    name: str
    about: str
    reads: tuple[str, ...]
    stands_on: tuple[str, ...]
    teaching: str

    @property
    def sentence(self) -> str:
        """What must hold, in one sentence."""
        return self.teaching.partition("\n\n")[0].replace("\n", " ")

    def to_json(self) -> dict[str, str | list[str]]:
        """Return the entry as JSON-ready data."""
        return {
            "name": self.name,
            "about": self.about,
            "reads": list(self.reads),
            "stands_on": list(self.stands_on),
            "what": self.sentence,
        }


def catalogue() -> tuple[Entry, ...]:
    """Return all checks, lowest layer first."""
    return tuple(
        Entry(check.name, check.about, check.reads, check.stands_on, cleandoc(check.__doc__ or ""))
        for check in (*CONVERGENCE, *TRAFFIC_CHECKS)
    )


def choose(only: Sequence[str] = (), skip: Sequence[str] = ()) -> frozenset[str]:
    """Return the names of the checks to judge: `only` these (none: all) without those to `skip`.

    Raises UsageError for a name that no check has, and when nothing is left.
    """
    names = [entry.name for entry in catalogue()]
    for option, asked in (("--check", only), ("--skip", skip)):
        for name in asked:
            if name not in names:
                raise UsageError(f"{option}: {_unknown(name, names)}", stage="verify", hint=_LIST)
    left = frozenset(only or names) - frozenset(skip)
    if not left:
        raise UsageError("--check and --skip leave no check", stage="verify", hint=_LIST)
    return left


def refuse_unknown_waivers(cloud: CloudDesign) -> None:
    """Raise InputError for a waiver of a check that does not exist: it would waive nothing."""
    names = [entry.name for entry in catalogue()]
    for waiver in cloud.waivers:
        if waiver.check not in names:
            raise _refusal(cloud.name, waiver.check, names)


def needless_waivers(cloud: CloudDesign, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield in words each waiver that covers only what holds: it would hide the next fault."""
    for waiver in cloud.waivers:
        covered = [v.status for v in verdicts if waiver.covers(v.check, v.device, v.peer)]
        if covered and set(covered) == {Status.PASS}:
            about = " -> ".join(filter(None, (waiver.device, waiver.peer))) or "all routers"
            yield (
                f"the waiver of {waiver.check} for {about} ({waiver.reason}) waives nothing: "
                "it holds; take it out of waive_checks"
            )


def _refusal(cloud: str, name: str, names: Iterable[str]) -> DmvpnError:
    return InputError(
        _unknown(name, names), where=f"cloud {cloud}, waive_checks", stage="verify", hint=_LIST
    )


_LIST = "dmvpn-auto verify --list names all checks"


def _unknown(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), 1)
    return f"there is no check {name!r}" + (f", did you mean {near[0]!r}?" if near else "")
