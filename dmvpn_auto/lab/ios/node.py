"""A router that speaks IOS over SSH on top of a dataplane: what the lab starts, one per node."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import asyncssh

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.ios.access import Way
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.server import Lines, listen
from dmvpn_auto.lab.live import Dataplane


class IosNode:
    """One router: boots from NVRAM, or from `startup_config` as long as NVRAM is empty.

    `interfaces` are the IOS names of its ports ("GigabitEthernet1"); a port that no configuration
    names is shut. `strict`: refuse correct lines that the dataplane cannot carry.
    """

    def __init__(
        self,
        hostname: str,
        dataplane: Dataplane,
        interfaces: Iterable[str],
        startup_config: str = "",
        nvram: Path | None = None,
        *,
        strict: bool = True,
        minute: float = 60.0,
        way: Way | None = None,
        door: Callable[[], socket.socket] | None = None,
        light: bool = False,
        breaks: Callable[[], bool] | None = None,
    ) -> None:
        """Prepare a router; `start` boots it.

        `minute`: s that a minute of its revert and reload timers lasts (tests shorten it). `way`:
        how clients come in, where no dataplane filters their packets. `door` makes a bound socket
        on the router's own addresses, to listen on as well. `light` offers cheap ciphers only.
        `breaks` says for each packet of keys whether its connection breaks there.
        """
        self.router = Router(hostname, dataplane, interfaces, nvram, strict=strict, minute=minute)
        self.refused: list[str] = []
        """Lines of the startup configuration that were not taken, with the reason."""
        self._startup = startup_config
        self._lines = Lines(self.router, way, breaks)
        self._door = door
        self._light = light
        self._acceptors: list[asyncssh.SSHAcceptor] = []
        self._reloading: asyncio.Task[None] | None = None
        self._key: asyncssh.SSHKey
        self._address: tuple[str, int] | None = None
        self.router.reload = self._begin_reload

    @property
    def listening(self) -> bool:
        """It takes connections: it is started and does not reload."""
        return bool(self._acceptors)

    @property
    def port(self) -> int:
        """TCP port it listens on, when it is not reloading."""
        if self._address is None:
            raise LabError("the router is not started", where=self.router.hostname)
        return self._address[1]

    async def start(
        self, host: str, port: int, host_key: asyncssh.SSHKey | bytes | None = None
    ) -> None:
        """Boot and listen; raise LabError when the port is taken. A missing host key is made
        (Ed25519)."""
        self._key = _key(host_key)
        await self._boot()
        try:
            await self._listen(host, port)
        except OSError as error:
            raise LabError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._address = (host, self._acceptors[0].get_port())

    async def _listen(self, host: str, port: int) -> None:
        self._acceptors = [await listen(self._lines, host, port, self._key, light=self._light)]
        if self._door is not None:
            own = self._door()
            self._acceptors.append(await listen(self._lines, "", 0, self._key, own))

    async def close(self) -> None:
        """Close the sessions and the port; the dataplane is its maker's to close."""
        self.router.reloading.stop()
        self.router.revert.stop()
        if self._reloading is not None:
            self._reloading.cancel()
        for session in tuple(self._lines.channels):
            session.close()
        await self._stop_listening()

    async def _stop_listening(self) -> None:
        acceptors, self._acceptors = self._acceptors, []
        for acceptor in acceptors:
            acceptor.close()
            await acceptor.wait_closed()

    async def _boot(self) -> None:
        self.refused = await self.router.boot(self.router.saved() or self._startup)

    def _begin_reload(self) -> None:
        self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        """Lose every session and all live state, and start again from NVRAM."""
        for connection in tuple(self._lines.connections):
            connection.abort()
        await self._stop_listening()
        await self.router.dataplane.reload()
        self.router.restarted()
        await self._boot()
        if self._address is not None:
            await self._listen(*self._address)


def _key(given: asyncssh.SSHKey | bytes | None) -> asyncssh.SSHKey:
    if given is None:
        return asyncssh.generate_private_key("ssh-ed25519")
    return asyncssh.import_private_key(given) if isinstance(given, bytes) else given
