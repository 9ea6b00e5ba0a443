"""The SSH side of a router: asyncssh in, `Terminal` and `Shell` behind it.

Local users log in by password or by a key whose hash is configured. A client that asks for one
command (`ssh router show version`) gets its output and the session ends, as on IOS.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import asyncssh

from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.terminal import Event, State, Terminal, What
from dmvpn_auto.lab.show import Session

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Login:
    """Who is on which vty."""

    user: str
    host: str
    vty: int
    shell: Shell
    terminal: Terminal
    last_key: float


class Lines:
    """The vty lines of a router."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.logins: dict[int, Login] = {}
        self.channels: set[VtySession] = set()
        router.sessions = self.sessions

    def free(self) -> int:
        """Return the lowest free vty number."""
        return next(n for n in range(len(self.logins) + 1) if n not in self.logins)

    def sessions(self, asker: object) -> tuple[Session, ...]:
        """Return who is logged in, for `show users`."""
        now = time.monotonic()
        return tuple(
            Session(2 + n, n, at.user, at.host, now - at.last_key, at.shell is asker)
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

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why a connection broke, when that is not usual."""
        if exc is not None:
            _logger.debug("connection lost: %s", exc)

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
    """One vty: feeds the terminal, runs the shell, sends what both say."""

    def __init__(self, lines: Lines, user: str, host: str) -> None:
        self._lines = lines
        self._user, self._host = user, host
        self._terminal = Terminal()
        privilege = lines.router.users()[user].privilege if user in lines.router.users() else 1
        self._shell = Shell(lines.router, user, privilege, write=self._terminal.write)
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._command: str | None = None
        self._eof = False
        self._vty = -1

    # --- asyncssh ---------------------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Note the channel."""
        self._channel = chan
        self._lines.channels.add(self)

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Mapping[int, int]
    ) -> bool:
        """Take the size of the client's window."""
        del term_type, term_modes
        self._resize(term_size[0], term_size[1])
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The window was resized."""
        del pixwidth, pixheight
        self._resize(width, height)

    def _resize(self, width: int, height: int) -> None:
        shell = self._shell
        shell.width, shell.length = width or shell.width, height or shell.length
        self._terminal.width, self._terminal.length = shell.width, shell.length

    def shell_requested(self) -> bool:
        """A terminal session."""
        return True

    def exec_requested(self, command: str) -> bool:
        """One command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Begin."""
        self._vty = self._lines.free()
        self._lines.logins[self._vty] = Login(
            self._user, self._host, self._vty, self._shell, self._terminal, time.monotonic()
        )
        self._lines.router.monitors.add(self._monitor)
        work = self._single() if self._command is not None else self._interactive()
        self._task = asyncio.get_running_loop().create_task(work)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keys."""
        del datatype
        if self._vty in self._lines.logins:
            self._lines.logins[self._vty].last_key = time.monotonic()
        if self._terminal.receive(data) and self._running is not None:
            self._running.cancel()
        self._wake.set()

    def eof_received(self) -> bool:
        """The client sends no more; what it sent is still worked on."""
        self._eof = True
        self._wake.set()
        return True

    def break_received(self, msec: int) -> bool:
        """A break interrupts."""
        del msec
        if self._running is not None:
            self._running.cancel()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The vty is free again."""
        del exc
        self._lines.router.monitors.discard(self._monitor)
        self._lines.logins.pop(self._vty, None)
        self._lines.channels.discard(self)
        self._channel = None
        if self._task is not None:
            self._task.cancel()

    # --- work -------------------------------------------------------------------------------------

    def _flush(self) -> None:
        data = self._terminal.take()
        if data and self._channel is not None:
            self._channel.write(data)

    def _monitor(self, text: str) -> None:
        if self._shell.monitor:
            self._terminal.notify(text)
            self._flush()

    async def _interactive(self) -> None:
        terminal, shell = self._terminal, self._shell
        try:
            terminal.busy()
            terminal.write(self._banner())
            self._prompt()
            while not shell.closed:
                event = terminal.event()
                self._flush()
                if event is not None:
                    await self._act(event)
                    continue
                if self._eof and terminal.state is State.EDIT:
                    break
                self._wake.clear()
                await self._wake.wait()
        finally:
            self._flush()
            self.close()

    def _banner(self) -> str:
        text = ""
        for kind in ("motd", "exec"):
            entry = self._lines.router.config.top.get(f"banner {kind}")
            if entry is not None:
                whole = "\n".join((entry.text.removeprefix(f"banner {kind} ^C"), *entry.raw))
                text += "\n" + whole.removesuffix("^C") + "\n"
        return text + "\n"

    def _prompt(self) -> None:
        asking = self._shell.asking
        self._terminal.prompt(
            self._shell.prompt,
            echo=asking.echo if asking else True,
            single=bool(asking and asking.single),
        )

    async def _act(self, event: Event) -> None:
        shell, terminal = self._shell, self._terminal
        match event.what:
            case What.LINE:
                if not shell.asking and event.text.strip():
                    shell.history = list(terminal.editor.history)
                await self._run(event.text)
            case What.HELP:
                terminal.write(shell.explain(event.text))
                self._flush()
                terminal.again(event.text)
                return
            case What.COMPLETE:
                terminal.write("\n")
                terminal.again(shell.completion(event.text))
                return
            case What.CONTROL_Z:
                if event.text.strip() and shell.configuring:
                    await self._run(event.text)
                shell.control_c()
            case _:
                shell.control_c()
        if not shell.closed:
            terminal.width, terminal.length = shell.width, shell.length
            self._prompt()

    async def _run(self, line: str) -> None:
        """Run a line; an interrupt cancels it, other errors are logged and end only the command."""
        self._running = asyncio.ensure_future(self._flushing(self._shell.submit(line)))
        try:
            await asyncio.wait({self._running})
            if not self._running.cancelled() and (error := self._running.exception()):
                _logger.error(
                    "%s: %r failed", self._lines.router.hostname, line.split(), exc_info=error
                )
                self._terminal.write(f"% Internal error: {type(error).__name__}\n")
        except asyncio.CancelledError:
            self._running.cancel()
            raise
        finally:
            self._running = None

    async def _flushing(self, work: Awaitable[None]) -> None:
        """Show the output of a command while it runs, not only at its end."""
        shell, plain = self._shell, self._shell.write

        def write(text: str) -> None:
            plain(text)
            self._flush()

        shell.write = write
        try:
            await work
        finally:
            shell.write = plain

    async def _single(self) -> None:
        """Run the one command of `ssh router COMMAND`."""
        self._terminal.length = 0
        try:
            self._shell.write("\n")
            await self._run(self._command or "")
        finally:
            self._flush()
            if self._channel is not None:
                self._channel.exit(0)

    def close(self) -> None:
        """Close the vty from this side."""
        if self._channel is not None:
            self._channel.exit(0)
            self._channel.close()


async def listen(
    lines: Lines, host: str, port: int, host_key: asyncssh.SSHKey
) -> asyncssh.SSHAcceptor:
    """Listen for SSH; port 0 takes a free one."""
    server: Callable[[], IosServer] = lambda: IosServer(lines)  # noqa: E731 - asyncssh wants a factory
    return await asyncssh.create_server(
        server,
        host,
        port,
        server_host_keys=[host_key],
        encoding=None,
        line_editor=False,
        server_version="Cisco-1.25",
        keepalive_interval=0,
        allow_scp=False,
        sftp_factory=None,
    )
