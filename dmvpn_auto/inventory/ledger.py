"""The record of tunnel addresses given out: `clouds/<cloud>.addresses.yaml`.

It is to be committed with the cloud. Only `render` and `deploy` write it, whole and atomically,
under a lock, so that two of them at a time give out different addresses; reading never writes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dmvpn_auto.design import Ledger
from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.inventory.folder import LEDGER_SUFFIX
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.yaml_file import Positions, read_yaml
from dmvpn_auto.models.values import Address, RouterName

_Entries = dict[RouterName, Address]
_HEAD = """\
# Tunnel addresses given out in cloud {cloud}. Kept by dmvpn-auto; commit this file with the cloud.
# An address stays with its router; that of a removed router is kept until `render --prune`.
"""


def ledger_path(cloud: Path) -> Path:
    """Return the ledger's file beside the cloud's."""
    return cloud.with_name(cloud.stem + LEDGER_SUFFIX)


def read_ledger(cloud: Path) -> Ledger:
    """Read the ledger of the cloud file `cloud`; an absent one is empty. Raises InputError."""
    path = ledger_path(cloud)
    if not path.exists():
        return Ledger()
    raw = read_yaml(path) or {}
    try:
        entries = TypeAdapter(_Entries).validate_python(raw)
    except ValidationError as error:
        raise explain(error, _Entries, Positions(path, f"clouds/{path.name}"), "ledger") from None
    owners: dict[IPv4Address, str] = {}
    for name, address in entries.items():
        if (other := owners.setdefault(address, name)) != name:
            raise InputError(
                f"{address} is given to both {other!r} and {name!r}",
                where=f"clouds/{path.name}",
                stage="read",
                hint="take out the line of the router that was added last",
            )
    return Ledger(entries)


def write_ledger(cloud: Path, ledger: Ledger) -> None:
    """Write the ledger, sorted by address, unless it is on disk already."""
    lines = [
        f"{name}: {address}\n"
        for name, address in sorted(ledger.addresses.items(), key=lambda item: item[1])
    ]
    text = _HEAD.format(cloud=cloud.stem) + "".join(lines)
    write_atomically(ledger_path(cloud), text)


@contextmanager
def locked(cloud: Path) -> Iterator[None]:
    """Keep other processes from giving out addresses of this folder's clouds meanwhile."""
    handle = os.open(cloud.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
