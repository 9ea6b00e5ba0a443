"""`dmvpn-auto plan`: what every router needs, proven both ways, as a file to approve."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, LimitOption, RetypeOption
from dmvpn_auto.errors import ExitCode

if TYPE_CHECKING:
    from dmvpn_auto.rollout.running import Plans
    from dmvpn_auto.rollout.target import Targets

RunningOption = Annotated[
    Path | None,
    typer.Option(
        "--running",
        help="Read running configurations from this folder (NAME.cfg), not from the routers.",
    ),
]
WorkersOption = Annotated[
    int, typer.Option(min=1, max=50, help="Routers that are read at the same time.")
]


class Format(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def command(  # noqa: PLR0917 - the options of the verb
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    running: RunningOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "--output",
            "-o",
            help="Write the plan file: for `approve` and `deploy FILE`.",
        ),
    ] = None,
    retype_secrets: RetypeOption = False,
    workers: WorkersOption = 20,
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="text, markdown, or json on stdout alone.")
    ] = Format.TEXT,
) -> None:
    """Say what every router needs, in order, with the way back and the impact; touch nothing."""
    from dmvpn_auto.rollout import choose, plan_file
    from dmvpn_auto.rollout.plan import exposed
    from dmvpn_auto.rollout.plan_pages import plan_markdown, plan_text
    from dmvpn_auto.rollout.running import failures, sound
    from dmvpn_auto.rollout.seal import open_sealer

    chosen = choose(inventory, cloud, limit, retype=retype_secrets)
    plans = read_plans(chosen, inventory, running, workers)
    good, wrong = sound(plans), failures(plans)
    open_to_risk = exposed(good, chosen.design)
    file = plan_file.save(
        chosen.design.name, good.values(), open_to_risk, open_sealer(), retype=retype_secrets
    )
    if out and not wrong:
        plan_file.write(file, out)
    if output_format is Format.JSON:
        typer.echo(plan_file.as_text(file), nl=False)
    elif output_format is Format.MARKDOWN:
        typer.echo(plan_markdown(plans, open_to_risk, file.hash), nl=False)
    else:
        for line in plan_text(plans, open_to_risk):
            typer.echo(line)
    _tell(out, file.hash, inventory, failed=bool(wrong))
    if output_format is Format.JSON:
        for error in wrong:
            typer.echo(str(error), err=True)
    raise typer.Exit(int(wrong[0].exit_code) if wrong else int(ExitCode.YES))


def read_plans(chosen: Targets, inventory: Path, running: Path | None, workers: int) -> Plans:
    """Plan from the routers, or from the folder `running`."""
    from dmvpn_auto.rollout.running import plans_from_folder, plans_from_routers

    if running:
        return plans_from_folder(running, chosen)
    from dmvpn_auto.device import open_fleet

    names = [target.name for target in chosen.routers]
    typer.echo(f"reading the running configuration of {len(names)} routers", err=True)
    with open_fleet(inventory, names, workers=workers) as fleet:
        return plans_from_routers(fleet, chosen)


def _tell(out: Path | None, digest: str, inventory: Path, *, failed: bool) -> None:
    if out and failed:
        typer.echo(f"{out}: not written: not every router could be planned", err=True)
    elif out:
        typer.echo(f"{out}: {digest}; next: dmvpn-auto deploy {out} -i {inventory}", err=True)


def as_json(value: object) -> str:
    """Return a value as JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False)
