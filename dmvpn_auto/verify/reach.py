"""Which LANs of a cloud a routing table covers, and by which next hop.

With thousands of spokes, looking up each LAN in each table would take minutes. The LANs are sorted
once for the cloud; every route of a table then covers one run of them, longest prefix last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.observe.evidence import Route

Paths = list[Route]


class Lans:
    """The LAN prefixes of `routers`, in address order, with their owners."""

    def __init__(self, routers: Iterable[RouterDesign]) -> None:
        found = [(prefix, owner) for owner in routers for prefix in owner.lan_prefixes]
        found.sort(key=lambda lan: _key(lan[0]))
        self.prefixes = [prefix for prefix, _ in found]
        self.owners = [owner for _, owner in found]
        self._keys = [_key(prefix) for prefix in self.prefixes]
        self._hops = [str(owner.tunnel.address.ip) for owner in self.owners]

    def not_reached(
        self, table: Mapping[str, Paths], hubs: Collection[str], *, direct: bool = True
    ) -> Iterator[tuple[IPv4Network, RouterDesign, Paths]]:
        """Yield each LAN whose longest covering route leads neither to a hub nor, if `direct`, to
        its owner.

        `hubs` are tunnel addresses; `table` maps prefixes to paths. The paths yielded are those of
        the wrong route, empty when no route covers the LAN.
        """
        best: list[Paths | None] = [None] * len(self._keys)
        networks = sorted(map(IPv4Network, table), key=lambda n: n.prefixlen)
        good: Paths = []
        for network in networks:
            paths = table[str(network)]
            start = bisect_left(self._keys, _key(network))
            stop = bisect_right(self._keys, (int(network.broadcast_address), 33))
            hops = {path.next_hop for path in paths}
            if not hops.isdisjoint(hubs):
                best[start:stop] = [good] * (stop - start)
            elif direct:
                best[start:stop] = [good if h in hops else paths for h in self._hops[start:stop]]
            else:
                best[start:stop] = [paths] * (stop - start)
        for place, paths_or_none in enumerate(best):
            if paths_or_none is not good:
                yield self.prefixes[place], self.owners[place], paths_or_none or []


def _key(prefix: IPv4Network) -> tuple[int, int]:
    """Sort by first address, larger networks first: what a network holds stands behind it."""
    return int(prefix.network_address), prefix.prefixlen
