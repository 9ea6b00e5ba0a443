"""Processors: say how a run goes, and keep its results as one document."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any, TextIO

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from dmvpn_auto.errors import DeviceError
from dmvpn_auto.observe import Reading, to_json


class _Quiet:
    """Nornir's processor protocol with nothing to do."""

    def task_started(self, task: Task) -> None:
        """A task begins on all its hosts."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """A task has ended on all its hosts."""

    def task_instance_started(self, task: Task, host: Host) -> None:
        """A task begins on one host."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """A task has ended on one host."""

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """A part of a task begins on one host."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """A part of a task has ended on one host."""


class Tell(_Quiet):
    """One line for each router as it is done: what happened, or the error with what to do next."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Say it."""
        said = f"{host.name}: {task.name}: {'changed' if result.changed else 'ok'}"
        if isinstance(result.exception, DeviceError):
            said = str(result.exception)  # begins with the name
        elif result.failed:
            said = f"{host.name}: {task.name}: {type(result.exception).__name__}"
        self._stream.write(f"{said}\n")
        self._stream.flush()


@dataclass
class Gather(_Quiet):
    """The results of a run by router and task, as JSON; an error stands in place of a result."""

    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Keep it."""
        first = result[0]
        entry: dict[str, Any] = {"failed": result.failed, "changed": result.changed}
        if result.failed:
            entry["error"] = str(result.exception)
        else:
            value = first.result
            entry["result"] = to_json(value) if isinstance(value, Reading) else value
            entry["diff"] = first.diff
        self.found.setdefault(host.name, {})[task.name] = entry

    def document(self) -> str:
        """Return everything as JSON text."""
        return json.dumps(self.found, indent=1, default=str) + "\n"
