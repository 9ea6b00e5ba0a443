"""Interfaces: state, address, and what a tunnel has beyond it."""

from __future__ import annotations

import re
from typing import Any

from dmvpn_auto.observe.build import blocks, read_all, read_rows
from dmvpn_auto.observe.engine import Record
from dmvpn_auto.observe.evidence import Interface, Interfaces

_HEADING = re.compile(r".*line protocol is")


def parse_interfaces(command: str, lines: list[str]) -> Interfaces:
    """Read `show interfaces [X]`; the tunnel key is printed in hexadecimal and becomes a number."""
    rows, unparsed = read_all(Interface, "show_interfaces", lines, _tunnel)
    unparsed += _strays(lines)
    return Interfaces(command=command, interfaces=rows, unparsed=unparsed)


def _strays(lines: list[str]) -> tuple[str, ...]:
    """Return what stands among the lines of interfaces and is none: those are all indented.

    Where an interface has lost its indentation nothing can be said.
    """
    found: list[str] = []
    for _, block in blocks(lines, _HEADING)[1]:
        flush = [line for line in block[1:] if not line[:1].isspace()]
        if 2 * len(flush) < len(block):
            found += flush
    return tuple(found)


def _tunnel(record: Record) -> dict[str, Any]:
    return {
        "tunnel_source": record["SOURCE"] or None,
        "tunnel_source_interface": record["SOURCE_INTERFACE"] or None,
        "tunnel_destination": record["DESTINATION"] or None,
        "tunnel_mode": record["MODE"] or None,
        "tunnel_key": int(record["KEY"], 16) if record["KEY"] else None,
        "tunnel_protection": record["PROTECTION"] or None,
    }


def parse_ip_interface(command: str, lines: list[str]) -> Interfaces:
    """Read `show ip interface [X]` for the addresses, `ip mtu`, VRF and access lists."""
    rows, unparsed = read_all(
        Interface,
        "show_ip_interface",
        lines,
        lambda record: {
            "redirects": record["REDIRECTS"] in {"always", "enabled"}
            if record["REDIRECTS"]
            else None
        },
    )
    unparsed += _strays(lines)
    return Interfaces(command=command, interfaces=rows, unparsed=unparsed)


def parse_ipv6_interface(command: str, lines: list[str]) -> Interfaces:
    """Read `show ipv6 interface [X]`; the MTU it prints is that of IPv6."""
    rows, unparsed = read_all(
        Interface,
        "show_ip_interface",
        lines,
        lambda record: {
            "address": None,
            "redirects": record["REDIRECTS"] == "enabled" if record["REDIRECTS"] else None,
            "ipv6_addresses": tuple(_prefixed(text) for text in record["IPV6_ADDRESSES"]),
        },
    )
    unparsed += _strays(lines)
    return Interfaces(command=command, interfaces=rows, unparsed=unparsed)


def _prefixed(text: str) -> str:
    """Return `address/length` of `address, subnet is network/length`."""
    return f"{text.partition(',')[0]}/{text.rpartition('/')[2]}"


def parse_brief(command: str, lines: list[str]) -> Interfaces:
    """Read `show ip interface brief`; it prints addresses without length."""
    rows, unparsed = read_rows(
        Interface,
        "show_ip_interface_brief",
        lines,
        lambda record: {
            "address": None if record["ADDRESS"] == "unassigned" else record["ADDRESS"]
        },
    )
    return Interfaces(command=command, interfaces=rows, unparsed=unparsed)


def parse_ipv6_brief(command: str, lines: list[str]) -> Interfaces:
    """Read `show ipv6 interface brief`; addresses are without length there."""
    rows, unparsed = read_rows(Interface, "show_ipv6_interface_brief", lines, _ipv6)
    return Interfaces(command=command, interfaces=rows, unparsed=unparsed)


def _ipv6(record: Record) -> dict[str, Any]:
    link_local = next((a for a in record["ADDRESSES"] if a.upper().startswith("FE80")), None)
    return {
        "address": None,
        "ipv6_link_local": link_local,
        "ipv6_addresses": tuple(a for a in record["ADDRESSES"] if a != link_local),
    }
