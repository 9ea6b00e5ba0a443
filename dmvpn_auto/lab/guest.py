"""First process of a lab kernel: make the host's read-only root the lab's own, run one program.

Runs as process 1 of a user-mode Linux kernel, or of a private mount and process namespace on the
host (netns backend). It lays the private root of Debian packages over the host's root (overlayfs,
writes go to memory), so that the lab's daemons and the user's own Python environment are there
under their usual paths, and nothing ever reaches the host's files except the state folder. It
loads the kernel modules, runs the program, collects orphans, leaves the program's exit status
in the state folder and switches the kernel off.

Started as a plain file before the product can be imported, hence the standard library only.
"""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

_SYS_FINIT_MODULE, _SYS_PIVOT_ROOT, _SYS_MOUNT_SETATTR = 313, 155, 442  # x86-64
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
_MNT_DETACH, _POWER_OFF = 2, 0x4321FEDC
_ACCOUNTS = {  # what the packages' own scripts would have made
    "/etc/group": ("frr:x:{id}:", "frrvty:x:{id}:frr"),
    "/etc/passwd": ("frr:x:{id}:{id}::/nonexistent:/usr/sbin/nologin",),
}
_WORK = Path("/run/dmvpn-lab")

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def mount(source: str, target: Path, kind: str, flags: int = 0, data: str = "") -> None:
    """Call mount(2), making the target folder first."""
    target.mkdir(parents=True, exist_ok=True)
    done = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode(), flags, os.fsencode(data)
    )
    _check(done, f"mount {kind} {source} on {target}")


class Modules:
    """Loads kernel modules with what they depend on, without a process per module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / os.uname().release
        self._path: dict[str, str] = {}
        self._needs: dict[str, list[str]] = {}
        self._loaded: set[str] = set()
        for line in (self._folder / "modules.dep").read_text().splitlines():
            path, _, needed = line.partition(":")
            self._path[self._name(path)] = path
            self._needs[path] = needed.split()
        builtin = (self._folder / "modules.builtin.modinfo").read_bytes().decode("latin-1")
        self._builtin = {self._name(entry.partition(".")[0]) for entry in builtin.split("\0")}

    @staticmethod
    def _name(path: str) -> str:
        return path.rpartition("/")[2].removesuffix(".ko").replace("-", "_")

    def load(self, name: str) -> None:
        """Load a module by name; one that is part of the kernel already is no error."""
        path = self._path.get(name.replace("-", "_"))
        if path is None:
            if name.replace("-", "_") in self._builtin:
                return
            raise FileNotFoundError(f"kernel module {name} is not in {self._folder}")
        for needed in reversed(self._needs[path]):
            self._insert(needed)
        self._insert(path)

    def _insert(self, path: str) -> None:
        if path in self._loaded:
            return
        with (self._folder / path).open("rb") as file:
            done = _libc.syscall(_SYS_FINIT_MODULE, file.fileno(), b"", 0)
        if done != 0 and ctypes.get_errno() != 17:  # EEXIST
            _check(done, f"load {path}")
        self._loaded.add(path)


def _enter_root(boot: dict[str, Any], modules: Modules | None) -> None:
    """Make the merged root and move into it."""
    state, private = Path(boot["state"]), boot["private"]
    new = _netns_root(Path(private)) if modules is None else _uml_root(private, modules)
    mount("proc", new / "proc", "proc", _MS_NOSUID | _MS_NODEV)
    mount("sysfs", new / "sys", "sysfs")
    mount("tmpfs", new / "run", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755")
    shared = new / state.relative_to("/")
    if modules is None:
        mount(str(state), shared, "none", _MS_BIND)
    else:
        mount("none", shared, "hostfs", 0, str(state))
    (new / "run/netns").mkdir()
    old = new / "run/old-root"
    old.mkdir()
    os.chdir(new)
    _check(_libc.syscall(_SYS_PIVOT_ROOT, b".", os.fsencode(old)), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/run/old-root", _MNT_DETACH), "leave the old root")
    Path("/run/old-root").rmdir()


def _uml_root(private: str, modules: Modules) -> Path:
    """Lay the private root over the whole of the host's, which is one file system here."""
    mount("proc", Path("/proc"), "proc")
    mount("tmpfs", Path("/run"), "tmpfs", 0, "mode=755")
    modules.load("overlay")
    layers = "/"
    if private != "/":
        mount("none", _WORK / "private", "hostfs", 0, private)
        layers = f"{_WORK}/private:/"
    new = _WORK / "root"
    _overlay(new, layers, _WORK)
    mount("devtmpfs", new / "dev", "devtmpfs")
    mount("devpts", new / "dev/pts", "devpts", 0, "ptmxmode=666")
    mount("tmpfs", new / "dev/shm", "tmpfs")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        (new / "dev" / name).symlink_to(f"/proc/self/fd{target}")
    return new


