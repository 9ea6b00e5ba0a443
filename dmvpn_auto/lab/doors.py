"""Ways into a lab that cross its own network, as a management network does.

A port that leads to a router out of its neighbour's namespace, and an SSH jump host that leads to
whatever its node reaches. What the routers filter, shut or route away cuts sessions through them.
"""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import asyncssh

Place = tuple[str, int]
"""Address and TCP port."""
_CONNECT_TIME = 5.0  # s


class _Reader(Protocol):
    async def read(self, n: int = -1) -> bytes: ...


class _Writer(Protocol):
    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


async def lead(node: str, to: Place, where: Place) -> asyncio.Server:
    """Listen at `where` and lead each connection to `to`, out of the namespace of `node`."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(node, to, reader, writer)

    return await asyncio.start_server(handle, *where)


async def jump(node: str, where: Place, facts: dict[str, Any]) -> asyncssh.SSHAcceptor:
    """Listen at `where` as an SSH server that does nothing but lead on, out of `node`.

    `facts`: of the world, `host_key` and `user_key` (files), `user` (name and password).
    """
    return await asyncssh.create_server(
        lambda: _Jump(node, facts["user"]),
        *where,
        server_host_keys=[facts["host_key"]],
        authorized_client_keys=facts["user_key"],
    )


class _Jump(asyncssh.SSHServer):
    """One SSH connection to a jump host."""

    def __init__(self, node: str, user: dict[str, str]) -> None:
        self._node = node
        self._user = user

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Judge a password."""
        known = self._user["name"], self._user["password"]
        return hmac.compare_digest(f"{username} {password}", " ".join(known))

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> Callable[[Any, Any], Awaitable[None]]:
        """Lead on to where the client wants."""
        del orig_host, orig_port

        async def handle(reader: _Reader, writer: _Writer) -> None:
            await _join(self._node, (dest_host, dest_port), reader, writer)

        return handle


async def _join(node: str, to: Place, reader: _Reader, writer: _Writer) -> None:
    try:
        inner = await _connect_from(node, to)
    except (OSError, TimeoutError):
        writer.close()
        return
    await asyncio.gather(_pump(reader, inner[1]), _pump(inner[0], writer))


async def _connect_from(node: str, to: Place) -> tuple[asyncio.StreamReader, Any]:
    from dmvpn_auto.lab.dataplane.namespace import inside

    with inside(Path("/run/netns", node)):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.sock_connect(sock, to), _CONNECT_TIME)
        return await asyncio.open_connection(sock=sock)
    except BaseException:
        sock.close()
        raise


async def _pump(reader: _Reader, writer: _Writer) -> None:
    try:
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            await writer.drain()
    except (OSError, asyncssh.Error):
        pass  # one end is gone: close the other
    finally:
        writer.close()
