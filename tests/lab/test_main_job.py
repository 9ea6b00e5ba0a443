"""The main job on the real dataplane: deploy, verify, break it in six ways, heal it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml

from tests.lab.conftest import Bench

pytestmark = pytest.mark.lab

FAULTS = {
    "wrong-psk": "IKE",
    "wrong-tunnel-key": "NHRP",
    "wrong-nhs-nbma": "IKE",
    "ipsec-mismatch": "IPSEC",
    "tunnel-shutdown": "INTF",
    "wan-down": "IKE",
}


def test_the_deployed_cloud_passes_every_check(bench: Bench) -> None:
    status, answer = bench.verify()
    failed = [c for c in answer["checks"] if c["status"] != "pass"]
    assert not failed
    assert (status, answer["verdict"]) == (0, "pass")
    for check in answer["checks"]:
        assert set(check) >= {"check", "device", "peer", "status", "expected", "actual", "evidence"}
        assert check["expected"]
        assert check["actual"]


def test_a_second_deploy_changes_nothing_and_says_so(bench: Bench) -> None:
    done = bench.cloud("deploy", "--yes")
    assert done.returncode == 0, done.stderr
    assert "no change" in (done.stdout + done.stderr).lower()


def test_a_second_up_is_harmless(bench: Bench) -> None:
    done = bench.run("lab", "up", "--inventory", str(bench.inventory))
    assert done.returncode == 0, done.stderr
    assert bench.verify()[0] == 0


def test_every_router_answers_ordinary_ssh_on_a_loopback_port(bench: Bench) -> None:
    hosts = yaml.safe_load((bench.inventory / "hosts.yaml").read_text())
    assert set(hosts) == {"hub", "spoke1", "spoke2", "spoke3"}
    for host in hosts.values():
        assert host["hostname"] == "127.0.0.1"
        with socket.create_connection(("127.0.0.1", host["port"]), timeout=5) as connection:
            assert connection.recv(4) == b"SSH-"


@pytest.mark.parametrize(("kind", "state"), FAULTS.items())
def test_a_fault_is_named_and_healed(bench: Bench, kind: str, state: str) -> None:
    broken = bench.run("lab", "fault", "spoke2", kind)
    assert broken.returncode == 0, broken.stderr
    try:
        status, answer = bench.verify("--timeout", "15")
    finally:
        healed = bench.run("lab", "heal")
    assert healed.returncode == 0, healed.stderr
    failed = [c for c in answer["checks"] if c["status"] == "fail"]
    assert (status, answer["verdict"]) == (1, "fail"), answer
    assert any(
        "spoke2" in (c["device"], c["peer"]) and state in c["actual"].split() for c in failed
    ), [(c["check"], c["device"], c["peer"], c["actual"]) for c in failed]
    blamed = {c["device"] for c in failed} | {c["peer"] for c in failed if c["peer"]}
    for innocent in ("spoke1", "spoke3"):
        alone = [c for c in failed if c["device"] == innocent and c["peer"] not in {"spoke2"}]
        assert not alone, (blamed, alone)
    status, answer = bench.verify()
    assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]


def test_no_secret_was_ever_printed(bench: Bench) -> None:
    """Last in this file: by now every command of the main job has run."""
    secrets = [p.read_text().strip() for p in (bench.inventory / "secrets").iterdir()]
    canaries = [s for s in secrets if s != "admin"]
    assert canaries
    assert len(bench.printed) > 20
    for text in bench.printed:
        assert not any(canary in text for canary in canaries)
    for path in Path(bench.inventory.parent).rglob("*"):
        if path.is_file() and "secrets" not in path.parts and "run" not in path.parts:
            assert not any(c.encode() in path.read_bytes() for c in canaries), path
