"""The SSH side of a router: asyncssh in, a `Vty` per channel behind it.

Local users log in by password or by a key whose hash is configured. A client that asks for one
command (`ssh router show version`) gets its output and the session ends, as on IOS.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

import asyncssh

from dmvpn_auto.lab.ios.access import Way, admits
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.vty import Vty
from dmvpn_auto.lab.show import Session

_LIGHT: dict[str, Any] = {
    "kex_algs": ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
    "encryption_algs": ["aes128-gcm@openssh.com", "aes128-ctr"],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-256"],
    "compression_algs": ["none"],
}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """Who is on a line."""

    user: str
    host: str
    vty: Vty


class Lines:
    """The vty lines of a router."""

    def __init__(
        self,
        router: Router,
        way: Way | None = None,
        breaks: Callable[[], bool] | None = None,
    ) -> None:
        """`way`: how clients come in, where no dataplane filters their packets; `breaks`: whether
        a connection breaks now."""
        self.breaks = breaks
        self.router = router
        self.way = way
        self.open = True
        """The way in is free."""
        router.watchers.append(self._changed)
        self.logins: dict[int, Login] = {}
        self.channels: set[VtySession] = set()
        self.connections: set[asyncssh.SSHServerConnection] = set()
        router.sessions = self.sessions

    def admits(self, host: str) -> bool:
        """Judge a new connection."""
        station = self.way.station if self.way else IPv4Address(host)
        return self.open and admits(self.router.config, station)

    def _changed(self) -> None:
        """Hold sessions when the way in was cut, go on with them when it is back."""
        before = self.open
        self.open = self.way is None or self.way.is_open(self.router.config)
        if self.open and not before:
            for session in tuple(self.channels):
                session.resume()

    def take(self, login: Login) -> int:
        """Give the lowest free line to `login`; return its number."""
        number = next(n for n in range(len(self.logins) + 1) if n not in self.logins)
        self.logins[number] = login
        return number

    def sessions(self, asker: object) -> tuple[Session, ...]:
        """Return who is logged in, for `show users`."""
        now = time.monotonic()
        return tuple(
            Session(2 + n, n, at.user, at.host, now - at.vty.last_key, at.vty.shell is asker)
            for n, at in sorted(self.logins.items())
        )


class IosServer(asyncssh.SSHServer):
    """One SSH connection."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Note the connection."""
        self._connection = conn
        self._lines.connections.add(conn)
        peer = conn.get_extra_info("peername")
        if not self._lines.admits(peer[0] if peer else "0.0.0.0"):  # noqa: S104 - nobody's address
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why a connection broke, when that is not usual."""
        if self._connection is not None:
            self._lines.connections.discard(self._connection)
        if exc is not None:
            _logger.debug("connection lost: %s", exc)

    def begin_auth(self, username: str) -> bool:
        """Show the login banner; everybody must log in."""
        del username
        banner = self._lines.router.banner("login")
        if banner and self._connection is not None:
            self._connection.send_auth_banner(banner.replace("\n", "\r\n"))
        return True

    def password_auth_supported(self) -> bool:
        """Passwords are taken."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Judge a password by the configured users."""
        return self._lines.router.password_is(username, password)

    def public_key_auth_supported(self) -> bool:
        """Keys are taken."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Judge a key by the hashes under `ip ssh pubkey-chain`."""
        blob = base64.b64decode(key.export_public_key("openssh").split()[1])
        digest = hashlib.md5(blob, usedforsecurity=False).hexdigest().upper()
        return digest in self._lines.router.key_hashes(username)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Open a vty."""
        if self._connection is None:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "not connected")
        user = self._connection.get_extra_info("username")
        peer = self._connection.get_extra_info("peername")
        return VtySession(self._lines, user, peer[0] if peer else "")


class VtySession(asyncssh.SSHServerSession[bytes]):
    """One SSH channel with a `Vty` behind it."""

    def __init__(self, lines: Lines, user: str, host: str) -> None:
        self._lines = lines
        self._user, self._host = user, host
        self._vty = Vty(lines.router, user, self._send)
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._task: asyncio.Task[None] | None = None
        self._command: str | None = None
        self._number = -1
        self._unsent: list[bytes] = []
        self._unread: list[bytes] = []

    def resume(self) -> None:
        """Carry what was held while the way was cut, as TCP does by sending it again."""
        unsent, self._unsent = self._unsent, []
        unread, self._unread = self._unread, []
        for data in unsent:
            self._send(data)
        for data in unread:
            self._vty.feed(data)

    def _send(self, data: bytes) -> None:
        if not self._lines.open:
            self._unsent.append(data)
        elif self._channel is not None:
            with contextlib.suppress(BrokenPipeError):  # the client is going
                self._channel.write(data)

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Note the channel."""
        self._channel = chan
        self._lines.channels.add(self)

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        """Take the size of the client's window."""
        del term_type, term_modes
        self._vty.resize(term_size[0], term_size[1])
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The window was resized."""
        del pixwidth, pixheight
        self._vty.resize(width, height)

    def shell_requested(self) -> bool:
        """A terminal session."""
        return True

    def exec_requested(self, command: str) -> bool:
        """One command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Begin."""
        self._number = self._lines.take(Login(self._user, self._host, self._vty))
        shell, router = self._vty.shell, self._lines.router
        shell.line, shell.host = self._number, self._host
        router.monitors.add(self._vty.monitor)
        router.terminals.add(self._vty.show)
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            if self._command is None:
                await self._vty.run()
            else:
                await self._vty.run_single(self._command)
        finally:
            self.close()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keys."""
        del datatype
        if self._lines.breaks is not None and self._lines.breaks():
            self._abort()
        elif self._lines.open:
            self._vty.feed(data)
        else:
            self._unread.append(data)

    def _abort(self) -> None:
        """Lose the connection without a word."""
        if self._channel is not None:
            self._channel.get_connection().abort()

    def eof_received(self) -> bool:
        """The client sends no more."""
        self._vty.eof()
        return True

    def break_received(self, msec: int) -> bool:
        """A break interrupts."""
        del msec
        self._vty.interrupt()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is free again."""
        del exc
        self._lines.router.monitors.discard(self._vty.monitor)
        self._lines.router.terminals.discard(self._vty.show)
        self._vty.shell.leave()
        self._lines.logins.pop(self._number, None)
        self._lines.channels.discard(self)
        self._channel = None
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Close the channel from this side."""
        if self._channel is not None:
            self._channel.exit(0)
            self._channel.close()


async def listen(
    lines: Lines,
    host: str,
    port: int,
    host_key: asyncssh.SSHKey,
    sock: socket.socket | None = None,
    *,
    light: bool = False,
) -> asyncssh.SSHAcceptor:
    """Listen for SSH; port 0 takes a free one. `sock`: on this one, already bound. `light`: offer
    what costs little to compute only."""
    place = {"host": host, "port": port} if sock is None else {"sock": sock}
    server: Callable[[], IosServer] = lambda: IosServer(lines)  # noqa: E731 - asyncssh wants a factory
    return await asyncssh.create_server(
        server,
        **place,
        **(_LIGHT if light else {}),
        server_host_keys=[host_key],
        encoding=None,
        line_editor=False,
        server_version="Cisco-1.25",
        keepalive_interval=0,
        allow_scp=False,
        sftp_factory=None,
    )
