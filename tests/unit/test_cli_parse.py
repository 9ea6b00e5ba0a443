"""`dmvpn-auto parse`: the contract of its JSON, its exit codes, its errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = Path(__file__).parents[1] / "golden" / "show"


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", "parse", *words],
        input=stdin, capture_output=True, check=False,
    )  # fmt: skip


def test_json_from_a_file_and_from_standard_input() -> None:
    path = SHOW / "dmvpn_hub.txt"
    from_file = run("show dmvpn", str(path), "--format", "json")
    from_stdin = run("show dmvpn", "-", "--format", "json", stdin=path.read_bytes())
    assert from_file.returncode == from_stdin.returncode == 0
    assert from_file.stdout == from_stdin.stdout
    document = json.loads(from_file.stdout)
    assert set(document) >= {
        "command", "complete", "unparsed", "warnings", "interfaces", "peers",
    }  # fmt: skip
    assert len(document["peers"]) == 5


def test_text_is_a_table() -> None:
    done = run("show crypto ipsec sa", str(SHOW / "ipsec.txt"))
    assert done.returncode == 0
    assert b"198.51.100.2" in done.stdout
    assert b"esp-gcm 256" in done.stdout


def test_what_is_not_understood_is_shown_and_exit_is_1() -> None:
    text = (SHOW / "dmvpn_hub.txt").read_text().replace("1 192.0.2.10 ", "? 192.0.2.10 ")
    done = run("show dmvpn", stdin=text.encode())
    assert done.returncode == 1
    assert b"not understood:      ? 192.0.2.10" in done.stdout
    assert b"warning: Tunnel7 declares 4" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show dmvpm", "-"), b"did you mean 'show dmvpn'"),
        (("show dmvpn", "/nonexistent/file"), b"cannot be read"),
    ],
)
def test_wrong_input_is_one_screen_and_exit_2(words: tuple[str, ...], said: bytes) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert not done.stdout


def test_bytes_that_are_no_utf8_are_no_crash() -> None:
    text = (SHOW / "dmvpn_hub.txt").read_bytes() + b"\xff\xfe\n"
    done = run("show dmvpn", "--format", "json", stdin=text)
    assert done.returncode == 1
    assert json.loads(done.stdout)["unparsed"]


def test_the_result_can_go_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    done = run("show ip route", str(SHOW / "routes.txt"), "-f", "json", "-o", str(out))
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(out.read_text())["complete"] is True
