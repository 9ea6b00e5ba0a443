"""Secrets from keyring, Vault, ansible-vault and SOPS: fetched once, refused clearly, never shown.

The vaulted files were made by ansible-vault itself; Vault and sops answer as their programs do.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import keyring
import pytest
from keyring.backend import KeyringBackend

from dmvpn_auto.errors import SecretError
from dmvpn_auto.secrets import Secrets
from dmvpn_auto.secrets.vaults import VaultResolver

DATA = Path(__file__).parent / "data"
CANARY = "canary-9b1d"


class Memory(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_keyring(ring: Memory, tmp_path: Path) -> None:
    keyring.set_password("dmvpn/prod", "psk", CANARY)
    assert Secrets(tmp_path).reveal("keyring:dmvpn/prod/psk") == CANARY
    assert ring.kept


@pytest.mark.usefixtures("ring")
def test_what_the_keyring_lacks_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="keyring set dmvpn psk"):
        Secrets(tmp_path).resolve("keyring:dmvpn/psk")


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    with pytest.raises(SecretError, match=r"pip install 'dmvpn-auto\[keyring\]'"):
        Secrets(tmp_path).resolve("keyring:dmvpn/psk")


class Vault(BaseHTTPRequestHandler):
    """The part of Vault's HTTP API that a reader uses: mounts, KV versions 1 and 2."""

    asked: ClassVar[list[str]] = []
    answers: ClassVar[dict[str, object]] = {
        "/v1/sys/internal/ui/mounts/secret": {"data": {"options": {"version": "2"}}},
        "/v1/sys/internal/ui/mounts/old": {"data": {"options": None}},
        "/v1/secret/data/dmvpn/prod": {"data": {"data": {"psk": CANARY, "n": 5}, "metadata": {}}},
        "/v1/old/dmvpn": {"data": {"psk": f"{CANARY}-old"}},
    }

    def do_GET(self) -> None:
        self.asked.append(self.path)
        token = self.headers.get("X-Vault-Token")
        found = self.answers.get(self.path) if token == "good-token" else None
        status = 200 if found else 404 if token == "good-token" else 403
        body = json.dumps(found or {"errors": []}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def vault() -> Iterator[Callable[[str], Secrets]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    Vault.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def secrets(token: str) -> Secrets:
        address = f"http://127.0.0.1:{server.server_port}"
        resolver = VaultResolver({"VAULT_ADDR": address, "VAULT_TOKEN": token})
        return Secrets(Path(), [resolver])

    yield secrets
    server.shutdown()
    thread.join()
    server.server_close()


def test_vault_reads_both_versions_and_each_path_once(vault: Callable[[str], Secrets]) -> None:
    secrets = vault("good-token")
    assert secrets.reveal("vault:secret/dmvpn/prod#psk") == CANARY
    assert secrets.reveal("vault:old/dmvpn#psk") == f"{CANARY}-old"
    before = len(Vault.asked)
    with pytest.raises(SecretError, match="has no field 'pks'; its fields: psk, n"):
        secrets.resolve("vault:secret/dmvpn/prod#pks")
    assert len(Vault.asked) == before


@pytest.mark.parametrize(
    ("token", "reference", "says"),
    [
        ("bad-token", "vault:secret/dmvpn/prod#psk", "may not read it|Vault: "),
        ("good-token", "vault:secret/dmvpn/none#psk", "nothing there"),
    ],
)
def test_what_vault_refuses(
    vault: Callable[[str], Secrets], token: str, reference: str, says: str
) -> None:
    with pytest.raises(SecretError, match=says) as caught:
        vault(token).resolve(reference)
    assert token not in "".join(traceback.format_exception(caught.value))


def test_vault_needs_its_address() -> None:
    with pytest.raises(SecretError, match="VAULT_ADDR is not set"):
        Secrets(Path(), [VaultResolver({})]).resolve("vault:secret/dmvpn#psk")


def test_a_vault_that_is_down_is_said() -> None:
    resolver = VaultResolver({"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_TOKEN": "good-token"})
    with pytest.raises(SecretError, match="Vault: ConnectionError"):
        Secrets(Path(), [resolver]).resolve("vault:secret/dmvpn#psk")


@pytest.fixture
def password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "password"
    path.write_text("fixture-password\n")
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(path))
    return path


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("ansible-vault:vaulted.yaml#dmvpn.psk", "canary-vault-7f3e"),
        ("ansible-vault:vaulted.yaml#plain", "canary-two"),
        ("ansible-vault:inline.yaml#psk", "canary-inline"),
    ],
)
def test_ansible_vault(reference: str, value: str) -> None:
    assert Secrets(DATA).reveal(reference) == value


def test_a_program_may_give_the_password(password_file: Path) -> None:
    password_file.write_text("#!/bin/sh\necho fixture-password\n")
    password_file.chmod(0o700)
    assert Secrets(DATA).reveal("ansible-vault:vaulted.yaml#plain") == "canary-two"


def test_a_wrong_password_is_said(password_file: Path) -> None:
    password_file.write_text("another\n")
    with pytest.raises(SecretError, match="the password is wrong"):
        Secrets(DATA).resolve("ansible-vault:vaulted.yaml#plain")


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$ANSIBLE_VAULT;9.9;AES256\n00\n", "format"),
        ("$ANSIBLE_VAULT;1.1;AES256\nzz\n", "cannot be decrypted"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3030\n", "cannot be decrypted"),
        (f"psk: [{CANARY}\n", "is not YAML"),
        (f"psk: [{CANARY}]\n", "is not a text"),
        ("other: 1\n", "is not there"),
    ],
)
def test_a_damaged_file_is_refused_without_showing_it(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "keys.yaml").write_text(text)
    with pytest.raises(SecretError, match=says) as caught:
        Secrets(tmp_path).resolve("ansible-vault:keys.yaml#psk")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def sops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program named sops on the path that decrypts by reversing each line."""
    program = tmp_path / "bin" / "sops"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "--decrypt --output-type json" ] || exit 2\n'
        '[ -s "$4" ] || { echo "Failed to get the data key" >&2; exit 128; }\nrev "$4"\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return program


@pytest.mark.usefixtures("sops")
def test_sops(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(json.dumps({"dmvpn": {"psk": CANARY}})[::-1] + "\n")
    secrets = Secrets(tmp_path)
    assert secrets.reveal("sops:keys.yaml#dmvpn.psk") == CANARY
    with pytest.raises(SecretError, match="is not there"):
        secrets.resolve("sops:keys.yaml#dmvpn.none")


@pytest.mark.usefixtures("sops")
def test_what_sops_says_is_handed_on(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text("")
    with pytest.raises(SecretError, match="sops ended with 128: Failed to get the data key"):
        Secrets(tmp_path).resolve("sops:keys.yaml#psk")


def test_sops_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SecretError, match="the program sops is not here"):
        Secrets(tmp_path).resolve("sops:keys.yaml#psk")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("scheme", ["file:", "ansible-vault:"])
def test_a_pipe_is_refused_and_does_not_wait(tmp_path: Path, scheme: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SecretError, match="not a regular file"):
        Secrets(tmp_path).resolve(f"{scheme}pipe")
