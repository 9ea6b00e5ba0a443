"""The record of tunnel addresses given out: `clouds/<cloud>.addresses.yaml`.

A line names a router and its address, or a list of its IPv4 and its IPv6 address.
It is to be committed with the cloud. Only `render` and `deploy` write it, whole and atomically,
under a lock, so that two of them at a time give out different addresses; reading never writes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated

from pydantic import PlainValidator, TypeAdapter, ValidationError, WithJsonSchema

from dmvpn_auto.design import Ledger
from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.inventory.folder import LEDGER_SUFFIX
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.yaml_file import Positions, read_yaml
from dmvpn_auto.models.values import RouterName, read_any_address


def _read(value: object) -> tuple[IPv4Address | IPv6Address, ...]:
    return tuple(map(read_any_address, value if isinstance(value, list) else [value]))


_Addresses = Annotated[
    tuple[IPv4Address | IPv6Address, ...],
    PlainValidator(_read),
    WithJsonSchema({"type": "string", "format": "ipv4"}),
]
_Entries = dict[RouterName, _Addresses]
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
    owners: dict[IPv4Address | IPv6Address, str] = {}
    ipv4: dict[str, IPv4Address] = {}
    ipv6: dict[str, IPv6Address] = {}
    for name, addresses in entries.items():
        for address in addresses:
            if (other := owners.setdefault(address, name)) != name:
                raise InputError(
                    f"{address} is given to both {other!r} and {name!r}",
                    where=f"clouds/{path.name}",
                    stage="read",
                    hint="take out the line of the router that was added last",
                )
            if isinstance(address, IPv4Address):
                ipv4[name] = address
            else:
                ipv6[name] = address
        if len(addresses) != (name in ipv4) + (name in ipv6):
            raise InputError(
                f"{name!r} has two addresses of one family",
                where=f"clouds/{path.name}",
                stage="read",
                hint="keep one IPv4 and one IPv6 address",
            )
    return Ledger(ipv4, ipv6)


def write_ledger(cloud: Path, ledger: Ledger) -> None:
    """Write the ledger, sorted by address, unless it is on disk already."""
    lines = [
        f"{name}: {_said(ledger, name)}\n" for name in sorted(_names(ledger), key=_order(ledger))
    ]
    text = _HEAD.format(cloud=cloud.stem) + "".join(lines)
    write_atomically(ledger_path(cloud), text)


def _names(ledger: Ledger) -> set[str]:
    return ledger.addresses.keys() | ledger.ipv6.keys()


def _order(ledger: Ledger) -> Callable[[str], tuple[int, int]]:
    """Sort by the IPv4 address, then those that have none by the IPv6 one."""

    def key(name: str) -> tuple[int, int]:
        address = ledger.addresses.get(name)
        return (0, int(address)) if address else (1, int(ledger.ipv6[name]))

    return key


def _said(ledger: Ledger, name: str) -> str:
    both = [book[name] for book in (ledger.addresses, ledger.ipv6) if name in book]
    return str(both[0]) if len(both) == 1 else f"[{both[0]}, '{both[1]}']"


@contextmanager
def locked(cloud: Path) -> Iterator[None]:
    """Keep other processes from giving out addresses of this folder's clouds meanwhile."""
    handle = os.open(cloud.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
