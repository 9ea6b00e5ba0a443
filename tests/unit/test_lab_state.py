"""The state folder: whose it is, who is alive, what is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.state import LabFolder, LabRecord, Process, labs, runtime_folder

RECORD = LabRecord(
    name="small",
    backend="uml",
    topology="/x.yml",
    digest="0",
    inventory="/inv",
    ports={"hub": 2201},
    memory=512,
)


@pytest.fixture(autouse=True)
def _runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_lab_is_found_again_and_leaves_nothing(tmp_path: Path) -> None:
    folder = LabFolder.of("small")
    with folder.lock():
        folder.create(RECORD)
        assert folder.path.stat().st_mode & 0o777 == 0o700
    assert [lab.record() for lab in labs()] == [RECORD]
    with folder.lock():
        folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_second_command_is_told_to_wait() -> None:
    with (
        LabFolder.of("small").lock(),
        pytest.raises(LabError, match="at work"),
        LabFolder.of("small").lock(),
    ):
        pass


@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_a_folder_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "dmvpn-auto").mkdir()
    (tmp_path / "dmvpn-auto").chmod(mode)
    with pytest.raises(LabError, match="not ours alone"):
        runtime_folder()


def test_a_link_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "dmvpn-auto").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LabError, match="not ours alone"):
        runtime_folder()


def test_a_runtime_folder_the_kernel_cannot_use_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with blank").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "with blank"))
    assert runtime_folder() == Path(f"/tmp/dmvpn-auto-{os.getuid()}/labs")


def test_a_process_is_known_by_number_and_start() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = LabFolder.of("small")
    folder.create(RECORD)
    folder.note_process("kernel", child.pid)
    process = folder.process("kernel")
    assert process is not None
    assert process.alive()
    assert not Process(process.pid, process.started + 1).alive()  # the number was given anew
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive()  # a zombie
    child.communicate()
    assert not process.alive()


def test_a_damaged_record_is_an_error_and_a_damaged_process_note_is_none() -> None:
    folder = LabFolder.of("small")
    folder.create(RECORD)
    (folder.path / "lab.json").write_text("{}")
    (folder.path / "kernel.pid").write_text("x")
    assert folder.process("kernel") is None
    with pytest.raises(LabError, match="damaged"):
        folder.record()
