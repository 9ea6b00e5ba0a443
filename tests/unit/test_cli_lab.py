"""`dmvpn-auto lab`: which lab is meant, and what is said when it is not clear."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dmvpn_auto.cli.lab import app
from dmvpn_auto.errors import ExitCode, UsageError
from dmvpn_auto.lab.state import LabFolder, LabRecord, labs


@pytest.fixture
def two_labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Leave the folders of two labs whose processes are gone."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    for name in ("one", "two"):
        folder = LabFolder.of(name)
        folder.create(
            LabRecord(
                name=name, topology="x", backend="uml", memory=1024, digest="",
                inventory=str(tmp_path / "none"), ports={"hub": 2201},
            )
        )  # fmt: skip
    return ["one", "two"]


@pytest.mark.parametrize(
    "words",
    [
        ["down", "NOSUCH"],
        ["status", "NOSUCH"],
        ["heal", "--lab", "NOSUCH"],
        ["exec", "--lab", "NOSUCH", "hub", "true"],
        ["fault", "--lab", "NOSUCH", "hub", "wan-down"],
    ],
)
def test_an_unknown_lab_is_wrong_usage_and_the_known_are_named(
    two_labs: list[str], words: list[str]
) -> None:
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, UsageError)
    assert error.exit_code == ExitCode.USAGE
    assert "there is no lab 'NOSUCH'; there are: one, two" in str(error)
    assert [lab.path.name for lab in labs()] == two_labs


@pytest.mark.parametrize("words", [["down"], ["status"], ["heal"]])
def test_two_labs_need_a_name(two_labs: list[str], words: list[str]) -> None:
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, UsageError)
    assert "which lab? There are: one, two" in str(error)
    assert [lab.path.name for lab in labs()] == two_labs


def test_down_takes_the_one_that_is_named_or_all(two_labs: list[str]) -> None:
    assert CliRunner().invoke(app, ["down", "one"]).output == "lab one: down\n"
    assert [lab.path.name for lab in labs()] == two_labs[1:]
    assert isinstance(CliRunner().invoke(app, ["down", "two", "--all"]).exception, UsageError)
    assert CliRunner().invoke(app, ["down", "--all"]).output == "lab two: down\n"
    assert CliRunner().invoke(app, ["down", "--all"]).output == "no lab is up\n"


def test_an_interrupted_down_says_what_is_left(
    two_labs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dmvpn_auto.lab import lifecycle

    def pressed(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(lifecycle, "down", pressed)
    result = CliRunner().invoke(app, ["down", "--all"])
    assert result.exit_code == 130
    assert "no lab down; perhaps in part up: one, two" in result.output
    assert "dmvpn-auto lab down one" in result.output
    assert two_labs == [lab.path.name for lab in labs()]
