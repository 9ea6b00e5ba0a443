"""OSPF neighbors and interfaces, of OSPFv2 and OSPFv3."""

from __future__ import annotations

import re
from typing import Any

from dmvpn_auto.observe.build import blocks, build, read_rows
from dmvpn_auto.observe.engine import Record, read_table
from dmvpn_auto.observe.evidence import (
    OspfArea,
    OspfInterface,
    OspfInterfaces,
    OspfNeighbor,
    OspfNeighbors,
    OspfProcess,
    OspfProcesses,
)

_PROCESS = re.compile(r'^\s*Routing Process "')
_STATES = {
    "POINT_TO_POINT": "P2P",
    "POINT_TO_MULTIPOINT": "P2MP",
    "LOOPBACK": "LOOP",
    "WAITING": "WAIT",
}


def parse_neighbors(command: str, lines: list[str]) -> OspfNeighbors:
    """Read `show ip ospf neighbor [detail]`; the state keeps its role, `FULL/DR`, without blanks.

    OSPFv3 prints no address in its table; there it is the router ID.
    """
    detail = any("Neighbor priority is " in line for line in lines)
    template = "show_ospf_neighbor_detail" if detail else "show_ospf_neighbor"
    rows, unparsed = read_rows(OspfNeighbor, template, lines, _neighbor)
    return OspfNeighbors(command=command, neighbors=rows, unparsed=unparsed)


def _neighbor(record: Record) -> dict[str, Any]:
    dead = record["DEAD"]
    return {
        "address": record["ADDRESS"] or record["ROUTER_ID"],
        "state": "".join(record["STATE"].split()),
        "uptime": record.get("UPTIME") or None,
        "dead": _seconds(dead) if ":" in dead else None,
    }


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def parse_interfaces(command: str, lines: list[str]) -> OspfInterfaces:
    """Read `show ip ospf interface`; the state is written as in `brief`."""
    rows, unparsed = read_rows(
        OspfInterface,
        "show_ospf_interface",
        lines,
        lambda record: {
            "state": _STATES.get(record["STATE"], record["STATE"])
            or ("LOOP" if record["TREATED"] else "DOWN")
        },
    )
    return OspfInterfaces(command=command, interfaces=rows, unparsed=unparsed)


def parse_brief(command: str, lines: list[str]) -> OspfInterfaces:
    """Read `show ip ospf interface brief`."""
    rows, unparsed = read_rows(OspfInterface, "show_ospf_interface_brief", lines)
    return OspfInterfaces(command=command, interfaces=rows, unparsed=unparsed)


def parse_processes(command: str, lines: list[str]) -> OspfProcesses:
    """Read `show ip ospf [PROCESS]`; every process counts its areas."""
    processes: list[OspfProcess] = []
    unparsed, found = blocks(lines, _PROCESS)
    warnings: list[str] = []
    for _, block in found:
        table = read_table("show_ip_ospf", block)
        unparsed += table.unparsed
        head: Record = next(iter(table.records), {})
        areas = tuple(
            area
            for record in table.records
            if record["AREA"] and (area := build(OspfArea, record, kind=record["KIND"] or "normal"))
        )
        process = build(OspfProcess, head, areas=areas, lines=tuple(block)) if head else None
        if process is None:
            unparsed += [line for line in block if line not in table.unparsed]
            continue
        processes.append(process)
        declared = head["DECLARED"]
        whole = sum(area.spf_runs is not None for area in areas)
        if not declared or int(declared) != whole:
            counted = declared or "an unknown number of"
            warnings.append(
                f"process {process.process} has {counted} areas, {whole} were read whole"
            )
    return OspfProcesses(
        command=command,
        processes=tuple(processes),
        unparsed=tuple(unparsed),
        warnings=tuple(warnings),
    )
