"""The NHRP cache, the next-hop servers of a client, NHRP traffic and multicast."""

from __future__ import annotations

import re

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import (
    NhrpCache,
    NhrpEntry,
    NhrpMulticast,
    NhrpMulticastTable,
    NhrpServer,
    NhrpServers,
    NhrpSummary,
    NhrpTraffic,
    NhrpTrafficTable,
    PendingRegistration,
)
from dmvpn_auto.observe.names import long_interface

_BRIEF_TYPES = {"S": "static", "D": "dynamic"}
_BRIEF_FLAGS = {
    "u": "unique",
    "r": "registered",
    "e": "temporary",
    "c": "claimed",
    "a": "authoritative",
    "t": "route",
}
_COUNTER = re.compile(r"(\d+) ([A-Z][a-z]+ [A-Z][a-z]+)")


def parse_cache(command: str, lines: list[str]) -> NhrpCache:
    """Read `show ip nhrp`; an entry without interface or type is reported as unparsed.

    One that is complete has an NBMA address; without, the output was cut off there.
    """
    entries, unparsed = read_rows(
        NhrpEntry, "show_ip_nhrp", lines, lambda record: {"flags": tuple(record["FLAGS"].split())}
    )
    cut = tuple(
        f"the entry {entry.target} is cut off before its NBMA address"
        for entry in entries
        if entry.nbma_address is None and entry.type != "incomplete"
    )
    return NhrpCache(command=command, entries=entries, unparsed=unparsed, warnings=cut)


def parse_brief(command: str, lines: list[str]) -> NhrpCache:
    """Read `show ip nhrp brief`, old and new layout; times are not printed there."""
    table = read_table("show_ip_nhrp_brief", lines)
    entries = [
        NhrpEntry(
            target=record["TARGET"],
            via=record["VIA"] or None,
            interface=long_interface(record["INTERFACE"]),
            created=None,
            expires=None,
            type=_BRIEF_TYPES.get(str(record["TYPE"]), str(record["TYPE"])),
            flags=tuple(_BRIEF_FLAGS.get(letter, letter) for letter in record["FLAGS"]),
            nbma_address=record["NBMA"] or None,
            claimed_nbma_address=record["CLAIMED"] or None,
            group=None,
            no_socket=False,
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    ]
    return NhrpCache(command=command, entries=tuple(entries), unparsed=table.unparsed)


def parse_servers(command: str, lines: list[str]) -> NhrpServers:
    """Read `show ip nhrp nhs [detail]`."""
    table = read_table("show_ip_nhrp_nhs", lines)
    servers: list[NhrpServer] = []
    pending: list[PendingRegistration] = []
    for record, origin in zip(table.records, table.lines, strict=True):
        if not record["ADDRESS"] and not record["REQUEST_ID"]:
            continue  # the record at the end of the output: only the interface
        if record["REQUEST_ID"]:
            pending.append(
                PendingRegistration(
                    request_id=int(record["REQUEST_ID"]),
                    retransmit=int(record["RETRANSMIT"]),
                    nhs=record["PENDING_NHS"],
                    expired=bool(record["EXPIRED"]),
                    interface=long_interface(record["PENDING_INTERFACE"]) or None,
                    lines=origin,
                )
            )
        else:
            servers.append(_server(record, origin))
    return NhrpServers(
        command=command, servers=tuple(servers), pending=tuple(pending), unparsed=table.unparsed
    )


def _server(record: Record, origin: tuple[str, ...]) -> NhrpServer:
    flags = record["FLAGS"]
    return NhrpServer(
        interface=long_interface(record["INTERFACE"]),
        address=record["ADDRESS"],
        nbma_address=record["NBMA"] or None,
        expecting="E" in flags,
        responding="R" in flags,
        waiting="W" in flags,
        dynamic="D" in flags,
        priority=_number(record["PRIORITY"]),
        cluster=_number(record["CLUSTER"]),
        requests_sent=_number(record["SENT"]),
        requests_failed=_number(record["FAILED"]),
        replies_received=_number(record["RECEIVED"]),
        last_reply=record["AGO"] or None,
        request_id=_number(record["CURRENT"]),
        acknowledged=_number(record["ACKNOWLEDGED"]),
        socket_requested=record["SOCKET"] == "TRUE" if record["SOCKET"] else None,
        lines=origin,
    )


def parse_traffic(command: str, lines: list[str]) -> NhrpTrafficTable:
    """Read `show ip nhrp traffic`.

    Counters by their printed name in lower case with underscores.
    """
    table = read_table("show_ip_nhrp_traffic", lines)
    traffic = tuple(
        NhrpTraffic(
            interface=record["INTERFACE"],
            direction={"Sent": "sent", "Rcvd": "received", "Fwd": "forwarded"}[record["DIRECTION"]],
            total=int(record["TOTAL"]),
            counters={
                name.lower().replace(" ", "_"): int(count)
                for part in record["COUNTERS"]
                for count, name in _COUNTER.findall(part)
            },
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["DIRECTION"]
    )
    return NhrpTrafficTable(command=command, traffic=traffic, unparsed=table.unparsed)


def parse_multicast(command: str, lines: list[str]) -> NhrpMulticastTable:
    """Read `show ip nhrp multicast`."""
    table = read_table("show_ip_nhrp_multicast", lines)
    rows = tuple(
        NhrpMulticast(
            interface=long_interface(record["INTERFACE"]),
            nbma_address=record["NBMA"],
            flags=tuple(record["FLAGS"].split()),
            enabled=record["ENABLED"] != "Disabled",
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    return NhrpMulticastTable(command=command, destinations=rows, unparsed=table.unparsed)


def parse_summary(command: str, lines: list[str]) -> NhrpSummary:
    """Read the router's own count of its cache; an output without it is incomplete."""
    table = read_table("show_ip_nhrp_summary", lines)
    record = table.records[0] if table.records else {}
    return NhrpSummary(
        command=command,
        entries=int(record.get("ENTRIES") or 0),
        static=int(record.get("STATIC") or 0),
        dynamic=int(record.get("DYNAMIC") or 0),
        incomplete=int(record.get("INCOMPLETE") or 0),
        unparsed=table.unparsed,
        warnings=() if record else ("no line says how many entries the cache has",),
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
