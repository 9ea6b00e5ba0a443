"""EIGRP neighbors and interfaces: classic and named mode, VRFs, IPv4 and IPv6."""

from __future__ import annotations

import re

from dmvpn_auto.observe.build import read_rows
from dmvpn_auto.observe.evidence import (
    EigrpInterface,
    EigrpInterfaces,
    EigrpNeighbor,
    EigrpNeighbors,
)

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
