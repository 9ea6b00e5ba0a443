"""Diagnosis on the real dataplane: break a router, ask both ends, name the cause, heal."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import Bench

FAULTS = {
    ("spoke2", "wrong-psk"): "pre-shared-key",
    ("hub", "nhrp-authentication"): "authentication",
    ("spoke1", "wrong-nhs-nbma"): "wrong-hub-nbma",
    ("spoke2", "ipsec-mismatch"): "transform-set",
    ("hub", "hub-protection-missing"): "hub-protection-missing",
    ("spoke3", "spoke-protection-missing"): "spoke-protection-missing",
    ("hub", "redirect-missing"): "redirect-missing",
    ("hub", "bgp-listen-range"): "bgp-listen-range",
}


def _diagnose(bench: Bench, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = bench.cloud("diagnose", "--format", "json", *words)
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return done.returncode, found


def _until_first(bench: Bench, device: str, rule: str) -> list[dict[str, Any]]:
    """Ask until the cause is named first: a BGP session takes its hold time to go."""
    deadline = time.monotonic() + 40
    while True:
        status, found = _diagnose(bench)
        if found and (found[0]["device"], found[0]["rule"]) == (device, rule):
            assert status == 1
            return found
        assert time.monotonic() < deadline, [(f["device"], f["rule"], f["cause"]) for f in found]


def test_a_healthy_cloud_has_no_finding(bench: Bench) -> None:
    assert bench.verify()[0] == 0
    assert _diagnose(bench) == (0, [])
    story = bench.cloud("explain", "spoke1", "--format", "json")
    assert story.returncode == 0, story.stdout
    (tunnel,) = json.loads(story.stdout)["tunnels"]
    held = {layer["layer"] for layer in tunnel["layers"] if layer["holds"]}
    assert held >= {"underlay", "tunnel", "IKE", "IPsec", "NHRP", "overlay", "routes"}


@pytest.mark.parametrize(("node", "kind"), FAULTS, ids=str)
def test_the_cause_of_a_fault_is_named_first(
    bench: Bench, node: str, kind: str, tmp_path: Path
) -> None:
    broken = bench.run("lab", "fault", node, kind)
    assert broken.returncode == 0, broken.stderr
    try:
        first = _until_first(bench, node, FAULTS[node, kind])[0]
        _, saved = _diagnose(bench, "--save", str(tmp_path / "evidence"))
        _, replayed = _diagnose(bench, "--evidence", str(tmp_path / "evidence"))
    finally:
        healed = bench.run("lab", "heal")
    assert healed.returncode == 0, healed.stderr
    assert first["evidence"]
    assert first["fix"]
    assert first["confidence"] >= 0.8
    assert replayed == saved
    secrets = [p.read_text().strip() for p in (bench.inventory / "secrets").iterdir()]
    kept = "".join(p.read_text() for p in (tmp_path / "evidence").rglob("*.txt"))
    assert not [s for s in secrets if s != "admin" and s in json.dumps(first) + kept]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fault", "hub", "wrong-nhs-nbma"), "is a hub"),
        (("fault", "spoke1", "redirect-missing"), "is a spoke"),
        (("fault", "spoke1", "match-fvrf-missing"), "front-door VRF"),
        (("fault", "spoke1", "no-such-kind"), "no-such-kind"),
        (("fault", "NOSUCH", "wrong-psk"), "NOSUCH"),
        (("heal", "NOSUCH"), "NOSUCH"),
    ],
    ids=lambda word: " ".join(word) if isinstance(word, tuple) else "",
)
def test_a_fault_that_does_not_apply_is_wrong_usage(
    bench: Bench, words: tuple[str, ...], says: str
) -> None:
    done = bench.run("lab", *words)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr


def test_every_kind_is_listed(bench: Bench) -> None:
    listed = bench.run("lab", "fault")
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) >= 30
    assert {kind for _, kind in FAULTS} <= {line.split()[0] for line in listed.stdout.splitlines()}
