"""The lab's show commands, as the command line plugs them into its grammar."""

from __future__ import annotations

from dmvpn_auto.lab.show.commands import COMMANDS, WORD_HELP
from dmvpn_auto.lab.show.types import Arg, ArgKind, Session, ShowCommand, ShowContext, WordHelp

__all__ = [
    "COMMANDS",
    "WORD_HELP",
    "Arg",
    "ArgKind",
    "Session",
    "ShowCommand",
    "ShowContext",
    "WordHelp",
]
