"""One lab for all lab tests: hub and three spokes, deployed, taken down at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """All tests below this folder need the lab."""
    item.add_marker(pytest.mark.lab)


@dataclass
class Bench:
    """A running lab, the command that drives it, and all that it ever printed."""

    inventory: Path
    home: dict[str, str]
    printed: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Of the command."""
        return {**os.environ, **self.home}

    def folder(self, name: str) -> Path:
        """Return the state folder of a lab."""
        return Path(self.home["XDG_RUNTIME_DIR"], "dmvpn-auto", "labs", name)

    def run(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run `dmvpn-auto WORDS`; keep what it printed for the canary test."""
        done = subprocess.run(
            [sys.executable, "-m", "dmvpn_auto", *words],
            capture_output=True, text=True, check=False, timeout=timeout,
            env=self.environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.printed += [done.stdout, done.stderr]
        return done

    def cloud(
        self, verb: str, *words: str, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a verb on the lab's inventory."""
        return self.run(verb, "--inventory", str(self.inventory), *words, timeout=timeout)

    def verify(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run `verify --format json`; return its exit status and its answer."""
        done = self.cloud("verify", "--format", "json", *words)
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, answer


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Bring the lab up in a state folder of its own, deploy, and take it down at the end."""
    root = tmp_path_factory.mktemp("lab")
    runtime = root / "run"
    runtime.mkdir(mode=0o700)
    lab = Bench(root / "inventory", {"XDG_RUNTIME_DIR": str(runtime)})
    up = lab.run("lab", "up", "--inventory", str(lab.inventory))
    try:
        assert up.returncode == 0, up.stderr
        deployed = lab.cloud("deploy", "--yes")
        assert deployed.returncode == 0, deployed.stderr + deployed.stdout
        yield lab
    finally:
        down = lab.run("lab", "down")
        assert down.returncode == 0, down.stderr
