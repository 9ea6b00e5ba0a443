"""`dmvpn-auto runs`: what was rolled out from this inventory, when, by whom, with what end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import InventoryOption
from dmvpn_auto.cli.rollout_screen import Format


def command(
    inventory: InventoryOption = Path("inventory"),
    last: Annotated[int, typer.Option(min=1, help="Only the last ones.")] = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text or json.")
    ] = Format.TEXT,
) -> None:
    """List the runs of deploy and rollback, the newest last."""
    from rich.console import Console

    from dmvpn_auto.rollout import open_journal
    from dmvpn_auto.rollout.history import runs_as_json, show_runs

    journal = open_journal(inventory)
    if output_format is Format.JSON:
        typer.echo(json.dumps(runs_as_json(journal, last), indent=2))
    else:
        show_runs(journal, last, Console(highlight=False))
