"""Mistakes in a configuration as data, and the lines that make and unmake them.

A running configuration is read by indentation only, as far as faults need it. An edit says where a
line stands (the heads of its sections), which line is meant, and what a person would type instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from dmvpn_auto.errors import UsageError

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Configuration lines that make a fault, and those that take it back."""

    lines: tuple[str, ...] = field(repr=False)
    undo: tuple[str, ...] = field(repr=False)
    said: str  # for people; never holds a key


class Config:
    """A running configuration: lines with the sections they stand in."""

    def __init__(self, node: str, text: str) -> None:
        self.node = node
        self._lines = [line.rstrip() for line in text.splitlines() if line.strip() not in ("", "!")]

    @property
    def tops(self) -> set[str]:
        """The lines at the top level."""
        return {line for line in self._lines if not line.startswith(" ")}

    def sections(self, head: str) -> Iterator[tuple[str, list[str]]]:
        """Yield (first line, lines below it) of the top-level sections that begin with `head`."""
        current: list[str] | None = None
        found: list[tuple[str, list[str]]] = []
        for line in self._lines:
            if not line.startswith(" "):
                current = None
                if line.startswith(head):
                    current = []
                    found.append((line, current))
            elif current is not None:
                current.append(line)
        yield from found

    def tunnel(self) -> tuple[str, list[str]]:
        """Return the first tunnel; raises UsageError when there is none yet."""
        for head, below in self.sections("interface Tunnel"):
            return head, [line.strip() for line in below]
        raise UsageError(
            "has no tunnel to break", where=self.node, hint="deploy a cloud to the lab first"
        )

    @property
    def has_servers(self) -> bool:
        """Whether the router is a client of somebody: it names a next-hop server or its address."""
        _, below = self.tunnel()
        return any(re.match(r"ip nhrp (nhs|map) (?!multicast dynamic)", line) for line in below)

    def source(self) -> str:
        """Return the head of the interface that the tunnel starts from."""
        _, below = self.tunnel()
        named = next((line for line in below if line.startswith("tunnel source ")), "")
        return f"interface {named.removeprefix('tunnel source ')}"

    def walk(self) -> Iterator[tuple[Path, str]]:
        """Yield every line with the heads of the sections around it."""
        stack: list[tuple[int, str]] = []
        for line in self._lines:
            indent = len(line) - len(line.lstrip())
            while stack and stack[-1][0] >= indent:
                stack.pop()
            yield tuple(head for _, head in stack), line.strip()
            stack.append((indent, line.strip()))

    def find(self, path: Path, pattern: str) -> list[tuple[Path, str]]:
        """Return the lines that `pattern` matches in sections whose heads begin like `path`."""
        return [
            (heads, line)
            for heads, line in self.walk()
            if len(heads) == len(path)
            and all(head.startswith(want) for head, want in zip(heads, path, strict=True))
            and re.fullmatch(pattern, line)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One mistake. `{0}` in `wrong` is what the pattern's first group matched, `{words[0]}` its
    first word, `{next}` the address or number after it. `{source}` in `path` is the interface that
    the tunnel starts from.

    With `line` (a pattern) and no `wrong` the line is taken out; with `wrong` it is replaced, the
    old one taken out first where lines add up (`adds`); without `line` the wrong one is put in.
    """

    path: Path
    line: str = ""
    wrong: tuple[str, ...] = ()
    adds: bool = False
    keeps: bool = False  # the wrong line stands beside the one that was found
    what: str = ""  # how to call it when there is none, "pre-shared key"


def carry_out(config: Config, edits: tuple[Edit, ...]) -> Change:
    """Return the change that makes all edits. Raises UsageError when there is nothing to edit."""
    lines: list[str] = []
    undo: list[str] = []
    said: list[str] = []
    for edit in edits:
        for made, unmade, words in _one(config, edit):
            lines += made
            undo = [*unmade, *undo]
            said.append(words)
    return Change(lines=tuple(lines), undo=tuple(undo), said="; ".join(dict.fromkeys(said)))


def _one(config: Config, edit: Edit) -> Iterator[tuple[list[str], list[str], str]]:
    path = tuple(config.source() if head == "{source}" else head for head in edit.path)
    if not edit.line:
        heads = _heads(config, path, edit)
        wrong = list(edit.wrong)
        made_anew = path and heads == path and heads[0] not in config.tops
        back = [_no(heads[0])] if made_anew else [*heads, *(_no(ln) for ln in reversed(wrong))]
        yield [*heads, *wrong], back, wrong[0]
        return
    found = config.find(path, edit.line)
    if not found:
        raise UsageError(f"has no {edit.what or edit.line} to break", where=config.node)
    for heads, old in found:
        match = re.fullmatch(edit.line, old)
        group = match[1] if match and match.groups() else ""
        wrong = [ln.format(group, next=_next(group), words=group.split()) for ln in edit.wrong]
        made = [_no(old)] if edit.adds or not wrong else []
        back = [_no(line) for line in reversed(wrong)] if edit.adds or edit.keeps else []
        shown = re.sub(r"(key|authentication|password) \S+$", r"\1 ...", old)
        yield (
            [*heads, *made, *wrong],
            [*heads, *back, *([] if edit.keeps else [old])],
            f"{' / '.join((*heads, shown))} -> {wrong[0] if wrong else 'none'}",
        )


def _heads(config: Config, path: Path, edit: Edit) -> Path:
    """Return the whole heads of the sections; one that is not there yet is opened as it is said."""
    for heads, line in config.walk():
        there = (*heads, line)
        if len(there) == len(path) and all(map(str.startswith, there, path)):
            return there
    if edit.what:
        raise UsageError(f"has no {edit.what} to break", where=config.node)
    return path


def _no(line: str) -> str:
    return line.removeprefix("no ") if line.startswith("no ") else f"no {line}"


def _next(value: str) -> str:
    if value.isdigit():
        return str(int(value) + 1)
    try:
        return str(IPv4Address(value) + 1)
    except ValueError:
        return value
