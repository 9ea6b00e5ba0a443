"""Finding lines in a running configuration: the few questions every reader of the tree asks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.live import Tree


def sections(tree: Tree, head: str) -> Iterator[tuple[list[str], Tree]]:
    """Yield (words after `head`, children) of each line that starts with the words of `head`."""
    start = head.split()
    for line, children in tree.items():
        words = line.split()
        if words[: len(start)] == start:
            yield words[len(start) :], children


def section(tree: Tree, head: str) -> Tree | None:
    """Return the children of the line that is exactly `head`, None when there is no such line."""
    wanted = head.split()
    return next((sub for line, sub in tree.items() if line.split() == wanted), None)


def values(tree: Tree, head: str) -> list[list[str]]:
    """Return the words after `head` of each line that starts with it."""
    return [words for words, _ in sections(tree, head)]


def value(tree: Tree, head: str) -> list[str] | None:
    """Return the words after `head` of the first line that starts with it."""
    return next((words for words, _ in sections(tree, head)), None)


def has(tree: Tree, line: str) -> bool:
    """Say whether the line is there."""
    return section(tree, line) is not None


def number(tree: Tree, head: str) -> int | None:
    """Return the number that follows `head`, None when the line is absent."""
    words = value(tree, head)
    return int(words[0]) if words else None


def address(word: str) -> IPv4Address | None:
    """Return the address that a word spells, None when it spells something else."""
    try:
        return IPv4Address(word)
    except ValueError:
        return None


def network(prefix: str, mask: str | None) -> IPv4Network:
    """Return the prefix; without a mask the classful one, as IOS assumes (RFC 791)."""
    if mask is None:
        first = int(prefix.partition(".")[0])
        mask = str(8 if first < 128 else 16 if first < 192 else 24)
    return IPv4Network(f"{prefix}/{mask}", strict=False)
