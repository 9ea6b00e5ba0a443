"""The intent of a cloud with its general questions answered once, for all routers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.models import Cloud, Defaults, Hub, Router
from dmvpn_auto.models.overlay import Ospf, ToSpokes

_NOTHING = Defaults()
_NO_SOURCE = ""


def told(intent: Cloud) -> ToSpokes:
    """Return what the hubs of a cloud tell its spokes: given, else by what there is to tell."""
    overlay = intent.overlay
    summary = bool(overlay.summaries) and not isinstance(overlay, Ospf)
    return overlay.to_spokes or ("summary" if summary else "specific")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the resolvers of single features need to know about the whole."""

    name: str
    intent: Cloud
    addresses: Mapping[str, IPv4Address]
    """Tunnel address of each router."""
    _inherited: dict[tuple[str | None, str | None], Defaults] = field(default_factory=dict)

    @property
    def network_id(self) -> int:
        """The NHRP network id: given, else the tunnel key, else 1; 0 where there is no NHRP."""
        if self.intent.phase == 0:
            return 0
        return self.intent.nhrp.network_id or self.intent.tunnel.key or 1

    @property
    def to_spokes(self) -> ToSpokes:
        """What hubs tell spokes."""
        return told(self.intent)

    def summaries(self, hub: Hub) -> tuple[IPv4Network, ...]:
        """Return the summaries that a hub tells its spokes; none unless that is its task.

        An OSPF hub tells them to the backbone, as its spokes are in the area that they stand for.
        """
        if self.to_spokes != "summary" and not isinstance(self.intent.overlay, Ospf):
            return ()
        own = hub.summaries if hub.summaries is not None else self.intent.overlay.summaries
        return tuple(sorted(own))

    def hub_names(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return the hubs with which a spoke registers, in intent order, unknown ones left out."""
        hubs = self.intent.hubs
        return tuple(name for name in hubs if not wanted or name in wanted)

    def peers(self, name: str) -> tuple[str, ...]:
        """Return the hubs beside a top-level hub; a regional hub has none."""
        hubs = self.intent.hubs
        if hubs[name].upstream:
            return ()
        return tuple(other for other, hub in hubs.items() if other != name and not hub.upstream)

    def upstream(self, name: str) -> tuple[str, ...]:
        """Return the hubs above a regional hub."""
        hubs = self.intent.hubs
        return tuple(other for other in hubs[name].upstream if other in hubs and other != name)

    def registers_with(self, name: str) -> tuple[str, ...]:
        """Return the hubs whose client a hub is."""
        return self.peers(name) + self.upstream(name)

    def inherited(self, router: Router) -> Defaults:
        """Return what a router gets from its site and group, the site first."""
        key = (router.site, router.group)
        if key not in self._inherited:
            site = self.intent.sites.get(router.site or "", _NOTHING)
            group = self.intent.groups.get(router.group or "", _NOTHING)
            values = group.model_dump(exclude_none=True) | site.model_dump(exclude_none=True)
            self._inherited[key] = Defaults.model_construct(**values)
        return self._inherited[key]

    def source(self, router: Router) -> str:
        """Return the tunnel source of a router; empty when nobody names one."""
        inherited = router.source or self.inherited(router).source
        return inherited or self.intent.transport.source or _NO_SOURCE
