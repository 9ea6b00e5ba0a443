"""The programs of the lab, from Debian packages unpacked into a private folder of the user's cache.

Nothing is installed: `apt-get` works on a private state (own package lists, own downloads), so it
needs no root and never starts an FRR or strongSwan service on someone's laptop. Only packages which
this host lacks are downloaded; the lab later lays the unpacked tree over the host's own root, so
both must fit together: the folder is keyed by the host's package database and made again when that
changes. It appears under its final name only when it is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dmvpn_auto.errors import LabError

PACKAGES = (
    "user-mode-linux",
    "frr",
    "charon-systemd",
    "strongswan-swanctl",
    "libstrongswan-standard-plugins",
    "libstrongswan-extra-plugins",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "tcpdump",
    "traceroute",
)
"""What the lab runs: the kernel, routing, IKE, and the tools a person reaches for in `lab exec`."""

_FORMAT = 1  # raise it when unpacking changes, so that old folders are not used any more
_FACTS = "dmvpn-lab.json"
_STATUS = Path("/var/lib/dpkg/status")
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # links into /usr on a merged host
_HOST = Path("/")
_PROGRAMS = (
    "usr/bin/linux.uml",
    "usr/lib/frr/zebra",
    "usr/lib/frr/bgpd",
    "usr/sbin/charon-systemd",
    "usr/sbin/iptables-legacy",
    "usr/sbin/ip",
    "usr/bin/ping",
)
_SKIPPED = (
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/locale/",
    "usr/share/info/",
    "usr/share/lintian/",
    "usr/share/bug/",
    "usr/share/bash-completion/",
    "usr/share/zsh/",
    "lib/systemd/system/",
    "usr/lib/systemd/system/",
    "etc/init.d/",
    "etc/cron.daily/",
    "var/",
)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PrivateRoot:
    """A folder that holds the lab's programs under their usual paths (usr/bin, usr/lib/frr...)."""

    path: Path
    packages: tuple[str, ...]  # "frr=8.4.4-1.1~deb12u2", sorted; none: it is the host's own root

    def hold(self) -> int:
        """Keep the folder from being removed as long as the returned descriptor is open."""
        place = self.path / _FACTS if self.packages else self.kernel
        file = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(file, fcntl.LOCK_SH)
        return file

    @property
    def kernel(self) -> Path:
        """The user-mode Linux kernel."""
        return self.path / "usr/bin/linux.uml"

    @property
    def modules(self) -> Path:
        """The folder that holds one folder of kernel modules per release."""
        return self.path / "usr/lib/uml/modules"


def cache_folder() -> Path:
    """Where the private root lives: `$XDG_CACHE_HOME/dmvpn-auto` (default `~/.cache`)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dmvpn-auto"


def bytecode_folder() -> Path:
    """Where the host leaves compiled modules for the lab, whose own writes are forgotten."""
    return cache_folder() / f"bytecode-{sys.implementation.cache_tag}"


def private_root(progress: Progress = lambda _: None) -> PrivateRoot:
    """Return the private root, making it when it is missing or was made for another host state.

    Where everything is installed already, it is the host's own root and nothing is made.
    Raises LabError when apt is not here, the packages cannot be had, or the cache is not writable.
    """
    if all((_HOST / program).is_file() for program in _PROGRAMS):
        return PrivateRoot(_HOST, ())
    if not _STATUS.is_file() or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise LabError(
            "the lab takes its kernel and daemons from Debian packages, and apt is not here",
            stage="packages",
            hint="run the lab on Debian 12 (or in a container of it), or use a containerlab host",
        )
    cache = cache_folder()
    roots = cache / "roots"
    key = _key()
    found = _load(roots / key)
    if found is not None:
        return found
    try:
        roots.mkdir(parents=True, exist_ok=True)
        archives = _download(cache / "apt", progress)
        with tempfile.TemporaryDirectory(prefix=f".{key}-", dir=roots) as scratch:
            made = Path(scratch) / "root"
            _unpack(archives, made, progress)
            names = sorted(_identity(archive) for archive in archives)
            (made / _FACTS).write_text(json.dumps({"packages": names}))
            made.chmod(0o755)
            _publish(made, roots / key)
    except OSError as error:
        raise LabError(
            f"cannot make the private root: {error.strerror or error}",
            where=str(error.filename or roots),
            stage="packages",
            hint="set XDG_CACHE_HOME to a writable folder with 400 MB free",
        ) from error
    _forget_others(roots, key)
    root = _load(roots / key)
    if root is None:
        raise LabError(
            "the packages do not hold a user-mode Linux kernel",
            where=str(roots / key),
            stage="packages",
        )
    return root


def open_root(path: Path) -> PrivateRoot:
    """Return the root that `private_root` has named a moment ago; raises LabError if it is gone."""
    root = PrivateRoot(_HOST, ()) if path == _HOST else _load(path)
    if root is None:
        raise LabError("the private root has just been removed", where=str(path), stage="packages")
    return root


def _key() -> str:
    """Identify the host's packages, our list and our way of unpacking."""
    digest = hashlib.sha256(f"{_FORMAT} {' '.join(PACKAGES)}\n".encode())
    package = ""
    for line in _STATUS.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("Package: "):
            package = line[9:]
        elif line.startswith(("Status: ", "Version: ")):
            digest.update(f"{package} {line}\n".encode())
    return digest.hexdigest()[:16]