def _netns_root(private: Path) -> Path:
    """Lay the private root over the host's folder by folder; the rest of the host is read-only.

    One overlay is not possible: the private root lies inside the host's, and layers must not
    overlap. Other file systems of the host come along with the folder they are mounted in.
    """
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "make mounts private")
    work = Path("/mnt")
    mount("tmpfs", work, "tmpfs", 0, "mode=755")
    new = work / "root"
    mount("tmpfs", new, "tmpfs", 0, "mode=755")
    read_only = struct.pack("4Q", 1, 0, 0, 0)  # MOUNT_ATTR_RDONLY
    for place in sorted(Path("/").iterdir()):
        target, over = new / place.name, private / place.name
        if place.is_symlink():
            target.symlink_to(place.readlink())
        elif place.name in ("proc", "sys", "run", "mnt") or not place.is_dir():
            continue
        elif place.name == "dev":
            mount("/dev", target, "none", _MS_BIND | _MS_REC)
        elif place.name == "var" or (over.is_dir() and str(private) != "/"):
            layers = f"{over}:{place}" if over.is_dir() and str(private) != "/" else str(place)
            _overlay(target, layers, work / place.name)
        else:
            mount(str(place), target, "none", _MS_BIND | _MS_REC)
            done = _libc.syscall(
                _SYS_MOUNT_SETATTR, -100, os.fsencode(target), 0x8000, read_only, 32
            )
            _check(done, f"make {target} read-only")
    return new


def _overlay(target: Path, layers: str, work: Path) -> None:
    """Mount an overlay whose writes go to `work`, in memory."""
    for folder in (work / "upper", work / "scratch"):
        folder.mkdir(parents=True)
    options = f"lowerdir={layers},upperdir={work}/upper,workdir={work}/scratch"
    mount("overlay", target, "overlay", 0, options)


def _add_accounts() -> None:
    """Add the daemons' accounts, on copies of the files: an ordinary user cannot change those.

    Where that user has no second user number to give, the daemons keep the only one there is.
    """
    number = "992" if int(Path("/proc/self/uid_map").read_text().split()[2]) > 992 else "0"
    for name, lines in _ACCOUNTS.items():
        before = Path(name).read_text()
        present = {line.partition(":")[0] for line in before.splitlines()}
        missing = [line.format(id=number) for line in lines if line.split(":")[0] not in present]
        copy = Path("/run", Path(name).name)
        copy.write_text(before.rstrip("\n") + "\n" + "".join(f"{line}\n" for line in missing))
        _check(_libc.mount(bytes(copy), name.encode(), None, _MS_BIND, None), f"replace {name}")


def _interface_up(name: str, address: str | None) -> None:
    """Give an interface its address (through the old ioctl calls: no netlink library here)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:

        def call(request: int, payload: bytes) -> None:
            fcntl.ioctl(sock, request, struct.pack("16s24s", name.encode(), payload))

        def inet(value: str) -> bytes:
            return struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(value))

        if address is not None:
            interface = ipaddress.IPv4Interface(address)
            call(0x8916, inet(str(interface.ip)))  # SIOCSIFADDR
            call(0x891C, inet(str(interface.netmask)))  # SIOCSIFNETMASK
        call(0x8914, struct.pack("H", 1 | 64))  # SIOCSIFFLAGS: up, running


def _run(boot: dict[str, Any]) -> int:
    """Run the program to its end, collecting every orphan meanwhile; return its exit status."""
    with Path(boot["log"] or "/dev/console").open("ab", 0) as output:
        program = subprocess.Popen(
            boot["program"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=boot["cwd"],
            env=boot["environment"],
            start_new_session=True,
        )
    while True:
        process, status = os.wait()
        if process == program.pid:
            return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Boot from the description in the file named by the first argument."""
    boot = json.loads(Path(sys.argv[1]).read_text())
    status, uml = 70, boot["backend"] == "uml"
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        modules = Modules(Path(boot["modules_folder"])) if uml else None
        _enter_root(boot, modules)
        _add_accounts()
        if modules is not None:
            for name in boot["modules"]:
                modules.load(name)
            Path("/proc/sys/kernel/modprobe").write_text("\n")
            # Nodes get the tunnels that are configured, not gre0, gretap0 and erspan0 as well.
            Path("/proc/sys/net/core/fb_tunnels_only_for_init_net").write_text("1")
        socket.sethostname(boot["hostname"])
        _interface_up("lo", None)
        for name, address in boot["addresses"].items():
            _interface_up(name, address)
        status = _run(boot)
    except Exception:  # noqa: BLE001 - process 1 must not die: report, then switch off
        (Path(boot["state"]) / "boot-error.txt").write_text(traceback.format_exc())
        traceback.print_exc()
    (Path(boot["state"]) / "status").write_text(str(status))
    sys.stdout.flush()
    if uml:
        os.sync()
        _libc.reboot(_POWER_OFF)
    sys.exit(min(abs(status), 255))


if __name__ == "__main__":
    main()
