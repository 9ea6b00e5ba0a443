"""Diagnosis on the real dataplane: break a router, ask both ends, name the cause, heal.

The faults of the main job are diagnosed there.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.conftest import Bench
from tests.lab.diagnosing import diagnose, named_first

FAULTS = {
    ("hub", "nhrp-authentication"): "authentication",
    ("hub", "hub-protection-missing"): "hub-protection-missing",
    ("spoke3", "spoke-protection-missing"): "spoke-protection-missing",
    ("hub", "redirect-missing"): "redirect-missing",
    ("hub", "bgp-listen-range"): "bgp-listen-range",
}


def test_a_healthy_cloud_has_no_finding(bench: Bench) -> None:
    assert bench.verify()[0] == 0
    assert diagnose(bench) == (0, [])
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
        named_first(bench, node, FAULTS[node, kind], tmp_path)
    finally:
        healed = bench.run("lab", "heal")
    assert healed.returncode == 0, healed.stderr


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
