"""The words in which the habits of a dialect are written down (`dialects.py`).

A section of a configuration holds lines. A *slot* is what a line sets: two lines with the same
slot cannot stand side by side (`ip mtu 1400` and `ip mtu 1476`), two with different slots can
(`network 10.1.0.0 ...` and `network 10.2.0.0 ...`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Turn(Enum):
    """How a line in a taken slot becomes another one."""

    OVERWRITE = auto()  # typing the new line replaces the old one
    REPLACE = auto()  # IOS would keep both or refuse: `no` the old line first


@dataclass(frozen=True, slots=True)
class Line:
    """One family of lines. What `slot` matches, from the start of the line, is the slot; or its
    group of that name.
    """

    slot: re.Pattern[str]
    turn: Turn = Turn.OVERWRITE
    rank: int = 50  # place among the changes of its section; smaller goes first
    no: str = ""  # how it is taken away; empty: "no " and the whole line
    no_rank: int = 70  # place of taking it away: after what comes in its stead, unless told
    resend: re.Pattern[str] | None = None  # wanted lines that the change wipes out or switches off
    wipes: bool = False  # these are gone for good: they need not be taken away one by one
    takes: str = ""  # taking it away takes along the lines that start so; {} is the slot's group 1
    bounces: bool = False  # a live tunnel has to go down for the change
    why: str = ""
    switch: bool = False  # `X` and `no X` are the two positions of one switch
    last: bool = False  # taken away only when all that comes in its stead, in any section, is there


@dataclass(frozen=True, slots=True)
class Section:
    """One family of sections.

    What `header` matches, from the start of the line, is the section's identity.
    """

    header: re.Pattern[str]
    lines: tuple[Line, ...] = ()
    sections: tuple[Section, ...] = ()
    removes: re.Pattern[str] | None = re.compile("")  # lines that go when unwanted; None: none
    shared: bool = False  # other uses of the router may have lines in it
    removes_alone: re.Pattern[str] | None = None  # the same, where nothing else uses the section
    by_name: bool = False  # lines that name our tunnel or its addresses go when unwanted
    turn: Turn = Turn.OVERWRITE  # how a header with another value takes the place of the old one
    no_identity: bool = False  # it is taken away by its identity, not by its whole header
    hidden: re.Pattern[str] | None = None  # defaults: never printed by the router
    hides: re.Pattern[str] | None = None  # defaults that the release may not print: absent is set
    shows: re.Pattern[str] | None = None  # printed by the router without being asked for
    void: re.Pattern[str] | None = None  # says that nothing is set
    respell: tuple[tuple[re.Pattern[str], str], ...] = ()  # spellings of one meaning
    implied: re.Pattern[str] | None = None  # lines that an older spelling of the header implies
    folds: bool = False  # next-hop servers stand in it, in one of two forms (`equivalents.py`)
    ordered: bool = False  # the order of its lines counts

    def line(self, text: str) -> Line | None:
        """Return the family that `text` belongs to."""
        return next((line for line in self.lines if line.slot.match(text)), None)

    def section(self, header: str) -> Section | None:
        """Return the family of sub-sections that `header` opens."""
        return next((section for section in self.sections if section.header.match(header)), None)

    def identity(self, header: str) -> str:
        """Return what makes two headers of this family mean the same section."""
        found = self.header.match(header)
        return found[0] if found else header

    def slot(self, text: str) -> str:
        """Return what `text` sets: its family's slot, its section's identity, or itself."""
        if section := self.section(text):
            return section.identity(text)
        family = self.line(text)
        found = family.slot.match(text) if family else None
        slot = found[0] if found else text.removeprefix("no ")
        if found and "slot" in found.re.groupindex:
            return found["slot"]
        return slot.removeprefix("no ") if family and family.switch else slot

    def spell(self, text: str) -> str:
        """Return the one spelling that stands for all spellings of `text`."""
        for pattern, replacement in self.respell:
            if pattern.search(text):
                text = pattern.sub(replacement, text)
        return text


def line(
    slot: str,
    turn: Turn = Turn.OVERWRITE,
    *,
    rank: int = 50,
    no: str = "",
    no_rank: int = 70,
    resend: str = "",
    takes: str = "",
    wipes: bool = False,
    bounces: bool = False,
    why: str = "",
    switch: bool = False,
    last: bool = False,
) -> Line:
    """Make a Line from regular expressions."""
    again = re.compile(resend) if resend else None
    return Line(
        re.compile(slot),
        turn,
        rank,
        no,
        no_rank,
        again,
        takes=takes,
        wipes=wipes,
        bounces=bounces,
        why=why,
        switch=switch,
        last=last,
    )
