"""The wheel alone is the whole tool: templates, example inventory and lab are inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the tree and unpack it as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _run(site: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", *words],
        cwd=cwd, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_it_carries_templates_inventory_and_lab(unpacked: Path) -> None:
    data = unpacked / "dmvpn_auto" / "data"
    assert list((data / "templates").rglob("*.j2"))
    assert list((data / "inventory" / "clouds").glob("*.yaml"))
    assert (data / "lab" / "dmvpn.clab.yml").is_file()
    assert (unpacked / "dmvpn_auto" / "py.typed").is_file()


def test_init_validate_render_work_from_it(unpacked: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import dmvpn_auto; print(dmvpn_auto.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(unpacked))
    for words in (
        ("init", "branches"),
        ("validate", "-i", "branches"),
        ("render", "-i", "branches"),
        ("lab", "up", "--help"),
    ):
        done = _run(unpacked, tmp_path, *words)
        assert done.returncode == 0, (words, done.stderr)
    assert list((tmp_path / "build").rglob("*.cfg"))
