"""`show dmvpn` in all its layouts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from operator import itemgetter

from dmvpn_auto.observe.build import maker
from dmvpn_auto.observe.engine import read_table
from dmvpn_auto.observe.evidence import (
    Dmvpn,
    DmvpnInterface,
    DmvpnPeer,
    DmvpnServer,
    DmvpnSession,
)
from dmvpn_auto.observe.parsers.dmvpn_detail import read_around, with_facts, with_groups
from dmvpn_auto.observe.parsers.sessions import dmvpn_sessions

_facts = itemgetter(
    "INTERFACE", "FAMILY", "ENTRIES", "NBMA", "TUNNEL", "STATE", "UPTIME", "ATTRIBUTES", "TARGET"
)
_make_peer = maker(DmvpnPeer)


def parse_dmvpn(command: str, lines: list[str]) -> Dmvpn:
    """Read interfaces and peers.

    Warn when the NBMA addresses of an interface do not add up to its declared peers. The declared
    number counts distinct NBMA addresses per interface and address family (measured; one 15.x
    output breaks it, so a difference is a warning and makes the reading incomplete, no more).
    """
    table = read_table("show_dmvpn", lines)
    interfaces: list[DmvpnInterface] = []
    peers: list[DmvpnPeer] = []
    nbma: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record, origin in zip(table.records, table.lines, strict=True):
        name, family, entries, address, tunnel, state, uptime, attributes, target = _facts(record)
        if not state:
            _add_interface(interfaces, record, origin)
            continue
        nbma[name, family or ("IPv6" if ":" in tunnel else "IPv4")].add(address)
        peers.append(
            _make_peer(
                (origin, name, int(entries or 0), address, tunnel, state, uptime, attributes,
                 target or None, None, None)
            )
        )  # fmt: skip
    counted = {(name, af.lower()): len(seen) for (name, af), seen in nbma.items()}
    warnings = _miscounts(interfaces, counted)
    if not interfaces and not peers:
        warnings += _cut_legend(lines)
    servers: list[DmvpnServer] = []
    sessions: tuple[DmvpnSession, ...] = ()
    if any("Addr. is" in line or "NHRP group:" in line for line in lines):
        around = read_around(lines)
        servers = around.servers
        interfaces = with_facts(interfaces, around.facts)
        peers = with_groups(peers, lines)
    if any("Crypto Session Status:" in line for line in lines):
        sessions, cut = dmvpn_sessions(lines)
        warnings += cut
    return Dmvpn(
        command=command,
        interfaces=tuple(interfaces),
        peers=tuple(peers),
        servers=tuple(servers),
        sessions=sessions,
        unparsed=table.unparsed,
        warnings=tuple(warnings),
    )


def _cut_legend(lines: list[str]) -> list[str]:
    """Say whether an output without any tunnel ends inside its legend."""
    last = lines[-1].strip() if lines else ""
    whole = last.startswith("=" * 20) or not lines
    # the legend of 12.4 ends here, and is not set in as far as later ones
    old = last.startswith("# Ent") and len(lines[-1]) - len(last) < 4 and "\t" not in lines[-1]
    return [] if whole or old else ["the output ends inside its legend"]


def _add_interface(
    known: list[DmvpnInterface], record: dict[str, str], origin: tuple[str, ...]
) -> None:
    found = DmvpnInterface(
        interface=record["INTERFACE"],
        address_family=(record["FAMILY"] or "IPv4").lower(),
        role=record["ROLE"] or None,
        declared_peers=int(record["DECLARED"]) if record["DECLARED"] else None,
        line=record["LINE"] or None,
        lines=origin,
    )
    # some releases repeat the heading in front of every IPv6 peer
    if not known or replace(known[-1], lines=origin) != found:
        known.append(found)


def _miscounts(interfaces: list[DmvpnInterface], counted: dict[tuple[str, str], int]) -> list[str]:
    warnings = []
    for heading in interfaces:
        if heading.declared_peers is None:
            if heading.line is not None and "/" in heading.line:
                warnings.append(f"{heading.interface} is cut off before its number of peers")
            continue
        families = [heading.address_family]
        if heading.line is not None:  # detail counts both families at once
            families = ["ipv4", "ipv6"]
        rows = sum(counted.get((heading.interface, f), 0) for f in families)
        if rows != heading.declared_peers:
            warnings.append(
                f"{heading.interface} declares {heading.declared_peers} "
                f"{heading.address_family} peers, "
                f"rows with {rows} distinct NBMA addresses were read"
            )
    return warnings
