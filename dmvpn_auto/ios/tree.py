"""A configuration as a tree of lines.

The position in the tree counts, not the number of blanks: IOS indents most sections by one,
`crypto keyring` by two and `crypto isakmp profile` by three. What IOS prints for the eye only
(`!`, `exit-address-family`, the head and the `end` of `show running-config`) is left out. The text
of banners and certificates is kept as one line, so that it is never taken for configuration. BGP
stands in the form that has address families (`flat_bgp.py`). Line order is kept; a line that is
repeated in its section is kept once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dmvpn_auto.ios.flat_bgp import by_family

Tree = dict[str, "Tree"]
"""Line without indentation and trailing blanks -> the lines of the section it opens, empty for a
plain line.
"""

_DECORATION = re.compile(
    r"!|exit-(?:address-family|af-interface|af-topology|sf-interface|vrf|peer-policy|peer-session)$"
    r"|(?:Building configuration|Current configuration|Using \d+ out of)\b"
)
_BANNER = re.compile(r"banner \S+ (\^C|\S)")
_BLOB = re.compile(r"certificate (?!map\b)(?!.* nvram:)")


def parse(text: str) -> Tree:
    """Read `show running-config`, a startup configuration or rendered text, page text before and
    after it included.
    """
    tree: Tree = {}
    stack: list[tuple[int, Tree]] = [(-1, tree)]
    lines = _lines(text)
    for indent, line in lines:
        if line == "end" and indent == 0:
            break
        if _DECORATION.match(line):
            continue
        while stack[-1][0] >= indent:
            stack.pop()
        parent = stack[-1][1]
        stack.append((indent, parent.setdefault(line, {})))
    for header in [line for line in tree if line.startswith("router bgp ")]:
        tree[header] = by_family(tree[header])
    return tree


def render(tree: Tree, indent: int = 0) -> str:
    """Return the tree as text, one blank of indentation per level, `!` between the sections."""
    out: list[str] = []
    for line, children in tree.items():
        out.append(" " * indent + line + "\n")
        if children:
            out.append(render(children, indent + 1))
            if not indent:
                out.append("!\n")
    return "".join(out)


def find(tree: Tree, pattern: str) -> Iterator[tuple[str, Tree]]:
    """Yield the top-level lines that `pattern` matches from their start, with their sections."""
    wanted = re.compile(pattern)
    return ((line, children) for line, children in tree.items() if wanted.match(line))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (indentation, line); a banner or certificate comes as one line with breaks in it."""
    source = iter(text.splitlines())
    for raw in source:
        line = raw.strip()
        if not line:
            continue
        indent = len(raw) - len(raw.lstrip())
        banner = _BANNER.match(line) if indent == 0 else None
        if banner:
            line = _until(source, line, banner[1], banner.end())
        elif indent and _BLOB.match(line):
            line = _until(source, line, "quit", len(line))
        yield indent, line


def _until(source: Iterator[str], line: str, mark: str, start: int) -> str:
    """Join to `line` all that follows up to the line that holds `mark`."""
    parts = [line]
    if mark not in line[start:]:
        for raw in source:
            parts.append(raw.strip())
            if mark in raw:
                break
    return "\n".join(parts)
