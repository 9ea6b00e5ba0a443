"""What the routers printed, by router and command, read when first looked at.

Nothing here knows where the texts come from: live routers or a folder of saved output.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from dmvpn_auto.observe import Reading, find
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.evidence import Evidence, Missing, Output

R = TypeVar("R", bound=Reading)
LOG = "show logging"
CONFIGURATION = "show running-config"
CLOCK = "show clock"
RECENT = timedelta(minutes=15)
"""How old a log message may be, compared with the newest one, to speak about what is now."""

_MESSAGE = re.compile(r"%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z0-9_]+: ")
_STAMP = re.compile(r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d+) (?:\d{4} )?(?P<time>\d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the log."""

    line: str
    at: datetime | None  # the year is not printed; comparable within one log


class Texts:
    """Outputs of all routers; immutable."""

    def __init__(self, evidence: Evidence) -> None:
        self._outputs = evidence.outputs
        self.unreachable = evidence.unreachable
        self._configurations: dict[str, Configuration | None] = {}
        self._logs: dict[str, tuple[Message, ...] | None] = {}

    def __bool__(self) -> bool:
        return any(self.asked(device) for device in self._outputs)

    def why(self, device: str) -> str:
        """Return why a router gave nothing."""
        found = self._outputs.get(device, {})
        reasons = [one.reason for one in found.values() if isinstance(one, Missing)]
        return reasons[0] if reasons else "no evidence"

    def asked(self, device: str) -> bool:
        """Whether there is any output of the router."""
        return any(isinstance(one, Output) for one in self._outputs.get(device, {}).values())

    def text(self, device: str, command: str) -> str | None:
        """Return an output, None when there is none."""
        found = self._outputs.get(device, {}).get(command)
        return found.text if isinstance(found, Output) else None

    def commands(self, device: str, beginning: str) -> tuple[str, ...]:
        """Return the commands with output that begin so."""
        found = self._outputs.get(device, {})
        return tuple(
            command
            for command, text in found.items()
            if command.startswith(beginning) and isinstance(text, Output)
        )

    def reading(self, device: str, command: str, kind: type[R]) -> R | None:
        """Return what an output says, None when there is none or nobody reads the command."""
        found = self._outputs.get(device, {}).get(command)
        if not isinstance(found, Output) or find(command) is None:
            return None
        return found.reading if isinstance(found.reading, kind) else None

    def configuration(self, device: str) -> Configuration | None:
        """Return the running configuration, None when it was not collected."""
        if device not in self._configurations:
            text = self.text(device, CONFIGURATION)
            whole = text is not None and re.search(r"^interface ", text, re.MULTILINE)
            self._configurations[device] = Configuration(text or "") if whole else None
        return self._configurations[device]

    def log(self, device: str) -> tuple[Message, ...] | None:
        """Return the recent messages of the log, oldest first, None when it was not collected."""
        if device not in self._logs:
            text = self.text(device, LOG)
            self._logs[device] = None if text is None else _recent(text, self._now(device))
        return self._logs[device]

    def _now(self, device: str) -> datetime | None:
        clock = self.text(device, CLOCK) or ""
        said = re.search(r"(\d\d:\d\d:\d\d)\S* \S+ \w+ (\w{3}) +(\d+) \d{4}", clock)
        return _time(said[2], said[3], said[1]) if said else None


def _recent(text: str, now: datetime | None) -> tuple[Message, ...]:
    messages = [
        Message(line.strip(), _stamp(line)) for line in text.splitlines() if _MESSAGE.search(line)
    ]
    times = [one.at for one in messages if one.at]
    newest = now or max(times, default=None)
    return tuple(
        one for one in messages if one.at is None or newest is None or newest - one.at <= RECENT
    )


def _stamp(line: str) -> datetime | None:
    found = _STAMP.search(line.partition("%")[0])
    return _time(found["month"], found["day"], found["time"]) if found else None


def _time(month: str, day: str, time: str) -> datetime | None:
    try:
        return datetime.strptime(f"2000 {month} {day} {time}", "%Y %b %d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
