"""What a diagnosis asks of routers, and what of a recording it reads."""

from __future__ import annotations

from collections.abc import Collection

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.checks.subjects import links
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError
from dmvpn_auto.verify.recording import Recording
from dmvpn_auto.verify.routers import HiddenSecrets, Routers, gather
from dmvpn_auto.verify.states import view

MOST_PINGS = 5
"""Spokes that a hub pings: each one that does not answer costs three seconds."""


def both_ends(design: CloudDesign, names: Collection[str]) -> frozenset[str]:
    """Return the routers named, the hubs of each client among them, the clients of each hub."""
    chosen = set(names)
    for client, hub in _pairs(design):
        if {client.name, hub.name} & set(names):
            chosen |= {client.name, hub.name}
    return frozenset(chosen)


def collect(design: CloudDesign, routers: Routers, names: Collection[str]) -> Recording:
    """Ask the routers everything once; where a tunnel is not up, ping through the underlay too."""
    hidden = HiddenSecrets(routers)
    chosen = [router for router in design.routers if router.name in set(names)]
    rest = gather(hidden, {r.name: commands.for_diagnosis(r) for r in chosen})
    pings = _pings(design, rest, {router.name for router in chosen})
    if pings:
        rest = rest.merged(gather(hidden, pings))
    return Recording(cloud=design.name, devices=tuple(r.name for r in chosen), rest=rest)


def texts(recording: Recording) -> Texts:
    """Return the outputs of a recording, those after the traffic between spokes winning."""
    evidence = recording.rest
    if recording.traffic:
        evidence = evidence.merged(recording.traffic.after)
    return Texts(evidence)


def _pings(design: CloudDesign, rest: Evidence, names: Collection[str]) -> dict[str, list[str]]:
    """A client pings its hubs; the hub pings clients that cannot be asked themselves."""
    found: dict[str, list[str]] = {}
    asked = set(names) - set(rest.unreachable)
    for client, hub in _pairs(design):
        here, there = (client, hub) if client.name in asked else (hub, client)
        if here.name not in asked or there.nbma_address is None or _is_up(rest, here, there):
            continue
        pings = found.setdefault(here.name, [])
        if len(pings) < MOST_PINGS:
            pings.append(commands.underlay_ping(here, str(there.nbma_address)))
    return found


def _is_up(rest: Evidence, device: RouterDesign, peer: RouterDesign) -> bool:
    try:
        return view(rest, device, peer).state == "UP"
    except NoEvidenceError:
        return False


def _pairs(design: CloudDesign) -> list[tuple[RouterDesign, RouterDesign]]:
    return [(link.device, link.towards) for link in links(design)]
