"""Which parser reads which show command.

Words must match whole and from the start, abbreviated as IOS allows (two letters at least), and
every further word must be a known option: `show dmvpn detail` never falls to a parser for `show
dmvpn` that does not know it. Pipes (`| include X`) are cut off; a filter that hides rows shows up
in the count.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import import_module

from dmvpn_auto.errors import UsageError
from dmvpn_auto.observe import foreign
from dmvpn_auto.observe.commands import ADDRESS, BETWEEN, COMMANDS, Command
from dmvpn_auto.observe.evidence import Reading
from dmvpn_auto.observe.names import interface_kind
from dmvpn_auto.observe.transcript import clean, stops_at_more, untypeset

_POSITIONAL = re.compile(
    r"^(?:[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*(?:/\d+)?|[A-Za-z-]+\s*\d[\d/.]*|\d+)$"
)
_NUMBER = re.compile(r"^\d[\d/.:]*$")


@lru_cache(maxsize=8192)
def find(typed: str) -> Command | None:
    """Return the command that `typed` means.

    When several fit, the one with most words, then the one with most of them typed in full (`ip`
    also abbreviates `ipv6`). Where none of ours does, one that ntc-templates reads; None when there
    is none either.
    """
    words = typed.split("|", 1)[0].split()
    fitting = _ours(words)
    if not fitting:
        found = foreign.find(words)
        # `show interfaces trunk` is not for a template of `show interfaces`, which is ours
        return None if found is None or _ours(found.words) else found
    return max(fitting, key=lambda c: (len(c.name.split()), _in_full(c, words)))


def _ours(words: Sequence[str]) -> list[Command]:
    return [command for command in COMMANDS if _fits(command, words)]


def _in_full(command: Command, words: list[str]) -> int:
    return len(set(command.words) & {word.lower() for word in words})


def _fits(command: Command, words: Sequence[str]) -> bool:
    rest = words
    for number, keyword in enumerate(command.words):
        if keyword == BETWEEN:
            wanted = command.words[number + 1]
            while rest and not _means(rest[0], wanted):
                taken = _option(command.between, rest)
                if not taken:
                    return False
                rest = rest[taken:]
        elif not rest or not _means(rest[0], keyword):
            return False
        else:
            rest = rest[1:]
    while rest:
        taken = _option(command.options, rest)
        if not taken:
            return False
        rest = rest[taken:]
    return True


def _option(options: Mapping[str, int], words: Sequence[str]) -> int:
    """Return how many words the option at the head of `words` takes, itself counted; 0: none."""
    word, *rest = words
    option = next((o for o in options if _means(word, o)), None)
    if option is None and ADDRESS in options:
        if rest and _NUMBER.match(rest[0]) and word.isalpha() and interface_kind(word):
            return 2  # "Tunnel 0"
        if _POSITIONAL.match(word):
            option = ADDRESS
    if option is None:
        return 0
    taken = options[option]
    if taken and rest and rest[0].isalpha() and rest[1:2] and rest[1][0].isdigit():
        taken += 1  # "interface tunnel 0"
    return 1 + taken


def _means(typed: str, keyword: str) -> bool:
    shortest = min(2, len(keyword))
    return len(typed) >= shortest and keyword.startswith(typed.lower())


@lru_cache(maxsize=1)
def readable() -> tuple[Command, ...]:
    """Return every command that can be read: ours, then those that only ntc-templates reads."""
    return (*COMMANDS, *(c for c in foreign.commands() if find(c.name) is c))


def known(typed: str) -> Command:
    """Return the command that `typed` means; UsageError names the nearest when there is none."""
    found = find(typed)
    if found is None:
        near = difflib.get_close_matches(typed.lower(), [c.name for c in readable()], n=3)
        raise UsageError(
            f"no parser for {typed!r}",
            stage="parse",
            hint="did you mean " + " or ".join(map(repr, near)) + "?"
            if near
            else "parse --list names the commands that can be read",
        )
    return found


def parse(command: str, text: str) -> Reading:
    """Read the output `text` of `command`.

    `text` may be a pasted transcript. The reading says itself whether it is complete; only a
    command without parser is an error (`UsageError`).
    """
    wanted = known(command)
    module, _, function = wanted.parser.partition(":")
    reader: Callable[[str, list[str]], Reading] = getattr(
        import_module(f"dmvpn_auto.observe.parsers.{module}"), function
    )
    if not wanted.prints_text:
        text = untypeset(text)
    lines = clean(
        text,
        _wanted(command, wanted, text),
        keep_messages=wanted.prints_messages,
        keep_blank=wanted.foreign,
    )
    reading = reader(" ".join(command.split()), lines)
    if stops_at_more(text):
        return replace(reading, warnings=(*reading.warnings, "the output stops at --More--"))
    return reading


def _wanted(command: str, meant: Command, text: str) -> Callable[[str], bool]:
    """Return what tells the command in a log: its very words where they stand behind a prompt.

    Elsewhere any way to type it, so that `show ip ospf neighbor` is not looked for where only
    `sh ip ospf nei detail` was typed.
    """
    words = command.split()
    behind_prompt = rf"^[ \t]*[\w.:/@~()-]{{1,80}}[#>][ \t]*{re.escape(command.strip())}[ \t\r]*$"
    if command.strip() in text and re.search(behind_prompt, text, re.MULTILINE):
        return lambda typed: typed.split() == words
    return lambda typed: find(typed) is meant
