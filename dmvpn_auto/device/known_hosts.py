"""Host keys that are known, read once for a whole run.

paramiko reads the file again for each connection and compares every line with all before it: with a
line for each of 1,000 routers that is a million comparisons a connection.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock

import paramiko

_SSH = 22
_reading = Lock()


def keys_of(host: str, port: int, file: Path) -> dict[str, paramiko.PKey]:
    """Return the keys that `file` vouches for, by type; none when there is no such file.

    Raises OSError when it cannot be read.
    """
    if not file.is_file():
        return {}
    stamp = file.stat()
    with _reading:
        known = _read(file, stamp.st_mtime_ns, stamp.st_size)
    found = known.lookup(name_of(host, port))
    return dict(found.items()) if found else {}


def name_of(host: str, port: int) -> str:
    """Return how OpenSSH writes a host there."""
    return host if port == _SSH else f"[{host}]:{port}"


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int, _size: int) -> paramiko.HostKeys:
    return paramiko.HostKeys(str(file))
