"""Access lists: sections whose lines are tried in their order.

Entries that bear numbers find their places by themselves. Entries without are appended where they
are typed: what already stands in the wanted order stays, new ones follow it, and only where that
does not give the wanted order is the list taken back to where the two begin to differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = re.compile(r"^(?:(\d+)|sequence (\d+)) ")  # IPv4, IPv6


@dataclass(frozen=True, slots=True)
class Edit:
    """What to type for one entry; `gone` and `come` are the entries, empty for none."""

    commands: tuple[str, ...]
    gone: str = ""
    come: str = ""


def edits(old: list[str], new: list[str]) -> Iterator[Edit]:
    """Yield the edits in the order to type them; what lets traffic in comes before what goes,
    where the order allows.
    """
    if _numbered([*old, *new]):
        yield from _by_number(old, new)
        return
    wanted, there = set(new), set(old)
    keep = [line for line in old if line in wanted]
    coming = [line for line in new if line not in there]
    if keep + coming == new:
        yield from (Edit((line,), come=line) for line in coming)
        yield from (Edit((f"no {line}",), gone=line) for line in old if line not in wanted)
        return
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    yield from (Edit((f"no {line}",), gone=line) for line in old[same:])
    yield from (Edit((line,), come=line) for line in new[same:])


def aligned(old: list[str], new: list[str]) -> list[str]:
    """Return the wanted entries with or without numbers, as the router prints its own; all the same
    when only the numbers differ.
    """
    if not old or _numbered(old) == _numbered(new):
        return new
    if [_bare(line) for line in old] == [_bare(line) for line in new]:
        return old
    if _numbered(old):
        word = "sequence " if old[0].startswith("sequence ") else ""
        return [f"{word}{10 * place} {line}" for place, line in enumerate(new, 1)]
    return [_bare(line) for line in new]


def _numbered(lines: list[str]) -> bool:
    return bool(lines) and all(_NUMBER.match(line) for line in lines)


def _bare(line: str) -> str:
    return _NUMBER.sub("", line, count=1)


def _by_number(old: list[str], new: list[str]) -> Iterator[Edit]:
    held = {_number(line): line for line in old}
    for line in new:
        other = held.pop(_number(line), "")
        if other and other != line:
            yield Edit((f"no {_known_by(other)}", line), other, line)
        elif not other:
            yield Edit((line,), come=line)
    for line in held.values():
        yield Edit((f"no {_known_by(line)}",), gone=line)


def _number(line: str) -> str:
    found = _NUMBER.match(line)
    return found[1] or found[2] if found else ""


def _known_by(line: str) -> str:
    """Return what takes an entry away: its number; IPv6 lists want the entry with it."""
    return line if line.startswith("sequence ") else _number(line)
