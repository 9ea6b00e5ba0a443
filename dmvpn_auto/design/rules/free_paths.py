"""Rules about free lines that lead packets: into the tunnel that carries them, or into another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, ip_network

from dmvpn_auto.design.rules.base import Breach, Place, Rule, View
from dmvpn_auto.design.rules.free import PlacedLine, free_lines
from dmvpn_auto.design.types import RouterDesign

_CONNECTED = re.compile(r"redistribute connected(?!.* route-map )")
_ROUTE = re.compile(r"ip route (?P<prefix>\d\S+) (?P<mask>\d\S+) (?P<hop>\S+)")
_TUNNEL = re.compile(r"interface Tunnel ?(?P<number>\d+)$")


class FreeRecursion(Rule):
    """A line that brings the WAN into the overlay, or the way to an NBMA address into the tunnel,
    makes the tunnel carry itself; on multipoint tunnels IOS does not even report it.
    """

    id = "free-line-recursion"
    fix = "set transport.front_vrf, announce by a route-map, or route by the WAN's gateway"
    source = "recursive routing, as of overlay-covers-nbma"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for connected prefixes in the overlay and for static routes over NBMA addresses."""
        underlay = cloud.intent.transport
        if underlay.front_vrf is not None or underlay.inside_vrf is not None:
            return
        known = [(r.nbma_address, r.name) for r in cloud.design.routers]
        ends = [(ip, name) for ip, name in known if isinstance(ip, IPv4Address)]
        told: set[Place] = set()
        for line in free_lines(cloud):
            if line.at in told or line.place == "absent":
                continue
            told.add(line.at)
            if line.section == "routing" and _CONNECTED.match(line.text):
                yield Breach(line.at, "the overlay tells of connected prefixes, the WAN's too")
            prefix = _into(line.router, line.text)
            inside = [name for ip, name in ends if prefix is not None and ip in prefix]
            if inside:
                message = f"{prefix} covers the NBMA address of {inside[0]}, by way of the tunnel"
                yield Breach(line.at, message)


def _into(router: RouterDesign, text: str) -> IPv4Network | None:
    """Return what a static route sends into the tunnel."""
    found = _ROUTE.match(text)
    if found is None:
        return None
    try:
        prefix = ip_network(f"{found['prefix']}/{found['mask']}")
    except ValueError:
        return None
    tunnel = router.tunnel
    into = found["hop"] == tunnel.interface or _inside(found["hop"], router)
    return prefix if into and isinstance(prefix, IPv4Network) else None


def _inside(hop: str, router: RouterDesign) -> bool:
    try:
        return IPv4Address(hop) in router.tunnel.address.network
    except ValueError:
        return False


class FreeTunnel(Rule):
    """A second tunnel of free lines on the cloud's tunnel source follows the rules of two clouds: a
    key of its own, and `shared` on both where both are protected.
    """

    id = "free-tunnel-source"
    fix = "make the other tunnel a cloud of its own, or give it another source, key and `shared`"
    source = "Cisco, Sharing IPsec with Tunnel Protection; IOS: tunnel key"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each tunnel that free lines make with the cloud's."""
        lines = [line for line in free_lines(cloud) if line.place != "absent"]
        told: set[Place] = set()
        for index, line in enumerate(lines):
            if line.depth or not _TUNNEL.match(line.text):
                continue
            said: dict[str, str] = {}
            for below in lines[index + 1 :]:
                if not below.depth or below.at[:-1] != line.at[:-1]:
                    break
                words = below.text.split(maxsplit=2)
                said[" ".join(words[:2])] = words[2] if len(words) > 2 else ""
            if line.at not in told and (message := _clash(line, said)):
                told.add(line.at)
                yield Breach(line.at, message)


def _clash(line: PlacedLine, said: dict[str, str]) -> str | None:
    ours, name = line.router.tunnel, line.text.removeprefix("interface ")
    if said.get("tunnel source") != ours.source_interface:
        return None
    many = said.get("tunnel mode", "").startswith("gre multipoint") and ours.destination is None
    if many and said.get("tunnel key") == (None if ours.key is None else str(ours.key)):
        key = "no key" if ours.key is None else f"key {ours.key}"
        return f"{name} and {ours.interface} both start at {ours.source_interface} with {key}"
    theirs = said.get("tunnel protection")
    if theirs and line.router.crypto and not (ours.shared and theirs.endswith(" shared")):
        return f"{name} and {ours.interface} both protect {ours.source_interface}, not as shared"
    return None


RULES: tuple[type[Rule], ...] = (FreeRecursion, FreeTunnel)
