"""BGP neighbors, as the summary and as `neighbors` print them."""

from __future__ import annotations

import re
from typing import Any

from dmvpn_auto.observe.build import read_all, read_rows
from dmvpn_auto.observe.engine import Record
from dmvpn_auto.observe.evidence import BgpNeighbor, BgpSession, BgpSessions, BgpSummary

_HEAD = re.compile(
    r"^\s*BGP router identifier (?P<id>[\d.]+),.*\blocal AS number (?P<asn>[\d.]+)", re.MULTILINE
)


def parse_summary(command: str, lines: list[str]) -> BgpSummary:
    """Read `show ip bgp summary` and its like for other address families.

    A number in the last column means Established (RFC 4271 names).
    """
    rows, unparsed = read_rows(BgpNeighbor, "show_bgp_summary", lines, _neighbor)
    head = _HEAD.search("\n".join(lines))
    return BgpSummary(
        command=command,
        router_id=head["id"] if head else None,
        asn=head["asn"] if head else None,
        neighbors=rows,
        unparsed=unparsed,
    )


def _neighbor(record: Record) -> dict[str, Any]:
    state = record["STATE"]
    return {
        "state": "Established" if state.isdigit() else state,
        "prefixes_received": int(state) if state.isdigit() else None,
    }


def parse_sessions(command: str, lines: list[str]) -> BgpSessions:
    """Read `show ip bgp neighbors`."""
    rows, unparsed = read_all(
        BgpSession,
        "show_bgp_neighbors",
        lines,
        lambda record: {"external": record["LINK"] == "external"},
    )
    return BgpSessions(command=command, sessions=rows, unparsed=unparsed)
