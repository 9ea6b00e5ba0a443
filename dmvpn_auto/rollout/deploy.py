"""A rollout: wave after wave, each confirmed as a whole or taken back as a whole.

In a wave every router is checked, changed under its guard and verified; only when all of them are
healthy are they confirmed and saved. Otherwise they go back, the last one changed first, and the
rollout ends; the routers of other waves stay as they are. `max_failures` lets single failed
routers go back alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TypeVar

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, DmvpnError, UnreachableError
from dmvpn_auto.ios import Tree
from dmvpn_auto.rollout.failures import LeftError, UntouchedError, errors, shut_out
from dmvpn_auto.rollout.health import Baseline, Health
from dmvpn_auto.rollout.insistence import insist, until
from dmvpn_auto.rollout.interrupts import Interrupts
from dmvpn_auto.rollout.journal import JournalError, Run
from dmvpn_auto.rollout.listener import Listener, Silent
from dmvpn_auto.rollout.outcome import Outcome, State, exit_code
from dmvpn_auto.rollout.plan import Plan
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.precheck import UNSAVED, Survey
from dmvpn_auto.rollout.records import RunState
from dmvpn_auto.rollout.renegotiation import NONE as NO_SESSIONS
from dmvpn_auto.rollout.renegotiation import Renegotiation, proof_of
from dmvpn_auto.rollout.transaction import Transaction
from dmvpn_auto.rollout.waves import Kind, Wave, kind

T = TypeVar("T")
_RETURN = 10.0
"""Seconds that a router is given to go back once its timer has ended."""


@dataclass
class Rollout:
    """One run over some routers of one cloud. `done`: routers that a run before has finished."""

    fleet: Fleet
    design: CloudDesign
    policy: Policy
    run: Run
    surveys: Mapping[str, Survey]
    waves: Sequence[Wave]
    listener: Listener = field(default_factory=Silent)
    done: set[str] = field(default_factory=set)
    taken_over: dict[str, Transaction] = field(default_factory=dict)
    """Routers that an interrupted run left with the change typed."""
    origins: dict[str, Tree] = field(default_factory=dict)
    """What routers ran before the run that goes on, where they run something else now."""
    owed: dict[str, Baseline | None] = field(default_factory=dict)
    """What must work after going back: what worked before the run that is taken back."""
    lost: dict[str, Outcome] = field(default_factory=dict)
    """Routers of the run that could not be asked, or are not as it left them."""
    make: type[Transaction] = Transaction
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    broken: JournalError | None = None
    """Why the journal does not know the end."""
    _begun: dict[str, Transaction] = field(default_factory=dict)
    failures: int = 0
    _wave: int = 0

    def __post_init__(self) -> None:
        self.interrupts = Interrupts(self._tell, self.fleet.stop)

    def _tell(self, text: str) -> None:
        self.listener.say(text)

    def carry_out(self) -> tuple[Outcome, ...]:
        """Do it; return what is on every router, in the order of the surveys."""
        for name, found in self.surveys.items():
            state = State.UNTOUCHED if found.todo else State.UNCHANGED
            self.outcomes[name] = Outcome(name, state, total=len(found.plan.change.forward))
        for name in self.taken_over:
            self.outcomes[name] = replace(self.outcomes[name], state=State.UNTOUCHED)
        self.outcomes |= self.lost
        try:
            self._save_what_runs()
            self._carry_out_waves()
        except KeyboardInterrupt:
            self._leave()
        except JournalError as error:
            self._go_back_unheard(error)
        self._end()
        return tuple(self.outcomes.values())

    def _carry_out_waves(self) -> None:
        for number, wave in enumerate(self.waves, 1):
            if self._ended():
                break
            self._wave = number
            if number > 1 and self.policy.pause:
                self.listener.say(f"pausing for {self.policy.pause:g} s")
                if self.interrupts.heard.wait(self.policy.pause):
                    break
            self.listener.wave(number, wave)
            go_on = self._carry_out(wave)
            self.fleet.leave(wave.names)
            if not go_on:
                break

    def _leave(self) -> None:
        """Say of the routers in progress that they are on their own."""
        for name in self._begun:
            if self._in_progress(name):
                self._conclude(name, State.PENDING, error=LeftError(name, self.policy, self.run.id))

    def _go_back_unheard(self, error: JournalError) -> None:
        """Without a journal nobody could go on after us: take back what is in progress."""
        self.broken = error
        self.run.unheard = True
        self.listener.say("the journal cannot be written: going back on the routers in progress")
        for wave in reversed(self.waves):
            left = {n: self._begun[n] for n in wave.names if self._in_progress(n)}
            kept = {name: tx for name, tx in left.items() if tx.committed}
            if wave.bound and len(kept) < len(left):
                kept = {}
            for name, transaction in kept.items():
                self._conclude(name, State.SAVED, transaction)
            back = {name: tx for name, tx in left.items() if name not in kept}
            self._take_back_in_order(wave, back, {})

    def _in_progress(self, name: str) -> bool:
        return name in self._begun and self.outcomes[name].state is State.UNTOUCHED

    def _end(self) -> None:
        """Close the run, unless the journal lacks a part of it: then it is for `resume`."""
        if self.run.unheard:
            return
        try:
            self.run.end(self._run_state())
        except JournalError as error:
            self.broken = error

    def _run_state(self) -> RunState:
        open_ends = {State.PENDING, State.ACTIVE, State.UNKNOWN}
        if self.lost or any(outcome.state in open_ends for outcome in self.outcomes.values()):
            return RunState.INTERRUPTED
        if exit_code(tuple(self.outcomes.values())):
            return RunState.FAILED
        left = any(outcome.state is State.UNTOUCHED for outcome in self.outcomes.values())
        return RunState.INTERRUPTED if left else RunState.DONE

    def _ended(self) -> bool:
        return self.interrupts.heard.is_set() or self.failures > self.policy.max_failures

    # --- a wave -----------------------------------------------------------------------------------

    def _carry_out(self, wave: Wave) -> bool:
        """Carry a wave out; return whether the rollout may go on."""
        begun: dict[str, Transaction] = {}
        failed: dict[str, DmvpnError] = {}
        for stage in wave.stages:
            going = {name: self._transaction(name) for name in stage}
            failed |= self._forward(going, begun)
            if not wave.together:
                failed |= self._verify({n: begun[n] for n in stage if n in begun}, failed)
            if failed and wave.bound:
                break
        if wave.together and not failed:
            failed |= self._verify(begun, failed)
        spoilt = self.interrupts.hurry.is_set() or self._spoilt(failed, bound=wave.bound)
        if not spoilt:
            failed |= self._commit({n: tx for n, tx in begun.items() if n not in failed})
            spoilt = self._spoilt(failed, bound=wave.bound)
        self.failures += len(failed)
        back = begun if spoilt else {n: tx for n, tx in begun.items() if n in failed}
        self._take_back_in_order(wave, back, failed)
        for name, error in failed.items():
            if name not in begun:
                self._conclude(name, State.UNTOUCHED, error=error)
        return not spoilt and not self._ended()

    def _spoilt(self, failed: Mapping[str, DmvpnError], *, bound: bool) -> bool:
        """Whether the whole wave goes back."""
        many = self.failures + len(failed) > self.policy.max_failures
        return bool(failed) and (bound or many)

    def _transaction(self, name: str) -> Transaction:
        if name in self.taken_over:
            transaction = self.taken_over[name]
            transaction.renegotiation = self._renegotiation(transaction.plan)
            return transaction
        plan = self.surveys[name].plan
        return self.make(
            self.surveys[name],
            self.policy,
            self.run,
            self.health(),
            on_line=self.listener.line,
            renegotiation=self._renegotiation(plan),
            origin=self.origins.get(name),
            owed=self.owed.get(name),
        )

    def health(self) -> Health | None:
        """Return what looks at the routers, None when the policy wants no verification."""
        if not self.policy.verify:
            return None
        return Health(self.design, self.policy.patience, self.interrupts.hurry, self._waiting)

    def _waiting(self) -> frozenset[str]:
        """Return the routers that are still to be changed."""
        todo = frozenset(name for name, found in self.surveys.items() if found.plan)
        return todo - self.done - self._begun.keys()

    def go_back(self) -> tuple[Outcome, ...]:
        """Take back what an interrupted run left typed, the last wave first; nothing else."""
        for name, transaction in self.taken_over.items():
            self.outcomes[name] = Outcome(name, State.UNTOUCHED, total=transaction.lines)
        self.outcomes |= self.lost
        try:
            for wave in reversed(self.waves):
                self._take_back_in_order(wave, self.taken_over, {})
        except JournalError as error:
            self._begun |= self.taken_over
            self._go_back_unheard(error)
        self._end()
        return tuple(self.outcomes.values())

    def _renegotiation(self, plan: Plan) -> Renegotiation:
        if not self.policy.verify or kind(plan) is not Kind.PAIRED:
            return NO_SESSIONS
        return proof_of(self.design, plan.name, waiting=self._waiting(), done=self.done)

    def _forward(
        self, going: Mapping[str, Transaction], begun: dict[str, Transaction]
    ) -> dict[str, DmvpnError]:
        """Check and change; `begun` gets the routers that were touched."""

        def work(session: Session) -> None:
            transaction = going[session.name]
            if self.interrupts.heard.is_set():
                raise UntouchedError(session.name)
            self.listener.stage(session.name, "check")
            transaction.check(session)
            begun[session.name] = transaction
            self._begun[session.name] = transaction
            self.listener.stage(session.name, "push")
            transaction.push(session)

        over = {name: tx for name, tx in going.items() if name in self.taken_over}
        begun.update(over)
        self._begun.update(over)
        results = self.fleet.run(work, [name for name in going if name not in over])
        failed = errors(results)
        cut = {
            name: begun[name]
            for name, error in failed.items()
            if isinstance(error, UnreachableError) and name in begun
        }
        if cut:
            again = self._insistent(lambda s: cut[s.name].read_back(s), cut, until())
            failed = {n: e for n, e in failed.items() if n not in cut} | errors(again)
        for name in [n for n, error in failed.items() if isinstance(error, UntouchedError)]:
            del failed[name]
        return failed

    def _verify(
        self, going: Mapping[str, Transaction], failed: Mapping[str, DmvpnError]
    ) -> dict[str, DmvpnError]:
        """Verify over new sessions."""
        healthy = {name: tx for name, tx in going.items() if name not in failed}
        self.fleet.renew(healthy)
        for name in healthy:
            self.listener.stage(name, "verify")
        return errors(self._insistent(lambda s: healthy[s.name].verify(s), healthy, until()))

    def _commit(self, going: Mapping[str, Transaction]) -> dict[str, DmvpnError]:
        """Confirm and save; what is running but cannot be saved stays, and is told."""
        for name in going:
            self.listener.stage(name, "confirm")
        results = self._insistent(lambda s: going[s.name].commit(s), going, until())
        failed: dict[str, DmvpnError] = {}
        for name, result in results.items():
            if not isinstance(result, DmvpnError):
                self.done.add(name)
                self._conclude(name, State.SAVED, going[name])
            elif result.stage == "save":
                self._conclude(name, State.ACTIVE, going[name], result)
                self.failures += 1
            else:
                failed[name] = result
        return failed

    def _take_back_in_order(
        self, wave: Wave, back: Mapping[str, Transaction], failed: Mapping[str, DmvpnError]
    ) -> None:
        for stage in reversed(wave.stages):
            names = [name for name in reversed(stage) if name in back]
            self._take_back({name: back[name] for name in names}, failed)

    def _take_back(
        self, going: Mapping[str, Transaction], failed: Mapping[str, DmvpnError]
    ) -> None:
        """Take the change back on these routers and show that it is."""
        if not going:
            return

        def work(session: Session) -> None:
            going[session.name].revert(session)
            going[session.name].prove(session)

        for name in going:
            self.listener.stage(name, "revert")
        self.fleet.go_on()
        self._await_timers(tx for n, tx in going.items() if shut_out(failed.get(n)))
        self.fleet.renew(name for name in going if isinstance(failed.get(name), DeviceError))
        results = self._insistent(work, going, lambda tx: tx.back_by, patient=True)
        for name, result in results.items():
            cause = failed.get(name)
            if isinstance(result, DmvpnError):
                self._conclude(name, State.UNKNOWN, going[name], result)
            else:
                self._conclude(name, State.ROLLED_BACK, going[name], cause)

    def _await_timers(self, transactions: Iterable[Transaction]) -> None:
        """Wait for routers that refuse to let us in since the change: only their own timers help,
        and trying on could lock the account.
        """
        for transaction in transactions:
            if transaction.armed is not None and transaction.guard.back:
                self.listener.stage(transaction.name, "lets nobody in, waiting for its timer")
                over = transaction.armed + 60.0 * self.policy.minutes + _RETURN
                Event().wait(max(over - time.monotonic(), 0.0))

    # --- tools ------------------------------------------------------------------------------------

    def _insistent(
        self,
        work: Callable[[Session], T],
        going: Mapping[str, Transaction],
        deadline: Callable[[Transaction], float],
        *,
        patient: bool = False,
    ) -> dict[str, T | DeviceError]:
        bored = Event() if patient else self.interrupts.hurry
        return insist(self.fleet, self.listener, work, going, deadline, bored=bored)

    def _save_what_runs(self) -> None:
        """Save what an interrupted rollout left running and unsaved."""
        unsaved = {
            name: self._transaction(name)
            for name, found in self.surveys.items()
            if found.unsaved and not found.plan and name not in self.taken_over
        }
        if not unsaved:
            return
        results = self.fleet.run(lambda s: unsaved[s.name].save(s), unsaved)
        for name, transaction in unsaved.items():
            result = results.get(name)
            if isinstance(result, DeviceError):
                self._conclude(name, State.ACTIVE, transaction, result)
                self.failures += 1
            else:
                transaction.remarks.append("it ran already what it shall run, but not saved")
                self._conclude(name, State.SAVED, transaction)

    def _notes(self, name: str, state: State) -> tuple[str, ...]:
        """Return what was noted of the router and still is so."""
        notes = self.surveys[name].notes
        return tuple(n for n in notes if n != UNSAVED) if state is State.SAVED else notes

    def _conclude(
        self,
        name: str,
        state: State,
        transaction: Transaction | None = None,
        error: DmvpnError | None = None,
    ) -> None:
        outcome = self.outcomes[name]
        if transaction is not None:
            outcome = Outcome(
                name,
                state,
                transaction.lines,
                outcome.total,
                time.monotonic() - transaction.started,
                transaction.notices,
                tuple(dict.fromkeys((*self._notes(name, state), *transaction.remarks))),
                error,
                self._wave,
            )
        else:
            outcome = Outcome(name, state, total=outcome.total, error=error, wave=self._wave)
        self.outcomes[name] = outcome
        self.run.state(name, state.value, str(error) if error else "")
        self.listener.outcome(outcome)
