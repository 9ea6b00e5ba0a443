"""Where secret values come from: one resolver per scheme of a reference.

A resolver gets what follows the colon and returns the value as text, or raises SecretError with a
message that names the place and never the value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from dmvpn_auto.errors import SecretError
from dmvpn_auto.secrets.files import read_text

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
        text = read_text(path, f"file:{target}", largest=_LARGEST, private=True)
        return text.removesuffix("\n").removesuffix("\r")
