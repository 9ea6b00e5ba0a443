"""The two requirements files: what runs, and that with what builds and tests it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([\w.-]+(?:\[\w+\])?)==(\S+)(.*?) \\$", re.MULTILINE)


def _pins(name: str) -> dict[str, tuple[str, str]]:
    text = (ROOT / name).read_text()
    assert "://" not in re.sub(r"^ *#.*$", "", text, flags=re.MULTILINE)
    return {found[1]: (found[2], found[3]) for found in _PIN.finditer(text)}


def test_what_runs_is_pinned_as_it_was_tested_and_is_no_more_than_that() -> None:
    tested, runs = _pins("requirements.txt"), _pins("requirements-runtime.txt")
    assert {name: pin[0] for name, pin in runs.items()}.items() <= {
        name: pin[0] for name, pin in tested.items()
    }.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    needed = [*project["project"]["dependencies"], *groups["build"]]
    names = {re.split(r"[>=\[]", one)[0].lower() for one in needed}
    assert names <= {name.lower() for name in runs}
    tools = {re.split(r"[>=]", one)[0].lower() for one in groups["dev"] if isinstance(one, str)}
    assert "playwright" in tools
    assert not tools & runs.keys()


def test_the_image_of_the_lab_installs_what_runs() -> None:
    assert (
        "-r /usr/src/dmvpn-auto/requirements-runtime.txt" in (ROOT / "lab/Dockerfile").read_text()
    )
