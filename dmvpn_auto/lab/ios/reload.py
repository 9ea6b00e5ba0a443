"""A reload that is due at a time: `reload in N`, with IOS's warnings before it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

_WARNINGS = (60, 30, 5, 1)
"""Minutes before a reload at which terminals are warned."""


@dataclass(frozen=True, slots=True)
class Due:
    """A scheduled reload."""

    by: str
    """Who asked for it: `admin on vty0 (192.0.2.1)`."""
    at: float
    """Clock of `time.monotonic`."""


class ReloadTimer:
    """At most one reload that is to come."""

    def __init__(self, minute: float = 60.0) -> None:
        """`minute`: s that a minute of the timer lasts."""
        self._minute = minute
        self._handles: list[asyncio.TimerHandle] = []
        self.due: Due | None = None

    @property
    def left(self) -> float:
        """Minutes until the reload."""
        return (self.due.at - time.monotonic()) / self._minute if self.due else 0.0

    def start(
        self, minutes: int, by: str, go: Callable[[], None], warn: Callable[[str], None]
    ) -> None:
        """Call `go` after so many minutes, and `warn` before with a text for every terminal."""
        self.stop()
        self.due = Due(by, time.monotonic() + minutes * self._minute)
        loop = asyncio.get_running_loop()
        for left in (minutes, *(one for one in _WARNINGS if one < minutes)):
            text = banner(f"SHUTDOWN in {left // 60}:{left % 60:02d}:00")
            self._handles.append(loop.call_later((minutes - left) * self._minute, warn, text))
        self._handles.append(loop.call_later(minutes * self._minute, go))

    def stop(self) -> bool:
        """Forget it; tell whether there was one."""
        due, self.due = self.due, None
        for handle in self._handles:
            handle.cancel()
        self._handles = []
        return due is not None


def banner(words: str) -> str:
    """Return what every terminal is shown."""
    return f"\n\n***\n*** --- {words} ---\n***\n\n"
