"""The sections of a configuration in the order in which IOS prints them.

A section says when a router has it, which template writes it, and what it depends on: routers of
one cloud with equal keys get one and the same text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dmvpn_auto.design.types import (
    Eigrp,
    Odr,
    Ospfv3,
    PrefixList,
    ProviderBgp,
    RouterDesign,
    Static,
)

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


_FREE = {
    "vrf.j2": "vrf", "dns.j2": "dns", "overlay/key_chain.j2": "keys", "underlay.j2": "wan",
    "default_route.j2": "routes", "overlay/static.j2": "routes", "acl.j2": "acl",
    "prefix_list.j2": "filters", "mpls.j2": "mpls", "default_route_ipv6.j2": "routes",
    "overlay/static_ipv6.j2": "routes", "acl_ipv6.j2": "acl", "prefix_list_ipv6.j2": "filters",
    "overlay/ospfv3_route_map.j2": "filters",
}  # fmt: skip
_FOLDERS = {"crypto": "crypto", "tunnel": "tunnel", "overlay": "routing", "provider": "provider"}


def free_name(template: str) -> str:
    """Return what free lines call the section that a template writes."""
    folder = template.removesuffix(".j2").partition("/")[0]
    return _FREE.get(template) or _FOLDERS.get(folder, folder)


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
    own = overlay.kind not in {"static", "ospfv3"} and not (
        isinstance(overlay, Odr) and not overlay.process
    )
    provider = underlay.provider if underlay else None
    if provider is None:
        return [f"overlay/{overlay.kind}.j2"] if own else []
    found: list[tuple[int, int, str]] = []
    if own:
        found.append((*_place(overlay), f"overlay/{overlay.kind}.j2"))
    if not (isinstance(provider, ProviderBgp) and provider.in_overlay):
        found.append((*_place(provider), f"provider/{provider.kind}.j2"))
    return [name for *_, name in sorted(found)]


def _place(process: Any) -> tuple[int, int]:
    kind = "bgp" if "bgp" in process.kind else process.kind
    return _PROCESSES.index(kind), getattr(process, "process", 0)


def _first_process(router: RouterDesign) -> str | None:
    return next(iter(_processes(router)), None)


def _second_process(router: RouterDesign) -> str | None:
    return next(iter(_processes(router)[1:]), None) if router.underlay else None


def _ipv6_routing(router: RouterDesign) -> str | None:
    tunnel = router.tunnel
    return "ipv6_routing.j2" if tunnel.ipv6 or tunnel.ipv6_transport else None


def _ospfv3(router: RouterDesign) -> str | None:
    if router.tunnel.ipv6 is None:
        return None
    return "overlay/ospfv3.j2" if router.overlays[-1].kind == "ospfv3" else None


def _static(router: RouterDesign) -> str | None:
    static = isinstance(router.overlay, Static) and router.overlay.family == "ipv4"
    return "overlay/static.j2" if static else None


def _static_ipv6(router: RouterDesign) -> str | None:
    if router.tunnel.ipv6 is None:
        return None
    overlay = router.overlays[-1]
    static = isinstance(overlay, Static) and overlay.family == "ipv6"
    return "overlay/static_ipv6.j2" if static else None


def _default_route(router: RouterDesign) -> str | None:
    underlay = router.underlay
    if underlay is None or underlay.family == "ipv6":
        return None
    has_route = (underlay.gateway or underlay.negotiated) and not underlay.provider
    return "default_route.j2" if has_route else None


def _default_route_ipv6(router: RouterDesign) -> str | None:
    underlay = router.underlay
    given = underlay and underlay.family == "ipv6" and underlay.gateway
    return "default_route_ipv6.j2" if given else None


def _acl(router: RouterDesign) -> str | None:
    underlay = router.underlay
    if underlay is None or underlay.acl is None:
        return None
    return "acl_ipv6.j2" if underlay.family == "ipv6" else "acl.j2"


def _connected(router: RouterDesign) -> PrefixList | None:
    if router.tunnel.ipv6 is None:
        return None
    overlay = router.overlays[-1]
    return overlay.connected if isinstance(overlay, Ospfv3) else None


SECTIONS = (
    Section(lambda r: "vrf.j2" if r.vrfs else None, lambda r: r.vrfs),
    Section(lambda r: "dns.j2" if r.dns else None),
    Section(_ipv6_routing),
    Section(_key_chain, lambda r: getattr(r.overlay, "key", None)),
    Section(lambda r: "cdp.j2" if isinstance(r.overlay, Odr) else None, lambda _: None),
    Section(_crypto, lambda r: r.crypto),
    Section(_tunnel),
    Section(lambda r: "underlay.j2" if r.underlay else None),
    Section(_ospfv3),
    Section(_first_process),
    Section(_second_process),
    Section(_default_route),
    Section(_static),
    Section(lambda r: _acl(r) if not r.tunnel.ipv6_transport else None),
    Section(lambda r: "prefix_list.j2" if r.prefix_lists else None),
    Section(_default_route_ipv6),
    Section(_static_ipv6),
    Section(lambda r: "prefix_list_ipv6.j2" if r.tunnel.ipv6 and r.ipv6_prefix_lists else None),
    Section(lambda r: "overlay/ospfv3_route_map.j2" if _connected(r) else None),
    Section(lambda r: _acl(r) if r.tunnel.ipv6_transport else None),
    Section(lambda r: "mpls.j2" if r.tunnel.mpls == "ip" else None),
)
