"""The dialogue with an IOS command line, without I/O: lines in, text to write out; text in,
answers out.

IOS echoes a line when its parser reads it, prints what it has to say, then prints a prompt. Lines
written ahead wait in the router, so the text that comes back is a sequence of `echo, output,
prompt`, in order. A prompt counts only when nothing or the echo of the very next line follows it:
a banner or a description inside `show running-config` that looks like a prompt is read as what it
is. A line that comes back other than it was written (an overflowing terminal buffer drops
characters) ends the dialogue instead of leaving a wrong line unnoticed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat

from dmvpn_auto.device.window import Window

QUOTE = "\x16"  # Ctrl-V: IOS takes the next character as text, not as a request for help
LONGEST_ECHO = 200  # characters; beyond the terminal's width IOS scrolls a line sideways
HOST_IN_PROMPT = 16  # characters of the hostname that every prompt shows; longer ones are cut
_QUESTION = re.compile(r"(?:\[(?:confirm|yes/no|y/n|yes|no)\]|\(y/n\)|[Pp]assword) ?[:?]? ?$", re.M)
LOG_LINE = re.compile(
    r"^(?:[*.]?\w{3} +\d+ [\d:.]+.*?: |\d+: .*?: )?%[A-Z0-9_]+-(?:[A-Z0-9_]+-)?[0-7]-[A-Z0-9_]+:"
)
"""A line of the router's log, with or without sequence number and time stamp."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a router said to one line. `asks` is the question it stopped at in place of a prompt."""

    line: str
    text: str
    prompt: str
    asks: str = ""


class GarbledError(Exception):
    """The router echoed something other than the line it was sent; both may hold secrets."""

    def __init__(self, line: str, echo: str) -> None:
        super().__init__("the router echoed another line than it was sent")
        self.line = line
        self.echo = echo


@dataclass(slots=True)
class _Sent:
    line: str
    echo: str
    at: float
    in_flight: int
    gate: bool


class Conversation:
    """Some lines for a router whose prompt is waiting, and the answers to them, in order.

    `hosts` are the names that the prompt may show; `gates` says of each line whether nothing may be
    written behind it until it is answered (empty: of none); `questions` says whether a line may be
    answered by a question. Write what `to_write` returns, hand to `feed` what arrives. `now` is any
    monotonic clock in seconds.
    """

    def __init__(
        self,
        hosts: str | Iterable[str],
        lines: Iterable[str],
        window: Window,
        *,
        gates: Iterable[bool] = (),
        questions: bool = False,
    ) -> None:
        self._prompt = prompt_of(*((hosts,) if isinstance(hosts, str) else hosts))
        self._waiting = deque(zip(lines, chain(gates, repeat(False)), strict=False))
        self._flying: deque[_Sent] = deque()
        self._window = window
        self._questions = questions
        self._buffer = ""
        self._scanned = 0

    @property
    def in_flight(self) -> tuple[str, ...]:
        """The lines that were written and are not answered yet."""
        return tuple(sent.line for sent in self._flying)

    @property
    def done(self) -> bool:
        """Whether every line was answered."""
        return not self._waiting and not self._flying

    def stop(self) -> None:
        """Write no further line; those in flight are still answered."""
        self._waiting.clear()

    def to_write(self, now: float) -> str:
        """Return the text that the window allows to write now; empty when it is full."""
        text = []
        while self._waiting and len(self._flying) < self._window.size:
            if self._flying and self._flying[-1].gate:
                break
            line, gate = self._waiting.popleft()
            text.append(line.replace("?", QUOTE + "?") + "\n")
            echo = line + "\n" if len(line) < LONGEST_ECHO else line[:LONGEST_ECHO]
            self._flying.append(_Sent(line, echo, now, len(self._flying) + 1, gate))
        return "".join(text)

    def feed(self, text: str, now: float) -> Iterator[Answer]:
        """Take text as it arrived; yield the answers it completes.

        Raises GarbledError when a line was echoed as something else, after the answers before it.
        """
        self._buffer += text.replace("\r", "").replace("\0", "")
        while self._flying and (answer := self._next()) is not None:
            sent = self._flying.popleft()
            self._window.answered(now - sent.at, sent.in_flight)
            yield answer

    def _next(self) -> Answer | None:
        head = self._flying[0]
        if not self._buffer.startswith(head.echo) and not self._find_echo(head):
            return None
        start = self._buffer.find("\n", len(head.echo) - 1) + 1
        if not start:
            return None
        for match in self._prompt.finditer(self._buffer, max(start - 1, self._scanned)):
            rest = self._buffer[match.end() :]
            text = self._buffer[start : match.start() + 1]
            if self._ends_answer(rest):
                self._cut(match.end())
                return Answer(head.line, text, match[0].strip())
            if any(rest.startswith(later.echo) for later in islice(self._flying, 2, None)):
                if self._questions and (question := _QUESTION.search(text)):
                    return Answer(head.line, text, "", asks=_last_line(text[: question.end()]))
                raise GarbledError(self._flying[1].line, text)
        self._scanned = self._buffer.rfind("\n")
        question = _QUESTION.search(self._buffer, self._scanned + 1) if self._questions else None
        if question and question.end() == len(self._buffer):
            text = self._buffer[start:]
            self._cut(question.end())
            return Answer(head.line, text, "", asks=_last_line(text))
        return None

    def _find_echo(self, head: _Sent) -> bool:
        """Drop what the router printed on its own (log lines) before it echoed `head`."""
        for match in self._prompt.finditer(self._buffer):
            rest = self._buffer[match.end() :]
            if rest.startswith(head.echo):
                self._cut(match.end())
                return True
            said = [line for line in self._buffer[: match.start()].split("\n") if line.strip()]
            if self._ends_answer(rest) and not all(LOG_LINE.match(line) for line in said):
                raise GarbledError(head.line, said[0])
        return False

    def _ends_answer(self, rest: str) -> bool:
        return not rest if len(self._flying) == 1 else rest.startswith(self._flying[1].echo)

    def _cut(self, end: int) -> None:
        self._buffer = self._buffer[end:]
        self._scanned = 0


def _last_line(text: str) -> str:
    return text.rpartition("\n")[2].strip()


def prompt_of(*hosts: str) -> re.Pattern[str]:
    """Return what matches a prompt of one of `hosts` in any mode, the line break before it
    included.
    """
    names = "|".join(
        re.escape(host[:HOST_IN_PROMPT]) + (r"[\w.\-]*" if len(host) >= HOST_IN_PROMPT else "")
        for host in hosts
    )
    return re.compile(rf"(?:^|\n)(?:{names})(?:\([^)\n]*\))?[#>]")
