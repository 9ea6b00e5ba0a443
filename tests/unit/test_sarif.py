"""SARIF: the log has the structure of version 2.1.0, wherever a finding stands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator

from dmvpn_auto.design.rules import check
from dmvpn_auto.design.types import CloudDesign, Finding, Severity
from dmvpn_auto.report.findings import as_sarif
from tests.unit.intents import PSK, cloud, design

_TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1}},
    "required": ["text"],
    "additionalProperties": False,
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_URI = {"type": "string", "pattern": r"^(?:[A-Za-z0-9._~!$&'()*+,;=@:/?#-]|%[0-9A-F]{2})+$"}


def _object(needed: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
        "additionalProperties": False,
    }


# Sections 3.13 to 3.51 of the OASIS standard, of what is used here.
_RULE = _object(
    {"id": {"type": "string"}},
    {
        "shortDescription": _TEXT,
        "help": _TEXT,
        "defaultConfiguration": _object({}, {"level": _LEVEL}),
    },
)
_DRIVER = _object(
    {"name": {"type": "string"}},
    {"version": {"type": "string"}, "rules": {"type": "array", "items": _RULE}},
)
_PLACE = _object(
    {"artifactLocation": _object({"uri": _URI})},
    {"region": _object({"startLine": {"type": "integer", "minimum": 1}})},
)
_RESULT = _object(
    {"message": _TEXT},
    {
        "ruleId": {"type": "string"},
        "level": _LEVEL,
        "locations": {"type": "array", "items": _object({"physicalLocation": _PLACE})},
    },
)
_RUN = _object(
    {"tool": _object({"driver": _DRIVER})}, {"results": {"type": "array", "items": _RESULT}}
)
_LOG = _object(
    {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": _RUN}},
    {"$schema": {"type": "string", "format": "uri"}},
)
VALIDATOR = Draft202012Validator(_LOG)


def _judged(where: str) -> CloudDesign:
    patch = {"crypto": PSK, "phase": 2, "tunnel": {"ip_mtu": 1300}}
    from dmvpn_auto.design import Ledger

    made = design(patch)
    found = check(cloud(patch), made, Ledger(), lambda _reference: None)
    return replace(made, findings=tuple(replace(one, where=where) for one in found))


@pytest.mark.parametrize(
    ("where", "uri"),
    [
        ("clouds/branches.yaml:7", "clouds/branches.yaml"),
        ("clouds/my branch.yaml:7", "clouds/my branch.yaml"),
        ("NetBox device spoke 1 (id 7)", "NetBox device spoke 1 (id 7)"),
        ("NetBox device münchen<1>:x", "NetBox device münchen<1>:x"),
    ],
)
def test_a_log_has_the_structure_of_the_standard(where: str, uri: str) -> None:
    log = json.loads(as_sarif([_judged(where)]))
    assert list(VALIDATOR.iter_errors(log)) == []
    places = [
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in log["runs"][0]["results"]
        for location in result["locations"]
    ]
    assert {unquote(place) for place in places} == {uri}
    levels = {result["level"] for result in log["runs"][0]["results"]}
    assert {"error", "warning"} <= levels


def test_each_result_names_a_described_rule_and_each_severity_has_a_level() -> None:
    base = Finding(rule="lan-overlap", severity=Severity.INFO, subject="x", message="m", fix="f",
                   source="s", where="a.yaml:1")  # fmt: skip
    found = tuple(replace(base, severity=severity) for severity in Severity)
    log = json.loads(as_sarif([replace(design(), findings=found)]))
    assert list(VALIDATOR.iter_errors(log)) == []
    run = log["runs"][0]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["lan-overlap"]
