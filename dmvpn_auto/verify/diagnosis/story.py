"""The whole story of one spoke: what should be and what is, layer by layer, both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dmvpn_auto.design.types import CloudDesign, Family
from dmvpn_auto.verify.diagnosis.ends import End, Esp
from dmvpn_auto.verify.diagnosis.engine import diagnose
from dmvpn_auto.verify.diagnosis.facts import Line, shown
from dmvpn_auto.verify.diagnosis.finding import Diagnosis
from dmvpn_auto.verify.diagnosis.observations.crypto import FEW
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.diagnosis.sheet import Sheet, bare, make_sheets
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.diagnosis.wording import protocol
from dmvpn_auto.verify.reach import lans_inside, next_hops

_MOST_ROUTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a tunnel; `holds` is None when the evidence does not say."""

    name: str
    holds: bool | None
    should: str
    is_: str
    evidence: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Return one element of `layers`."""
        return {
            "layer": self.name,
            "holds": self.holds,
            "should": self.should,
            "is": self.is_,
            "evidence": [f"{device}: {line}" for device, line in self.evidence],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One spoke towards one of its hubs, for one family of what the tunnel carries."""

    spoke: str
    hub: str
    family: Family
    state: str | None
    layers: tuple[Layer, ...]

    @property
    def breaks(self) -> str | None:
        """The lowest layer that does not hold; those above it cannot."""
        return next((layer.name for layer in self.layers if layer.holds is False), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A chapter for each hub of a spoke, and what is wrong with it."""

    peer: str
    chapters: tuple[Chapter, ...]
    diagnosis: Diagnosis

    @property
    def broken(self) -> bool:
        """Whether a layer does not hold or a cause was found."""
        layers = [layer.holds for chapter in self.chapters for layer in chapter.layers]
        return False in layers or bool(self.diagnosis.findings)

    @property
    def told(self) -> bool:
        """Whether there was evidence about anything."""
        return any(layer.holds is not None for chapter in self.chapters for layer in chapter.layers)

    def to_json(self) -> dict[str, Any]:
        """Return the document that `explain --format json` prints."""
        return {
            "peer": self.peer,
            "tunnels": [
                {
                    "spoke": chapter.spoke,
                    "hub": chapter.hub,
                    "family": chapter.family,
                    "state": chapter.state,
                    "layers": [layer.to_json() for layer in chapter.layers],
                }
                for chapter in self.chapters
            ],
            "findings": [finding.to_json() for finding in self.diagnosis.findings],
            "unreachable": dict(self.diagnosis.unreachable),
        }


def explain(
    design: CloudDesign, texts: Texts, intended: Mapping[str, Configuration], peer: str
) -> Story:
    """Tell everything about the tunnels of one router."""
    sheets = [
        sheet
        for sheet in make_sheets(design, texts, intended)
        if peer in {sheet.spoke.name, sheet.hub.name}
    ]
    return Story(
        peer=peer,
        chapters=tuple(
            Chapter(
                spoke=sheet.spoke.name,
                hub=sheet.hub.name,
                family=sheet.family,
                state=sheet.state,
                layers=tuple(_layers(sheet)),
            )
            for sheet in sheets
        ),
        diagnosis=diagnose(design, texts, intended, {peer}),
    )


def _layers(sheet: Sheet) -> Iterator[Layer]:
    for name, tell in _LAYERS.items():
        should, holds, is_, evidence = tell(sheet)
        if should:
            yield Layer(name=name, holds=holds, should=should, is_=is_, evidence=evidence)


Told = tuple[str, bool | None, str, tuple[Line, ...]]
"""What should be, whether it is, what is, and the lines; an empty first word: no such layer."""


def _underlay(sheet: Sheet) -> Told:
    spoke, hub = sheet.spoke, sheet.hub
    tunnel = spoke.router.tunnel
    vrf = f" in VRF {tunnel.front_vrf}" if tunnel.front_vrf else ""
    should = (
        f"{tunnel.source_interface}{vrf} up with {spoke.router.nbma_address or 'an address'}, "
        f"{hub.name} at {spoke.peer_nbma}"
    )
    parts: list[str] = []
    lines: tuple[Line, ...] = ()
    holds: bool | None = None
    if spoke.source is not None:
        holds = spoke.source.line == "up"
        parts.append(
            f"{spoke.source.interface} {spoke.source.line} with "
            f"{' '.join(spoke.source_addresses or ()) or 'no address'}"
        )
        lines += shown(spoke, *spoke.source.lines[:1])
    if spoke.underlay is not None and spoke.peer_nbma:
        route = spoke.underlay.best(spoke.peer_nbma)
        parts.append(f"{hub.name} via {route.next_hop or route.interface}" if route else "no route")
        lines += shown(spoke, *(route.lines if route else ()))
        holds = holds is not False and route is not None
    for end in (spoke, hub):
        if end.ping is not None:
            holds = end.ping.yes and holds is not False
            parts.append(f"ping from {end.name} {'answered' if end.ping.yes else 'not answered'}")
            lines += shown(end, *end.ping.lines)
    return should, holds, ", ".join(parts) or "not known", lines


def _tunnel(sheet: Sheet) -> Told:
    design = sheet.spoke.router.tunnel
    should = (
        f"{design.interface} up/up, {design.address}, "
        f"key {design.key if design.key is not None else 'none'}, both ends"
    )
    found: list[bool] = []
    parts: list[str] = []
    lines: tuple[Line, ...] = ()
    for end in (sheet.spoke, sheet.hub):
        if end.tunnel is None:
            continue
        good = end.tunnel.line == "up" and end.tunnel.tunnel_key == end.router.tunnel.key
        wanted = bare(str(end.router.tunnel.address))
        addresses = end.addresses
        found.append(good and (addresses is None or wanted in map(bare, addresses)))
        parts.append(
            f"{end.name} {end.tunnel.admin}/{end.tunnel.line}, "
            f"{'address not known' if addresses is None else ' '.join(addresses) or 'no address'}, "
            f"key {end.tunnel.tunnel_key if end.tunnel.tunnel_key is not None else 'none'}"
        )
        lines += shown(end, *end.tunnel.lines[:1])
    return should, all(found) if found else None, "; ".join(parts) or "not known", lines


def _ike(sheet: Sheet) -> Told:
    crypto = sheet.spoke.router.crypto
    if crypto is None:
        return "", None, "", ()
    should = f"{crypto.kind.replace('-', ' ')}, an established SA on both ends"

    def tell(end: End) -> tuple[bool, str, tuple[str, ...]] | None:
        ike = end.ike
        return None if ike is None else (ike.state == "up", ike.state, ike.lines)

    return _both(sheet, should, tell)


def _ipsec(sheet: Sheet) -> Told:
    crypto = sheet.spoke.router.crypto
    if crypto is None:
        return "", None, "", ()
    ipsec = crypto.ipsec
    transform = " ".join(filter(None, (ipsec.encryption, ipsec.integrity)))

    def tell(end: End) -> tuple[bool, str, tuple[str, ...]] | None:
        if end.esp is None:
            return None
        words = f"{'/'.join(sorted(end.esp.modes))} mode" if end.esp.up else "no SA"
        count = f", {end.esp.encapsulated} packets out, {end.esp.decapsulated} in"
        good = end.esp.up and end.esp.modes == {ipsec.mode} and not _one_way(end.esp)
        return good, words + (count if end.esp.up else ""), tuple(dict.fromkeys(end.esp.lines))

    return _both(sheet, f"{transform}, {ipsec.mode} mode, packets both ways", tell)


def _one_way(esp: Esp) -> bool:
    """Whether packets go out, and none has ever come back."""
    return esp.encapsulated >= FEW and not esp.decapsulated


def _nhrp(sheet: Sheet) -> Told:
    spoke, hub = sheet.spoke, sheet.hub
    if not spoke.router.tunnel.nhrp.network_id:
        return "", None, "", ()
    should = f"{spoke.name} registered at {hub.name}: {hub.peer_tunnel} at {hub.peer_nbma or 'any'}"

    def tell(end: End) -> tuple[bool, str, tuple[str, ...]] | None:
        if end.rows is None:
            return None
        if end.row is None:
            return False, f"no row for {end.peer_tunnel}", ()
        row = end.row
        return row.state == "UP", f"{row.state} at {row.nbma_address}, {row.uptime}", row.lines

    should, holds, is_, lines = _both(sheet, should, tell)
    if spoke.nhs is not None:
        answers = f"{spoke.nhs.replies_received} of {spoke.nhs.requests_sent} requests answered"
        return should, holds, f"{is_}; {answers}", lines + shown(spoke, *spoke.nhs.lines)
    return should, holds, is_, lines


def _overlay(sheet: Sheet) -> Told:
    kind = sheet.spoke.router.overlay.kind
    if sheet.spoke.adjacency is None and sheet.hub.adjacency is None and kind in {"static", "odr"}:
        return "", None, "", ()
    should = f"{protocol(sheet.spoke.router)} neighbors"

    def tell(end: End) -> tuple[bool, str, tuple[str, ...]] | None:
        near = end.adjacency
        return None if near is None else (near.state == "up", near.state, near.lines)

    return _both(sheet, should, tell)


def _routes(sheet: Sheet) -> Told:
    spoke, hub = sheet.spoke, sheet.hub
    should = f"{hub.name} and the other sites over the tunnel, {spoke.name}'s LANs at {hub.name}"
    if spoke.routes is None and hub.routes is None:
        return should, None, "not known", ()
    parts: list[str] = []
    lines: tuple[Line, ...] = ()
    holds: list[bool] = []
    by_hubs = {hop for router in sheet.crowd.design.hubs for hop in next_hops(router)}
    for end, peer in ((spoke, hub.router), (hub, spoke.router)):
        good = by_hubs.difference(next_hops(end.router)).union(next_hops(peer))
        for lan in lans_inside(peer)[:_MOST_ROUTES] if end.routes is not None else ():
            route = end.routes.best(str(lan.network_address + 1)) if end.routes else None
            hop = (route.next_hop or route.interface) if route is not None else None
            holds.append(hop in good)
            parts.append(f"{end.name}: {lan} via {hop or 'nothing'}")
            lines += shown(end, *(route.lines if route else ()))
    return should, all(holds) if holds else None, "; ".join(parts) or "no LAN", lines


def _shortcuts(sheet: Sheet) -> Told:
    spoke = sheet.spoke
    if not spoke.router.tunnel.nhrp.shortcut:
        return "", None, "", ()
    should = "straight to other spokes while there is traffic"
    if spoke.rows is None:
        return should, None, "not known", ()
    hubs = {str(hub.tunnel.address.ip) for hub in sheet.crowd.design.hubs}
    rows = [
        row for row in spoke.rows if row.tunnel_address not in hubs and "S" not in row.attributes
    ]
    named = ", ".join(f"{row.tunnel_address} {row.state} {row.attributes}" for row in rows)
    lines = shown(spoke, *(line for row in rows for line in row.lines))
    bad = any(row.state != "UP" for row in rows)
    return should, False if bad else (True if rows else None), named or "none now", lines


def _both(
    sheet: Sheet,
    should: str,
    tell: Callable[[End], tuple[bool, str, tuple[str, ...]] | None],
) -> Told:
    holds: list[bool] = []
    parts: list[str] = []
    lines: tuple[Line, ...] = ()
    for end in (sheet.spoke, sheet.hub):
        told = tell(end)
        if told is None:
            parts.append(f"{end.name}: not known")
            continue
        holds.append(told[0])
        parts.append(f"{end.name}: {told[1]}")
        lines += shown(end, *told[2])
    verdict = (
        None if not holds else False if False in holds else (True if len(holds) == 2 else None)
    )
    return should, verdict, "; ".join(parts), lines


_LAYERS: Mapping[str, Callable[[Sheet], Told]] = {
    "underlay": _underlay,
    "tunnel": _tunnel,
    "IKE": _ike,
    "IPsec": _ipsec,
    "NHRP": _nhrp,
    "overlay": _overlay,
    "routes": _routes,
    "shortcuts": _shortcuts,
}
