"""Up, down and everything that can go wrong between: nothing of a lab ever stays behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOPOLOGY = """
name: tiny
topology:
  defaults: {kind: linux}
  nodes:
    wan:
      exec: ["ip addr add 192.0.2.1/30 dev eth1", "ip link set eth1 up"]
    r1:
      env: {LAB_ROLE: ios}
      binds: ["r1.cfg:/config/startup-config:ro"]
  links:
    - endpoints: ["wan:eth1", "r1:eth1"]
"""
STARTUP = """
hostname r1
username admin privilege 15 secret admin
interface GigabitEthernet1
 ip address 192.0.2.2 255.255.255.252
 no shutdown
end
"""
NOBODY = 65534


@dataclass
class Place:
    """A folder of its own for a lab's files, its state and the user's inventory."""

    root: Path
    prefix: tuple[str, ...] = ()
    python: str = sys.executable

    @property
    def environment(self) -> dict[str, str]:
        """What the command sees."""
        return {**os.environ, "XDG_RUNTIME_DIR": str(self.root / "run")}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `dmvpn-auto lab WORDS`."""
        return subprocess.Popen(
            [*self.prefix, self.python, "-m", "dmvpn_auto", "lab", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env=self.environment, cwd=self.root,
        )  # fmt: skip

    def lab(self, *words: str) -> tuple[int, str, str]:
        """Run `dmvpn-auto lab WORDS` to its end."""
        process = self.start(*words)
        out, err = process.communicate(timeout=240)
        return process.returncode, out, err

    def up(self) -> tuple[int, str, str]:
        """Bring the tiny lab up."""
        return self.lab("up", "tiny.clab.yml", "--inventory", "inventory", "--memory", "512")

    def process(self, role: str) -> int:
        """Return a process of the lab by its role."""
        return int((self.root / f"run/dmvpn-auto/labs/tiny/{role}.pid").read_text().split()[0])

    def processes(self) -> list[str]:
        """Return the command lines of all processes that have to do with this lab."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if str(self.root) in line:
                found.append(line)
        return found

    def assert_gone(self) -> None:
        """Nothing is left: no process, no file, no mount."""
        assert _soon(lambda: not self.processes()), self.processes()
        assert list((self.root / "run").iterdir()) == []
        assert not (self.root / "inventory").exists()
        assert str(self.root) not in Path("/proc/mounts").read_text()


def _soon(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _fill(root: Path) -> None:
    (root / "run").mkdir(mode=0o700)
    (root / "tiny.clab.yml").write_text(TOPOLOGY)
    (root / "r1.cfg").write_text(STARTUP)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    _fill(tmp_path)
    there = Place(tmp_path)
    yield there
    there.lab("down")
    there.assert_gone()


def test_up_is_ready_a_second_up_harmless_and_exec_honest(place: Place) -> None:
    status, out, err = place.up()
    assert status == 0, err
    assert "up in" in out
    assert "kernel" in out  # where the time went
    first = place.process("kernel")
    status, out, err = place.up()
    assert (status, place.process("kernel")) == (0, first), err
    assert "was up already" in out
    assert place.lab("exec", "wan", "--", "ping", "-c1", "-W5", "192.0.2.2")[0] == 0
    status, out, err = place.lab("exec", "r1", "--", "sh", "-c", "hostname; echo bad >&2; exit 7")
    assert (status, out, err) == (7, "r1\n", "bad\n")
    assert place.lab("exec", "r1", "--", "no-such-program")[0] == 127
    assert place.lab("exec", "r9", "--", "true")[0] == 2
    status, out, err = place.lab("status")
    assert (status, "r1" in out) == (0, True), err
    running = place.start("exec", "wan", "--", "ping", "192.0.2.2")
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=10)
    count = place.lab("exec", "wan", "--", "pgrep", "-c", "-x", "ping")
    assert count[1].strip() == "0", count


def test_a_changed_topology_is_not_taken_for_the_running_one(place: Place) -> None:
    assert place.up()[0] == 0
    (place.root / "r1.cfg").write_text(STARTUP + "!\n")
    status, _, err = place.up()
    assert status == 2
    assert "lab down tiny" in err


@pytest.mark.parametrize("victim", ["supervisor", "kernel"])
def test_killing_any_part_ends_all_and_up_heals(place: Place, victim: str) -> None:
    assert place.up()[0] == 0
    other = place.process("kernel" if victim == "supervisor" else "supervisor")
    os.kill(place.process(victim), signal.SIGKILL)
    assert _soon(lambda: not _alive(other))
    status, out, err = place.lab("status")
    assert (status, "dead" in out) == (1, True), err
    status, out, err = place.up()
    assert status == 0, err
    assert "died in part" in err
    assert place.lab("exec", "r1", "--", "true")[0] == 0


def test_down_after_a_crash_leaves_nothing(place: Place) -> None:
    assert place.up()[0] == 0
    for victim in ("supervisor", "kernel"):
        os.kill(place.process(victim), signal.SIGKILL)
    assert place.lab("down")[0] == 0
    place.assert_gone()
    assert place.lab("down")[0] == 0  # harmless


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("phase", ["kernel:", "nodes and links:"])
def test_interrupting_up_leaves_nothing(place: Place, phase: str) -> None:
    process = place.start("up", "tiny.clab.yml", "--inventory", "inventory", "--memory", "512")
    assert process.stderr is not None
    for line in process.stderr:
        if phase in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not (place.root / "run/dmvpn-auto").exists()
    assert _soon(lambda: not place.processes()), place.processes()


def test_a_router_that_cannot_start_is_named_and_nothing_stays(place: Place) -> None:
    topology = (place.root / "tiny.clab.yml").read_text()
    (place.root / "tiny.clab.yml").write_text(topology.replace("192.0.2.1/30", "192.0.2.1/99"))
    status, _, err = place.up()
    assert status == 4
    assert "wan: 'ip addr add 192.0.2.1/99" in err
    assert not (place.root / "run/dmvpn-auto").exists()


def _ordinary_python() -> str | None:
    """Find an interpreter that an ordinary user can run with our packages."""
    for python in (sys.executable, "/usr/bin/python3"):
        done = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env",
             python, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"],
            check=False, capture_output=True,
        )  # fmt: skip
        if done.returncode == 0:
            return python
    return None


@pytest.mark.skipif(os.geteuid() != 0, reason="all tests here run as an ordinary user then")
def test_an_ordinary_user_needs_no_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    python = _ordinary_python() if shutil.which("setpriv") else None
    if python is None:
        pytest.skip("no interpreter that an ordinary user may run")
    import dmvpn_auto

    root = Path("/var/tmp") / f"dmvpn-test-{os.getpid()}"
    root.mkdir()
    try:
        _fill(root)
        for path in (root, *root.iterdir()):
            os.chown(path, NOBODY, NOBODY)
        site = [path for path in sys.path if path.endswith("site-packages")]
        source = str(Path(dmvpn_auto.__file__).parent.parent)
        prefix = (
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "env", f"HOME={root}", f"XDG_CACHE_HOME={root}/cache",
            f"PYTHONPATH={':'.join([source, *site])}",
        )  # fmt: skip
        place = Place(root, prefix, python)
        status, _, err = place.up()
        try:
            assert status == 0, err
            status, out, _ = place.lab("exec", "wan", "--", "id", "-u")
            assert (status, out) == (0, "0\n")
        finally:
            place.lab("down")
        place.assert_gone()
    finally:
        shutil.rmtree(root)
