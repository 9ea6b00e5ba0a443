"""Tasks: show, push, save, compare. Each result says whether the router changed, without secrets.

A failure is the DeviceError, which names router, stage and what to do next; Nornir keeps it in the
result and goes on with the other routers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nornir.core.task import Result, Task

from dmvpn_auto.device import Session
from dmvpn_auto.device.login import CONNECTION
from dmvpn_auto.ios import diff, mask, parse
from dmvpn_auto.observe import find
from dmvpn_auto.observe import parse as read


@dataclass(frozen=True, slots=True)
class Lines:
    """Configuration lines for `push`. They do not print: Nornir logs the arguments of tasks."""

    lines: tuple[str, ...] = field(repr=False)

    def __init__(self, lines: Iterable[str]) -> None:
        object.__setattr__(self, "lines", tuple(lines))

    def __iter__(self) -> Iterator[str]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)


def show(task: Task, command: str) -> Result:
    """Return what `command` prints: a Reading where there is a parser for it, else the text."""
    text = _session(task).show(command)
    return Result(task.host, result=read(command, text) if find(command) else text)


def push(task: Task, lines: Lines, *, keep: bool = True) -> Result:
    """Type configuration lines, and save unless `keep` is false; nothing in a dry run.

    `diff` holds the lines with their secrets hidden; `result` is the number of lines taken.
    """
    if not isinstance(lines, Lines):
        raise TypeError("give the lines as Lines([...]): Nornir would log a plain list")
    typed = "\n".join(mask(line) for line in lines)
    if task.is_dry_run():
        return Result(task.host, result=0, diff=typed)
    session = _session(task)
    taken = session.push(lines.lines).lines
    if keep:
        session.save()
    return Result(task.host, result=taken, changed=taken > 0, diff=typed)


def save(task: Task) -> Result:
    """Write the running configuration to NVRAM; nothing in a dry run."""
    if not task.is_dry_run():
        _session(task).save()
    return Result(task.host, result=None)


def compare(task: Task, wanted: dict[str, str]) -> Result:
    """Return the `Change` from what the router runs to `wanted[host]`; changes nothing.

    `wanted` holds rendered configurations by router name; what they do not own is left alone.
    `diff` is the difference as people read it, empty when there is none.
    """
    running = parse(_session(task).show("show running-config"))
    change = diff(running, parse(wanted[task.host.name]))
    return Result(task.host, result=change, diff="\n".join(map(str, change.deltas)))


def _session(task: Task) -> Session:
    session: Session = task.host.get_connection(CONNECTION, task.nornir.config)
    return session
