"""Several NHRP engines, joined in memory, with a clock that only moves when told to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from dmvpn_auto.lab.live import NhrpEntry, NhsEntry
from dmvpn_auto.lab.nhrp.config import NhsConfig, TunnelConfig
from dmvpn_auto.lab.nhrp.engine import Engine
from dmvpn_auto.lab.nhrp.packet import Packet, PacketType, decode
from dmvpn_auto.lab.nhrp.ports import Log, Path, Send, Shortcut

A = IPv4Address
N = IPv4Network
TUNNEL = "Tunnel0"
HUB, HUB_NBMA = A("10.255.0.1"), A("203.0.113.2")


@dataclass
class Table:
    """A routing table by hand: prefix -> (tunnel or None, next hop or None)."""

    routes: dict[IPv4Network, tuple[str | None, IPv4Address | None]] = field(default_factory=dict)

    def lookup(self, interface: str, address: IPv4Address) -> Path | None:
        found = [prefix for prefix in self.routes if address in prefix]
        if not found:
            return None
        best = max(found, key=lambda prefix: prefix.prefixlen)
        return Path(best, *self.routes[best])


@dataclass
class Router:
    name: str
    nbma: IPv4Address
    table: Table
    engine: Engine
    config: TunnelConfig
    log: list[str] = field(default_factory=list)
    outside: IPv4Address | None = None  # NBMA address after NAT


@dataclass(frozen=True)
class Seen:
    at: float
    sender: str
    receiver: str
    packet: Packet


def nothing(_: Seen) -> bool:
    return False


def everything(_: Seen) -> bool:
    return True


class Net:
    """The underlay: delivers packets, may lose them, and records them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.routers: dict[str, Router] = {}
        self.seen: list[Seen] = []
        self.lose: Callable[[Seen], bool] = nothing

    def add(
        self, name: str, config: TunnelConfig, routes: dict[str, tuple[str | None, str | None]]
    ) -> Router:
        table = Table(
            {N(p): (t, A(hop) if hop else None) for p, (t, hop) in routes.items()}
            | {config.address.network: (TUNNEL, None)}
        )
        router = Router(name, config.nbma_source, table, Engine(table), config)
        self.routers[name] = router
        return router

    def start(self, names: Iterable[str] | None = None) -> None:
        for name in names or list(self.routers):
            router = self.routers[name]
            router.engine.configure([router.config], self.now)
        self.settle()

    def settle(self) -> None:
        """Deliver until nothing is under way; deliveries take no time."""
        for _ in range(10_000):
            moved = False
            for router in self.routers.values():
                for event in router.engine.take():
                    moved = True
                    if isinstance(event, Log):
                        router.log.append(event.text)
                    else:
                        self._deliver(router, event)
            if not moved:
                return
        raise AssertionError("packets circle for ever")

    def _deliver(self, sender: Router, event: Send) -> None:
        packet = decode(event.data)
        receiver = next(
            (r for r in self.routers.values() if (r.outside or r.nbma) == event.nbma), None
        )
        seen = Seen(self.now, sender.name, receiver.name if receiver else "?", packet)
        self.seen.append(seen)
        if receiver and not self.lose(seen):
            source = sender.outside or sender.nbma
            receiver.engine.receive(event.interface, source, event.data, self.now)

    def run(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while True:
            self.settle()
            due = [t for r in self.routers.values() if (t := r.engine.deadline()) is not None]
            if not due or min(due) > end:
                break
            assert min(due) >= self.now, "a timer stays in the past"
            self.now = min(due)
            for router in self.routers.values():
                router.engine.tick(self.now)
        self.now = end
        self.settle()

    def traffic(self, path: Iterable[str], source: str, destination: str) -> None:
        """A datagram is forwarded along `path`; each router in the middle may redirect."""
        datagram = bytes([0x45, *bytes(11)]) + A(source).packed + A(destination).packed + bytes(8)
        names = list(path)
        for before, middle in itertools.pairwise(names[:-1]):
            back = self.routers[before]
            self.routers[middle].engine.redirect(
                TUNNEL, TUNNEL, back.outside or back.nbma, datagram, self.now
            )
        self.settle()

    def entries(self, name: str) -> dict[str, NhrpEntry]:
        return {str(e.target): e for e in self.routers[name].engine.entries(self.now)}

    def nhs(self, name: str) -> NhsEntry:
        (entry,) = self.routers[name].engine.servers(self.now)
        return entry

    def shortcuts(self, name: str) -> set[tuple[str, str]]:
        return {
            (str(s.prefix), str(s.next_hop))
            for s in self.routers[name].engine.shortcuts()
            if isinstance(s, Shortcut)
        }

    def neighbours(self, name: str) -> dict[str, str]:
        found = self.routers[name].engine.neighbours()
        return {str(address): str(n.nbma) for (_, address), n in found.items()}

    def counters(self, name: str) -> dict[str, int]:
        counters = self.routers[name].engine.counters()[TUNNEL]
        return {key: value for key, value in counters.items() if value}

    def transcript(self, kind: PacketType | None = None) -> list[tuple[float, str, str, str]]:
        return [
            (s.at, s.sender, s.receiver, s.packet.type.name)
            for s in self.seen
            if kind is None or s.packet.type is kind
        ]


def hub_config(**changes: Any) -> TunnelConfig:
    values: dict[str, Any] = {
        "interface": TUNNEL,
        "device": "gre0",
        "address": IPv4Interface(f"{HUB}/24"),
        "nbma_source": HUB_NBMA,
        "network_id": 1,
        "authentication": "canary42",
        "holdtime": 600,
        "redirect": True,
        "multicast_dynamic": True,
    }
    return TunnelConfig(**(values | changes))


def spoke_config(number: int, **changes: Any) -> TunnelConfig:
    values: dict[str, Any] = {
        "interface": TUNNEL,
        "device": "gre0",
        "address": IPv4Interface(f"10.255.0.{10 + number}/24"),
        "nbma_source": A(f"198.51.100.{4 * number - 2}"),
        "network_id": 1,
        "authentication": "canary42",
        "holdtime": 600,
        "shortcut": True,
        "nhs": (NhsConfig(address=HUB, nbma=HUB_NBMA, multicast=True),),
    }
    return TunnelConfig(**(values | changes))


def cloud(spokes: int = 2, *, summary: str = "10.0.0.0/8", **changes: Any) -> Net:
    """A hub and spokes: LAN 10.N.0.0/24 behind spoke N; spokes have `summary` by the hub."""
    net = Net()
    lans: dict[str, tuple[str | None, str | None]] = {
        f"10.{n}.0.0/24": (TUNNEL, f"10.255.0.{10 + n}") for n in range(1, spokes + 1)
    }
    net.add("hub", hub_config(**changes.pop("hub", {})), lans | {"10.0.0.0/24": (None, None)})
    for n in range(1, spokes + 1):
        routes: dict[str, tuple[str | None, str | None]] = {
            summary: (TUNNEL, str(HUB)),
            f"10.{n}.0.0/24": (None, None),
            "0.0.0.0/0": (None, "198.51.100.1"),
        }
        net.add(f"spoke{n}", spoke_config(n, **changes), routes)
    return net
