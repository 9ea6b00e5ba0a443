"""Changes that go wrong on the real dataplane: the routers take them back, traffic flows again, and
a rollout that is killed goes on.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.lab.conftest import Bench
from tests.lab.sites import NO_ESP, Site

SPOKES = ("spoke1", "spoke2", "spoke3")


@pytest.fixture(scope="module")
def site(bench: Bench) -> Iterator[Site]:
    """The lab that all share, left as it was found."""
    found = Site(bench, bench.inventory / "secrets" / "pre_shared_key")
    yield found
    found.restore()
    status, said = found.deploy()
    assert status == 0, said


@pytest.fixture
def ground(site: Site) -> Iterator[Site]:
    """The site as it was deployed, before and after."""
    site.forget()
    yield site
    site.restore()


@pytest.mark.parametrize("wrong", ["key", "next-hop server"])
def test_a_wrong_change_is_taken_back_and_traffic_flows_again(ground: Site, wrong: str) -> None:
    before = ground.running("spoke1")
    if wrong == "key":
        ground.key.write_text("a-typo-in-the-key\n")
    else:
        ground.write("nbma: 203.0.113.2", "nbma: 203.0.113.99")
    status, said = ground.deploy("--limit", "spoke1")
    assert status == 5, said
    assert "rolled back: spoke1" in said
    assert "IKE" in said, "the state that says why"
    assert "a-typo-in-the-key" not in said
    assert ground.running("spoke1") == before
    assert ground.logged("spoke1", "START_ABSTIMER") == 1
    ground.restore()
    ground.works("spoke1")


def test_one_of_three_fails_the_rollout_stops_and_the_others_are_as_they_were(
    ground: Site,
) -> None:
    before = {name: ground.running(name) for name in SPOKES}
    ground.write("bandwidth: 100000", "bandwidth: 80000", free=("spoke2", NO_ESP))
    one_by_one = ("--limit", "spokes", "--canary", "1", "--batch", "1", "--growth", "1")
    status, said = ground.deploy(*one_by_one)
    assert status == 5, said
    assert "saved: spoke1" in said
    assert "rolled back: spoke2" in said
    assert "untouched: spoke3" in said
    assert "bandwidth 80000" in ground.running("spoke1")
    assert "bandwidth 80000" in ground.ask("spoke1", "show startup-config")
    for name in ("spoke2", "spoke3"):
        assert ground.running(name) == before[name]
    ground.restore()
    ground.works("spoke2")
    back = ground.lab.cloud("rollback", "--yes", str(ground.last_run()))
    assert back.returncode == 0, back.stdout + back.stderr
    assert ground.running("spoke1") == before["spoke1"]
    assert "bandwidth 100000" in ground.ask("spoke1", "show startup-config")


def _killed_at(site: Site, step: str) -> None:
    """Start a deploy and kill it as soon as the journal says that `step` is begun."""
    last = site.last_run()
    words = ["deploy", "--inventory", str(site.lab.inventory), "--yes", "--limit", "spoke1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "dmvpn_auto", *words], env=site.lab.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    db = sqlite3.connect(site.lab.inventory / ".dmvpn-auto" / "journal.db")
    while process.poll() is None:
        if db.execute("SELECT 1 FROM step WHERE run>? AND step=?", (last, step)).fetchone():
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    db.close()
    assert process.wait(30) == -signal.SIGKILL, f"{step} was never reached"


@pytest.mark.parametrize("step", ["check", "baseline", "push", "verify", "confirm", "save"])
def test_killed_in_each_step_it_goes_on_and_does_nothing_twice(ground: Site, step: str) -> None:
    value = 60000 + len(step)
    ground.write("bandwidth: 100000", f"bandwidth: {value}")
    _killed_at(ground, step)
    done = ground.lab.cloud("resume")
    assert done.returncode == 0, done.stdout + done.stderr
    events = ("START_ABSTIMER", "CONFIRM", "ROLLBACK_START")
    logged = {what: ground.logged("spoke1", what) for what in events}
    assert f"bandwidth {value}" in ground.running("spoke1")
    assert f"bandwidth {value}" in ground.ask("spoke1", "show startup-config")
    assert logged["CONFIRM"] == 1
    assert logged["START_ABSTIMER"] == 1 + logged["ROLLBACK_START"]
    if step in ("verify", "confirm", "save"):
        assert logged["ROLLBACK_START"] == 0, "what was typed stays"
    shown = ground.lab.cloud("show")
    assert "done" in shown.stdout


def test_no_secret_is_in_what_was_printed_or_kept(site: Site) -> None:
    folder = site.lab.inventory / ".dmvpn-auto"
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert kept
    for path in (site.lab.inventory / "secrets").iterdir():
        secret = path.read_text().strip()
        if secret != "admin":
            assert not any(secret in text for text in site.lab.printed)
            assert not any(secret.encode() in raw for raw in kept)
