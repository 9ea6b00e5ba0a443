"""The verbs around a rollout as a user runs them: runs, show, resume, rollback, approve; two at
once, Ctrl-C twice, a plan file.
"""

from __future__ import annotations

import getpass
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dmvpn_auto import rollout
from dmvpn_auto.rollout import plan_file
from dmvpn_auto.rollout.seal import Sealer
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import latency
from tests.doubles.lab_node import LabRouter
from tests.doubles.rollouts import PASSWORD, SECRETS, TIMER, Cloud, cloud_of_nodes

KEY = "11" * 32


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with cloud_of_nodes(tmp_path) as made:
        (tmp_path / "rollout.yaml").write_text("verify: false\n")
        yield made


def start(cloud: Cloud, *words: str) -> subprocess.Popen[str]:
    (cloud.folder / "seal.hex").write_text(KEY)
    return subprocess.Popen(
        [sys.executable, "-m", "dmvpn_auto", *words, "--inventory", str(cloud.folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "COLUMNS": "150", "DMVPN_AUTO_PLAN_KEY": str(cloud.folder / "seal.hex")},
    )  # fmt: skip


def run(cloud: Cloud, *words: str) -> tuple[int, str, str]:
    process = start(cloud, *words)
    out, err = process.communicate(timeout=90)
    for secret in (*SECRETS.values(), PASSWORD):
        assert secret not in out + err
    assert "Traceback" not in err
    assert "bug:" not in err
    return process.returncode, out, err


def wait_for(what: str, condition: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


@contextmanager
def far_away(cloud: Cloud, name: str, seconds: float) -> Iterator[LabRouter]:
    """Give a router that is asked over a line of this delay, so that there is time to interfere."""
    node = cloud.nodes[name]
    ports = {each: one.port for each, one in cloud.nodes.items()}
    with latency(node.port, seconds) as far:
        write_hosts(cloud.folder, {**ports, name: far}, PASSWORD)
        yield node
    write_hosts(cloud.folder, ports, PASSWORD)


def kill_in_the_middle(cloud: Cloud, name: str = "spoke1") -> dict[str, int]:
    """Deploy, and kill it while `name` is pushed to; return the ports of all."""
    with far_away(cloud, name, 0.1) as node:
        process = start(cloud, "deploy", "--yes")
        wait_for(f"{name} is begun", lambda: "interface Tunnel0" in node.typed)
        process.kill()
        process.communicate(timeout=30)
    return {each: one.port for each, one in cloud.nodes.items()}


def test_what_was_done_is_listed_shown_and_taken_back(cloud: Cloud) -> None:
    assert run(cloud, "runs")[1] == "no run yet\n"
    assert run(cloud, "show")[0] == 2
    assert run(cloud, "deploy", "--yes")[0] == 0
    status, out, _ = run(cloud, "runs")
    assert (status, "deploy" in out, "4 saved" in out, "done" in out) == (0, True, True, True)
    assert getpass.getuser() in out
    assert run(cloud, "show", "1", "--router", "nosuch")[0] == 2
    status, out, _ = run(cloud, "show", "1", "--router", "spoke1", "--commands")
    assert status == 0
    assert "spoke1  wave 2 (canary)  saved" in out
    assert "before: flash:archive-" in out
    assert "pre-shared-key <secret>" in out
    shown = json.loads(run(cloud, "show", "--format", "json")[1])
    assert [router["device"] for router in shown["routers"]] == list(cloud.nodes)
    assert shown["routers"][0]["steps"][0]["step"] == "check"
    assert json.loads(run(cloud, "runs", "--format", "json")[1])["runs"][0]["state"] == "done"

    status, out, _ = run(cloud, "rollback", "1", "--dry-run")
    assert status == 0
    assert "no interface Tunnel0" in out
    assert "Tunnel0" in cloud.nodes["spoke3"].router.running_text()
    assert run(cloud, "rollback", "1", "--yes", "--limit", "spoke3")[0] == 0
    assert "Tunnel0" not in cloud.nodes["spoke3"].router.running_text()
    assert "Tunnel0" in cloud.nodes["spoke2"].router.running_text()
    assert "rollback of run 1" in run(cloud, "runs")[1]
    assert run(cloud, "rollback", "9", "--yes")[0] == 2
    assert run(cloud, "resume")[0] == 2, "there is nothing to go on with"


def test_kill_and_resume(cloud: Cloud) -> None:
    kill_in_the_middle(cloud)
    assert "killed" in run(cloud, "runs")[1]
    status, out, err = run(cloud, "resume")
    assert status == 0, out + err
    assert "not changed: spoke1, spoke2, spoke3" in err
    for each in cloud.nodes.values():
        assert "interface Tunnel0" in each.startup
        assert each.typed.count("configure confirm") == 1
        assert each.typed.count("write memory") == 1
    assert "4 saved" in run(cloud, "runs")[1]


def test_a_router_that_cannot_be_asked_is_in_the_result(cloud: Cloud) -> None:
    ports = kill_in_the_middle(cloud)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        write_hosts(cloud.folder, {**ports, "spoke1": nobody.getsockname()[1]}, PASSWORD)
    status, out, _ = run(cloud, "resume", "--format", "json")
    states = {one["device"]: one["state"] for one in json.loads(out)["routers"]}
    assert (status, states["spoke1"]) == (4, "not known")


def test_spokes_that_nobody_reaches_are_left_out_when_that_is_allowed(cloud: Cloud) -> None:
    ports = {name: node.port for name, node in cloud.nodes.items()}
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)):
        nobody = one.getsockname()[1]
    write_hosts(cloud.folder, {**ports, "spoke2": nobody}, PASSWORD)
    status, out, _ = run(cloud, "deploy", "--yes")
    assert (status, "--max-unreachable" in out, "nothing was pushed" in out) == (4, True, True)
    status, out, err = run(cloud, "deploy", "--yes", "--max-unreachable", "1", "--format", "json")
    states = {one["device"]: one["state"] for one in json.loads(out)["routers"]}
    assert status == 4, err
    assert states == {**dict.fromkeys(ports, "saved"), "spoke2": "untouched"}
    assert "interface Tunnel0" not in err, "the difference is on stdout"
    assert run(cloud, "deploy", "--yes", "--max-unreachable", "1")[0] == 4, "it is still missing"
    secret = cloud.folder / "secrets" / "pre_shared_key"
    secret.write_text("canary-other\n")
    status, _, err = run(cloud, "deploy", "--yes", "--max-unreachable", "1")
    assert (status, "spoke2" in err, "both ends" in err) == (4, True, True)
    write_hosts(cloud.folder, {**ports, "hub": nobody}, PASSWORD)
    status, _, err = run(cloud, "deploy", "--yes", "--max-unreachable", "1")
    assert (status, "a hub cannot be left out" in err) == (4, True)


