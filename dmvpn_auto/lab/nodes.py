"""The keeper of the lab's nodes: makes their namespaces and starts programs in them.

Runs as a small process of its own beside the world, because a fork costs by the size of the
process that forks (in user-mode Linux 60 ms for the world, 10 ms for this one). For each node it
forks a holder, which keeps the node's network, mount and host-name namespaces; all holders end
with the keeper, and the keeper ends with the world. Requests and answers are JSON, one per
datagram of a socket pair; programs get their files from the descriptors sent along.
Started as a plain file, so standard library only.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWNET = 0x20000, 0x4000000, 1 << 30
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(source: str, target: str, kind: str | None, flags: int = 0) -> None:
    words = [os.fsencode(source), os.fsencode(target), kind.encode() if kind else None]
    _check(_libc.mount(*words, flags, None), f"mount {source} on {target}")


def _bind(source: str, target: str, *, read_only: bool) -> None:
    place = Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    if Path(source).is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    _mount(source, target, None, _MS_BIND)
    if read_only:
        _mount(source, target, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)


def _become_node(node: dict[str, Any]) -> None:
    """Turn this process into the holder of a node's namespaces."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _check(_libc.unshare(_CLONE_NEWNET), "unshare the network")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        up = struct.pack("16sH14x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(sock, 0x8914, up)  # SIOCSIFFLAGS; netlink would cost a library
    name = Path("/run/netns", node["name"])
    name.touch()
    _mount("/proc/self/ns/net", str(name), None, _MS_BIND)
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWUTS), "unshare mounts and host name")
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("sysfs", "/sys", "sysfs")
    run = Path(node["run_dir"])
    for folder in (run, run / "lock", run / "frr"):
        folder.mkdir(parents=True, exist_ok=True)
    for bind in node["binds"]:
        _bind(bind["source"], bind["target"], read_only=bind["read_only"])
    _mount(str(run), "/run", None, _MS_BIND)
    socket.sethostname(node["name"])
    for key, value in node["sysctls"].items():
        Path("/proc/sys", *key.split(".")).write_text(value)


def _enter(holder: int) -> None:
    """Move into the namespaces that `holder` keeps."""
    for kind in ("net", "uts", "mnt"):
        file = os.open(f"/proc/{holder}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
        _check(_libc.setns(file, 0), f"enter {kind} of process {holder}")
    os.chdir("/")


class Keeper:
    """Serves requests until the world goes away."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._programs: dict[int, int] = {}  # process -> request number

    def serve(self) -> None:
        """Answer requests and report the ends of programs."""
        wake, bell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(bell)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            waiting: list[Any] = [self._channel, wake]
            ready, _, _ = select.select(waiting, [], [])
            if wake in ready:
                os.read(wake, 512)
                self._collect()
            if self._channel in ready and not self._serve_one():
                return

    def _serve_one(self) -> bool:
        size = array.array("i").itemsize
        data, ancillary, _, _ = self._channel.recvmsg(1 << 18, socket.CMSG_SPACE(3 * size))
        if not data:
            return False
        files = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                files.frombytes(content)
        request = json.loads(data)
        try:
            answer = getattr(self, f"_do_{request['op']}")(request, list(files))
        except OSError as error:
            answer = {"error": str(error)}
        finally:
            for file in files:
                os.close(file)
        self._tell(request["number"], answer)
        return True

    def _tell(self, number: int, answer: dict[str, Any]) -> None:
        self._channel.send(json.dumps({"number": number, **answer}).encode())

    def _collect(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            number = self._programs.pop(process, None)
            if number is not None:
                self._tell(number, {"status": os.waitstatus_to_exitcode(status)})

    def _do_node(self, request: dict[str, Any], files: list[int]) -> dict[str, Any]:
        """Make a node; answer with its holder when its namespaces are ready."""
        read, write = os.pipe2(os.O_CLOEXEC)
        holder = os.fork()
        if holder == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            self._channel.close()
            os.close(read)
            for file in files:
                os.close(file)
            try:
                _become_node(request["node"])
                os.write(write, b"ready")
            except OSError as error:
                os.write(write, str(error).encode())
                os._exit(1)
            os.close(write)
            while True:
                signal.pause()
        os.close(write)
        with os.fdopen(read, "rb") as answer:
            told = answer.read().decode()
        return {"holder": holder} if told == "ready" else {"error": told or "the holder died"}

    def _do_start(self, request: dict[str, Any], files: list[int]) -> dict[str, Any]:
        """Start a program in a node; its status follows in a later answer."""
        process = os.fork()
        if process == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            try:
                os.setsid()
                for number, file in enumerate(files):
                    os.dup2(file, number)
                _enter(request["holder"])
                os.execvpe(request["argv"][0], request["argv"], request["env"])  # noqa: S606
            except OSError as error:
                os.write(2, f"{request['argv'][0]}: {error.strerror}\n".encode())
                os._exit(126 if isinstance(error, PermissionError) else 127)
        self._programs[process] = request["number"]
        return {"process": process}

    def _do_signal(self, request: dict[str, Any], _: list[int]) -> dict[str, Any]:
        """Send a signal to a program and its children (they share a process group)."""
        if request["process"] in self._programs:
            os.killpg(request["process"], request["signal"])
        return {}


def main() -> None:
    """Serve on the socket whose descriptor is the first argument."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        Keeper(channel).serve()


if __name__ == "__main__":
    main()
