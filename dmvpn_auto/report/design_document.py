"""The design of a cloud as a document: who has which address, who registers where, what protects.

Made from the design alone: no date, no secret (references stand where values would), so that the
same intent gives the same document and two of them can be compared. Facts that all routers of a
role have alike are said once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from dmvpn_auto.design.types import CloudDesign, Nhs, RouterDesign, Severity

_PHASES = {
    0: "a plain GRE tunnel between two routers",
    1: "spokes talk through the hub",
    2: "spokes talk directly; every route is on every spoke",
    3: "spokes talk directly by shortcuts; they need only a summary",
}
_UNITS = {
    "bandwidth": "kbit/s", "delay": "x 10 us", "ip mtu": "byte", "tcp mss": "byte",
    "holdtime": "s", "registration timeout": "s", "keepalive": "s", "hello": "s", "hold": "s",
    "dead": "s", "lifetime": "s", "ipsec lifetime": "s", "dpd interval": "s", "dpd retry": "s",
    "fallback": "s", "bfd interval": "ms", "keepalive period": "s",
    "ipsec replay window": "packets", "ipv6 mtu": "byte", "ipv6 tcp mss": "byte",
}  # fmt: skip
_OWN = "each its own"
_FEW = 3  # values that are named where routers of a role differ
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence or none, and a table without its empty columns."""

    title: str
    text: str
    head: Row = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """All that is said of one cloud."""

    cloud: str
    summary: str
    verdict: str
    sections: tuple[Section, ...]


def describe(design: CloudDesign) -> Document:
    """Return the document of a design; its findings are those that stand in it."""
    errors = sum(found.severity is Severity.ERROR for found in design.findings)
    hubs, spokes = len(design.hubs), len(design.spokes)
    return Document(
        cloud=design.name,
        summary=(
            f"Phase {design.phase}: {_PHASES[design.phase]}. Tunnel "
            f"subnet {' and '.join(map(str, design.tunnel_subnets))}, "
            f"{hubs} hub{'s' * (hubs != 1)}, {spokes} spoke{'s' * (spokes != 1)}."
        ),
        verdict="It can be deployed." if not errors else "It cannot work: see the findings.",
        sections=(
            _addressing(design),
            _registrations(design),
            _by_role(design, "Tunnel and NHRP", "tunnel", ("description", "address", "nhs")),
            _crypto(design),
            _by_role(design, "Routing", "overlay", ()),
            *_routing_of_ipv6(design),
            _findings(design),
        ),
    )


def _table(title: str, text: str, head: Row, rows: Sequence[Row]) -> Section:
    used = [n for n in range(len(head)) if any(row[n] for row in rows)]
    return Section(
        title,
        text,
        tuple(head[n] for n in used),
        tuple(tuple(row[n] or "-" for n in used) for row in rows),
    )


def _addressing(design: CloudDesign) -> Section:
    head = ("router", "role", "site", "group", "dialect", "tunnel", "tunnel address",
            "tunnel IPv6 address", "link-local address", "source", "NBMA address", "WAN", "gateway",
            "LAN")  # fmt: skip
    return _table("Addressing", "", head, [_addresses(router) for router in design.routers])


def _addresses(router: RouterDesign) -> Row:
    wan = router.underlay
    lans = zip((*router.lan_addresses, *router.lan_ipv6_addresses), router.lans, strict=False)
    inside = router.tunnel.ipv6
    second = inside if inside and inside.address != router.tunnel.address else None
    nbma = str(router.nbma_address or "dynamic") + (" (NAT)" if router.nat else "")
    return (
        router.name, router.role, router.site, router.group, router.dialect,
        router.tunnel.interface, str(router.tunnel.address), str(second.address) if second else "",
        str(inside.link_local or "") if inside else "", router.tunnel.source_interface, nbma,
        str(wan.address or "dynamic") if wan else "",
        str(wan.gateway or "") if wan else "",
        ", ".join(f"{address}/{prefix.prefixlen}" for address, prefix in lans),
    )  # fmt: skip


def _registrations(design: CloudDesign) -> Section:
    rows = [
        (router.name, nhs.hub, str(nhs.tunnel_address), str(nhs.nbma_address),
         _said(nhs.priority), _said(nhs.cluster))
        for router in design.routers
        for nhs in _servers(router)
    ]  # fmt: skip
    text = "" if rows else "Nobody registers: the ends of the tunnels are configured."
    head = ("client", "registers with", "at tunnel address", "by NBMA address", "priority",
            "cluster")  # fmt: skip
    return _table("Who registers where", text, head, rows)


def _servers(router: RouterDesign) -> tuple[Nhs, ...]:
    """Return the servers of a router, in a dual-stack tunnel once for each family."""
    inside, first = router.tunnel.ipv6, router.tunnel.nhrp.nhs
    return (*first, *inside.nhs) if inside and inside.nhs != first else first


def _crypto(design: CloudDesign) -> Section:
    if all(router.crypto is None for router in design.routers):
        return Section("Protection", "None: packets cross the transport in the clear.")
    return _by_role(design, "Protection", "crypto", ())


def _routing_of_ipv6(design: CloudDesign) -> list[Section]:
    if all(router.overlay_ipv6 is None for router in design.routers):
        return []
    return [_by_role(design, "Routing of IPv6", "overlay_ipv6", ())]


def _findings(design: CloudDesign) -> Section:
    rows = [
        (found.severity, found.rule, found.where, found.message, found.fix)
        for found in design.findings
    ]
    text = "" if rows else "The design rules have nothing to say."
    return _table("Findings", text, ("severity", "rule", "where", "finding", "fix"), rows)


def _by_role(design: CloudDesign, title: str, part: str, without: Row) -> Section:
    """Compare the part of all hubs and of all spokes: one row for each fact."""
    roles = {
        noun: [dict(_facts(getattr(router, part), "", without)) for router in routers]
        for noun, routers in (("hubs", design.hubs), ("spokes", design.spokes))
        if routers
    }
    order = dict.fromkeys(key for facts in roles.values() for one in facts for key in one)
    rows = [(key, *(_common(key, facts) for facts in roles.values())) for key in order]
    told = [row for row in rows if set(row[1:]) - {"no", ""}]
    return _table(title, "What is off everywhere is left out.", ("what", *roles), told)


def _common(key: str, facts: list[dict[str, str]]) -> str:
    values = dict.fromkeys(one.get(key, "") for one in facts)
    if len(values) > _FEW or len(values) == len(facts) > 1:
        return _OWN
    said = (
        " or ".join(value or "none" for value in values) if len(values) > 1 else next(iter(values))
    )
    return f"{said} {_UNITS[key]}" if said and key in _UNITS else said


def _facts(part: Any, path: str, without: Row) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of what a part of the design says, parts of it by `part name`."""
    if part is None:
        return
    for field in fields(part):
        value = getattr(part, field.name)
        name = f"{path} {field.name.replace('_', ' ')}".strip()
        if field.name in without or value in (None, (), ""):
            continue
        if is_dataclass(value):
            yield from _facts(value, "" if field.name == "nhrp" else name, without)
        else:
            yield name, _said(value)


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        if value and is_dataclass(value[0]):
            return f"{len(value)} of them" if len(value) > 4 else ", ".join(map(_named, value))
        return ", ".join(map(str, value))
    return str(value)


def _named(value: Any) -> str:
    return " ".join(_said(getattr(value, field.name)) for field in fields(value)).strip()
