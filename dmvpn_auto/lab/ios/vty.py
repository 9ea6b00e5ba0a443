"""One terminal session: keyboard and screen (`Terminal`) joined to the command line (`Shell`).

Bytes of the client come in through `feed`, bytes for the client go out through `send`; who carries
them (SSH, a test) does not matter here. Lines are worked on one after the other, so what is typed
ahead keeps its order; an interrupt ends the running command only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.terminal import Event, State, Terminal, What

_logger = logging.getLogger(__name__)


class Vty:
    """A session of `user` on `router`."""

    def __init__(self, router: Router, user: str, send: Callable[[bytes], None]) -> None:
        self.terminal = Terminal()
        known = router.users().get(user)
        privilege = known.privilege if known else 1
        self.shell = Shell(router, user, privilege, write=self._write)
        self.last_key = time.monotonic()
        self._router = router
        self._send = send
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._eof = False

    @property
    def waiting(self) -> bool:
        """Everything typed so far is worked on."""
        return self._running is None and self.terminal.waiting

    # --- from the client --------------------------------------------------------------------------

    def resize(self, width: int, length: int) -> None:
        """Take the size of the client's window; 0 leaves what is set."""
        shell = self.shell
        shell.width, shell.length = width or shell.width, length or shell.length
        self._fit()

    def feed(self, data: bytes) -> None:
        """Keys were typed."""
        self.last_key = time.monotonic()
        if self.terminal.receive(data):
            self.interrupt()
        self._wake.set()

    def eof(self) -> None:
        """The client types no more; what it typed is still worked on."""
        self._eof = True
        self._wake.set()

    def interrupt(self) -> None:
        """End the running command."""
        if self._running is not None:
            self._running.cancel()

    # --- towards the client -----------------------------------------------------------------------

    def _write(self, text: str) -> None:
        self.terminal.write(text)
        self._flush()

    def _flush(self) -> None:
        if data := self.terminal.take():
            self._send(data)

    def monitor(self, text: str) -> None:
        """Show log lines, if this terminal monitors."""
        if self.shell.monitor:
            self.terminal.notify(text)
            self._flush()

    def show(self, text: str) -> None:
        """Show what every terminal is shown."""
        self.terminal.notify(text)
        self._flush()

    def _fit(self) -> None:
        self.terminal.width, self.terminal.length = self.shell.width, self.shell.length

    def _prompt(self) -> None:
        asking = self.shell.asking
        self.terminal.prompt(
            self.shell.prompt,
            echo=asking.echo if asking else True,
            single=bool(asking and asking.single),
        )

    # --- work -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Greet, and work on what is typed until the session is left or the client is gone."""
        terminal, shell = self.terminal, self.shell
        try:
            terminal.busy()
            terminal.write(self._router.greeting())
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

    async def run_single(self, command: str) -> None:
        """Run one command without a prompt, as for `ssh router COMMAND`."""
        self.shell.length = 0
        self._fit()
        self._write("\n")
        await self._run(self.shell.submit(command))

    async def _act(self, event: Event) -> None:
        shell, terminal = self.shell, self.terminal
        match event.what:
            case What.LINE:
                shell.history = list(terminal.editor.history)
                await self._run(shell.submit(event.text))
            case What.HELP:
                terminal.write(shell.explain(event.text))
                terminal.again(event.text)
                return
            case What.COMPLETE:
                terminal.write("\n")
                terminal.again(shell.completion(event.text))
                return
            case What.CONTROL_Z:
                if event.text.strip() and shell.configuring:
                    await self._run(shell.submit(event.text))
                shell.control_c()
            case What.CONTROL_C:
                shell.control_c()
        if not shell.closed:
            self._fit()
            self._prompt()

    async def _run(self, work: Awaitable[None]) -> None:
        """Do it; an interrupt cancels it, a bug in it is logged and ends nothing else."""
        running = self._running = asyncio.ensure_future(work)
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            running.cancel()
            raise
        finally:
            self._running = None
        if running.cancelled():
            return
        if error := running.exception():
            _logger.error("%s: a command failed", self._router.hostname, exc_info=error)
            self._write(f"% Internal error: {type(error).__name__}\n")
