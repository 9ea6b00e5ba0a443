"""Secrets: resolved by reference, refused when unfit, never shown."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from pathlib import Path

import pytest

from dmvpn_auto.errors import SecretError
from dmvpn_auto.secrets import EnvironmentResolver, Secret, Secrets, redact

CANARY = "canary-7f3e"


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(CANARY)
    shown = f"{secret} {secret!r} {secret:>20} %s {[secret]} {{'k': secret}}" % secret
    assert CANARY not in shown
    assert "***" in shown
    assert secret.reveal() == CANARY
    for leak in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            leak(secret)


def test_secrets_compare_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert len(Secret("abc")) == 3


def test_redaction_takes_the_longer_value_first() -> None:
    text = "key abcdef and abc"
    assert redact(text, [Secret("abc"), Secret("abcdef")]) == "key *** and ***"


def _file(base: Path, content: bytes, mode: int = 0o600) -> Secrets:
    (base / "psk").write_bytes(content)
    (base / "psk").chmod(mode)
    return Secrets(base)


def test_references_are_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = _file(tmp_path, CANARY.encode() + b"\n")
    monkeypatch.setenv("DMVPN_TEST", "other")
    assert secrets.reveal("file:psk") == CANARY
    assert secrets.resolve("env:DMVPN_TEST").reveal() == "other"
    (tmp_path / "psk").unlink()
    assert secrets.reveal("file:psk") == CANARY
    assert secrets.redact(f"a {CANARY} b other") == "a *** b ***"


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (b"x", 0o604, "can be read by every user"),
        (b"", 0o600, "is empty"),
        (b"\n", 0o600, "is empty"),
        (b"a\nb\n", 0o600, "more than one line"),
        (b"a\r\nb", 0o600, "more than one line"),
        (b" a", 0o600, "blank"),
        (b"a\tb", 0o600, "cannot be typed"),
        (b"\xff", 0o600, "not UTF-8"),
        (b"a" * 5000, 0o600, "longer than"),
    ],
)
def test_an_unfit_file_is_refused(tmp_path: Path, content: bytes, mode: int, message: str) -> None:
    with pytest.raises(SecretError, match=message) as caught:
        _file(tmp_path, content, mode).resolve("file:psk")
    assert caught.value.where.startswith("file:psk")


def test_a_missing_value_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DMVPN_NONE", raising=False)
    with pytest.raises(SecretError, match="export DMVPN_NONE"):
        Secrets(tmp_path).resolve("env:DMVPN_NONE")
    with pytest.raises(SecretError, match=r"no such file|No such file"):
        Secrets(tmp_path).resolve("file:none")
    with pytest.raises(SecretError, match=r"is not a file|Is a directory"):
        Secrets(tmp_path).resolve("file:.")


@pytest.mark.parametrize("reference", [CANARY, f"vault:{CANARY}", f":{CANARY}", ""])
def test_what_is_no_reference_could_be_the_secret(tmp_path: Path, reference: str) -> None:
    with pytest.raises(SecretError) as caught:
        Secrets(tmp_path).resolve(reference)
    assert CANARY not in "".join(traceback.format_exception(caught.value)).replace(
        repr(reference), ""
    ).replace(f'"{reference}"', "")


def test_an_unfit_value_is_in_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(SecretError) as caught:
        _file(tmp_path, f"{CANARY}\nsecond".encode()).resolve("file:psk")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_another_resolver_takes_its_place(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, [EnvironmentResolver({"A": "value"})])
    assert secrets.reveal("env:A") == "value"
    with pytest.raises(SecretError, match="references begin with env:"):
        secrets.resolve("file:a")
