"""Output modifiers: `| include`, `exclude`, `begin`, `section`, `count`.

Regular expressions are Python's, which read like those of IOS in everything that is usual in a
filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile an IOS regular expression; raise ValueError for one that is not well formed."""
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(str(error)) from error


def include(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Keep matching lines."""
    return [line for line in lines if pattern.search(line)]


def exclude(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Drop matching lines."""
    return [line for line in lines if not pattern.search(line)]


def begin(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Keep everything from the first matching line on."""
    for at, line in enumerate(lines):
        if pattern.search(line):
            return lines[at:]
    return []


def count(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Say how many lines match."""
    return [f"Number of lines which match regexp = {len(include(lines, pattern))}"]


def section(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Keep matching lines, each with the lines below it that are indented deeper."""
    kept: list[str] = []
    depth: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if depth is not None and indent > depth and line.strip():
            kept.append(line)
            continue
        depth = None
        if pattern.search(line):
            kept.append(line)
            depth = indent
    return kept


MODIFIERS: dict[str, tuple[Callable[[list[str], re.Pattern[str]], list[str]], str]] = {
    "begin": (begin, "Begin with the line that matches"),
    "count": (count, "Count number of lines which match regexp"),
    "exclude": (exclude, "Exclude lines that match"),
    "include": (include, "Include lines that match"),
    "section": (section, "Filter a section of output"),
}


def apply(name: str, pattern: str, text: str) -> str:
    """Run a modifier on output; raise ValueError for a bad expression."""
    compiled = compile_pattern(pattern)
    return joined(MODIFIERS[name][0](text.splitlines(), compiled))


def joined(lines: Iterable[str]) -> str:
    """Put lines together, each with its line end."""
    return "".join(f"{line}\n" for line in lines)
