"""`dmvpn-auto drift`: lines of the cloud that somebody changed on the routers by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, LimitOption, OutputOption, emit
from dmvpn_auto.cli.plan import Format, RunningOption, WorkersOption, as_json, read_plans
from dmvpn_auto.errors import ExitCode


def command(  # noqa: PLR0917 - the options of the verb
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    running: RunningOption = None,
    workers: WorkersOption = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text, markdown or json.")
    ] = Format.TEXT,
    output: OutputOption = None,
) -> None:
    """Compare the cloud's lines on the routers with the intent; exit 1 on drift, touch nothing."""
    from dmvpn_auto.errors import DmvpnError
    from dmvpn_auto.rollout import choose
    from dmvpn_auto.rollout.drift import compared
    from dmvpn_auto.rollout.plan_pages import drift_json, drift_markdown, drift_text
    from dmvpn_auto.rollout.running import failures

    chosen = choose(inventory, cloud, limit)
    plans = read_plans(chosen, inventory, running, workers)
    drifts = {
        name: found if isinstance(found, DmvpnError) else compared(found)
        for name, found in plans.items()
    }
    if output_format is Format.JSON:
        text = as_json(drift_json(drifts)) + "\n"
    elif output_format is Format.MARKDOWN:
        text = drift_markdown(drifts)
    else:
        text = "".join(f"{line}\n" for line in drift_text(drifts))
    emit(text, output)
    if wrong := failures(plans):
        raise typer.Exit(int(wrong[0].exit_code))
    raise typer.Exit(int(ExitCode.NO if any(drifts.values()) else ExitCode.YES))
