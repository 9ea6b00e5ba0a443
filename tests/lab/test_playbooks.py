"""The playbooks on the lab, as they stand: what people copy must work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.lab.conftest import Bench

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"


def play(bench: Bench, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, PLAYBOOKS / script, bench.inventory, *words],
        capture_output=True, text=True, check=False, timeout=300,
        env=bench.environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    bench.printed += [done.stdout, done.stderr]
    return done


def test_deploy_finds_nothing_to_do(bench: Bench) -> None:
    done = play(bench, "deploy.py")
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count(": unchanged") == 4


def test_a_staged_rollout_ends_with_the_whole_cloud(bench: Bench) -> None:
    """One line of the intent is changed and changed back, site by site."""
    cloud = bench.inventory / "clouds/branches.yaml"
    before = cloud.read_text()
    changed = before.replace("bandwidth: 100000", "bandwidth: 20000")
    assert changed != before
    cloud.write_text(changed)
    try:
        done = play(bench, "staged_rollout.py", "spoke1", "spoke2,spoke3")
        assert done.returncode == 0, done.stderr + done.stdout
        lines = done.stdout.splitlines()
        assert lines[0].strip() == "hubs: hub: saved"
        assert [line.split()[0] for line in lines[1:]][:1] == ["spoke1:"]
        assert lines[-1] == "the whole cloud: pass"
    finally:
        cloud.write_text(before)
        assert play(bench, "deploy.py").returncode == 0


def test_verify_writes_three_reports(bench: Bench, tmp_path: Path) -> None:
    done = play(bench, "verify.py", str(tmp_path))
    assert done.returncode == 0, done.stderr + done.stdout
    report = ET.fromstring((tmp_path / "verify.xml").read_bytes())  # noqa: S314 - our own
    assert int(report.get("failures", "1")) == 0
    assert (tmp_path / "verify.html").read_text().startswith("<!doctype html>")


def test_a_health_check_is_silent_when_all_is_well_and_names_what_is_not(bench: Bench) -> None:
    quiet = play(bench, "health_check.py")
    assert (quiet.returncode, quiet.stdout) == (0, ""), quiet.stderr
    broken = bench.run("lab", "fault", "spoke2", "tunnel-shutdown")
    assert broken.returncode == 0, broken.stderr
    try:
        loud = play(bench, "health_check.py")
        assert loud.returncode == 1
        assert "spoke2" in loud.stdout
        assert "spoke1: " not in loud.stdout
    finally:
        assert bench.run("lab", "heal").returncode == 0


def test_peers_and_lines(bench: Bench) -> None:
    shown = play(bench, "show_peers.py")
    assert shown.returncode == 0, shown.stderr
    assert sum(" UP " in line for line in shown.stdout.splitlines()) >= 6
    pushed = play(bench, "push_lines.py", "spoke1", "interface Loopback77", "description playbook")
    assert pushed.returncode == 0, pushed.stderr
    assert play(bench, "push_lines.py", "spoke1", "no interface Loopback77").returncode == 0
    refused = play(bench, "push_lines.py", "spoke1", "nonsense here")
    assert refused.returncode == 1
    assert "nonsense here" in refused.stderr


def test_drift_is_what_was_typed_by_hand_and_nothing_else(bench: Bench) -> None:
    assert play(bench, "drift_report.py").returncode == 0
    lines = ("interface Tunnel0", "ip mtu 1390", "no ip nhrp shortcut")
    typed = play(bench, "push_lines.py", "spoke3", *lines)
    assert typed.returncode == 0, typed.stderr
    try:
        done = play(bench, "drift_report.py")
        assert done.returncode == 1, done.stderr
        assert "ip mtu 1390" in done.stdout
        assert "no ip nhrp shortcut" in done.stdout  # of a default that the release hides
        assert "spoke3" in done.stdout
        assert "ip tcp" not in done.stdout
    finally:
        lines = ("interface Tunnel0", "ip mtu 1400", "ip nhrp shortcut")
        mended = play(bench, "push_lines.py", "spoke3", *lines)
        assert mended.returncode == 0, mended.stderr
