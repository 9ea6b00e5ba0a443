"""A person at a router's terminal, for tests: types bytes, reads the screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.terminal import State
from dmvpn_auto.lab.ios.vty import Vty

STARTUP = """\
hostname R1
username admin privilege 15 secret 5 $1$abcd$SsNOuKxTQyKAKbmxUcd/l/
username guest secret 5 $1$abcd$SsNOuKxTQyKAKbmxUcd/l/
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
"""
PORTS = ("GigabitEthernet1", "GigabitEthernet2")


class Console:
    """What was sent, and what the screen got."""

    def __init__(self, router: Router, user: str = "admin") -> None:
        self.router = router
        self.screen = ""
        self.vty = Vty(router, user, self._show)
        router.terminals.add(self.vty.show)
        self.vty.resize(200, 0)
        self.vty.terminal.length = self.vty.shell.length = 0

    def _show(self, data: bytes) -> None:
        self.screen += data.decode()

    async def type(self, text: str | bytes) -> str:
        """Type, wait until the router waits for more; return what appeared, with plain line
        ends."""
        before = len(self.screen)
        self.vty.feed(text.encode() if isinstance(text, str) else text)
        await self.idle()
        return self.screen[before:].replace("\r\n", "\n")

    async def idle(self) -> None:
        """Wait until nothing moves."""
        for _ in range(10_000):
            await asyncio.sleep(0)
            if self.vty.shell.closed or self.vty.waiting:
                return
        raise AssertionError("the router did not come back to a prompt")

    async def lines(self, *lines: str) -> str:
        """Type whole lines."""
        return "".join([await self.type(f"{line}\n") for line in lines])

    async def running(self) -> str:
        """Return the running configuration without its time stamp."""
        return re.sub(r"! Last configuration.*\n!\n", "", self.router.running_text())


async def booted(
    startup: str = STARTUP,
    *,
    strict: bool = True,
    ports: tuple[str, ...] = PORTS,
    minute: float = 60.0,
) -> Router:
    """Return a router that has read `startup`."""
    router = Router("Router", BareDataplane(), ports, strict=strict, minute=minute)
    assert await router.boot(startup) == []
    return router


@asynccontextmanager
async def console(
    startup: str = STARTUP, user: str = "admin", *, strict: bool = True, minute: float = 60.0
) -> AsyncIterator[Console]:
    """Log in to a fresh router."""
    at = Console(await booted(startup, strict=strict, minute=minute), user)
    task = asyncio.ensure_future(at.vty.run())
    await at.idle()
    at.screen = ""
    yield at
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def screen_state(at: Console) -> State:
    """Return what the terminal waits for."""
    return at.vty.terminal.state
