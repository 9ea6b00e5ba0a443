"""Files written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dmvpn_auto.errors import UsageError


def write_atomically(path: Path, text: str, *, mode: int = 0o644, durable: bool = True) -> bool:
    """Write `text` so that a reader sees the old file or the new one, never a part.

    Returns whether the file changed: one that holds the text already is left alone (its mode is
    set). `durable` waits until it is on the disk. Raises UsageError where the folder cannot be
    written.
    """
    data = text.encode()
    try:
        if _holds(path, data):
            if path.stat().st_mode & 0o777 != mode:
                path.chmod(mode)
            return False
    except OSError as error:
        raise _refused(path, error) from error
    replace(path, data, mode=mode, durable=durable)
    return True


def replace(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Put `data` in the place of what the file holds; as `write_atomically`, without a look."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            os.fchmod(handle, mode)
            _write(handle, data)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise _refused(path, error) from error


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # a disk that is nearly full takes a part first, and refuses the rest
        rest = rest[os.write(handle, rest) :]


def _refused(path: Path, error: OSError) -> UsageError:
    reason = (error.strerror or "error").lower()
    return UsageError(f"cannot be written: {reason}", where=str(path), stage="write")


def _holds(path: Path, data: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(data) + 1) == data
    except FileNotFoundError:
        return False
