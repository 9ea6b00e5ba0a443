"""A YAML file: read fast, and with positions once something is wrong with it.

A file is read by a Rust parser (YAML 1.2: `no` and `on` are words). Line numbers cost ten times
that, so they are looked up by a second reading, only when a message needs them.
"""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import ryaml
import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode
from yaml.events import CollectionEndEvent, CollectionStartEvent

from dmvpn_auto.errors import InputError

Step = str | int
"""A key of a mapping or an index of a list."""

_LINE = re.compile(r" at line (\d+) column \d+")
_DEEP = "recursion limit exceeded"
_DEEPEST = 128  # collections in each other; the fast parser's limit
_PIECE = 4096  # characters
_CROWD = 512  # brackets in a piece; an inventory has some dozen
_LARGEST = 256 * 1024 * 1024  # bytes; beyond that it is not an inventory


def read_text(path: Path) -> str:
    """Return the text of a file of the inventory; raises InputError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError(f"cannot be read: {reason}", where=str(path), stage="read") from error
    if len(raw) > _LARGEST:
        raise InputError("is larger than 256 MiB", where=str(path), stage="read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError("is not UTF-8 text", where=f"{path}:{line}", stage="read") from error


def read_yaml(path: Path) -> object:
    """Return what a YAML file says; raises InputError with the line of a syntax error."""
    text = read_text(path)
    if line := _deep_line(text):
        raise InputError("is nested too deeply", where=f"{path}:{line}", stage="read")
    try:
        with paused_collection():
            found: object = ryaml.load(io.StringIO(text))
            return found
    except (ValueError, RecursionError) as error:
        raise _syntax_error(path, text, str(error)) from error


def _deep_line(text: str) -> int | None:
    """Return the line where `text` is nested too deeply for the fast parser to say so in time.

    It looks at every open bracket again for each one that follows, which takes it a minute for
    100,000; a text that may have so many is read by the other parser up to the first too deep.
    """
    if not _suspicious(text):
        return None
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, CollectionStartEvent):
                depth += 1
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
            if depth > _DEEPEST and event.start_mark:
                return event.start_mark.line + 1
    except yaml.YAMLError:
        return None  # said with its place by _syntax_error
    return None


def _suspicious(text: str) -> bool:
    """Count brackets, those in quotes and comments as well: many at once, or many left open."""
    left_open = 0
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        begun = piece.count("[") + piece.count("{")
        left_open = max(0, left_open + begun - piece.count("]") - piece.count("}"))
        if begun > _CROWD or left_open > _DEEPEST:
            return True
    return False


@contextmanager
def paused_collection() -> Iterator[None]:
    """Suspend the cyclic garbage collector while many objects are made that stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _syntax_error(path: Path, text: str, said: str) -> InputError:
    """Read again with the parser that knows positions, and say what it stumbles over.

    `said` is the fast parser's message: its line counts where the other parser has no complaint;
    its words could hold a secret.
    """
    found = _LINE.search(said)
    place = f"{path}:{found[1]}" if found else str(path)
    if _DEEP in said:  # the second parser has no limit, and ends the process
        return InputError("is nested too deeply", where=place, stage="read")
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return InputError("not YAML", where=place, stage="read")
        where = f"{path}:{mark.line + 1}"
        hint = "indent with blanks" if "'\\t'" in (error.problem or "") else ""
        begun = error.context_mark
        since = f" (begun in line {begun.line + 1})" if begun and begun.line != mark.line else ""
        return InputError(f"not YAML: {error.problem}{since}", where=where, stage="read", hint=hint)
    except (yaml.YAMLError, RecursionError):
        return _unreadable(path, text) or InputError("not YAML", where=place, stage="read")
    for key, first, second in _repeated(root):
        return InputError(
            f"key {key!r} is given twice; first in line {first}",
            where=f"{path}:{second}",
            stage="read",
        )
    what = "holds YAML that is not data (tags, odd keys, huge numbers, endless aliases)"
    return InputError(what, where=place, stage="read")


def _unreadable(path: Path, text: str) -> InputError | None:
    control = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if control is None:
        return None
    line = text.count("\n", 0, control.start()) + 1
    what = f"not YAML: the control character U+{ord(control[0]):04X}"
    return InputError(what, where=f"{path}:{line}", stage="read")


def _repeated(root: Node | None) -> Iterator[tuple[str, int, int]]:
    """Yield (key, first line, line) of keys that a mapping has twice; aliases count once."""
    todo, met = [root], set[int]()
    while todo:
        node = todo.pop()
        if node is None or id(node) in met:
            continue
        met.add(id(node))
        if isinstance(node, SequenceNode):
            todo += reversed(node.value)
        elif isinstance(node, MappingNode):
            yield from _repeated_here(node)
            todo += [value for _, value in reversed(node.value)]


def _repeated_here(node: MappingNode) -> Iterator[tuple[str, int, int]]:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if isinstance(key, ScalarNode):
            if key.value in seen:
                yield key.value, seen[key.value], line
            seen.setdefault(key.value, line)


class Positions:
    """Where in a YAML file a path of keys stands."""

    def __init__(self, path: Path, shown: str | None = None) -> None:
        self._path = path
        self._shown = shown or str(path)

    @cached_property
    def _root(self) -> Node | None:
        try:
            return yaml.compose(read_text(self._path), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            return None

    def where(self, steps: tuple[Step, ...]) -> str:
        """Return `file:line` of the deepest key of `steps` that is in the file.

        A step that the file does not have is skipped, as validators put their own into a path.
        """
        node, line = self._root, 0
        for step in steps:
            found = _child(node, step)
            if found:
                node, line = found
        return f"{self._shown}:{line}" if line else self._shown


def _child(node: Node | None, step: Step) -> tuple[Node, int] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode) and key.value == str(step):
                return value, key.start_mark.line + 1
    elif isinstance(node, SequenceNode) and str(step).isdigit() and int(step) < len(node.value):
        item = node.value[int(step)]
        return item, item.start_mark.line + 1
    return None
