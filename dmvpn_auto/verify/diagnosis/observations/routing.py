"""Facts about the overlay neighbors and the routes."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from dmvpn_auto.observe.evidence import Route
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import End, Unknown
from dmvpn_auto.verify.diagnosis.facts import Fact, Line, Question, ask_for, question, shown
from dmvpn_auto.verify.diagnosis.settings import Setting
from dmvpn_auto.verify.diagnosis.sheet import HUB, SPOKE, Sheet
from dmvpn_auto.verify.diagnosis.wording import protocol
from dmvpn_auto.verify.reach import lans_inside, next_hops

SAMPLE = 20
"""Spokes that are asked for routes to each other; a filter at the hub concerns all alike."""
LISTEN_LIMIT = 100
"""How many dynamic neighbors IOS takes when nothing is said."""


@question()
def neighbor_missing(sheet: Sheet) -> Fact:
    """The overlay neighbor is not up on one end or the other."""
    known = [end for end in (sheet.spoke, sheet.hub) if end.adjacency is not None]
    if not known:
        return Fact(None)
    down = [end for end in known if end.adjacency and end.adjacency.state != "up"]
    lines: tuple[tuple[str, str], ...] = ()
    for end in down:
        said = end.adjacency.lines if end.adjacency else ()
        lines += shown(end, *(said or (f"no {protocol(end.router)} neighbor {end.peer_tunnel}",)))
    return Fact(bool(down), lines)


def neighbor_is(*wanted: str) -> Question:
    """The overlay neighbor hangs in a state that begins so, on either end."""

    def ask(sheet: Sheet) -> Fact:
        for end in (sheet.spoke, sheet.hub):
            if end.adjacency is not None and end.adjacency.state.startswith(wanted):
                return Fact(True, shown(end, *end.adjacency.lines))
        known = sheet.spoke.adjacency is not None and sheet.hub.adjacency is not None
        return Fact(False if known else None)

    return Question(f"the neighbor is {' or '.join(wanted)}", ask)


def overlay_is(*kinds: str) -> Question:
    """The overlay protocol of the design is one of these."""
    return Question(
        f"the overlay is {' or '.join(kinds)}",
        lambda sheet: Fact(sheet.spoke.router.overlay.kind.startswith(kinds)),
    )


_NEEDS_NO_MAP = Fact(False)
"""A point-to-point tunnel sends multicast where it sends all else."""


@question("hub", "nhrp.multicast-dynamic")
def hub_sends_no_multicast(sheet: Sheet) -> Fact:
    """The hub does not copy multicast to the spoke."""
    if sheet.hub.router.tunnel.destination is not None:
        return _NEEDS_NO_MAP
    told = sheet.hub.multicast
    if told is None:
        return ask_for(sheet.hub, commands.multicast(sheet.hub.router))
    lines = told.lines or (f"{commands.multicast(sheet.hub.router)}: no {sheet.hub.peer_nbma}",)
    return Fact(not told.yes, shown(sheet.hub, *lines))


@question(SPOKE, "nhrp.multicast", "nhrp.nhs")
def spoke_sends_no_multicast(sheet: Sheet) -> Fact:
    """The spoke does not copy multicast to the hub."""
    if sheet.spoke.router.tunnel.destination is not None:
        return _NEEDS_NO_MAP
    told = sheet.spoke.multicast
    if told is None:
        return ask_for(sheet.spoke, commands.multicast(sheet.spoke.router))
    lines = told.lines or (f"{commands.multicast(sheet.spoke.router)}: no {sheet.spoke.peer_nbma}",)
    return Fact(not told.yes, shown(sheet.spoke, *lines))


@question(HUB, "bgp.listen-range")
def outside_listen_range(sheet: Sheet) -> Fact:
    """The listen range of the hub does not hold the spoke."""
    setting = sheet.hub.setting("bgp.listen-range")
    if not isinstance(setting, Setting):
        return Fact(None if sheet.hub.running is None else False)
    inside = ip_address(sheet.hub.peer_tunnel) in ip_network(setting.value, strict=False)
    return Fact(not inside, shown(sheet.hub, setting.line), f"`{setting.line}`")


@question(HUB, "bgp.listen-limit")
def listen_limit_reached(sheet: Sheet) -> Fact:
    """The hub takes fewer dynamic neighbors than it has spokes."""
    setting, listens = sheet.hub.setting("bgp.listen-limit"), sheet.hub.setting("bgp.listen-range")
    if isinstance(setting, Unknown) or not isinstance(listens, Setting):
        return Fact(None if sheet.hub.running is None else False)
    limit = int(setting.value) if setting else LISTEN_LIMIT
    line = setting.line if setting else f"{listens.line} (no limit: {LISTEN_LIMIT})"
    spokes = len(sheet.crowd.of_hub(sheet.hub.name))
    return Fact(limit < spokes, shown(sheet.hub, line), f"`{line}` for {spokes} spokes")


@question(HUB)
def spokes_lack_other_lans(sheet: Sheet) -> Fact:
    """The hub has routes to the LANs of its spokes, which have none to each other's."""
    return sheet.crowd.once("lans", sheet.hub.name, lambda: _lack(sheet))


