"""BGP neighbors and the routing table."""

from __future__ import annotations

from dmvpn_auto.observe.engine import read_table
from dmvpn_auto.observe.evidence import BgpNeighbor, BgpSummary, Route, Routes


def parse_bgp_summary(command: str, lines: list[str]) -> BgpSummary:
    """Read `show ip bgp summary`.

    A number in the last column means Established (RFC 4271 names).
    """
    table = read_table("show_ip_bgp_summary", lines)
    neighbors = []
    head: dict[str, str] = {}
    for record, origin in zip(table.records, table.lines, strict=True):
        head = record
        if not record["REMOTE_AS"]:  # the record at the end of the output: only the heading
            continue
        state = record["STATE"]
        neighbors.append(
            BgpNeighbor(
                address=record["ADDRESS"],
                remote_as=record["REMOTE_AS"],
                dynamic=record["DYNAMIC"] == "*",
                state="Established" if state.isdigit() else state,
                prefixes_received=int(state) if state.isdigit() else None,
                uptime=record["UPTIME"],
                lines=tuple(line for line in origin if not line.startswith("BGP ")),
            )
        )
    return BgpSummary(
        command=command,
        router_id=head.get("ROUTER_ID") or None,
        asn=head.get("LOCAL_AS") or None,
        neighbors=tuple(neighbors),
        unparsed=table.unparsed,
    )


def parse_routes(command: str, lines: list[str]) -> Routes:
    """Read `show ip route`, every path a row.

    A '%' route keeps its own next hop and gets a second row, marked `nho`, for the path NHRP put
    over it. Releases before 15 print subnets without length below an `is subnetted` line, which
    supplies it.
    """
    table = read_table("show_ip_route", lines)
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
    return Routes(command=command, routes=tuple(routes), unparsed=tuple(unparsed))
