"""Free lines of each router: whose they are, and which sections there are to hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.free_lint import GLOBAL
from dmvpn_auto.design.types import Eigrp, FreeText, Odr, ProviderBgp, RouterDesign, Static
from dmvpn_auto.models import Cloud, Defaults, Router
from dmvpn_auto.models.free import Free

INSIDE = ("tunnel", "wan", "routing", "provider", "acl")
"""Sections that are one block, so that a line can stand inside."""


def _own_process(router: RouterDesign) -> bool:
    provider = router.underlay.provider if router.underlay else None
    return provider is not None and not (isinstance(provider, ProviderBgp) and provider.in_overlay)


def _process(router: RouterDesign) -> bool:
    overlay = router.overlay
    if isinstance(overlay, Odr):
        return overlay.process
    return not isinstance(overlay, Static)


def _routes(router: RouterDesign) -> bool:
    wan = router.underlay
    default = wan is not None and bool(wan.gateway or wan.negotiated) and not wan.provider
    return default or any(isinstance(overlay, Static) for overlay in router.overlays)


HELD: Mapping[str, Callable[[RouterDesign], bool]] = {
    "vrf": lambda r: bool(r.vrfs),
    "dns": lambda r: r.dns is not None,
    "keys": lambda r: isinstance(r.overlay, Eigrp) and r.overlay.key is not None,
    "crypto": lambda r: r.crypto is not None,
    "tunnel": lambda _r: True,
    "wan": lambda r: r.underlay is not None,
    "routing": _process,
    "provider": _own_process,
    "routes": _routes,
    "acl": lambda r: r.underlay is not None and r.underlay.acl is not None,
    "filters": lambda r: bool(r.prefix_lists or r.ipv6_prefix_lists),
    "mpls": lambda r: r.tunnel.mpls == "ip",
}
"""Section -> whether a router has it."""

Placed = Literal["before", "inside", "after"]
PLACES: tuple[Placed, ...] = ("before", "inside", "after")
Given = tuple[tuple[str, ...], Free]
"""(keys that lead to the lines in the intent, the lines)."""


def given(intent: Cloud, name: str, router: Router) -> Iterator[Given]:
    """Yield the free lines that apply to a router: of the cloud, its group, its site, its own."""
    section = "hubs" if name in intent.hubs else "spokes"
    for at, owner in (
        ((), intent),
        (("groups", router.group or ""), intent.groups.get(router.group or "")),
        (("sites", router.site or ""), intent.sites.get(router.site or "")),
        ((section, name), router),
    ):
        if owner is not None and owner.free:
            yield (*at, "free"), owner.free


def free_lines(facts: Facts, name: str, router: Router) -> tuple[FreeText, ...]:
    """Return the free lines of a router, by section and place, in the order of their owners."""
    found: dict[tuple[str, Placed], list[str]] = {}
    for _, owned in given(facts.intent, name, router):
        for section, lines in owned.items():
            for place in PLACES:
                if text := getattr(lines, place):
                    found.setdefault((section, place), []).extend(text)
    return tuple(
        FreeText(section=section, place=place, lines=tuple(lines))
        for (section, place), lines in found.items()
    )


def absent_lines(facts: Facts, name: str, router: Router) -> tuple[FreeText, ...]:
    """Return the free lines that shall not be there, each where it would stand."""
    found: dict[tuple[str, Placed], list[str]] = {}
    for _, owned in given(facts.intent, name, router):
        for section, lines in owned.items():
            place: Placed = "after"
            for line in lines.absent:
                if not line.startswith(" "):
                    place = "after" if is_global(section, line) else "inside"
                found.setdefault((section, place), []).append(line)
    return tuple(
        FreeText(section=section, place=place, lines=tuple(lines))
        for (section, place), lines in found.items()
    )


def is_global(section: str, line: str) -> bool:
    """Whether an absent line belongs into the global configuration, not inside its section."""
    return section not in INSIDE or bool(GLOBAL.match(line))


def any_free(intent: Cloud) -> bool:
    """Whether any router can have free lines."""
    owners: tuple[Defaults, ...] = (
        *intent.groups.values(), *intent.sites.values(), *intent.hubs.values(),
        *intent.spokes.values(),
    )  # fmt: skip
    return bool(intent.free) or any(owner.free for owner in owners)
