"""Which LANs of a cloud a routing table covers, and by which next hop.

With thousands of spokes, looking up each LAN in each table would take minutes. The LANs are sorted
once for the cloud; every route of a table then covers one run of them, longest prefix last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import ip_network

from dmvpn_auto.design.types import Network, Ospfv3, RouterDesign
from dmvpn_auto.observe.evidence import Route

Paths = list[Route]


class Lans:
    """The LAN prefixes of `routers`, in address order, with their owners."""

    def __init__(self, routers: Iterable[RouterDesign]) -> None:
        everyone = tuple(routers)
        found = [(prefix, owner) for owner in everyone for prefix in lans_inside(owner)]
        found.sort(key=lambda lan: _key(lan[0]))
        self.prefixes = [prefix for prefix, _ in found]
        self.owners = [owner for _, owner in found]
        self._keys = [_key(prefix) for prefix in self.prefixes]
        self._members = frozenset(hop for router in everyone for hop in next_hops(router))
        shared: dict[Network, set[str]] = defaultdict(set)
        for prefix, owner in found:
            shared[prefix].update(next_hops(owner))
        self._hops = [shared[prefix] for prefix in self.prefixes]

    def not_reached(
        self, table: Mapping[str, Paths], hubs: Collection[str], *, direct: bool = True
    ) -> Iterator[tuple[Network, RouterDesign, Paths]]:
        """Yield each LAN whose longest covering route leads neither to a hub nor, if `direct`, to
        its owner, or by one of several paths to another router of the cloud.

        `hubs` are tunnel addresses; `table` maps prefixes to paths. The paths yielded are those of
        the wrong route, empty when no route covers the LAN.
        """
        best: list[Paths | None] = [None] * len(self._keys)
        networks: list[Network] = sorted(map(ip_network, table), key=lambda n: n.prefixlen)
        good: Paths = []
        for network in networks:
            paths = table[str(network)]
            start = bisect_left(self._keys, _key(network))
            last = (int(network.broadcast_address), network.max_prefixlen + 1)
            stop = bisect_right(self._keys, last)
            hops = {path.next_hop for path in paths}
            by_hub = not hops.isdisjoint(hubs)
            inside = (hops & self._members).difference(hubs)
            if by_hub and not inside:
                best[start:stop] = [good] * (stop - start)
            elif direct:
                own = self._hops[start:stop]
                best[start:stop] = [
                    good if (by_hub or not hops.isdisjoint(h)) and inside <= h else paths
                    for h in own
                ]
            else:
                best[start:stop] = [paths] * (stop - start)
        if best.count(good) == len(best):
            return
        for place, paths_or_none in enumerate(best):
            if paths_or_none is not good:
                yield self.prefixes[place], self.owners[place], paths_or_none or []


def lans_inside(router: RouterDesign) -> tuple[Network, ...]:
    """Return the LANs of the family that is judged: that of the tunnel address."""
    return router.lan_prefixes if router.tunnel.address.version == 4 else router.lan_ipv6_prefixes


def next_hops(router: RouterDesign) -> tuple[str, ...]:
    """Return what stands for the router in routing tables: its tunnel address, a link-local one.

    OSPFv3 and EIGRP for IPv6 have link-local next hops, BGP those of its sessions.
    """
    tunnel = router.tunnel
    local = tunnel.ipv6.link_local if tunnel.ipv6 and tunnel.address.version == 6 else None
    return (str(tunnel.address.ip), *([str(local)] if local else []))


def neighbor_names(router: RouterDesign) -> tuple[str, ...]:
    """Return what an IGP calls the router: its tunnel address, in IPv6 the link-local one, in
    OSPFv3 the router ID.
    """
    ids = (str(router.overlay.router_id),) if isinstance(router.overlay, Ospfv3) else ()
    return (*next_hops(router), *ids)


def _key(prefix: Network) -> tuple[int, int]:
    """Sort by first address, larger networks first: what a network holds stands behind it."""
    return int(prefix.network_address), prefix.prefixlen
