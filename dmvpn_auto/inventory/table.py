"""Spokes from a CSV file: one line per spoke, the columns are the keys of a spoke.

Column `name` is needed; `lan` and `hubs` hold several values with blanks between them; an empty
cell is a key that is not given. `wan.address` and `wan.gateway` reach into the key `wan`. The
result is what the same facts in YAML give.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.yaml_file import read_text
from dmvpn_auto.models import Spoke

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file by name of the spoke, and the line of each."""

    shown: str
    rows: dict[str, Row] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() else cell


def _columns() -> dict[str, Callable[[str], object]]:
    """Return how the cell of each column becomes what YAML would have given."""
    lists = ("lan", "hubs")
    numbers = ("bandwidth", "delay", "asn")
    known: dict[str, Callable[[str], object]] = {"wan.address": str, "wan.gateway": str}
    for key in Spoke.model_fields:
        if key != "wan":
            known[key] = str.split if key in lists else _number if key in numbers else str
    return known


def read_table(path: Path) -> Table:
    """Read the file; raises InputError for a missing or unknown column, a name given twice, a line
    that is longer than the head.
    """
    shown = f"{path.parent.name}/{path.name}"
    table = Table(shown)
    reader = csv.reader(read_text(path).splitlines(keepends=True))
    head = [cell.strip() for cell in next(reader, [])]
    read = _head(head, shown)
    for cells in reader:
        if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
            continue
        where = f"{shown}:{reader.line_num}"
        if len(cells) > len(head):
            raise InputError(f"more cells than the {len(head)} columns", where=where, stage="read")
        row: Row = {}
        for key, value in _values(head, cells, read):
            section, dot, inner = key.partition(".")
            if dot:
                row.setdefault(section, {})[inner] = value
            else:
                row[key] = value
        name = row.pop("name", None)
        if name is None:
            raise InputError("the name is empty", where=where, stage="read")
        if name in table.rows:
            raise InputError(
                f"spoke {name!r} is given twice; first in line {table.lines[name]}",
                where=where,
                stage="read",
            )
        table.rows[name] = row
        table.lines[name] = reader.line_num
    return table


def _head(head: list[str], shown: str) -> dict[str, Callable[[str], object]]:
    known: dict[str, Callable[[str], object]] = {"name": str, **_columns()}
    for column in head:
        if column not in known:
            close = get_close_matches(column, known, n=1)
            meant = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
            raise InputError(f"unknown column {column!r}{meant}", where=f"{shown}:1", stage="read")
    if "name" not in head:
        raise InputError("the column 'name' is missing", where=f"{shown}:1", stage="read")
    if len(set(head)) < len(head):
        raise InputError("a column is given twice", where=f"{shown}:1", stage="read")
    return known


def _values(
    head: list[str], cells: list[str], read: dict[str, Callable[[str], object]]
) -> Iterator[tuple[str, object]]:
    for key, cell in zip(head, cells, strict=False):
        if text := cell.strip():
            yield key, read[key](text)
