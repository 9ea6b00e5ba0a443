"""The running configuration: sections of canonical lines, kept in the order in which IOS prints
them.

`take` applies one matched line (set, `no` or `default`) by the data of its rule and says what IOS
would say. It decides replacement, hidden defaults, kept `no` forms and order; it knows no command
by name. `tree` is the value handed to the dataplane, `text` what `show running-config` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeGuard

from dmvpn_auto.lab.ios.rules import Keep, Line, Meta, Mode, Sort
from dmvpn_auto.lab.ios.syntax import Failure, Match
from dmvpn_auto.lab.ios.values import interface_key, is_virtual, natural_key
from dmvpn_auto.lab.live import Tree


class Form(Enum):
    """How a line was typed."""

    SET = ""
    NO = "no"
    DEFAULT = "default"


@dataclass(eq=False, slots=True)
class Entry:
    """One line of the configuration and what is below it."""

    line: Line
    text: str
    identity: str
    args: dict[str, str]
    keywords: frozenset[str]
    number: int
    children: Section | None = None
    raw: tuple[str, ...] = ()
    automatic: bool = False
    """Put there by IOS itself, not typed."""


@dataclass(eq=False, slots=True)
class Section:
    """The lines of one mode; `entry` is the line that opens it, None at the top."""

    mode: Mode
    entry: Entry | None = None
    parent: Section | None = None
    entries: dict[str, Entry] = field(default_factory=dict)

    def get(self, identity: str) -> Entry | None:
        """Return the line so identified."""
        return self.entries.get(identity)

    def starting(self, words: str) -> list[Entry]:
        """Return the lines whose identity begins with `words`, in order."""
        head = f"{words} "
        return [e for e in self.ordered() if e.identity == words or e.identity.startswith(head)]

    def ordered(self) -> list[Entry]:
        """Return the lines in running-config order."""
        rank, place = self.mode.rank, self.mode.place

        def key(entry: Entry) -> tuple[object, ...]:
            line = entry.line
            gathered = _value_key(entry.args.get(line.group, "")) if line.group else ()
            by_value = _value_key(entry.identity) if line.sort is Sort.VALUE else ()
            return (rank[id(line)], gathered, place[id(line)], by_value, entry.number)

        return sorted(self.entries.values(), key=key)


def _value_key(value: str) -> tuple[object, ...]:
    if value.startswith("interface "):
        return interface_key(value.removeprefix("interface "))
    # names before addresses, as IOS lists peer groups before neighbors
    return (value[:1].isdigit() or ":" in value, natural_key(value))


@dataclass(frozen=True, slots=True)
class Change:
    """One line about to be taken, for the checks and reactions of its rule."""

    config: Config
    section: Section
    line: Line
    match: Match[Line]
    form: Form
    previous: Entry | None

    @property
    def args(self) -> dict[str, str]:
        """Arguments of the line by name."""
        return self.match.args

    @property
    def keywords(self) -> frozenset[str]:
        """Keywords of the line."""
        return self.match.keywords


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a line: what IOS says, the section it opens, whether anything changed."""

    said: tuple[str, ...] = ()
    refused: bool = False
    opened: Section | None = None
    """The mode that the line enters."""
    changed: bool = False
    entry: Entry | None = None


def configures(match: Match[Line | Meta] | Failure) -> TypeGuard[Match[Line]]:
    """Tell a configuration line from `exit` and its like, and from a failure."""
    return isinstance(match, Match) and isinstance(match.rule, Line)


