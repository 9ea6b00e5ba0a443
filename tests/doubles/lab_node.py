"""One router of the lab without a kernel behind it, on loopback SSH."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from dmvpn_auto.lab.ios import IosNode
from dmvpn_auto.lab.ios.bare import BareDataplane
from tests.doubles.ios_server import loop_thread

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


@contextlib.contextmanager
def lab_node(name: str, password: str, startup: str = STARTUP) -> Iterator[IosNode]:
    """Give a node that listens at `port`; user admin."""

    async def start() -> IosNode:
        node = IosNode(
            name,
            BareDataplane(),
            ["GigabitEthernet1", "GigabitEthernet2"],
            startup.format(name=name, password=password),
        )
        await node.start("127.0.0.1", 0, None)
        return node

    with loop_thread() as loop:
        node = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        assert not node.refused, node.refused
        try:
            yield node
        finally:
            asyncio.run_coroutine_threadsafe(node.close(), loop).result(20)
