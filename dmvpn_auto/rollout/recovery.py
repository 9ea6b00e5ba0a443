"""Going on with a run that was interrupted, or going back: what each router did is asked from it.

The journal says what was begun; whether it happened, the router knows. It waits for a confirmation
or not, runs what it shall run or what it ran before, has saved it or not. From these three follows
what is left to do; what is done is not done again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, DmvpnError, UsageError
from dmvpn_auto.ios import Tree, mask, parse
from dmvpn_auto.rollout.deploy import Rollout
from dmvpn_auto.rollout.guard import GUARDS, Revert
from dmvpn_auto.rollout.health import Baseline
from dmvpn_auto.rollout.journal import Journal, Run
from dmvpn_auto.rollout.outcome import Outcome, State, exit_code
from dmvpn_auto.rollout.plan import Plan, plan
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.precheck import Survey, survey
from dmvpn_auto.rollout.reading import STARTUP, fingerprint, read_running, same
from dmvpn_auto.rollout.records import (
    DeviceRecord,
    Mark,
    RunRecord,
    RunState,
    Step,
    StepRecord,
    by_device,
    recorded_waves,
)
from dmvpn_auto.rollout.target import Target, Targets
from dmvpn_auto.rollout.transaction import Transaction

DONE = (State.SAVED.value, State.ROLLED_BACK.value)
"""States of routers that a run has changed, there or back."""


class Situation(StrEnum):
    """How an interrupted run left a router."""

    FRESH = "not changed"
    TYPED = "changed, waits for a confirmation"
    KEPT = "changed, waits for nothing"
    SAVED = "changed and saved"


@dataclass(frozen=True, slots=True)
class Found:
    """A router as it was found; `before` is what it ran before the run, when that can be known."""

    survey: Survey
    situation: Situation
    before: Tree | None = field(default=None, repr=False)

    @property
    def as_wanted(self) -> bool:
        """Whether somebody else made it run what it shall run."""
        return self.situation is Situation.FRESH and not self.survey.plan


def say(found: Found | DmvpnError) -> str:
    """Say how a router was found."""
    return found.situation.value if isinstance(found, Found) else str(found)


class Left:
    """An interrupted run and the routers that it left open."""

    def __init__(self, journal: Journal, record: RunRecord) -> None:
        self.record = record
        self.policy = Policy.model_validate(dict(record.policy))
        self.devices = journal.devices(record.id)
        self._steps = by_device(journal.steps(record.id))
        self._by_name = {device.name: device for device in self.devices}
        self._journal = journal
        done = (*DONE, State.UNCHANGED.value)
        self.open = [device for device in self.devices if device.state not in done]
        self.saved = {d.name for d in self.devices if d.state == State.SAVED.value}

    @property
    def interrupted(self) -> bool:
        """Whether the run did not come to its end."""
        return not self.record.state.ended

    def refuse_ended(self) -> None:
        """Raise UsageError when there is nothing left to do."""
        if not self.interrupted:
            raise UsageError(
                f"run {self.record.id} has ended: {self.record.state.value}",
                stage="resume",
                hint="start a new one: dmvpn-auto deploy",
            )

    def refuse_overtaken(self) -> None:
        """Raise UsageError when a later run has changed routers that this one left open: to go on
        with taking back would take back that run, too.
        """
        names = {device.name for device in self.open}
        for run in self._journal.runs():
            later = run.id > self.record.id and run.cloud == self.record.cloud
            if later and names & {d.name for d in self._journal.devices(run.id) if d.state in DONE}:
                raise UsageError(
                    f"run {run.id} has changed routers of run {self.record.id} since",
                    stage="resume",
                    hint=f"dmvpn-auto rollback {self.record.of} shows what it would type, and asks",
                )

    def conclude(self) -> tuple[Outcome, ...]:
        """End a run that was killed after its last router was done; return what is on them."""
        outcomes = tuple(Outcome(device.name, State(device.state)) for device in self.devices)
        state = RunState.FAILED if exit_code(outcomes) else RunState.DONE
        self._journal.again(self.record.id).end(state)
        return outcomes

    def refuse_changed(self, targets: Sequence[Target]) -> None:
        """Raise UsageError when the intent is another one than that of the run."""
        wanted = {device.name: device.wanted for device in self.open}
        sealer = self._journal.sealer
        for target in targets:
            if fingerprint(parse(target.config), sealer) != wanted[target.name]:
                raise UsageError(
                    f"{target.name}: the intent says something else now than in run "
                    f"{self.record.id}",
                    stage="resume",
                    hint=f"dmvpn-auto rollback {self.record.id}, or deploy the new intent "
                    "(routers that wait for a confirmation go back first)",
                )

    def record_of(self, name: str) -> DeviceRecord:
        """Return what the journal holds of a router."""
        return self._by_name[name]

    def going_back(self) -> bool:
        """Whether the run was taking a wave back when it was interrupted."""
        return any(s.step is Step.REVERT for device in self.open for s in self._of(device.name))

    def begun(self, name: str) -> bool:
        """Whether a change was begun on the router."""
        return any(s.step is Step.PUSH for s in self._of(name))

    @property
    def back(self) -> dict[str, Outcome]:
        """Return what the run has taken back already; its failures count on."""
        names = [d.name for d in self.devices if d.state == State.ROLLED_BACK.value]
        return {name: Outcome(name, State.ROLLED_BACK) for name in names}

    def lost(self, found: Mapping[str, object]) -> dict[str, Outcome]:
        """Return what is to be said of routers of which an error was found."""
        return {
            name: Outcome(name, State.UNKNOWN if self.begun(name) else State.UNTOUCHED, error=one)
            for name, one in found.items()
            if isinstance(one, DmvpnError)
        }

    def has(self, name: str, step: Step) -> bool:
        """Whether a step of a router was done."""
        marks = (Mark.DONE, Mark.FOUND)
        return any(s.step is step and s.mark in marks for s in self._of(name))

    def baseline(self, name: str) -> Baseline:
        """Return what held on a router before it was changed."""
        found = self.baseline_of_run(name)
        return found if found is not None else Baseline(down=True)

    def baseline_of_run(self, name: str) -> Baseline | None:
        """Return what held on a router before the run, None when nobody looked."""
        for entry in reversed(self._of(name)):
            if entry.step is Step.BASELINE and "held" in entry.evidence:
                return Baseline.from_json(entry.evidence)
        return None

    def _of(self, name: str) -> list[StepRecord]:
        return self._steps.get(name, [])


def reconcile(
    fleet: Fleet, left: Left, run: Run, chosen: Targets, journal: Journal, *, back: bool
) -> dict[str, Found | DmvpnError]:
    """Ask every open router how it stands. One that has half of the change goes back at once; with
    `back` nothing is made ready for going on.
    """
    targets = {target.name: target for target in chosen.routers}

    def work(session: Session) -> Found:
        name = session.name
        with run.doing(name, Step.RECONCILE) as found:
            result = _ask(session, left, targets[name], chosen.design, journal, back=back)
            found["situation"] = result.situation.value
        return result

    return dict(fleet.run(work, list(targets), keep=len(targets) <= fleet.workers))


def _ask(
    session: Session,
    left: Left,
    target: Target,
    design: CloudDesign,
    journal: Journal,
    *,
    back: bool,
) -> Found:
    record = left.record_of(target.name)
    guard = GUARDS[left.policy.revert]
    begun = left.begun(record.name)
    waits = begun and guard.pending(session)
    now, before = _look(session, left, target, design, journal)
    if waits and guard.back and (before is None or (now.plan and not back)):
        session.execute(guard.back, guard.answers, stage="revert")  # half of it, or on trust
        waits = False
        now, before = _look(session, left, target, design, journal)
    if not begun or (before is not None and same(now.plan.running, before) and not waits):
        if not back:
            _refuse_other_change(record, now.plan, left.record.id)
        return Found(now, Situation.FRESH, before)
    if back and before is None:
        raise DeviceError(
            record.name,
            f"what it ran before run {left.record.id} is not to be had any more",
            stage="reconcile",
            hint=f"dmvpn-auto show {left.record.id} has the commands that lead back",
        )
    if now.plan and before is None:
        raise DeviceError(
            record.name,
            f"runs neither what it ran before run {left.record.id} nor what it shall run: another "
            "router, or changed by hand",
            stage="reconcile",
            hint=f"dmvpn-auto deploy --limit {record.name} shows what it needs now, and does it",
        )
    if now.plan and not back:
        return Found(now, Situation.FRESH, before)
    if waits and not back:
        guard.wait_anew(session, left.policy.minutes)
    if before is not None:
        now = replace(now, plan=plan(target, before, design), unsaved=False)
    if waits:
        return Found(now, Situation.TYPED, before)
    startup = session.show_many((STARTUP,), optional={STARTUP}).get(STARTUP, "")
    if same(parse(startup), read_running(session)):
        return Found(now, Situation.SAVED, before)
    return Found(now, Situation.KEPT, before)


def _look(
    session: Session, left: Left, target: Target, design: CloudDesign, journal: Journal
) -> tuple[Survey, Tree | None]:
    """Return what a router needs, and what it ran before the run if a change was begun on it.

    A secret that cannot be compared was typed anew when it is stored otherwise than before, or,
    where that is not to be had, when the push was seen to its end.
    """
    name = target.name
    now = survey(session, target, design)
    if not left.begun(name):
        return now, None
    before = before_run(session, now.plan.running, left.record_of(name), journal)
    if target.retype and (before is not None or left.has(name, Step.PUSH)):
        now = survey(session, target, design, before=before or {})
    return now, before


def _refuse_other_change(record: DeviceRecord, now: Plan, run: int) -> None:
    """Refuse to type anything else than what was planned, and perhaps approved."""
    if now and tuple(mask(line) for line in now.change.forward) != record.forward:
        raise DeviceError(
            record.name,
            f"was changed by somebody since run {run} was planned; it needs other commands now",
            stage="reconcile",
            hint=f"dmvpn-auto deploy --limit {record.name} shows what it needs now, and does it",
        )


def before_run(
    session: Session, running: Tree, record: DeviceRecord, journal: Journal
) -> Tree | None:
    """Return what the router ran before the run: what it still runs, what it archived, or what it
    would start with, whichever is that.
    """
    if fingerprint(running, journal.sealer) == record.before:
        return running
    for text in _copies(session, record.archive):
        tree = parse(text)
        if fingerprint(tree, journal.sealer) == record.before:
            return tree
    return None


_NEWEST = re.compile(r"^\s*\d+\s+(\S+)\s*<- Most Recent", re.M)


def _copies(session: Session, archive: str) -> Iterator[str]:
    """Yield the texts of configurations that the router keeps."""
    shown = session.show_many(("show archive", STARTUP), optional={"show archive", STARTUP})
    newest = _NEWEST.search(shown.get("show archive", ""))
    names = dict.fromkeys(filter(None, (archive, newest[1] if newest else "")))
    for name in names:
        command = f"more {name}"
        yield session.show_many((command,), optional={command}).get(command, "")
    yield shown.get(STARTUP, "")


def resume(
    fleet: Fleet, journal: Journal, left: Left, chosen: Targets
) -> tuple[Rollout, dict[str, Found | DmvpnError]]:
    """Return the rollout that goes on with a run (or finishes taking it back), and how its routers
    were found. Nothing more is done on a router that cannot be reached.
    """
    left.refuse_ended()
    if not left.going_back():
        left.refuse_changed(chosen.routers)
    return _prepared(fleet, journal, left, chosen, back=left.going_back())


def retreat(
    fleet: Fleet, journal: Journal, left: Left, chosen: Targets
) -> tuple[Rollout, dict[str, Found | DmvpnError]]:
    """Return the rollout that takes back what an interrupted run left waiting."""
    return _prepared(fleet, journal, left, chosen, back=True)


def _prepared(
    fleet: Fleet, journal: Journal, left: Left, chosen: Targets, *, back: bool
) -> tuple[Rollout, dict[str, Found | DmvpnError]]:
    run = journal.again(left.record.id)
    found = reconcile(fleet, left, run, chosen, journal, back=back)
    surveys = {name: f.survey for name, f in found.items() if isinstance(f, Found)}
    lost = left.lost(found)
    gone = left.saved.union(lost, (d.name for d in left.devices if d not in left.open))
    for name, one in found.items():
        if isinstance(one, Found) and one.as_wanted:
            gone.add(name)
            if not one.survey.unsaved:
                run.state(name, State.UNCHANGED.value)
    waves = tuple(wave.without(gone) for wave in recorded_waves(left.devices))
    rollout = Rollout(
        fleet, chosen.design, left.policy, run, surveys, tuple(w for w in waves if w.stages)
    )
    rollout.done = set(left.saved)
    rollout.outcomes |= left.back
    rollout.failures = len(left.back)
    rollout.lost = lost
    for name, one in found.items():
        if isinstance(one, Found) and one.situation is not Situation.FRESH:
            rollout.taken_over[name] = _taken_over(rollout, left, name, one)
        elif isinstance(one, Found) and one.before is not None and one.survey.plan:
            rollout.origins[name] = one.before
    return rollout, found


def _taken_over(rollout: Rollout, left: Left, name: str, found: Found) -> Transaction:
    transaction = Transaction(
        found.survey, left.policy, rollout.run, rollout.health(), origin=found.before
    )
    transaction.blind = found.before is None
    transaction.baseline = left.baseline(name)
    transaction.lines = len(found.survey.plan.change.forward)
    transaction.verified = left.has(name, Step.VERIFY)
    transaction.saved = found.situation is Situation.SAVED
    if found.situation is Situation.TYPED and left.policy.revert is not Revert.NONE:
        transaction.armed = time.monotonic()
    return transaction
