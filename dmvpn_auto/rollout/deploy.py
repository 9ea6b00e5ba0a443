"""Typing a plan into routers: hubs before spokes, each read back before it is saved.

The first error ends it: no further router is begun, those that are being typed into finish, since a
router with half a change is worse than one with all of it. Nothing is saved that was not read back;
a reload undoes what was not saved. What became of every router is in the outcomes, always.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dmvpn_auto.design.types import CloudDesign, Role
from dmvpn_auto.device import Fleet, InterruptedFleet, Session
from dmvpn_auto.errors import DeviceError, RefusedError, StoppedError
from dmvpn_auto.ios import Tree, parse
from dmvpn_auto.rollout.plan import Plan, missing, plan
from dmvpn_auto.rollout.target import Target

OnLine = Callable[[str], None]
"""Hears the name of a router for each line it took."""
OnOutcome = Callable[["Outcome"], None]


class State(StrEnum):
    """What is on a router after a deploy."""

    UNCHANGED = "unchanged"  # it ran what it shall run
    UNTOUCHED = "untouched"  # it needs a change and was not begun
    ACTIVE = "active, not saved"  # all or some lines are running; a reload undoes them
    SAVED = "saved"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one router; `lines` were accepted out of `total`, in `seconds`."""

    name: str
    state: State
    lines: int = 0
    total: int = 0
    seconds: float = 0.0
    notices: tuple[tuple[str, str], ...] = ()
    error: DeviceError | None = None


def read_plans(
    fleet: Fleet, targets: Sequence[Target], design: CloudDesign
) -> dict[str, Plan | DeviceError]:
    """Read the running configuration of each router and plan its change; changes nothing."""
    by_name = {target.name: target for target in targets}

    def work(session: Session) -> Plan:
        return plan(by_name[session.name], read_running(session), design)

    return fleet.run(work, by_name)


def carry_out(
    fleet: Fleet,
    plans: Mapping[str, Plan],
    *,
    on_line: OnLine | None = None,
    on_outcome: OnOutcome | None = None,
) -> tuple[Outcome, ...]:
    """Push, read back and save every plan that has something to do; return the outcome of each.

    Raises InterruptedDeploy after Ctrl-C, with the outcomes.
    """
    outcomes = {
        name: Outcome(name, State.UNTOUCHED if todo else State.UNCHANGED, total=_total(todo))
        for name, todo in plans.items()
    }

    def work(session: Session) -> Outcome:
        return _apply(session, plans[session.name], on_line)

    def done(name: str, result: Outcome | DeviceError) -> None:
        outcomes[name] = _failed(plans[name], result) if isinstance(result, DeviceError) else result
        if on_outcome:
            on_outcome(outcomes[name])

    try:
        for role in Role:
            wave = [name for name, todo in plans.items() if todo and todo.role is role]
            fleet.run(work, wave, on_done=done, stop_on_error=True)
            if any(outcome.error for outcome in outcomes.values()):
                break
    except InterruptedFleet:
        raise InterruptedDeploy(tuple(outcomes.values())) from None
    return tuple(outcomes.values())


class InterruptedDeploy(KeyboardInterrupt):
    """Ctrl-C during a deploy; `outcomes` says what is on every router."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__()
        self.outcomes = outcomes


def read_running(session: Session) -> Tree:
    """Return the running configuration. Raises DeviceError when it did not arrive whole."""
    text = session.show("show running-config")
    if text.rstrip().rpartition("\n")[2].strip() != "end":
        raise DeviceError(
            session.name, "the running configuration ends before its `end`", stage="read"
        )
    return parse(text)


def _apply(session: Session, todo: Plan, on_line: OnLine | None) -> Outcome:
    started = time.monotonic()
    name = session.name
    pushed = session.push(todo.change.forward, (lambda _: on_line(name)) if on_line else None)
    if lacking := missing(todo, read_running(session)):
        first = next((delta for delta in lacking if delta.mark != " "), lacking[0])
        raise NotShownError(name, str(first), lines=pushed.lines)
    session.save()
    seconds = time.monotonic() - started
    return Outcome(name, State.SAVED, pushed.lines, _total(todo), seconds, pushed.notices)


class NotShownError(DeviceError):
    """The router took every line but does not run what was meant; `difference` has no secret."""

    def __init__(self, device: str, difference: str, *, lines: int) -> None:
        super().__init__(
            device,
            f"took all {lines} lines, but its running configuration still differs: {difference}",
            stage="read back",
            hint="IOS ignores some lines without a word (a profile that is not defined); "
            "the change is active and not saved",
        )
        self.applied = lines


def _failed(todo: Plan, error: DeviceError) -> Outcome:
    """Say what is on a router whose change failed with `error`."""
    applied = 0
    state = State.ACTIVE
    if isinstance(error, RefusedError | StoppedError | NotShownError):
        applied = error.applied
        behind = len(error.behind) if isinstance(error, RefusedError) else 0
        state = State.ACTIVE if applied + behind else State.UNTOUCHED
    elif error.stage == "connect":
        state = State.UNTOUCHED
    elif error.stage in ("read back", "save", "show", "read"):
        applied = _total(todo)
    return Outcome(todo.name, state, applied, _total(todo), error=error)


def _total(todo: Plan) -> int:
    return len(todo.change.forward)
