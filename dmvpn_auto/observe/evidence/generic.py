"""Tables of commands that have no type of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Lines, Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericRow(Row):
    """One record; its facts have the names that the template gives them, in small letters."""

    values: Mapping[str, str | Lines]

    def facts(self) -> Mapping[str, str | Lines]:
        """Return the values of the template."""
        return self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericTable(Reading):
    """What a template of ntc-templates read; every fact is text as printed."""

    template: str  # "cisco_ios_show_cdp_neighbors"
    rows: tuple[GenericRow, ...]
