"""Free lines in the text: before and after a section, or at the end of its block."""

from __future__ import annotations

import re
from collections.abc import Callable

from dmvpn_auto.design.types import FreeText
from dmvpn_auto.models.free import REFERENCE

_END = "!\n"
_NUMBERED = re.compile(r"^ (sequence )?(\d+) \S.*\n\Z", re.MULTILINE)
_STEP = 10  # between the numbers of access list entries


class FreeWriter:
    """Puts the free lines of one router around its sections."""

    def __init__(self, free: tuple[FreeText, ...], reveal: Callable[[str], str]) -> None:
        self._lines: dict[tuple[str, str], tuple[str, ...]] = {
            (one.section, one.place): one.lines for one in free
        }
        self._reveal = reveal

    def around(self, section: str, text: str, *, first: bool, last: bool) -> str:
        """Return the text of a section with its free lines; of several parts of a section the first
        has those before and inside, the last those after.
        """
        before = self._block(section, "before") if first else ""
        after = self._block(section, "after") if last else ""
        return before + (self._inside(section, text) if first else text) + after

    def _block(self, section: str, place: str) -> str:
        lines = self._lines.get((section, place), ())
        text = "".join(f"{self._plain(line)}\n" for line in lines)
        return text + _END if text else ""

    def _inside(self, section: str, text: str) -> str:
        lines = self._lines.get((section, "inside"))
        if not lines:
            return text
        body = text.removesuffix(_END)
        last = _NUMBERED.search(body)  # IOS-XE prints the numbers of entries
        for count, line in enumerate(lines, 1):
            number = f"{last[1] or ''}{int(last[2]) + count * _STEP} " if last else ""
            body += f" {number}{self._plain(line)}\n"
        return body + _END

    def _plain(self, line: str) -> str:
        return REFERENCE.sub(lambda found: self._reveal(found[1]), line)
