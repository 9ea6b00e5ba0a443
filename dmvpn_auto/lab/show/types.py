"""What a show command is: the words an engineer types, and the function that lays out the answer.

A layout is pure: it gets what the router is doing and what is configured, and returns the text that
IOS-XE 17 prints, with "\\n" line ends and a final one. It refuses nothing; the command line has
checked the words and the arguments before. Words say what can be typed, so the command line can
abbreviate them, complete them and explain them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dmvpn_auto.lab.live import LiveState, Tree


class ArgKind(StrEnum):
    """What an argument may be; its value reaches `render` in the canonical form given here."""

    ADDRESS = "A.B.C.D"  # "10.0.0.1"
    INTERFACE = "interface"  # an existing interface under its full name, "Tunnel0"
    VRF = "vrf"  # a configured VRF's name, as configured
    PREFIX_LENGTH = "prefix"  # "A.B.C.D/nn", host bits allowed
    MASK = "mask"  # a netmask, "255.255.255.0"
    WORD = "WORD"  # any one word


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument inside a command; `name` is its key in `ShowContext.args`."""

    name: str
    kind: ArgKind
    help: str


@dataclass(frozen=True, slots=True)
class Session:
    """One line somebody is logged in on, for `show users`."""

    line: int  # absolute number: the console is 0, vty 0 is 2 as on a CSR1000v
    vty: int
    user: str
    host: str  # address of the client
    idle: float  # s since the last key
    current: bool  # the line that asks


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowContext:
    """Everything a layout may look at."""

    live: LiveState
    running: Tree
    args: Mapping[str, str]
    hostname: str
    now: datetime  # aware; its zone is shown by `show clock`
    sessions: tuple[Session, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ShowCommand:
    """One complete command; `words` starts with "show" and ends where Enter is accepted."""

    words: tuple[str | Arg, ...]
    help: str  # what `?` says beside the last word
    render: Callable[[ShowContext], str]


WordHelp = dict[tuple[str, ...], str]
"""What `?` says beside a word that leads on, by the words up to it; arguments as "<name>"."""
