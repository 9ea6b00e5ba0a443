"""A plan that can be looked at, approved and carried out later: one JSON file without secrets.

The hash covers everything that matters (which router at which address, what it ran, what it shall
run, every command both ways, the impact); who made it and when stand outside, so that the same
input gives the same hash. Secrets are never stored: carrying a plan out makes it anew from
the intent and the router, and `verify_unchanged` compares the two. A secret that was
changed in between is found by a seal (`seal.py`), which is kept only for routers whose secrets the
comparison of commands cannot see: those that the commands type, and those that a router stores in
a form nobody can read back.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from dmvpn_auto.design.types import Role
from dmvpn_auto.errors import InputError, StalePlanError
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.ios import Tree, mask, render
from dmvpn_auto.ios.diff import owned
from dmvpn_auto.ios.masking import comparable, take_apart
from dmvpn_auto.rollout.impact import Impact
from dmvpn_auto.rollout.plan import Plan
from dmvpn_auto.rollout.seal import Sealer

FORMAT = "dmvpn-auto plan 1"


@dataclass(frozen=True, slots=True)
class SavedRouter:
    """One router of a plan file. `running` and `wanted` are fingerprints of what is ours of the
    two configurations, secrets left out; commands and difference are masked.
    """

    name: str
    role: Role
    address: str
    running: str
    wanted: str
    forward: tuple[str, ...]
    backward: tuple[str, ...]
    difference: tuple[str, ...]
    notes: tuple[str, ...]
    impact: Impact
    seal: str = ""

    def __bool__(self) -> bool:
        return bool(self.forward)


@dataclass(frozen=True, slots=True)
class Content:
    """What the hash covers. `exposed`: spokes -> their hubs, where all of these go down in one
    plan.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    cloud: str
    routers: tuple[SavedRouter, ...]
    exposed: dict[str, tuple[str, ...]]
    seal_key: str = ""  # name of the key of the seals; empty: there are none
    retype: bool = False  # secrets that cannot be compared are typed anew


@dataclass(frozen=True, slots=True)
class Made:
    """By whom, where, when (UTC) and with which version."""

    by: str
    host: str
    at: str
    version: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as saved."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    format: str
    hash: str
    made: Made
    content: Content

    def router(self, name: str) -> SavedRouter | None:
        """Return the plan of one router, None when it is not in the file."""
        return next((router for router in self.content.routers if router.name == name), None)


def save(
    cloud: str,
    plans: Iterable[Plan],
    exposed: Mapping[str, tuple[str, ...]],
    sealer: Sealer,
    *,
    retype: bool = False,
) -> PlanFile:
    """Return the file of a plan; `write` puts it on the disk."""
    routers = tuple(_saved(plan, sealer) for plan in plans)
    key = sealer.name if any(router.seal for router in routers) else ""
    content = Content(cloud, routers, dict(exposed), key, retype)
    return PlanFile(FORMAT, content_hash(content), _made(), content)


def write(file: PlanFile, path: Path) -> None:
    """Write atomically. Raises UsageError."""
    write_atomically(path, as_text(file))


def as_text(file: PlanFile) -> str:
    """Return the bytes of the file as text."""
    return json.dumps(_plain(file), indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> PlanFile:
    """Read a plan file and check its hash. Raises InputError with what to do next."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise _unusable(path, f"cannot be read: {why}") from error
    try:
        file = _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        where = f" at {place}" if place else ""
        raise _unusable(path, f"is no plan of this version{where}: {first['msg']}") from None
    if file.format != FORMAT:
        raise _unusable(path, f"has the format {file.format!r}, this version reads {FORMAT!r}")
    if content_hash(file.content) != file.hash:
        raise _unusable(path, "was changed after it was made: its hash does not fit its content")
    return file


def content_hash(content: Content) -> str:
    """Return the hash that people approve: `sha256:` and 64 hexadecimal digits."""
    canonical = json.dumps(
        _plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def verify_unchanged(file: PlanFile, fresh: Plan, sealer: Sealer) -> None:
    """Compare the saved plan of a router with `fresh`, made anew from the intent and from what the
    router runs now. Raises StalePlanError that says which of the two moved.
    """
    saved = file.router(fresh.name)
    if saved is None:
        raise _stale(fresh.name, "the plan does not hold this router", "--limit to what it holds")
    now = _saved(fresh, sealer)
    if now.address != saved.address:
        raise _stale(fresh.name, f"was planned at {saved.address}, is now at {now.address}")
    if now.wanted != saved.wanted:
        raise _stale(fresh.name, "the intent or the templates give another configuration now")
    if now.running != saved.running:
        raise _stale(fresh.name, "the router was changed since: it runs other lines of ours")
    if (now.forward, now.backward) != (saved.forward, saved.backward):
        what = "secrets or the tool's rules have changed: other commands are needed now"
        raise _stale(fresh.name, what)
    if saved.seal or now.seal:
        if file.content.seal_key != sealer.name:
            what = "its secrets were sealed with a key that is not here"
            hint = "name the key file of who planned in DMVPN_AUTO_PLAN_KEY, or plan here"
            raise _stale(fresh.name, what, hint)
        if now.seal != saved.seal:
            raise _stale(fresh.name, "a secret is another one now, in the intent or on the router")


def _saved(plan: Plan, sealer: Sealer) -> SavedRouter:
    change = plan.change
    ours = owned(plan.running, plan.wanted, plan.beside, plan.absent)
    return SavedRouter(
        plan.name,
        plan.role,
        plan.address,
        _fingerprint(ours),
        _fingerprint(plan.wanted),
        tuple(mask(line) for line in change.forward),
        tuple(mask(line) for line in change.backward),
        tuple(str(delta) for delta in change.deltas),
        plan.notes,
        plan.impact,
        sealer.seal(_unseen(plan, ours)),
    )


def _unseen(plan: Plan, ours: Tree) -> list[str]:
    """The lines whose secrets a comparison of masked commands cannot tell apart."""
    change = plan.change
    typed = [line for line in (*change.forward, *change.backward) if take_apart(line.lstrip())]
    return typed + sorted(line for line in _all(ours) if not comparable(line))


def _all(tree: Tree) -> Iterable[str]:
    for line, below in tree.items():
        yield line
        yield from _all(below)


def _fingerprint(tree: Tree) -> str:
    text = "\n".join(mask(line) for line in render(tree).splitlines())
    return hashlib.sha256(text.encode()).hexdigest()


def _made() -> Made:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Made(user, socket.gethostname(), now, version("dmvpn-auto"))


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[PlanFile]:
    return TypeAdapter(PlanFile)


def _plain(value: PlanFile | Content) -> dict[str, Any]:
    plain = asdict(value)
    content = plain.get("content", plain)
    if not content["retype"]:
        del content["retype"]  # files and hashes stay what they were before there was a choice
    return plain


def _unusable(path: Path, what: str) -> InputError:
    return InputError(
        what, where=str(path), stage="plan", hint="make it anew: dmvpn-auto plan --out FILE"
    )


def _stale(name: str, what: str, hint: str = "") -> StalePlanError:
    return StalePlanError(
        what, where=name, stage="plan", hint=hint or "plan again, look at it, then deploy that"
    )
