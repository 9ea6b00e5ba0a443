"""Host keys that are known, read once for a whole run and found without a search.

paramiko reads the file again for each connection, compares every line with all before it, and looks
through all of them for a name: with a line for each of 1,000 routers that is a million comparisons
a connection, and some thousand to find a key. Hashed names can only be tried one by one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from functools import lru_cache
from pathlib import Path
from threading import Lock

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

_SSH = 22
_HASHED = "|1|"
Keys = dict[str, paramiko.PKey]
_reading = Lock()


class Known:
    """The entries of one file; of two keys of one type for a host the first counts."""

    def __init__(self, file: Path) -> None:
        self._by_name: dict[str, Keys] = {}
        self._hashed: list[tuple[bytes, bytes, paramiko.PKey]] = []
        with file.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                self._take(line.strip(), number)

    def _take(self, line: str, number: int) -> None:
        """Enter a line; one that cannot be used vouches for nobody."""
        if not line or line.startswith("#"):
            return
        try:
            entry = HostKeyEntry.from_line(line, number)
            if entry is None or entry.key is None:
                return
            for name in entry.hostnames:
                if name.startswith(_HASHED):
                    salt, digest = map(base64.b64decode, name.removeprefix(_HASHED).split("|"))
                    self._hashed.append((salt, digest, entry.key))
                else:
                    _enter(self._by_name.setdefault(name, {}), entry.key)
        except (InvalidHostKey, paramiko.SSHException, binascii.Error, ValueError):
            return

    def keys(self, name: str) -> Keys:
        """Return the keys of a host by type."""
        found = dict(self._by_name.get(name, {}))
        for salt, digest, key in self._hashed:
            if hmac.digest(salt, name.encode(), "sha1") == digest:
                _enter(found, key)
        return found


def _enter(keys: Keys, key: paramiko.PKey) -> None:
    keys.setdefault(key.get_name(), key)


def keys_of(host: str, port: int, file: Path) -> Keys:
    """Return the keys that `file` vouches for, by type; none when there is no such file.

    Raises OSError when it cannot be read.
    """
    if not file.is_file():
        return {}
    stamp = file.stat()
    with _reading:
        known = _read(file, stamp.st_mtime_ns, stamp.st_size)
    return known.keys(name_of(host, port))


def name_of(host: str, port: int) -> str:
    """Return how OpenSSH writes a host there."""
    return host if port == _SSH else f"[{host}]:{port}"


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int, _size: int) -> Known:
    return Known(file)
