"""`init`, `validate` and `render` as a user types them: output, files, exit codes, no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.unit.intents import PSK, folder

CANARY = "canary-7f3e-and-long-enough"


def run(
    *words: str | Path, cwd: Path, status: int = 0, env: dict[str, str] | None = None
) -> tuple[str, str]:
    """Run `dmvpn-auto`; return (stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def test_init_makes_an_inventory_that_validates_and_renders(tmp_path: Path) -> None:
    out, _ = run("init", "net", cwd=tmp_path)
    assert "clouds/branches.yaml" in out
    secret = tmp_path / "net" / "secrets" / "pre_shared_key"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "net/secrets/nhrp_authentication").read_text().strip()) == 8
    out, _ = run("validate", "-i", "net", cwd=tmp_path)
    assert "5 spokes; 0 errors, 0 warnings" in out
    run("render", "-i", "net", cwd=tmp_path)
    files = sorted(path.name for path in (tmp_path / "build/branches").iterdir())
    assert len(files) == 6
    hub = (tmp_path / "build/branches/hq-rtr1.cfg").read_text()
    assert "pre-shared-key <file:secrets/pre_shared_key>" in hub
    assert secret.read_text().strip() not in hub
    _, err = run("init", "net", cwd=tmp_path, status=2)
    assert "nothing was written" in err


def test_two_inits_have_different_secrets(tmp_path: Path) -> None:
    values = set()
    for name in ("a", "b"):
        run("init", name, cwd=tmp_path)
        values.add((tmp_path / name / "secrets" / "pre_shared_key").read_text())
    assert len(values) == 2


def test_render_writes_secrets_only_when_asked_and_for_the_owner_alone(tmp_path: Path) -> None:
    base = folder(tmp_path, {"crypto": PSK})
    env = {"PSK": CANARY, "NHRP": "NHRPWORD"}
    out, err = run("render", "-i", base, cwd=tmp_path, env=env)
    text = (tmp_path / "build/branches/hub.cfg").read_text()
    assert CANARY not in out + err + text
    out, err = run("render", "-i", base, "--with-secrets", "-o", "real", cwd=tmp_path, env=env)
    path = tmp_path / "real/branches/hub.cfg"
    assert f"pre-shared-key {CANARY}\n" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "real/branches").stat().st_mode & 0o777 == 0o700
    assert CANARY not in out + err
    path.write_text("old\n")
    out, err = run(
        *("render", "-i", base, "--with-secrets", "-o", "real", "--diff"),
        cwd=tmp_path, status=1, env=env,
    )  # fmt: skip
    assert "+  pre-shared-key ***" in out
    assert CANARY not in out + err


def test_a_secret_that_cannot_be_resolved_stops_render(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PSK", raising=False)
    monkeypatch.setenv("NHRP", "word")
    base = folder(tmp_path, {"crypto": PSK})
    _, err = run("render", "-i", base, "--with-secrets", cwd=tmp_path, status=2)
    assert "env:PSK: the environment variable PSK is not set" in err


def test_check_and_diff_write_nothing(tmp_path: Path) -> None:
    base = folder(tmp_path)
    _, err = run("render", "-i", base, "--check", cwd=tmp_path, status=1)
    assert "to be written 3 new" in err
    assert not (tmp_path / "build").exists()
    assert not list((base / "clouds").glob("*.addresses.yaml"))
    run("render", "-i", base, cwd=tmp_path)
    run("render", "-i", base, "--check", cwd=tmp_path)
    folder(tmp_path, {"tunnel": {"key": 101}})
    out, _ = run("render", "-i", base, "--diff", cwd=tmp_path, status=1)
    assert "- tunnel key 100\n+ tunnel key 101\n" in out


def test_render_of_some_routers(tmp_path: Path) -> None:
    base = folder(tmp_path)
    run("render", "-i", base, "--limit", "spoke1", cwd=tmp_path)
    assert [p.name for p in (tmp_path / "build/branches").iterdir()] == ["spoke1.cfg"]
    _, err = run("render", "-i", base, "--limit", "spoke9", cwd=tmp_path, status=2)
    assert "there is no router, group or site 'spoke9'" in err
    run("render", "-i", base, "--limit", "branch*", cwd=tmp_path, status=3)


@pytest.mark.parametrize(
    ("patch", "status", "message"),
    [
        ({"tunel": {}}, 2, "clouds/branches.yaml:"),
        ({"spokes": {"spoke1": {"tunnel_address": "10.9.9.9"}}}, 1, "[tunnel-address-outside]"),
        ({"spokes": {"spoke2": {"nbma": "198.51.100.2"}}}, 1, "[nbma-address-duplicate]"),
        ({"phase": 2}, 1, "[phase2-summary]"),
        ({}, 0, "can be deployed"),
    ],
)
def test_validate_answers_with_its_exit_code(
    tmp_path: Path, patch: dict[str, object], status: int, message: str
) -> None:
    out, err = run("validate", "-i", folder(tmp_path, patch), cwd=tmp_path, status=status)
    assert message in out + err
    assert len((out + err).splitlines()) < 25


def test_validate_strict_refuses_warnings(tmp_path: Path) -> None:
    base = folder(tmp_path, {"crypto": PSK})
    run("validate", "-i", base, cwd=tmp_path)
    run("validate", "-i", base, "--strict", cwd=tmp_path, status=1)


def test_validate_writes_json_and_sarif(tmp_path: Path) -> None:
    base = folder(tmp_path, {"phase": 2})
    out, _ = run("validate", "-i", base, "--format", "json", cwd=tmp_path, status=1)
    found = json.loads(out)
    assert found["valid"] is False
    rule = found["clouds"][0]["findings"][0]
    assert (rule["rule"], rule["severity"]) == ("phase2-summary", "error")
    assert rule["where"].startswith("clouds/branches.yaml:")
    run("validate", "-i", base, "-f", "sarif", "-o", "out.sarif", cwd=tmp_path, status=1)
    log = json.loads((tmp_path / "out.sarif").read_text())
    result = log["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert result["ruleId"] == "phase2-summary"
    assert place["artifactLocation"]["uri"] == "clouds/branches.yaml"
    assert place["region"]["startLine"] > 1
    described = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert {r["ruleId"] for r in log["runs"][0]["results"]} == described


def test_validate_explains_a_rule(tmp_path: Path) -> None:
    out, _ = run("validate", "--explain", "phase2-summary", cwd=tmp_path)
    assert "next hop" in out
    _, err = run("validate", "--explain", "phase2-sumary", cwd=tmp_path, status=2)
    assert "did you mean 'phase2-summary'" in err


def test_the_folder_that_is_not_there(tmp_path: Path) -> None:
    _, err = run("validate", cwd=tmp_path, status=2)
    assert "dmvpn-auto init" in err


def test_the_schema_accepts_what_the_models_accept(tmp_path: Path) -> None:
    from dmvpn_auto.inventory.yaml_file import read_yaml
    from dmvpn_auto.resources import resource

    out, _ = run("schema", cwd=tmp_path)
    schema = json.loads(out)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in (
        resource("inventory") / "clouds" / "branches.yaml",
        resource("lab") / "clouds" / "branches.yaml",
    ):
        assert list(validator.iter_errors(read_yaml(path))) == []
    assert list(validator.iter_errors({"tunel": {}}))
