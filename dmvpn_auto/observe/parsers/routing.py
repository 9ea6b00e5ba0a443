"""The routing tables of IPv4 and IPv6, path by path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.engine import Record, Table, read_table
from dmvpn_auto.observe.evidence import Route, RouteEntry, RoutePath, Routes

_SUBNETS = re.compile(
    r"^\s*(\d+\.\d+\.\d+\.\d+)/\d+ is (?:variably )?subnetted, (\d+) subnets?(?:, \d+ masks?)?$"
)
_ENTRIES = re.compile(r"^\s*IPv6 Routing Table - (?:\S+ - )?(\d+) entr")
_ONE = re.compile(
    r"^\S+ \S+ \S+(?: vrf? \S+)? [0-9A-Fa-f]*[.:]\S*(?: \d+\.\d+\.\d+\.\d+)?(?: \||$)"
)
_ENTRY = re.compile(r"^\s*Routing entry for\b")
_NONE = re.compile(r"^%\s*(?:Network|Subnet|Route) not (?:in table|found)$")
_WHOLE = re.compile(r"^\S+ \S+ \S+(?: vrf \S+)?$")  # a table that nothing filters


def parse_routes(command: str, lines: list[str]) -> Routes | RouteEntry:
    """Read `show ip route`, every path a row; with an address, the entry of its prefix.

    A '%' route keeps its own next hop and gets a second row, marked `nho`, for the path NHRP put
    over it. Releases before 15 print subnets without length below an `is subnetted` line, which
    supplies it.
    """
    if _ONE.search(command):
        return _entry(command, lines)
    routes, unparsed = _rows(read_table("show_ip_route", lines))
    return Routes(
        command=command,
        routes=tuple(routes),
        unparsed=tuple(unparsed),
        warnings=(*_cut_head(lines, routes), *_missing_subnets(lines, routes))
        if _WHOLE.match(command)
        else (),
    )


def _rows(table: Table) -> tuple[list[Route], list[str]]:
    routes: list[Route] = []
    unparsed = list(table.unparsed)
    for record, origin in zip(table.records, table.lines, strict=True):
        prefix = record["PREFIX"]
        if "/" not in prefix:
            if not prefix or not record["LENGTH"]:
                unparsed.extend(origin)
                continue
            prefix = f"{prefix}/{record['LENGTH']}"
        routes.append(
            Route(
                code=" ".join(record["CODE"].split()),
                prefix=prefix,
                distance=int(record["DISTANCE"]) if record["DISTANCE"] else None,
                metric=int(record["METRIC"]) if record["METRIC"] else None,
                next_hop=record["NEXT_HOP"] or None,
                interface=record["INTERFACE"] or None,
                age=record["AGE"] or None,
                vrf=record["VRF"] or None,
                override="%" in record["MARK"],
                nho=bool(record["NHO"]),
                lines=tuple(line for line in origin if "subnetted" not in line),
            )
        )
    return routes, unparsed


def _entry(command: str, lines: list[str]) -> RouteEntry:
    """Read the entry of one prefix, or that there is none."""
    body = [line for line in lines if not _NONE.match(line)]
    table = read_table("show_route_entry", body)
    routes, unparsed = _rows(read_table("show_ip_route", table.unparsed))
    head: Record = table.records[-1] if table.records else {}
    paths = tuple(
        _path(record, origin)
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["NEXT_HOP"] or record["CONNECTED"]
    )
    return RouteEntry(
        command=command,
        prefix=head.get("PREFIX") or None,
        vrf=head.get("VRF") or None,
        known_via=head.get("KNOWN_VIA") or None,
        distance=_number(head.get("DISTANCE")),
        metric=_number(head.get("ENTRY_METRIC")),
        kind=head.get("KIND") or None,
        tag=head.get("TAG") or None,
        redistributed=head.get("REDISTRIBUTED") or None,
        advertised=head.get("ADVERTISED") or None,
        updated=head.get("UPDATED") or None,
        paths=paths,
        routes=tuple(routes),
        unparsed=tuple(unparsed),
        warnings=_cut_entry(head, paths, routes, none=len(body) < len(lines)),
    )


def _path(record: Record, lines: tuple[str, ...]) -> RoutePath:
    return RoutePath(
        next_hop=record["NEXT_HOP"] or None,
        interface=record["INTERFACE"] or None,
        source=record["FROM"] or None,
        age=record["AGE"] or None,
        metric=_number(record["METRIC"]),
        share=_number(record["SHARE"]),
        best=bool(record["BEST"]),
        nho=bool(record["NHO"]),
        lines=lines,
    )


def _cut_entry(
    head: Record, paths: tuple[RoutePath, ...], routes: list[Route], *, none: bool
) -> tuple[str, ...]:
    """Say whether the entry ends early: a path is told by its metric (IPv4) or its age (IPv6)."""
    if not head:
        return () if none else ("no line says what the table has",)
    read = len(paths) or len({route.prefix for route in routes})
    ipv6 = ":" in head["PREFIX"]
    if not read or any((path.age if ipv6 else path.metric) is None for path in paths):
        return ("the entry ends before its last path does",)
    declared = _number(head["DECLARED"])
    if declared is not None and declared > read:
        return (f"{declared} are declared, {read} were read",)
    return ()


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _cut_head(lines: list[str], routes: list[Route]) -> tuple[str, ...]:
    """Say whether the output ends in its legend, or before the default route it promises."""
    gateway = next((line for line in lines if "Gateway of last resort" in line), None)
    if gateway is None and any(line.startswith("Codes:") for line in lines):
        return ("the output ends inside its legend",)
    if gateway is not None and " to network " in gateway and not routes:
        return ("a gateway of last resort is declared, and no route was read",)
    return ()


def _missing_subnets(lines: Iterable[str], routes: Iterable[Route]) -> tuple[str, ...]:
    """Compare the subnets that each heading counts with the rows; several tables are not compared.

    A heading names the classful network whose subnets it counts.
    """
    declared: dict[str, int] = {}
    for line in lines:
        if "subnetted" in line and (found := _SUBNETS.match(line)):
            network = _classful(found[1])
            if network in declared:
                return ()
            declared[network] = int(found[2])
    read: dict[str, set[str]] = {}
    for route in routes:
        read.setdefault(_classful(route.prefix), set()).add(route.prefix)
    return tuple(
        f"{network} has {count} subnets, {len(read.get(network, ()))} were read"
        for network, count in declared.items()
        if len(read.get(network, ())) < count
    )


def _classful(prefix: str) -> str:
    """Return the leading octets that make the network of class A, B or C."""
    octets = prefix.partition("/")[0].split(".")
    return ".".join(octets[: 1 if int(octets[0]) < 128 else 2 if int(octets[0]) < 192 else 3])


def parse_ipv6_routes(command: str, lines: list[str]) -> Routes | RouteEntry:
    """Read `show ipv6 route`, every path a row; the router declares how many prefixes there are."""
    if _ONE.search(command) and any(_ENTRY.match(line) or _NONE.match(line) for line in lines):
        return _entry(command, lines)  # release 12.4 answers with rows of the table
    routes, unparsed = read_rows(Route, "show_ipv6_route", lines, _ipv6)
    declared = [int(found[1]) for line in lines if (found := _ENTRIES.match(line))]
    read = len({route.prefix for route in routes})
    warnings: tuple[str, ...] = ()
    if _WHOLE.match(command) and len(declared) == 1 and declared[0] > read:
        warnings = (f"{declared[0]} entries are declared, {read} were read",)
    return Routes(command=command, routes=routes, unparsed=unparsed, warnings=warnings)


def _ipv6(record: Record) -> dict[str, Any]:
    return {
        "distance": int(record["NHO_DISTANCE"] or record["DISTANCE"] or 0),
        "metric": int(record["NHO_METRIC"] or record["METRIC"] or 0),
        "age": None,
        "vrf": None if record["VRF"] in {"", "default"} else record["VRF"],
        "override": "%" in record["MARK"],
        "nho": bool(record["NHO"]),
    }
