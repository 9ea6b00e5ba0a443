"""The commands that bring settings back to the design, in the words of IOS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dmvpn_auto.ios import Tree
from dmvpn_auto.verify.diagnosis.ends import End, Unknown
from dmvpn_auto.verify.diagnosis.settings import Setting

_ADDED = frozenset({
    "nhrp.nhs", "nhrp.other-nhs", "nhrp.hub-nbma", "nhrp.multicast", "nhrp.other-multicast",
    "bgp.listen-range", "bgp.asn", "eigrp.asn", "ike.identity", "ike.match-fvrf",
})  # fmt: skip
"""Settings whose lines add up on IOS: the wrong one must be taken out."""
_BEYOND = ("tunnel.exists", "source.exists", "acl.", "ike.version")
"""Settings that no single line brings back."""


def restore(end: End, intended: Tree, keys: Iterable[str]) -> tuple[str, ...]:
    """Return configuration lines, sections indented, that make `keys` what the design says."""
    blocks: dict[tuple[str, ...], dict[str, None]] = {}
    for key in keys:
        if key.startswith(_BEYOND):
            continue
        is_, wanted = end.setting(key), end.wanted.get(key)
        now = None if isinstance(is_, Unknown) else is_
        if isinstance(is_, Setting) and wanted is not None and is_.value == wanted.value:
            continue
        for path, line in _lines(key, now, wanted, intended, known=not isinstance(is_, Unknown)):
            blocks.setdefault(path, {})[line] = None
    return tuple(_text(blocks))


def _lines(
    key: str, now: Setting | None, wanted: Setting | None, intended: Tree, *, known: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    adds_up = key in _ADDED or (now is not None and now.line.startswith("ipv6 address "))
    if now is not None and now.line and (wanted is None or not wanted.line or adds_up):
        undo = now.line.removeprefix("no ") if now.line.startswith("no ") else f"no {now.line}"
        yield now.path, undo
    elif wanted is None and not known and key.endswith(".shutdown"):
        return
    if wanted is None or not wanted.line:
        return
    section = intended
    for head in (*wanted.path, wanted.line):
        section = section.get(head, {})
    yield wanted.path, wanted.line
    yield from _within((*wanted.path, wanted.line), section)


_EMPTY = ("topology base",)
"""Modes that IOS prints although nothing is set in them."""


def _within(path: tuple[str, ...], section: Tree) -> Iterator[tuple[tuple[str, ...], str]]:
    for line, below in section.items():
        if below or line not in _EMPTY:
            yield path, line
        yield from _within((*path, line), below)


def _text(blocks: dict[tuple[str, ...], dict[str, None]]) -> Iterator[str]:
    at: tuple[str, ...] = ()
    for path, lines in blocks.items():
        shared = next((n for n, (a, b) in enumerate(zip(at, path, strict=False)) if a != b), None)
        shared = min(len(at), len(path)) if shared is None else shared
        # a command of the top level leaves all modes by itself, one of a section does not
        for depth in range(len(at), shared, -1) if shared else ():
            yield " " * depth + "exit"
        for depth, head in enumerate(path[shared:], shared):
            yield " " * depth + head
        at = path
        for line in lines:
            if (*path, line) not in blocks:
                yield " " * len(path) + line
