"""A parsed show output as a table for people."""

from __future__ import annotations

from dataclasses import fields
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from dmvpn_auto.observe.detection import Detection
from dmvpn_auto.observe.evidence import Reading, Row, to_json
from dmvpn_auto.observe.foreign import template
from dmvpn_auto.observe.index import readable

_SHOWN_UNREAD = 20
"""How many lines that were not understood a table lists; JSON has all."""


def write_reading(reading: Reading, *, width: int = 160) -> str:
    """Return the rows of `reading` as tables, then what could not be read.

    `width` is in columns.
    """
    out = StringIO()
    console = Console(file=out, width=width, no_color=True, highlight=False)
    for attribute in fields(reading):
        value = reading.public(attribute.name)
        if attribute.name in {"command", "unparsed", "warnings", "lines"}:
            continue
        if isinstance(value, tuple):
            if value:
                _print_rows(console, attribute.name, value)
            else:
                console.print(f"{attribute.name}: none", markup=False)
        else:
            console.print(f"{attribute.name.replace('_', ' ')}: {_cell(value)}", markup=False)
    for warning in reading.warnings:
        console.print(f"warning: {warning}", markup=False)
    unread = reading.public("unparsed")
    for line in unread[:_SHOWN_UNREAD]:
        console.print(f"not understood: {_printable(line)}", markup=False, soft_wrap=True)
    if len(unread) > _SHOWN_UNREAD:
        console.print(f"and {len(unread) - _SHOWN_UNREAD} more lines; --format json has them all")
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def parsers_document() -> list[dict[str, str | None]]:
    """Return every command that can be read, with the template of ntc-templates that reads it.

    None stands for a parser of our own, which gives typed facts and counts the rows.
    """
    return [
        {"command": command.name, "template": template(command).stem if command.foreign else None}
        for command in readable()
    ]


def write_parsers() -> str:
    """Return the commands that can be read, ours first."""
    entries = parsers_document()
    ours = [entry["command"] for entry in entries if entry["template"] is None]
    theirs = [entry["command"] for entry in entries if entry["template"] is not None]
    return "\n".join(
        [
            "Read by parsers of our own, into typed facts:",
            *(f"  {name}" for name in ours),
            "Read with ntc-templates, into tables of text:",
            *(f"  {name}" for name in theirs),
        ]
    )


def detection_document(found: Detection) -> dict[str, Any]:
    """Return what was found in a transcript as JSON-ready data."""
    return {
        "complete": all(read.reading.complete for read in found.readings),
        "readings": [{"host": read.host, **to_json(read.reading)} for read in found.readings],
        "skipped": [
            {"host": s.host, "command": s.command, "lines": s.lines, "reason": s.reason}
            for s in found.skipped
        ],
    }


def write_detection(found: Detection, *, width: int = 160) -> str:
    """Return every reading below a heading, then what was left out."""
    parts = []
    for read in found.readings:
        heading = f"--- {read.host or '-'}: {read.reading.command}"
        parts.append(f"{heading}\n{write_reading(read.reading, width=width)}")
    bad = sum(not read.reading.complete for read in found.readings)
    parts.append(f"{len(found.readings)} commands read, {bad} of them not whole")
    for left in found.skipped:
        command = left.command or "(no command)"
        parts[-1] += f"\nskipped: {left.host or '-'}: {command}, {left.lines} lines: {left.reason}"
    return "\n\n".join(parts)


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)


def _print_rows(console: Console, title: str, rows: tuple[Any, ...]) -> None:
    """Print a table, or one block for each row when a table would not fit."""
    facts = [row.facts() for row in rows]
    shown = [n for n in facts[0] if any(row[n] not in (None, "", ()) for row in facts)]
    cells = [[_cell(row[name]) for name in shown] for row in facts]
    heads = [name.replace("_", " ") for name in shown]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    if sum(widths) + 2 * len(widths) <= console.width:
        table = Table(*heads, title=title, title_justify="left", box=None, pad_edge=False)
        for row in cells:
            table.add_row(*row)
        console.print(table)
        return
    for number, row in enumerate(cells, 1):
        console.print(f"{title} {number}", markup=False)
        for head, cell in zip(heads, row, strict=True):
            console.print(f"  {head:<22} {cell}", markup=False, soft_wrap=True)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(_part(v) for v in value)
    if isinstance(value, dict):
        return " ".join(f"{k}={v}" for k, v in value.items() if v)
    return str(value)


def _part(value: Any) -> str:
    if isinstance(value, str | int | Row):
        return str(value)
    return "/".join(_cell(getattr(value, f.name)) for f in fields(value))
