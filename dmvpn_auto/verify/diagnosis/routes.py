"""Routing tables of routers, looked up by address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from dmvpn_auto.observe.evidence import Route


class RouteTable:
    """The routes of one router by prefix, so that an address is looked up in 33 steps at most."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[int, dict[int, Route]] = defaultdict(dict)
        for route in routes:
            if route.code != "L":
                network = ip_network(route.prefix, strict=False)
                place = self._routes[network.prefixlen]
                place.setdefault(int(network.network_address), route)
        self._lengths = sorted(self._routes, reverse=True)

    def best(self, address: str) -> Route | None:
        """Return the longest match for an address."""
        target = ip_address(address)
        for length in self._lengths:
            shift = target.max_prefixlen - length
            found = self._routes[length].get(int(target) >> shift << shift)
            if found is not None:
                return found
        return None
