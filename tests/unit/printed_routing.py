"""Routing protocols and tables of `printed_cloud`, in the layouts of IOS XE."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_network

from dmvpn_auto.design.types import Address, Network, Ospf, Ospfv3, Overlay, RouterDesign
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.announced import default_of
from dmvpn_auto.verify.reach import next_hops


def shown(address: Address | str) -> str:
    """Return an address as IOS prints it."""
    return str(address).upper()


def neighbors(side: RouterDesign, near: Sequence[RouterDesign]) -> dict[str, str]:
    """Return command and output for the neighbors of the overlay, none where it has none."""
    kind, tunnel = side.overlay.kind, side.tunnel
    six = tunnel.address.version == 6
    if "bgp" in kind:
        own = getattr(side.overlay, "router_id", tunnel.address.ip)
        text = f"BGP router identifier {own}, local AS number {side.overlay.asn}\n"  # type: ignore[union-attr]
        for peer in near:
            asn, address = peer.overlay.asn, shown(peer.tunnel.address.ip)  # type: ignore[union-attr]
            gap = "\n        " if six else " "
            text += f"{address}{gap} 4  {asn}  15  17  9  0  0 00:10:12  1\n"
        return {commands.bgp_summary(side): text}
    if isinstance(side.overlay, Ospf):
        word = {"broadcast": "DROTHER", "non-broadcast": "DROTHER"}
        role = f"{word.get(side.overlay.network_type, '  -'):<8}"
        rows = "".join(
            f"{one.overlay.router_id}   0   FULL/{role}"  # type: ignore[union-attr]
            f"00:00:39    {one.tunnel.address.ip}    {tunnel.interface}\n"
            for one in near
        )
        head = "\nNeighbor ID     Pri   State           Dead Time   Address         Interface\n"
        return {
            commands.ospf_neighbors(side): head + rows,
            f"show ip ospf interface {tunnel.interface}": _ospf_interface(side, side.overlay),
        }
    if isinstance(side.overlay, Ospfv3):
        rows = "".join(
            f"{one.overlay.router_id}      0   FULL/  -        00:00:33    17              "  # type: ignore[union-attr]
            f"{tunnel.interface}\n"
            for one in near
        )
        head = f"          OSPFv3 1 address-family ipv6 (router-id {side.overlay.router_id})\n\n"
        head += "Neighbor ID     Pri   State           Dead Time   Interface ID    Interface\n"
        return {commands.ospf_neighbors(side): head + rows}
    if kind.startswith("eigrp"):
        name = tunnel.interface.replace("Tunnel", "Tu")
        rows = "".join(
            f"{n}   {shown(next_hops(one)[-1]):<24}{name:<16}12 00:11:24   14   100  0  10\n"
            for n, one in enumerate(near)
        )
        head = f"EIGRP-IPv{4 + 2 * six} VR(DMVPN) Address-Family Neighbors for AS(100)\n"
        head += "H   Address                 Interface       Hold Uptime   SRTT   RTO  Q  Seq\n"
        head += "                                            (sec)         (ms)       Cnt Num\n"
        return {commands.eigrp_neighbors(side): head + rows}
    return {}


def _ospf_interface(side: RouterDesign, ospf: Ospf) -> str:
    kind = ospf.network_type.upper().replace("-", "_")
    return (
        f"{side.tunnel.interface} is up, line protocol is up \n"
        f"  Internet Address {side.tunnel.address}, Interface ID 9, Area {ospf.area}\n"
        "  Attached via Network Statement\n"
        f"  Process ID 1, Router ID {ospf.router_id}, Network Type {kind}, Cost: 1000\n"
        f"  Transmit Delay is 1 sec, State DR, Priority {ospf.priority or 0}\n"
        f"  Timer intervals configured, Hello {ospf.hello}, Dead {ospf.dead}, Wait 40, "
        "Retransmit 5\n"
    )


def sent(overlay: Overlay) -> tuple[Network, ...]:
    """Return what a hub announces beside LANs."""
    default = default_of(overlay)
    return (*getattr(overlay, "summaries", ()), *([default] if default else []))


def path(code: str, prefix: Network, hops: Iterable[str], interface: str) -> str:
    """Return a prefix of a routing table with all its next hops."""
    if prefix.version == 6:
        out = f", {interface}" if interface else ""
        via = "".join(f"     via {hop}{out}\n" for hop in hops)
        return f"{code}   {shown(str(prefix))} [200/0]\n{via}"
    first, *more = (f"[200/0] via {hop}, 00:10:12\n" for hop in hops)
    return f"{code}        {prefix} {first}" + "".join(f"{'':20}{line}" for line in more)


def table(rows: list[str], *, six: bool, default: bool) -> str:
    """Return a routing table."""
    if six:
        rows = [
            *(["S   ::/0 [1/0]\n     via FE80::FF, GigabitEthernet1\n"] if default else []),
            *rows,
        ]
        return (
            f"IPv6 Routing Table - default - {len(rows)} entries\n"
            "Codes: C - Connected, L - Local, S - Static, U - Per-user Static route\n"
            "       B - BGP, H - NHRP, O - OSPF Intra, D - EIGRP\n" + "".join(rows)
        )
    first = "S*    0.0.0.0/0 [1/0] via 192.0.2.254\n" if default else ""
    first += "".join(row for row in rows if row.split()[1] == "0.0.0.0/0")
    rows = [row for row in rows if row not in first]
    nets: dict[str, list[str]] = {}
    for row in rows:
        nets.setdefault(_classful(row.split()[1]), []).append(row)
    grouped = "".join(
        f"      {net} is variably subnetted, {len(each)} subnets, 1 masks\n{''.join(each)}"
        for net, each in nets.items()
    )
    return (
        "Codes: L - local, C - connected, S - static\n\nGateway of last resort is not set\n\n"
        f"{first}{grouped}"
    )


def _classful(prefix: str) -> str:
    first = int(prefix.partition(".")[0])
    length = 8 if first < 128 else 16 if first < 192 else 24
    return str(ip_network(prefix).supernet(new_prefix=length))
