"""The commands in a session log or support bundle, each read by its parser."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from dmvpn_auto.ios.masking import mask
from dmvpn_auto.observe.evidence import Lines, Reading
from dmvpn_auto.observe.index import find, parse
from dmvpn_auto.observe.transcript import Section, sections

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\r\x07\x08\x0c\x1b")


@dataclass(frozen=True, slots=True)
class Read:
    """One command that was read; `host` is None when no prompt names the router."""

    host: str | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class Skipped:
    """Text that no parser was asked to read, and why; `lines` counts it."""

    host: str | None
    command: str
    lines: int
    reason: str


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found in a transcript, in its order."""

    readings: tuple[Read, ...]
    skipped: tuple[Skipped, ...]


def decode(data: bytes) -> str | None:
    """Return the text of a file that a terminal wrote, None when the data is no text.

    Bytes that are no UTF-8 are replaced, so that they show up as unread.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            text = data.decode(encoding, errors="replace")
            if "\0" not in text:
                return text
    head = data[:8192]
    odd = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in head)
    if b"\0" in data or odd * 20 > len(head):
        return None
    return data.decode("utf-8", errors="replace")


def detect(text: str) -> Detection:
    """Read every command of `text` that has a parser, and say what was left out."""
    readings: list[Read] = []
    skipped: list[Skipped] = []
    for section in sections(text):
        lines: Lines = tuple(line for line in section.text.splitlines() if line.strip())
        if not section.command:
            if lines:
                skipped.append(_skip(section, lines, "text in front of the first command"))
        elif find(section.command) is None:
            skipped.append(_skip(section, lines, "no parser for this command"))
        else:
            readings.append(Read(section.host, parse(section.command, section.text)))
    return Detection(tuple(readings), tuple(skipped))


def _skip(section: Section, lines: Lines, reason: str) -> Skipped:
    return Skipped(section.host, mask(section.command), len(lines), reason)


def other_commands(wanted: str, text: str) -> tuple[str, ...]:
    """Return the commands in `text` when it begins with one and `wanted` is not among them."""
    found = list(sections(text))
    known = find(wanted)
    if not found or not found[0].command or any(find(s.command) is known for s in found):
        return ()
    return tuple(dict.fromkeys(section.command for section in found))
