"""What the command says when the streams or files it was given cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SHELL = f'"{sys.executable}" -m dmvpn_auto'
READABLE = Path(__file__).parents[1] / "golden/show/dmvpn_hub.txt"
PARSE = f'{SHELL} parse "show dmvpn" "{READABLE}"'


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (f"{PARSE} >/dev/null", 0),
        (f"{PARSE} >/dev/full", 2),
        (f"{SHELL} --version >&-", 0),
        (f"{SHELL} --version <&-", 0),
        (f"{SHELL} lab up /bin/ls", 2),
    ],
)
def test_it_is_no_bug(command: str, status: int) -> None:
    done = _shell(command)
    assert done.returncode == status, done.stderr
    assert "bug:" not in done.stderr


def test_an_unwritable_output_is_named(tmp_path: Path) -> None:
    done = _shell(f"{PARSE} -o {tmp_path}")
    assert done.returncode == 2, done.stderr
    assert str(tmp_path) in done.stderr
