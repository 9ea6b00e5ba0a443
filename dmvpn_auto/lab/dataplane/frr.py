"""FRR's daemons of one router: zebra, bgpd and ospfd, configured and asked over their vty sockets.

They start when a routing process is wanted, zebra first: a client that does not find it tries again
only after ten seconds. A vty takes a line and a NUL and answers with text, three NULs and a status.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.dataplane.daemons import Daemon
from dmvpn_auto.lab.dataplane.ospf import WantedOspf
from dmvpn_auto.lab.dataplane.overlay import WantedBgp, changes
from dmvpn_auto.lab.live import Tree
from dmvpn_auto.lab.spec import NodeSpec

_FOLDER = Path("/usr/lib/frr")
_ANSWER_TIME = 30.0  # s
_LEVELS = {"bgpd": "informational", "ospfd": "notifications", "zebra": "debugging"}
"""How much the daemons log."""
_FIRST = {"zebra": "debug zebra kernel\n"}
"""What a daemon is told before it starts: zebra, to say when it has a device."""
_ACTIVE = re.compile(r"interface (?P<device>\S+) vrf .* index (?P<index>\d+) becomes active")


class Vty:
    """One session with one daemon."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self) -> None:
        """Connect and become privileged."""
        self._reader, self._writer = await asyncio.open_unix_connection(
            str(self._path), limit=1 << 26
        )
        await self._ask("enable")

    def close(self) -> None:
        """End the session."""
        self._writer.close()

    async def json(self, command: str) -> Any:
        """Return what a `show ... json` command answers."""
        async with self._lock:
            text, _ = await self._ask(command)
        return json.loads(text or "{}")

    async def command(self, command: str) -> None:
        """Carry out a privileged command, such as `clear bgp *`."""
        async with self._lock:
            text, status = await self._ask(command)
        if status != 0:
            raise LabError(f"{self._path.stem}: {command}: {text.strip()}", stage="dataplane")

    async def configure(self, lines: list[str]) -> list[tuple[str, str]]:
        """Enter configuration lines; return those refused, each with the daemon's words."""
        refused = []
        async with self._lock:
            await self._ask("configure terminal")
            for line in lines:
                text, status = await self._ask(line)
                if status != 0:
                    refused.append((line, text.strip()))
            await self._ask("end")
        return refused

    async def _ask(self, line: str) -> tuple[str, int]:
        self._writer.write(line.encode() + b"\0")
        async with asyncio.timeout(_ANSWER_TIME):
            answer = await self._reader.readuntil(b"\0\0\0")
            (status,) = await self._reader.readexactly(1)
        return answer[:-3].decode(errors="replace"), status


class Frr:
    """Zebra, bgpd and ospfd of a router."""

    def __init__(self, spec: NodeSpec, on_line: Callable[[str, str], None]) -> None:
        """`on_line` is called with a daemon's name and each line that it logs."""
        self._spec = spec
        self._on_line = on_line
        self._folder = spec.run_dir / "frr"
        self._daemons: dict[str, Daemon] = {}
        self._vtys: dict[str, Vty] = {}
        self._configured: dict[str, Tree] = {}
        self._known: set[tuple[str, int]] = set()  # devices that zebra has, with their indexes
        self._told = asyncio.Event()

    async def configure(self, bgp: WantedBgp | None, ospf: WantedOspf | None) -> list[str]:
        """Make the daemons have exactly this configuration; return what they refused, in words."""
        refused = await self._follow("bgpd", bgp.lines if bgp else {}, "-p", "179")
        return refused + await self._follow("ospfd", ospf.lines if ospf else {})

    async def _follow(self, name: str, wanted: Tree, *options: str) -> list[str]:
        """Lead one daemon to its configuration; it is started with the first line."""
        running = self._configured.get(name, {})
        if wanted == running and (not wanted or self._running(name)):
            return []
        if not self._running(name):
            running = {}
            await self._start("zebra")
            await self._start(name, *options)
        vty = self._vtys[name]
        refused = await vty.configure(changes(running, wanted))
        if refused and running:
            # An order the daemon does not take; all of it once more from nothing.
            await vty.configure(changes(running, {}))
            refused = await vty.configure(changes({}, wanted))
        self._configured[name] = wanted
        return [f"{_public(line)}: {words}" for line, words in refused]

    async def meet(self, devices: dict[str, int]) -> None:
        """Wait until zebra knows devices that were just made (name -> index).

        Zebra reads links and addresses in two threads, and drops for good an address that comes
        before its device: a device must be given none until zebra has said that it has it. Raises
        LabError when it does not say so in time.
        """
        missing = set(devices.items())
        try:
            async with asyncio.timeout(_ANSWER_TIME):
                while self._running("zebra") and (missing := missing - self._known):
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            names = ", ".join(sorted(name for name, _ in missing))
            raise LabError(f"zebra does not learn of {names}", stage="dataplane") from None

    def _zebra_said(self, line: str) -> None:
        found = _ACTIVE.search(line)
        if found is not None:
            self._known.add((found["device"], int(found["index"])))
            self._told.set()

    async def json(self, daemon: str, command: str) -> Any:
        """Ask a daemon; None when it does not run, or ends while it is asked."""
        if not self._running(daemon):
            return None
        try:
            return await self._vtys[daemon].json(command)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def command(self, daemon: str, command: str) -> None:
        """Carry out a command when the daemon runs."""
        if self._running(daemon):
            await self._vtys[daemon].command(command)

    def _running(self, name: str) -> bool:
        return name in self._daemons and self._daemons[name].running and name in self._vtys

    async def _start(self, name: str, *options: str) -> None:
        if self._running(name):
            return
        self._folder.mkdir(mode=0o775, exist_ok=True)
        shutil.chown(self._folder, "frr", "frr")
        (self._folder / f"{name}.conf").write_text(_FIRST.get(name, ""))
        daemon = Daemon(self._spec, name, self._folder / f"{name}.out")
        await daemon.start(
            *(
                str(_FOLDER / name),
                "--vty_socket",
                "/run/frr",
                "-P",
                "0",
                "-f",
                f"/run/frr/{name}.conf",
            ),
            *("-z", "/run/frr/zserv.api", "-i", f"/run/frr/{name}.pid", "--limit-fds", "1024"),
            *("--log", "stdout", "--log-level", _LEVELS[name], *options),
            on_line=self._zebra_said if name == "zebra" else partial(self._on_line, name),
        )
        control = self._folder / f"{name}.vty"
        await daemon.ready(control)
        if name == "zebra":
            await daemon.ready(self._folder / "zserv.api")
        vty = Vty(control)
        await vty.open()
        self._daemons[name], self._vtys[name] = daemon, vty

    async def close(self) -> None:
        """End the daemons; the next routing process starts others."""
        for vty in self._vtys.values():
            vty.close()
        await asyncio.gather(*(daemon.stop() for daemon in self._daemons.values()))
        self._vtys, self._daemons, self._configured, self._known = {}, {}, {}, set()


def _public(line: str) -> str:
    """Return a configuration line without the secret that it may hold."""
    words = line.split()
    for word in ("password", "md5", "authentication-key"):
        if word in words:
            return " ".join([*words[: words.index(word) + 1], "***"])
    return line