def test_a_rollback_that_was_killed_is_gone_on_with_and_needs_no_intent(cloud: Cloud) -> None:
    assert run(cloud, "deploy", "--yes")[0] == 0
    (cloud.folder / "clouds" / "branches.yaml").write_text("tunnel: [\n")
    with far_away(cloud, "spoke1", 0.1) as node:
        process = start(cloud, "rollback", "1", "--yes")
        wait_for("spoke1 goes back", lambda: "no interface Tunnel0" in node.typed)
        process.kill()
        process.communicate(timeout=30)
    status, out, err = run(cloud, "resume")
    assert status == 0, out + err
    for each in cloud.nodes.values():
        assert "Tunnel0" not in each.router.running_text()
        assert "Tunnel0" not in each.startup
        assert each.typed.count("configure confirm") == 2
        assert each.typed.count("write memory") == 2
    assert "rolled back" not in run(cloud, "show", "2")[1]
    assert run(cloud, "rollback", "1", "--yes")[0] == 0, "there is nothing left"
    assert run(cloud, "resume")[0] == 2


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b"x" * 4096), "from a copy"),
        (lambda path: sqlite3.connect(path).execute("PRAGMA user_version=99"), "newer version"),
    ],
)
def test_a_journal_that_cannot_be_used_stops_before_anything_is_read(
    cloud: Cloud, damage: Callable[[Path], object], says: str
) -> None:
    assert run(cloud, "deploy", "--yes", "--limit", "hub")[0] == 0
    for more in ("-wal", "-shm"):
        (cloud.folder / ".dmvpn-auto" / f"journal.db{more}").unlink(missing_ok=True)
    damage(cloud.folder / ".dmvpn-auto" / "journal.db")
    for words in (("deploy", "--yes"), ("resume",), ("rollback", "1", "--yes"), ("runs",)):
        status, out, err = run(cloud, *words)
        assert (status, says in err, out) == (2, True, ""), err
    assert not cloud.nodes["spoke1"].typed


def test_two_rollouts_exclude_each_other_and_the_lock_dies_with_its_holder(cloud: Cloud) -> None:
    with far_away(cloud, "hub", 0.2) as node:
        first = start(cloud, "deploy", "--yes")
        wait_for("the first is at work", lambda: TIMER in node.typed)
        status, _, err = run(cloud, "deploy", "--yes", "--limit", "spoke3")
        assert status == 2
        assert f"process {first.pid}" in err
        assert getpass.getuser() in err
        assert run(cloud, "deploy", "--dry-run", "--limit", "spoke3")[0] == 0, "looking is free"
        first.kill()
        first.communicate(timeout=30)
        assert run(cloud, "deploy", "--yes", "--limit", "spoke3")[0] == 0


