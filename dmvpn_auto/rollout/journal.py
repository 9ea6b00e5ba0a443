"""What was done to which router, on the disk before and after each step, so that nothing that
happens to the program makes it forget.

An SQLite database beside the inventory, `.dmvpn-auto/journal.db`; each entry is written through to
the disk before the step it announces is done. Commands are stored masked, configurations not at
all. What the journal says was begun is not taken for done: `recovery` asks the router.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import InputError, UsageError
from dmvpn_auto.inventory import require_folder, write_atomically
from dmvpn_auto.ios import mask
from dmvpn_auto.rollout.keepsake import pack, unpack
from dmvpn_auto.rollout.plan import Plan
from dmvpn_auto.rollout.reading import fingerprint
from dmvpn_auto.rollout.records import (
    SAVE_ONLY,
    DeviceRecord,
    Mark,
    RunRecord,
    RunState,
    Step,
    StepRecord,
    as_device,
    as_run,
    as_step,
    now,
    who,
)
from dmvpn_auto.rollout.seal import Sealer
from dmvpn_auto.rollout.waves import Wave

FOLDER = ".dmvpn-auto"
_SCHEMAS = (
    """
CREATE TABLE run (
  id INTEGER PRIMARY KEY, verb TEXT NOT NULL, cloud TEXT NOT NULL, who TEXT NOT NULL,
  host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, ended TEXT, state TEXT NOT NULL,
  hash TEXT NOT NULL, approval TEXT NOT NULL, policy TEXT NOT NULL,
  of INTEGER);
CREATE TABLE device (
  run INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL, wave INTEGER NOT NULL,
  stage INTEGER NOT NULL, title TEXT NOT NULL, together INTEGER NOT NULL, address TEXT NOT NULL,
  before TEXT NOT NULL, wanted TEXT NOT NULL, forward TEXT NOT NULL, backward TEXT NOT NULL,
  archive TEXT NOT NULL DEFAULT '', state TEXT NOT NULL, said TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run, name));
CREATE TABLE step (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run, device TEXT NOT NULL,
  step TEXT NOT NULL, mark TEXT NOT NULL, at TEXT NOT NULL, evidence TEXT NOT NULL);
