"""Where a lab keeps its facts on the host, and whether its processes are alive.

One folder per lab, readable by its user only: `$XDG_RUNTIME_DIR/dmvpn-auto/labs/NAME`, else
`/tmp/dmvpn-auto-UID/labs/NAME`. It goes with the lab. A process is known by its number and its
start time, so that a number which the system has given to another program is never taken for ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from dmvpn_auto.errors import LabError

Backend = Literal["uml", "netns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRecord:
    """The facts of a lab that do not change while it runs (lab.json)."""

    name: str
    backend: Backend
    topology: str  # path of the file
    digest: str  # of the file and of all that it binds
    inventory: str  # folder that `up` wrote
    ports: dict[str, int]  # router -> port on 127.0.0.1
    memory: int  # megabytes
    jumps: dict[str, int] = field(default_factory=dict)  # jump host -> port on 127.0.0.1

    @property
    def doors(self) -> dict[str, int]:
        """All ports that lead into the lab."""
        return {**self.ports, **self.jumps}


@dataclass(frozen=True, slots=True)
class Process:
    """A process that may have ended meanwhile."""

    pid: int
    started: int  # clock ticks after boot, /proc/PID/stat field 22

    def alive(self) -> bool:
        """Whether it still runs (a zombie does not)."""
        facts = _process_facts(self.pid)
        return facts is not None and facts[0] not in "ZX" and facts[1] == self.started


def _process_facts(pid: int) -> tuple[str, int] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[19])


def runtime_folder(*, create: bool = False) -> Path:
    """Return the folder of all labs of this user; with `create`, make it if need be.

    Raises LabError when somebody else owns it or could write to it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK) and len(runtime.split()) == 1 and "," not in runtime:
        base = Path(runtime, "dmvpn-auto")
    else:
        base = Path(f"/tmp/dmvpn-auto-{os.getuid()}")  # noqa: S108 - owner and mode are checked
    for folder in (base, base / "labs"):
        if create:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        try:
            facts = folder.lstat()
        except FileNotFoundError:
            break
        if (
            not stat.S_ISDIR(facts.st_mode)
            or facts.st_uid != os.getuid()
            or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            raise LabError(
                "the folder for running labs is not ours alone",
                where=str(folder),
                hint="remove it, or set XDG_RUNTIME_DIR to a folder of your own",
            )
    return base / "labs"


class LabFolder:
    """The state folder of one lab."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, name: str) -> LabFolder:
        """Return the folder of the lab `name` (it need not exist)."""
        return cls(runtime_folder() / name)

    @property
    def control(self) -> Path:
        """The socket on which the lab takes orders."""
        return self.path / "control.sock"

    @property
    def progress(self) -> Path:
        """Lines of JSON, one per phase of booting: {"phase", "seconds"} or {"failed"}."""
        return self.path / "progress.jsonl"

    @property
    def faults(self) -> Path:
        """What `fault` changed and how it was before."""
        return self.path / "faults.json"

    @property
    def key(self) -> Path:
        """The private SSH key that opens every router."""
        return self.path / "id_lab"

    def create(self, record: LabRecord) -> None:
        """Make the folder, for its user only, and write the record."""
        runtime_folder(create=True)
        self.path.mkdir(mode=0o700)
        for name in ("nvram", "uml"):
            (self.path / name).mkdir(mode=0o700)
        (self.path / "lab.json").write_text(json.dumps(asdict(record), indent=1))

    def record(self) -> LabRecord | None:
        """Return the record, None when there is no such lab."""
        try:
            return LabRecord(**json.loads((self.path / "lab.json").read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise LabError(
                f"the lab's record is damaged: {error}",
                where=str(self.path / "lab.json"),
                hint="dmvpn-auto lab down",
            ) from error

    def note_process(self, role: Literal["supervisor", "kernel"], pid: int) -> None:
        """Remember a process of the lab."""
        facts = _process_facts(pid)
        started = facts[1] if facts else 0
        scratch = self.path / f"{role}.pid.new"
        scratch.write_text(f"{pid} {started}\n")
        scratch.rename(self.path / f"{role}.pid")

    def process(self, role: Literal["supervisor", "kernel"]) -> Process | None:
        """Return a remembered process, None when none was started or it is damaged."""
        try:
            pid, started = (self.path / f"{role}.pid").read_text().split()
            return Process(int(pid), int(started))
        except (FileNotFoundError, ValueError):
            return None

    def log_tail(self, lines: int = 12) -> str:
        """Return the ends of the logs that say something, for an error message."""
        parts = []
        for name in ("boot-error.txt", "supervisor.log", "world.log", "console.log"):
            try:
                text = (self.path / name).read_text(errors="replace").strip()
            except FileNotFoundError:
                continue
            if text:
                end = text.splitlines()[-lines:]
                parts.append(f"{name}:\n    " + "\n    ".join(end))
        return "\n  ".join(parts)

    def remove(self) -> None:
        """Remove the folder and, when it was the last lab, the folders above it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists():
            raise LabError("cannot remove the lab's state folder", where=str(self.path))
        for folder in (self.path.parent, self.path.parent.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lab for one command that changes it; a second one is told to wait."""
        path = runtime_folder(create=True) / f".{self.path.name}.lock"
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LabError(
                    "another `dmvpn-auto lab` command is at work on this lab",
                    where=self.path.name,
                    hint="wait for it to end",
                ) from None
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
                for folder in (self.path.parent, self.path.parent.parent):
                    with contextlib.suppress(OSError):
                        folder.rmdir()


def labs() -> list[LabFolder]:
    """Return the folders of all labs of this user, running or half-dead."""
    folder = runtime_folder()
    found = sorted(folder.iterdir()) if folder.exists() else []
    return [LabFolder(path) for path in found if path.is_dir()]
