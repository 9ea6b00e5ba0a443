"""What a configuration line means to the running configuration, as data beside its syntax.

A `Line` says how a line is typed, what identifies it (so that typing it again replaces it), when
it is hidden because it is the default, which `no` form is kept, what it opens, and where it
stands: the order of the lines of a `Mode` is the order of the running configuration. Facts come
from domain notes on real running configurations (IOS 15.2 to 17.12).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from dmvpn_auto.lab.ios.syntax import Graph, Match, Sequence, negated, parse_notation

if TYPE_CHECKING:
    from dmvpn_auto.lab.ios.config import Change, Config, Entry, Section

Check = Callable[["Change"], str | None]
"""Judges a line before it is taken; the answer is IOS's complaint, or None."""
Reaction = Callable[["Change"], list[str]]
"""What else changes once the line is taken; the answer is what IOS says about it."""
Wording = Callable[[Match["Line"]], str]
"""Writes a line in canonical form."""
Finish = Callable[["Config", "Section", "Entry"], str | None]
Rewrite = Callable[["Change"], str]
"""Completes a line as typed: a sequence number, a hash instead of a password."""


class Sort(Enum):
    """Order of lines of one rule."""

    ENTRY = "as typed"
    VALUE = "by value, digits as numbers"


class Keep(Enum):
    """Which of the two forms of a line is kept."""

    POSITIVE = "the line; `no` removes it"
    NEGATIVE = "the `no` form; the line is the default"
    BOTH = "whichever was typed last"


@dataclass(frozen=True, kw_only=True)
class Raw:
    """Lines that follow are text, not commands, until one that equals `end`."""

    end: str
    """Empty: the delimiter that the line itself names, as banners do."""
    finish: Finish | None = None
    """What is done with the text; the answer is a complaint."""


@dataclass(frozen=True)
class Line:
    """One configuration command."""

    syntax: str
    help: str = ""
    opens: str | Callable[[dict[str, str]], str] | None = field(default=None, kw_only=True)
    """Name of the mode that the line enters, or what names it from the arguments."""
    keep: Keep = field(default=Keep.POSITIVE, kw_only=True)
    hidden: tuple[str, ...] = field(default=(), kw_only=True)
    """Canonical texts that are the default: taken, and not shown."""
    rewrite: Rewrite | None = field(default=None, kw_only=True)
    wording: Wording | None = field(default=None, kw_only=True)
    pad: str = field(default="", kw_only=True)
    """Blanks that IOS prints after the line."""
    sort: Sort = field(default=Sort.ENTRY, kw_only=True)
    group: str = field(default="", kw_only=True)
    """Argument by whose value lines of neighbouring rules are gathered (all lines of one
    neighbor)."""
    before: str = field(default="", kw_only=True)
    """Printed before the line, inside its parent."""
    after: str = field(default="", kw_only=True)
    """Printed after the children of the line, inside its parent."""
    block: str = field(default="", kw_only=True)
    """Top-level lines of different blocks are parted by `!`."""
    check: Check | None = field(default=None, kw_only=True)
    then: Reaction | None = field(default=None, kw_only=True)
    gone: Reaction | None = field(default=None, kw_only=True)
    """What else changes when the line is removed."""
    may_go: Check | None = field(default=None, kw_only=True)
    """Judges the removal of the line."""
    permanent: bool = field(default=False, kw_only=True)
    """Cannot be removed; `no` is taken without a word."""
    repeats: bool = field(default=False, kw_only=True)
    """Typing it again, though nothing changes, has an effect."""
    reset: Reaction | None = field(default=None, kw_only=True)
    """What `default` does with the line, where it does not remove it."""
    purge: bool = field(default=False, kw_only=True)
    """Exists only with `no`, and removes every line that begins with its text."""
    family: bool = field(default=False, kw_only=True)
    """Belongs to an address family: moves there once the section has one."""
    raw: Raw | None = field(default=None, kw_only=True)
    carried: bool = field(default=True, kw_only=True)
    """False: correct IOS, but the lab's dataplane cannot do it, so a node refuses it."""
    notice: tuple[str, ...] = field(default=(), kw_only=True)
    """What IOS says when the line first appears."""

    @cached_property
    def parsed(self) -> Sequence:
        """The syntax, read; a line that opens a mode is identified by all of its words unless
        told."""
        node = parse_notation(self.syntax)
        if self.opens and "/" not in self.syntax:
            return Sequence(node.items, len(node.items))
        return node


@dataclass(frozen=True)
class Meta:
    """A command of every configuration mode that configures nothing: `exit`, `end`, `do`."""

    name: str
    syntax: str
    help: str

    @cached_property
    def parsed(self) -> Sequence:
        """The syntax, read."""
        return parse_notation(self.syntax)


_EVERYWHERE = (
    Meta("do", "do <command:line>", "To run exec commands in config mode"),
    Meta("end", "end", "Exit from configure mode"),
    Meta("help", "help", "Description of the interactive help system"),
)


@dataclass(frozen=True)
class Mode:
    """One configuration mode: its prompt, its lines in running-config order, its way out."""

    name: str
    prompt: str
    lines: tuple[Line, ...]
    help: str = ""
    indent: int = 1
    """Blanks by which IOS indents the lines of the mode below the line that opens it."""
    exits: tuple[str, ...] = ("exit",)
    """Commands that leave the mode."""

    @cached_property
    def positive(self) -> Graph[Line | Meta]:
        """Graph of the lines as typed, and of the ways out."""
        leave = (
            Meta("exit", word, f"Exit from {self.name} configuration mode") for word in self.exits
        )
        typed = (line for line in self.lines if not line.purge)
        rules: tuple[Line | Meta, ...] = (*typed, *leave, *_EVERYWHERE)
        return Graph((rule.parsed, rule) for rule in rules)

    @cached_property
    def negative(self) -> Graph[Line | Meta]:
        """Graph of the `no` forms, without the `no`."""
        return Graph((negated(line.parsed), line) for line in self.lines)

    @cached_property
    def rank(self) -> dict[int, int]:
        """Place of each line in the running configuration, by id; lines gathered by one
        argument share one."""
        ranks: dict[int, int] = {}
        shared: dict[str, int] = {}
        for place, line in enumerate(self.lines):
            ranks[id(line)] = shared.setdefault(line.group, place) if line.group else place
        return ranks

    @cached_property
    def place(self) -> dict[int, int]:
        """Place of each line in the table, by id."""
        return {id(line): place for place, line in enumerate(self.lines)}
