"""`plan` and `drift` as a user runs them: on routers of the lab without a kernel, and offline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dmvpn_auto.resources import resource
from tests.doubles.inventories import write_hosts
from tests.doubles.lab_node import LabRouter, lab_node

NAMES = ("hub", "spoke1", "spoke2", "spoke3")
SECRETS = {"nhrp_authentication": "CANARY1", "pre_shared_key": "canary-psk?42"}
PASSWORD = "canary-password"


def inventory(folder: Path, ports: dict[str, int]) -> Path:
    write_hosts(folder, ports, PASSWORD)
    (folder / "clouds").mkdir()
    shutil.copy(resource("lab") / "clouds" / "branches.yaml", folder / "clouds")
    for name, value in SECRETS.items():
        file = folder / "secrets" / name
        file.touch(mode=0o600)
        file.write_text(value + "\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An inventory and, in `running`, routers that run what it describes."""
    made = inventory(tmp_path / "inventory", dict.fromkeys(NAMES, 1))
    assert run("render", made, "--with-secrets", "--output", str(tmp_path / "out"))[0] == 0
    (tmp_path / "running").mkdir()
    for path in (tmp_path / "out").rglob("*.cfg"):
        text = f"version 17.12\nhostname {path.stem}\n{path.read_text()}ntp server 1.1.1.1\nend\n"
        (tmp_path / "running" / path.name).write_text(text)
    return made


def run(verb: str, folder: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", verb, "--inventory", str(folder), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        check=False,
    )
    for secret in (*SECRETS.values(), PASSWORD):
        assert secret not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder.parent / "running" / f"{name}.cfg"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def offline(verb: str, folder: Path, *words: str) -> tuple[int, str, str]:
    return run(verb, folder, "--running", str(folder.parent / "running"), *words)


def test_routers_that_run_their_design_need_nothing(folder: Path) -> None:
    status, out, _ = offline("plan", folder)
    assert (status, out.splitlines()[-1]) == (0, "nothing to change on 4 of 4 routers")
    assert offline("drift", folder)[:2] == (0, "no drift\n")


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_offline_needs_no_credentials_of_the_routers(folder: Path, verb: str) -> None:
    (folder / "secrets" / "password").unlink()
    assert offline(verb, folder)[0] == 0
    status, _, said = run(verb, folder)
    assert status == 2
    assert "secrets/password" in said


def test_drift_names_what_is_missing_changed_or_added_and_nothing_else(folder: Path) -> None:
    change(folder, "spoke1", " ip mtu 1400\n", " ip mtu 1390\n delay 77\n")
    change(folder, "spoke2", " ip tcp adjust-mss 1360\n", "")
    change(folder, "spoke3", "ntp server 1.1.1.1", "ntp server 2.2.2.2")
    change(folder, "hub", SECRETS["pre_shared_key"], "another")
    status, out, _ = offline("drift", folder, "--format", "json")
    assert status == 1
    found = {
        (router["device"], one["kind"], one["section"].split(" / ")[0], one["actual"])
        for router in json.loads(out)["routers"]
        for one in router["drift"]
    }
    keyring = next(section for _, _, section, _ in found if "keyring" in section)
    assert found == {
        ("spoke1", "changed", "interface Tunnel0", "ip mtu 1390"),
        ("spoke1", "added", "interface Tunnel0", "delay 77"),
        ("spoke2", "missing", "interface Tunnel0", ""),
        ("hub", "changed", keyring, "pre-shared-key <secret>"),
    }
    status, out, _ = offline("drift", folder, "--format", "markdown")
    assert status == 1
    assert "| spoke1 | changed | `interface Tunnel0` | `ip mtu 1400` | `ip mtu 1390` |" in out
    assert "3 of 4 routers drifted" in offline("drift", folder)[1]


def test_a_plan_shows_commands_way_back_and_impact_and_is_a_file_without_secrets(
    folder: Path,
) -> None:
    change(folder, "hub", " tunnel key ", " tunnel key 9")
    change(folder, "spoke1", SECRETS["pre_shared_key"], "another")
    file = folder.parent / "plan.json"
    status, out, err = offline("plan", folder, "--out", str(file))
    assert status == 0, err
    assert "  impact: Tunnel0 goes down for about 2 to" in out
    assert "touches every hub of spoke1, spoke2, spoke3: hub" in out
    assert "     no shutdown" in out
    assert "  way back:" in out
    saved = json.loads(file.read_text())
    assert saved["hash"] in err
    assert saved["content"]["exposed"]["spoke1"] == ["hub"]
    assert SECRETS["pre_shared_key"] not in file.read_text()
    assert "another" not in file.read_text()
    again = offline("plan", folder, "--format", "json")[1]
    assert json.loads(again)["hash"] == saved["hash"], "the same input gives the same hash"
    assert saved["hash"] in offline("plan", folder, "--format", "markdown")[1]


def test_what_cannot_be_planned_is_named_and_no_file_is_written(folder: Path) -> None:
    (folder.parent / "running" / "spoke3.cfg").unlink()
    change(folder, "spoke2", "\nend\n", "\n")
    file = folder.parent / "plan.json"
    status, out, err = offline("plan", folder, "--out", str(file))
    assert status == 4
    assert "has no file of router 'spoke3'" in out
    assert "spoke2: cannot be planned" in out
    assert not file.exists()
    assert "not written" in err
    assert offline("plan", folder, "--limit", "hub,spoke1", "--out", str(file))[0] == 0
    assert run("plan", folder, "--running", "/nowhere")[0] == 2


def test_two_clouds_that_share_a_routing_process_leave_each_other_alone(folder: Path) -> None:
    cloud = (folder / "clouds" / "branches.yaml").read_text()
    assert "overlay" in cloud
    change(folder, "spoke1", "\nend\n", "\nrouter eigrp DMVPN\n !\nend\n")
    assert offline("drift", folder)[:2] == (0, "no drift\n"), "not ours"


@pytest.fixture
def nodes() -> Iterator[dict[str, LabRouter]]:
    with lab_node("hub", PASSWORD) as hub, lab_node("spoke1", PASSWORD) as spoke:
        yield {"hub": hub, "spoke1": spoke}


def test_live_routers_are_read_and_not_touched(tmp_path: Path, nodes: dict[str, LabRouter]) -> None:
    ports = {"spoke2": 1, "spoke3": 1} | {name: node.port for name, node in nodes.items()}
    made = inventory(tmp_path / "inventory", ports)
    before = {name: node.running for name, node in nodes.items()}
    status, out, err = run("plan", made, "--limit", "hub,spoke1")
    assert status == 0, err
    assert "2 of 2 routers need a change; every change is proven both ways" in out
    assert run("drift", made, "--limit", "hub,spoke1")[0] == 1
    assert {name: node.running for name, node in nodes.items()} == before
    status, out, _ = run("drift", made, "--limit", "hub,spoke2")
    assert status == 4
    assert "spoke2: not compared" in out


@pytest.mark.parametrize("verb", ["plan", "drift"])
def test_saved_configurations_need_no_login(folder: Path, tmp_path: Path, verb: str) -> None:
    defaults = folder / "defaults.yaml"
    defaults.write_text("username: admin\npassword: env:NOBODY_HAS_SET_THIS\n")
    status, _, said = run(verb, folder, "--running", str(tmp_path / "running"))
    assert status == 0, said
    status, _, said = run(verb, folder, "--limit", "nosuch")
    assert status == 2
    assert "nosuch" in said
