"""The routers as one reaches them: Nornir's SimpleInventory, passwords by reference.

`hosts.yaml`, `groups.yaml` and `defaults.yaml` are ordinary files of Nornir, so that other
playbooks can use the folder as well; only a password that stands there itself is refused.
Inheritance is Nornir's: the host, its groups in order and depth first, the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.connection_options import PATHS, problems
from dmvpn_auto.inventory.settings import read_settings
from dmvpn_auto.inventory.yaml_file import Positions
from dmvpn_auto.models.values import SCHEMES, SecretRef
from dmvpn_auto.secrets import Secret, Secrets

_MISSING = "write the management address of each router there, see: dmvpn-auto init"
_SECRET_EXTRAS = ("secret", "passphrase")
_NETMIKO = "netmiko"
KNOWN_HOSTS = "known_hosts"
"""File of an inventory folder with host keys, read beside the user's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One router with everything that it inherits."""

    name: str
    hostname: str
    port: int
    platform: str | None
    username: str | None
    password: Secret | None
    groups: tuple[str, ...]
    """All groups, the nearest first."""
    data: Mapping[str, object] = field(default_factory=dict)
    extras: Mapping[str, object] = field(default_factory=dict)
    """`connection_options.netmiko.extras`; `secret` and `passphrase` are Secret objects."""


class Hosts(Mapping[str, Host]):
    """The routers by name, in the order of hosts.yaml."""

    def __init__(self, hosts: Mapping[str, Host], secrets: Secrets) -> None:
        self._hosts = dict(hosts)
        self.secrets = secrets

    def __getitem__(self, name: str) -> Host:
        return self._hosts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hosts)

    def __len__(self) -> int:
        return len(self._hosts)


class _Connection(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    extras: dict[str, Any] = Field(default_factory=dict)


class _Entry(BaseModel):
    """A host, a group or the defaults, as Nornir writes them."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)
    hostname: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    platform: str | None = None
    username: str | None = None
    password: SecretRef | None = None
    groups: list[str] = Field(default_factory=list)
    data: dict[str, Any] = Field(default_factory=dict)
    connection_options: dict[str, _Connection] = Field(default_factory=dict)


_Entries = dict[str, _Entry]


def load_hosts(inventory: Path, secrets: Secrets | None = None, *, log_in: bool = True) -> Hosts:
    """Read the three files and resolve the credentials; without `log_in` leave these out.

    Raises InputError (a file is missing or wrong, an unknown group), SecretError.
    """
    store = secrets or Secrets(inventory)
    entries = read_settings(inventory / "hosts.yaml", _Entries, hint=_MISSING)
    groups = read_settings(inventory / "groups.yaml", _Entries)
    defaults = read_settings(inventory / "defaults.yaml", _Entry)
    files = {"hosts.yaml": entries, "groups.yaml": groups, "defaults.yaml": {"": defaults}}
    for file, found in files.items():
        _refuse_options(inventory / file, found)
    lines = Positions(inventory / "hosts.yaml", "hosts.yaml")
    known = inventory / KNOWN_HOSTS
    trust = {"alt_host_keys": True, "alt_key_file": KNOWN_HOSTS} if known.is_file() else {}
    hosts = {}
    for name, entry in entries.items():
        try:
            chain = list(_lineage(entry, groups))
        except KeyError as error:
            raise InputError(
                f"host {name!r}: there is no group {error.args[0]!r} in groups.yaml",
                where=lines.where((name, "groups")),
                stage="read",
            ) from None
        options: dict[str, object] = dict(trust)
        chain.append(("", defaults))
        for _, one in reversed(chain):
            if _NETMIKO in one.connection_options:
                options |= one.connection_options[_NETMIKO].extras
        for key in PATHS:
            if key in options:
                options[key] = str(inventory / Path(str(options[key])).expanduser())
        hosts[name] = _host(name, chain, store if log_in else None, options)
    return Hosts(hosts, store)


def _refuse_options(path: Path, entries: _Entries) -> None:
    """Raise InputError for a connection option that netmiko does not have or we do not allow."""
    for name, entry in entries.items():
        options = entry.connection_options.get(_NETMIKO)
        for option, message in problems(options.extras) if options else ():
            keys = ("connection_options", _NETMIKO, "extras", option)
            where = Positions(path, path.name).where((name, *keys) if name else keys)
            raise InputError(message, where=where, stage="read")


def _lineage(entry: _Entry, groups: _Entries) -> Iterator[tuple[str, _Entry]]:
    """Yield the entry and its groups, depth first, each once."""
    seen: set[str] = set()

    def climb(name: str, one: _Entry) -> Iterator[tuple[str, _Entry]]:
        yield name, one
        for group in one.groups:
            if group not in seen:
                seen.add(group)
                yield from climb(group, groups[group])

    return climb("", entry)


def _host(
    name: str, chain: list[tuple[str, _Entry]], store: Secrets | None, extras: dict[str, object]
) -> Host:
    def first(key: str) -> Any:
        return next((v for _, one in chain if (v := getattr(one, key)) is not None), None)

    data: dict[str, object] = {}
    for _, one in reversed(chain):
        data.update(one.data)
    username, password = first("username"), first("password")
    if store is None:
        extras = {key: value for key, value in extras.items() if key not in _SECRET_EXTRAS}
        username = password = None
    else:
        for key in _SECRET_EXTRAS:
            if isinstance(reference := extras.get(key), str):
                extras[key] = store.resolve(reference)
        if username and username.partition(":")[0] in SCHEMES and ":" in username:
            username = store.reveal(username)
    return Host(
        name=name,
        hostname=first("hostname") or name,
        port=first("port") or 22,
        platform=first("platform"),
        username=username,
        password=store.resolve(password) if store and password else None,
        groups=tuple(group for group, _ in chain if group),
        data=data,
        extras=extras,
    )
