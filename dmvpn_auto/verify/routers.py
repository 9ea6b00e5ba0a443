"""How verify asks routers: a mapping of commands goes out, a mapping of texts comes back.

Verify itself opens no connection; `dmvpn_auto.observe.collect` asks real routers, tests ask a
model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dmvpn_auto.errors import AuthenticationError, DmvpnError, UnreachableError
from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.ios.masking import Masker
from dmvpn_auto.verify.evidence import Evidence, Missing, Output

Wanted = Mapping[str, Sequence[str]]
"""Router name -> commands, in the order in which they must run."""


class Routers(Protocol):
    """The routers of one inventory."""

    def ask(self, wanted: Wanted) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        """Run the commands, routers side by side; an error stands where an answer is missing."""


class HiddenSecrets:
    """Routers whose answers come without secrets; equal ones have equal numbers in all answers."""

    def __init__(self, routers: Routers) -> None:
        self._routers = routers
        self._masker = Masker()

    def ask(self, wanted: Wanted) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        """Ask the routers behind."""
        return {
            device: {
                command: answer
                if isinstance(answer, DmvpnError)
                else hide(answer, self._masker.line)
                for command, answer in answers.items()
            }
            for device, answers in self._routers.ask(wanted).items()
        }


class Clock(Protocol):
    """Time in seconds, so that tests need none."""

    def now(self) -> float:
        """Return a time that never goes back."""

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass between two polls."""


@dataclass(frozen=True, slots=True)
class WireCount:
    """Packets that crossed the transport so far, by protocol, and the lines that say so."""

    gre: int
    esp: int
    lines: tuple[str, ...] = ()


class Wire(Protocol):
    """Somebody who sees the transport between the routers; the lab has one."""

    def count(self) -> WireCount:
        """Return the packets seen so far."""


def gather(routers: Routers, wanted: Wanted) -> Evidence:
    """Ask; a refused command or a missing answer becomes `Missing`, a secret `<secret>`."""
    outputs: dict[str, dict[str, Output | Missing]] = {}
    answers = routers.ask(wanted)
    for device, commands in wanted.items():
        found = answers.get(device, {})
        outputs[device] = {c: _output(c, found.get(c)) for c in commands}
    return Evidence(outputs)


def _output(command: str, answer: str | DmvpnError | None) -> Output | Missing:
    if answer is None:
        return Missing("no answer")
    if isinstance(answer, DmvpnError):
        gone = isinstance(answer, UnreachableError | AuthenticationError)
        return Missing(answer.message, unreachable=gone)
    return Output(command, hide(answer))
