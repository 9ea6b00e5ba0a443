"""MPLS over DMVPN: which VRFs a router has, what it announces in each, what the tunnel labels."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.types import VpnFamily, Vrf, VrfLan
from dmvpn_auto.models import Lan
from dmvpn_auto.models.routers import Hub, Spoke


def labels(facts: Facts) -> Literal["ip", "nhrp"] | None:
    """Return what gives labels on the tunnel: NHRP, so that spokes can talk directly, or LDP."""
    if facts.intent.mpls is None:
        return None
    return "nhrp" if facts.intent.phase == 3 else "ip"


def vpn_vrfs(facts: Facts, router: Hub | Spoke) -> tuple[Vrf, ...]:
    """Return the VRFs that a router needs: a hub all, a spoke those that it has prefixes in."""
    if facts.intent.mpls is None:
        return ()
    used = router.vrf_lan or {}
    return tuple(
        Vrf(name=name, rd=vrf.rd, route_target=vrf.route_target or vrf.rd)
        for name, vrf in sorted(facts.intent.mpls.vrfs.items())
        if isinstance(router, Hub) or name in used
    )


def vpn(facts: Facts, router: Hub | Spoke) -> tuple[VpnFamily, ...]:
    """Return what a router announces in each of its VRFs."""
    used = router.vrf_lan or {}
    return tuple(
        VpnFamily(
            vrf=vrf.name,
            networks=tuple(sorted(prefix for prefix, _ in _ipv4(used.get(vrf.name, ())))),
        )
        for vrf in vpn_vrfs(facts, router)
    )


def vrf_lans(router: Hub | Spoke) -> tuple[VrfLan, ...]:
    """Return the prefixes behind a router in VRFs."""
    return tuple(
        VrfLan(
            vrf=name,
            prefixes=tuple(prefix for prefix, _ in _ipv4(lans)),
            addresses=tuple(address for _, address in _ipv4(lans)),
        )
        for name, lans in sorted((router.vrf_lan or {}).items())
    )


def _ipv4(lans: tuple[Lan, ...]) -> Iterator[tuple[IPv4Network, IPv4Address]]:
    """Yield what VPNv4 can carry; a rule refuses the rest: mpls-ipv6."""
    for lan in lans:
        if isinstance(lan.prefix, IPv4Network) and isinstance(lan.address, IPv4Address):
            yield lan.prefix, lan.address
