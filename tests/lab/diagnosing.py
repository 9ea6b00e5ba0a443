"""Asking the diagnosis while a router of the lab is broken."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.lab.conftest import Bench


def diagnose(bench: Bench, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit status of `diagnose` and its findings."""
    done = bench.cloud("diagnose", "--format", "json", *words)
    assert done.stdout, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return done.returncode, found


def _until_first(bench: Bench, device: str, rule: str) -> list[dict[str, Any]]:
    """Ask until the cause is named first: a BGP session takes its hold time to go."""
    deadline = time.monotonic() + 40
    while True:
        status, found = diagnose(bench)
        if found and (found[0]["device"], found[0]["rule"]) == (device, rule):
            assert status == 1
            return found
        assert time.monotonic() < deadline, [(f["device"], f["rule"], f["cause"]) for f in found]


def named_first(bench: Bench, device: str, rule: str, folder: Path) -> None:
    """The cause is named first, with evidence and a fix, and from kept evidence all the same; no
    secret is in what was said or kept.
    """
    first = _until_first(bench, device, rule)[0]
    _, saved = diagnose(bench, "--save", str(folder / "evidence"))
    _, replayed = diagnose(bench, "--evidence", str(folder / "evidence"))
    assert first["evidence"]
    assert first["fix"]
    assert first["confidence"] >= 0.8
    assert replayed == saved
    secrets = [p.read_text().strip() for p in (bench.inventory / "secrets").iterdir()]
    kept = "".join(p.read_text() for p in (folder / "evidence").rglob("*.txt"))
    assert not [s for s in secrets if s != "admin" and s in json.dumps(first) + kept]