class Config:
    """One router's configuration; `modes` are the configuration modes by name, "global" the
    top one."""

    def __init__(self, modes: dict[str, Mode], interfaces: tuple[str, ...] = ()) -> None:
        self.modes = modes
        self.interfaces = interfaces
        self.top = Section(modes["global"])
        self.booting = False
        """A stored configuration is being read: checks that depend on the order of typing rest."""
        self.strict = False
        """Lines that the dataplane of this lab cannot carry are refused."""
        self._number = 0
        self.factory: dict[str, str] = {}

    def interface_exists(self, name: str) -> bool:
        """Tell whether a reference to an interface is good: it is a virtual kind, or a port of
        this router."""
        return is_virtual(name) or name in self.interfaces

    def interface(self, name: str) -> Section | None:
        """Return the section of an interface (full name)."""
        entry = self.top.get(f"interface {name}")
        return entry.children if entry else None

    def interface_sections(self) -> list[tuple[str, Section]]:
        """Return all interfaces with their lines, in order."""
        return [(e.args["name"], e.children) for e in self.top.starting("interface") if e.children]

    def put(self, section: Section, text: str, *, automatic: bool = False) -> Entry:
        """Set a canonical line that IOS itself adds; raise ValueError when the mode has no
        such line (a bug)."""
        negative = text.startswith("no ")
        graph = section.mode.negative if negative else section.mode.positive
        match = graph.match(text.removeprefix("no "))
        if not configures(match):
            raise ValueError(f"mode {section.mode.name} has no line {text!r}")
        entry = self._store(section, match, text)
        entry.automatic = automatic
        return entry

    def take(self, section: Section, match: Match[Line], form: Form) -> Taken:
        """Apply one line to `section`."""
        section, match = self._completed(*self._placed(section, match, form), form)
        previous = section.get(match.identity)
        change = Change(self, section, match.rule, match, form, previous)
        if form is Form.DEFAULT:
            return self._default(change)
        if form is Form.NO:
            return self._no(change)
        return self._set(change)

    def _placed(
        self, section: Section, match: Match[Line], form: Form
    ) -> tuple[Section, Match[Line]]:
        """Lead a line of an address family to its family, when the section has one."""
        family = section.get("address-family ipv4") if match.rule.family else None
        if family is None or family.children is None:
            return section, match
        again = self._match(family.children, match.text, form)
        return (family.children, again) if again else (section, match)

    def _completed(
        self, section: Section, match: Match[Line], form: Form
    ) -> tuple[Section, Match[Line]]:
        """Let the rule complete the line as typed."""
        if match.rule.rewrite is None:
            return section, match
        previous = section.get(match.identity)
        text = match.rule.rewrite(Change(self, section, match.rule, match, form, previous))
        return section, self._match(section, text, form) or match

    def _match(self, section: Section, text: str, form: Form) -> Match[Line] | None:
        graph = section.mode.positive if form is Form.SET else section.mode.negative
        match = graph.match(text)
        return match if configures(match) else None

    # --- the three forms --------------------------------------------------------------------------

    def _set(self, change: Change) -> Taken:
        line, section, match = change.line, change.section, change.match
        complaint = line.check(change) if line.check else None
        if complaint is not None:
            return Taken((complaint,) if complaint else (), refused=bool(complaint))
        previous = change.previous
        text = line.wording(match) if line.wording else match.text
        if line.keep is Keep.NEGATIVE or text in line.hidden:
            return self._remove(change, [previous] if previous else [])
        same = previous is not None and previous.text == text
        entry = self._store(section, match, text)
        said = [] if previous else list(line.notice)
        if line.then and not (same and line.opens is None):
            said += line.then(change)
        changed = not same or line.repeats
        return Taken(tuple(said), opened=entry.children, changed=changed, entry=entry)

    def _no(self, change: Change) -> Taken:
        line, section, match = change.line, change.section, change.match
        if line.keep is Keep.POSITIVE:
            if line.permanent or (change.previous and change.previous.text.startswith("no ")):
                return Taken()
            gone = (
                section.starting(match.identity)
                if line.purge
                else [change.previous]
                if change.previous
                else []
            )
            return self._remove(change, gone)
        complaint = line.check(change) if line.check else None
        if complaint is not None:
            return Taken((complaint,) if complaint else (), refused=bool(complaint))
        text = f"no {line.wording(match) if line.wording else match.text}"
        if text in line.hidden:
            return self._remove(change, [change.previous] if change.previous else [])
        same = change.previous is not None and change.previous.text == text
        entry = self._store(section, match, text)
        said = line.then(change) if line.then and not same else []
        return Taken(tuple(said), changed=not same, entry=entry)

    def _default(self, change: Change) -> Taken:
        if change.line.reset is not None:
            return Taken(tuple(change.line.reset(change)), changed=change.previous is not None)
        factory = self.factory.get(change.match.identity)
        if change.section is self.top and factory is not None:
            same = change.previous is not None and change.previous.text == factory
            self.put(self.top, factory)
            return Taken(changed=not same)
        return self._remove(change, [change.previous] if change.previous else [])

    def _remove(self, change: Change, entries: list[Entry]) -> Taken:
        line = change.line
        if entries and line.may_go and (complaint := line.may_go(change)):
            return Taken((complaint,), refused=True)
        for entry in entries:
            del change.section.entries[entry.identity]
        said: list[str] = []
        if entries:
            reactions = {id(e.line.gone): e.line.gone for e in entries if e.line.gone}
            for reaction in reactions.values():
                said += reaction(change)
        return Taken(tuple(said), changed=bool(entries))

    def _store(self, section: Section, match: Match[Line], text: str) -> Entry:
        line, identity = match.rule, match.identity
        entry = section.entries.get(identity)
        if entry is None:
            self._number += 1
            entry = Entry(line, text, identity, match.args, match.keywords, self._number)
            if line.opens:
                name = line.opens if isinstance(line.opens, str) else line.opens(match.args)
                entry.children = Section(self.modes[name], entry, section)
            section.entries[identity] = entry
        else:
            entry.line, entry.text = line, text
            entry.args, entry.keywords = match.args, match.keywords
            entry.automatic = False
        return entry

    # --- reading ----------------------------------------------------------------------------------

    def tree(self, section: Section | None = None) -> Tree:
        """Return the configuration as a tree of canonical lines."""
        tree: Tree = {}
        for entry in (section or self.top).ordered():
            below: Tree = self.tree(entry.children) if entry.children else {}
            below |= {line.strip(): {} for line in entry.raw if entry.line.opens is not None}
            tree[entry.text.rstrip()] = below
        return tree

    def lines(self) -> Iterator[str]:
        """Yield the lines of the running configuration, separators included, without the `end`."""
        block: str | None = None
        for entry in self.top.ordered():
            own = entry.line.block or f"section {entry.number}"
            if block is not None and own != block:
                yield "!"
            yield from printed(entry)
            block = own
        yield "!"


def printed(entry: Entry, depth: int = 0) -> Iterator[str]:
    """Yield a line and everything below it, indented, with the separators IOS prints inside it."""
    indent = " " * depth
    if entry.line.before:
        yield f"{indent}{entry.line.before}"
    yield f"{indent}{entry.text}{entry.line.pad}"
    yield from entry.raw
    if entry.children:
        for child in entry.children.ordered():
            yield from printed(child, depth + entry.children.mode.indent)
        if entry.line.after:
            yield f"{indent}{entry.line.after}"
