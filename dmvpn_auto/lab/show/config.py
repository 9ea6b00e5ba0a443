"""What layouts read from the running configuration: only what IOS itself shows from there."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.lab.live import Tree


def section(tree: Tree, header: str) -> Tree:
    """Return the children of one line; an absent line has none."""
    return tree.get(header, {})


def interface(running: Tree, name: str) -> Tree:
    """Return the lines under `interface <name>`."""
    return section(running, f"interface {name}")


def value(tree: Tree, words: str) -> str | None:
    """Return what follows `words` on the first line that begins with them; "" when nothing does."""
    return next(values(tree, words), None)


def values(tree: Tree, words: str) -> Iterator[str]:
    """Yield what follows `words` on each line that begins with them."""
    for line in tree:
        if line == words:
            yield ""
        elif line.startswith(words + " "):
            yield line[len(words) + 1 :].strip()


def named(tree: Tree, words: str) -> Iterator[tuple[str, Tree]]:
    """Yield the rest of each line that begins with `words`, with that line's children."""
    for line, children in tree.items():
        if line.startswith(words + " "):
            yield line[len(words) + 1 :].strip(), children
