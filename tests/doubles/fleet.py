"""A fleet of simulated routers in a process of its own, as many as a test asks for."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

STARTUP = """\
hostname {name}
username admin privilege 15 password 0 admin
archive
 path flash:archive
interface GigabitEthernet1
 ip address 198.51.{high}.{low} 255.255.255.252
interface GigabitEthernet2
 ip address 10.{high}.{low}.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 198.51.{high}.{gateway}
end
"""


def startup(name: str, number: int) -> str:
    """Return the configuration of branch `number` (from 0): addresses, archive, default route."""
    high, low = divmod(number, 62)
    return STARTUP.format(name=name, high=high, low=4 * low + 2, gateway=4 * low + 1)


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
