"""BFD sessions."""

from __future__ import annotations

from typing import Any

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record
from dmvpn_auto.observe.evidence import BfdSession, BfdSessions


def parse_bfd(command: str, lines: list[str]) -> BfdSessions:
    """Read `show bfd neighbors [details]`; the router prints microseconds, rows have ms."""
    rows, unparsed = read_rows(BfdSession, "show_bfd_neighbors", lines, _session)
    return BfdSessions(command=command, sessions=rows, unparsed=unparsed)


def _session(record: Record) -> dict[str, Any]:
    def milliseconds(name: str) -> int | None:
        return int(record[name]) // 1000 if record[name] else None

    detailed = bool(record["MIN_TX"])
    return {
        "min_tx": milliseconds("MIN_TX"),
        "min_rx": milliseconds("MIN_RX"),
        "received_min_rx": milliseconds("RECEIVED_MIN_RX"),
        "echo": not record["NOT"] if detailed else None,
    }