def _load(folder: Path) -> PrivateRoot | None:
    try:
        facts = json.loads((folder / _FACTS).read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    root = PrivateRoot(folder, tuple(facts["packages"]))
    return root if root.kernel.is_file() else None


def _publish(made: Path, final: Path) -> None:
    """Give the finished folder its name; when another run was quicker, keep that one's."""
    try:
        made.rename(final)
    except OSError:
        if _load(final) is None:
            shutil.rmtree(final, ignore_errors=True)
            made.rename(final)


def _forget_others(roots: Path, key: str) -> None:
    """Remove roots made for earlier host states, except those a running lab holds."""
    for old in roots.iterdir():
        if old.name == key or old.name.startswith("."):
            continue
        with contextlib.suppress(OSError), (old / _FACTS).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)


def _apt(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = {
        "Dir::State": state / "state",
        "Dir::State::Lists": state / "state/lists",
        "Dir::State::status": _STATUS,
        "Dir::Cache": state / "cache",
        "Dir::Log": state / "log",
        "Debug::NoLocking": 1,
        "APT::Sandbox::User": "",
        "APT::Install-Recommends": 0,
        "APT::Get::Assume-Yes": 1,
        "APT::Keep-Downloaded-Packages": 1,
        "Acquire::Languages": "none",
        "Acquire::Retries": 2,
        "DPkg::Use-Pty": 0,
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return subprocess.run(
        ["apt-get", "-q", *given, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
    )


def _download(state: Path, progress: Progress) -> list[Path]:
    """Download what the host lacks; return the archives, in any order."""
    for folder in ("state/lists/partial", "cache/archives/partial", "cache/none/partial", "log"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    archives = state / "cache/archives"
    fetched = None
    for refresh in (False, True):  # old lists may name versions which the mirror has dropped
        if refresh or not any((state / "state/lists").glob("*Packages*")):
            progress("reading package lists")
            _require(_apt(state, "update"), "apt-get update")
        # Told of no archives, apt names them all, not only those which are yet to be fetched.
        nothing = ("-o", f"Dir::Cache::archives={state}/cache/none")
        wanted = _apt(state, *nothing, "install", "--print-uris", "--reinstall", *PACKAGES)
        if wanted.returncode != 0:
            fetched = wanted
            continue
        names = [line.split()[1] for line in wanted.stdout.splitlines() if line.startswith("'")]
        missing = [name for name in names if not (archives / name).is_file()]
        if missing:
            progress(f"downloading {len(missing)} packages")
            fetched = _apt(state, "install", "--download-only", "--reinstall", *PACKAGES)
            if fetched.returncode != 0:
                continue
        for old in archives.glob("*.deb"):
            if old.name not in names:
                old.unlink()
        return [archives / name for name in names]
    assert fetched is not None  # noqa: S101 - both rounds end in `continue` only with a result
    _require(fetched, "apt-get install --download-only")
    raise AssertionError  # _require has raised: both rounds failed


def _require(done: subprocess.CompletedProcess[str], what: str) -> None:
    if done.returncode == 0:
        return
    words = [line for line in done.stderr.splitlines() if line.startswith(("E:", "W:"))]
    raise LabError(
        f"{what} failed: " + ("; ".join(words[:3]) or f"status {done.returncode}"),
        stage="packages",
        hint="check the network and /etc/apt/sources.list; or install once with: "
        f"sudo apt-get install --no-install-recommends {' '.join(PACKAGES)}",
    )


def _identity(archive: Path) -> str:
    name, version, _ = archive.stem.split("_", 2)
    return f"{name}={version.replace('%3a', ':')}"


def _unpack(archives: list[Path], root: Path, progress: Progress) -> None:
    """Unpack the files of all archives below `root`, following the host's merged /usr."""
    progress(f"unpacking {len(archives)} packages")
    root.mkdir()
    merged = [name for name in _MERGED if Path("/", name).is_symlink()]
    for name in merged:
        (root / name).symlink_to(f"usr/{name}")
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
    for archive in archives:
        command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE) as source,
            tarfile.open(fileobj=source.stdout, mode="r|") as tar,
        ):
            # Modes are set below; Python 3.14 would refuse links to absolute paths by default.
            trusted: Any = {"filter": "fully_trusted"} if hasattr(tarfile, "data_filter") else {}
            tar.extractall(  # noqa: S202 - apt has checked the archives against their signatures
                root, members=_members(tar, merged), **trusted
            )
        if source.returncode != 0:
            raise LabError(
                f"cannot unpack {archive.name}: dpkg-deb ended with {source.returncode}",
                stage="packages",
                hint=f"remove {archive} and try again",
            )


def _members(tar: tarfile.TarFile, merged: list[str]) -> Iterator[tarfile.TarInfo]:
    for member in tar:
        path = PurePosixPath(member.name).relative_to(".").as_posix()
        if path == "." or f"{path}/".startswith(_SKIPPED) or member.isdev():
            continue
        target = f"usr/{path}" if path.partition("/")[0] in merged else path
        member.name = target
        member.mode = member.mode & 0o755 | 0o600 | (0o700 if member.isdir() else 0)
        if member.islnk():
            link = PurePosixPath(member.linkname).as_posix().removeprefix("./")
            member.linkname = f"usr/{link}" if link.partition("/")[0] in merged else link
        yield member
