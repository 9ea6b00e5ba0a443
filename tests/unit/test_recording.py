"""What verify saw, kept as files and read back: the same verdicts, no secret, clear errors."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dmvpn_auto.errors import DmvpnError, InputError, UsageError
from dmvpn_auto.inventory import read_folder, write_folder
from dmvpn_auto.inventory.evidence_files import refuse_unusable_folder, refuse_unwritable
from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.verify import Plan, Recording, conclude, from_files, look, to_files
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud

STATES: dict[str, dict[str, object]] = {
    "healthy": {},
    "one spoke at IKE": {"state": {"spoke2": "IKE"}},
    "an old shortcut": {"shortcuts": {("spoke1", "spoke2"), ("spoke2", "spoke1")}},
    "no answer": {"unreachable": {"spoke3"}},
    "a refused command": {"refused": {"show crypto ipsec sa"}},
    "no shortcut": {"shortcut_works": False},
}


def seen(**state: object) -> tuple[ModelCloud, Recording]:
    cloud = replace(ModelCloud(make_cloud()), **state)  # type: ignore[arg-type]
    return cloud, look(cloud.design, cloud, FakeClock(), Plan(timeout=5), wire=cloud)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_a_replay_gives_the_same_verdicts_byte_for_byte(
    state: dict[str, object], tmp_path: Path
) -> None:
    cloud, live = seen(**state)
    write_folder(tmp_path / "kept", to_files(live))
    again = from_files(read_folder(tmp_path / "kept"), "kept")
    first, second = conclude(cloud.design, live), conclude(cloud.design, again)
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
    assert first == second
    assert to_files(again) == to_files(live)


def test_each_output_is_a_text_of_its_own_and_the_index_says_which() -> None:
    _, live = seen(unreachable={"spoke3"})
    files = to_files(live)
    index = json.loads(files["index.json"])
    place = index["stages"]["rest"]["hub"]["show dmvpn"]["file"]
    assert place == "rest/hub/show-dmvpn.txt"
    assert "198.51.100.2" in files[place]
    gone = index["stages"]["rest"]["spoke3"]["show dmvpn"]
    assert gone == {"missing": "no answer on 192.0.2.1 port 22", "unreachable": True}
    assert index["traffic"]["tried"] == [["spoke1", "spoke2"]]
    assert "after/spoke1/show-ip-nhrp.txt" in files


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rest/hub/show-dmvpn.txt", None), "kept/rest/hub/show-dmvpn.txt: is missing"),
        (("index.json", "{"), "kept/index.json:1: is no JSON"),
        (("index.json", '{"format": 99}'), "format 99"),
        (("index.json", '{"format": 1}'), "does not say what it must (KeyError: 'stages')"),
        (("index.json", "[]"), "kept/index.json: format None"),
    ],
)
def test_a_broken_folder_is_an_error_that_names_the_file(
    change: tuple[str, str | None], words: str
) -> None:
    files = to_files(seen()[1])
    name, text = change
    files = {k: v for k, v in files.items() if k != name} | ({name: text} if text else {})
    with pytest.raises(InputError) as raised:
        from_files(files, "kept")
    assert words in str(raised.value)


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    file = tmp_path / "file"
    file.write_text("")
    for path, words in ((full, "holds something already"), (file, "is a file")):
        with pytest.raises(UsageError, match=words):
            refuse_unusable_folder(path)
    with pytest.raises(UsageError, match="is no folder"):
        refuse_unwritable(file / "below")
    with pytest.raises(UsageError, match="is a folder"):
        refuse_unwritable(full)
    with pytest.raises(InputError, match="does not exist"):
        read_folder(tmp_path / "nowhere")
    (full / "image.bin").write_bytes(b"\0\1")
    with pytest.raises(DmvpnError, match="it is no text"):
        read_folder(full)
    refuse_unusable_folder(tmp_path / "new" / "deeper")
    assert not (tmp_path / "new").exists()


def test_a_folder_is_the_owners_and_leaves_no_part_behind(tmp_path: Path) -> None:
    write_folder(tmp_path / "kept", {"a/b.txt": "text\r\n"})
    assert (tmp_path / "kept/a/b.txt").read_bytes() == b"text\r\n"
    assert (tmp_path / "kept/a/b.txt").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_secrets_are_hidden_before_anything_is_kept() -> None:
    text = (
        "  pre-shared-key CanaryPsk\r\n ip nhrp authentication CanaryNh\r\n"
        " key 7 0822455D0A16\n"
        "Jun 1: %PARSER-5-CFGLOG_LOGGEDCMD: User:x  logged command:neighbor A password CanaryBgp\n"
        "     1 198.51.100.2 10.255.0.11 UP 00:01:07 D\n"
    )
    hidden = hide(text)
    assert "Canary" not in hidden
    assert "0822455D0A16" not in hidden
    assert " key 7 <secret>\n" in hidden
    assert hidden.endswith("     1 198.51.100.2 10.255.0.11 UP 00:01:07 D\n")
    assert hidden.count("\r\n") == 2
