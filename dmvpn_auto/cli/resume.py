"""`dmvpn-auto resume [RUN]`: go on with a rollout that was interrupted, whatever interrupted it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import InventoryOption
from dmvpn_auto.cli.rollout_screen import Format, Screen


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

    What was done is not done again. A wave that was going back is taken back to its end (exit 5).
    """
    from dmvpn_auto import rollout
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.errors import DmvpnError
    from dmvpn_auto.rollout import recovery

    screen = Screen(output_format)
    journal = rollout.open_journal(inventory)
    run = journal.unfinished(run).id
    cloud = journal.run(run).cloud
    with rollout.exclusively(inventory, cloud, "resume"):
        left = recovery.Left(journal, journal.run(run))
        left.refuse_ended()
        names = [device.name for device in left.open]
        if not names:
            left.conclude()
            screen.tell(f"run {left.record.id}: every router was done already")
            return
        chosen = (
            rollout.recall(inventory, journal.design(run), names)
            if left.going_back()
            else rollout.choose(inventory, cloud, ",".join(names))
        )
        with open_fleet(inventory, names, workers=workers) as fleet:
            screen.tell(f"run {left.record.id}: asking {', '.join(names)}")
            going, found = recovery.resume(fleet, journal, left, chosen)
            for name, one in found.items():
                said = one if isinstance(one, DmvpnError) else f"{name}: {one.situation.value}"
                screen.tell(str(said))
            outcomes = screen.carry_out(going, back=left.going_back())
    screen.finish(going.surveys, outcomes, run=left.record.id)
