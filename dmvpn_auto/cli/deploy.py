"""`dmvpn-auto deploy`: show what the routers lack, ask, push it, read it back, save."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, LimitOption, YesOption
from dmvpn_auto.errors import DeviceError, ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from dmvpn_auto.device import Fleet
    from dmvpn_auto.rollout import Outcome, Plan


class Format(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"


def command(  # noqa: PLR0917 - the options of the verb
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    yes: YesOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show difference and commands; touch nothing.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=50, help="Routers that are worked on at the same time.")
    ] = 20,
    output_format: Annotated[
        Format, typer.Option("--format", help="text, or json on stdout alone.")
    ] = Format.TEXT,
) -> None:
    """Make the routers run what the cloud describes: difference, push, read back, save."""
    from rich.console import Console

    from dmvpn_auto import rollout
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.inventory import open_design

    progress = Console(stderr=True, highlight=False)
    shown = Console(highlight=False) if output_format is Format.TEXT else progress
    chosen = rollout.choose(inventory, cloud, limit)
    names = [target.name for target in chosen.routers]

    def interrupted() -> None:
        progress.print("finishing the routers in progress; Ctrl-C again stops between two lines")

    with open_fleet(inventory, names, workers=workers, on_interrupt=interrupted) as fleet:
        progress.print(f"reading the running configuration of {len(names)} routers")
        plans = rollout.read_plans(fleet, chosen.routers, chosen.design)
        ready = _show(plans, shown, commands=dry_run)
        outcomes: tuple[Outcome, ...] = ()
        stopped = declined = False
        if len(ready) == len(plans) and any(ready.values()) and not dry_run:
            declined = not (yes or _agreed(ready))
            if not declined:
                open_design(inventory, cloud, record=True)
                outcomes, stopped = _push(fleet, ready, progress)
    _report(plans, outcomes, shown, output_format, dry_run=dry_run)
    if stopped:
        raise KeyboardInterrupt
    raise typer.Exit(_exit_code(plans, outcomes, declined=declined))


def _show(
    plans: Mapping[str, Plan | DeviceError], console: Console, *, commands: bool
) -> dict[str, Plan]:
    """Print every plan; return those of the routers that can be changed."""
    from dmvpn_auto.rollout.terminal import show_plan

    for name, plan in plans.items():
        show_plan(plan, name, console, commands=commands)
    return {name: plan for name, plan in plans.items() if not isinstance(plan, DeviceError)}


def _agreed(plans: Mapping[str, Plan]) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(
            "there is a change to push and nobody to ask",
            stage="deploy",
            hint="look at it with --dry-run, then say --yes",
        )
    count = sum(1 for plan in plans.values() if plan)
    return typer.confirm(f"Push to {count} routers, hubs first?", err=True)


def _push(
    fleet: Fleet, plans: Mapping[str, Plan], console: Console
) -> tuple[tuple[Outcome, ...], bool]:
    """Carry the plans out; return the outcomes and whether Ctrl-C ended it."""
    from dmvpn_auto.rollout import InterruptedDeploy, carry_out
    from dmvpn_auto.rollout.terminal import PushProgress

    with PushProgress(plans, console) as bar:
        try:
            return carry_out(fleet, plans, on_line=bar.line, on_outcome=bar.outcome), False
        except InterruptedDeploy as stop:
            return stop.outcomes, True


def _report(
    plans: Mapping[str, Plan | DeviceError],
    outcomes: tuple[Outcome, ...],
    console: Console,
    output_format: Format,
    *,
    dry_run: bool,
) -> None:
    from dmvpn_auto.rollout.terminal import as_json, show_failures, summary

    show_failures(outcomes, console)
    console.print(summary(plans, outcomes, dry_run=dry_run))
    if output_format is Format.JSON:
        typer.echo(json.dumps(as_json(plans, outcomes), indent=2))


def _exit_code(
    plans: Mapping[str, Plan | DeviceError], outcomes: tuple[Outcome, ...], *, declined: bool
) -> ExitCode:
    failed = any(isinstance(plan, DeviceError) for plan in plans.values())
    if failed or any(outcome.error for outcome in outcomes):
        return ExitCode.DEVICE
    return ExitCode.NO if declined else ExitCode.YES
