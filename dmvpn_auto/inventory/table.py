"""Spokes from a CSV file: one line per spoke, the first line names the columns.

Without a mapping the columns are the keys of a spoke. Column `name` is needed; `lan` and `hubs`
hold several values; an empty cell is a key that is not given. `wan.address` and `wan.gateway` reach
into the key `wan`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.spokes import Kind, Origin, Row, Spokes, from_text, kinds, put
from dmvpn_auto.inventory.yaml_file import read_text
from dmvpn_auto.models.sources import SpokesFrom


def read_csv(source: SpokesFrom, origin: Origin) -> Spokes:
    """Read the file; raises InputError for a missing or unknown column, a name given twice, a line
    that is longer than the head.
    """
    path = origin.cloud.parent / (source.csv or "")
    shown = f"{path.parent.name}/{path.name}"
    found = Spokes()
    text = io.StringIO(read_text(path), newline="")
    reader = csv.reader(text, delimiter=source.delimiter, strict=True)
    head: list[str] = []
    columns: list[tuple[int, str, Kind]] = []
    try:
        head = [cell.strip() for cell in next(reader, [])]
        while head and not head[-1]:  # what a spreadsheet leaves
            head.pop()
        columns = _columns(head, source.columns, shown)
        for cells in reader:
            if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
                continue
            where = f"{shown}:{reader.line_num}"
            if any(cell.strip() for cell in cells[len(head) :]):
                raise InputError(
                    f"more cells than the {len(head)} columns", where=where, stage="read"
                )
            _add(found, _row(cells, columns), where)
    except csv.Error as error:
        where = f"{shown}:{reader.line_num}"
        raise InputError(f"not CSV: {error}", where=where, stage="read") from error
    return found


def _row(cells: Sequence[str], columns: Sequence[tuple[int, str, Kind]]) -> Row:
    row: Row = {}
    for number, key, kind in columns:
        if number < len(cells) and (text := cells[number].strip()):
            put(row, key, from_text(kind, text))
    return row


def _add(found: Spokes, row: Row, where: str) -> None:
    name = row.pop("name", None)
    if name is None:
        raise InputError("the name is empty", where=where, stage="read")
    if name in found.rows:
        first = found.places[name].rpartition(":")[2]
        raise InputError(
            f"spoke {name!r} is given twice; first in line {first}", where=where, stage="read"
        )
    found.rows[name] = row
    found.places[name] = where


def _columns(
    head: list[str], given: Mapping[str, str] | None, shown: str
) -> list[tuple[int, str, Kind]]:
    """Return (number of the column, key, kind) of the columns to read."""
    where = f"{shown}:1"
    mapping = given or {column: column for column in head}
    if not given:
        for column in head:
            if column not in kinds():
                raise InputError(f"unknown column {column!r}{_meant(column, kinds())}", where=where,
                                 stage="read", hint="say which column is which key: "
                                 "spokes_from.columns")  # fmt: skip
    if "name" not in mapping:
        said = "spokes_from.columns does not say which column is the name"
        missing = "the column 'name' is missing"
        raise InputError(said if given else missing, where=where, stage="read")
    if twice := [column for column in head if head.count(column) > 1]:
        raise InputError(f"column {twice[0]!r} is given twice", where=where, stage="read")
    for key, column in mapping.items():
        if column not in head:
            raise InputError(
                f"there is no column {column!r} for {key!r}{_meant(column, head)}",
                where=where,
                stage="read",
            )
    return [(head.index(column), key, kinds()[key]) for key, column in mapping.items()]


def _meant(word: str, known: Sequence[str] | Mapping[str, Kind]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
