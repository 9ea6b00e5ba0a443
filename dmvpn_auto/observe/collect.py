"""Ask a fleet for the output of many commands; an error stands for a missing answer."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from dmvpn_auto.errors import AuthenticationError, DeviceError, DmvpnError, UnreachableError

if TYPE_CHECKING:
    from dmvpn_auto.device import Fleet, Session

Answers = dict[str, str | DmvpnError]


class FleetRouters:
    """The routers behind a fleet: side by side, each one's commands in order, on one session."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def ask(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Answers]:
        """Run the commands; a router that breaks off has its error for every answer left."""
        done = self._fleet.run(lambda session: ask(session, wanted[session.name]), tuple(wanted))
        return {
            name: dict.fromkeys(wanted[name], result) if isinstance(result, DeviceError) else result
            for name, result in done.items()
        }


class SessionRouters:
    """One router behind an open session; for those who work on it at that moment."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Answers]:
        """Run the commands of this router; any other has no answers."""
        name = self._session.name
        return {name: ask(self._session, wanted[name])} if name in wanted else {}


def ask(session: Session, commands: Sequence[str]) -> Answers:
    """Run the commands in order; an error stands for a missing answer."""
    answers: Answers = {}
    for shows, group in groupby(commands, key=lambda c: c.startswith("show ")):
        todo = list(group)
        try:
            if shows:
                answers.update(session.show_many(todo, optional=todo))
            left = [command for command in todo if command not in answers]  # refused, or no show
            answers.update(_one_by_one(session, left))
        except (UnreachableError, AuthenticationError) as error:
            return answers | {c: error for c in commands if c not in answers}
    return answers


def _one_by_one(session: Session, commands: Sequence[str]) -> Answers:
    answers: Answers = {}
    for command in commands:
        try:
            answers[command] = session.show(command)
        except (UnreachableError, AuthenticationError):
            raise
        except DeviceError as error:
            answers[command] = error
    return answers


class SystemClock:
    """Seconds of this machine."""

    def now(self) -> float:
        """Return a time that never goes back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)
