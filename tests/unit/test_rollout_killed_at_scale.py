"""A hundred simulated routers, sessions lost at random, and the program killed again and again in
the middle: what the journal says, what the routers run and what was typed on them agree, and
nothing is done twice. `SCALE_ROUTERS=1000 pytest -m scale tests` for another number than CI's.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dmvpn_auto.device import open_fleet
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.rollout.guard import GUARDS, Revert
from dmvpn_auto.rollout.reading import STARTUP
from dmvpn_auto.rollout.records import Mark, Step
from tests.doubles.clouds import large
from tests.doubles.fleet import fleet, typed_on

ROUTERS = int(os.environ.get("SCALE_ROUTERS", "100"))
LOST = 0.12 / ROUTERS  # so that a run that reads all of them has a chance
KILLS = 5
POLICY = ("--no-verify", "--canary", "3", "--batch", "40", "--max-failures", "1000")
TIMER = "configure terminal revert timer 5"
BACK = "configure revert now"
STATUS = GUARDS[Revert.TIMER].status
ENDED = {"done", "failed"}


@dataclass
class Night:
    """A person who starts the program again until it is done, and something that kills it."""

    inventory: Path
    chance: random.Random
    killed: int = 0
    codes: list[int] = field(default_factory=list)

    def ask(self, query: str) -> list[sqlite3.Row]:
        """Read the journal as it is on the disk."""
        path = self.inventory / ".dmvpn-auto" / "journal.db"
        if not path.exists():
            return []
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        db.row_factory = sqlite3.Row
        try:
            return db.execute(query).fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []
        finally:
            db.close()

    @property
    def entries(self) -> int:
        found = self.ask("SELECT count(*) FROM step")
        return int(found[0][0]) if found else 0

    def last(self) -> sqlite3.Row | None:
        found = self.ask("SELECT * FROM run ORDER BY id DESC LIMIT 1")
        return found[0] if found else None

    def go_on(self) -> dict[str, str] | None:
        """Deploy, or resume what was left; the routers and their states as reported, None when
        it was killed."""
        last = self.last()
        over = last is None or last["state"] in ENDED or not self.ask("SELECT 1 FROM device")
        words = ("deploy", "--yes", *POLICY) if over else ("resume",)
        said, told = self.inventory.parent / "stderr", self.inventory.parent / "stdout"
        with told.open("w") as stdout, said.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "dmvpn_auto", *words, "-i", str(self.inventory),
                 "--format", "json"],
                stdout=stdout,
                stderr=stderr,
            )  # fmt: skip
            if self.killed < KILLS:
                until = self.entries + self.chance.randint(1, 4 * ROUTERS)
                while process.poll() is None and self.entries < until:
                    time.sleep(0.01)
                process.kill()
            process.wait(timeout=600)
        out, err = told.read_text(), said.read_text()
        self.codes.append(process.returncode)
        if process.returncode < 0:
            self.killed += 1
            return None
        assert "Traceback" not in err
        assert process.returncode in (0, 4, 5), err
        devices = json.loads(out)["routers"] if out else []
        states = {one["device"]: one["state"] for one in devices}
        if over and last == self.last():
            return {}  # a router could not be read, so that none was touched
        assert process.returncode == expected_code(devices), err
        return states


def expected_code(devices: list[dict[str, object]]) -> int:
    states = {device["state"] for device in devices}
    if states & {"not known", "reverts by itself", "active, not saved"}:
        return 4
    if "rolled back" in states:
        return 5
    return 4 if any(device.get("error") for device in devices) else 0


def hold_the_journal(night: Night) -> None:
    """What must be true of it at any time, killed or not."""
    assert night.ask("PRAGMA integrity_check")[0][0] == "ok"
    assert not night.ask("PRAGMA foreign_key_check")
    begun: Counter[tuple[int, str, str]] = Counter()
    saved: set[tuple[int, str]] = set()
    at: dict[str, str] = {}
    for entry in night.ask("SELECT * FROM step ORDER BY id"):
        assert entry["at"] >= at.get(entry["device"], ""), "the time of a router goes on"
        at[entry["device"]] = entry["at"]
        router = (entry["run"], entry["device"])
        key = (*router, entry["step"])
        assert router not in saved, "what was saved is left alone"
        if entry["mark"] == Mark.BEGUN.value:
            begun[key] += 1
        elif entry["mark"] != Mark.FOUND.value:
            assert begun[key] >= 1, "nothing ends that was not begun"
        if entry["step"] == Step.SAVE.value and entry["mark"] in (
            Mark.DONE.value,
            Mark.FOUND.value,
        ):
            saved.add(router)


def on_the_routers(inventory: Path, names: list[str]) -> dict[str, tuple[str, str, str]]:
    """What each runs, has saved and waits for, asked as often as it takes."""
    found: dict[str, tuple[str, str, str]] = {}
    wanted = ("show running-config", STARTUP, STATUS)
    with open_fleet(inventory, names) as routers:
        while left := [name for name in names if name not in found]:
            answers = routers.run(lambda s: s.show_many(wanted), left, keep=False)
            for name, shown in answers.items():
                if not isinstance(shown, DeviceError):
                    found[name] = (shown[wanted[0]], shown[STARTUP], shown[STATUS])
    return found


def hold_the_routers(night: Night, names: list[str], told: dict[str, str]) -> None:
    """What was reported and what is in the journal is what is on the routers."""
    last = night.last()
    assert last is not None
    rows = night.ask(f"SELECT * FROM device WHERE run={last['id']}")  # noqa: S608 - a number
    journal = {row["name"]: row["state"] for row in rows}
    for name, (running, saved, waits) in on_the_routers(night.inventory, names).items():
        state = journal.get(name, told.get(name, "untouched"))
        if name in told and name in journal and told[name] not in ("untouched", "unchanged"):
            assert told[name] == state, name
        if state in ("saved", "unchanged"):
            assert "interface Tunnel0" in running, name
            assert "interface Tunnel0" in saved, name
            assert "No Rollback Confirmed Change pending" in waits, name
        elif state in ("rolled back", "untouched", "planned"):
            assert "interface Tunnel0" not in running, (name, state)
            assert "interface Tunnel0" not in saved, (name, state)
            assert "No Rollback Confirmed Change pending" in waits, name


@pytest.mark.scale
@pytest.mark.timeout(300 + 3 * ROUTERS)
@pytest.mark.parametrize("seed", [int(os.environ.get("SCALE_SEED", "1"))])
def test_killed_and_gone_on_with_until_it_is_done(tmp_path: Path, seed: int) -> None:
    inventory, log = tmp_path / "inventory", tmp_path / "typed"
    cloud = large(ROUTERS - 2, hubs=2)
    cloud.write(inventory)
    night = Night(inventory, random.Random(seed))  # noqa: S311 - a test
    with fleet(inventory, cloud.configs, drop=LOST, seed=seed, typed=log):
        for _ in range(40):
            told = night.go_on()
            hold_the_journal(night)
            if told:
                hold_the_routers(night, cloud.names, told)
            if told and night.codes[-1] == 0:
                break
        assert night.codes[-1] == 0, night.codes
        assert night.killed >= 3, night.codes
        assert set(told or {}) <= set(cloud.names)
        truth = on_the_routers(inventory, cloud.names)
    typed = typed_on(log)
    for name in cloud.names:
        running, saved, waits = truth[name]
        assert "interface Tunnel0" in running
        assert "interface Tunnel0" in saved
        assert "No Rollback Confirmed Change pending" in waits
        counted = Counter(typed[name])
        assert counted["configure confirm"] == 1, (name, typed[name])
        assert counted["write memory"] == 1, (name, typed[name])
        assert counted[TIMER] == 1 + counted[BACK], (name, typed[name])
