"""One node of the lab in a container of its own, as containerlab starts it.

The container's own namespaces are the node's. A router (`LAB_ROLE=ios`) waits for its data
interfaces, which containerlab cables after the start and counts in `CLAB_INTFS`, then runs its IOS
command line on port 22; a plain node waits to be told things by `exec`. The host's kernel carries
the data, so it must have GRE and IPsec.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
from pathlib import Path

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.spec import NodeSpec
from dmvpn_auto.lab.topology import STARTUP_CONFIG

_MS_BIND = 4096
_STATE = Path("/var/lib/dmvpn-lab")


def data_interfaces() -> tuple[str, ...]:
    """Return eth1, eth2, ... as far as they exist now; eth0 is for management."""
    names = [name for _, name in socket.if_nameindex() if name[3:].isdigit()]
    found = [name for name in names if name.startswith("eth") and name != "eth0"]
    return tuple(sorted(found, key=lambda name: int(name[3:])))


async def _await_interfaces(count: int) -> tuple[str, ...]:
    while len(found := data_interfaces()) < count:
        await asyncio.sleep(0.2)  # another process makes them, and may take any time
    return found


def _name_namespace(name: str) -> None:
    """Give this container's network namespace a name, which the dataplane opens it by."""
    place = Path("/run/netns", name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"/proc/self/ns/net", os.fsencode(place), None, _MS_BIND, None) != 0:
        raise LabError(
            f"may not mount: {os.strerror(ctypes.get_errno())}",
            where=name,
            hint="the container must be privileged, as containerlab starts it",
        )


async def run_router(name: str, port: int = 22) -> None:
    """Be the router `name` until SIGTERM."""
    from dmvpn_auto.lab.dataplane import open_dataplane
    from dmvpn_auto.lab.ios import IosNode

    devices = await _await_interfaces(int(os.environ.get("CLAB_INTFS", "0")))
    _name_namespace(name)
    _STATE.mkdir(parents=True, exist_ok=True)
    spec = NodeSpec(
        name=name,
        netns=name,
        holder_pid=os.getpid(),
        run_dir=Path("/run"),
        interfaces={f"GigabitEthernet{device[3:]}": device for device in devices},
    )
    startup = Path(STARTUP_CONFIG)
    text = startup.read_text() if startup.is_file() else ""
    dataplane = await open_dataplane(spec)
    node = IosNode(name, dataplane, tuple(spec.interfaces), text, _STATE / "nvram")
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    try:
        await node.start("0.0.0.0", port, _host_key())  # noqa: S104 - the container's own network
        if node.refused:
            raise LabError(f"startup-config not taken: {'; '.join(node.refused)}", where=name)
        await over.wait()
    finally:
        await node.close()
        await dataplane.close()


def _host_key() -> bytes:
    """Return the router's SSH key; it stays the same over restarts of the container."""
    import asyncssh

    place = _STATE / "ssh_host_key"
    if not place.exists():
        place.touch(0o600)
        place.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return place.read_bytes()


def main() -> None:
    """Run the node that the environment describes."""
    if os.environ.get("LAB_ROLE") == "ios":
        asyncio.run(run_router(socket.gethostname()))
    else:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