def test_ctrl_c_twice_takes_back_what_is_in_progress(cloud: Cloud) -> None:
    with far_away(cloud, "hub", 0.25) as node:
        process = start(cloud, "deploy", "--yes")
        wait_for("the push is on its way", lambda: "interface Tunnel0" in node.typed)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)  # two keys, not one
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "rolled back: hub" in out
    assert "untouched: spoke1, spoke2, spoke3" in out
    assert "Tunnel0" not in node.router.running_text()
    assert not node.router.revert.pending


def test_a_full_disk_in_the_middle_takes_back_what_is_in_progress(cloud: Cloud) -> None:
    process = start(cloud, "deploy", "--yes", "--canary", "0")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
    out, err = process.communicate(timeout=90)
    assert process.returncode == 5, out + err
    assert "Traceback" not in err
    assert "error while: journal" in err
    assert "dmvpn-auto resume 1" in err
    saved = [name for name, node in cloud.nodes.items() if "Tunnel0" in node.startup]
    assert 0 < len(saved) < len(cloud.nodes), out + err
    for name, node in cloud.nodes.items():
        assert ("Tunnel0" in node.router.running_text()) == (name in saved)
        assert not node.router.revert.pending
    assert run(cloud, "resume")[0] == 0
    for node in cloud.nodes.values():
        assert node.typed.count("write memory") == 1


def test_ctrl_c_before_the_first_push_says_that_nothing_was_touched(cloud: Cloud) -> None:
    with far_away(cloud, "hub", 0.5) as node:
        process = start(cloud, "deploy", "--yes")
        wait_for("it reads", lambda: any("show" in line for line in node.typed))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "nothing was touched" in err
    assert TIMER not in node.typed


def make_plan(cloud: Cloud) -> Path:
    chosen = rollout.choose(cloud.folder, None, None)
    from dmvpn_auto.device import open_fleet

    with open_fleet(cloud.folder, [t.name for t in chosen.routers]) as fleet:
        plans = rollout.plans_from_routers(fleet, chosen)
    found = [plan for plan in plans.values() if isinstance(plan, rollout.Plan)]
    path = cloud.folder / "tonight.json"
    plan_file.write(plan_file.save(chosen.design.name, found, {}, Sealer(bytes.fromhex(KEY))), path)
    return path


def test_a_plan_that_a_second_person_approved_is_carried_out_and_no_other(cloud: Cloud) -> None:
    (cloud.folder / "rollout.yaml").write_text("verify: false\napproval: true\n")
    path = make_plan(cloud)
    key = cloud.folder / "id_ann"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key), "-C", "ann"]
    subprocess.run(words, check=True)
    public = key.with_suffix(".pub").read_text()
    (cloud.folder / "approvers").write_text(f'ann namespaces="dmvpn-auto-plan" {public}')

    def approve(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "dmvpn_auto", "approve", str(path), "--key", str(key), *more],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    assert run(cloud, "deploy", "--yes")[0] == 2, "only plans can be approved"
    status, _, err = run(cloud, "deploy", str(path), "--yes")
    assert (status, "second person" in err) == (2, True)
    mine = ("--approve", f"{path}.approval")
    assert approve("--name", getpass.getuser())[0] == 0
    status, _, err = run(cloud, "deploy", str(path), "--yes", *mine)
    assert (status, "cannot approve" in err) == (2, True), "nobody approves their own"
    assert approve("--name", "bob")[0] == 0
    assert run(cloud, "deploy", str(path), "--yes", *mine)[0] == 2, "bob has no key there"
    assert approve("--name", "ann")[0] == 0
    forged = json.loads(Path(f"{path}.approval").read_text())
    Path(f"{path}.forged").write_text(json.dumps({**forged, "at": "2030-01-01"}))
    assert run(cloud, "deploy", str(path), "--yes", "--approve", f"{path}.forged")[0] == 2
    assert not any(TIMER in node.typed for node in cloud.nodes.values())
    status, out, err = run(cloud, "deploy", str(path), "--yes", *mine)
    assert status == 0, out + err
    assert "approved by ann" in run(cloud, "show")[1]
    status, out, err = run(cloud, "deploy", str(path), "--yes", *mine)
    assert status == 1, "the routers are no longer as the plan found them"
    assert "was changed since" in out + err


def test_a_policy_that_nobody_can_read_is_named(cloud: Cloud) -> None:
    (cloud.folder / "rollout.yaml").write_text("canaries: 2\n")
    status, _, err = run(cloud, "deploy", "--yes")
    assert status == 2
    assert "rollout.yaml:1" in err
    assert "canary" in err
    assert run(cloud, "deploy", "--yes", "--revert", "never")[0] == 2


def test_no_folder_no_journal(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "dmvpn_auto", "runs", "-i", str(tmp_path / "nowhere")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert not (tmp_path / "nowhere").exists()
