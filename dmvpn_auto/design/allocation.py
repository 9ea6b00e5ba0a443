"""Tunnel addresses: who gets which, so that none ever moves.

An address that the intent gives wins. Next comes the ledger, the record of what was given out
before; a router that left keeps its address reserved there until it is pruned. What is left is
given out from the bottom of the subnet, hubs first, in the order of the intent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from dmvpn_auto.design.types import Network
from dmvpn_auto.errors import IntentError

A = TypeVar("A", IPv4Address, IPv6Address)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The tunnel addresses given out so far, by router."""

    addresses: Mapping[str, IPv4Address] = field(default_factory=dict)
    ipv6: Mapping[str, IPv6Address] = field(default_factory=dict)

    def pruned(self, names: Iterable[str]) -> Ledger:
        """Return the ledger with the entries of `names` alone; the others become free."""
        kept = set(names)
        return Ledger(
            {name: a for name, a in self.addresses.items() if name in kept},
            {name: a for name, a in self.ipv6.items() if name in kept},
        )

    def after(
        self, given: Mapping[str, IPv4Address], ipv6: Mapping[str, IPv6Address] | None = None
    ) -> Ledger:
        """Return the ledger once `given` is given out; reservations of others stay."""
        return Ledger({**self.addresses, **given}, {**self.ipv6, **(ipv6 or {})})


def allocate(
    subnet: IPv4Network, wanted: Mapping[str, IPv4Address | None], ledger: Ledger
) -> dict[str, IPv4Address]:
    """Return the tunnel address of each router of `wanted` (None: none is given).

    Addresses of the ledger outside `subnet` are stale and are given anew. Raises IntentError when
    the subnet has no address left.
    """
    return _give(subnet, iter(subnet.hosts()), wanted, ledger.addresses, "tunnel.subnet")


def allocate_ipv6(
    subnet: IPv6Network, wanted: Mapping[str, IPv6Address | None], ledger: Ledger
) -> dict[str, IPv6Address]:
    """Do the same for IPv6."""
    return _give(subnet, iter(subnet.hosts()), wanted, ledger.ipv6, "tunnel.ipv6_subnet")


def _give(
    subnet: Network,
    hosts: Iterator[A],
    wanted: Mapping[str, A | None],
    before: Mapping[str, A],
    where: str,
) -> dict[str, A]:
    given = {name: address for name, address in wanted.items() if address is not None}
    taken = set(given.values())
    remembered = {
        name: address
        for name, address in before.items()
        if name not in given and address in subnet and address not in taken
    }
    taken.update(remembered.values())
    free = (address for address in hosts if address not in taken)
    found: dict[str, A] = {}
    for name, address in wanted.items():
        chosen = address or remembered.get(name) or next(free, None)
        if chosen is None:
            reserved = [other for other in remembered if other not in wanted]
            raise IntentError(
                f"tunnel subnet {subnet} is full: no address is left for {name!r}",
                where=where,
                stage="design",
                hint=f"free those of removed routers ({len(reserved)}): render --prune"
                if reserved
                else "give the tunnel a larger subnet",
            )
        found[name] = chosen
    return found
