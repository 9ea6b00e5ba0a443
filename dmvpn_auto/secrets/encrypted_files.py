"""Secrets in encrypted files: ansible-vault (format 1.1 and 1.2, AES256) and SOPS.

Both name a file and a key in it: `ansible-vault:group_vars/dmvpn.yaml#psk`,
`sops:keys.yaml#dmvpn.psk`. Files are decrypted in memory, once per run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from binascii import unhexlify
from collections.abc import Mapping
from pathlib import Path

from dmvpn_auto.errors import SecretError
from dmvpn_auto.secrets.files import read_file, read_text

_HEADER = "$ANSIBLE_VAULT;"
_ROUNDS = 10_000  # PBKDF2 iterations of the format
_PASSWORD_FILE = "ANSIBLE_VAULT_PASSWORD_FILE"  # noqa: S105 - the name of a variable
_SECONDS = 30.0
_LARGEST = 4 * 2**20  # bytes


class AnsibleVaultResolver:
    """`ansible-vault:FILE#KEY`, or `ansible-vault:FILE` when the text itself is the value.

    The password comes from where Ansible takes it: the file or program that the environment
    variable ANSIBLE_VAULT_PASSWORD_FILE names.
    """

    scheme = "ansible-vault"

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._environment = os.environ if environment is None else environment
        self._texts: dict[Path, str] = {}

    def fetch(self, target: str) -> str:
        """Return one value of the file; a value may be a vaulted string in a plain file, too."""
        where = f"{self.scheme}:{target}"
        name, _, key = target.partition("#")
        path = self._folder / Path(name).expanduser()
        if path not in self._texts:
            text = read_text(path, where, largest=_LARGEST)
            self._texts[path] = self._open(text, where) if text.startswith(_HEADER) else text
        text = self._texts[path]
        if not key:
            return text.removesuffix("\n")
        found = pick(_yaml(text, where), key, where)
        return self._open(found, where) if found.startswith(_HEADER) else found

    def _open(self, text: str, where: str) -> str:
        try:
            return decrypt(text, self._password(where)).decode()
        except (ValueError, UnicodeDecodeError) as error:
            raise SecretError(
                f"cannot be decrypted: {error}",
                where=where,
                hint=f"check the password in the file that {_PASSWORD_FILE} names",
            ) from None

    def _password(self, where: str) -> bytes:
        named = self._environment.get(_PASSWORD_FILE)
        if not named:
            raise SecretError(
                f"the environment variable {_PASSWORD_FILE} is not set",
                where=where,
                hint=f"export {_PASSWORD_FILE}=~/.vault-password",
            )
        path = Path(named).expanduser()
        if os.access(path, os.X_OK) and path.is_file():
            return _run([str(path)], where).strip().encode()
        return read_text(path, where, largest=_LARGEST).strip().encode()


def decrypt(text: str, password: bytes) -> bytes:
    """Return what an ansible-vault text holds.

    Raises ValueError for another format, a wrong password or a damaged text.
    """
    from cryptography.hazmat.primitives import hashes, hmac, padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    header, *body = text.split()
    if header.split(";")[1:3] not in (["1.1", "AES256"], ["1.2", "AES256"]):
        raise ValueError(f"its format {header!r} is not known")
    salt, tag, sealed = (unhexlify(part) for part in unhexlify("".join(body)).split(b"\n"))
    keys = PBKDF2HMAC(hashes.SHA256(), 80, salt, _ROUNDS).derive(password)
    seal = hmac.HMAC(keys[32:64], hashes.SHA256())
    seal.update(sealed)
    try:
        seal.verify(tag)
    except Exception as error:
        raise ValueError("the password is wrong or the text is damaged") from error
    opener = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[64:])).decryptor()
    unpad = padding.PKCS7(128).unpadder()
    return unpad.update(opener.update(sealed) + opener.finalize()) + unpad.finalize()


class SopsResolver:
    """`sops:FILE#KEY`: one value of a file that the program `sops` decrypts."""

    scheme = "sops"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._values: dict[Path, object] = {}

    def fetch(self, target: str) -> str:
        """Return the value under KEY, which may be a path of keys with dots."""
        where = f"{self.scheme}:{target}"
        name, _, key = target.partition("#")
        if not key:
            raise SecretError("names no key", where="sops:", hint="write sops:FILE#KEY")
        path = self._folder / Path(name).expanduser()
        if path not in self._values:
            if shutil.which("sops") is None:
                raise SecretError(
                    "the program sops is not here", where=where, hint="install sops, or use file:"
                )
            read_file(path, where, largest=_LARGEST)  # says what is wrong with it more clearly
            text = _run(["sops", "--decrypt", "--output-type", "json", str(path)], where)
            self._values[path] = json.loads(text)
        return pick(self._values[path], key, where)


def pick(values: object, key: str, where: str) -> str:
    """Return the text under a path of keys such as `dmvpn.psk`."""
    found = values
    for word in key.split("."):
        found = found.get(word) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        what = "is not there" if found is None else "is not a text"
        raise SecretError(f"the key {key!r} {what}", where=where)
    return str(found)


def _yaml(text: str, where: str) -> object:
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads `!vault` as the text it stands before."""

    Loader.add_constructor("!vault", lambda loader, node: loader.construct_scalar(node))  # type: ignore[arg-type]
    try:
        return yaml.load(text, Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError:
        raise SecretError("is not YAML", where=where) from None


def _run(command: list[str], where: str) -> str:
    """Return what a program prints; what it says on standard error may hold no secret."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SecretError(f"{name} cannot be run: {type(error).__name__}", where=where) from None
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if line.strip()), "no reason given")
        raise SecretError(f"{name} ended with {done.returncode}: {said}", where=where)
    return done.stdout
