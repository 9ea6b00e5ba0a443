"""Options that several verbs share, said once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from dmvpn_auto.errors import UsageError

F = TypeVar("F")

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
RetypeOption = Annotated[
    bool,
    typer.Option(
        "--retype-secrets",
        help="Type secrets anew that routers store as type 6 and nobody can compare.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def by_ending(output: Path | None, endings: Mapping[str, F], default: F) -> F:
    """Return the format that the ending of the output file stands for, `default` without a file.

    Raises UsageError for an ending that stands for none.
    """
    ending = output.suffix.lower() if output else ""
    if not ending:
        return default
    if ending not in endings:
        raise UsageError(
            f"the ending {ending} stands for no format",
            where=str(output),
            hint=f"choose --format, or one of {' '.join(endings)}",
        )
    return endings[ending]


def emit(text: str, output: Path | None) -> None:
    """Write the whole result to a file, whose folder is made, or to standard output."""
    from dmvpn_auto.inventory import write_atomically

    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, text)
