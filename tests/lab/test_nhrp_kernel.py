"""The NHRP speaker in a real kernel: mGRE, neighbours, shortcuts, multicast, and FRR as a peer."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

SCENARIOS = ("shortcut", "phase2", "used", "multicast", "bounce", "frr_spoke", "frr_hub")


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """Boot one kernel and play all scenarios in it."""
    command = [sys.executable, "-m", "dmvpn_auto.lab.uml", "run", "--memory", "512", "--"]
    done = subprocess.run(
        [*command, sys.executable, "-m", "tests.lab.nhrp_inside", *SCENARIOS],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    line = next((ln for ln in done.stdout.splitlines() if ln.startswith("RESULT ")), None)
    assert line, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return found


def scenario(played: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = played[name]
    assert "error" not in found, found["error"]
    return found


def test_spokes_are_registered_in_cache_and_neighbour_table(played: dict[str, Any]) -> None:
    found = scenario(played, "shortcut")
    assert found["hub"] == {
        "10.255.0.11/32": "dynamic 203.0.113.11 unique registered nhop",
        "10.255.0.12/32": "dynamic 203.0.113.12 unique registered nhop",
    }
    assert found["hub neighbours"] == {
        "10.255.0.11": "203.0.113.11 PERMANENT",
        "10.255.0.12": "203.0.113.12 PERMANENT",
    }


def test_shortcut_forms_both_ways_without_loss(played: dict[str, Any]) -> None:
    found = scenario(played, "shortcut")
    assert found["before"] == []
    assert " 3 received" in found["first ping"]
    assert found["routes"] == {
        "spoke1": [
            "10.12.0.0/24 via 10.255.0.12 dev gre1 onlink",
            "10.255.0.12 dev gre1 scope link",
        ],
        "spoke2": [
            "10.11.0.0/24 via 10.255.0.11 dev gre1 onlink",
            "10.255.0.11 dev gre1 scope link",
        ],
    }
    assert found["spoke1 neighbours"]["10.255.0.12"].startswith("203.0.113.12")
    assert " 5 received" in found["second ping"]
    assert found["hops"] == ["10.12.0.1"]
    assert found["hub traffic"]["sent_traffic_indication"] == 2


def test_clear_and_close_leave_nothing(played: dict[str, Any]) -> None:
    found = scenario(played, "shortcut")
    assert found["after clear"] == []
    assert found["left"]["neighbours"] == {}
    assert "NHRP" not in found["left"]["rules"]


def test_phase_2_miss_is_resolved_without_loss(played: dict[str, Any]) -> None:
    found = scenario(played, "phase2")
    assert " 4 received" in found["ping"]
    assert found["neighbours"]["10.255.0.12"].startswith("203.0.113.12")
    assert found["spoke1"]["10.255.0.12/32"] == "dynamic 203.0.113.12 router nhop rib"
    assert " 0 received" in found["unknown"]
    assert found["hub"]["10.255.0.99/32"] == "incomplete None negative"


def test_shortcut_in_use_outlives_its_holdtime(played: dict[str, Any]) -> None:
    found = scenario(played, "used")
    assert " 60 received" in found["ping"]
    assert found["refreshes"] >= 1
    assert "10.12.0.0/24 via 10.255.0.12 dev gre1 onlink" in found["routes"]


def test_multicast_reaches_whom_it_must(played: dict[str, Any]) -> None:
    found = scenario(played, "multicast")
    assert found["from hub"] == {
        "hub": [],
        "spoke1": ["hello from 10.255.0.1"],
        "spoke2": ["hello from 10.255.0.1"],
    }
    assert found["from spoke1"] == {"hub": ["there from 10.255.0.11"], "spoke1": [], "spoke2": []}


def test_a_restart_leaves_no_shortcut_that_nobody_would_withdraw(played: dict[str, Any]) -> None:
    found = scenario(played, "shortcut")
    assert found["before restart"]
    assert found["after restart"] == []


def test_bounced_and_remade_devices_recover(played: dict[str, Any]) -> None:
    found = scenario(played, "bounce")
    assert found["neighbours"] == {"10.255.0.1": "203.0.113.1 PERMANENT"}
    assert " 2 received" in found["ping"]
    assert found["off"] == [{}, []]


def test_frr_registers_at_our_hub_and_shortcuts_to_our_spoke(played: dict[str, Any]) -> None:
    found = scenario(played, "frr_spoke")
    assert found["hub"]["10.255.0.12/32"].startswith("dynamic 203.0.113.12")
    assert "10.11.0.0/24" in found["theirs"]
    assert found["spoke1"]["10.12.0.0/24"] == "dynamic 203.0.113.12 router rib"
    assert found["hops"] == ["10.12.0.1"]
    assert found["hops back"] == ["10.11.0.1"]


def test_our_spokes_register_at_frrs_hub_and_follow_its_redirect(played: dict[str, Any]) -> None:
    found = scenario(played, "frr_hub")
    assert "203.0.113.11" in found["cache"]
    assert "203.0.113.12" in found["cache"]
    assert found["spoke1"]["10.12.0.0/24"] == "dynamic 203.0.113.12 router rib"
    assert found["spoke2"]["10.11.0.0/24"] == "dynamic 203.0.113.11 router rib"
    assert found["hops"] == ["10.12.0.1"]
