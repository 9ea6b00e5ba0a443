"""The sections of a configuration in the order in which IOS prints them.

A section says when a router has it, which template writes it, and what it depends on: routers of
one cloud with equal keys get one and the same text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dmvpn_auto.design.types import Eigrp, Odr, ProviderBgp, RouterDesign

_PROCESSES = ("eigrp", "eigrp-named", "ospf", "rip", "odr", "bgp")
"""Routing processes in the order in which IOS shows them."""

_TUNNELS = {"ospf": "ospf", "eigrp": "eigrp", "rip": "rip", "odr": "odr"}
"""Overlay -> template of the tunnel, for overlays that add lines to the interface."""


@dataclass(frozen=True, slots=True)
class Section:
    """`template` gives the name, None where the router has no such section."""

    template: Callable[[RouterDesign], str | None]
    key: Callable[[RouterDesign], object] | None = None
    """What the text depends on; None: on the router as a whole."""


def _crypto(router: RouterDesign) -> str | None:
    return f"crypto/{router.crypto.kind}.j2" if router.crypto else None


def _key_chain(router: RouterDesign) -> str | None:
    overlay = router.overlay
    return "overlay/key_chain.j2" if isinstance(overlay, Eigrp) and overlay.key else None


def _tunnel(router: RouterDesign) -> str:
    special = _TUNNELS.get(router.overlay.kind)
    return f"tunnel/{special}.j2" if special else "tunnel.j2"


def _processes(router: RouterDesign) -> list[str]:
    """Return the templates of the routing processes: the overlay's and the provider's."""
    overlay, underlay = router.overlay, router.underlay
    found: list[tuple[int, int, str]] = []
    if overlay.kind != "static" and not (isinstance(overlay, Odr) and not overlay.process):
        found.append((*_place(overlay), f"overlay/{overlay.kind}.j2"))
    provider = underlay.provider if underlay else None
    if provider and not (isinstance(provider, ProviderBgp) and provider.in_overlay):
        found.append((*_place(provider), f"provider/{provider.kind}.j2"))
    return [name for *_, name in sorted(found)]


def _place(process: Any) -> tuple[int, int]:
    kind = "bgp" if "bgp" in process.kind else process.kind
    return _PROCESSES.index(kind), getattr(process, "process", 0)


def _first_process(router: RouterDesign) -> str | None:
    return next(iter(_processes(router)), None)


def _second_process(router: RouterDesign) -> str | None:
    return next(iter(_processes(router)[1:]), None) if router.underlay else None


def _static(router: RouterDesign) -> str | None:
    return "overlay/static.j2" if router.overlay.kind == "static" else None


def _default_route(router: RouterDesign) -> str | None:
    underlay = router.underlay
    has_route = underlay and (underlay.gateway or underlay.negotiated) and not underlay.provider
    return "default_route.j2" if has_route else None


SECTIONS = (
    Section(lambda r: "vrf.j2" if r.vrfs else None, lambda r: r.vrfs),
    Section(lambda r: "dns.j2" if r.dns else None),
    Section(_key_chain, lambda r: getattr(r.overlay, "key", None)),
    Section(_crypto, lambda r: r.crypto),
    Section(_tunnel),
    Section(lambda r: "underlay.j2" if r.underlay else None),
    Section(_first_process),
    Section(_second_process),
    Section(_default_route),
    Section(_static),
    Section(lambda r: "acl.j2" if r.underlay and r.underlay.acl else None),
    Section(lambda r: "prefix_list.j2" if r.prefix_lists else None),
    Section(lambda r: "mpls.j2" if r.tunnel.mpls == "ip" else None),
)
