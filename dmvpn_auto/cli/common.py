"""Options that several verbs share, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

InventoryOption = Annotated[
    Path,
    typer.Option(
        "--inventory",
        "-i",
        help="Inventory folder (clouds/, hosts.yaml, groups.yaml, defaults.yaml).",
    ),
]
CloudOption = Annotated[
    str | None,
    typer.Option("--cloud", "-c", help="Cloud to work on; not needed when there is only one."),
]
LimitOption = Annotated[
    str | None,
    typer.Option(
        "--limit", "-l", help="Only these routers: names, groups or sites, comma-separated."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the result to this file instead.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
