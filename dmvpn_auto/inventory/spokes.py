"""Spokes from elsewhere: what every source gives, and how a fact becomes what YAML would say.

A source is one function (`ReadSpokes`): `table.read_csv`, `netbox.read_netbox`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

from dmvpn_auto.models import Spoke
from dmvpn_auto.models.sources import SpokesFrom

Row = dict[str, Any]
Kind = Literal["text", "number", "address", "list"]


@dataclass(frozen=True, slots=True)
class Spokes:
    """The spokes of a source as YAML would have them, and the place of each for messages."""

    rows: dict[str, Row] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a source may need: the cloud's file, the place of `spokes_from`, secrets."""

    cloud: Path
    where: Callable[[tuple[str, ...]], str]
    """`file:line` of the keys under `spokes_from`."""
    reveal: Callable[[str], str]
    """The value of a reference to a secret."""


class ReadSpokes(Protocol):
    """A source: raises InputError with file and line, or the name of the device."""

    def __call__(self, source: SpokesFrom, origin: Origin) -> Spokes:
        """Read all spokes of the source."""
        ...


@cache
def kinds() -> Mapping[str, Kind]:
    """Return what the value of each key of a spoke is, `wan.address` being a key as well."""
    schema = Spoke.model_json_schema()
    found: dict[str, Kind] = {"name": "text"}
    found.update(_kinds(schema, schema["$defs"]))
    return found


def _kinds(node: Row, definitions: Row) -> Iterator[tuple[str, Kind]]:
    for key, value in node["properties"].items():
        options = list(_options(value))
        if reference := next((o["$ref"] for o in options if "$ref" in o), None):
            inner = definitions[reference.rpartition("/")[2]]
            yield from ((f"{key}.{name}", kind) for name, kind in _kinds(inner, definitions))
            continue
        types = {option.get("type") for option in options}
        formats = {option.get("format") for option in options}
        if "array" in types:
            yield key, "list"
        elif "integer" in types:
            yield key, "number"
        else:
            yield key, "address" if formats & {"ipv4", "ipv6"} else "text"


def _options(node: Row) -> Iterator[Row]:
    """Yield what a value may be, unions inside unions included."""
    if "anyOf" not in node:
        yield node
    for option in node.get("anyOf", ()):
        yield from _options(option)


_BETWEEN = re.compile(r"[\s,;]+")


def from_text(kind: Kind, text: str) -> object:
    """Return what YAML would have read, where the source has a text that is not empty.

    Values of a list have blanks, commas or semicolons between them.
    """
    if kind == "list":
        return [part for part in _BETWEEN.split(text) if part]
    if kind == "number" and text.isascii() and text.isdigit():
        return int(text)
    return text


def put(row: Row, key: str, value: object) -> None:
    """Set `wan.address` and the like where YAML has it: under `wan`."""
    section, dot, inner = key.partition(".")
    if dot:
        row.setdefault(section, {})[inner] = value
    else:
        row[key] = value