""",
    "CREATE TABLE design (run INTEGER PRIMARY KEY REFERENCES run, packed BLOB NOT NULL);",
    "ALTER TABLE run ADD COLUMN retype INTEGER NOT NULL DEFAULT 0;",
)
"""What each version of the format adds."""


class JournalError(InputError):
    """The journal cannot be read or written. Nothing is begun without it."""


class Journal:
    """The journal of one inventory folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "journal.db"
        with _usable(path):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._open(path)
        self._lock = Lock()
        self._path = path

    def _open(self, path: Path) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version < len(_SCHEMAS):
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                (version,) = self._db.execute("PRAGMA user_version").fetchone()
                for statement in "".join(_SCHEMAS[version:]).split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={max(version, len(_SCHEMAS))}")
        if version > len(_SCHEMAS):
            raise InputError(
                f"was written by a newer version (format {version}, this one knows "
                f"{len(_SCHEMAS)})",
                where=str(path),
                stage="journal",
                hint="use the newer version, or move the file away",
            )

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    @cached_property
    def sealer(self) -> Sealer:
        """What makes the fingerprints of this journal; its key is made on first use."""
        path = self.folder / "seal.key"
        with _usable(path):
            if not path.exists():
                write_atomically(path, secrets.token_hex(32) + "\n", mode=0o600)
            return Sealer(bytes.fromhex(path.read_text().strip()))

    # --- writing ----------------------------------------------------------------------------------

    def begin(
        self,
        verb: str,
        design: CloudDesign,
        waves: Iterable[Wave],
        plans: Mapping[str, Plan],
        *,
        unsaved: Iterable[str] = (),
        plan_hash: str = "",
        approval: str = "",
        policy: Mapping[str, Any] | None = None,
        of: int | None = None,
        retype: bool = False,
    ) -> Run:
        """Open a run and enter whom it will change, with fingerprints of what they run before and
        what they shall run; `unsaved` routers will only be saved. `retype`: secrets that cannot be
        compared are typed anew.
        """
        me = (who(), socket.gethostname(), os.getpid())
        row = (verb, design.name, *me, now(), RunState.RUNNING.value)
        more = (plan_hash, approval, json.dumps(dict(policy or {})), of, retype)
        places = list(self._places([Wave(SAVE_ONLY, (tuple(unsaved),)), *waves], plans))
        with self.writing() as cursor:
            cursor.execute(
                "INSERT INTO run (verb, cloud, who, host, pid, started, state, hash, approval,"
                " policy, of, retype) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (*row, *more),
            )
            number = int(cursor.lastrowid or 0)
            cursor.execute("INSERT INTO design (run, packed) VALUES (?,?)", (number, pack(design)))
            cursor.executemany(
                "INSERT INTO device (run, name, wave, stage, title, together, address,"
                " before, wanted, forward, backward, state) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                [(number, *place) for place in places],
            )
        return Run(self, number)

    def _places(
        self, waves: Iterable[Wave], plans: Mapping[str, Plan]
    ) -> Iterator[tuple[Any, ...]]:
        for number, wave in enumerate(waves):
            for stage, names in enumerate(wave.stages):
                for name in names:
                    plan = plans[name]
                    marks = (fingerprint(tree, self.sealer) for tree in (plan.running, plan.wanted))
                    commands = map(_masked, (plan.change.forward, plan.change.backward))
                    at = (name, number, stage, wave.title, wave.together, plan.address)
                    yield (*at, *marks, *commands, "planned")

    def again(self, number: int) -> Run:
        """Go on with a run in this process."""
        with self.writing() as cursor:
            cursor.execute(
                "UPDATE run SET state=?, pid=?, host=?, ended=NULL WHERE id=?",
                (RunState.RUNNING.value, os.getpid(), socket.gethostname(), number),
            )
        return Run(self, number)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """Give what writes; all that the block writes is on the disk after it, or nothing is.

        Raises InputError when the disk does not take it.
        """
        with _usable(self._path), self._lock, self._db:
            yield self._db.cursor()

    # --- reading ----------------------------------------------------------------------------------

    def runs(self) -> list[RunRecord]:
        """Return all runs, oldest first."""
        return [as_run(dict(row)) for row in self._read("SELECT * FROM run ORDER BY id", ())]

    def unfinished(self, number: int | None) -> RunRecord:
        """Return one run; without a number the newest that has not ended, else the last one."""
        left = [run for run in self.runs() if not run.state.ended]
        return left[-1] if left and number is None else self.run(number)

    def run(self, number: int | None, *, cloud: str | None = None) -> RunRecord:
        """Return one run, the last one (of `cloud`) without a number. Raises UsageError."""
        found = [run for run in self.runs() if cloud is None or run.cloud == cloud]
        if number is not None:
            found = [run for run in found if run.id == number]
        if not found:
            what = f"no run {number}" if number is not None else "no run yet"
            raise UsageError(
                f"there is {what}", where=str(self._path), stage="journal", hint="dmvpn-auto runs"
            )
        return found[-1]

    def design(self, number: int) -> CloudDesign:
        """Return the design that a run was for. Raises InputError."""
        rows = self._read("SELECT packed FROM design WHERE run=?", (number,))
        return unpack(rows[0]["packed"] if rows else b"", where=f"run {number}")

    def devices(self, number: int) -> list[DeviceRecord]:
        """Return the routers of a run in the order in which they are changed."""
        rows = self._read("SELECT * FROM device WHERE run=? ORDER BY wave, stage, rowid", (number,))
        return [as_device(dict(row)) for row in rows]

    def steps(self, number: int, device: str | None = None) -> list[StepRecord]:
        """Return the entries of a run, of one router or of all, oldest first."""
        rows = self._read(
            "SELECT * FROM step WHERE run=? AND device=ifnull(?, device) ORDER BY id",
            (number, device),
        )
        return [as_step(dict(row)) for row in rows]

    def _read(self, statement: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        with _usable(self._path), self._lock:
            return self._db.execute(statement, values).fetchall()


class Run:
    """The run that this process carries out. `unheard`: go on although the disk takes nothing."""

    def __init__(self, journal: Journal, number: int) -> None:
        self.id = number
        self.unheard = False
        self._journal = journal

    def _write(self, *changes: tuple[str, tuple[Any, ...]]) -> None:
        try:
            with self._journal.writing() as cursor:
                for statement, values in changes:
                    cursor.execute(statement, values)
        except JournalError:
            if not self.unheard:
                raise

    def step(self, device: str, step: Step, mark: Mark, *, then: str = "", **evidence: Any) -> None:
        """Enter how far a step of a router came, and what is on it `then`; no secret may be in
        `evidence`.
        """
        entry = (
            "INSERT INTO step (run, device, step, mark, at, evidence) VALUES (?,?,?,?,?,?)",
            (self.id, device, step.value, mark.value, now(), json.dumps(evidence)),
        )
        self._write(entry, *([self._state(device, then, "")] if then else []))

    @contextmanager
    def doing(
        self, device: str, step: Step, *, during: str = "", then: str = "", **evidence: Any
    ) -> Iterator[dict[str, Any]]:
        """Enter that a step begins, and that it was done or failed; `during` it and when it is
        done, `then`, the router is in another state. What the block puts into the mapping is its
        evidence.
        """
        self.step(device, step, Mark.BEGUN, then=during, **evidence)
        found: dict[str, Any] = {}
        try:
            yield found
        except Exception as error:
            self.step(device, step, Mark.FAILED, **found, error=str(error))
            raise
        self.step(device, step, Mark.DONE, then=then, **found)

    def archived(self, device: str, name: str) -> None:
        """Enter under which name the router keeps the configuration from before."""
        self._write(("UPDATE device SET archive=? WHERE run=? AND name=?", (name, self.id, device)))

    def state(self, device: str, state: str, said: str = "") -> None:
        """Enter what is on a router now."""
        self._write(self._state(device, state, said))

    def _state(self, device: str, state: str, said: str) -> tuple[str, tuple[Any, ...]]:
        change = "UPDATE device SET state=?, said=? WHERE run=? AND name=?"
        return change, (state, said, self.id, device)

    def end(self, state: RunState) -> None:
        """Close the run."""
        self._write(("UPDATE run SET state=?, ended=? WHERE id=?", (state.value, now(), self.id)))


_NO_ROOM = "nothing is changed without it; free the disk, or give yourself the right to write"
_DAMAGED = (
    "nothing is changed without it; bring it back from a copy, or move it and its -wal and -shm "
    "away: `deploy` begins a new one, and what routers run is read from them in any case"
)


def open_journal(inventory: Path) -> Journal:
    """Open the journal of an inventory folder; it is made on first use.

    Raises InputError when there is no such folder or the journal cannot be used.
    """
    require_folder(inventory)
    return Journal(inventory / FOLDER)


def _masked(lines: Iterable[str]) -> str:
    return json.dumps([mask(line) for line in lines])


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """Turn what the disk or the file is to blame for into an error that says so."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (OSError, ValueError, sqlite3.Error) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> JournalError:
    damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return JournalError(
        f"the journal cannot be used: {what}",
        where=str(path),
        stage="journal",
        hint=_DAMAGED if damaged else _NO_ROOM,
    )
