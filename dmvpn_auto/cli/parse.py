"""`dmvpn-auto parse`: saved or pasted show output to JSON, without a router."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import OutputOption


class Format(StrEnum):
    """How the reading is written."""

    TEXT = "text"
    JSON = "json"


def command(
    show: Annotated[str, typer.Argument(metavar="COMMAND", help="For example: 'show dmvpn'.")],
    file: Annotated[
        Path, typer.Argument(help="File with the output; - reads standard input.", allow_dash=True)
    ] = Path("-"),
    form: Annotated[Format, typer.Option("--format", "-f", help="text or json.")] = Format.TEXT,
    output: OutputOption = None,
) -> None:
    """Read the output of a show command.

    Exit 1 when a line was not understood or the rows do not add up.
    """
    from dmvpn_auto.errors import ExitCode, InputError
    from dmvpn_auto.observe import parse, to_json
    from dmvpn_auto.report.readings import write_reading

    try:
        if str(file) == "-":
            text = sys.stdin.buffer.read().decode(errors="replace")
        else:
            text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=str(file), stage="parse"
        ) from error
    reading = parse(show, text)
    if form is Format.JSON:
        written = json.dumps(to_json(reading), indent=1)
    else:
        written = write_reading(reading)
    if output is None:
        sys.stdout.write(written + "\n")
    else:
        output.write_text(written + "\n", encoding="utf-8")
    if not reading.complete:
        raise typer.Exit(int(ExitCode.NO))
