"""Reference pages made from the code: what an intent may say, and the design rules.

The pages are committed, so that they can be read without a checkout; a test compares them with
what is made here. One key that is not described would be seen as an empty cell.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from dmvpn_auto.design.rules import all_rules
from dmvpn_auto.design.rules.base import Described
from dmvpn_auto.models import schema

Node = Mapping[str, Any]
MADE = "<!-- Made from the code by `make docs`; a change here is lost. -->\n"
_INTENT = """\
# The intent: clouds/NAME.yaml

Every key of a cloud's file, in the order in which a reader wants them. Types are strict: a number
is written without quotes, a switch is `true` or `false` (YAML 1.2: `yes` and `no` are words). An
unknown key is refused with file, line and the key that was meant. `tunnel.key` stands for the key
`key` under `tunnel`, `NAME` for a name of yours.

Editors complete and check the file with its JSON Schema (VS Code's YAML extension, Neovim, Emacs,
everything that uses yaml-language-server):

    dmvpn-auto schema --output inventory/cloud.schema.json

and, as the first line of `inventory/clouds/NAME.yaml`:

    # yaml-language-server: $schema=../cloud.schema.json
"""
_RULES = """\
# Design rules

What `dmvpn-auto validate` looks for. An error refuses the cloud (exit 1), a warning does so with
`--strict`, information never does. A rule that does not apply to a cloud is waived there by name,
with the reason (`waive: {RULE: REASON}`); its findings stay in the report as information. The same
text on the command line: `dmvpn-auto validate --explain RULE`.
"""
_FORMATS = {
    "ipv4": "IPv4 address",
    "ipv6": "IPv6 address",
    "ipv4-network": "prefix",
    "ipv6-network": "IPv6 prefix",
    "ipv4-interface": "address with prefix length",
    "ipv6-interface": "IPv6 address with prefix length",
    "ios-interface": "interface name as IOS prints it",
    "secret-reference": "reference to a secret: `env:NAME` or `file:PATH`",
}


def intent_page() -> str:
    """Return the page of the intent's keys."""
    root = schema()
    return MADE + _INTENT + "".join(_section("", root, root, set(), depth=1))


def _section(
    path: str, node: Node, root: Node, said: set[tuple[str, str]], *, depth: int
) -> Iterator[str]:
    """Yield the heading, the paragraph and the table of a mapping, then those of its mappings.

    What stands under every kind of a union (`crypto.dpd`) is said once.
    """
    if (once := (path, str(node.get("$ref", path)))) in said:
        return
    said.add(once)
    node = _deref(node, root)
    required = node.get("required", [])
    properties: Node = node.get("properties", {})
    title = f"`{path}`" if path else "The cloud"
    if "const" in properties.get("kind", {}):
        title += f", `kind: {properties['kind']['const']}`"
    yield f"\n{'#' * min(depth + 1, 4)} {title}\n\n"
    if path and (about := node.get("description")):
        yield f"{about}\n\n"
    keys = {key: field for key, field in properties.items() if "const" not in field}
    if keys:
        yield "| key | value | default | what it is |\n|---|---|---|---|\n"
    for key, field in keys.items():
        cells = (
            f"`{key}`", _value(field, root), _default(field, needed=key in required, root=root),
            _what(field, root),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |\n"
    for key, field in keys.items():
        for inner, part in _mappings(field, root):
            yield from _section(
                f"{path}.{key}{inner}".lstrip("."), part, root, said, depth=depth + 1
            )


def _mappings(field: Node, root: Node) -> Iterator[tuple[str, Node]]:
    """Yield (what follows the key, definition) of the mappings that a key may hold."""
    if "oneOf" in field:
        yield from (("", option) for option in field["oneOf"])
        return
    field = _without_null(field)
    if isinstance(named := field.get("additionalProperties"), Mapping) and "$ref" in named:
        yield ".NAME", named
    elif "properties" in _deref(field, root):
        yield "", field


def _deref(node: Node, root: Node) -> Node:
    if "$ref" not in node:
        return node
    found: Node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return found


def _options(field: Node) -> list[Node]:
    return [option for option in field.get("anyOf", ()) if option.get("type") != "null"]


def _without_null(field: Node) -> Node:
    options = _options(field)
    return options[0] if len(options) == 1 else field


def _value(field: Node, root: Node) -> str:
    """Say what may stand there: kind, range, choices, unit."""
    nullable = any(option.get("type") == "null" for option in field.get("anyOf", ()))
    kinds = [_kind(option, root) for option in _options(field)] or [_kind(field, root)]
    # null is worth a word only where it is not what stands there anyway
    if nullable and field.get("default", "unsaid") is not None:
        kinds.append("`null`")
    unit = f", {field['unit']}" if "unit" in field else ""
    return " or ".join(kinds) + unit


def _kind(node: Node, root: Node) -> str:
    if "anyOf" in node:
        return " or ".join(_kind(option, root) for option in node["anyOf"])
    if "oneOf" in node:
        tags = sorted(node["discriminator"]["mapping"])
        return f"mapping with `kind`: {', '.join(f'`{tag}`' for tag in tags)}"
    if "enum" in node:
        return ", ".join(f"`{_text(choice)}`" for choice in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if "$ref" in node or "properties" in node:
        return "mapping, see below"
    if "format" in node:
        return _FORMATS[node["format"]]
    match node.get("type"):
        case "integer":
            return f"number {_range(node)}".rstrip()
        case "array":
            return f"list of: {_kind(node['items'], root)}"
        case "boolean":
            return "`true` or `false`"
        case "object":
            return f"mapping NAME: {_named(node, root)}"
    return "text"


def _named(node: Node, root: Node) -> str:
    inner = node.get("additionalProperties") or next(
        iter(node.get("patternProperties", {"": {}}).values())
    )
    return _kind(inner, root) if isinstance(inner, Mapping) else "text"


def _range(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"from {low}" if low is not None else f"up to {high}" if high is not None else ""


def _default(field: Node, *, needed: bool, root: Node) -> str:
    if needed:
        return "**required**"
    if "default" not in field:
        mapping = "properties" in _deref(_without_null(field), root)
        return "its defaults" if mapping else "none"
    default = field["default"]
    return "none" if default is None or default == [] else f"`{_text(default)}`"


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", "\\|").replace("\t", "\\t")


def _what(field: Node, root: Node) -> str:
    said = field.get("description") or _deref(field, root).get("description", "")
    example = f" Example: `{_text(field['examples'][0])}`." if "examples" in field else ""
    source = f" Source: {field['source']}." if "source" in field else ""
    return _cell(said.partition("\n\n")[0]) + example + source


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def rules_page() -> str:
    """Return the page of the design rules: a table of all, then each with reason and fix."""
    rows = [
        f"| [{one.id}](#{one.id}) | {one.severity} | {_cell(one.reason())} |\n"
        for one in all_rules()
    ]
    head = "\n| rule | severity | why |\n|---|---|---|\n"
    return MADE + _RULES + head + "".join(rows) + "".join(_chapters(all_rules()))


def _chapters(rules: tuple[Described, ...]) -> Iterator[str]:
    module = ""
    for one in rules:
        if type(one).__module__ != module:
            module = type(one).__module__
            yield f"\n## {_title(module)}\n"
        yield (
            f"\n### {one.id}\n\n{one.teaching()}\n\n"
            f"- severity: {one.severity}\n- fix: {one.fix}\n- source: {one.source}\n"
        )


def _title(module: str) -> str:
    said = (sys.modules[module].__doc__ or module).partition("\n")[0]
    return said.rstrip(".").partition(":")[0]
