"""Whom a session trusts: known host keys, jump hosts of OpenSSH; wrong options are named."""

from __future__ import annotations

import asyncio
import inspect
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import paramiko
import pytest
from netmiko.base_connection import BaseConnection

from dmvpn_auto.device import open_fleet
from dmvpn_auto.device.login import open_session
from dmvpn_auto.errors import InputError, UnreachableError
from dmvpn_auto.inventory import load_hosts
from dmvpn_auto.inventory.connection_options import NETMIKO_OPTIONS
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import HOST_KEY_TEXT, PASSWORD, USER, Behaviour, ios_server

SHOWS = Behaviour(shows={"show clock": "12:00:00.000 UTC\n"})
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def attempt(port: int, known: Path) -> None:
    extras = {"system_host_keys": False, "alt_host_keys": True, "alt_key_file": str(known)}
    open_session(
        "r1", hostname="127.0.0.1", port=port, username=USER, password=PASSWORD, extras=extras
    ).close()


def test_a_key_that_nobody_vouched_for_is_refused_before_the_password(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.touch()
    with ios_server() as server:
        with pytest.raises(UnreachableError) as caught:
            attempt(server.port, known)
        assert server.logins == 0, "no password was sent"
    said = str(caught.value)
    assert "nobody has vouched for its host key ssh-ed25519 SHA256:" in said
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in said


def test_another_key_than_the_known_one_is_refused(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with ios_server() as server:
        known.write_text(f"[127.0.0.1]:{server.port} {OTHER_KEY}\n")
        with pytest.raises(UnreachableError, match="not the one that is known") as caught:
            attempt(server.port, known)
        assert server.logins == 0
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}'" in str(caught.value)


def test_a_known_key_is_accepted(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with ios_server() as server:
        known.write_text(f"[127.0.0.1]:{server.port} {HOST_KEY_TEXT}\n")
        attempt(server.port, known)


def test_hashed_names_and_lines_that_nobody_can_read(tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    with ios_server() as server:
        hashed = paramiko.HostKeys.hash_host(f"[127.0.0.1]:{server.port}")
        other = paramiko.HostKeys.hash_host("[127.0.0.1]:1")
        junk = (
            f"# nobody\n\nr1 ssh-ed25519 not=base64\n|1|x|y {HOST_KEY_TEXT}\n{other} {OTHER_KEY}\n"
        )
        known.write_text(f"{junk}{hashed} {HOST_KEY_TEXT}\n")
        attempt(server.port, known)
        known.write_text(f"{junk}{hashed} {OTHER_KEY}\n{hashed} {HOST_KEY_TEXT}\n")
        with pytest.raises(UnreachableError, match="not the one that is known"):
            attempt(server.port, known)
        known.write_text(junk)
        with pytest.raises(UnreachableError, match="nobody has vouched"):
            attempt(server.port, known)


def test_the_inventory_may_hold_its_own_known_hosts(tmp_path: Path) -> None:
    with ios_server(SHOWS) as server:
        write_hosts(tmp_path, {"r1": server.port})
        with open_fleet(tmp_path) as fleet:
            assert "12:00" in str(fleet.run(lambda s: s.show("show clock"))["r1"])
        (tmp_path / "known_hosts").unlink()
        with open_fleet(tmp_path) as fleet:
            assert "vouched" in str(fleet.run(lambda s: s.show("show clock"))["r1"])


class _JumpServer(asyncssh.SSHServer):
    """Lets one key in and forwards to anywhere, as a jump host does."""

    def __init__(self, forwarded: list[int]) -> None:
        self._forwarded = forwarded

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "jumper"

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        self._forwarded.append(dest_port)
        return True


@contextmanager
def jump_host(host_key: asyncssh.SSHKey) -> Iterator[tuple[int, list[int]]]:
    """Give the port of a jump host on loopback, and the ports it was asked to reach."""
    forwarded: list[int] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[host_key],
            server_factory=lambda: _JumpServer(forwarded),
        )  # fmt: skip

    async def stop(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield acceptor.get_port(), forwarded
    finally:
        asyncio.run_coroutine_threadsafe(stop(acceptor), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client on this machine")
def test_a_jump_host_of_the_openssh_configuration(tmp_path: Path) -> None:
    key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    identity = tmp_path / "id"
    identity.touch(0o600)
    identity.write_bytes(user_key.export_private_key())
    with ios_server(SHOWS) as server, jump_host(key) as (port, forwarded):
        known = tmp_path / "jump_known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
        write_hosts(tmp_path, {"r1": server.port})
        (tmp_path / "ssh_config").write_text(
            f"Host bastion\n  HostName 127.0.0.1\n  Port {port}\n  User jumper\n"
            f"  IdentityFile {identity}\n  UserKnownHostsFile {known}\n  BatchMode yes\n"
            "Host 127.0.0.1\n  ProxyJump bastion\n"
        )
        with (tmp_path / "defaults.yaml").open("a") as file:
            file.write(
                "connection_options:\n  netmiko:\n    extras:\n      ssh_config_file: ssh_config\n"
            )
        with open_fleet(tmp_path) as fleet:
            assert "12:00" in str(fleet.run(lambda s: s.show("show clock"))["r1"])
        assert forwarded == [server.port]


def options(folder: Path, text: str) -> Path:
    write_hosts(folder, {"r1": 22})
    (folder / "defaults.yaml").write_text(
        f"username: admin\nconnection_options:\n  netmiko:\n    extras:\n      {text}\n"
    )
    return folder


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("conn_timeuot: 5", "did you mean 'conn_timeout'"),
        ("conn_timeout: soon", "conn_timeout must be a number"),
        ("ssh_strict: 0", "ssh_strict must be true or false"),
        ("session_log: out.txt", "would write secrets"),
        ("device_type: cisco_nxos", "no connection option"),
    ],
)
def test_a_wrong_option_names_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        load_hosts(options(tmp_path, text))
    assert caught.value.where.endswith("defaults.yaml:5")


def test_paths_of_options_start_at_the_inventory(tmp_path: Path) -> None:
    hosts = load_hosts(options(tmp_path, "key_file: keys/id"))
    assert hosts["r1"].extras["key_file"] == str(tmp_path / "keys/id")


def test_the_options_are_netmikos() -> None:
    assert set(NETMIKO_OPTIONS) <= set(inspect.signature(BaseConnection.__init__).parameters)
