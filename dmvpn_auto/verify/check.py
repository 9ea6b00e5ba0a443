"""What a check is, and how all of them are judged on one set of evidence.

A check declares whom it is about, which commands it reads and which checks it stands on; its
`judge` only looks at evidence. When a check it stands on failed for the same routers, it is not
judged (unknown): the fault is named once, at its lowest layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Protocol

from dmvpn_auto.design.types import CloudDesign, Crypto, Family, Ospfv3, RouterDesign
from dmvpn_auto.verify.announced import Announced
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError, NotJudgedError
from dmvpn_auto.verify.reach import Lans, next_hops
from dmvpn_auto.verify.scope import by_family
from dmvpn_auto.verify.verdict import NOT_JUDGED, Status, Verdict


@dataclass(frozen=True, slots=True)
class Subject:
    """A router, or a router seen towards another one."""

    device: RouterDesign
    peer: RouterDesign | None = None

    @property
    def towards(self) -> RouterDesign:
        """The other router of a check about two; asking a check about one for it is a bug."""
        if self.peer is None:
            raise ValueError(f"{self.device.name}: this check concerns one router")
        return self.peer

    @property
    def crypto(self) -> Crypto:
        """The protection of the device; asking an unprotected one for it is a bug."""
        if self.device.crypto is None:
            raise ValueError(f"{self.device.name} has no protection")
        return self.device.crypto

    @property
    def key(self) -> tuple[str, str | None]:
        """The two by name."""
        return (self.device.name, self.peer.name if self.peer else None)

    @property
    def names(self) -> frozenset[str]:
        """The routers concerned."""
        return frozenset({self.device.name, *([self.peer.name] if self.peer else [])})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found."""

    holds: bool
    actual: str
    evidence: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class Failures:
    """Which checks did not hold, and for whom."""

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        self._found: dict[str, set[frozenset[str]]] = {}
        self._touched: dict[str, set[str]] = {}
        for verdict in verdicts:
            self.note(verdict)

    def note(self, verdict: Verdict) -> None:
        """Take one more verdict in.

        Missing evidence about one end blocks nothing: the other end may still say enough. What is
        waived blocks nothing either: what stands on it is judged by itself.
        """
        if verdict.status is Status.FAIL or verdict.follows:
            names = frozenset(filter(None, (verdict.device, verdict.peer)))
            self._found.setdefault(verdict.check, set()).add(names)
            self._touched.setdefault(verdict.check, set()).update(names)

    def has(self, check: str, names: frozenset[str]) -> bool:
        """Whether `check` did not hold for exactly these routers, or for one of them alone.

        What is asked about one router stands on all that was asked about it and another.
        """
        found = self._found.get(check, set())
        if names in found or any(frozenset({name}) in found for name in names):
            return True
        return len(names) == 1 and names <= self._touched.get(check, set())

    def blocker(self, check: Check, subject: Subject) -> str | None:
        """Return a check that `check` stands on and that does not hold for `subject`."""
        return next((c for c in check.stands_on if self.has(c, subject.names)), None)


Config = Callable[[RouterDesign], str]
"""Gives the configuration that a router shall run, a placeholder for each secret."""


@dataclass(frozen=True)
class Case:
    """One judgement in progress: the design, the evidence, and what failed in lower layers.

    `family` says which one of a dual-stack cloud `cloud` is.
    """

    cloud: CloudDesign
    evidence: Evidence
    failures: Failures
    config: Config | None = None
    family: Family | None = None

    @cached_property
    def hub_addresses(self) -> frozenset[str]:
        """The tunnel addresses of the hubs, link-local ones too."""
        return frozenset(name for hub in self.cloud.hubs for name in next_hops(hub))

    @cached_property
    def by_tunnel_address(self) -> Mapping[str, RouterDesign]:
        """The routers by tunnel address, link-local ones too."""
        return {name: router for router in self.cloud.routers for name in next_hops(router)}

    @cached_property
    def router_ids(self) -> frozenset[str]:
        """The router IDs by which OSPFv3 names its neighbors."""
        overlays = (router.overlay for router in self.cloud.routers)
        return frozenset(str(o.router_id) for o in overlays if isinstance(o, Ospfv3))

    @cached_property
    def by_nbma_address(self) -> Mapping[str, RouterDesign]:
        """The routers by NBMA address, those with a dynamic one left out."""
        return {str(r.nbma_address): r for r in self.cloud.routers if r.nbma_address is not None}

    @cached_property
    def lans(self) -> Lans:
        """The LANs of the whole cloud."""
        return Lans(self.cloud.routers)

    @cached_property
    def announced(self) -> Announced:
        """What may come by the tunnels."""
        return Announced(self.cloud)

    @cached_property
    def down(self) -> tuple[str, ...]:
        """The spokes whose tunnel stands to no hub; for checks behind those of the tunnels."""
        hubs = self.cloud.hubs
        return tuple(s.name for s in self.cloud.spokes if self._is_down(s.name, hubs))

    def _is_down(self, spoke: str, hubs: Sequence[RouterDesign]) -> bool:
        return all(
            any(
                self.failures.has(check, frozenset({spoke, hub.name}))
                for check in ("peer-state", "registration")
            )
            for hub in hubs
        )


