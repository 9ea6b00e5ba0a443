"""Reading a small regular file, never something that would wait or never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dmvpn_auto.errors import SecretError


def read_file(path: Path, where: str, *, largest: int, private: bool = False) -> bytes:
    """Return the content of a regular file of at most `largest` bytes.

    `private` refuses one that every user may read. Raises SecretError, which names the path.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(handle).st_mode
            if not stat.S_ISREG(mode):
                raise SecretError(
                    f"{path} is not a regular file",
                    where=where,
                    hint="name a file that holds the value",
                )
            if private and mode & stat.S_IROTH:
                raise SecretError(
                    f"{path} can be read by every user of this machine",
                    where=where,
                    hint=f"chmod 600 {path}",
                )
            raw = file.read(largest + 1)
    except OSError as error:
        raise SecretError(
            f"{path} cannot be read: {error.strerror}",
            where=where,
            hint=f"put the value into {path} and chmod 600 it" if private else "",
        ) from None
    if len(raw) > largest:
        raise SecretError(f"{path} is longer than {largest} bytes", where=where)
    return raw


def read_text(path: Path, where: str, *, largest: int, private: bool = False) -> str:
    """Return the same as text; raises SecretError when it is not UTF-8."""
    try:
        return read_file(path, where, largest=largest, private=private).decode()
    except UnicodeDecodeError:
        raise SecretError(f"{path} is not UTF-8 text", where=where) from None
