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


LOG = """\
hub1#show ip nhrp nhs
Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic
Tunnel0:
10.255.0.1  RE  priority = 0 cluster = 0
hub1#show license udi
Chassis type: C8000V
hub1#terminal length 0
spoke2>show clock
*08:41:13.127 UTC Tue Jun 2 2026
"""


def test_detect_reads_every_command_of_a_session_log_and_says_what_it_skipped() -> None:
    done = run("--detect", "-", "--format", "json", stdin=LOG.encode())
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert [(r["host"], r["command"], r["complete"]) for r in document["readings"]] == [
        ("hub1", "show ip nhrp nhs", True),
        ("spoke2", "show clock", True),
    ]
    assert document["readings"][0]["servers"][0]["responding"] is True
    assert [(s["command"], s["lines"]) for s in document["skipped"]] == [
        ("show license udi", 1),
        ("terminal length 0", 0),
    ]
    table = run("--detect", stdin=LOG.encode()).stdout
    assert b"--- hub1: show ip nhrp nhs" in table
    assert b"skipped: hub1: show license udi, 1 lines: no parser for this command" in table


def test_detect_exits_1_when_one_of_the_readings_is_not_whole() -> None:
    text = LOG.replace("10.255.0.1  RE  priority", "10.255.0.1  RE  odd words priority")
    assert run("--detect", stdin=text.encode()).returncode == 1


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("show dmvpn", "/dev/null"), b"", b"/dev/null: there is nothing to read"),
        (("--detect", "/dev/null"), b"", b"there is nothing to read"),
        (("show dmvpn",), b" \r\n\n", b"standard input: there is nothing to read"),
        (("show dmvpn",), b"hub1#show clock\n08:00:00 UTC Tue Jun 2 2026\n", b"'show clock'"),
        (("--detect",), b"some words\n", b"no command in it that can be read"),
    ],
)
def test_nothing_to_read_is_exit_3(words: tuple[str, ...], stdin: bytes, said: bytes) -> None:
    done = run(*words, stdin=stdin)
    assert (done.returncode, done.stdout) == (3, b"")
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_empty_answer_behind_its_prompt_is_an_answer() -> None:
    done = run("show ip nhrp", "-f", "json", stdin=b"hub1#show ip nhrp\nhub1#\n")
    assert (done.returncode, json.loads(done.stdout)["entries"]) == (0, [])


def test_binary_data_is_one_line_and_text_in_utf_16_is_text() -> None:
    done = run("show dmvpn", stdin=bytes(range(256)) * 200)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"is binary data" in done.stderr
    text = (SHOW / "dmvpn_hub.txt").read_text()
    assert run("show dmvpn", stdin=text.encode("utf-16")).returncode == 0


def test_a_thousand_unread_lines_are_counted_and_not_repeated() -> None:
    done = run("show dmvpn", stdin=b"gibberish\n" * 1000)
    assert done.returncode == 1
    assert done.stdout.count(b"\n") < 30
    assert b"and 980 more lines" in done.stdout


@pytest.mark.parametrize("words", [(), ("--detect", "a", "b")])
def test_wrong_usage_says_what_to_type(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert b"parse --detect" in done.stderr
