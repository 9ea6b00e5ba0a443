"""What the routers printed, by router and command, read when first looked at.

Nothing here knows where the texts come from: live routers or a folder of saved output.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from dmvpn_auto.observe import Reading, find
from dmvpn_auto.observe.evidence import Clock, Log, LogMessage
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.canonical import short
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.evidence import Evidence, Missing, Output

R = TypeVar("R", bound=Reading)
T = TypeVar("T")
RECENT = timedelta(minutes=15)
"""How old a log message may be, compared with the newest one, to speak about what is now."""

TOGETHER = timedelta(minutes=15)
"""How far apart two routers may have been asked, for their counters to be compared."""

_STAMP = re.compile(r"([A-Z][a-z]{2}) +(\d+) (?:\d{4} )?(\d\d:\d\d:\d\d)")
_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
_YEAR = 2000  # logs print none; a leap year, so that every day exists


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the log; in `said` IPv6 addresses are in their short form."""

    line: str
    said: str
    at: datetime | None  # the year is not printed; comparable within one log


_CONFIGURATION = re.compile(r"^interface .*^end[ \t\r]*$", re.MULTILINE | re.DOTALL)


class Texts:
    """Outputs of all routers; immutable."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._outputs = evidence.outputs
        self.unreachable = evidence.unreachable
        self._configurations: dict[str, Configuration | None] = {}
        self._made: dict[tuple[str, str], Any] = {}
        self._logs: dict[str, tuple[Message, ...] | None] = {}

    def once(self, device: str, what: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, made once: a hub is looked at for each of its spokes."""
        key = (device, what)
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def __bool__(self) -> bool:
        return any(self.asked(device) for device in self._outputs)

    def why(self, device: str) -> str:
        """Return why a router gave nothing."""
        found = self._outputs.get(device, {})
        reasons = [one.reason for one in found.values() if isinstance(one, Missing)]
        return reasons[0] if reasons else "no evidence"

    @property
    def useless(self) -> tuple[str, ...]:
        """The routers that were asked for much, and of which nothing can be used."""
        return tuple(n for n, found in self._outputs.items() if found and not self.asked(n))

    def foreign(self, device: str) -> str | None:
        """Return why outputs were left out that are another router's."""
        missing = [x for x in self._outputs.get(device, {}).values() if isinstance(x, Missing)]
        return next((one.reason for one in missing if " is of " in one.reason), None)

    def moment(self, device: str) -> datetime | None:
        """Return when the router was asked, by a clock that NTP vouches for."""
        clock = self.reading(device, commands.CLOCK, Clock)
        if clock is None or clock.iso is None or not (clock.authoritative and clock.synchronized):
            return None
        moment = datetime.fromisoformat(clock.iso)
        return moment if moment.tzinfo is not None else None

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
        """Return the running configuration, None when it was not collected or was cut off.

        What is cut off would look as if it were not configured.
        """
        if device not in self._configurations:
            text = self.text(device, commands.CONFIGURATION)
            whole = text is not None and _CONFIGURATION.search(text)
            self._configurations[device] = Configuration(text or "") if whole else None
        return self._configurations[device]

    def log(self, device: str) -> tuple[Message, ...] | None:
        """Return the recent messages of the log, oldest first, None when it was not collected."""
        if device not in self._logs:
            found = self.reading(device, commands.LOG, Log)
            self._logs[device] = None if found is None else _recent(found, self._now(device))
        return self._logs[device]

    def _now(self, device: str) -> datetime | None:
        clock = self.reading(device, commands.CLOCK, Clock)
        if clock is None or clock.iso is None:
            return None
        return datetime.fromisoformat(clock.iso).replace(year=_YEAR, tzinfo=None)


def _recent(log: Log, now: datetime | None) -> tuple[Message, ...]:
    messages = [_message(one) for one in log.messages]
    newest = now or max((one.at for one in messages if one.at), default=None)
    return tuple(
        one for one in messages if one.at is None or newest is None or newest - one.at <= RECENT
    )


def _message(one: LogMessage) -> Message:
    line = " ".join(line.strip() for line in one.lines)
    said = _IPV6.sub(lambda found: short(found[0]), line) if _IPV6.search(line) else line
    return Message(line, said, _time(one.timestamp or ""))


def _time(text: str) -> datetime | None:
    """Read the time of a message in a year of its own; None for time since boot."""
    stamp = _STAMP.search(text)
    if stamp is None:
        return None
    try:
        return datetime.strptime(f"{_YEAR} {' '.join(stamp.groups())}", "%Y %b %d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
