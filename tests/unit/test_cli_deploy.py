"""`dmvpn-auto deploy` as a user runs it, on four routers of the lab without a kernel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dmvpn_auto.resources import resource
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import latency
from tests.doubles.lab_node import LabRouter, lab_node

NAMES = ("hub", "spoke1", "spoke2", "spoke3")
SECRETS = {"nhrp_authentication": "CANARY1", "pre_shared_key": "canary-psk?42"}
PASSWORD = "canary-password"


@pytest.fixture
def nodes() -> Iterator[dict[str, LabRouter]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(lab_node(name, PASSWORD)) for name in NAMES}


@pytest.fixture
def folder(tmp_path: Path, nodes: dict[str, LabRouter]) -> Path:
    write_hosts(tmp_path, {name: node.port for name, node in nodes.items()}, PASSWORD)
    (tmp_path / "clouds").mkdir()
    (tmp_path / "rollout.yaml").write_text("verify: false\n")  # no dataplane, no tunnel comes up
    shutil.copy(resource("lab") / "clouds" / "branches.yaml", tmp_path / "clouds")
    for name, value in SECRETS.items():
        file = tmp_path / "secrets" / name
        file.touch(mode=0o600)
        file.write_text(value + "\n")
    return tmp_path


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dmvpn_auto", "deploy", "--inventory", str(folder), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "120"},
    )


def deploy(folder: Path, *words: str) -> tuple[int, str, str]:
    running = start(folder, *words)
    out, err = running.communicate(timeout=60)
    for secret in (*SECRETS.values(), PASSWORD):
        assert secret not in out + err
    assert "Traceback" not in err
    return running.returncode, out, err


def test_the_whole_way_and_a_second_run_that_changes_nothing(
    folder: Path, nodes: dict[str, LabRouter]
) -> None:
    before = {name: node.running for name, node in nodes.items()}
    status, out, _ = deploy(folder, "--dry-run")
    assert status == 0
    assert "+  pre-shared-key" not in out.replace("pre-shared-key <secret>", "")
    assert "4 of 4 routers would be changed; nothing was touched" in out
    assert {name: node.running for name, node in nodes.items()} == before
    assert not (folder / "clouds" / "branches.addresses.yaml").exists()

    status, out, err = deploy(folder, "--yes")
    assert (status, "4 of 4 routers changed and saved" in out) == (0, True), err
    for node in nodes.values():
        assert SECRETS["pre_shared_key"] in node.running
        assert "tunnel protection ipsec profile" in node.running
    after = {name: node.changes for name, node in nodes.items()}

    status, out, _ = deploy(folder, "--yes", "--format", "json")
    assert status == 0
    assert {router["state"] for router in json.loads(out)["routers"]} == {"unchanged"}
    assert {name: node.changes for name, node in nodes.items()} == after


def test_a_limit_touches_nobody_else(folder: Path, nodes: dict[str, LabRouter]) -> None:
    status, out, _ = deploy(folder, "--yes", "--limit", "spoke2")
    assert (status, "1 of 1 router" in out) == (0, True)
    assert "Tunnel0" in nodes["spoke2"].running
    assert "Tunnel0" not in nodes["spoke1"].running


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ((), 2, "--yes"),
        (("--limit", "spok1", "--yes"), 2, "did you mean 'spoke1'?"),
        (("--cloud", "nope", "--yes"), 2, "nope"),
        (("--workers", "0"), 2, "workers"),
    ],
)
def test_a_wrong_usage(folder: Path, words: tuple[str, ...], status: int, says: str) -> None:
    found, out, err = deploy(folder, *words)
    assert found == status
    assert says in out + err


def test_a_router_that_cannot_be_reached_stops_before_anything_is_pushed(
    folder: Path, nodes: dict[str, LabRouter]
) -> None:
    ports = {name: node.port for name, node in nodes.items()} | {"spoke3": 1}
    write_hosts(folder, ports, PASSWORD)
    status, out, _ = deploy(folder, "--yes")
    assert status == 4
    assert "spoke3" in out
    assert "connection refused" in out
    assert "nothing was pushed" in out
    assert "Tunnel0" not in nodes["hub"].running


def test_a_wrong_password_is_one_clear_screen(folder: Path) -> None:
    (folder / "secrets" / "password").write_text("canary-wrong\n")
    status, out, err = deploy(folder, "--yes", "--limit", "hub")
    assert status == 4
    assert "not accepted" in out
    assert "canary-wrong" not in out + err


def test_two_addresses_mixed_up_are_found(folder: Path, nodes: dict[str, LabRouter]) -> None:
    ports = {name: node.port for name, node in nodes.items()}
    write_hosts(folder, {**ports, "spoke1": ports["spoke2"], "spoke2": ports["spoke1"]}, PASSWORD)
    status, out, _ = deploy(folder, "--yes")
    assert status == 4
    assert "calls itself 'spoke2'" in out
    assert "Tunnel0" not in nodes["hub"].running


def test_a_refused_line_names_line_and_router_and_the_rest_is_untouched(
    folder: Path, nodes: dict[str, LabRouter]
) -> None:
    cloud = folder / "clouds" / "branches.yaml"
    cloud.write_text(
        cloud.read_text().replace("source: GigabitEthernet1", "source: GigabitEthernet9")
    )
    before = nodes["hub"].running
    status, out, err = deploy(folder, "--yes", "--workers", "1")
    assert status == 5
    assert nodes["hub"].running == before
    assert "hub: line" in out
    assert "refused: 'tunnel source GigabitEthernet9'" in out
    assert "rolled back: hub" in out
    assert "untouched: spoke1, spoke2, spoke3" in out
    assert "Tunnel0" not in nodes["spoke1"].running, err


def test_ctrl_c_finishes_the_router_in_progress_and_says_what_is_where(
    folder: Path, nodes: dict[str, LabRouter]
) -> None:
    with latency(nodes["hub"].port, 0.15) as far:
        ports = {name: node.port for name, node in nodes.items()}
        write_hosts(folder, {**ports, "hub": far}, PASSWORD)
        going = start(folder, "--yes")
        deadline = time.monotonic() + 30
        while "Tunnel0" not in nodes["hub"].running and time.monotonic() < deadline:
            time.sleep(0.005)
        going.send_signal(signal.SIGINT)
        out, err = going.communicate(timeout=60)
    assert going.returncode == 130, err
    assert "finishing the routers in progress" in err
    assert "saved: hub" in out
    assert "untouched: spoke1, spoke2, spoke3" in out
    assert "Tunnel0" not in nodes["spoke1"].running
