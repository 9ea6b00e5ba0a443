"""What is wrong with a file, in words that lead to the line and to the right key.

Takes pydantic's errors apart: every message names file, line, the place and what to write. No
message holds an input, except where a validator of ours has put it there on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from dmvpn_auto.errors import InputError

Schema = dict[str, Any]
_MOST = 10  # messages on one screen
_QUOTED = re.compile(r"'([^']*)'")


class Places(Protocol):
    """Finds `file:line` of a path of keys."""

    def where(self, steps: tuple[str | int, ...]) -> str:
        """Return the place of the deepest key that exists."""
        ...


def explain(error: ValidationError, kind: Any, places: Places, whole: str) -> InputError:
    """Make one InputError of all errors found in a file.

    `kind` is the type that was expected, `whole` what the file is ("cloud", "hosts").
    """
    schema = TypeAdapter(kind).json_schema()
    said: dict[str, str] = {}
    for entry in error.errors(include_url=False):
        steps = tuple(entry["loc"])
        where = places.where(steps)
        message = _message(entry, steps, schema, whole)
        said.setdefault(f"{where}: {message}", where)
    lines = sorted(said, key=lambda line: _order(said[line]))
    shown = lines[:_MOST]
    if len(lines) > _MOST:
        shown.append(f"... and {len(lines) - _MOST} more")
    return InputError("\n".join(shown), stage="read")


def _order(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (where, 0)


def _message(entry: Any, steps: tuple[Any, ...], schema: Schema, whole: str) -> str:
    kind = entry["type"]
    place = _place(steps[:-1], schema) or whole
    if kind == "extra_forbidden":
        return f"unknown key {str(steps[-1])!r} in {place}{_meant(steps, schema)}"
    if kind == "missing":
        return f"key {steps[-1]!r} is missing in {place}{_described(steps, schema)}"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tags = list(_at(steps, schema).get("discriminator", {}).get("mapping", {}))
        near = _near(entry.get("ctx", {}).get("tag"), tags)
        return f"{_place(steps, schema)}: `kind` must be one of {', '.join(map(repr, tags))}{near}"
    if steps and steps[-1] == "[key]":
        place = _place(steps[:-2], schema)
        return f"{place}: {_plain(entry)} (the key {str(steps[-2])!r})"
    return f"{_place(steps, schema) or whole}: {_plain(entry)}"


_WORDS = {
    "int_type": "a whole number is expected, without quotes",
    "bool_type": "true or false is expected, without quotes",
    "string_type": "a text is expected; put it into quotes",
    "tuple_type": "a list is expected",
    "list_type": "a list is expected",
    "dict_type": "a mapping (key: value) is expected",
    "model_type": "a mapping (key: value) is expected",
    "model_attributes_type": "a mapping (key: value) is expected",
}


def _plain(entry: Any) -> str:
    text: str = _WORDS.get(entry["type"], entry["msg"])
    near = ""
    if entry["type"] == "literal_error":
        near = _near(entry["input"], _QUOTED.findall(entry["ctx"]["expected"]))
    return text.replace("Input should be", "must be").replace("Dictionary", "the mapping") + near


def _near(given: object, known: list[str]) -> str:
    """Suggest a word that may be written here, never the one that is."""
    close = get_close_matches(str(given).lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _place(steps: tuple[Any, ...], schema: Schema) -> str:
    """Spell a path as a user wrote it, without the tags of unions."""
    return ".".join(str(step) for step, _, virtual in _walk(steps, schema) if not virtual)


def _walk(steps: tuple[Any, ...], root: Schema) -> Iterator[tuple[Any, Schema, bool]]:
    """Follow `steps` through the schema; yield (step, schema there, is it the tag of a union)."""
    node = _deref(root, root)
    for step in steps:
        tagged = node.get("discriminator", {}).get("mapping", {})
        if step in tagged:
            node = _deref({"$ref": tagged[step]}, root)
            yield step, node, True
            continue
        node = _deref(_inside(node, step), root)
        yield step, node, str(step).startswith("[") or str(step).startswith("function-")


def _inside(node: Schema, step: Any) -> Schema:
    if step in node.get("properties", {}):
        found: Schema = node["properties"][step]
    elif isinstance(step, int):
        found = node.get("items", {})
    else:
        extra = node.get("additionalProperties") or node.get("patternProperties", {}).values()
        found = extra if isinstance(extra, dict) else next(iter(extra), {}) if extra else {}
    return found


def _deref(node: Schema, root: Schema) -> Schema:
    for _ in range(8):
        if "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        elif "anyOf" in node:
            options = [option for option in node["anyOf"] if option.get("type") != "null"]
            node = options[0] if options else {}
        else:
            break
    return node


def _at(steps: tuple[Any, ...], schema: Schema) -> Schema:
    nodes = [node for _, node, _ in _walk(steps, schema)]
    return nodes[-1] if nodes else _deref(schema, schema)


def _meant(steps: tuple[Any, ...], schema: Schema) -> str:
    """Suggest the key that was meant: one of this place, or the same key in another place."""
    key = str(steps[-1])
    if key == "<<":
        return "; YAML merge keys are not read, use `groups`"
    known = list(_at(steps[:-1], schema).get("properties", {}))
    if close := get_close_matches(key, known, n=1, cutoff=0.6):
        return f"; did you mean {close[0]!r}?"
    elsewhere = [name for name in _sections(schema) if key in _properties(schema, name)]
    if elsewhere:
        return f"; it belongs into {elsewhere[0]!r}"
    return f"; there are: {', '.join(known)}" if known else ""


def _sections(schema: Schema) -> list[str]:
    return list(_deref(schema, schema).get("properties", {}))


def _properties(schema: Schema, section: str) -> Schema:
    found: Schema = _at((section,), schema).get("properties", {})
    return found


def _described(steps: tuple[Any, ...], schema: Schema) -> str:
    node = _at(steps[:-1], schema).get("properties", {}).get(steps[-1], {})
    text = node.get("description", "")
    return f" ({text.rstrip('.')})" if text else ""
