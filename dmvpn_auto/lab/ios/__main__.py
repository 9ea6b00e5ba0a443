"""`python -m dmvpn_auto.lab.ios --port 2222 --startup FILE`: one router without a dataplane,
to type at."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.node import IosNode

_STARTUP = """\
hostname Router
username admin privilege 15 secret admin
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
interface GigabitEthernet2
 ip address 10.0.0.1 255.255.255.0
"""


async def _serve(options: argparse.Namespace) -> None:
    startup = options.startup.read_text() if options.startup else _STARTUP
    ports = options.interfaces.split(",")
    node = IosNode(
        "Router", BareDataplane(), ports, startup, options.nvram, strict=not options.accept_all
    )
    await node.start("127.0.0.1", options.port)
    for line in node.refused:
        sys.stderr.write(f"startup-config {line}\n")
    sys.stderr.write(f"listening on 127.0.0.1:{node.port}\n")
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await node.close()


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m dmvpn_auto.lab.ios", description=__doc__)
    parser.add_argument("--port", type=int, default=2222)
    parser.add_argument("--startup", type=Path, help="IOS text; admin/admin without it")
    parser.add_argument("--nvram", type=Path, help="file that `write memory` writes")
    parser.add_argument("--interfaces", default="GigabitEthernet1,GigabitEthernet2")
    parser.add_argument("--accept-all", action="store_true", help="take lines no dataplane carries")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
