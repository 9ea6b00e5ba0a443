"""Where secret values come from: one resolver per scheme of a reference.

A resolver gets what follows the colon and returns the value as text, or raises SecretError with a
message that names the place and never the value.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from dmvpn_auto.errors import SecretError

_LARGEST = 4096  # bytes; a key, not a file that was named by mistake


class Resolver(Protocol):
    """Fetches the values of one scheme (`env`, `file`, ...)."""

    scheme: str

    def fetch(self, target: str) -> str:
        """Return the value at `target`; raise SecretError when there is none."""
        ...


class EnvironmentResolver:
    """`env:NAME`: a variable of the process's environment."""

    scheme = "env"

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def fetch(self, target: str) -> str:
        """Return the value of the variable `target`; an empty one counts as not set."""
        value = self._environment.get(target)
        if not value:
            raise SecretError(
                f"the environment variable {target} is not set",
                where=f"env:{target}",
                hint=f"read -rs {target} && export {target}",
            )
        return value


class FileResolver:
    """`file:PATH`: the only line of a file; a relative path starts at the inventory folder."""

    scheme = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, target: str) -> str:
        """Return the text of the file without its last line end; refuse a file all may read."""
        path = self._folder / Path(target).expanduser()
        where = f"file:{target}"
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                if not stat.S_ISREG(mode):
                    raise SecretError(f"{path} is not a file", where=where)
                if mode & stat.S_IROTH:
                    raise SecretError(
                        f"{path} can be read by every user of this machine",
                        where=where,
                        hint=f"chmod 600 {path}",
                    )
                raw = file.read(_LARGEST + 1)
        except OSError as error:
            raise SecretError(
                f"{path} cannot be read: {error.strerror}",
                where=where,
                hint=f"put the value into {path} and chmod 600 it",
            ) from None
        if len(raw) > _LARGEST:
            raise SecretError(f"{path} is longer than {_LARGEST} bytes", where=where)
        try:
            return raw.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise SecretError(f"{path} is not UTF-8 text", where=where) from None
