"""Ctrl-C during a rollout: the first ends it in good order, the second at once, the third is rude.

At the first no further router is begun and those that are begun come to their end. At the second
pushes stop between two lines and what is begun goes back. At the third the program ends; routers
that wait for a confirmation take their change back by themselves.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event, current_thread, main_thread
from types import FrameType
from typing import Self


class Interrupts:
    """Listens while the block runs; `heard` is set by the first, `hurry` by the second."""

    def __init__(self, tell: Callable[[str], None], on_hurry: Callable[[], None]) -> None:
        self.heard = Event()
        self.hurry = Event()
        self._tell = tell
        self._on_hurry = on_hurry
        self._before: object = None

    def __enter__(self) -> Self:
        if current_thread() is main_thread():
            self._before = signal.signal(signal.SIGINT, self._strike)
        return self

    def __exit__(self, *_: object) -> None:
        if callable(self._before) or isinstance(self._before, signal.Handlers):
            signal.signal(signal.SIGINT, self._before)

    def _strike(self, _number: int, _frame: FrameType | None) -> None:
        if self.hurry.is_set():
            raise KeyboardInterrupt
        if self.heard.is_set():
            self.hurry.set()
            self._on_hurry()
            self._tell("going back on the routers in progress; Ctrl-C again leaves them alone")
        else:
            self.heard.set()
            self._tell("finishing the routers in progress; Ctrl-C again takes them back")
