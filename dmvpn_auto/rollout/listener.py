"""Who hears how a rollout goes: a screen, a log, nobody."""

from __future__ import annotations

from typing import Protocol

from dmvpn_auto.rollout.outcome import Outcome
from dmvpn_auto.rollout.waves import Wave


class Listener(Protocol):
    """Hears how a rollout goes."""

    def wave(self, number: int, wave: Wave) -> None:
        """A wave begins."""

    def line(self, name: str) -> None:
        """A router took a line."""

    def stage(self, name: str, what: str) -> None:
        """A router came to another stage."""

    def outcome(self, outcome: Outcome) -> None:
        """A router is done."""

    def say(self, text: str) -> None:
        """Something else that the person should know."""


class Silent:
    """A listener that tells nobody."""

    def wave(self, number: int, wave: Wave) -> None:
        """A wave begins."""

    def line(self, name: str) -> None:
        """A router took a line."""

    def stage(self, name: str, what: str) -> None:
        """A router came to another stage."""

    def outcome(self, outcome: Outcome) -> None:
        """A router is done."""

    def say(self, text: str) -> None:
        """Something else happens."""
