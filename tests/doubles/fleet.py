"""A fleet of simulated routers in a process of its own, as many as a test asks for.

Run as a program it serves what `python -m dmvpn_auto.lab.fleet` serves, and with `--typed FILE`
notes every line that is typed on any router, as the log of a AAA server would.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dmvpn_auto.lab import fleet as simulated
from dmvpn_auto.lab.ios.shell import Shell

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
    inventory: Path,
    configs: dict[str, str],
    *,
    minute: float = 60.0,
    drop: float = 0.0,
    seed: int = 0,
    typed: Path | None = None,
) -> Iterator[dict[str, int]]:
    """Serve these configurations; write hosts, password and host keys into `inventory`; give the
    ports by name. `drop`: probability that a packet of keys ends its connection; `typed`: file for
    the lines that are typed on routers, read by `typed_on`."""
    folder = inventory.parent / f"{inventory.name}.startup"
    folder.mkdir()
    for name, text in configs.items():
        (folder / f"{name}.cfg").write_text(text)
    options = ["--inventory", str(inventory), "--minute", str(minute), "--drop", str(drop)]
    options += ["--seed", str(seed)]
    module = "dmvpn_auto.lab.fleet"
    if typed is not None:
        module, options = "tests.doubles.fleet", [*options, "--typed", str(typed)]
    with subprocess.Popen(
        [sys.executable, "-m", module, str(folder), *options],
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


def typed_on(log: Path) -> dict[str, list[str]]:
    """Return the lines that were typed on each router, in order."""
    found: dict[str, list[str]] = {}
    for line in log.read_text().splitlines():
        name, _, text = line.partition(" ")
        found.setdefault(name, []).append(text)
    return found


def _serve() -> None:
    """Serve, noting what is typed when asked to."""
    if "--typed" in sys.argv:
        at = sys.argv.index("--typed")
        log = os.open(sys.argv[at + 1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        del sys.argv[at : at + 2]
        submit = Shell.submit

        async def note(shell: Shell, line: str) -> None:
            os.write(log, f"{shell.router.hostname} {line.strip()}\n".encode())
            await submit(shell, line)

        Shell.submit = note  # type: ignore[assignment, method-assign]  # every line passes there
    simulated.main()


if __name__ == "__main__":
    _serve()
