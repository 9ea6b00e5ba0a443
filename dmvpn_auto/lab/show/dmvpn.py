"""`show dmvpn` and `show dmvpn detail`.

Rows come from the live peers alone: an interface without peers has no block in the short form, so a
hub nobody has registered with prints the legend and nothing else (measured on IOL-XE 17.15.1).
Rows are sorted by NBMA address, then by target network; what has no NBMA address comes first as
UNKNOWN. A further row of the same NBMA address leaves `# Ent` empty, and in the short form the
address too. Local entries (L) stand in the detailed form only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import groupby

from dmvpn_auto.lab.live import DmvpnPeer, Interface, TunnelInfo
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import age, clock, text
from dmvpn_auto.lab.show.nhs import server
from dmvpn_auto.lab.show.sessions import CryptoPeer, crypto_peers
from dmvpn_auto.lab.show.types import ShowContext

_LEGEND = """\
Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete
\tN - NATed, L - Local, X - No Socket
\tT1 - Route Installed, T2 - Nexthop-override, B - BGP
\tC - CTS Capable, I2 - Temporary
\t# Ent --> Number of NHRP entries with same NBMA peer
\tNHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting
\tUpDn Time --> Up or Down Time for a Tunnel
==========================================================================
""".splitlines()

_HEADER = [
    " # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb",
    " ----- --------------- --------------- ----- -------- -----",
]
_DETAIL_HEADER = [
    "# Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb    Target Network",
    "----- --------------- --------------- ----- -------- ----- -----------------",
]


def show_dmvpn(context: ShowContext) -> str:
    """Lay out `show dmvpn [interface X]`."""
    lines = [*_LEGEND, ""]
    for tunnel in _tunnels(context):
        rows = [row for row in _rows(context, tunnel.name) if "L" not in row.attributes]
        if not rows:
            continue
        lines += [
            f"Interface: {tunnel.name}, IPv4 NHRP Details ",
            f"Type:{_role(context, tunnel)}, NHRP Peers:{_count(rows)}, ",
            "",
            *_HEADER,
            *(_row(entries, row) for entries, row in _grouped(rows)),
            "",
        ]
    return text(lines)


def show_dmvpn_detail(context: ShowContext) -> str:
    """Lay out `show dmvpn [interface X] detail`, with the crypto sessions below the peers."""
    wanted = _tunnels(context)
    interfaces = {interface.name: interface for interface in context.live.interfaces}
    lines = [*_LEGEND, ""]
    lines += [
        f"{tunnel.name} is admin down" for tunnel in wanted if not _admin_up(interfaces, tunnel)
    ]
    for tunnel in wanted:
        if _admin_up(interfaces, tunnel):
            lines += _block(context, tunnel, interfaces[tunnel.name])
    lines += ["", "Crypto Session Details: ", "-" * 80, ""]
    names = {tunnel.name for tunnel in wanted}
    for peer in crypto_peers(context.live, context.running):
        if peer.tunnel.name in names:
            lines += _crypto(peer)
    lines += ["Pending DMVPN Sessions:", ""]
    return text(lines)


def _tunnels(context: ShowContext) -> list[TunnelInfo]:
    """Return the tunnels that take part in NHRP, or the one that was asked for."""
    return [
        tunnel
        for tunnel in context.live.tunnels
        if context.args.get("interface", tunnel.name) == tunnel.name
        and (
            config.value(config.interface(context.running, tunnel.name), "ip nhrp network-id")
            or any(row.interface == tunnel.name for row in context.live.dmvpn)
        )
    ]


def _rows(context: ShowContext, name: str) -> list[DmvpnPeer]:
    rows = (row for row in context.live.dmvpn if row.interface == name)
    return sorted(rows, key=_order)


def _order(row: DmvpnPeer) -> tuple[int, IPv4Network, IPv4Address]:
    nbma = -1 if row.nbma is None else int(row.nbma)
    return nbma, row.target or IPv4Network(row.tunnel), row.tunnel


def _grouped(rows: Iterable[DmvpnPeer]) -> Iterator[tuple[int | None, DmvpnPeer]]:
    """Yield each row with the number of entries on the first of an NBMA address, else None."""
    for _, group in groupby(rows, key=lambda row: row.nbma):
        same = list(group)
        yield len(same), same[0]
        for row in same[1:]:
            yield None, row


def _count(rows: Iterable[DmvpnPeer]) -> int:
    return len({row.nbma for row in rows})


def _role(context: ShowContext, tunnel: TunnelInfo) -> str:
    """Say Hub, Spoke, Hub/Spoke or Unknown, from what stands in the cache, as IOS does."""
    entries = [entry for entry in context.live.nhrp if entry.interface == tunnel.name]
    client = any(nhs.interface == tunnel.name for nhs in context.live.nhs) or any(
        entry.kind == "static" and "local" not in entry.flags for entry in entries
    )
    registered = any("registered" in entry.flags for entry in entries)
    if client and registered:
        return "Hub/Spoke"
    if client:
        return "Spoke"
    complete = any(entry.nbma is not None and "local" not in entry.flags for entry in entries)
    return "Hub" if registered or (tunnel.is_hub and complete) else "Unknown"


def _row(entries: int | None, row: DmvpnPeer) -> str:
    nbma = "" if entries is None else row.nbma or "UNKNOWN"
    first = "" if entries is None else entries
    return (
        f"{first:>6} {nbma!s:<15} {row.tunnel!s:>15} {row.state:>5} {age(row.age):>8}"
        f" {row.attributes:>5}"
    )


def _detail_row(entries: int | None, row: DmvpnPeer) -> str:
    first = "" if entries is None else entries
    target = row.target or IPv4Network(row.tunnel)
    return (
        f"{first:>5} {row.nbma or 'UNKNOWN'!s:<15} {row.tunnel!s:>15} {row.state:>5}"
        f" {age(row.age):>8} {row.attributes:>5}{target!s:>19}"
    )


def _admin_up(interfaces: dict[str, Interface], tunnel: TunnelInfo) -> bool:
    return tunnel.name in interfaces and interfaces[tunnel.name].admin_up


def _block(context: ShowContext, tunnel: TunnelInfo, interface: Interface) -> list[str]:
    rows = _rows(context, tunnel.name)
    address = interface.address.ip if interface.address else "Not Available"
    destination = "Multipoint" if tunnel.multipoint else tunnel.destination or "UNKNOWN"
    protocol = "multi-GRE/IP" if tunnel.multipoint else "GRE/IP"
    control = config.value(config.interface(context.running, tunnel.name), "if-state nhrp")
    state = "up" if interface.line_up else "down"
    lines = [
        f'Interface {tunnel.name} is up/{state}, Addr. is {address}, VRF "{interface.vrf or ""}" ',
        (
            f"   Tunnel Src./Dest. addr: {tunnel.source_address or 'UNKNOWN'}/{destination},"
            f' Tunnel VRF "{tunnel.front_vrf or ""}"'
        ),
        f'   Protocol/Transport: "{protocol}", Protect "{tunnel.protection_profile or ""}" ',
        f"   Interface State Control: {'Disabled' if control is None else 'Enabled'}",
        "   nhrp event-publisher : Disabled",
    ]
    servers = [entry for entry in context.live.nhs if entry.interface == tunnel.name]
    if servers:
        lines += ["", "IPv4 NHS:", *(server(entry, gap=" ") for entry in servers)]
    lines += [
        f"Type:{_role(context, tunnel)}, Total NBMA Peers (v4/v6): {_count(rows)}",
        "",
    ]
    if rows:
        lines += [
            *_DETAIL_HEADER,
            *(_detail_row(entries, row) for entries, row in _grouped(rows)),
            "",
        ]
    return lines


def _crypto(peer: CryptoPeer) -> list[str]:
    lines = [f"Interface: {peer.tunnel.name}", f"Session: [0x{peer.handle:08X}]"]
    for sa in peer.ike:
        if sa.version == 2:
            lines.append(f"  Session ID: {sa.unique_id}  ")
        state = "Active" if sa.established else "Inactive"
        lines += [
            (
                f"  IKEv{sa.version} SA: local {sa.local}/{sa.local_port}"
                f" remote {sa.remote}/{sa.remote_port} {state} "
            ),
            (
                f"          Capabilities:{peer.capabilities} connid:{sa.unique_id}"
                f" lifetime:{clock(sa.lifetime - sa.age) if sa.established else 0}"
            ),
        ]
    identity = next((sa.remote_id for sa in peer.ike if sa.established), None)
    lines += [
        f"  Crypto Session Status: {peer.status:<14}",
        f"  fvrf: {peer.tunnel.front_vrf or '(none)'},"
        + (f"\tPhase1_id: {identity}" if identity else ""),
        *peer.flow_lines(),
    ]
    if peer.newest:
        spi = f"{peer.newest.spi_out:X}"
        lines.append(f"   Outbound SPI : 0x{spi:>8}, transform : {peer.transform} ")
    lines += [f"    Socket State: {'Open' if peer.installed else 'Closed'}", ""]
    return lines
