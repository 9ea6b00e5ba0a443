"""`dmvpn-auto init`: a working inventory folder to change into one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    name: Annotated[Path, typer.Argument(help="Folder to make; it must not hold anything yet.")],
) -> None:
    """Write an example inventory: one cloud, its routers, random secrets."""
    from dmvpn_auto.inventory import make_example

    for path in make_example(name):
        typer.echo(f"  {path}")
    typer.echo(
        f"Now change {name}/clouds/branches.yaml, then:\n"
        f"  dmvpn-auto validate --inventory {name}\n"
        f"  dmvpn-auto render --inventory {name}"
    )
