"""`show ip cef`, `show arp`: what the kernel forwards by."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface

from dmvpn_auto.lab.live import Route
from dmvpn_auto.lab.show.forms import text
from dmvpn_auto.lab.show.types import ShowContext


def show_cef_entry(context: ShowContext) -> str:
    """Lay out `show ip cef [vrf X] A.B.C.D`: where a packet to that address goes."""
    target = IPv4Interface(context.args["destination"]).network
    covering = [route for route in _routes(context) if target.subnet_of(route.prefix)]
    if not covering:
        return "0.0.0.0/0\n  no route\n"
    length = max(route.prefix.prefixlen for route in covering)
    best = [route for route in covering if route.prefix.prefixlen == length]
    return text([str(best[0].prefix), *(f"  {_way(context, route)}" for route in best)])


def show_cef(context: ShowContext) -> str:
    """Lay out `show ip cef [vrf X]`."""
    lines = ["Prefix               Next Hop             Interface"]
    for route in sorted(_routes(context), key=lambda one: one.prefix):
        hop, interface = _next(context, route)
        lines.append(f"{route.prefix!s:<20} {hop:<20} {interface}".rstrip())
    return text(lines)


def _routes(context: ShowContext) -> Iterator[Route]:
    vrf = context.args.get("vrf")
    return (route for route in context.live.routes if route.vrf == vrf)


def _next(context: ShowContext, route: Route) -> tuple[str, str]:
    if route.code == "L":
        return "receive", route.interface or ""
    hop = route.override or route.next_hop
    if hop is None:
        return "attached", route.interface or "Null0"
    return str(hop), route.interface or _leads_to(context, hop, route.vrf)


def _leads_to(context: ShowContext, hop: IPv4Address, vrf: str | None) -> str:
    """Return the interface whose subnet holds a next hop."""
    connected = (r for r in context.live.routes if r.code == "C" and r.vrf == vrf)
    return next((r.interface or "" for r in connected if hop in r.prefix), "")


def _way(context: ShowContext, route: Route) -> str:
    hop, interface = _next(context, route)
    if hop in ("receive", "attached"):
        return f"{hop} {'for' if hop == 'receive' else 'to'} {interface}"
    return f"nexthop {hop} {interface}".rstrip()


def show_arp(context: ShowContext) -> str:
    """Lay out `show arp [vrf X]`: neighbours and our own addresses in one table.

    Linux tells no age of an entry.
    """
    here = {one.name: one for one in context.live.interfaces if one.vrf == context.args.get("vrf")}
    rows = [
        (entry.address, entry.mac, entry.interface, "0")
        for entry in context.live.arp
        if entry.interface in here
    ]
    rows += [
        (one.address.ip, one.mac, one.name, "-")
        for one in here.values()
        if one.address is not None
        and one.mac is not None
        and one.line_up
        and not one.name.startswith("Loopback")
    ]
    lines = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    for address, mac, interface, age in sorted(rows):
        digits = mac.replace(":", "")
        dotted = ".".join(digits[at : at + 4] for at in (0, 4, 8))
        lines.append(f"Internet  {address!s:<16} {age:>8}   {dotted}  ARPA   {interface}")
    return text(lines)
