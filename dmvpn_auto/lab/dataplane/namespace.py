"""Being in a router's network namespace for a moment: to open a socket, to write a sysctl."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dmvpn_auto.errors import LabError

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(netns: Path) -> Iterator[None]:
    """Put this thread into the network namespace; sockets opened there stay there.

    The body must not await: other tasks of the thread would find themselves elsewhere.
    Raises LabError when the namespace is gone or may not be entered.
    """
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(netns)
        try:
            yield
        finally:
            if _libc.setns(own, _CLONE_NEWNET) != 0:
                os.abort()  # every later socket of the world would be in the wrong place
    finally:
        os.close(own)


def _enter(netns: Path) -> None:
    try:
        there = os.open(netns, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LabError(
            f"the router's namespace is gone: {error.strerror}", where=str(netns), stage="dataplane"
        ) from error
    try:
        if _libc.setns(there, _CLONE_NEWNET) != 0:
            reason = os.strerror(ctypes.get_errno())
            raise LabError(f"cannot enter the namespace: {reason}", where=str(netns))
    finally:
        os.close(there)


def write_sysctls(netns: Path, settings: dict[str, str]) -> None:
    """Write `settings` (paths below /proc/sys/net -> value) in the namespace."""
    with inside(netns):
        for path, text in settings.items():
            Path("/proc/sys/net", path).write_text(text)
