"""Which prefixes may stand in a router's table by the tunnel, from what the others announce."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property
from ipaddress import ip_network

from dmvpn_auto.design.types import (
    CloudDesign,
    EbgpHub,
    Eigrp,
    Family,
    IbgpReflector,
    Network,
    Odr,
    Ospf,
    Overlay,
    Rip,
    Role,
    RouterDesign,
    Static,
)

DEFAULT: dict[Family, str] = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}


class Announced:
    """What may come by the tunnels of one cloud."""

    def __init__(self, cloud: CloudDesign) -> None:
        self._hubs = {hub.name: hub for hub in cloud.hubs}
        self._lans = frozenset(str(lan) for router in cloud.routers for lan in router.lans)

    def at(self, device: RouterDesign) -> Collection[str]:
        """Return the prefixes that `device` may have by the tunnel.

        A hub may have any LAN and what hubs beside and above it sum up; a spoke has what its hubs
        let through.
        """
        if isinstance(device.overlay, Static):
            return frozenset(str(route.prefix) for route in device.overlay.routes)
        if device.role is Role.HUB:
            return self._at_hubs
        heard = frozenset(nhs.hub for nhs in device.tunnel.nhrp.nhs) or frozenset(self._hubs)
        return self._from(heard)

    @cached_property
    def _at_hubs(self) -> frozenset[str]:
        sums = {str(one) for hub in self._hubs.values() for one in _summaries(hub.overlay)}
        return self._lans | sums | frozenset(DEFAULT.values())

    @cache  # noqa: B019 - lives as long as one judgement
    def _from(self, heard: frozenset[str]) -> frozenset[str]:
        """Return what these hubs together may tell a spoke."""
        overlays = [hub.overlay for name, hub in self._hubs.items() if name in heard]
        return frozenset().union(*(_from_hub(overlay, self._lans) for overlay in overlays))


def _from_hub(overlay: Overlay, lans: frozenset[str]) -> frozenset[str]:
    sums = tuple(_summaries(overlay))
    said = frozenset(map(str, sums))
    match overlay:
        case IbgpReflector() | EbgpHub() if overlay.only is not None:
            return frozenset(map(str, overlay.only.prefixes))
        case IbgpReflector() | EbgpHub() if not overlay.summary_only:
            return said | lans
        case IbgpReflector() | EbgpHub() | Eigrp() | Rip():
            return said | frozenset(_beside(lans, sums))
        case Odr():
            return frozenset({DEFAULT["ipv4"]})
        case _:
            return said | lans


def default_of(overlay: Overlay) -> Network | None:
    """Return the default route that the overlay announces, None when it announces none."""
    if getattr(overlay, "default_originate", False):
        return ip_network(DEFAULT[getattr(overlay, "family", "ipv4")])
    return None


def _summaries(overlay: Overlay) -> Iterator[Network]:
    if isinstance(overlay, IbgpReflector | EbgpHub | Eigrp | Rip | Ospf):
        yield from overlay.summaries
    default = default_of(overlay)
    if default is not None:
        yield default


def _beside(lans: Iterable[str], summaries: Collection[Network]) -> Iterator[str]:
    """Yield the LANs that no summary suppresses; a default suppresses nothing in BGP and RIP."""
    real = [one for one in summaries if one.prefixlen]
    for lan in lans:
        network = ip_network(lan)
        if not any(
            network.version == one.version and network.subnet_of(one)  # type: ignore[arg-type]  # of one version
            for one in real
        ):
            yield lan
