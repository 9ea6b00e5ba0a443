"""Pairs of spokes between which packets are sent to prove that they talk directly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dmvpn_auto.design.types import CloudDesign, Family, RouterDesign
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.commands import Address
from dmvpn_auto.verify.recording import Names
from dmvpn_auto.verify.scope import by_family

Selection = Literal["ring", "all", "none"]
COUNT = 5
"""Packets of one ping. The first ones go by the hub: a cold shortcut may lose one by design."""


def own_addresses(router: RouterDesign) -> tuple[Address, ...]:
    """Return the router's LAN addresses of the tunnel's family, then its tunnel address."""
    address = router.tunnel.address
    lans = router.lan_addresses if address.version == 4 else router.lan_ipv6_addresses
    return (*lans, address.ip)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two spokes; packets of `family` (None: the only one) go between them, both ways."""

    source: RouterDesign
    target: RouterDesign
    family: Family | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The two names."""
        return (self.source.name, self.target.name)

    @property
    def key(self) -> Names:
        """What a recording calls the pair."""
        return (*self.names, self.family) if self.family else self.names

    @property
    def from_address(self) -> Address:
        """The source's own LAN address, else its tunnel address."""
        return next(iter(own_addresses(self.source)))

    @property
    def to_address(self) -> Address:
        """The target's own LAN address, else its tunnel address."""
        return next(iter(own_addresses(self.target)))

    @property
    def turned(self) -> Pair:
        """The same pair seen from the other end."""
        return Pair(self.target, self.source, self.family)

    @property
    def ping(self) -> str:
        """Packets from LAN to LAN."""
        return commands.ping(self.source, self.to_address, self.from_address, COUNT)

    @property
    def trace(self) -> str:
        """The path from LAN to LAN."""
        return commands.traceroute(self.source, self.to_address, self.from_address)


def select_pairs(
    cloud: CloudDesign, devices: Iterable[str], selection: Selection | str
) -> list[Pair]:
    """Return the pairs to prove: each spoke with the next one ("ring"), or each with each ("all").

    A pair needs both spokes in `devices`. A direct tunnel is made in both directions by one
    exchange, so a pair is listed once in each family. In phases 0 and 1 spokes never talk directly.
    """
    asked = frozenset(devices)
    return [
        Pair(source, target, family)
        for family, side in by_family(cloud).items()
        for source, target in _chosen(side, asked, selection)
    ]


def _chosen(
    cloud: CloudDesign, asked: frozenset[str], selection: Selection | str
) -> list[tuple[RouterDesign, RouterDesign]]:
    spokes = [s for s in cloud.spokes if s.name in asked]
    if cloud.phase not in {2, 3} or len(spokes) < 2 or selection == "none":
        return []
    if selection == "all":
        return [(a, b) for i, a in enumerate(spokes) for b in spokes[i + 1 :]]
    ring = list(zip(spokes, [*spokes[1:], spokes[0]], strict=True))
    return ring[:1] if len(spokes) == 2 else ring
