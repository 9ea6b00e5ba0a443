"""A dataplane that carries nothing: for typing at the command line without a kernel.

Every answer is what it is: no peers, no SAs, no routes; interfaces are as configured and down.
It keeps the trees it was given, which makes it the recorder of the tests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address, IPv4Interface

from dmvpn_auto.lab.live import Interface, LiveState, ProbeReply, Tree


class BareDataplane:
    """Implements `live.Dataplane` without Linux."""

    def __init__(self) -> None:
        self.applied: list[Tree] = []
        self.cleared: list[tuple[str, str | None]] = []
        self.pace = 0.0
        """s that an echo request waits for nobody's reply."""
        self.probed = asyncio.Event()
        """Set after each probe."""
        self._since = time.monotonic()

    def listen(self, log: Callable[[str], None]) -> None:
        """Nothing ever happens here."""

    async def apply(self, running: Tree) -> None:
        """Keep the tree."""
        self.applied.append(running)

    async def reload(self) -> None:
        """Begin anew."""
        self._since = time.monotonic()

    async def snapshot(self) -> LiveState:
        """Say that nothing is there."""
        age = time.monotonic() - self._since
        running = self.applied[-1] if self.applied else {}
        return LiveState(
            uptime=age,
            interfaces=tuple(
                _interface(line.split()[1], body, age)
                for line, body in running.items()
                if line.startswith("interface ")
            ),
            tunnels=(),
            nhrp=(),
            nhs=(),
            nhrp_traffic={},
            ike=(),
            ipsec=(),
            bgp=None,
            routes=(),
            dmvpn=(),
        )

    async def ping(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        count: int,
        size: int,
        timeout: float,
        dont_fragment: bool,
    ) -> AsyncIterator[ProbeReply]:
        """Nobody answers."""
        del target, source, vrf, size, timeout, dont_fragment
        for sequence in range(count):
            await asyncio.sleep(self.pace)
            yield ProbeReply(sequence=sequence, source=None, rtt=None, kind="timeout")
            self.probed.set()

    async def traceroute(
        self,
        target: IPv4Address,
        *,
        source: IPv4Address | None,
        vrf: str | None,
        probes: int,
        timeout: float,
        max_ttl: int,
    ) -> AsyncIterator[tuple[int, ProbeReply]]:
        """Nobody answers."""
        del target, source, vrf, timeout
        for ttl in range(1, max_ttl + 1):
            for sequence in range(probes):
                yield ttl, ProbeReply(sequence=sequence, source=None, rtt=None, kind="timeout")

    async def clear(self, what: str, argument: str | None = None) -> None:
        """Note what was to be cleared."""
        self.cleared.append((what, argument))


def _interface(name: str, body: Tree, age: float) -> Interface:
    address = next((line.split()[2:4] for line in body if line.startswith("ip address ")), None)
    return Interface(
        name=name,
        admin_up="shutdown" not in body,
        line_up=False,
        mac=None,
        mtu=1500,
        ip_mtu=None,
        address=IPv4Interface("/".join(address)) if address else None,
        vrf=next((line.split()[2] for line in body if line.startswith("vrf forwarding ")), None),
        description=None,
        bandwidth=1_000_000,
        delay=1,
        rx_packets=0,
        rx_bytes=0,
        rx_errors=0,
        tx_packets=0,
        tx_bytes=0,
        tx_errors=0,
        age=age,
    )