def _lack(sheet: Sheet) -> Fact:
    lines: list[Line] = []
    near = [one for one in sheet.crowd.of_hub(sheet.hub.name) if _adjacent(one)][:SAMPLE]
    if len(near) < 2:
        return Fact(None)
    for one in near:
        known, covered = _other_lans(one)
        if known is None:
            return Fact(None, probe=((one.spoke.name, commands.routes(one.spoke.router)),))
        if covered or not known:
            return Fact(False)
        lines += [*known[:1], (one.spoke.name, "no route to the LAN of another spoke")]
    return Fact(True, tuple(lines[:6]))


def _adjacent(sheet: Sheet) -> bool:
    return sheet.spoke.adjacency is not None and sheet.spoke.adjacency.state == "up"


def _other_lans(sheet: Sheet) -> tuple[tuple[Line, ...] | None, bool]:
    """Return the hub's routes to LANs of other spokes, and whether this spoke can reach one."""
    spoke, hub = sheet.spoke, sheet.hub
    if spoke.routes is None or hub.routes is None:
        return None, False
    known: tuple[Line, ...] = ()
    for other in sheet.crowd.design.spokes[:SAMPLE]:
        lans = lans_inside(other)
        if other.name == spoke.name or not lans:
            continue
        address = str(lans[0].network_address + 1)
        at_hub, here = hub.routes.best(address), spoke.routes.best(address)
        if at_hub is not None and at_hub.next_hop in next_hops(other):
            known += shown(hub, *at_hub.lines)
        if here is not None and here.next_hop is not None and _leads_inside(spoke, here):
            return known, True
    return known, False


def _leads_inside(end: End, route: Route) -> bool:
    """Whether a route leads into the tunnel: by its interface, or to an address of its subnet."""
    tunnel, hop = end.router.tunnel, route.next_hop
    if route.interface == tunnel.interface:
        return True
    return hop is not None and ip_address(hop) in tunnel.address.network


@question(SPOKE)
def underlay_through_tunnel(sheet: Sheet) -> Fact:
    """The route to the NBMA address of the hub leads into the tunnel itself."""
    spoke = sheet.spoke
    if spoke.underlay is None or spoke.peer_nbma is None:
        return ask_for(spoke, commands.underlay_routes(spoke.router))
    route = spoke.underlay.best(spoke.peer_nbma)
    if route is None:
        return Fact(False)
    tunnel = spoke.router.tunnel
    # in a front-door VRF an equal address is somebody else's
    through = route.interface == tunnel.interface or (
        tunnel.front_vrf is None and _leads_inside(spoke, route)
    )
    return Fact(through, shown(spoke, *route.lines))


@question(HUB)
def hub_asks_for_other_hub(sheet: Sheet) -> Fact:
    """The hub has only a negative entry for another hub, which it is no client of."""
    rows, design = sheet.hub.rows, sheet.hub.router.tunnel.nhrp
    if rows is None:
        return ask_for(sheet.hub, commands.DMVPN)
    servers = {str(nhs.tunnel_address) for nhs in design.nhs}
    others = {str(hub.tunnel.address.ip): hub.name for hub in sheet.crowd.design.hubs
              if hub.name != sheet.hub.name}  # fmt: skip
    found = [row for row in rows if row.nbma_address == "UNKNOWN"
             and row.tunnel_address in others and row.tunnel_address not in servers]  # fmt: skip
    names = ", ".join(others[row.tunnel_address] for row in found)
    return Fact(bool(found), shown(sheet.hub, *(x for row in found for x in row.lines)), names)
