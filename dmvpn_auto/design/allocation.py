"""Tunnel addresses: who gets which, so that none ever moves.

An address that the intent gives wins. Next comes the ledger, the record of what was given out
before; a router that left keeps its address reserved there until it is pruned. What is left is
given out from the bottom of the subnet, hubs first, in the order of the intent.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeVar

from dmvpn_auto.design.types import Network
from dmvpn_auto.errors import IntentError

A = TypeVar("A", IPv4Address, IPv6Address)
V = TypeVar("V", IPv4Address, IPv6Address, int)


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
    try:
        return _share(hosts, subnet, wanted, before)
    except _EmptyError as empty:
        raise IntentError(
            f"tunnel subnet {subnet} is full: no address is left for {empty.name!r}",
            where=where,
            stage="design",
            hint=f"free those of removed routers ({empty.reserved}): render --prune"
            if empty.reserved
            else "give the tunnel a larger subnet",
        ) from None


def allocate_from(
    pool: Iterable[V],
    wanted: Mapping[str, V | None],
    before: Mapping[str, V],
    name: str,
    inside: Container[V] | None = None,
) -> dict[str, V]:
    """Do the same for any pool of the inventory; `inside` says fast what belongs to it.

    Raises IntentError when the pool `name` is empty.
    """
    kept: Container[V] = inside if inside is not None else pool  # type: ignore[assignment]
    try:
        return _share(iter(pool), kept, wanted, before)
    except _EmptyError as empty:
        raise IntentError(
            f"the pool {name} is empty: nothing is left for {empty.name!r}",
            where="pools.yaml",
            stage="design",
            hint=f"free what removed ones hold ({empty.reserved}): render --prune"
            if empty.reserved
            else "make the pool larger",
        ) from None


class _EmptyError(Exception):
    """Nothing is left for `name`; `reserved` are held by those that left."""

    def __init__(self, name: str, reserved: int) -> None:
        super().__init__(name)
        self.name = name
        self.reserved = reserved


def _share(
    pool: Iterator[V], inside: Container[V], wanted: Mapping[str, V | None], before: Mapping[str, V]
) -> dict[str, V]:
    given = {name: value for name, value in wanted.items() if value is not None}
    taken = set(given.values())
    remembered = {
        name: value
        for name, value in before.items()
        if name not in given and value in inside and value not in taken
    }
    taken.update(value for value in before.values() if value in inside)
    free = (value for value in pool if value not in taken)
    found: dict[str, V] = {}
    for name, value in wanted.items():
        chosen = value if value is not None else remembered.get(name)
        if chosen is None:
            chosen = next(free, None)
        if chosen is None:
            raise _EmptyError(name, sum(other not in wanted for other in remembered))
        found[name] = chosen
    return found
