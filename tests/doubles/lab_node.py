"""One router of the lab without a kernel behind it, on loopback SSH."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from dmvpn_auto.lab.ios import IosNode
from dmvpn_auto.lab.ios.bare import BareDataplane
from tests.doubles.ios_server import HOST_KEY, loop_thread

STARTUP = """\
hostname {name}
username admin privilege 15 secret {password}
vrf definition BLUE
 address-family ipv4
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 203.0.113.1
end
"""


@dataclass(frozen=True)
class LabRouter:
    """A running node: where it listens (user admin), and what it was told to run."""

    port: int
    _dataplane: BareDataplane

    @property
    def running(self) -> str:
        """The configuration that the dataplane was given last, as text to search in."""
        return str(self._dataplane.applied[-1])

    @property
    def changes(self) -> int:
        """How often the configuration changed."""
        return len(self._dataplane.applied)


@contextlib.contextmanager
def lab_node(name: str, password: str, startup: str = STARTUP) -> Iterator[LabRouter]:
    """Give a running node."""
    dataplane = BareDataplane()

    async def start() -> IosNode:
        node = IosNode(
            name,
            dataplane,
            ["GigabitEthernet1", "GigabitEthernet2"],
            startup.format(name=name, password=password),
        )
        await node.start("127.0.0.1", 0, HOST_KEY)
        return node

    with loop_thread() as loop:
        node = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        assert not node.refused, node.refused
        try:
            yield LabRouter(node.port, dataplane)
        finally:
            asyncio.run_coroutine_threadsafe(node.close(), loop).result(20)
