"""The host-side process of a lab: holds its kernel and its way in.

It listens on the loopback ports of the routers in the host's network, then moves into a network
namespace of its own, where it starts the lab's kernel and forwards each connection to it. The
kernel dies with it, and when the kernel dies it ends: nothing of the lab survives either.
It has a single thread (a process that has asked for a process namespace cannot make another).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab import guest, packages, state, uml

HOST_ADDRESS, GUEST_ADDRESS, CONTROL_PORT, FIRST_PORT = "192.0.2.1/30", "192.0.2.2/30", 2100, 2201
"""Both ends of the way into the lab; they exist in namespaces of our own only."""

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWNET = 0x20000, 0x4000000, 1 << 30
_CHUNK = 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Door:
    """A listening socket on the host and the port in the lab behind it."""

    listener: socket.socket
    port: int


def _listen(folder: state.LabFolder, record: state.LabRecord) -> list[Door]:
    doors = []
    for number, (node, port) in enumerate(record.doors.items()):
        try:
            listener = socket.create_server(("127.0.0.1", port), backlog=32)
        except OSError as error:
            raise LabError(
                f"port {port} for {node} is taken: {error.strerror}", stage="start"
            ) from error
        doors.append(Door(listener, FIRST_PORT + number))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    place = os.open(folder.path, os.O_PATH | os.O_DIRECTORY)
    control.bind(f"/proc/self/fd/{place}/{folder.control.name}")
    os.close(place)
    control.listen(32)
    return [*doors, Door(control, CONTROL_PORT)]


def _cable(guest_pid: int | None) -> None:
    """Make the veth pair into the lab; with netns the far end goes to process `guest_pid`."""
    from pyroute2.iproute.linux import IPRoute  # heavy, and needed once
    from pyroute2.netlink.exceptions import NetlinkError

    with IPRoute() as route:
        try:
            route.link("add", ifname="h0", kind="veth", peer="u0")
        except NetlinkError as error:
            if error.code in (errno.EPERM, errno.EACCES):
                raise uml.no_namespaces("it may not make a network link in its own") from error
            raise LabError(
                f"this machine's kernel makes no veth link: {os.strerror(error.code)}",
                stage="start",
                hint="as root: modprobe veth",
            ) from error
        near, far = (route.link_lookup(ifname=name)[0] for name in ("h0", "u0"))
        address, length = HOST_ADDRESS.split("/")
        route.addr("add", index=near, address=address, prefixlen=int(length))
        loopback = route.link_lookup(ifname="lo")[0]
        for index in (loopback, near):
            route.link("set", index=index, state="up")
        if guest_pid is None:
            route.link("set", index=far, state="up")
        else:
            route.link("set", index=far, net_ns_pid=guest_pid)


def _require_host_kernel() -> None:
    """Refuse the netns backend where the host's kernel has no GRE or IPsec.

    Asked by doing: the kernel loads its modules when root asks for them, and tells nobody before.
    """
    from pyroute2.iproute.linux import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    missing = []
    with IPRoute() as route:
        try:
            route.link("add", ifname="probe", kind="gre", gre_local="127.0.0.1")
        except NetlinkError:
            missing.append("ip_gre")
        else:
            route.link("del", ifname="probe")
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_XFRM).close()
    except OSError:
        missing.append("xfrm_user")
    if missing:
        raise LabError(
            f"the kernel of this machine has no {' and no '.join(missing)}",
            stage="start",
            hint="the default backend brings its own kernel: dmvpn-auto lab up --backend uml",
        )


def _start_kernel(
    folder: state.LabFolder, record: state.LabRecord, root: packages.PrivateRoot
) -> int:
    """Start the lab's kernel (or, with netns, its first process); return its process number."""
    root.hold()
    console = os.open(folder.path / "console.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    device = "vec0" if record.backend == "uml" else "u0"
    boot = uml.Boot(
        backend=record.backend,
        state=folder.path,
        root=root,
        program=(sys.executable, "-m", "dmvpn_auto.lab.world", str(folder.path / "world.json")),
        log=folder.path / "world.log",
        addresses={device: GUEST_ADDRESS},
        environment={"PYTHONPYCACHEPREFIX": str(packages.bytecode_folder())},
    )
    if record.backend == "uml":
        _cable(None)
    else:
        _require_host_kernel()
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        status = 4
        try:
            uml.die_with_parent()
            signal.set_wakeup_fd(-1)
            if record.backend == "uml":
                uml.exec_kernel(
                    boot,
                    megabytes=record.memory,
                    devices=("vec0:transport=raw,ifname=u0,depth=128,gro=1",),
                    console=console,
                )
            else:
                _become_guest(boot, ready[1], go[0], console)
        except LabError as error:
            sys.stderr.write(f"error: {error}\n")
        except OSError as error:
            sys.stderr.write(f"error: cannot start the lab's first process: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(ready[1])
    if record.backend == "netns" and os.read(ready[0], 1):
        _cable(child)
        os.write(go[1], b"1")
    for file in (ready[0], *go):
        os.close(file)
    return child


def _become_guest(boot: uml.Boot, ready: int, go: int, console: int) -> None:
    """Become the first process of a lab on the host's own kernel."""
    path = boot.write()
    if _libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS | _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.write(ready, b"1")
    os.read(go, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(console, 1)
    os.dup2(console, 2)
    script = [sys.executable, "-I", "-S", guest.__file__, str(path)]
    os.execv(sys.executable, script)  # noqa: S606 - no shell is wanted


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:  # reset, or not connected any more
        writer.close()  # the other direction ends with it


async def _forward(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one connection into the lab and back; close it when the lab does not take it."""
    address = GUEST_ADDRESS.partition("/")[0]
    try:
        inner_reader, inner_writer = await asyncio.wait_for(
            asyncio.open_connection(address, port, limit=_CHUNK), 5
        )
    except (OSError, TimeoutError):
        writer.close()
        return
    for stream in (writer, inner_writer):
        sock = stream.get_extra_info("socket")
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
    finally:
        inner_writer.close()
        writer.close()


async def _serve(doors: list[Door], kernel: int) -> None:
    """Forward until the kernel ends or we are told to stop."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    watch = os.pidfd_open(kernel)
    loop.add_reader(watch, over.set)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)
    async with contextlib.AsyncExitStack() as servers:
        for door in doors:
            unix = door.listener.family == socket.AF_UNIX
            start = asyncio.start_unix_server if unix else asyncio.start_server
            forward = partial(_forward, door.port)
            server = await start(forward, sock=door.listener, limit=_CHUNK)
            servers.callback(server.close)
        await over.wait()
    loop.remove_reader(watch)
    os.close(watch)


def main() -> int:
    """Run the lab of a state folder (first argument) with the programs of a private root (second).

    Ends with the lab, or when SIGTERM comes.
    """
    folder = state.LabFolder(Path(sys.argv[1]))
    record = folder.record()
    if record is None:
        sys.stderr.write(f"error: {folder.path} is no lab\n")
        return 2
    folder.note_process("supervisor", os.getpid())
    kernel = 0
    try:
        root = packages.open_root(Path(sys.argv[2]))
        doors = _listen(folder, record)
        uml.enter_namespaces()
        kernel = _start_kernel(folder, record, root)
        folder.note_process("kernel", kernel)
        asyncio.run(_serve(doors, kernel))
    except LabError as error:
        sys.stderr.write(f"error: {error}\n")
        with folder.progress.open("a") as progress:
            progress.write(json.dumps({"failed": str(error), "at": time.time()}) + "\n")
        return 4
    finally:
        if kernel:
            with contextlib.suppress(ProcessLookupError):
                os.kill(kernel, signal.SIGKILL)
            os.waitpid(kernel, 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
