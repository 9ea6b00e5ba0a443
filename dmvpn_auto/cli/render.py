"""`dmvpn-auto render`: the configuration of each router, one file per router."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, LimitOption


def command(  # noqa: PLR0917 - options are named where they are typed
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder; files are FOLDER/CLOUD/ROUTER.cfg.")
    ] = Path("build"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when files are not up to date.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="As --check, and show what would change.")
    ] = False,
    with_secrets: Annotated[
        bool,
        typer.Option("--with-secrets", help="Real secrets instead of <env:NAME>; files get 0600."),
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Free the tunnel addresses of routers that left.")
    ] = False,
) -> None:
    """Write the configuration of each router of the clouds (all of the folder, or one)."""
    from dmvpn_auto.errors import ExitCode
    from dmvpn_auto.inventory import cloud_names, open_design, select, write_configs
    from dmvpn_auto.render import Renderer, placeholder
    from dmvpn_auto.secrets import Secrets

    only_look = check or diff
    stale = False
    for name in cloud_names(inventory, cloud):
        design = open_design(inventory, name, record=not only_look, prune=prune)
        secrets = Secrets(inventory)
        wanted = set(select(design, limit))
        renderer = Renderer(secrets.reveal if with_secrets else placeholder)
        done = write_configs(
            output / name,
            ((r.name, renderer.render(r)) for r in design.routers if r.name in wanted),
            cloud=name,
            mode=0o600 if with_secrets else 0o644,
            whole=limit is None,
            write=not only_look,
        )
        if diff:
            sys.stdout.write(secrets.redact(done.diff()))
        typer.echo(done.summary(), err=True)
        stale = stale or not done.up_to_date
    if only_look and stale:
        raise typer.Exit(int(ExitCode.NO))
