"""The lab's routers over real SSH on the loopback: netmiko unmodified, ssh with a command, keys."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from netmiko import ConnectHandler, NetmikoAuthenticationException
from netmiko.exceptions import ConfigInvalidException

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.ios import IosNode
from dmvpn_auto.lab.ios.bare import BareDataplane
from tests.unit.ios_console import PORTS, STARTUP


@asynccontextmanager
async def node(startup: str = STARTUP, nvram: Path | None = None) -> AsyncIterator[IosNode]:
    router = IosNode("Router", BareDataplane(), PORTS, startup, nvram)
    await router.start("127.0.0.1", 0)
    try:
        yield router
    finally:
        await router.close()


def device(router: IosNode, **more: Any) -> dict[str, Any]:
    facts = {
        "device_type": "cisco_ios",
        "host": "127.0.0.1",
        "port": router.port,
        "username": "admin",
        "password": "admin",
    }
    return {**facts, **more}


@pytest.mark.parametrize("driver", ["cisco_ios", "cisco_xe"])
async def test_netmiko_configures_reads_back_and_saves(driver: str, tmp_path: Path) -> None:
    def work(router: IosNode) -> None:
        with ConnectHandler(**device(router, device_type=driver)) as session:
            assert session.find_prompt() == "R1#"
            assert session.check_enable_mode()
            output = session.send_config_set(
                ["interface Tunnel0", "ip address 10.255.0.1 255.255.255.0", "tunnel key 100"],
                error_pattern="%",
            )
            assert "R1(config-if)#tunnel key 100" in output
            assert not session.check_config_mode()
            shown = session.send_command("show running-config interface Tunnel0")
            assert isinstance(shown, str)
            assert " ip address 10.255.0.1 255.255.255.0\n tunnel key 100\nend" in shown
            assert "[OK]" in session.save_config()
            confirmed = session.save_config("copy running-config startup-config", confirm=True)
            assert "[OK]" in confirmed
            with pytest.raises(ConfigInvalidException):
                session.send_config_set(["interface Tunnel0", "foo"], error_pattern="% Invalid")

    async with node(nvram=tmp_path / "nvram") as router:
        await asyncio.to_thread(work, router)
        assert "tunnel key 100" in (tmp_path / "nvram").read_text()


async def test_netmiko_climbs_to_enable_with_the_secret() -> None:
    def work(router: IosNode) -> None:
        with ConnectHandler(**device(router, username="guest", secret="Climb9")) as session:
            assert session.find_prompt() == "R1>"
            session.enable()
            assert session.find_prompt() == "R1#"
            session.exit_enable_mode()
            assert session.find_prompt() == "R1>"

    async with node(f"{STARTUP}enable secret Climb9\n") as router:
        await asyncio.to_thread(work, router)


async def test_a_wrong_password_is_refused() -> None:
    def work(router: IosNode) -> None:
        with pytest.raises(NetmikoAuthenticationException):
            ConnectHandler(**device(router, password="wrong"))

    async with node() as router:
        await asyncio.to_thread(work, router)


async def connect(router: IosNode, **more: Any) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", router.port, **{
            "username": "admin", "password": "admin", "known_hosts": None, "client_keys": None,
            "agent_path": None, "config": [], **more,
        },
    )  # fmt: skip


async def test_ssh_with_a_command_prints_its_output_and_ends() -> None:
    async with node() as router, await connect(router) as connection:
        done = await connection.run("show running-config | include hostname")
        assert isinstance(done.stdout, str)
        assert done.stdout.replace("\r\n", "\n") == "\nhostname R1\n"
        assert done.exit_status == 0


async def test_a_configured_key_logs_in_and_another_does_not() -> None:
    mine, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    startup = (
        f"{STARTUP}ip ssh pubkey-chain\n  username admin\n   key-string\n"
        f"    {mine.export_public_key().decode().strip()}\n    exit\n"
    )
    async with node(startup) as router:
        assert router.refused == []
        async with await connect(router, password=None, client_keys=[mine]) as connection:
            done = await connection.run("show privilege")
            assert "level is 15" in str(done.stdout)
        with pytest.raises(asyncssh.PermissionDenied):
            await connect(router, password=None, client_keys=[other])


async def test_a_whole_configuration_in_one_packet_keeps_its_order() -> None:
    lines = [f"ip route 10.{n}.0.0 255.255.0.0 10.0.0.2" for n in range(1, 120)]
    async with node() as router, await connect(router) as connection:
        process = await connection.create_process(term_type="vt100", term_size=(511, 1000))
        process.stdin.write("\n".join(["terminal length 0", "conf t", *lines, "end", "exit", ""]))
        output = await process.stdout.read()
        assert [
            line.split("#")[1] for line in output.splitlines() if "(config)#ip" in line
        ] == lines
        assert len(router.router.config.top.starting("ip route")) == len(lines)


async def test_users_are_shown_with_the_line_that_asks() -> None:
    async with node() as router, await connect(router) as one, await connect(router) as two:
        idle = await one.create_process(term_type="vt100")
        await idle.stdout.readuntil("R1#")
        done = await two.run("show users")
        rows = [line for line in str(done.stdout).splitlines() if "admin" in line]
        assert len(rows) == 2
        assert [row.startswith("*") for row in rows] == [False, True]


async def test_reload_comes_back_with_nvram(tmp_path: Path) -> None:
    async with node(nvram=tmp_path / "nvram") as router:
        async with await connect(router) as connection:
            process = await connection.create_process(term_type="vt100")
            process.stdin.write(
                "conf t\nhostname R2\nend\nwr\nconf t\nhostname R3\nend\nreload\nno\n\n"
            )
            await process.stdout.read()
        while router.router.hostname != "R2" or not router.listening:
            await asyncio.sleep(0.01)
        async with await connect(router) as connection:
            done = await connection.run("show running-config | include hostname")
            assert "hostname R2" in str(done.stdout)


async def test_a_port_that_is_taken_is_a_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        router = IosNode("Router", BareDataplane(), PORTS, STARTUP)
        with pytest.raises(LabError, match="cannot listen on 127"):
            await router.start("127.0.0.1", taken.getsockname()[1])


async def test_the_login_banner_comes_before_the_login() -> None:
    shown: list[str] = []

    class Client(asyncssh.SSHClient):
        def auth_banner_received(self, msg: str, lang: str) -> None:
            shown.append(msg)

    startup = f"{STARTUP}banner login #Authorised only#\n"
    async with node(startup) as router, await connect(router, client_factory=Client):
        assert "Authorised only" in shown[0]
