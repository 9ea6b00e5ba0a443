"""The RIP database, of IPv4 and IPv6."""

from __future__ import annotations

from typing import Any

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record
from dmvpn_auto.observe.evidence import RipDatabase, RipRoute


def parse_rip(command: str, lines: list[str]) -> RipDatabase:
    """Read `show ip rip database`: a row for each path, and one for each summary."""
    rows, unparsed = read_rows(RipRoute, "show_rip_database", lines, _path)
    return RipDatabase(command=command, routes=rows, unparsed=unparsed)


def _path(record: Record) -> dict[str, Any]:
    metric = record["METRIC"] or (record["NEXT_HOP"] and record["PREFIX_METRIC"])
    return {
        "kind": record["KIND"] or "learned",
        "metric": int(metric) if metric else None,
    }
