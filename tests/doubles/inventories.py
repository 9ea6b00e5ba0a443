"""Inventory folders whose hosts are SSH doubles on loopback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.doubles.ios_server import HOST_KEY_TEXT, PASSWORD, USER


def write_hosts(folder: Path, ports: Mapping[str, int], password: str = PASSWORD) -> Path:
    """Write hosts.yaml, defaults.yaml, known_hosts and the password file; return the folder."""
    secret = folder / "secrets" / "password"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    hosts = "".join(
        f"{name}:\n  hostname: 127.0.0.1\n  port: {port}\n" for name, port in ports.items()
    )
    (folder / "hosts.yaml").write_text(hosts)
    (folder / "groups.yaml").write_text("{}\n")
    (folder / "defaults.yaml").write_text(
        f"platform: cisco_xe\nusername: {USER}\npassword: file:secrets/password\n"
    )
    (folder / "known_hosts").write_text(
        "".join(f"[127.0.0.1]:{port} {HOST_KEY_TEXT}\n" for port in ports.values())
    )
    return folder
