"""A router that speaks IOS over SSH on top of a dataplane: what the lab starts, one per node."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import asyncssh

from dmvpn_auto.errors import LabError
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
    ) -> None:
        self.router = Router(hostname, dataplane, interfaces, nvram, strict=strict)
        self.refused: list[str] = []
        """Lines of the startup configuration that were not taken, with the reason."""
        self._startup = startup_config
        self._lines = Lines(self.router)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._reloading: asyncio.Task[None] | None = None
        self.router.reload = self._begin_reload

    @property
    def port(self) -> int:
        """TCP port it listens on."""
        if self._acceptor is None:
            raise LabError("the router is not started", where=self.router.hostname)
        return self._acceptor.get_port()

    async def start(
        self, host: str, port: int, host_key: asyncssh.SSHKey | bytes | None = None
    ) -> None:
        """Boot and listen; raise LabError when the port is taken. A missing host key is made
        (Ed25519)."""
        await self._boot()
        try:
            self._acceptor = await listen(self._lines, host, port, _key(host_key))
        except OSError as error:
            raise LabError(f"cannot listen on {host}:{port}: {error.strerror}") from error

    async def close(self) -> None:
        """Close the sessions and the port; the dataplane is its maker's to close."""
        self.router.cancel_reload()
        self.router.revert.stop()
        if self._reloading is not None:
            self._reloading.cancel()
        for session in tuple(self._lines.channels):
            session.close()
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None

    async def _boot(self) -> None:
        self.refused = await self.router.boot(self.router.saved() or self._startup)

    def _begin_reload(self) -> None:
        self._reloading = asyncio.get_running_loop().create_task(self._reload())

    async def _reload(self) -> None:
        """Close every session and start again from NVRAM."""
        for session in tuple(self._lines.channels):
            session.close()
        await self._boot()


def _key(given: asyncssh.SSHKey | bytes | None) -> asyncssh.SSHKey:
    if given is None:
        return asyncssh.generate_private_key("ssh-ed25519")
    return asyncssh.import_private_key(given) if isinstance(given, bytes) else given
