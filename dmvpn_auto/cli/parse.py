"""`dmvpn-auto parse`: saved or pasted show output to JSON or tables, without a router."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import OutputOption, emit


class Format(StrEnum):
    """How the reading is written."""

    TABLE = "table"
    JSON = "json"


def command(  # noqa: PLR0917 - typer reads options from parameters
    show: Annotated[
        str | None, typer.Argument(metavar="COMMAND", help="For example: 'show dmvpn'.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Argument(help="File with the output; - reads standard input.", allow_dash=True),
    ] = None,
    detect: Annotated[
        bool,
        typer.Option(
            "--detect", help="Read every command of a session log or support bundle: no COMMAND."
        ),
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Name the commands that can be read, and by what.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", "-f", help="table or json.")] = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Read the output of a show command, or with --detect of all in a session log.

    Exit 1 when a line was not understood or the rows do not add up, 3 when there was nothing to
    read.
    """
    from dmvpn_auto.errors import ExitCode, UsageError

    if listed:
        if show is not None or detect:
            raise UsageError("--list reads nothing", hint="parse --list [--format json]")
        written, complete = _parsers(form), True
    elif detect:
        if file is not None:
            raise UsageError("--detect finds the commands itself", hint="parse --detect [FILE|-]")
        written, complete = _detected(Path(show or "-"), form)
    elif show is None:
        raise UsageError(
            "which command's output is it?",
            hint="parse 'show dmvpn' FILE, or parse --detect FILE for a session log",
        )
    else:
        written, complete = _read(show, file or Path("-"), form)
    emit(f"{written}\n", output)
    if not complete:
        raise typer.Exit(int(ExitCode.NO))


def _parsers(form: Format) -> str:
    from dmvpn_auto.report.readings import parsers_document, write_parsers

    return json.dumps(parsers_document(), indent=1) if _json(form) else write_parsers()


def _read(show: str, file: Path, form: Format) -> tuple[str, bool]:
    from dmvpn_auto.errors import NothingCheckedError
    from dmvpn_auto.observe import parse, to_json
    from dmvpn_auto.observe.detection import other_commands
    from dmvpn_auto.observe.index import known
    from dmvpn_auto.report.readings import write_reading

    known(show)
    text = _text(file)
    reading = parse(show, text)
    if others := other_commands(show, text):
        raise NothingCheckedError(
            f"no output of {show!r} in it, but of {', '.join(map(repr, others))}",
            where=_name(file),
            stage="parse",
        )
    written = json.dumps(to_json(reading), indent=1) if _json(form) else write_reading(reading)
    return written, reading.complete


def _detected(file: Path, form: Format) -> tuple[str, bool]:
    from dmvpn_auto.errors import NothingCheckedError
    from dmvpn_auto.observe.detection import detect
    from dmvpn_auto.report.readings import detection_document, write_detection

    found = detect(_text(file))
    if not found.readings:
        raise NothingCheckedError(
            "no command in it that can be read",
            where=_name(file),
            stage="parse",
            hint="commands stand behind a prompt (hub1#show dmvpn), alone in a line or in a "
            "heading; for the output of one command: parse 'show dmvpn' FILE",
        )
    written = (
        json.dumps(detection_document(found), indent=1) if _json(form) else write_detection(found)
    )
    return written, all(read.reading.complete for read in found.readings)


def _json(form: Format) -> bool:
    return form is Format.JSON


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def _text(file: Path) -> str:
    """Return what the file says; a terminal's log in UTF-16 is text too, a picture is not."""
    from dmvpn_auto.errors import InputError, NothingCheckedError
    from dmvpn_auto.observe.detection import decode

    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=_name(file), stage="parse"
        ) from error
    if not data.strip():
        raise NothingCheckedError(
            "there is nothing to read",
            where=_name(file),
            stage="parse",
            hint="save the router's answer there, with its prompt and the command above it",
        )
    text = decode(data)
    if text is None:
        raise InputError("is binary data, not text of a router", where=_name(file), stage="parse")
    return text
