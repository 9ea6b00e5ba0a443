"""`dmvpn-auto show RUN`: each router and each step of a run, with what was seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import InventoryOption
from dmvpn_auto.cli.rollout_screen import Format


def command(
    run: Annotated[int | None, typer.Argument(help="Number of the run; the last without.")] = None,
    inventory: InventoryOption = Path("inventory"),
    router: Annotated[str | None, typer.Option(help="Only this router.")] = None,
    commands: Annotated[
        bool, typer.Option("--commands", help="Show what was typed and what leads back, masked.")
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text or json.")
    ] = Format.TEXT,
) -> None:
    """Show a run: who, when, what is on each router, each step with its time and evidence."""
    from rich.console import Console

    from dmvpn_auto.errors import UsageError
    from dmvpn_auto.rollout import open_journal
    from dmvpn_auto.rollout.history import run_as_json, show_run

    journal = open_journal(inventory)
    record = journal.run(run)
    names = [device.name for device in journal.devices(record.id)]
    if router is not None and router not in names:
        raise UsageError(
            f"run {record.id} has no router {router!r}", stage="show",
            hint=f"its routers: {', '.join(names[:8])}" + (", ..." if len(names) > 8 else ""),
        )  # fmt: skip
    if output_format is Format.JSON:
        typer.echo(json.dumps(run_as_json(journal, record, router), indent=2))
    else:
        show_run(journal, record, Console(highlight=False), router=router, commands=commands)
