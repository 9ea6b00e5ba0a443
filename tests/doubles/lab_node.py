"""One router of the lab without a kernel behind it, on loopback SSH."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dmvpn_auto.lab.ios import IosNode
from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.shell import Shell
from tests.doubles.ios_server import HOST_KEY, loop_thread

STARTUP = """\
hostname {name}
username admin privilege 15 secret {password}
archive
 path flash:archive-
vrf definition BLUE
 address-family ipv4
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 203.0.113.1
end
"""


_TYPED: dict[int, list[str]] = {}
_submit = Shell.submit


async def _record(shell: Shell, line: str) -> None:
    _TYPED.setdefault(id(shell.router), []).append(line.strip())
    await _submit(shell, line)


Shell.submit = _record  # type: ignore[assignment, method-assign]  # the log that a AAA server would keep


@dataclass(frozen=True)
class LabRouter:
    """A running node: where it listens (user admin), and what it was told to run."""

    port: int
    typed: list[str]
    """Every line that was typed on it, in any mode, by anybody."""
    router: Router
    _dataplane: BareDataplane
    _loop: asyncio.AbstractEventLoop

    @property
    def running(self) -> str:
        """The configuration that the dataplane was given last, as text to search in."""
        return str(self._dataplane.applied[-1])

    @property
    def startup(self) -> str:
        """What it would start with."""
        return self.router.saved()

    def cut(self) -> None:
        """Break every session, as a lost path does."""
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for session in tuple(getattr(self.router.sessions, "__self__").channels):  # noqa: B009
            session.close()

    def expire(self) -> None:
        """Let the revert timer end now."""

        async def now() -> None:
            await self.router.revert.now()

        asyncio.run_coroutine_threadsafe(now(), self._loop).result(10)

    @property
    def changes(self) -> int:
        """How often the configuration changed."""
        return len(self._dataplane.applied)


@contextlib.contextmanager
def lab_node(
    name: str, password: str, startup: str = STARTUP, *, strict: bool = True
) -> Iterator[LabRouter]:
    """Give a running node; one that is not strict takes what no dataplane carries, too."""
    dataplane = BareDataplane()
    folder = TemporaryDirectory()

    async def start() -> IosNode:
        node = IosNode(
            name,
            dataplane,
            ["GigabitEthernet1", "GigabitEthernet2"],
            startup.format(name=name, password=password),
            Path(folder.name) / "nvram",
            strict=strict,
        )
        await node.start("127.0.0.1", 0, HOST_KEY)
        return node

    with folder, loop_thread() as loop:
        node = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        assert not node.refused, node.refused
        try:
            typed = _TYPED.setdefault(id(node.router), [])
            yield LabRouter(node.port, typed, node.router, dataplane, loop)
        finally:
            asyncio.run_coroutine_threadsafe(node.close(), loop).result(20)
