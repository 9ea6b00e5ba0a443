"""Runs of the journal for people and for programs."""

from __future__ import annotations

import os
import socket
from collections import Counter
from typing import Any

from rich.console import Console
from rich.text import Text

from dmvpn_auto.rollout.journal import Journal
from dmvpn_auto.rollout.records import Mark, RunRecord, RunState, StepRecord, by_device

_COLOURS = {RunState.DONE: "green", RunState.FAILED: "red", RunState.INTERRUPTED: "yellow"}


_LONG = frozenset({"held", "alive"})


def state(record: RunRecord) -> str:
    """Say how a run stands; one whose process is gone was killed."""
    if record.state is not RunState.RUNNING:
        return record.state.value
    if record.host == socket.gethostname() and not _alive(record.pid):
        return "killed"
    return f"running (process {record.pid} on {record.host})"


def show_runs(journal: Journal, last: int, console: Console) -> None:
    """Print one line for each of the last runs."""
    runs = journal.runs()[-last:]
    if not runs:
        console.print("no run yet")
    for record in runs:
        what = f"{record.verb} of run {record.of}" if record.of else record.verb
        line = f"{record.id:>4}  {record.started[:19]}  {record.who:<10}  {what:<18}  "
        line += f"{record.cloud:<14}  {state(record):<12}  {_counts(journal, record)}"
        console.print(Text(line.rstrip(), style=_COLOURS.get(record.state, "")), soft_wrap=True)


def show_run(
    journal: Journal, record: RunRecord, console: Console, *, router: str | None, commands: bool
) -> None:
    """Print a run with its routers and their steps."""
    what = f" of run {record.of}" if record.of else ""
    console.print(Text(f"run {record.id}: {record.verb}{what} of cloud {record.cloud}: "
                       f"{state(record)}", style="bold"))  # fmt: skip
    console.print(f"  by {record.who} on {record.host}, {record.started} to {record.ended or '?'}")
    if record.hash:
        console.print(f"  plan {record.hash}")
    if record.approval:
        console.print(f"  approved by {record.approval}")
    steps = by_device(journal.steps(record.id, router))
    for device in journal.devices(record.id):
        if router not in (None, device.name):
            continue
        console.print(Text(f"{device.name}  wave {device.wave} ({device.title})  {device.state}",
                           style="bold"))  # fmt: skip
        if device.said:
            console.print(Text(f"  {device.said}", style="red"), soft_wrap=True)
        if device.archive:
            console.print(f"  before: {device.archive} on the router")
        entries = steps.get(device.name, [])
        for entry in entries:
            if entry.mark is not Mark.BEGUN or entry is entries[-1]:  # going on, or cut off
                said = f"  {entry.at[11:23]}  {entry.step.value:<9} {entry.mark.value:<6}"
                console.print(Text(f"{said} {_evidence(entry)}".rstrip()), soft_wrap=True)
        if commands:
            for title, lines in (("typed", device.forward), ("leads back", device.backward)):
                console.print(Text(f"  {title}:"))
                for line in lines:
                    console.print(Text(f"    {line}"), soft_wrap=True)


def runs_as_json(journal: Journal, last: int) -> dict[str, Any]:
    """Return the last runs as a value for JSON."""
    return {"runs": [_run(record) for record in journal.runs()[-last:]]}


def run_as_json(journal: Journal, record: RunRecord, router: str | None) -> dict[str, Any]:
    """Return a run with routers and steps as a value for JSON."""
    devices = [device for device in journal.devices(record.id) if router in (None, device.name)]
    steps = by_device(journal.steps(record.id, router))
    return {
        **_run(record),
        "policy": dict(record.policy),
        "routers": [
            {
                "device": device.name,
                "wave": device.wave,
                "title": device.title,
                "state": device.state,
                "error": device.said or None,
                "archive": device.archive or None,
                "forward": list(device.forward),
                "backward": list(device.backward),
                "steps": [
                    {
                        "step": entry.step.value,
                        "mark": entry.mark.value,
                        "at": entry.at,
                        "evidence": dict(entry.evidence),
                    }
                    for entry in steps.get(device.name, [])
                ],
            }
            for device in devices
        ],
    }


def _run(record: RunRecord) -> dict[str, Any]:
    return {
        "run": record.id,
        "verb": record.verb,
        "cloud": record.cloud,
        "who": record.who,
        "host": record.host,
        "started": record.started,
        "ended": record.ended,
        "state": state(record),
        "hash": record.hash or None,
        "approval": record.approval or None,
        "of": record.of,
    }


def _counts(journal: Journal, record: RunRecord) -> str:
    found = Counter(device.state for device in journal.devices(record.id))
    return ", ".join(f"{count} {name}" for name, count in found.items())


def _evidence(entry: StepRecord) -> str:
    shown = {key: value for key, value in entry.evidence.items() if key not in _LONG and value}
    return ", ".join(f"{key} {_words(value)}".rstrip() for key, value in shown.items())


def _words(value: object) -> str:
    if value is True:
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return str(value)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
