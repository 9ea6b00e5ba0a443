"""What the journal holds, as values: a run, its routers, their steps, how each stands."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dmvpn_auto.rollout.waves import Wave

SAVE_ONLY = "save only"
"""Title of wave 0: routers that run what they shall run and have not saved it."""


class Step(StrEnum):
    """What is done to a router, in this order."""

    CHECK = "check"
    BASELINE = "baseline"
    PUSH = "push"
    VERIFY = "verify"
    CONFIRM = "confirm"
    SAVE = "save"
    REVERT = "revert"
    PROVE = "prove"
    RECONCILE = "reconcile"


class Mark(StrEnum):
    """How far a step came. FOUND: the router was found to have done it already."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    FOUND = "found"


class RunState(StrEnum):
    """How a run stands; RUNNING without its process is one that was killed."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self in (RunState.DONE, RunState.FAILED)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as stored; `of` is the run that a rollback takes back, `retype` whether secrets that
    cannot be compared are typed anew.
    """

    id: int
    verb: str
    cloud: str
    who: str
    host: str
    pid: int
    started: str
    ended: str | None
    state: RunState
    hash: str
    approval: str
    policy: Mapping[str, Any]
    of: int | None
    retype: bool


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One router of a run as stored; `before` and `wanted` are fingerprints."""

    name: str
    wave: int
    stage: int
    title: str
    together: bool
    address: str
    before: str
    wanted: str
    forward: tuple[str, ...]
    backward: tuple[str, ...]
    archive: str
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One entry about one router, `at` in UTC."""

    device: str
    step: Step
    mark: Mark
    at: str
    evidence: Mapping[str, Any]


def by_device(steps: Iterable[StepRecord]) -> dict[str, list[StepRecord]]:
    """Return the entries of each router, in their order."""
    found: dict[str, list[StepRecord]] = {}
    for step in steps:
        found.setdefault(step.device, []).append(step)
    return found


def who() -> str:
    """Return the user's name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def now() -> str:
    """Return the time in UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def recorded_waves(devices: Iterable[DeviceRecord]) -> tuple[Wave, ...]:
    """Return the waves of a run as they were arranged."""
    waves: dict[int, dict[int, list[str]]] = {}
    titles: dict[int, tuple[str, bool]] = {}
    for device in devices:
        if device.title == SAVE_ONLY:
            continue
        waves.setdefault(device.wave, {}).setdefault(device.stage, []).append(device.name)
        titles[device.wave] = (device.title, device.together)
    return tuple(
        Wave(titles[number][0], tuple(map(tuple, stages.values())), titles[number][1])
        for number, stages in waves.items()
    )


def as_run(row: Mapping[str, Any]) -> RunRecord:
    """Read a row of the table `run`."""
    values = dict(row)
    values["state"] = RunState(values["state"])
    values["policy"] = json.loads(values["policy"])
    values["retype"] = bool(values["retype"])
    return RunRecord(**values)


def as_device(row: Mapping[str, Any]) -> DeviceRecord:
    """Read a row of the table `device`."""
    values = dict(row)
    del values["run"]
    values["forward"] = tuple(json.loads(values["forward"]))
    values["backward"] = tuple(json.loads(values["backward"]))
    values["together"] = bool(values["together"])
    return DeviceRecord(**values)


def as_step(row: Mapping[str, Any]) -> StepRecord:
    """Read a row of the table `step`."""
    return StepRecord(
        row["device"],
        Step(row["step"]),
        Mark(row["mark"]),
        row["at"],
        json.loads(row["evidence"]),
    )