class Check(Protocol):
    """One declared expectation.

    The docstring of each class begins with one sentence that says what must hold; `about` and
    `reads` say of whom and by which commands, in words, for people.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    stands_on: ClassVar[tuple[str, ...]] = ()
    probes: ClassVar[bool] = False
    """Whether its commands send packets; they run last, and not where no answer can come."""
    bars: ClassVar[bool] = True
    """Whether a spoke that fails it cannot be proven to talk to others."""
    shared: ClassVar[bool] = False
    """Whether it looks at what the families inside a tunnel share: one verdict is enough."""

    def subjects(self, cloud: CloudDesign) -> Iterable[Subject]:
        """Yield whom the check is about."""

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """Return the commands to run on `subject.device`."""

    def expected(self, subject: Subject) -> str:
        """Say what must hold."""

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare; raise `NoEvidenceError` when the evidence does not suffice."""


def judge(
    checks: Iterable[Check],
    cloud: CloudDesign,
    evidence: Evidence,
    devices: frozenset[str] | None = None,
    config: Config | None = None,
) -> Iterator[Verdict]:
    """Yield the verdict of every check about every router in `devices` (None: all).

    Checks must come lowest layer first, since later ones stand on earlier ones.
    """
    whole = _rendering(cloud, config) if config else None
    cases = [
        Case(side, evidence, Failures(), whole, family) for family, side in by_family(cloud).items()
    ]
    for check in checks:
        for views in _views(check, cases):
            if devices is not None and views[0][1].device.name not in devices:
                continue
            verdict = waived(_first(check, views), cloud)
            for case, _ in views:
                case.failures.note(verdict)
            yield verdict


_Views = tuple[tuple[Case, Subject], ...]


def _rendering(cloud: CloudDesign, config: Config) -> Config:
    """Return what renders a router with all its families."""
    routers = {router.name: router for router in cloud.routers}
    return lambda router: config(routers[router.name])


def _views(check: Check, cases: Sequence[Case]) -> Iterable[_Views]:
    """Return whom the check is about, each as those families see it that one verdict is for."""
    found = [(case, subject) for case in cases for subject in check.subjects(case.cloud)]
    if not check.shared or len(cases) == 1:
        return ((view,) for view in found)
    together: dict[tuple[str, str | None], list[tuple[Case, Subject]]] = {}
    for case, subject in found:
        together.setdefault(subject.key, []).append((case, subject))
    return map(tuple, together.values())


def _first(check: Check, views: _Views) -> Verdict:
    """Return the verdict of the first family that can judge, else why the first one cannot."""
    verdicts = [_one(check, *views[0])]
    for view in views[1:]:
        if verdicts[-1].status is not Status.UNKNOWN:
            return verdicts[-1]
        verdicts.append(_one(check, *view))
    return verdicts[-1] if verdicts[-1].status is not Status.UNKNOWN else verdicts[0]


def _one(check: Check, case: Case, subject: Subject) -> Verdict:
    device, peer = subject.key
    family = None if check.shared else case.family
    fallen = case.failures.blocker(check, subject)
    if fallen is not None:
        return Verdict(
            check=check.name,
            device=device,
            peer=peer,
            status=Status.UNKNOWN,
            expected=check.expected(subject),
            actual=f"{NOT_JUDGED}{fallen} does not hold",
            family=family,
        )
    return settle(
        check.name, device, peer, check.expected(subject), lambda: check.judge(case, subject),
        case.evidence, family=family,
    )  # fmt: skip


def settle(
    check: str, device: str, peer: str | None, expected: str, answer: Callable[[], Answer],
    *sources: Evidence, family: Family | None = None,
) -> Verdict:  # fmt: skip
    """Return the verdict that an answer makes.

    It is unknown without evidence, and where it would pass on an output of `sources` that could not
    be read whole: cut off or mixed with something else it may lack what says otherwise.
    """
    facts: Mapping[str, str] = {}
    for source in sources:
        source.doubts()
    try:
        found = answer()
        if found.holds and (doubts := [d for source in sources for d in source.doubts()]):
            raise doubts[0]
        status = Status.PASS if found.holds else Status.FAIL
        actual, lines, facts = found.actual, found.evidence, found.facts
    except NotJudgedError as other:
        status, actual, lines = Status.UNKNOWN, f"{NOT_JUDGED}{other.reason}", other.lines
    except NoEvidenceError as missing:
        status, actual, lines = Status.UNKNOWN, f"no evidence: {missing.reason}", missing.lines
    return Verdict(
        check=check,
        device=device,
        peer=peer,
        status=status,
        expected=expected,
        actual=actual,
        evidence=lines,
        facts=facts,
        family=family,
    )


def waived(verdict: Verdict, cloud: CloudDesign) -> Verdict:
    """Return the verdict, marked when it is no pass and the intent waives it.

    What is not judged because of another check waits for that one.
    """
    if verdict.status is Status.PASS or verdict.follows:
        return verdict
    for waiver in cloud.waivers:
        if waiver.covers(verdict.check, verdict.device, verdict.peer):
            return replace(verdict, status=Status.WAIVED, waiver=waiver.reason)
    return verdict
