"""Interfaces: state, address, and what a tunnel has beyond it."""

from __future__ import annotations

from dmvpn_auto.observe.engine import read_table
from dmvpn_auto.observe.evidence import Interface, Interfaces


def parse_interfaces(command: str, lines: list[str]) -> Interfaces:
    """Read `show interfaces [X]`; the tunnel key is printed in hexadecimal and becomes a number."""
    table = read_table("show_interfaces", lines)
    rows = tuple(
        Interface(
            interface=record["INTERFACE"],
            admin=record["ADMIN"],
            line=record["LINE"],
            address=record["ADDRESS"] or None,
            mtu=int(record["MTU"]) if record["MTU"] else None,
            tunnel_source=record["SOURCE"] or None,
            tunnel_source_interface=record["SOURCE_INTERFACE"] or None,
            tunnel_destination=record["DESTINATION"] or None,
            tunnel_mode=record["MODE"] or None,
            tunnel_key=int(record["KEY"], 16) if record["KEY"] else None,
            tunnel_protection=record["PROTECTION"] or None,
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["INTERFACE"]
    )
    return Interfaces(command=command, interfaces=rows, unparsed=table.unparsed)


def parse_ip_interface(command: str, lines: list[str]) -> Interfaces:
    """Read `show ip interface [X]` for the address and `ip mtu`."""
    table = read_table("show_ip_interface", lines)
    rows = tuple(
        Interface(
            interface=record["INTERFACE"],
            admin=record["ADMIN"],
            line=record["LINE"],
            address=record["ADDRESS"] or None,
            ip_mtu=int(record["MTU"]) if record["MTU"] else None,
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["INTERFACE"]
    )
    return Interfaces(command=command, interfaces=rows, unparsed=table.unparsed)


def parse_brief(command: str, lines: list[str]) -> Interfaces:
    """Read `show ip interface brief`; it prints addresses without length."""
    table = read_table("show_ip_interface_brief", lines)
    rows = tuple(
        Interface(
            interface=record["INTERFACE"],
            admin=record["ADMIN"],
            line=record["LINE"],
            address=None if record["ADDRESS"] == "unassigned" else record["ADDRESS"],
            lines=origin,
        )
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    return Interfaces(command=command, interfaces=rows, unparsed=table.unparsed)
