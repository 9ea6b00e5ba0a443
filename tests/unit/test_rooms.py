"""Imports point down only: a room may use the rooms below it, never one beside or above."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "dmvpn_auto"

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "resources": set(),
    "models": {"errors", "resources"},
    "secrets": {"errors", "models"},
    "design": {"errors", "models", "secrets"},
    "ios": {"errors", "models", "design"},
    "inventory": {"errors", "models", "secrets", "design", "ios", "resources"},
    "render": {"errors", "models", "secrets", "design", "ios", "resources"},
    "device": {"errors", "models", "secrets", "design", "ios", "inventory"},
    "observe": {"errors", "models", "secrets", "design", "ios", "device", "resources"},
    "verify": {"errors", "models", "design", "ios", "observe"},
    "report": {"errors", "models", "secrets", "design", "ios", "observe", "verify"},
    "rollout": {
        "errors", "models", "secrets", "design", "ios", "inventory", "render", "device", "observe",
        "verify", "report",
    },
    "tasks": {"errors", "design", "ios", "inventory", "device", "observe", "verify", "rollout"},
    "lab": {"errors", "resources", "device"},
}  # fmt: skip
PURE = ("models", "design", "ios", "render", "observe", "verify", "report", "secrets")


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        else:
            continue
        found.update(n.split(".")[1] for n in names if n.startswith("dmvpn_auto."))
    return found


def _room(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


FILES = [
    p for p in sorted(PACKAGE.rglob("*.py")) if _room(p) not in {"cli", "__init__", "__main__"}
]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    room = _room(path)
    wrong = _imports(path) - ALLOWED[room] - {room}
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {sorted(wrong)}"


def test_only_the_faults_of_the_lab_type_on_routers() -> None:
    users = {p.name for p in (PACKAGE / "lab").rglob("*.py") if "device" in _imports(p)}
    assert users <= {"faults.py"}


def test_the_lab_grammar_is_independent_of_the_product() -> None:
    for path in (PACKAGE / "lab").rglob("*.py"):
        assert not _imports(path) & {"ios", "render", "observe", "verify", "design"}, path


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_do_not_import_an_ssh_library(room: str) -> None:
    """A pure room works where no SSH library could: importing it loads none."""
    code = (
        f"import sys, dmvpn_auto.{room}\n"
        "bad = {'paramiko', 'netmiko', 'asyncssh'} & set(sys.modules)\n"
        "sys.exit(f'loads {sorted(bad)}' if bad else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, dmvpn_auto.cli.app\n"
        "bad = {'paramiko', 'netmiko', 'asyncssh', 'nornir', 'pydantic', 'jinja2', 'textfsm',"
        " 'pyroute2', 'cryptography'} & set(sys.modules)\n"
        "sys.exit(f'loads {sorted(bad)}' if bad else 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
