"""Commands that nobody here reads and ntc-templates does, by its own index.

Its index compares the beginning of what was typed, which hands `show archive config differences` to
the template of `show archive`. Here all words must match, abbreviated as the index declares or to
two letters where only one command can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dmvpn_auto.observe.commands import Command

_PLATFORM = "cisco_ios"
_LEFT_OUT = frozenset(
    {
        "show snmp community",  # prints passwords as its rows
        # expressions that take hours for one line of a hundred odd characters
        "show aliases", "show capability feature routing", "show platform", "show rep topology",
    }
)  # fmt: skip
_COMPLETION = re.compile(r"\[\[([^]]+)\]\]")


class _Entry(NamedTuple):
    typed: re.Pattern[str]
    command: Command


def find(words: Sequence[str]) -> Command | None:
    """Return the command that `words` mean, None when there is none."""
    typed = " ".join(words).lower()
    if typed[:2] not in {"sh", "di"}:  # most lines of a transcript, cheaply
        return None
    declared = next((e.command for e in _index() if e.typed.fullmatch(typed)), None)
    if declared is not None:
        return declared
    abbreviated = [e.command for e in _index() if _abbreviate(typed.split(), e.command.words)]
    return abbreviated[0] if len(abbreviated) == 1 else None


def _abbreviate(typed: Sequence[str], words: Sequence[str]) -> bool:
    return len(typed) == len(words) and all(
        len(short) > 1 and word.startswith(short) for short, word in zip(typed, words, strict=True)
    )


def commands() -> tuple[Command, ...]:
    """Return every command of the index."""
    return tuple(entry.command for entry in _index())


def template(command: Command) -> Path:
    """Return the template that reads `command`."""
    return _folder() / f"{_PLATFORM}_{'_'.join(command.words)}.textfsm"


@cache
def _folder() -> Path:
    import ntc_templates

    return Path(ntc_templates.__file__).resolve().parent / "templates"


@cache
def _index() -> tuple[_Entry, ...]:
    text = (_folder() / "index").read_text(encoding="utf-8")
    return tuple(entry for line in text.splitlines() if (entry := _entry(line)) is not None)


def _entry(line: str) -> _Entry | None:
    """Read a line of the index: template, host, platform, command.

    Those that need several templates at once are left out.
    """
    columns = [column.strip() for column in line.split(",", 3)]
    if len(columns) < 4 or columns[2] != _PLATFORM or ":" in columns[0]:
        return None
    words = columns[0].removeprefix(f"{_PLATFORM}_").removesuffix(".textfsm").split("_")
    if " ".join(words) in _LEFT_OUT:
        return None
    declared = _COMPLETION.sub(lambda found: _completed(found[1]), columns[3])
    return _Entry(
        # the `access-lists` of IOS is longer than what is declared
        re.compile(f"(?:{declared})s?"),
        Command(tuple(words), "generic:parse_generic", foreign=True),
    )


def _completed(rest: str) -> str:
    """Return the expression of what may follow: `ow` gives `(?:o(?:w)?)?`."""
    return "".join(f"(?:{re.escape(letter)}" for letter in rest) + ")?" * len(rest)
