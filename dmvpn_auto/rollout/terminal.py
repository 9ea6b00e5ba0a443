"""Plans, waves and outcomes for people and for programs: text, JSON, a progress bar. No secret
passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Self, TypedDict

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from dmvpn_auto.errors import DmvpnError, UnreachableError
from dmvpn_auto.ios import mask
from dmvpn_auto.rollout.outcome import Outcome, State
from dmvpn_auto.rollout.plan import Plan
from dmvpn_auto.rollout.precheck import Survey
from dmvpn_auto.rollout.waves import Wave

_STYLES = {"+": "green", "-": "red", " ": "bold"}
_COLOURS = {
    State.SAVED: "green",
    State.ROLLED_BACK: "yellow",
    State.UNTOUCHED: "yellow",
    State.ACTIVE: "red",
    State.PENDING: "red",
    State.UNKNOWN: "red",
}
_MOST = 12
"""Names on one line."""


class RouterJson(TypedDict):
    """One router in the JSON of `deploy`."""

    device: str
    state: str
    wave: int
    lines: int
    total: int
    seconds: float
    difference: list[str]
    notes: list[str]
    error: str | None


def show_plan(plan: Plan | DmvpnError, name: str, console: Console, *, commands: bool) -> None:
    """Print what a router lacks; with `commands` also what would be typed."""
    if isinstance(plan, DmvpnError):
        console.print(Text(str(plan), style="red"), soft_wrap=True)
        return
    if not plan:
        console.print(Text(f"{name}: no change", style="dim"))
    else:
        console.print(Text(f"{name}: {_lines(len(plan.change.forward))} to type", style="bold"))
        for delta in plan.change.deltas:
            console.print(Text(f"  {delta}", style=_STYLES[delta.mark]), soft_wrap=True)
    for note in plan.notes:
        console.print(Text(f"  note: {note}", style="yellow"), soft_wrap=True)
    if commands and plan:
        console.print(Text("  commands:"))
        for command in plan.change.forward:
            console.print(Text(f"    {mask(command)}"), soft_wrap=True)


def show_surveys(
    surveys: Mapping[str, Survey | DmvpnError], console: Console, *, commands: bool
) -> None:
    """Print the plan of every router; those that need nothing in one line."""
    idle = {n for n, s in surveys.items() if isinstance(s, Survey) and not s.todo and not s.said}
    for name, found in surveys.items():
        if name in idle:
            continue
        show_plan(found.plan if isinstance(found, Survey) else found, name, console,
                  commands=commands)  # fmt: skip
        for note in found.notes if isinstance(found, Survey) else ():
            console.print(Text(f"  note: {note}", style="yellow"), soft_wrap=True)
        if isinstance(found, Survey) and found.unsaved:
            console.print(Text("  it runs what it shall run, but has not saved it", style="bold"))

    if idle:
        console.print(
            Text(f"{_names([n for n in surveys if n in idle])}: no change", style="dim"),
            soft_wrap=True,
        )


def show_errors(surveys: Mapping[str, Survey | DmvpnError], console: Console) -> None:
    """Print how many routers there are to change, and what stands against the others."""
    todo = sum(1 for found in surveys.values() if isinstance(found, Survey) and found.todo)
    console.print(Text(f"{todo} of {_routers(len(surveys))} to change"))
    for found in surveys.values():
        if isinstance(found, DmvpnError):
            console.print(Text(str(found), style="red"), soft_wrap=True)


def show_waves(waves: Sequence[Wave], console: Console) -> None:
    """Print who goes with whom, when there is more than one way to see it."""
    if sum(len(wave.names) for wave in waves) < 2:
        return
    for number, wave in enumerate(waves, 1):
        console.print(Text(f"wave {number} ({wave.title}): {_names(wave.names)}"), soft_wrap=True)


def show_outcome(outcome: Outcome, width: int, console: Console) -> None:
    """Print what is on a router, its name padded to `width`, and what there is to remark."""
    text = f"{outcome.name:<{width}}  {outcome.state.value:<17}  {_done(outcome)}"
    console.print(Text(text.rstrip(), style=_COLOURS.get(outcome.state, "")), soft_wrap=True)
    for line, remark in outcome.notices:
        console.print(Text(f"  the router remarks on {line!r}: {remark}"), soft_wrap=True)
    for remark in outcome.remarks:
        console.print(Text(f"  {remark}"), soft_wrap=True)


def show_failures(outcomes: Iterable[Outcome], console: Console) -> None:
    """Print, when a rollout did not reach its end, what is on which router and what to do next."""
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
    surveys: Mapping[str, Survey | DmvpnError],
    outcomes: Iterable[Outcome],
    *,
    dry_run: bool,
    run: int | None = None,
) -> str:
    """Return the last lines of a deploy."""
    listed = list(outcomes)
    refused = sum(isinstance(found, DmvpnError) for found in surveys.values())
    todo = sum(1 for found in surveys.values() if isinstance(found, Survey) and found.todo)
    if refused and not listed:
        text = f"{refused} of {_routers(len(surveys))} cannot be changed; nothing was pushed"
        away = [n for n, found in surveys.items() if isinstance(found, UnreachableError)]
        how = f"leave up to N of them out with --max-unreachable N, or: --limit '{_but(away)}'"
        return f"{text}\n  next: {how}" if away else text
    if not todo and not listed:
        return f"nothing to change: {_routers(len(surveys))} as described"
    if dry_run:
        return f"dry run: {todo} of {_routers(len(surveys))} would be changed; nothing was touched"
    saved = sum(1 for outcome in listed if outcome.state is State.SAVED)
    text = f"{saved} of {_routers(max(todo, saved, 0 if todo else len(listed)))} changed and saved"
    return text if run is None else f"{text} (run {run})\n{_next(listed, run)}".rstrip()


def _next(outcomes: list[Outcome], run: int) -> str:
    """Say what to type after a rollout that did not reach its end."""
    states = {outcome.state for outcome in outcomes}
    if State.UNKNOWN in states or State.PENDING in states:
        return (
            f"next: dmvpn-auto resume {run} asks these routers again; "
            "if one stays away, use its console"
        )
    if State.ACTIVE in states:
        return "next: free NVRAM on these routers and deploy again: it saves what runs"
    if State.ROLLED_BACK in states:
        return f"next: what was seen is in dmvpn-auto show {run}; mend the cause and deploy again"
    if any(outcome.error for outcome in outcomes):
        return "next: mend the cause and deploy again"
    if State.UNTOUCHED in states:
        return f"next: dmvpn-auto resume {run} goes on with the others"
    return ""


def unjournalled(error: DmvpnError, run: int | None) -> str:
    """Say what to do after a rollout that the journal does not know the end of."""
    return (
        f"error while: {error.stage}: {error.where}: {error.message}\n"
        f"  next: what is on the routers stands above; make room for the journal, then "
        f"dmvpn-auto resume {run} asks them and goes on"
    )


def as_json(
    surveys: Mapping[str, Survey | DmvpnError],
    outcomes: Iterable[Outcome],
    *,
    run: int | None = None,
) -> dict[str, object]:
    """Return the result as a value for JSON; a router without an outcome was planned only."""
    known = {outcome.name: outcome for outcome in outcomes}
    other = {name: known[name].error for name in known if name not in surveys}
    routers = [_router(n, found, known.get(n)) for n, found in {**surveys, **other}.items()]
    return {"run": run, "routers": routers}


class RolloutProgress:
    """A bar over all lines of a rollout and a line per router and wave."""

    def __init__(self, surveys: Mapping[str, Survey], console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._width = max((len(name) for name in surveys), default=0)
        self._bar = Progress(
            *columns,
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        total = sum(len(found.plan.change.forward) for found in surveys.values())
        self._task = self._bar.add_task("pushing", total=total)
        self._at: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def wave(self, number: int, wave: Wave) -> None:
        """A wave begins."""
        self._bar.console.print(
            Text(f"wave {number} ({wave.title}): {_names(wave.names)}", style="bold"),
            soft_wrap=True,
        )

    def line(self, name: str) -> None:
        """A router took a line."""
        del name
        self._bar.advance(self._task)

    def stage(self, name: str, what: str) -> None:
        """A router came to another stage; one that takes long is worth a line of its own."""
        before = self._at.get(name)
        self._at[name] = what
        self._bar.update(self._task, description=f"{name}: {what}")
        if what != before and what not in _QUICK and not self._bar.console.is_terminal:
            self._bar.console.print(Text(f"{name:<{self._width}}  {what}"))

    def outcome(self, outcome: Outcome) -> None:
        """A router is done."""
        show_outcome(outcome, self._width, self._bar.console)

    def say(self, text: str) -> None:
        """Something else happens."""
        self._bar.console.print(Text(text))


_QUICK = frozenset({"check", "push", "verify", "confirm"})


def _router(name: str, found: Survey | DmvpnError | None, outcome: Outcome | None) -> RouterJson:
    failed = found if isinstance(found, DmvpnError) else outcome.error if outcome else None
    plan = found.plan if isinstance(found, Survey) else None
    notes = [*plan.notes, *found.notes] if plan and isinstance(found, Survey) else []
    idle = State.UNTOUCHED if isinstance(found, Survey) and found.todo else State.UNCHANGED
    state = outcome.state.value if outcome else "unknown" if plan is None else idle.value
    return {
        "device": name,
        "state": state,
        "wave": outcome.wave if outcome else 0,
        "lines": outcome.lines if outcome else 0,
        "total": len(plan.change.forward) if plan else 0,
        "seconds": round(outcome.seconds, 3) if outcome else 0.0,
        "difference": [str(delta) for delta in plan.change.deltas] if plan else [],
        "notes": notes + (list(outcome.remarks) if outcome else []),
        "error": str(failed) if failed else None,
    }


def _done(outcome: Outcome) -> str:
    if outcome.error:
        return outcome.error.message
    if outcome.state is State.SAVED and outcome.total:
        return f"{_lines(outcome.lines)} in {outcome.seconds:.2f} s"
    return ""


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} and {len(names) - _MOST} more"


def _but(names: Sequence[str]) -> str:
    return ",".join(f"!{name}" for name in names[:_MOST]) + (",..." if len(names) > _MOST else "")


def _routers(count: int) -> str:
    return f"{count} router{'' if count == 1 else 's'}"


def _lines(count: int) -> str:
    return f"{count} line{'' if count == 1 else 's'}"
