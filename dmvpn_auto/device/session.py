"""One router as the rest of the package sees it: show a command, push lines, save.

A refused line stops a push. The lines of a section wait until its header was accepted
(`sections.py`); others that were on their way behind a refused line are awaited and accounted for,
because the router has executed them. Nothing here retries: what was done and what was not is the
caller's to know and decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from dmvpn_auto.device.connection import ClosedError, IosConnection, StalledError
from dmvpn_auto.device.conversation import Answer, Conversation, GarbledError
from dmvpn_auto.device.sections import OUTERMOST, gates, names_given, opened_by
from dmvpn_auto.device.window import Window
from dmvpn_auto.errors import DeviceError, RefusedError, StoppedError, UnreachableError
from dmvpn_auto.ios.answers import meaning, unknown_command
from dmvpn_auto.ios.masking import mask, mask_in

LINE_TIMEOUT = 30.0
SHOW_TIMEOUT = 60.0
SAVE_TIMEOUT = 120.0
IDLE = 120.0
"""Seconds after which a session at rest is not trusted any more: IOS closes idle lines after 10
minutes, and what stands between forgets them without a word.
"""
END = "end"


@dataclass(frozen=True, slots=True)
class PushResult:
    """What a push did: the lines the router took, what it remarked on them (line, remark), and
    what it said as it entered configuration mode.
    """

    lines: int
    notices: tuple[tuple[str, str], ...]
    seconds: float
    opened: str = ""


class _Ledger:
    """What became of the lines of a push; `opens` says of each whether it opens a section."""

    def __init__(self, opens: Sequence[bool]) -> None:
        self._opens = iter((*opens, False))
        self.accepted = 0
        self.configuring = True
        self.notices: list[tuple[str, str]] = []
        self._behind: list[str] = []
        self.refused: tuple[str, str] | None = None

    def take(self, answer: Answer) -> bool:
        """Enter an answer; return whether the push may go on."""
        self.configuring = "(" in answer.prompt
        opens = next(self._opens)
        if answer.line == END:
            return True
        said = meaning(answer.text)
        words = said.refusal or (f"it asks {answer.asks!r}" if answer.asks else "")
        if not words and not self.configuring:
            words = "it ended configuration mode"
        if not words and opens and OUTERMOST in answer.prompt:
            words = "it did not open a section"
        if words:
            self.refused = self.refused or (mask(answer.line), mask_in(words, answer.line))
        elif self.refused:
            self._behind.append(mask(answer.line))
        else:
            self.accepted += 1
            self.notices += [
                (mask(answer.line), mask_in(notice, answer.line)) for notice in said.notices
            ]
        return self.refused is None

    def judge(self, name: str, total: int, unanswered: Sequence[str] = ()) -> None:
        """Raise when not every line was accepted; `unanswered` were sent before the session
        closed.
        """
        if self.refused:
            line, words = self.refused
            raise RefusedError(
                name,
                line,
                words,
                applied=self.accepted,
                total=total,
                behind=tuple(self._behind),
                unanswered=tuple(mask(line) for line in unanswered if line != END),
            )
        if self.accepted < total:
            raise StoppedError(name, applied=self.accepted, total=total)


class Session:
    """An SSH session with one router, at its privileged prompt. Not for several threads at once."""

    def __init__(self, name: str, connection: IosConnection, stop: Event | None = None) -> None:
        self.name = name
        self.alive = True
        self._connection = connection
        self._hosts = {connection.base_prompt}  # of now and before: a router may take a name back
        self._stop = stop or Event()
        self._window = Window()
        self._used = time.monotonic()

    @property
    def fresh(self) -> bool:
        """Whether the session stands and was used just now."""
        return self.alive and time.monotonic() - self._used < IDLE and self._connection.stands

    def show(self, command: str, *, timeout: float = SHOW_TIMEOUT) -> str:
        """Return what `command` prints. `timeout` is the longest silence allowed, in seconds.

        Raises DeviceError when the router does not know the command, UnreachableError when the
        session breaks.
        """
        return self.show_many((command,), timeout=timeout)[command]

    def show_many(
        self,
        commands: Sequence[str],
        *,
        timeout: float = SHOW_TIMEOUT,
        optional: Container[str] = (),
    ) -> dict[str, str]:
        """Return what each command prints; they are sent together.

        Not for commands that ask or take input. A command in `optional` that the router does not
        know is left out of the answer.
        """
        answers = self._exchange(commands, timeout, "show")
        shown = {answer.line: answer.text for answer in answers}
        for command, text in tuple(shown.items()):
            if said := unknown_command(text):
                if command not in optional:
                    raise DeviceError(self.name, f"{command!r}: {said}", stage="show")
                del shown[command]
        return shown

    def execute(
        self, command: str, answers: Mapping[str, str] | None = None, *, stage: str = "execute"
    ) -> str:
        """Run an exec command and answer its questions; return all it printed.

        `answers`: a part of the question -> what to type; the empty line for any other question.
        Raises DeviceError when the router refuses the command, UnreachableError when the session
        breaks (a command that cuts its own path may have been executed).
        """
        printed, line = "", command
        while True:
            talk = Conversation(self._hosts, (line,), self._window, questions=True)
            with self._broken_is_unreachable(stage):
                (answer,) = self._answers(talk, SAVE_TIMEOUT)
            printed += answer.text
            if not answer.asks:
                break
            replies = (answers or {}).items()
            line = next((reply for part, reply in replies if part in answer.asks), "")
        if said := unknown_command(printed):
            raise DeviceError(self.name, f"{command!r}: {said}", stage=stage)
        return printed

    def push(
        self,
        lines: Sequence[str],
        on_line: Callable[[str], None] | None = None,
        *,
        enter: str = "configure terminal",
        ahead: bool = False,
    ) -> PushResult:
        """Type configuration lines; `on_line` hears of each accepted one. Not saved.

        `enter` is the command that begins it. With `ahead` all lines are written at once, so that
        they are with the router before one of them cuts the path of this session; headers are not
        waited for then.

        Raises RefusedError at the first line the router refuses, StoppedError when the fleet was
        asked to stop, UnreachableError when the session breaks; each says how many lines are
        active.
        """
        started = time.monotonic()
        lines = [line for line in lines if line.strip() not in ("", END)]
        typed = [line.strip() for line in lines]
        opens = opened_by(lines)
        opened = self._enter_configuration(len(typed), enter)
        ledger = _Ledger(opens)
        self._hosts.update(names_given(typed))
        window = Window(most := max(len(typed) + 1, 1), most) if ahead else self._window
        held = () if ahead else gates(typed, opens)
        talk = Conversation(self._hosts, (*typed, END), window, gates=held, questions=True)
        with self._accounting(talk, len(typed), ledger):
            for answer in self._answers(talk, LINE_TIMEOUT):
                accepted = ledger.take(answer)
                if not accepted or self._stop.is_set():
                    talk.stop()
                if answer.asks:  # whatever is typed next would be the answer
                    self.close()
                    break
                if accepted and on_line and answer.line != END:
                    on_line(answer.line)
        if self.alive and ledger.configuring:
            self._exchange((END,), LINE_TIMEOUT, "push")
        ledger.judge(self.name, len(typed))
        seconds = time.monotonic() - started
        return PushResult(ledger.accepted, tuple(ledger.notices), seconds, opened)

    def save(self) -> None:
        """Write the running configuration to NVRAM. Its question, when another IOS version wrote
        NVRAM before, is answered by yes: overwriting it is what is meant.

        Raises DeviceError when the router does not confirm it.
        """
        text = self.execute("write memory", stage="save")
        said = meaning(text).refusal
        if said or "[OK]" not in text:
            raise DeviceError(
                self.name, f"not saved: {said or text.strip()!r}", stage="save", hint="free NVRAM"
            )

    def close(self) -> None:
        """End the session; never raises."""
        self.alive = False
        self._connection.paramiko_cleanup()

    def _enter_configuration(self, total: int, enter: str) -> str:
        answer = self._exchange((enter,), LINE_TIMEOUT, "push")[0]
        if "(" not in answer.prompt:
            raise RefusedError(
                self.name,
                enter,
                meaning(answer.text).refusal or answer.text.strip(),
                applied=0,
                total=total,
            )
        return answer.text

    def _exchange(self, lines: Sequence[str], timeout: float, stage: str) -> list[Answer]:
        talk = Conversation(self._hosts, lines, self._window)
        with self._broken_is_unreachable(stage):
            return list(self._answers(talk, timeout))

    @contextmanager
    def _broken_is_unreachable(self, stage: str) -> Iterator[None]:
        try:
            yield
        except (ClosedError, StalledError, GarbledError) as error:
            self.close()
            raise UnreachableError(self.name, _broken(error), stage=stage) from error

    def _answers(self, talk: Conversation, timeout: float) -> Iterator[Answer]:
        while not talk.done:
            if text := talk.to_write(time.monotonic()):
                self._connection.write_now(text)
            yield from talk.feed(self._connection.read_some(timeout), time.monotonic())
        self._used = time.monotonic()

    @contextmanager
    def _accounting(self, talk: Conversation, total: int, ledger: _Ledger) -> Iterator[None]:
        """Turn a broken session into an error that says what is active on the router."""
        try:
            yield
        except (ClosedError, StalledError, GarbledError) as error:
            self.close()
            if ledger.refused:  # its section was left with it, and the session with the section
                ledger.judge(self.name, total, talk.in_flight)
            raise UnreachableError(
                self.name,
                f"{_broken(error)} after {ledger.accepted} of {total} lines; they are active "
                f"and not saved, the next {len(talk.in_flight)} were sent and may be",
                stage="push",
                hint="deploy again: it reads the router first and sends only what is missing",
            ) from None
        except BaseException:
            self.close()  # in the middle of a configuration mode nothing else may use it
            raise


def _broken(error: Exception) -> str:
    if isinstance(error, ClosedError):
        return "the session closed"
    return str(error)
