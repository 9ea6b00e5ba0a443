"""The intent of a cloud with its general questions answered once, for all routers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from dmvpn_auto.design.types import Address, Family, Network
from dmvpn_auto.models import Cloud, Defaults, Hub, Router
from dmvpn_auto.models.overlay import Ospf, ToSpokes

_NOTHING = Defaults()
_NO_SOURCE = ""
_OWN = {"free"}  # what routers have of each of them, not of the nearest (design/free.py)
_NETWORKS: dict[Family, type[Network]] = {"ipv4": IPv4Network, "ipv6": IPv6Network}
_DEFAULTS: dict[Family, Network] = {
    "ipv4": IPv4Network("0.0.0.0/0"),
    "ipv6": IPv6Network("::/0"),
}
_MTU = {"ipv4": 1400, "ipv6": 1380}  # by family of the transport; docs/ipv6.md derives them
_ID_BASE = int(IPv4Address("10.0.0.0"))


def told(intent: Cloud) -> ToSpokes:
    """Return what the hubs of a cloud tell its spokes: given, else by what there is to tell."""
    overlay = intent.overlay
    given = overlay.summaries or any(hub.summaries for hub in intent.hubs.values())
    summary = bool(given) and not isinstance(overlay, Ospf)
    return overlay.to_spokes or ("summary" if summary else "specific")


def order(prefix: Network) -> tuple[int, int]:
    """Sort prefixes of one family as IOS does: by number, the wider first."""
    return int(prefix.network_address), prefix.prefixlen


def families(intent: Cloud) -> tuple[Family, ...]:
    """Return what the overlay carries."""
    tunnel = intent.tunnel
    given: tuple[tuple[Family, object], ...] = (
        ("ipv4", tunnel.subnet),
        ("ipv6", tunnel.ipv6_subnet),
    )
    return tuple(family for family, subnet in given if subnet is not None)


def transport(intent: Cloud) -> Family:
    """Return what carries the tunnels: what the first hub's NBMA address is."""
    first = next(iter(intent.hubs.values()))
    return "ipv6" if isinstance(first.nbma, IPv6Address) else "ipv4"


def mtu(intent: Cloud, family: Family = "ipv4") -> int:
    """Return the largest packet in the tunnel: given, else what leaves room in 1500 bytes."""
    tunnel = intent.tunnel
    own = tunnel.ipv6_mtu if family == "ipv6" else None
    return own or tunnel.ip_mtu or _MTU[transport(intent)]


def router_ids(addresses: Mapping[str, Address]) -> Mapping[str, IPv4Address]:
    """Return router ids for routers that have IPv6 alone: 10 and the last three bytes."""
    return {
        name: IPv4Address(_ID_BASE | int(address) & 0xFFFFFF) for name, address in addresses.items()
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """What the resolvers of single features need to know about one family of the overlay."""

    name: str
    intent: Cloud
    addresses: Mapping[str, Address]
    """Tunnel address of each router."""
    family: Family = "ipv4"
    ids: Mapping[str, IPv4Address] = field(default_factory=dict)
    """Router id of each router that gives none."""
    _neighbors: dict[tuple[str, ...], tuple[Address, ...]] = field(default_factory=dict)
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

    @property
    def subnet(self) -> Network:
        """The tunnel subnet of the family; raises LookupError where the overlay has none."""
        tunnel = self.intent.tunnel
        subnet = tunnel.subnet if self.family == "ipv4" else tunnel.ipv6_subnet
        if subnet is None:
            raise LookupError(self.family)
        return subnet

    @property
    def default(self) -> Network:
        """The default route of the family."""
        return _DEFAULTS[self.family]

    def named(self, name: str) -> str:
        """Return the name of an object of which each family has its own."""
        return name if self.family == "ipv4" else f"{name}-V6"

    def of_family(self, prefixes: tuple[Network, ...]) -> tuple[Network, ...]:
        """Return those of `prefixes` that the family has, sorted."""
        kind = _NETWORKS[self.family]
        return tuple(sorted((p for p in prefixes if isinstance(p, kind)), key=order))

    def networks(self, router: Router) -> tuple[Network, ...]:
        """Return the LAN prefixes of a router in the order in which IOS prints them."""
        kind = _NETWORKS[self.family]
        found = [lan.prefix for lan in router.lan if type(lan.prefix) is kind]
        return tuple(found) if len(found) < 2 else tuple(sorted(found, key=order))

    def router_id(self, name: str, router: Router) -> IPv4Address:
        """Return the router id: given, else that of the tunnel address."""
        return router.router_id or self.ids[name]

    def summaries(self, hub: Hub) -> tuple[Network, ...]:
        """Return the summaries that a hub tells its spokes; none unless that is its task.

        An OSPF hub tells them to the backbone, as its spokes are in the area that they stand for.
        """
        if self.to_spokes != "summary" and not isinstance(self.intent.overlay, Ospf):
            return ()
        own = hub.summaries if hub.summaries is not None else self.intent.overlay.summaries
        return self.of_family(own)

    def hub_names(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return the hubs with which a spoke registers, in intent order, unknown ones left out."""
        hubs = self.intent.hubs
        return tuple(name for name in hubs if not wanted or name in wanted)

    def neighbors(self, hubs: tuple[str, ...]) -> tuple[Address, ...]:
        """Return the tunnel addresses of hubs; equal ones are one object."""
        known = self._neighbors.get(hubs)
        if known is None:
            known = self._neighbors[hubs] = tuple(self.addresses[hub] for hub in hubs)
        return known

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

    def downstream(self, name: str) -> tuple[str, ...]:
        """Return the regional hubs right below a hub."""
        hubs = self.intent.hubs
        return tuple(other for other, hub in hubs.items() if name in hub.upstream and other != name)

    def registers_with(self, name: str) -> tuple[str, ...]:
        """Return the hubs whose client a hub is."""
        return self.peers(name) + self.upstream(name)

    def inherited(self, router: Router) -> Defaults:
        """Return what a router gets from its site and group, the site first."""
        key = (router.site, router.group)
        if key not in self._inherited:
            site = self.intent.sites.get(router.site or "", _NOTHING)
            group = self.intent.groups.get(router.group or "", _NOTHING)
            values = group.model_dump(exclude=_OWN, exclude_none=True)
            values |= site.model_dump(exclude=_OWN, exclude_none=True)
            self._inherited[key] = Defaults.model_construct(**values)
        return self._inherited[key]

    def source(self, router: Router) -> str:
        """Return the tunnel source of a router; empty when nobody names one."""
        inherited = router.source or self.inherited(router).source
        return inherited or self.intent.transport.source or _NO_SOURCE
