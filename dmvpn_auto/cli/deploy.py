"""`dmvpn-auto deploy`: show what the routers lack, ask, roll it out in waves, say what is where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import (
    CloudOption,
    InventoryOption,
    LimitOption,
    RetypeOption,
    YesOption,
)
from dmvpn_auto.cli.rollout_screen import Format, Screen, agreed


def command(  # noqa: PLR0917 - the options of the verb
    plan: Annotated[
        Path | None, typer.Argument(help="Carry out this plan file, made by `dmvpn-auto plan`.")
    ] = None,
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    yes: YesOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show difference, commands and waves; touch nothing.")
    ] = False,
    retype_secrets: RetypeOption = False,
    workers: Annotated[
        int,
        typer.Option(min=1, max=50, help="Routers that are worked on at the same time."),
    ] = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text, or json on stdout alone.")
    ] = Format.TEXT,
    revert: Annotated[
        str | None,
        typer.Option(
            help="Who takes a change back that nobody confirms: timer (the router's own), "
            "reload (it restarts), none."
        ),
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, max=120, help="Length of the revert timer.")
    ] = None,
    verify: Annotated[
        bool | None,
        typer.Option("--verify/--no-verify", help="Confirm only what works through the overlay."),
    ] = None,
    settle: Annotated[
        float | None, typer.Option(min=0, help="Seconds that a router may take to work again.")
    ] = None,
    canary: Annotated[int | None, typer.Option(min=0, help="Spokes that go first, alone.")] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Spokes in the wave after the canary.")
    ] = None,
    growth: Annotated[
        float | None, typer.Option(min=1, help="How much larger each wave is; 1: all the same.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="What makes a wave: size, site, group or hub.")
    ] = None,
    pause: Annotated[float | None, typer.Option(min=0, help="Seconds between two waves.")] = None,
    max_failures: Annotated[
        int | None, typer.Option(min=0, help="Routers that may fail before the rollout stops.")
    ] = None,
    max_unreachable: Annotated[
        int | None,
        typer.Option(min=0, help="Spokes that may be left out because nobody reaches them."),
    ] = None,
    max_devices: Annotated[
        int | None, typer.Option(min=1, help="Refuse to change more routers than these.")
    ] = None,
    flag_day: Annotated[
        bool | None,
        typer.Option(
            "--flag-day", help="Allow changes that take all tunnels down until both ends have them."
        ),
    ] = None,
    approve: Annotated[
        Path | None,
        typer.Option(help="The approval of another person, made by `dmvpn-auto approve`."),
    ] = None,
) -> None:
    """Make the routers run what the cloud describes, in waves.

    Each router is changed under its own revert timer, verified through the overlay, then confirmed
    and saved; a wave that fails goes back as a whole. Exit 5: rolled back.
    """
    from dmvpn_auto import rollout
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.inventory import open_design
    from dmvpn_auto.verify.scope import refuse_unread

    policy = rollout.load_policy(
        inventory,
        revert=revert, minutes=minutes, verify=verify, settle=settle, canary=canary, batch=batch,
        growth=growth, by=by, pause=pause, max_failures=max_failures, flag_day=flag_day,
        max_unreachable=max_unreachable, max_devices=max_devices,
    )  # fmt: skip
    screen = Screen(output_format)
    order = rollout.read_order(
        inventory, plan, approve, policy, dry_run=dry_run, retype=retype_secrets
    )
    chosen = rollout.choose(
        inventory, order.cloud or cloud, limit or order.members, retype=order.retype
    )
    names = [target.name for target in chosen.routers]
    if policy.verify and not dry_run:
        refuse_unread(chosen.design, "deploy with --no-verify, and look at the tunnels yourself")
    with (
        screen.nothing_touched(),
        rollout.exclusively(inventory, chosen.design.name, "deploy", only=not dry_run),
        open_fleet(inventory, names, workers=workers) as fleet,
    ):
        if not dry_run:
            screen.unfinished(inventory, chosen.design.name)
        screen.tell(f"reading {len(names)} router{'s' if len(names) > 1 else ''}")
        guarded = None if dry_run else policy
        surveys = rollout.read_surveys(fleet, chosen.routers, chosen.design, guarded)
        order.check(surveys)
        screen.surveys(surveys, commands=dry_run)
        absent = rollout.leave_out(surveys, chosen.design, policy)
        ready = {name: s for name, s in surveys.items() if isinstance(s, rollout.Survey)}
        if len(ready) < len(surveys):
            screen.finish(surveys)
        plans = {name: found.plan for name, found in ready.items()}
        waves = rollout.arrange(plans, chosen.design, policy, workers)
        screen.waves(waves)
        if dry_run or not any(found.todo for found in ready.values()):
            screen.finish(surveys, absent, dry_run=dry_run)
        if not agreed(waves, yes=yes):
            screen.finish(surveys, declined=True)
        open_design(inventory, order.cloud or cloud, record=True)
        with rollout.begin(fleet, chosen, policy, ready, waves, order=order) as going:
            outcomes = (*screen.carry_out(going), *absent)
        screen.finish(surveys, outcomes, run=going.run.id)
