"""`dmvpn-auto rollback RUN`: take back what a run has changed, guarded like any change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import InventoryOption, LimitOption, YesOption
from dmvpn_auto.cli.rollout_screen import Format, Screen, agreed


def command(  # noqa: PLR0917 - the options of the verb
    run: Annotated[int, typer.Argument(help="Number of the run, see `dmvpn-auto runs`.")],
    inventory: InventoryOption = Path("inventory"),
    limit: LimitOption = None,
    yes: YesOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be typed; touch nothing.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=50, help="Routers that are worked on at the same time.")
    ] = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text, or json on stdout alone.")
    ] = Format.TEXT,
) -> None:
    """Type what a run has changed backwards, the last wave first; other changes stay.

    It needs the journal and hosts.yaml, not the intent. Of an interrupted run, what still waits
    for a confirmation is taken back first.
    """
    from dmvpn_auto import rollout
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.rollout import recovery, retreat

    screen = Screen(output_format)
    journal = rollout.open_journal(inventory)
    cloud, design = journal.run(run).cloud, journal.design(run)
    with (
        screen.nothing_touched(),
        rollout.exclusively(inventory, cloud, "rollback", only=not dry_run),
    ):
        left = recovery.Left(journal, journal.run(run))
        if left.interrupted and not dry_run:
            names = [device.name for device in left.open]
            chosen = rollout.recall(inventory, design, names, retype=left.record.retype)
            with open_fleet(inventory, names, workers=workers) as fleet:
                going, _ = recovery.retreat(fleet, journal, left, chosen)
                open_ends = screen.carry_out(going, back=True)
            if not left.saved:
                screen.finish(going.surveys, open_ends, run=run)
        names = retreat.members(left, design, limit)
        chosen = rollout.recall(inventory, design, names, secret=False)
        with open_fleet(inventory, names, workers=workers) as fleet:
            surveys = retreat.surveys(fleet, journal, left, chosen)
            screen.surveys(surveys, commands=True)
            ready = {n: s for n, s in surveys.items() if isinstance(s, rollout.Survey)}
            waves = retreat.waves(left, [n for n, s in ready.items() if s.plan])
            screen.waves(waves)
            if len(ready) < len(surveys) or dry_run or not waves:
                screen.finish(surveys, dry_run=dry_run)
            if not agreed(waves, yes=yes, what="Go back on"):
                screen.finish(surveys, declined=True)
            going = retreat.begin(fleet, journal, left, chosen, ready, order=waves)
            outcomes = screen.carry_out(going)
        screen.finish(surveys, outcomes, run=going.run.id)
