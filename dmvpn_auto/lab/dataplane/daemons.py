"""Starting and ending the daemons of a router (charon, zebra, bgpd) in its namespaces.

A daemon stays in the foreground as a child of the world, so that its end is noticed. It is ready
when its control socket takes a connection; if it ends first, the error quotes its last words.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.spec import NodeSpec

_START_TIME = 60.0  # s; with many routers on one processor
_POLL = 0.02


class Daemon:
    """One daemon of one router."""

    def __init__(self, spec: NodeSpec, name: str, log: Path) -> None:
        self._spec = spec
        self.name = name
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(
        self,
        *command: str,
        environment: dict[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Start `command` inside the router's mount, network and UTS namespaces.

        `on_line` is called with each line that it prints, when it comes.
        """
        enter = ("nsenter", "-t", str(self._spec.holder_pid), "-m", "-n", "-u", "--")
        variables = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", **(environment or {})}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *enter,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log if on_line is None else asyncio.subprocess.PIPE,
                stderr=log,
                env=variables,
            )
        if on_line is not None and self._process.stdout is not None:
            lines = self._copy(self._process.stdout, on_line)
            self._reader = asyncio.get_running_loop().create_task(lines)

    async def _copy(self, printed: asyncio.StreamReader, on_line: Callable[[str], None]) -> None:
        """Pass on what the daemon prints until it ends; its log keeps it."""
        while line := await printed.readline():
            with self._log.open("ab") as log:
                log.write(line)
            on_line(line.decode(errors="replace").rstrip())

    async def ready(self, control: Path) -> None:
        """Wait until the daemon takes connections on its control socket."""
        deadline = asyncio.get_running_loop().time() + _START_TIME
        while True:
            try:
                _, writer = await asyncio.open_unix_connection(str(control))
            except OSError:
                self._require_alive(deadline)
                await asyncio.sleep(_POLL)
            else:
                writer.close()
                return

    def _require_alive(self, deadline: float) -> None:
        late = asyncio.get_running_loop().time() > deadline
        if self.running and not late:
            return
        why = f"is not ready after {_START_TIME:.0f} s" if self.running else "ended at once"
        raise LabError(
            f"{self.name} {why}: {_last_words(self._log)}", where=self._spec.name, stage="dataplane"
        )

    async def stop(self, *, politely: bool = True) -> None:
        """End the daemon, by force when it does not listen or when told to."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM if politely else signal.SIGKILL)
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def _last_words(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "it said nothing"
    return "it said nothing"


async def run(spec: NodeSpec, *command: str, given: bytes = b"") -> None:
    """Run a short program in the router's namespaces; raises LabError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *("nsenter", "-t", str(spec.holder_pid), "-m", "-n", "-u", "--", *command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate(given)
    if process.returncode != 0:
        raise LabError(
            f"{command[0]} failed: {errors.decode(errors='replace').strip()}",
            where=spec.name,
            stage="dataplane",
        )
