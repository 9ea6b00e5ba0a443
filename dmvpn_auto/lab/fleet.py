"""Many routers without a dataplane in one process: for plans and rollouts to hundreds of devices.

Each is the lab's IOS command line with a running and a startup configuration of its own, on a
loopback port of its own; interfaces are as configured and down, no packet is carried. One host key
serves all, and only ciphers that cost little are offered: what is measured is the client, not the
fleet. On request connections break at random, as long lines do.

`python -m dmvpn_auto.lab.fleet FOLDER` serves one router per `NAME.cfg`, writes `{"NAME": port}` as
one line of JSON when all listen, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from dmvpn_auto.errors import InputError, LabError
from dmvpn_auto.lab.inventory import PASSWORD, USER
from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.node import IosNode

_PORT = re.compile(r"^interface (GigabitEthernet\S+)", re.MULTILINE)
_LOGIN = f"username {USER} privilege 15 password 0 {PASSWORD}"
_FILES_EACH = 4
"""Descriptors that a device may need: its port and some sessions."""


@dataclass(slots=True)
class Disturbance:
    """Breaks connections: each packet of keys ends its connection with probability `rate`."""

    rate: float = 0.0
    seed: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin the same sequence for the same seed."""
        self._random = random.Random(self.seed)  # noqa: S311 - no secret depends on it

    def strikes(self) -> bool:
        """Tell whether the connection breaks now."""
        return self._random.random() < self.rate


class SimulatedFleet:
    """Routers by name; `start` boots them all, `close` ends them."""

    def __init__(self, configs: Mapping[str, str], *, minute: float = 60.0) -> None:
        """Prepare a router for each startup configuration; `minute` is that of `IosNode`."""
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self._configs = dict(configs)
        self._minute = minute
        self.nodes: dict[str, IosNode] = {}

    @property
    def ports(self) -> dict[str, int]:
        """Loopback port of each router."""
        return {name: node.port for name, node in self.nodes.items()}

    async def start(
        self, disturbance: Disturbance | None = None, nvram: Path | None = None
    ) -> None:
        """Boot and listen. `nvram`: folder for what `write memory` keeps.

        Raises InputError that names the router and the line of a configuration which is not taken,
        LabError when the machine allows too few open files.
        """
        _allow_files(len(self._configs) * _FILES_EACH)
        for name, text in self._configs.items():
            lines = [line for line in text.splitlines() if line.strip() != "end"]
            if not any(line.startswith(f"username {USER} ") for line in lines):
                lines.append(_LOGIN)
            node = IosNode(
                name,
                BareDataplane(),
                tuple(dict.fromkeys(_PORT.findall(text))) or ("GigabitEthernet1",),
                "\n".join([*lines, ""]),
                nvram / name if nvram else None,
                strict=False,
                minute=self._minute,
                light=True,
                breaks=disturbance.strikes if disturbance and disturbance.rate else None,
            )
            await node.start("127.0.0.1", 0, self.key)
            self.nodes[name] = node
            if node.refused:
                raise InputError(f"not taken: {node.refused[0]}", where=f"{name}.cfg")

    async def close(self) -> None:
        """End all routers."""
        await asyncio.gather(*(node.close() for node in self.nodes.values()))


def _allow_files(wanted: int) -> None:
    """Raise the limit of open files as far as this takes; raise LabError when it does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 100
    if soft < needed:
        if hard not in (resource.RLIM_INFINITY,) and hard < needed:
            raise LabError(
                f"{wanted // _FILES_EACH} routers need {needed} open files; this machine allows "
                f"{hard}",
                hint="serve fewer routers, or raise the limit: ulimit -Hn",
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def read_configs(folder: Path) -> dict[str, str]:
    """Return the text of each `NAME.cfg` of a folder by name; raise InputError for none."""
    try:
        found = {path.stem: path.read_text() for path in sorted(folder.glob("*.cfg"))}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the configurations: {error}", where=str(folder)) from error
    if not found:
        raise InputError("there is no NAME.cfg in it", where=str(folder))
    return found


def write_inventory(base: Path, fleet: SimulatedFleet) -> None:
    """Write hosts, credentials and host keys of a fleet into an inventory folder.

    Raises InputError when there are hosts already: they are not ours to replace.
    """
    if (base / "hosts.yaml").exists():
        raise InputError(
            "is there already", where=str(base / "hosts.yaml"), hint="name another folder"
        )
    (base / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    hosts = "".join(
        f"{name}: {{hostname: 127.0.0.1, port: {port}, platform: cisco_xe}}\n"
        for name, port in fleet.ports.items()
    )
    public = fleet.key.export_public_key("openssh").decode().split()[:2]
    known = "".join(f"[127.0.0.1]:{port} {' '.join(public)}\n" for port in fleet.ports.values())
    files = {
        "secrets/admin-password": f"{PASSWORD}\n",
        "defaults.yaml": f"username: {USER}\npassword: file:secrets/admin-password\n",
        "known_hosts": known,
        "hosts.yaml": hosts,
    }
    for name, text in files.items():
        place = base / name
        scratch = place.with_name(f".{place.name}.new")
        scratch.touch(0o600)
        scratch.write_text(text)
        scratch.rename(place)


async def serve(
    folder: Path,
    *,
    minute: float,
    disturbance: Disturbance,
    inventory: Path | None,
    ready: Callable[[dict[str, int]], None],
    over: asyncio.Event | None = None,
) -> None:
    """Serve a folder's routers until `over`, or for ever; `ready` is told their ports."""
    fleet = SimulatedFleet(read_configs(folder), minute=minute)
    try:
        await fleet.start(disturbance)
        if inventory is not None:
            write_inventory(inventory, fleet)
        ready(fleet.ports)
        await (over or asyncio.Event()).wait()
    finally:
        await fleet.close()


def main() -> None:
    """Serve the routers of a folder."""
    parser = argparse.ArgumentParser(prog="python -m dmvpn_auto.lab.fleet", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inventory", type=Path)
    parser.add_argument("--minute", type=float, default=60.0)
    parser.add_argument("--drop", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    asyncio.run(_serve_while_open(parser.parse_args()))


async def _serve_while_open(given: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(0, lambda: over.set() if not os.read(0, 4096) else None)

    def ready(ports: dict[str, int]) -> None:
        sys.stdout.write(json.dumps(ports) + "\n")
        sys.stdout.flush()

    await serve(
        given.folder,
        minute=given.minute,
        disturbance=Disturbance(given.drop, given.seed),
        inventory=given.inventory,
        ready=ready,
        over=over,
    )


if __name__ == "__main__":
    main()
