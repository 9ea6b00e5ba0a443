"""`dmvpn-auto resume [RUN]`: go on with a rollout that was interrupted, whatever interrupted it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import InventoryOption
from dmvpn_auto.cli.rollout_screen import Format, Screen, listed


def command(
    run: Annotated[
        int | None, typer.Argument(help="Number of the run; without, the newest unfinished.")
    ] = None,
    inventory: InventoryOption = Path("inventory"),
    workers: Annotated[
        int, typer.Option(min=1, max=50, help="Routers that are worked on at the same time.")
    ] = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text, or json on stdout alone.")
    ] = Format.TEXT,
) -> None:
    """Ask the routers of an interrupted run how they stand, and do what is left to do.

    What was done is not done again. A wave that was going back is taken back to its end (exit 5); a
    rollback that was interrupted is gone on with.
    """
    from dmvpn_auto import rollout
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.rollout import recovery, retreat

    screen = Screen(output_format)
    journal = rollout.open_journal(inventory)
    run = journal.unfinished(run).id
    cloud = journal.run(run).cloud
    with rollout.exclusively(inventory, cloud, "resume"):
        left = recovery.Left(journal, journal.run(run))
        left.refuse_ended()
        names = [device.name for device in left.open]
        if not names:
            screen.tell(f"run {run}: every router was done already")
            screen.finish({}, left.conclude(), run=run)
        of = left.record.of
        if of is None and not left.going_back():
            chosen = rollout.choose(inventory, cloud, ",".join(names), retype=left.record.retype)
        else:
            design = journal.design(run)
            chosen = rollout.recall(
                inventory, design, names, secret=of is None, retype=left.record.retype
            )
        with open_fleet(inventory, names, workers=workers) as fleet:
            screen.tell(f"run {run}: asking {listed(names)}")
            if of is None:
                going, found = recovery.resume(fleet, journal, left, chosen)
                screen.found({name: recovery.say(one) for name, one in found.items()})
                outcomes = screen.carry_out(going, back=left.going_back())
            else:
                of_run = recovery.Left(journal, journal.run(of))
                going, ready = retreat.resume(fleet, journal, left, of_run, chosen)
                screen.found({name: retreat.say(one) for name, one in ready.items()})
                outcomes = screen.carry_out(going)
    screen.finish(going.surveys, outcomes, run=run)
