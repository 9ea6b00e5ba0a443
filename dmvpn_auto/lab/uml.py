"""Starting a user-mode Linux kernel: its command line, its memory file, its boot description.

The kernel is an ordinary process (Debian package user-mode-linux). It runs as process 1 of its own
process namespace on the host, so that its death, however it comes, takes all helper processes with
it; and it dies with the process that started it. `python -m dmvpn_auto.lab.uml run -- PROGRAM`
boots one, runs the program inside as root over the merged root, and ends with its status.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dmvpn_auto.errors import LabError, UsageError
from dmvpn_auto.lab import guest, packages, xstate

MODULES = (
    # Without drbg every ESP SA fails: seqiv and echainiv need a random number generator.
    *("drbg", "seqiv", "echainiv", "gcm", "ghash-generic", "ctr", "cbc", "cmac", "xcbc"),
    *("hmac", "sha512_generic", "authenc", "authencesn", "des_generic"),
    *("veth", "bridge", "dummy", "ip_gre", "vrf", "xfrm_user", "esp4", "sch_netem"),
    *("nfnetlink_log", "ip_tables", "iptable_filter", "iptable_mangle", "iptable_nat"),
    *("xt_tcpudp", "xt_NFLOG", "xt_hashlimit", "xt_limit", "xt_TCPMSS", "xt_policy", "xt_mark"),
    *("xt_comment", "xt_addrtype", "xt_conntrack", "xt_length", "xt_MASQUERADE", "af_packet_diag"),
    "ipt_REJECT",
)
"""Loaded at boot; afterwards the kernel loads none (charon alone would make it try 70, 8 s)."""

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x20000, 1 << 28, 1 << 29, 1 << 30
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boot:
    """What the kernel's first process is told; written to the state folder as JSON."""

    backend: Literal["uml", "netns"]
    state: Path  # shared with the host, under the same path inside
    root: packages.PrivateRoot
    program: tuple[str, ...]
    hostname: str = "lab"
    log: Path | None = None  # None: the kernel's console
    addresses: dict[str, str] = field(default_factory=dict)  # device -> "192.0.2.2/30"
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path("/")  # current directory of the program

    def write(self) -> Path:
        """Write the description; return its path."""
        path = self.state / "boot.json"
        facts = {
            "backend": self.backend,
            "state": str(self.state),
            "private": str(self.root.path),
            "modules_folder": str(self.root.modules),
            "modules": MODULES,
            "program": self.program,
            "hostname": self.hostname,
            "log": None if self.log is None else str(self.log),
            "addresses": self.addresses,
            "environment": _environment() | self.environment,
            "cwd": str(self.folder),
        }
        path.write_text(json.dumps(facts))
        return path


def _environment() -> dict[str, str]:
    """Environment of programs in the lab: the user's Python set-up, nothing else of the user's."""
    kept = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "TZ")
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    } | {name: os.environ[name] for name in kept if name in os.environ}


def enter_namespaces(*, mounts: bool = False) -> None:
    """Move this process into a network namespace of its own; its children into a process one.

    An ordinary user gets a user namespace too, in which it is root. The process must have a
    single thread. Raises LabError when the machine does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET | _CLONE_NEWPID | (_CLONE_NEWNS if mounts else 0)
    if user != 0:
        flags |= _CLONE_NEWUSER
    try:
        _unshare(flags)
        if user != 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1\n")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1\n")
    except OSError as error:
        raise no_namespaces(str(error.strerror)) from error


def _unshare(flags: int) -> None:
    if _libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def no_namespaces(why: str) -> LabError:
    """Return the error for a machine that does not give an ordinary user namespaces to use."""
    return LabError(
        f"this machine does not let user {os.getuid()} make namespaces: {why}",
        stage="start",
        hint="as root: sysctl -w kernel.unprivileged_userns_clone=1 "
        "kernel.apparmor_restrict_unprivileged_userns=0 (those of the two that exist); "
        "or run the lab as root",
    )


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _memory_folder(state: Path, megabytes: int) -> Path:
    """Where the kernel's memory file fits: it is mapped executable and filled as it is used."""
    need = megabytes << 20
    for folder in (Path("/dev/shm"), Path(tempfile.gettempdir()), state):  # noqa: S108
        if not os.access(folder, os.W_OK):
            continue
        facts = os.statvfs(folder)
        if facts.f_bavail * facts.f_frsize > need and not facts.f_flag & os.ST_NOEXEC:
            return folder
    raise LabError(
        f"no folder has {megabytes} MB free for the lab's memory (looked at /dev/shm, "
        f"{tempfile.gettempdir()} and {state})",
        stage="start",
        hint="free some space, or set TMPDIR to a folder that may hold programs",
    )


