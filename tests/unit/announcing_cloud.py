"""A `PrintedCloud` whose routing tables hold what the design announces, summaries and defaults too.

Prefixes with several next hops are printed once, as IOS does.
"""

from __future__ import annotations

from functools import cached_property

from dmvpn_auto.design.sides import sides
from dmvpn_auto.design.types import Network, Role, RouterDesign, Static
from dmvpn_auto.verify.announced import Announced
from dmvpn_auto.verify.reach import lans_inside, next_hops
from tests.unit.printed_cloud import PrintedCloud
from tests.unit.printed_routing import path, sent, shown, table


class AnnouncingCloud(PrintedCloud):
    """Routers whose tables are as `verify` wants them."""

    @cached_property
    def _announced(self) -> dict[int, Announced]:
        return {side.tunnel_subnet.version: Announced(side) for side in sides(self.design)}

    def _routes(self, side: RouterDesign) -> str:
        version, near = side.tunnel.address.version, self.near(side)
        code = {"o": "O", "s": "S"}.get(side.overlay.kind[0], "B")
        heard = self._static(side) if isinstance(side.overlay, Static) else self._learnt(side)
        allowed = self._announced[version].at(side)
        paths: dict[Network, dict[str, None]] = {}
        for via, prefix in heard if near else ():
            if str(prefix) in allowed and prefix not in side.lans:
                hop = shown(next_hops(via)[-1 if code == "O" else 0])
                paths.setdefault(prefix, {})[hop] = None
        interface = side.tunnel.interface if code == "O" else ""
        rows = [path(code, prefix, hops, interface) for prefix, hops in paths.items()]
        tunnel = side.tunnel
        carried = tunnel.ipv6_transport == (version == 6) and tunnel.front_vrf == tunnel.inside_vrf
        return table(rows, six=version == 6, default=carried)

    def _static(self, side: RouterDesign) -> list[tuple[RouterDesign, Network]]:
        assert isinstance(side.overlay, Static)
        near = {one.tunnel.address.ip: one for one in self.near(side)}
        routes = side.overlay.routes
        return [(near[one.next_hop], one.prefix) for one in routes if one.next_hop in near]

    def _learnt(self, side: RouterDesign) -> list[tuple[RouterDesign, Network]]:
        near = self.near(side)
        hubs = [one for one in near if one.role is Role.HUB]
        found = [(hub, prefix) for hub in hubs for prefix in sent(hub.overlay)]
        links = self.links[f"ipv{side.tunnel.address.version}"]
        for other in {one.name: one for pair in links for one in pair}.values():
            direct = other in near or (side.phase == 2 and self.word(other) == "UP")
            if other.name != side.name and (direct or (hubs and self.word(other) == "UP")):
                via = other if direct else hubs[0]
                found += [(via, lan) for lan in lans_inside(other)]
        return found
