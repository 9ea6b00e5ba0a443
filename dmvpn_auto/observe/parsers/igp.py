"""Neighbors of EIGRP and OSPF, with the templates of ntc-templates, which read these well."""

from __future__ import annotations

import re

from dmvpn_auto.observe.engine import read_ntc_table
from dmvpn_auto.observe.evidence import IgpNeighbor, IgpNeighbors
from dmvpn_auto.observe.names import long_interface

_OSPF_HEADING = re.compile(r"^\s*Neighbor ID\s+Pri\s+State\s+Dead Time\s+Address\s+Interface$")
_EIGRP_HEADING = re.compile(r"^\s*(?:EIGRP-IPv[46] .*Neighbors for AS\(\d+\).*|VRF\(\S+\))$")


def parse_ospf(command: str, lines: list[str]) -> IgpNeighbors:
    """Read `show ip ospf neighbor`; the state keeps its role, `FULL/DR`, without blanks."""
    body = [line for line in lines if not _OSPF_HEADING.match(line)]
    table = read_ntc_table("cisco_ios_show_ip_ospf_neighbor", body)
    rows = tuple(
        IgpNeighbor(
            address=record["IP_ADDRESS"],
            interface=long_interface(record["INTERFACE"]),
            state="".join(record["STATE"].split()),
            router_id=record["NEIGHBOR_ID"],
            uptime=None,
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["IP_ADDRESS"]
    )
    return IgpNeighbors(command=command, neighbors=rows, unparsed=table.unparsed)


def parse_eigrp(command: str, lines: list[str]) -> IgpNeighbors:
    """Read `show ip eigrp neighbors`; every neighbor that is listed is up."""
    body = [line for line in lines if not _EIGRP_HEADING.match(line)]
    table = read_ntc_table("cisco_ios_show_ip_eigrp_neighbors", body)
    rows = tuple(
        IgpNeighbor(
            address=record["IP_ADDRESS"],
            interface=long_interface(record["INTERFACE"]),
            state="UP",
            router_id=None,
            uptime=record["UPTIME"],
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    return IgpNeighbors(command=command, neighbors=rows, unparsed=table.unparsed)