def exec_kernel(
    boot: Boot, *, megabytes: int, devices: tuple[str, ...] = (), console: int = 1
) -> None:
    """Become the kernel: replace this process; returns only by raising LabError.

    `devices` are further kernel arguments ("vec0:transport=raw,ifname=..."). `console` is the file
    descriptor which gets the kernel's console.
    """
    kernel = boot.root.kernel
    init = boot.state / "init"
    script = [sys.executable, "-I", "-S", guest.__file__, str(boot.write())]
    init.write_text("#!/bin/sh\nexec " + " ".join(_quote(word) for word in script) + "\n")
    init.chmod(0o700)
    if len(str(boot.state).split()) != 1 or "," in str(boot.state):
        raise LabError("the kernel cannot use a path with blanks or commas", where=str(boot.state))
    environment = {
        "HOME": str(boot.state),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "TMPDIR": str(_memory_folder(boot.state, megabytes)),
    }
    library = _register_library()
    if library is not None:
        environment["LD_PRELOAD"] = f"/proc/self/fd/{library}"
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(console, 1)
    os.dup2(console, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    arguments = [
        str(kernel),
        f"mem={megabytes}M",
        *("rootfstype=hostfs", "rootflags=/", "ro", f"init={init}"),
        *("con=null", "con0=null,fd:1", "ssl=null", "quiet", "loglevel=3", "selinux=0"),
        *(f"uml_dir={boot.state}/uml/", "umid=kernel"),
        *devices,
    ]
    try:
        os.execve(kernel, arguments, environment)  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise LabError(
            f"cannot start the kernel: {error.strerror}",
            where=str(kernel),
            stage="start",
            hint="the cache folder must be on a file system that may hold programs (not noexec)",
        ) from error


def _register_library() -> int | None:
    """Return a descriptor of the library that this CPU needs (see xstate), None when none."""
    try:
        size = xstate.host_xstate_size()
    except OSError as error:
        raise LabError(
            f"user-mode Linux cannot run here: {error}",
            stage="start",
            hint="in a container allow ptrace (--cap-add SYS_PTRACE or a seccomp profile with it)",
        ) from error
    if size <= xstate.UML_XSTATE_SIZE:
        return None
    file = os.memfd_create("dmvpn-lab-xstate", 0)
    os.write(file, xstate.interposer(size))
    return file


def _quote(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def run(program: list[str], *, megabytes: int) -> int:
    """Run a program in a kernel of its own, its output on ours; return its exit status."""
    root = packages.private_root(lambda step: print(step, file=sys.stderr))  # noqa: T201
    state = Path(tempfile.mkdtemp(prefix="dmvpn-uml-"))
    try:
        enter_namespaces()
        child = os.fork()
        if child == 0:
            die_with_parent()
            boot = Boot(
                backend="uml",
                state=state,
                root=root,
                program=tuple(program),
                environment={"PYTHONUNBUFFERED": "1"},
                folder=Path.cwd(),
            )
            try:
                exec_kernel(boot, megabytes=megabytes)
            except LabError as error:
                sys.stderr.write(f"error: {error}\n")
            os._exit(4)
        os.waitpid(child, 0)
        try:
            return int((state / "status").read_text())
        except FileNotFoundError:
            raise LabError("the kernel ended before its program did", stage="run") from None
    finally:
        shutil.rmtree(state, ignore_errors=True)


def main() -> int:
    """Command line for developers: run one program in a lab kernel."""
    parser = argparse.ArgumentParser(prog="python -m dmvpn_auto.lab.uml", description=__doc__)
    parser.add_argument("verb", choices=["run"])
    parser.add_argument("--memory", type=int, default=512, metavar="MB")
    parser.add_argument("program", nargs="+", metavar="PROGRAM [ARGUMENT...]")
    given = parser.parse_args()
    if given.memory < 128:
        raise UsageError("--memory must be at least 128 (megabytes)")
    return run(given.program, megabytes=given.memory)


if __name__ == "__main__":
    sys.exit(main())
