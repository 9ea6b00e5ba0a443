"""What every reading is: frozen, with its raw lines, honest about what it could not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from dmvpn_auto.ios.hiding import hide

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A fact inside a row, which has no raw lines of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing in an output; `lines` are the raw lines it was read from."""

    lines: Lines = field(default=(), repr=False)

    def facts(self) -> Mapping[str, Any]:
        """Return what a document shows of it, by name."""
        return {name: getattr(self, name) for name in shown(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One parsed output. Subclasses add the rows."""

    command: str
    unparsed: Lines = ()
    warnings: Lines = ()

    @property
    def complete(self) -> bool:
        """Whether every line was read and the counts agree."""
        return not self.unparsed and not self.warnings

    def public(self, name: str) -> Any:
        """Return the field as documents may show it: without secrets.

        Lines that nobody understood may be of a configuration.
        """
        value = getattr(self, name)
        return tuple(map(hide, value)) if name == "unparsed" else value


def shown(value: Reading | Row | Part) -> tuple[str, ...]:
    """Return the names of the fields that a document shows: all but the raw lines."""
    return tuple(f.name for f in fields(value) if f.name not in {"lines", "command"})


def to_json(value: Any) -> Any:
    """Return a reading or a row as JSON-ready data.

    The raw lines of rows stay out, those unparsed stay in.
    """
    if isinstance(value, tuple):
        return [to_json(v) for v in value]
    if isinstance(value, Reading):
        head: dict[str, Any] = {"command": value.command, "complete": value.complete}
        return head | {name: to_json(value.public(name)) for name in shown(value)}
    if isinstance(value, Row):
        return {name: to_json(fact) for name, fact in value.facts().items()}
    if isinstance(value, Part):
        return {name: to_json(getattr(value, name)) for name in shown(value)}
    return value
