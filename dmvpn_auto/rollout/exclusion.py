"""One rollout at a time on one cloud: a file lock, which the system takes back when its holder
dies, whatever kills it.

It excludes rollouts from the same inventory folder. Two copies of a folder know nothing of each
other; there the routers say it, by a pending revert timer or a locked configuration.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dmvpn_auto.errors import UsageError
from dmvpn_auto.rollout.journal import FOLDER
from dmvpn_auto.rollout.records import now, who


@contextmanager
def exclusively(inventory: Path, cloud: str, verb: str, *, only: bool = True) -> Iterator[None]:
    """Hold the cloud; without `only` do nothing. Raises UsageError that says who holds it."""
    if not only:
        yield
        return
    path = inventory / FOLDER / f"{cloud}.lock"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"the lock of cloud {cloud!r} cannot be written: {error.strerror}",
            where=str(path),
            stage=verb,
            hint="nothing is changed without it; give yourself the right to write there",
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(path, cloud) from None
        os.ftruncate(descriptor, 0)
        holder = {"who": who(), "host": socket.gethostname(), "pid": os.getpid(), "verb": verb}
        os.pwrite(descriptor, json.dumps({**holder, "since": now()}).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _held(path: Path, cloud: str) -> UsageError:
    try:
        holder = json.loads(path.read_text())
        said = "{who} on {host} (process {pid}, {verb}, since {since})".format(**holder)
    except (ValueError, KeyError, OSError):
        said = "another process"
    return UsageError(
        f"cloud {cloud!r} is being changed by {said}",
        stage="deploy",
        hint="wait until it has ended: dmvpn-auto runs",
    )
