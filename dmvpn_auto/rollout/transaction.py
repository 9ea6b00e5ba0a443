"""The change of one router, step by step: guarded, verified through the overlay, then confirmed and
saved; or taken back, and shown to be.

Each step is entered in the journal before and after. A step works on whatever session it is given,
so that it can be repeated on a new one: what was done is asked from the router, not remembered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError, RefusedError, StoppedError
from dmvpn_auto.ios import Tree, parse, restore
from dmvpn_auto.rollout.guard import GUARDS, Guard, Revert
from dmvpn_auto.rollout.health import NOTHING, Baseline, Health, say
from dmvpn_auto.rollout.journal import Run
from dmvpn_auto.rollout.outcome import State
from dmvpn_auto.rollout.plan import Plan, missing
from dmvpn_auto.rollout.policy import GRACE, MARGIN, RESTART, Policy
from dmvpn_auto.rollout.precheck import Survey, examine
from dmvpn_auto.rollout.reading import STARTUP, read_running, same
from dmvpn_auto.rollout.records import Mark, Step
from dmvpn_auto.rollout.renegotiation import NONE as NO_SESSIONS
from dmvpn_auto.rollout.renegotiation import Renegotiation, renew

OnLine = Callable[[str], None]
"""Hears the name of a router for each line it took."""
_ARCHIVED = re.compile(r"running config to\s+(\S+)")
_SETTLING = 20.0
"""Seconds that IOS may take to go back once it has begun."""


class NotShownError(DeviceError):
    """The router took every line but does not run what was meant; `difference` has no secret."""

    def __init__(self, device: str, difference: str, *, lines: int) -> None:
        super().__init__(
            device,
            f"took all {lines} lines, but its running configuration still differs: {difference}",
            stage="read back",
            hint="IOS ignores some lines without a word (a profile that is not defined)",
        )


class NotRestoredError(DeviceError):
    """The router runs neither what it ran before nor what it shall run."""

    def __init__(self, device: str, difference: str, archive: str) -> None:
        how = f"configure replace {archive} force" if archive else "compare it by hand"
        super().__init__(
            device,
            f"is not back at what it ran before: {difference}",
            stage="revert",
            hint=f"on the router: {how}; then write memory",
        )


@dataclass
class Transaction:
    """One router under change. Its parts run in worker threads, one at a time."""

    survey: Survey
    policy: Policy
    run: Run
    health: Health | None
    on_line: OnLine | None = None
    renegotiation: Renegotiation = NO_SESSIONS
    """The crypto sessions that start anew, so that new keys are proven."""
    owed: Baseline | None = None
    """What must work afterwards, where that is not what works before."""
    baseline: Baseline = NOTHING
    archive: str = ""
    armed: float | None = None
    """Monotonic time at which the router began to wait for a confirmation."""
    origin: Tree | None = None
    """What the router ran before the run, when that is not what it runs at its beginning."""
    blind: bool = False
    """Nobody knows any more what it ran before: it cannot be taken back."""
    renewed: dict[tuple[str, ...], float] = field(default_factory=dict)
    """The crypto sessions that were started anew so far, with the monotonic time of the attempt."""
    verified: bool = False
    saved: bool = False
    committed: bool = False
    lines: int = 0
    notices: tuple[tuple[str, str], ...] = ()
    remarks: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """The router."""
        return self.survey.plan.name

    @property
    def plan(self) -> Plan:
        """What is to be done."""
        return self.survey.plan

    @property
    def before(self) -> Tree:
        """What the router runs again when the change is taken back."""
        return self.plan.running if self.origin is None else self.origin

    @property
    def guard(self) -> Guard:
        """What takes the change back."""
        return GUARDS[self.policy.revert]

    @property
    def deadline(self) -> float | None:
        """Monotonic time up to which a confirmation is safe; None: nothing is waiting."""
        if self.armed is None or self.policy.revert is Revert.NONE:
            return None
        return self.armed + 60.0 * self.policy.minutes - MARGIN

    @property
    def back_by(self) -> float:
        """Monotonic time by which the router must be reachable again, whatever happened."""
        if self.armed is None or self.policy.revert is Revert.NONE:
            return time.monotonic() + GRACE
        rest = RESTART if self.policy.revert is Revert.RELOAD else GRACE
        return self.armed + 60.0 * self.policy.minutes + rest

    # --- forward ----------------------------------------------------------------------------------

    def check(self, session: Session) -> None:
        """Make sure that the router may be changed now and is as it was read; touches nothing."""
        with self.run.doing(self.name, Step.CHECK) as found:
            examine(session, self.survey, self.policy)
            self._accept(read_running(session))
            found["clock"] = self.survey.clock
        if self.health is None:
            return
        with self.run.doing(self.name, Step.BASELINE) as found:
            new = f"interface {self.health.tunnel(self.name)}" not in self.plan.running
            self.baseline = self.health.baseline(session, new=new)
            found.update(self.baseline.as_json())

    def _accept(self, running: Tree) -> None:
        """Take what the router runs now for what it ran before, if the change stays the same."""
        plan = self.plan
        if same(running, plan.running):
            return
        change = plan.again(running)
        if change.forward != plan.change.forward:
            raise DeviceError(
                self.name,
                "was changed by somebody else since it was read",
                stage="check",
                hint="deploy again: it reads the router first",
            )
        self.survey = replace(self.survey, plan=replace(plan, running=running, change=change))

    def push(self, session: Session) -> None:
        """Type the change under its guard and read it back."""
        plan, guard = self.plan, self.guard
        total = len(plan.change.forward)
        with self.run.doing(
            self.name,
            Step.PUSH,
            during=State.BEGUN.value,
            lines=total,
            revert=guard.revert.value,
        ) as found:
            self.armed = time.monotonic()
            enter = guard.arm(session, self.policy.minutes)
            hear = self.on_line
            try:
                ahead = plan.in_band and bool(plan.change.bounces)
                pushed = session.push(
                    plan.change.forward,
                    (lambda _: hear(self.name)) if hear else None,
                    enter=enter,
                    ahead=ahead,
                )
            except (RefusedError, StoppedError) as error:
                self.lines = found["taken"] = error.applied
                if isinstance(error, RefusedError) and error.line == enter:
                    self.armed = None  # it never entered configuration mode
                error.hint = ""
                raise
            self.lines, self.notices = pushed.lines, pushed.notices
            self._note_archive(pushed.opened)
            found.update(taken=pushed.lines, archive=self.archive)
            self._read_back(session)

    def read_back(self, session: Session) -> None:
        """Find out, on a new session, whether a change arrived whole whose session broke."""
        with self.run.doing(self.name, Step.PUSH, again=True) as found:
            self._read_back(session)
            self.lines = found["taken"] = len(self.plan.change.forward)

    def _read_back(self, session: Session) -> None:
        if lacking := self.lacking(read_running(session)):
            raise NotShownError(self.name, lacking, lines=len(self.plan.change.forward))

    def lacking(self, running: Tree) -> str:
        """Return a line that the change does not show in `running`; empty when all is there."""
        deltas = missing(self.plan, running)
        return next((str(delta) for delta in deltas if delta.mark != " "), "")

    def _note_archive(self, said: str) -> None:
        if found := _ARCHIVED.search(said):
            self.archive = found[1]
            self.run.archived(self.name, self.archive)

    def verify(self, session: Session) -> None:
        """Wait until what must work works, over a session that was opened after the change."""
        if self.verified:
            return
        with self.run.doing(self.name, Step.VERIFY) as found:
            if self.health is None:
                found["skipped"] = True
                return
            owed = self.baseline if self.owed is None else self.owed.on_the_way_back
            rest = self.health.prove(session, owed, until=self.deadline)
            for peers in self.renegotiation.peers:
                since = self.renewed.get(peers)
                self.renewed.setdefault(peers, time.monotonic())
                renew(session, peers, self.renegotiation.front_vrf, since)
                rest = self.health.prove(session, owed, until=self.deadline)
            found["renewed"] = [peer for peers in self.renewed for peer in peers]
            found["rest"] = say(rest)
            if rest and not self.baseline.new:
                what = f"{len(rest)} checks do" if len(rest) > 1 else "1 check does"
                self.remarks.append(f"{what} not hold, as before: {say(rest)[0]}")

    def commit(self, session: Session) -> None:
        """Confirm the change and save it; either is left out when the router shows it done."""
        if self.guard.pending(session):
            with self.run.doing(self.name, Step.CONFIRM):
                self.guard.confirm(session)
        else:
            self._read_back(session)
            self.run.step(self.name, Step.CONFIRM, Mark.FOUND)
        self.armed = None
        if self.is_saved(session):
            self.committed = True
            self.run.step(self.name, Step.SAVE, Mark.FOUND, then=State.SAVED.value)
        else:
            self.save(session)

    def is_saved(self, session: Session) -> bool:
        """Whether the startup configuration is what runs; False when the router does not say."""
        shown = session.show_many((STARTUP,), optional={STARTUP})
        return STARTUP in shown and same(parse(shown[STARTUP]), read_running(session))

    def save(self, session: Session) -> None:
        """Write the running configuration to the startup configuration."""
        with self.run.doing(self.name, Step.SAVE, then=State.SAVED.value):
            self.saved = True  # from here on it may be
            session.save()
            self.committed = True

    # --- back -------------------------------------------------------------------------------------

    def revert(self, session: Session) -> None:
        """Take the change back, or find that the router has; leave when it runs what it ran.

        Raises NotRestoredError.
        """
        guard = self.guard
        with self.run.doing(self.name, Step.REVERT) as found:
            found["by"] = ""
            if self.blind:
                why = "what it ran before is not known any more"
                raise NotRestoredError(self.name, why, self.archive)
            if guard.back and guard.pending(session):
                found["by"] = guard.back
                session.execute(guard.back, guard.answers, stage="revert")
            elif guard.back and self.armed is not None:
                found["by"] = "the router itself"
                self._await_return(session)
            if not same(read_running(session), self.before):
                found["by"] = "commands"
                self._type_back(session)
            if guard.pending(session):
                guard.confirm(session)
            if self.saved:
                session.save()
            self.armed = None
        self.remarks.append(_TAKEN_BACK.get(found["by"], "it had taken nothing of the change"))

    def prove(self, session: Session) -> None:
        """Show that the router runs what it ran before, and wait until what worked works again."""
        with self.run.doing(self.name, Step.PROVE, then=State.ROLLED_BACK.value) as found:
            self._compare(session)
            if self.health is not None:
                lost = self.health.regained(session, self.baseline)
                found["lost"] = say(lost)
                self.remarks += [f"does not hold yet: {line}" for line in say(lost)]

    def _await_return(self, session: Session) -> None:
        """Wait for an IOS that is on its way back; ends early when it runs what it ran."""
        deadline = time.monotonic() + _SETTLING
        while time.monotonic() < deadline:
            running = read_running(session)
            if same(running, self.before) or not self.lacking(running):
                return
            time.sleep(1.0)

    def _type_back(self, session: Session) -> None:
        """Type what leads back, guarded like the change itself."""
        lines = restore(read_running(session), self.before).forward
        if lines:
            armed = self.guard.pending(session)
            enter = "configure terminal" if armed else self.guard.arm(session, self.policy.minutes)
            session.push(lines, enter=enter)
            self._compare(session)

    def _compare(self, session: Session) -> None:
        running: Tree = read_running(session)
        if same(running, self.before):
            return
        deltas = restore(running, self.before).deltas
        first = next((str(delta) for delta in deltas if delta.mark != " "), "order of lines")
        raise NotRestoredError(self.name, first, self.archive)


_TAKEN_BACK = {
    "configure revert now": "the router took the change back when told",
    "the router itself": "the router took the change back by itself",
    "commands": "the change was taken back by typing it",
}
