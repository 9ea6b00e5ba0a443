"""The JSON Schema for editors: it takes what the models take, and marks what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Strict, ValidationError

from dmvpn_auto.inventory.yaml_file import read_yaml
from dmvpn_auto.models import Cloud, schema
from dmvpn_auto.models.base import Model
from dmvpn_auto.resources import resource
from tests.unit.intents import Raw, changed

VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _marks(raw: object) -> list[str]:
    return ["/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(raw)]


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("name", ["inventory", "lab"])
def test_it_takes_the_shipped_clouds_formats_included(name: Any) -> None:
    assert _marks(read_yaml(resource(name) / "clouds" / "branches.yaml")) == []


GOOD: list[tuple[str, Raw]] = [
    ("a dynamic spoke", {"spokes": {"spoke1": {"nbma": "dynamic", "wan": {"address": "dhcp"}}}}),
    ("a WAN address", {"spokes": {"spoke1": {"wan": {"address": "198.51.100.2/30"}}}}),
    ("no segment size", {"tunnel": {"tcp_mss": "off"}}),
    ("no perfect forward secrecy", {"crypto": {"ipsec": {"pfs_group": None}}}),
]


@pytest.mark.parametrize("patch", [p for _, p in GOOD], ids=[name for name, _ in GOOD])
def test_it_takes_what_the_models_take(patch: Raw) -> None:
    raw = changed(patch)
    Cloud.model_validate(raw)
    assert _marks(raw) == []


WRONG: list[tuple[Raw, str]] = [
    ({"tunel": {}}, ""),
    ({"tunnel": {"subnet": "10.255.0.0"}}, "tunnel/subnet"),
    ({"tunnel": {"key": -1}}, "tunnel/key"),
    ({"tunnel": {"key": "100"}}, "tunnel/key"),
    ({"nhrp": {"authentication": "a-value"}}, "nhrp/authentication"),
    ({"hubs": {"hub": {"nbma": "dynamic"}}}, "hubs/hub/nbma"),
    ({"spokes": {"spoke1": {"nbma": "198.51.100.256"}}}, "spokes/spoke1/nbma"),
    ({"spokes": {"spoke1": {"nbna": "198.51.100.2"}}}, "spokes/spoke1"),
    ({"spokes": {"spoke1": {"lan": ["10.1.0.1"]}}}, "spokes/spoke1/lan/0"),
    ({"overlay": {"kind": "bgp", "asn": 1}}, "overlay"),
    ({"phase": 4}, "phase"),
]


@pytest.mark.parametrize(("patch", "place"), WRONG, ids=[str(patch) for patch, _ in WRONG])
def test_it_marks_what_the_models_refuse(patch: Raw, place: str) -> None:
    raw = changed(patch)
    with pytest.raises(ValidationError):
        Cloud.model_validate(raw)
    assert place in _marks(raw)


def _sections(node: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{name}.{key}", field)
        for name, part in node["$defs"].items()
        for key, field in part.get("properties", {}).items()
        if "const" not in field
    ]


def test_every_key_is_described_for_the_editor() -> None:
    without = [key for key, field in _sections(schema()) if not field.get("description")]
    assert without == []


def test_the_command_writes_it_to_the_screen_or_to_a_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dmvpn_auto", "schema"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == schema()
    path = tmp_path / "cloud.schema.json"
    subprocess.run([*command, "--output", str(path)], capture_output=True, check=True)
    assert path.read_text() == out


def _models(kind: type[Model] = Model) -> list[type[Model]]:
    return [one for below in kind.__subclasses__() for one in (below, *_models(below))]


def test_every_list_of_the_schema_may_be_written_as_one() -> None:
    strict = [
        f"{kind.__name__}.{name}"
        for kind in _models()
        for name, field in kind.model_fields.items()
        if "tuple[" in str(field.annotation) and "dict[" not in str(field.annotation)
        if Strict(strict=False) not in field.metadata
    ]
    assert strict == []
