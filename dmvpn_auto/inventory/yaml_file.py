"""A YAML file: read fast, and with positions once something is wrong with it.

A file is read by a Rust parser (YAML 1.2: `no` and `on` are words). Line numbers cost ten times
that, so they are looked up by a second reading, only when a message needs them.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import ryaml
import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from dmvpn_auto.errors import InputError

Step = str | int
"""A key of a mapping or an index of a list."""

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
    try:
        with paused_collection():
            found: object = ryaml.load(io.StringIO(text))
            return found
    except (ValueError, RecursionError) as error:
        raise _syntax_error(path, text) from error


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


def _syntax_error(path: Path, text: str) -> InputError:
    """Read again with the parser that knows positions, and say what it stumbles over."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is None:
            return InputError("not YAML", where=str(path), stage="read")
        where = f"{path}:{mark.line + 1}"
        hint = "indent with blanks" if "'\\t'" in (error.problem or "") else ""
        begun = error.context_mark
        since = f" (begun in line {begun.line + 1})" if begun and begun.line != mark.line else ""
        return InputError(f"not YAML: {error.problem}{since}", where=where, stage="read", hint=hint)
    except (yaml.YAMLError, RecursionError):
        return InputError("not YAML", where=str(path), stage="read")
    for key, first, second in _repeated(root):
        return InputError(
            f"key {key!r} is given twice; first in line {first}",
            where=f"{path}:{second}",
            stage="read",
        )
    return InputError("holds YAML that is not data (tags, keys)", where=str(path), stage="read")


def _repeated(node: Node | None) -> Iterator[tuple[str, int, int]]:
    if isinstance(node, MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, ScalarNode):
                if key.value in seen:
                    yield key.value, seen[key.value], line
                seen.setdefault(key.value, line)
            yield from _repeated(value)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            yield from _repeated(value)


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
