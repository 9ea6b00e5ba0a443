"""The netns backend, on a kernel that has what it needs: that of a lab kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
set -e
mkdir -m 700 /run/lab
cd /run/lab
export XDG_RUNTIME_DIR=/run/lab
python -m dmvpn_auto lab up --backend netns --inventory inv
python -m dmvpn_auto deploy --inventory inv --yes >/dev/null
python -m dmvpn_auto verify --inventory inv --format json --output verdict.json
python -c 'import json; print("verdict", json.load(open("verdict.json"))["verdict"])'
python -m dmvpn_auto lab exec spoke1 -- hostname
python -m dmvpn_auto lab down
rm verdict.json
echo left: $(ls -A) $(ip -br link show type veth) $(ls /run/netns) $(hostname)
"""


def test_the_main_job_runs_in_namespaces_of_the_kernel_below(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto.lab.uml", "run", "--memory", "1024", "--",
         "/bin/sh", str(script)],
        capture_output=True, text=True, check=False, timeout=280, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    told = done.stdout.replace("\r", "").splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verdict pass" in told
    assert "spoke1" in told
    assert "left: lab" in told  # the host name of the kernel below, and nothing else


def test_a_kernel_without_gre_is_refused_by_name(tmp_path: Path) -> None:
    gre = subprocess.run(
        ["unshare", "-rn", "ip", "link", "add", "g", "type", "gre", "local", "127.0.0.1"],
        capture_output=True, check=False,
    )  # fmt: skip
    if gre.returncode == 0:
        pytest.skip("this kernel has GRE")
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", "lab", "up", "--backend", "netns",
         "--inventory", str(tmp_path / "inv")],
        capture_output=True, text=True, check=False, env={"XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 4
    assert "has no ip_gre" in done.stderr
    assert "--backend uml" in done.stderr
    assert list(tmp_path.iterdir()) == []
