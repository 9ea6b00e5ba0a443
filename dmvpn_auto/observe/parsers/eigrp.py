"""EIGRP neighbors and interfaces: classic and named mode, VRFs, IPv4 and IPv6."""

from __future__ import annotations

import re
from collections import Counter

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.evidence import (
    EigrpInterface,
    EigrpInterfaces,
    EigrpNeighbor,
    EigrpNeighbors,
    EigrpPath,
    EigrpTopology,
)

_PREFIX = re.compile(r"^\s*[PA] (\S+), (\d+) successors\b")
_DECLARED = re.compile(r"^\s*Max Nbrs: \d+, Current Nbrs: (\d+)\s*$")


def parse_neighbors(command: str, lines: list[str]) -> EigrpNeighbors:
    """Read `show ip eigrp neighbors [detail]`; every neighbor that is listed is up.

    Named mode counts its neighbors in `detail`; a difference makes the reading incomplete.
    """
    rows, unparsed = read_rows(
        EigrpNeighbor,
        "show_eigrp_neighbors",
        lines,
        lambda _: {"state": "UP", "router_id": None},
    )
    counts = [int(found[1]) for line in lines if (found := _DECLARED.match(line))]
    warnings: tuple[str, ...] = ()
    if counts and max(counts) > len(rows):
        warnings = (f"{max(counts)} neighbors are declared, {len(rows)} were read",)
    return EigrpNeighbors(command=command, neighbors=rows, unparsed=unparsed, warnings=warnings)


def parse_interfaces(command: str, lines: list[str]) -> EigrpInterfaces:
    """Read `show ip eigrp interfaces [detail]`."""
    rows, unparsed = read_rows(EigrpInterface, "show_eigrp_interfaces", lines)
    return EigrpInterfaces(command=command, interfaces=rows, unparsed=unparsed)


def parse_topology(command: str, lines: list[str]) -> EigrpTopology:
    """Read `show ip eigrp topology [all-links]`, every path a row.

    A prefix has as many paths as successors at least; fewer make the reading incomplete.
    """
    rows, unparsed = read_rows(EigrpPath, "show_eigrp_topology", lines)
    heads = [found for line in lines if (found := _PREFIX.match(line))]
    read = Counter(row.prefix for row in rows)
    declared: Counter[str] = Counter()
    for found in heads:
        declared[found[1]] += int(found[2])
    short = tuple(
        f"{prefix} has {count} successors, {read[prefix]} paths were read"
        for prefix, count in declared.items()
        if read[prefix] < max(count, 1)
    )
    cut = ("the output ends inside its legend",) if not heads and _begun(lines) else ()
    return EigrpTopology(command=command, paths=rows, unparsed=unparsed, warnings=(*cut, *short))


def _begun(lines: list[str]) -> bool:
    return bool(lines) and "reply Status" not in lines[-1]
