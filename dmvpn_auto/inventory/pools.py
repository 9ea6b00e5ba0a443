"""Pools across the clouds of a folder: `pools.yaml` says what there is, `pools.ledger.yaml` keeps
what was given out.

As with tunnel addresses, a value that an intent gives wins, what the ledger holds stays, and only
newcomers get something new, clouds in the order of their names. The ledger is written by `render`
and `deploy`, under the lock of the folder, for the cloud at hand alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from dmvpn_auto.design.allocation import allocate_from
from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.inventory.folder import clouds
from dmvpn_auto.inventory.intent import Loaded, load_cloud
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.yaml_file import Positions, read_yaml
from dmvpn_auto.models import Cloud, Model
from dmvpn_auto.models.base import knob
from dmvpn_auto.models.pools import Pools
from dmvpn_auto.models.values import Address, Label, RouterName

POOLS = "pools.yaml"
LEDGER = "pools.ledger.yaml"
_HEAD = """\
# Given out from pools.yaml. Kept by dmvpn-auto; commit this file with the inventory.
# A value stays with its cloud or router; that of a removed one is kept until `render --prune`.
"""
V = TypeVar("V", int, IPv4Address)
_Number = Annotated[int, Field(ge=0, le=4294967295)]


class _Given(Model):
    """The ledger of the pools."""

    tunnel_keys: dict[Label, _Number] = knob(None, "Cloud -> GRE key.", factory=dict)
    network_ids: dict[Label, _Number] = knob(None, "Cloud -> NHRP network id.", factory=dict)
    router_ids: dict[RouterName, Address] = knob(None, "Router -> router id.", factory=dict)


@dataclass(frozen=True, slots=True)
class PoolBook:
    """What was given out so far, by cloud and by router."""

    tunnel_keys: Mapping[str, int] = field(default_factory=dict)
    network_ids: Mapping[str, int] = field(default_factory=dict)
    router_ids: Mapping[str, IPv4Address] = field(default_factory=dict)


def share_out(pools: Pools, intents: Mapping[str, Cloud], book: PoolBook) -> PoolBook:
    """Return what the pools give to each cloud and router of `intents` that says nothing itself.

    Raises IntentError when a pool is empty.
    """
    names = sorted(intents)
    keys = {name: intents[name].tunnel.key for name in names}
    ids = {name: intents[name].nhrp.network_id for name in names}
    routers: dict[str, IPv4Address | None] = {}
    for name in names:
        for router_name, router in {**intents[name].hubs, **intents[name].spokes}.items():
            routers[router_name] = routers.get(router_name) or router.router_id
    hosts = tuple(pools.router_ids.hosts()) if pools.router_ids else ()
    return PoolBook(
        _numbers(pools.tunnel_keys, keys, book.tunnel_keys, "tunnel_keys"),
        _numbers(pools.network_ids, ids, book.network_ids, "network_ids"),
        _without(
            allocate_from(hosts, routers, book.router_ids, "router_ids", frozenset(hosts)), routers
        )
        if hosts
        else {},
    )


def _numbers(
    pool: range | None, wanted: Mapping[str, int | None], before: Mapping[str, int], name: str
) -> dict[str, int]:
    if pool is None:
        return {}
    return _without(allocate_from(pool, wanted, before, name, pool), wanted)


def _without(found: Mapping[str, V], wanted: Mapping[str, V | None]) -> dict[str, V]:
    return {name: value for name, value in found.items() if wanted[name] is None}


def filled(inventory: Path, loaded: Loaded, *, prune: bool = False) -> tuple[Loaded, PoolBook]:
    """Return the cloud with what the pools of its folder give it, and the ledger once that is
    given out. Where there are no pools, the cloud comes back as it is.

    Raises InputError (a file of the pools is wrong), IntentError (a pool is empty).
    """
    pools = _read_pools(inventory)
    if pools is None:
        return loaded, PoolBook()
    others = (name for name in clouds(inventory) if name != loaded.name)
    intents = {
        loaded.name: loaded.intent,
        **{name: load_cloud(inventory, name).intent for name in others},
    }
    book = _read_book(inventory)
    if prune:
        book = _pruned(book, intents)
    shared = share_out(pools, intents, book)
    members = {*loaded.intent.hubs, *loaded.intent.spokes}
    after = PoolBook(
        _after(book.tunnel_keys, shared.tunnel_keys, {loaded.name}),
        _after(book.network_ids, shared.network_ids, {loaded.name}),
        _after(book.router_ids, shared.router_ids, members),
    )
    return replace(loaded, intent=_with(loaded.intent, loaded.name, shared)), after


def _after(before: Mapping[str, V], now: Mapping[str, V], mine: set[str]) -> dict[str, V]:
    """Return the ledger with what is given to `mine`; what they say themselves leaves it."""
    kept = {name: value for name, value in before.items() if name not in mine or name in now}
    return {**kept, **{name: value for name, value in now.items() if name in mine}}


def record(inventory: Path, book: PoolBook) -> None:
    """Write the ledger that `filled` returned, where there are pools."""
    if not (inventory / POOLS).exists():
        return
    lines: list[str] = []
    parts: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("tunnel_keys", book.tunnel_keys),
        ("network_ids", book.network_ids),
        ("router_ids", book.router_ids),
    )
    for key, held in parts:
        if held:
            lines.append(f"{key}:\n")
            lines += [f"  {name}: {held[name]}\n" for name in sorted(held)]
    write_atomically(inventory / LEDGER, _HEAD + "".join(lines))


def _with(intent: Cloud, name: str, shared: PoolBook) -> Cloud:
    """Put the values into the intent, where it has none of its own."""
    changes: dict[str, object] = {}
    if name in shared.tunnel_keys:
        changes["tunnel"] = intent.tunnel.model_copy(update={"key": shared.tunnel_keys[name]})
    if name in shared.network_ids:
        changes["nhrp"] = intent.nhrp.model_copy(update={"network_id": shared.network_ids[name]})
    if shared.router_ids:
        for part in ("hubs", "spokes"):
            members = getattr(intent, part)
            changes[part] = {
                n: m.model_copy(update={"router_id": shared.router_ids[n]})
                if n in shared.router_ids
                else m
                for n, m in members.items()
            }
    return intent.model_copy(update=changes) if changes else intent


def _pruned(book: PoolBook, intents: Mapping[str, Cloud]) -> PoolBook:
    routers = {name for intent in intents.values() for name in (*intent.hubs, *intent.spokes)}
    return PoolBook(
        {name: key for name, key in book.tunnel_keys.items() if name in intents},
        {name: number for name, number in book.network_ids.items() if name in intents},
        {name: address for name, address in book.router_ids.items() if name in routers},
    )


def _read_pools(inventory: Path) -> Pools | None:
    path = inventory / POOLS
    if not path.exists():
        return None
    try:
        return TypeAdapter(Pools).validate_python(read_yaml(path) or {})
    except ValidationError as error:
        raise explain(error, Pools, Positions(path, POOLS), "pools") from None


def _read_book(inventory: Path) -> PoolBook:
    path = inventory / LEDGER
    if not path.exists():
        return PoolBook()
    try:
        given = TypeAdapter(_Given).validate_python(read_yaml(path) or {})
    except ValidationError as error:
        raise explain(error, _Given, Positions(path, LEDGER), "ledger") from None
    parts: tuple[Mapping[str, object], ...] = (
        given.tunnel_keys,
        given.network_ids,
        given.router_ids,
    )
    for part in parts:
        owners: dict[object, str] = {}
        for name, value in part.items():
            if (other := owners.setdefault(value, name)) != name:
                raise InputError(
                    f"{value} is given to both {other!r} and {name!r}",
                    where=LEDGER,
                    stage="read",
                    hint="take out the line that was added last",
                )
    return PoolBook(given.tunnel_keys, given.network_ids, given.router_ids)
