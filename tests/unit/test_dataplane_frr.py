"""What is asked from FRR's daemons, over a socket that answers as they do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dmvpn_auto.lab.dataplane.daemons import Daemon
from dmvpn_auto.lab.dataplane.frr import Frr, Vty
from dmvpn_auto.lab.spec import NodeSpec

SHOW = "show bgp ipv4 unicast json"


class Bgpd:
    """A control socket; `silent`: it takes the question and never answers."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent
        self.asked = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                line = (await reader.readuntil(b"\0"))[:-1].decode()
                if line == SHOW:
                    self.asked.set()
                    if self.silent:
                        continue
                text = '{"routes": {}}' if line == SHOW else ""
                writer.write(text.encode() + b"\0\0\0\0")
        except asyncio.IncompleteReadError:
            writer.close()


@asynccontextmanager
async def running(folder: Path, bgpd: Bgpd) -> AsyncIterator[Frr]:
    spec = NodeSpec(name="spoke1", netns="spoke1", holder_pid=0, run_dir=folder)
    frr = Frr(spec, lambda _daemon, _line: None)
    server = await asyncio.start_unix_server(bgpd.serve, str(folder / "bgpd.vty"))
    daemon, vty = Daemon(spec, "bgpd", folder / "log"), Vty(folder / "bgpd.vty")
    daemon._process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import signal; signal.pause()"
    )
    await vty.open()
    frr._daemons["bgpd"], frr._vtys["bgpd"] = daemon, vty
    try:
        yield frr
    finally:
        await frr.close()
        server.close()


async def test_a_daemon_is_asked(tmp_path: Path) -> None:
    async with running(tmp_path, Bgpd(silent=False)) as frr:
        assert await frr.json("bgpd", SHOW) == {"routes": {}}
        assert await frr.json("ospfd", SHOW) is None


async def test_a_daemon_that_ends_while_it_is_asked_does_not_run(tmp_path: Path) -> None:
    bgpd = Bgpd(silent=True)
    async with running(tmp_path, bgpd) as frr:
        waiting = asyncio.create_task(frr.json("bgpd", SHOW))
        await asyncio.wait_for(bgpd.asked.wait(), 5)
        await frr.close()
        assert await asyncio.wait_for(waiting, 5) is None
