"""The inventory of a lab: complete, private where it must be, never over the user's own work."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab import inventory
from dmvpn_auto.lab.inventory import check_inventory, remove_inventory, write_inventory
from dmvpn_auto.lab.state import LabFolder, LabRecord
from dmvpn_auto.rollout.journal import open_journal
from tests.golden import designs


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[LabFolder, LabRecord]:
    clouds = tmp_path / "package/clouds"
    clouds.mkdir(parents=True)
    (clouds / "branches.yaml").write_text(
        "psk: file:secrets/ike-psk\nauth: file:secrets/nhrp-auth\n"
    )
    monkeypatch.setattr(inventory, "resource", lambda _: clouds.parent)
    folder = LabFolder(tmp_path / "state")
    record = LabRecord(
        name="small",
        backend="uml",
        topology="/x.yml",
        digest="0",
        inventory=str(tmp_path / "inventory"),
        ports={"hub": 2201, "spoke1": 2202},
        memory=512,
        jumps={"hub-lan": 2203},
    )
    folder.create(record)
    (folder.path / "ssh_host_key.pub").write_text("ssh-ed25519 AAAAC3 lab\n")
    return folder, record


def test_hosts_are_loopback_ports_and_secrets_are_private(
    lab: tuple[LabFolder, LabRecord],
) -> None:
    base = write_inventory(*lab)
    hosts = yaml.safe_load((base / "hosts.yaml").read_text())
    assert set(hosts) == {"hub", "spoke1"}, "a jump host is no router"
    assert hosts["spoke1"] == {"hostname": "127.0.0.1", "port": 2202, "groups": ["spokes", "lab"]}
    known = (base / "known_hosts").read_text()
    assert "[127.0.0.1]:2201 ssh-ed25519 AAAAC3\n[127.0.0.1]:2202 ssh-ed25519 AAAAC3\n" in known
    assert "[127.0.0.1]:2203 ssh-ed25519 AAAAC3\n" in known
    groups = yaml.safe_load((base / "groups.yaml").read_text())
    assert groups["lab"]["data"]["lab"] == str(lab[0].path)
    secrets = {path.name: path for path in (base / "secrets").iterdir()}
    assert set(secrets) == {"ike-psk", "nhrp-auth", "admin-password"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in secrets.values())
    assert (base / "secrets").stat().st_mode & 0o777 == 0o700
    assert len(secrets["nhrp-auth"].read_text().strip()) == 8
    assert len(secrets["ike-psk"].read_text().strip()) >= 20


def test_writing_again_keeps_values_and_the_users_changes(lab: tuple[LabFolder, LabRecord]) -> None:
    base = write_inventory(*lab)
    psk = (base / "secrets/ike-psk").read_text()
    (base / "clouds/branches.yaml").write_text("mine: file:secrets/ike-psk\n")
    write_inventory(*lab)
    assert (base / "secrets/ike-psk").read_text() == psk
    assert (base / "clouds/branches.yaml").read_text() == "mine: file:secrets/ike-psk\n"


def test_down_removes_all_when_nothing_was_changed(lab: tuple[LabFolder, LabRecord]) -> None:
    base = write_inventory(*lab)
    (base / "clouds/branches.addresses.yaml").write_text("spoke1: 10.0.0.1\n")
    journal = open_journal(base)
    journal.begin("deploy", designs.design("dual-cloud-a"), (), {})
    journal.close()
    assert remove_inventory(*lab) == []
    assert not base.exists()


def test_down_keeps_what_the_user_changed_or_made(lab: tuple[LabFolder, LabRecord]) -> None:
    base = write_inventory(*lab)
    (base / "clouds/branches.yaml").write_text("mine\n")
    (base / "clouds/branches.addresses.yaml").write_text("spoke1: 10.0.0.1\n")
    (base / "notes.txt").write_text("mine\n")
    assert remove_inventory(*lab) == [base / "clouds/branches.yaml"]
    left = sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())
    assert left == ["clouds/branches.addresses.yaml", "clouds/branches.yaml", "notes.txt"]


def test_a_journal_that_was_there_before_the_lab_stays(lab: tuple[LabFolder, LabRecord]) -> None:
    base = Path(lab[1].inventory)
    base.mkdir()
    open_journal(base).close()
    write_inventory(*lab)
    assert remove_inventory(*lab) == []
    assert [path.name for path in base.iterdir()] == [".dmvpn-auto"]


def test_a_cloud_of_the_user_is_never_removed(lab: tuple[LabFolder, LabRecord]) -> None:
    base = Path(lab[1].inventory)
    (base / "clouds").mkdir(parents=True)
    (base / "clouds/branches.yaml").write_text("mine: yes\n")
    write_inventory(*lab)
    remove_inventory(*lab)
    assert (base / "clouds/branches.yaml").read_text() == "mine: yes\n"


def test_a_change_of_the_user_outlives_a_second_up(lab: tuple[LabFolder, LabRecord]) -> None:
    base = write_inventory(*lab)
    (base / "clouds/branches.yaml").write_text("changed: yes\n")
    write_inventory(*lab)
    assert remove_inventory(*lab) == [base / "clouds/branches.yaml"]
    assert (base / "clouds/branches.yaml").read_text() == "changed: yes\n"


def test_a_folder_that_was_there_before_is_not_written_over(
    lab: tuple[LabFolder, LabRecord],
) -> None:
    base = Path(lab[1].inventory)
    base.mkdir()
    (base / "hosts.yaml").write_text("mine: {}\n")
    with pytest.raises(LabError, match="not written by the lab"):
        write_inventory(*lab)
    assert (base / "hosts.yaml").read_text() == "mine: {}\n"


def test_an_unwritable_place_is_named_before_the_boot(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot write"):
        check_inventory(tmp_path / "file/inventory")
