"""Secrets kept by a service: the keyring of the desktop or server, and HashiCorp Vault.

Their client libraries are extras of the package (`pip install 'dmvpn-auto[keyring]'`, `[vault]`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dmvpn_auto.errors import SecretError

if TYPE_CHECKING:
    from types import ModuleType

_SECONDS = 10


class KeyringResolver:
    """`keyring:SERVICE/USER`: what `keyring get SERVICE USER` prints."""

    scheme = "keyring"

    def fetch(self, target: str) -> str:
        """Return the password that the system's keyring holds."""
        where = f"{self.scheme}:{target}"
        service, slash, user = target.rpartition("/")
        if not slash:
            raise SecretError("names no user", where="keyring:", hint="write keyring:SERVICE/USER")
        keyring = _library("keyring", where)
        errors: Any = keyring.errors
        try:
            found: str | None = keyring.get_password(service, user)
        except errors.KeyringError as error:
            raise SecretError(f"the keyring says: {error}", where=where) from None
        if found is None:
            raise SecretError(
                "is not in the keyring", where=where, hint=f"keyring set {service} {user}"
            )
        return found


class VaultResolver:
    """`vault:MOUNT/PATH#FIELD`: a field of a secret in HashiCorp Vault's KV store, version 1 or 2.

    Address and token come from where Vault's own program takes them: VAULT_ADDR, VAULT_NAMESPACE,
    VAULT_CACERT, VAULT_TOKEN or ~/.vault-token. Each path is read once per run.
    """

    scheme = "vault"

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._client: Any = None
        self._versions: dict[str, str] = {}
        self._found: dict[str, Mapping[str, object]] = {}

    def fetch(self, target: str) -> str:
        """Return the field as text."""
        where = f"{self.scheme}:{target}"
        path, _, name = target.partition("#")
        mount, slash, below = path.partition("/")
        if not (name and slash and below):
            raise SecretError(
                "is not MOUNT/PATH#FIELD", where="vault:", hint="such as vault:secret/dmvpn#psk"
            )
        if path not in self._found:
            self._found[path] = self._read(mount, below, where)
        value = self._found[path].get(name)
        if not isinstance(value, str):
            known = ", ".join(self._found[path]) or "none"
            raise SecretError(f"has no field {name!r}; its fields: {known}", where=where)
        return value

    def _read(self, mount: str, path: str, where: str) -> Mapping[str, object]:
        import requests

        hvac = _library("hvac", where, extra="vault")
        errors: Any = hvac.exceptions
        try:
            client = self._open(hvac, where)
            if mount not in self._versions:
                about = client.adapter.get(f"/v1/sys/internal/ui/mounts/{mount}")
                options = about.get("data", {}).get("options") or {}
                self._versions[mount] = str(options.get("version", "1"))
            if self._versions[mount] == "2":
                kept = client.secrets.kv.v2.read_secret_version(
                    path, mount_point=mount, raise_on_deleted_version=True
                )
                found: Mapping[str, object] = kept["data"]["data"]
            else:
                found = client.secrets.kv.v1.read_secret(path, mount_point=mount)["data"]
        except errors.InvalidPath:
            raise SecretError("Vault has nothing there", where=where) from None
        except errors.Forbidden:
            raise SecretError(
                "Vault's token may not read it",
                where=where,
                hint="vault login, or ask for a policy",
            ) from None
        except (errors.VaultError, requests.RequestException) as error:
            raise SecretError(f"Vault: {type(error).__name__}", where=where) from None
        return found

    def _open(self, hvac: ModuleType, where: str) -> Any:
        if self._client is None:
            address = self._environment.get("VAULT_ADDR")
            if not address:
                raise SecretError(
                    "the environment variable VAULT_ADDR is not set",
                    where=where,
                    hint="export VAULT_ADDR=... and vault login",
                )
            self._client = hvac.Client(
                url=address,
                token=self._environment.get("VAULT_TOKEN"),
                namespace=self._environment.get("VAULT_NAMESPACE"),
                verify=self._environment.get("VAULT_CACERT", True),
                timeout=_SECONDS,
            )
        return self._client


def _library(name: str, where: str, extra: str = "") -> ModuleType:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise SecretError(
            f"needs the Python package {name}",
            where=where,
            hint=f"pip install 'dmvpn-auto[{extra or name}]'",
        ) from None
