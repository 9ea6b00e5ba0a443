"""Copies of the running configuration, and the way back to one: `archive`, `configure replace`,
revert timers.

A confirmed change (`configure terminal revert timer N`) is undone by the router itself unless
`configure confirm` comes in time, whatever has become of the session that made it. Replacing swaps
the whole configuration, as IOS's replace ends: nothing of the present one stays. The copies stand
for files on flash: a reload keeps them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

_MOST = 10


@dataclass(slots=True)
class Archive:
    """The copies of one router, oldest first, and other files on its flash."""

    files: dict[str, str] = field(default_factory=dict)
    """Name -> text of every file."""
    kept: list[str] = field(default_factory=list)
    """Names of those that the archive made."""
    _count: int = 0

    def keep(self, path: str, at: datetime, text: str, most: int | None = None) -> str:
        """Store a copy; return its name. Only the `most` newest are kept (10 unless configured)."""
        name = f"{_stem(path)}{_moment(at)}-{self._count}"
        self._count += 1
        self.files[name] = text
        self.kept.append(name)
        while len(self.kept) > (most or _MOST):
            self.files.pop(self.kept.pop(0), None)
        return name

    def listing(self, path: str, most: int | None = None) -> str:
        """Return what `show archive` prints."""
        count = len(self.kept)
        saved = f"are currently {count} archive configurations"
        rows = [
            f"The maximum archive configurations allowed is {most or _MOST}.",
            f"There {'is currently 1 archive configuration' if count == 1 else saved} saved.",
            f"The next archive file will be named {_stem(path)}<timestamp>-{self._count}",
            " Archive #  Name",
        ]
        for number in range(1, (most or _MOST) + 1):
            name = self.kept[number - 1] if number <= count else ""
            newest = " <- Most Recent" if name and number == count else ""
            rows.append(f"   {number:<9}{name}{newest}".rstrip())
        return "".join(f"{row}\n" for row in rows)


def _stem(path: str) -> str:
    return path if path.endswith(("-", "/", ":")) else f"{path}-"


def _moment(at: datetime) -> str:
    """A file's time: blanks of the day of the month become hyphens (`Jun--6-10-38-00.741`)."""
    return f"{at:%b}-{at.day:->2}-{at:%H-%M-%S}.{at.microsecond // 1000:03d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that waits to be confirmed."""

    name: str
    """File to go back to."""
    user: str
    idle: bool
    """The timer begins anew with every line typed."""
    minutes: int
    since: datetime


class RevertTimer:
    """A change that is taken back unless it is confirmed."""

    def __init__(self, minute: float = 60.0) -> None:
        """`minute`: s that a minute of the timer lasts."""
        self._minute = minute
        self._handles: list[asyncio.TimerHandle] = []
        self._task: asyncio.Task[None] | None = None
        self._back: Callable[[], Awaitable[None]] | None = None
        self._warn: Callable[[], None] = lambda: None
        self.change: Pending | None = None

    @property
    def pending(self) -> bool:
        """A change waits to be confirmed."""
        return self.change is not None

    def start(
        self, change: Pending, back: Callable[[], Awaitable[None]], warn: Callable[[], None]
    ) -> None:
        """Go `back` when the time is over; `warn` one minute before."""
        self.stop()
        self.change, self._back, self._warn = change, back, warn
        loop = asyncio.get_running_loop()
        seconds = change.minutes * self._minute
        self._handles = [
            loop.call_later(max(0.0, seconds - self._minute), warn),
            loop.call_later(seconds, self._expired),
        ]

    def again(self, change: Pending) -> None:
        """Wait from now on, as `change` says."""
        if self._back is not None:
            self.start(change, self._back, self._warn)

    def typed(self) -> None:
        """Somebody types: an idle timer begins anew."""
        if self.change is not None and self.change.idle:
            self.again(self.change)

    def stop(self) -> bool:
        """Confirm; tell whether there was anything to confirm."""
        pending = self.pending
        for handle in self._handles:
            handle.cancel()
        self._handles, self._back, self.change = [], None, None
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


def differences(first: str, second: str) -> str:
    """Return what `show archive config differences` prints: what `second` has more, then what
    it lacks, each below the sections it stands in."""
    one, two = _tree(first), _tree(second)
    rows = [*_more(one, two, "+"), *_more(two, one, "-")]
    body = "".join(f"{row}\n" for row in rows) or "!No changes were found\n"
    return f"!Contextual Config Diffs:\n{body}"


Lines = dict[str, "Lines"]


def _tree(text: str) -> Lines:
    """Read indented text; comments and `end` say nothing."""
    top: Lines = {}
    stack: list[tuple[int, Lines]] = [(-1, top)]
    for line in text.splitlines():
        words = line.strip()
        if not words or words.startswith("!") or line == "end":
            continue
        depth = len(line) - len(line.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        below = stack[-1][1].setdefault(words, {})
        stack.append((depth, below))
    return top


def _more(one: Lines, two: Lines, sign: str, depth: int = 0) -> Iterator[str]:
    indent = " " * depth
    for line, below in two.items():
        if line not in one:
            yield f"{indent}{sign}{line}"
            yield from _more({}, below, sign, depth + 1)
        elif rows := list(_more(one[line], below, sign, depth + 1)):
            yield f"{indent}{line}"
            yield from rows
