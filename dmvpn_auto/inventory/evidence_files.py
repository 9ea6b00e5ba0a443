"""Folders of saved output: written whole or not at all, read as texts by relative path.

What the files mean is for `dmvpn_auto.verify.recording` to know.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dmvpn_auto.errors import DmvpnError, InputError, UsageError

LARGEST = 256 * 1024 * 1024
"""Bytes of one file; a larger one is no output of a show command."""


def refuse_unwritable(path: Path) -> None:
    """Raise UsageError now for a file that could not be written later; writes nothing."""
    if path.is_dir():
        raise _unwritable(path, "is a folder")
    if path.exists() and not os.access(path, os.W_OK):
        raise _unwritable(path, "permission denied")
    _refuse_parent(path)


def refuse_unusable_folder(path: Path) -> None:
    """Raise UsageError now for a folder that could not be made later, or that holds something."""
    if path.exists() and not path.is_dir():
        raise _unwritable(path, "is a file")
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(
            "holds something already",
            where=str(path),
            stage="save",
            hint="name a new folder, or remove this one",
        )
    _refuse_parent(path)


def _refuse_parent(path: Path) -> None:
    parent = path.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise _unwritable(path, f"{parent} is no folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise _unwritable(path, f"permission denied in {parent}")


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"cannot be written: {why}", where=str(path), stage="write", hint="name another place"
    )


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Make `folder` hold exactly these files, readable by the owner only.

    It appears with all of them or not at all. Raises UsageError.
    """
    refuse_unusable_folder(folder)
    part = folder.absolute().with_name(f".{folder.absolute().name}.{os.getpid()}.part")
    try:
        for name, text in files.items():
            place = part / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.touch(mode=0o600)
            place.write_bytes(text.encode())
        if folder.is_dir():
            folder.rmdir()
        part.rename(folder.absolute())
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise _unwritable(Path(error.filename or folder), why) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_folder(folder: Path) -> dict[str, str]:
    """Return every file under `folder` by its path relative to it; hidden ones are left out.

    Bytes that are no UTF-8 are kept as U+FFFD, so that a parser reports their line. Raises
    InputError naming the file that cannot be read.
    """
    if not folder.is_dir():
        raise InputError(
            "is no folder" if folder.exists() else "does not exist",
            where=str(folder),
            stage="evidence",
            hint="name a folder written by `verify --save`, or one of session logs",
        )
    found: dict[str, str] = {}
    for place in sorted(folder.rglob("*")):
        name = place.relative_to(folder)
        if not place.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        found[name.as_posix()] = _text(place)
    if not found:
        raise InputError("holds no file", where=str(folder), stage="evidence")
    return found


def _text(place: Path) -> str:
    try:
        if place.stat().st_size > LARGEST:
            raise _unreadable(place, f"larger than {LARGEST // 1024 // 1024} MB")
        data = place.read_bytes()
    except OSError as error:
        raise _unreadable(place, (error.strerror or "error").lower()) from error
    if b"\0" in data:
        raise _unreadable(place, "it is no text")
    return data.decode(errors="replace")


def _unreadable(place: Path, why: str) -> DmvpnError:
    return InputError(
        f"cannot be read: {why}", where=str(place), stage="evidence", hint="take the file out"
    )
