"""Records of a template to typed rows, by name: the value `HOLD` fills the field `hold`.

A row whose needed facts (fields without default that may not be None) are missing is not made:
its lines are handed back as unread, which is how an output that was cut off shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, NamedTuple, TypeVar, get_type_hints

from dmvpn_auto.observe.engine import Record, Table, read_table
from dmvpn_auto.observe.evidence import Lines, Part, Row
from dmvpn_auto.observe.names import long_interface

R = TypeVar("R", bound=Row | Part)
S = TypeVar("S", bound=Row)


class _Field(NamedTuple):
    name: str
    value: str  # the template's name for it
    convert: Callable[[Any], Any]
    needed: bool


def _words(value: str | list[str]) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else tuple(value)


_CONVERT: Mapping[Any, Callable[[Any], Any]] = {
    int: int,
    int | None: int,
    float: float,
    float | None: float,
    bool: bool,
    bool | None: lambda text: text.lower() in {"y", "yes", "true", "enabled", "enable", "on"},
    tuple[str, ...]: _words,
}


_KNOWN: dict[type[Any], tuple[_Field, ...]] = {}


def _fields(kind: type[Any]) -> tuple[_Field, ...]:
    if kind in _KNOWN:
        return _KNOWN[kind]
    hints = get_type_hints(kind)
    _KNOWN[kind] = tuple(
        _Field(
            f.name,
            f.name.upper(),
            long_interface if f.name == "interface" else _CONVERT.get(hints[f.name], str),
            f.default is MISSING
            and f.default_factory is MISSING
            and hints[f.name] in {str, int, float},
        )
        for f in fields(kind)
        if f.name != "lines"
    )
    return _KNOWN[kind]


def build(kind: type[R], record: Record, /, **given: Any) -> R | None:
    """Return the row or part that `record` and `given` make; None when a needed fact is missing.

    An empty text is a missing fact: None, or False for a plain bool.
    """
    found: dict[str, Any] = {}
    for name, value, convert, needed in _fields(kind):
        if name in given:
            continue
        text = record.get(value, "")
        if text:
            found[name] = convert(text)
        elif needed:
            return None
        elif value in record:
            found[name] = convert(text) if convert in {_words, bool} else None
    return kind(**found, **given)


def maker(kind: type[R]) -> Callable[[Sequence[Any]], R]:
    """Return what makes a row from the values of all its fields, in their order, and fast.

    The constructor of a frozen dataclass looks every field up by its name; for the rows of a long
    table that is most of the time. The fields' own descriptors need a third less.
    """
    setters = tuple(getattr(kind, f.name).__set__ for f in fields(kind))

    def make(values: Sequence[Any]) -> R:
        row = object.__new__(kind)
        for put, value in zip(setters, values, strict=True):
            put(row, value)
        return row

    return make


def rows(
    kind: type[S], table: Table, more: Callable[[Record], Mapping[str, Any]] = lambda _: {}
) -> tuple[tuple[S, ...], Lines]:
    """Return every record of `table` as a row, and the lines that were not read.

    `more` gives what has to be worked out from a record.
    """
    made: list[S] = []
    unread = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        if not any(v for k, v in record.items() if k not in table.filldown):
            continue  # a heading and nothing below it yet
        row = build(kind, record, **more(record), lines=origin)
        if row is None:
            unread.extend(origin)
        else:
            made.append(row)
    return tuple(made), tuple(unread)


def blocks(
    lines: Iterable[str], head: re.Pattern[str]
) -> tuple[list[str], list[tuple[re.Match[str], list[str]]]]:
    """Return the lines in front of the first head, then each head with its own and what follows."""
    front: list[str] = []
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in lines:
        if matched := head.match(line):
            found.append((matched, []))
        (found[-1][1] if found else front).append(line)
    return front, found


def read_all(
    kind: type[S],
    template: str,
    lines: list[str],
    more: Callable[[Record], Mapping[str, Any]] = lambda _: {},
) -> tuple[tuple[S, ...], Lines]:
    """Read `lines` with a template that lets statistics pass: no row at all is nothing read."""
    made, unread = read_rows(kind, template, lines, more)
    return made, unread if made else tuple(lines)


def read_rows(
    kind: type[S],
    template: str,
    lines: Iterable[str],
    more: Callable[[Record], Mapping[str, Any]] = lambda _: {},
) -> tuple[tuple[S, ...], Lines]:
    """Read `lines` with our template of that name; see `rows`."""
    return rows(kind, read_table(template, lines), more)
