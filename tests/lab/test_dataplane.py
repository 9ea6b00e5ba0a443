"""Real Linux routers from running configurations: a hub and two spokes in a kernel of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest


@pytest.fixture(scope="module")
def played() -> dict[str, dict[str, Any]]:
    """Boot a kernel, play all scenarios in it; return result by name."""
    kernel = [sys.executable, "-m", "dmvpn_auto.lab.uml", "run", "--memory", "768", "--"]
    done = subprocess.run(
        [*kernel, sys.executable, "-m", "tests.lab.dataplane_inside"],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert results, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return {found["name"]: found for found in results}


NAMES = [
    "spoke1 registers at the hub",
    "spoke2 registers at the hub",
    "overlay converges",
    "no shortcut before",
    "ping between spokes",
    "shortcut is installed",
    "one hop to the other spoke",
    "its own SA",
    "no plain GRE on the wire",
    "a changed key leaves the SA alone",
    *(
        f"{fault} {claim}"
        for fault, state in (
            ("wrong-psk", "IKE"),
            ("wrong-tunnel-key", "NHRP"),
            ("wrong-nhs-nbma", "IKE"),
            ("ipsec-mismatch", "IPSEC"),
            ("tunnel-shutdown", "INTF"),
        )
        for claim in (f"gives {state}", "leaves the other spoke alone", "is healed")
    ),
    "no plain GRE on the wire in any fault",
    "the device is made anew while zebra is behind",
    "zebra has its address",
    "wan-down gives IKE",
    "wan-down is healed",
    "without an IKEv2 profile the state is IKE",
    "nothing leaves in clear",
    "spoke in a front VRF is up",
    "overlay over a front VRF",
    "the default route is in the VRF",
    "the IKE SA is in the VRF",
    "the LAN does not reach the underlay",
    "ping in the VRF",
    "charon comes back",
    "no key in a file",
    "no key in an argument",
    "no daemon is left",
]


@pytest.mark.parametrize("name", NAMES)
def test_claim(played: dict[str, dict[str, Any]], name: str) -> None:
    assert name in played, [*played]
    assert played[name]["ok"], played[name]["detail"]


def test_nothing_else_failed(played: dict[str, dict[str, Any]]) -> None:
    assert [found for found in played.values() if not found["ok"]] == []


RECOVERED = ["wrong-psk", "wrong-tunnel-key", "wrong-nhs-nbma", "ipsec-mismatch", "tunnel-shutdown"]


@pytest.mark.parametrize("fault", RECOVERED)
def test_recovery_takes_seconds(played: dict[str, dict[str, Any]], fault: str) -> None:
    assert played[f"{fault} is healed"]["seconds"] < 10
