"""Plans and outcomes for people and for programs: text, JSON, a progress bar. No secret passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self, TypedDict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import mask
from dmvpn_auto.rollout.deploy import Outcome, State
from dmvpn_auto.rollout.plan import Plan

_STYLES = {"+": "green", "-": "red", " ": "bold"}


class RouterJson(TypedDict):
    """One router in the JSON of `deploy`."""

    device: str
    state: str
    lines: int
    total: int
    seconds: float
    difference: list[str]
    notes: list[str]
    error: str | None


def show_plan(plan: Plan | DeviceError, name: str, console: Console, *, commands: bool) -> None:
    """Print what a router lacks; with `commands` also what would be typed."""
    if isinstance(plan, DeviceError):
        console.print(Text(str(plan), style="red"))
        return
    if not plan:
        console.print(Text(f"{name}: no change", style="dim"))
    else:
        console.print(Text(f"{name}: {_lines(len(plan.change.forward))} to type", style="bold"))
        for delta in plan.change.deltas:
            console.print(Text(f"  {delta}", style=_STYLES[delta.mark]), soft_wrap=True)
    for note in plan.notes:
        console.print(Text(f"  note: {note}", style="yellow"))
    if commands and plan:
        console.print(Text("  commands:"))
        for command in plan.change.forward:
            console.print(Text(f"    {mask(command)}"), soft_wrap=True)


def show_outcome(outcome: Outcome, width: int, console: Console) -> None:
    """Print what is on a router, its name padded to `width`, and what the router remarked."""
    style = {State.SAVED: "green", State.ACTIVE: "red", State.UNTOUCHED: "yellow"}
    text = f"{outcome.name:<{width}}  {outcome.state.value:<16}  {_done(outcome)}"
    console.print(Text(text.rstrip(), style=style.get(outcome.state, "")), soft_wrap=True)
    for line, remark in outcome.notices:
        console.print(Text(f"  the router remarks on {line!r}: {remark}"), soft_wrap=True)


def show_failures(outcomes: Iterable[Outcome], console: Console) -> None:
    """Print, when a deploy did not reach its end, what is on which router and what to do next."""
    listed = list(outcomes)
    failed = [outcome for outcome in listed if outcome.error]
    left = [outcome for outcome in listed if outcome.state is State.UNTOUCHED]
    for outcome in failed:
        error = outcome.error
        if error:
            console.print(Text(f"error while: {error.stage}: {error}", style="red"), soft_wrap=True)
    if failed or left:
        for state in State:
            names = [outcome.name for outcome in listed if outcome.state is state]
            if names:
                console.print(Text(f"{state.value}: {', '.join(names)}"), soft_wrap=True)


def summary(
    plans: Mapping[str, Plan | DeviceError], outcomes: Iterable[Outcome], *, dry_run: bool
) -> str:
    """Return the last line of a deploy."""
    failed = sum(isinstance(plan, DeviceError) for plan in plans.values())
    todo = sum(1 for plan in plans.values() if not isinstance(plan, DeviceError) and plan)
    saved = sum(1 for outcome in outcomes if outcome.state is State.SAVED)
    if failed:
        return f"{failed} of {len(plans)} routers cannot be changed; nothing was pushed"
    if not todo:
        return f"nothing to change: {_routers(len(plans))} as described"
    if dry_run:
        return f"dry run: {todo} of {_routers(len(plans))} would be changed; nothing was touched"
    return f"{saved} of {_routers(todo)} changed and saved"


def _routers(count: int) -> str:
    return f"{count} router{'' if count == 1 else 's'}"


def as_json(
    plans: Mapping[str, Plan | DeviceError], outcomes: Iterable[Outcome]
) -> dict[str, list[RouterJson]]:
    """Return the result as a value for JSON; a router without an outcome was planned only."""
    known = {outcome.name: outcome for outcome in outcomes}
    return {"routers": [_router(name, plan, known.get(name)) for name, plan in plans.items()]}


class PushProgress:
    """A bar over all lines of a deploy; on something that is not a terminal, a line per router."""

    def __init__(self, plans: Mapping[str, Plan], console: Console) -> None:
        columns = (TextColumn("pushing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._width = max((len(name) for name in plans), default=0)
        self._bar = Progress(
            *columns, console=console, transient=True, disable=not console.is_terminal
        )
        self._task = self._bar.add_task(
            "pushing", total=sum(len(plan.change.forward) for plan in plans.values())
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def line(self, _name: str) -> None:
        """A router took a line."""
        self._bar.advance(self._task)

    def outcome(self, outcome: Outcome) -> None:
        """A router is done."""
        show_outcome(outcome, self._width, self._bar.console)


def _router(name: str, plan: Plan | DeviceError, outcome: Outcome | None) -> RouterJson:
    failed = plan if isinstance(plan, DeviceError) else outcome.error if outcome else None
    planned = None if isinstance(plan, DeviceError) else plan
    total = len(planned.change.forward) if planned else 0
    return {
        "device": name,
        "state": outcome.state.value
        if outcome
        else "unknown"
        if planned is None
        else _idle(planned),
        "lines": outcome.lines if outcome else 0,
        "total": total,
        "seconds": round(outcome.seconds, 3) if outcome else 0.0,
        "difference": [str(delta) for delta in planned.change.deltas] if planned else [],
        "notes": list(planned.notes) if planned else [],
        "error": str(failed) if failed else None,
    }


def _idle(plan: Plan) -> str:
    return (State.UNTOUCHED if plan else State.UNCHANGED).value


def _done(outcome: Outcome) -> str:
    if outcome.error:
        return outcome.error.message
    if outcome.state is State.SAVED:
        return f"{_lines(outcome.lines)} in {outcome.seconds:.2f} s, read back"
    return ""


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"
