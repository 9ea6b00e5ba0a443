"""Commands of the user and privileged modes, other than the show layouts.

Each names the function that does it; `privileged` ones exist only behind `enable`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from dmvpn_auto.lab.ios.syntax import Match, Sequence, parse_notation

if TYPE_CHECKING:
    from dmvpn_auto.lab.ios.shell import Shell

Run = Callable[["Shell", Match["Command"]], Awaitable[None]]


@dataclass(frozen=True)
class Command:
    """One exec command."""

    syntax: str
    help: str
    run: Run
    privileged: bool = field(default=True, kw_only=True)
    words: dict[str, str] = field(default_factory=dict, kw_only=True)
    """Help of words inside the command, by keyword path."""

    @cached_property
    def parsed(self) -> Sequence:
        """The syntax, read."""
        return parse_notation(self.syntax)
