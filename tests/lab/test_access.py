"""A router that is managed through its own interface: what cuts the way in cuts the session, and
the router takes it back by itself; a reload loses all but what was saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncssh
import pytest
import yaml

from tests.lab.cells import running, write_topology
from tests.lab.conftest import Bench

ROUTER = "spoke1"
_MINUTE = 8  # s; longer than a connection that stalls is waited for
_MANAGED = {"LAB_ROLE": "ios", "LAB_MANAGEMENT": "GigabitEthernet1", "LAB_MINUTE": _MINUTE}
_LOST = (asyncssh.Error, OSError, TimeoutError)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = tmp_path_factory.mktemp("access")
    place = write_topology(root / "lab", (ROUTER,), front_vrf=True)
    topology = yaml.safe_load(place.read_text())
    topology["topology"]["nodes"][ROUTER]["env"] = _MANAGED
    place.write_text(yaml.safe_dump(topology))
    with running(root, place) as bench:
        yield bench


class Person:
    """Somebody at the router's terminal."""

    def __init__(self, process: asyncssh.SSHClientProcess[str]) -> None:
        self._process = process

    def type(self, *lines: str) -> None:
        self._process.stdin.write("".join(f"{line}\n" for line in lines))

    async def read(self, until: str, seconds: float = 10) -> str:
        return str(await asyncio.wait_for(self._process.stdout.readuntil(until), seconds))


@asynccontextmanager
async def connected(lab: Bench) -> AsyncIterator[Person]:
    host = yaml.safe_load((lab.inventory / "hosts.yaml").read_text())[ROUTER]
    login = asyncssh.connect(
        "127.0.0.1", host["port"], username="admin", password="admin", known_hosts=None
    )
    async with asyncio.timeout(2):
        connection = await login
    try:
        async with asyncio.timeout(2):
            process = await connection.create_process(term_type="vt100", term_size=(200, 0))
        yield Person(process)
    finally:
        connection.abort()


async def until(lab: Bench, *, reachable: bool) -> None:
    """Wait until the router takes a new session, or does not."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with connected(lab) as at:
                    await at.read("#", 2)
            except _LOST:
                if not reachable:
                    return
            else:
                if reachable:
                    return


async def test_a_list_that_cuts_management_cuts_it_until_the_router_reverts(lab: Bench) -> None:
    async with connected(lab) as at:
        at.type("terminal length 0", "show users", "conf t", "archive", "path flash:before", "end")
        assert "198.51.100.1" in await at.read("(config-archive)#end")
        at.type(
            "configure terminal revert timer 1", "ip access-list extended CUT",
            "permit icmp any any", "interface GigabitEthernet1", "ip access-group CUT in",
        )  # fmt: skip
        await until(lab, reachable=False)
        ping = lab.run("lab", "exec", "wan", "--", "ping", "-c1", "-W2", "198.51.100.2")
        assert ping.returncode == 0, ping.stdout
        # The session that made the change lives on: TCP sends again what the list had dropped.
        at.type("end")
        await at.read("rolling to:flash:before", 30)
        at.type("show logging", "show running-config | include CUT", "show clock")
        told = await at.read("show clock")
        assert "ROLLBK_CNFMD_CHG_ROLLBACK_START: Start rolling to: flash:before" in told
        assert "ip access-list extended CUT" not in told
    await until(lab, reachable=True)


async def test_a_reload_comes_back_with_what_was_saved(lab: Bench) -> None:
    async with connected(lab) as at:
        at.type(
            "terminal length 0",
            "conf t",
            "hostname KEPT",
            "interface Loopback7",
            "end",
            "write memory",
        )
        await at.read("[OK]")
        at.type("conf t", "hostname LOST", "no interface Loopback7", "end", "reload in 1")
        await at.read("[yes/no]")
        at.type("no", "")
        with pytest.raises((asyncio.IncompleteReadError, *_LOST)):
            await at.read("never", 20)  # the session ends with the router
    await until(lab, reachable=True)
    async with connected(lab) as at:
        at.type("terminal length 0", "show ip interface brief", "show logging", "show clock")
        told = await at.read("show clock")
        assert told.count("KEPT#") >= 3
        assert "Loopback7 " in told
        assert "SYS-5-RESTART" in told
