"""`ping` and `traceroute`, which are evidence like any show command."""

from __future__ import annotations

from dmvpn_auto.observe.engine import read_table
from dmvpn_auto.observe.evidence import Hop, Ping, Traceroute


def parse_ping(command: str, lines: list[str]) -> Ping:
    """Read a ping; without the router's own sum the reading is incomplete.

    Where no route leads to the destination nothing is sent: 0 of 0.
    """
    table = read_table("ping", lines)
    record = next((r for r in table.records if r["SENT"]), None)
    refused = any(r["REFUSAL"] for r in table.records)
    return Ping(
        command=command,
        target=record["TARGET"] if record else "",
        sent=int(record["SENT"]) if record else 0,
        received=int(record["RECEIVED"]) if record else 0,
        unparsed=table.unparsed,
        warnings=() if record or refused else ("no line says how many packets were answered",),
        lines=tuple(lines),
    )


def parse_traceroute(command: str, lines: list[str]) -> Traceroute:
    """Read a traceroute; a step nobody answered has no addresses."""
    table = read_table("traceroute", lines)
    hops = tuple(
        Hop(ttl=int(record["TTL"]), addresses=tuple(record["ADDRESSES"]), lines=origin)
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["TTL"]
    )
    target = next((record["TARGET"] for record in table.records if record["TARGET"]), "")
    return Traceroute(command=command, target=target, hops=hops, unparsed=table.unparsed)
