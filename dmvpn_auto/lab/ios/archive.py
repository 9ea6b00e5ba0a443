"""Copies of the running configuration, and the way back to one: `archive`, `configure replace`,
revert timer.

A confirmed change (`configure terminal revert timer N`) is undone by the router itself unless
`configure confirm` comes in time. Replacing swaps the whole configuration, as IOS's replace ends:
nothing of the present one stays. The copies live in the router's memory under the names IOS gives
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

_MOST = 10


@dataclass(slots=True)
class Archive:
    """The copies of one router, oldest first."""

    files: dict[str, str] = field(default_factory=dict)
    _count: int = 0

    def keep(self, path: str, at: datetime, text: str, most: int | None = None) -> str:
        """Store a copy; return its name. Only the `most` newest are kept (10 unless configured)."""
        name = f"{path}{at:%b-%d-%H-%M-%S}.{at.microsecond // 1000:03d}-{self._count}"
        self._count += 1
        self.files[name] = text
        for old in list(self.files)[: -(most or _MOST)]:
            del self.files[old]
        return name

    def listing(self, path: str, most: int | None = None) -> str:
        """Return what `show archive` prints."""
        rows = [
            f"The maximum archive configurations allowed is {most or _MOST}.",
            f"The next archive file will be named {path}<timestamp>-{self._count}",
            " Archive #  Name",
        ]
        names = list(self.files)
        for number in range(1, (most or _MOST) + 1):
            name = names[number - 1] if number <= len(names) else ""
            newest = " <- Most Recent" if name and number == len(names) else ""
            rows.append(f"   {number:<9}{name}{newest}".rstrip())
        return "".join(f"{row}\n" for row in rows)


class RevertTimer:
    """A change that is taken back unless it is confirmed."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._back: Callable[[], Awaitable[None]] | None = None

    @property
    def pending(self) -> bool:
        """A change waits to be confirmed."""
        return self._back is not None

    def start(self, seconds: float, back: Callable[[], Awaitable[None]]) -> None:
        """Go `back` after so many seconds."""
        self.stop()
        self._back = back
        self._handle = asyncio.get_running_loop().call_later(seconds, self._expired)

    def again(self, seconds: float) -> None:
        """Wait so many seconds from now instead."""
        if self._back is not None:
            self.start(seconds, self._back)

    def stop(self) -> bool:
        """Confirm; tell whether there was anything to confirm."""
        pending = self.pending
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._back = None, None
        return pending

    async def now(self) -> bool:
        """Go back at once; tell whether there was anything to take back."""
        back = self._back
        self.stop()
        if back is not None:
            await back()
        return back is not None

    def _expired(self) -> None:
        async def go() -> None:
            await self.now()

        self._task = asyncio.get_running_loop().create_task(go())
