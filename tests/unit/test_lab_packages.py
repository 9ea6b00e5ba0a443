"""The private root: keyed by the host, complete or absent, its folders where the host has them."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab import packages


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    status = tmp_path / "status"
    status.write_text("Package: frr\nStatus: install ok installed\nVersion: 8.4.4\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(packages, "_STATUS", status)
    return packages.cache_folder()


def _pretend(monkeypatch: pytest.MonkeyPatch, made: list[str]) -> None:
    def unpack(_archives: list[Path], root: Path, _say: object) -> None:
        made.append(root.name)
        (root / "usr/bin").mkdir(parents=True)
        (root / "usr/bin/linux.uml").write_text("")

    monkeypatch.setattr(packages, "_download", lambda *_: [Path("frr_8.4.4-1%3a1_amd64.deb")])
    monkeypatch.setattr(packages, "_unpack", unpack)


def test_it_is_made_once_and_again_when_the_host_changes(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    _pretend(monkeypatch, made)
    first = packages.private_root()
    held = first.hold()
    assert first.packages == ("frr=8.4.4-1:1",)
    assert packages.private_root() == first
    assert len(made) == 1
    packages._STATUS.write_text("Package: frr\nVersion: 10\n")
    second = packages.private_root()
    assert second.path != first.path
    assert first.kernel.is_file()  # a lab runs on it
    os.close(held)
    packages._STATUS.write_text("Package: frr\nVersion: 11\n")
    second = packages.private_root()
    assert [path.name for path in (cache / "roots").iterdir()] == [second.path.name]


def test_what_is_not_complete_is_not_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, [])

    def fails(_archives: list[Path], root: Path, _say: object) -> None:
        root.mkdir()
        raise LabError("cut off")

    monkeypatch.setattr(packages, "_unpack", fails)
    with pytest.raises(LabError, match="cut off"):
        packages.private_root()
    assert list((cache / "roots").iterdir()) == []


def test_a_machine_without_apt_gets_the_reason(cache: Path) -> None:
    packages._STATUS.unlink()
    with pytest.raises(LabError, match="apt is not here"):
        packages.private_root()


def test_an_unwritable_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "status").write_text("")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(packages, "_STATUS", tmp_path / "status")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(LabError, match="cannot make the private root"):
        packages.private_root()


def test_members_follow_the_merged_usr_and_lose_what_is_not_needed(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, kind, link in (
            ("./", tarfile.DIRTYPE, ""),
            ("./lib/", tarfile.DIRTYPE, ""),
            ("./lib/x86_64-linux-gnu/libx.so", tarfile.REGTYPE, ""),
            ("./sbin/tool", tarfile.REGTYPE, ""),
            ("./sbin/other", tarfile.LNKTYPE, "./sbin/tool"),
            ("./usr/share/doc/x/README", tarfile.REGTYPE, ""),
            ("./etc/frr/daemons", tarfile.REGTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, link, 0o4755
            tar.addfile(member)
    archive.seek(0)
    for name in ("lib", "sbin"):
        (tmp_path / "usr" / name).mkdir(parents=True)
        (tmp_path / name).symlink_to(f"usr/{name}")
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        members = list(packages._members(tar, ["lib", "sbin"]))
    assert [(member.name, member.linkname) for member in members] == [
        ("usr/lib", ""),
        ("usr/lib/x86_64-linux-gnu/libx.so", ""),
        ("usr/sbin/tool", ""),
        ("usr/sbin/other", "usr/sbin/tool"),
        ("etc/frr/daemons", ""),
    ]
    assert all(member.mode & 0o7000 == 0 for member in members)


def test_a_host_that_has_everything_is_used_as_it_is(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_HOST", tmp_path / "host")
    for program in packages._PROGRAMS:
        (tmp_path / "host" / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "host" / program).write_text("")
    root = packages.private_root()
    assert (root.path, root.packages) == (tmp_path / "host", ())
    assert not cache.exists()


def test_a_damaged_note_is_no_root(cache: Path) -> None:
    folder = cache / "roots/x"
    folder.mkdir(parents=True)
    (folder / "dmvpn-lab.json").write_text(json.dumps({"packages": []}))
    assert packages._load(folder) is None  # there is no kernel in it
