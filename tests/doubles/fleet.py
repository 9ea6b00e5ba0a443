"""A fleet of simulated routers in a process of its own, as many as a test asks for."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PER_BLOCK = 62
"""Point-to-point /30s of a provider block 198.51.N.0/24 that are used."""
STARTUP = """\
hostname {name}
username admin privilege 15 password 0 admin
archive
 path flash:archive
interface GigabitEthernet1
 ip address {address} 255.255.255.252
interface GigabitEthernet2
 ip address {lan} 255.255.255.0
ip route 0.0.0.0 0.0.0.0 {gateway}
end
"""


def address(number: int, host: int = 2) -> str:
    """Return the WAN address of branch `number` (from 0), or its gateway's with `host` 1."""
    high, low = divmod(number, PER_BLOCK)
    return f"198.51.{high}.{4 * low + host}"


def lan(number: int) -> str:
    """Return the LAN address of branch `number` with its prefix length."""
    high, low = divmod(number, PER_BLOCK)
    return f"10.{high}.{low}.1/24"


def startup(name: str, number: int) -> str:
    """Return the configuration of branch `number`: addresses, archive, default route."""
    return STARTUP.format(
        name=name,
        address=address(number),
        lan=lan(number).removesuffix("/24"),
        gateway=address(number, host=1),
    )


@contextlib.contextmanager
def fleet(
    inventory: Path, configs: dict[str, str], *, minute: float = 60.0, drop: float = 0.0
) -> Iterator[dict[str, int]]:
    """Serve these configurations; write hosts, password and host keys into `inventory`; give the
    ports by name. `drop`: probability that a packet of keys ends its connection."""
    folder = inventory.parent / f"{inventory.name}.startup"
    folder.mkdir()
    for name, text in configs.items():
        (folder / f"{name}.cfg").write_text(text)
    options = ["--inventory", str(inventory), "--minute", str(minute), "--drop", str(drop)]
    with subprocess.Popen(
        [sys.executable, "-m", "dmvpn_auto.lab.fleet", str(folder), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the fleet did not start"
        yield json.loads(line)
        process.stdin.close()
