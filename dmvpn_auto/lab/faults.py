"""Breaking a router of the lab on purpose, in the ways DMVPN clouds break, and mending it.

Most faults are typed over SSH, as an engineer's mistake would be; the lines that take the router
back are worked out from its running configuration before anything is typed and kept in the lab's
state folder. `inject` returns when the live state shows the fault, `heal` when the peers that were
up before are up again. What there is to break: `fault_kinds`.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import LabError, RefusedError, UsageError
from dmvpn_auto.lab.control import Lab, open_lab
from dmvpn_auto.lab.edits import Config
from dmvpn_auto.lab.fault_kinds import HUB, KINDS, SPOKE, Kind
from dmvpn_auto.lab.state import LabFolder, LabRecord

FAULT_DEADLINE, HEAL_DEADLINE = 150.0, 180.0
"""Seconds: dead peer detection ends a cut session after about 60, NHRP backs off to 64."""

_POLL = 0.5  # seconds between looks at the live state; one costs the router about 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """A fault that is in effect, as kept in the state folder."""

    node: str
    kind: str
    undo: tuple[str, ...] = field(repr=False)
    peers: tuple[str, ...]  # tunnel addresses that were UP before


def injected(folder: LabFolder) -> tuple[Injected, ...]:
    """Return the faults in effect, oldest first."""
    try:
        rows = json.loads(folder.faults.read_text())
    except FileNotFoundError:
        return ()
    return tuple(
        Injected(
            node=row["node"],
            kind=row["kind"],
            undo=tuple(row["undo"]),
            peers=tuple(row["peers"]),
        )
        for row in rows
    )


def _keep(folder: LabFolder, faults: tuple[Injected, ...]) -> None:
    if not faults:
        folder.faults.unlink(missing_ok=True)
        return
    scratch = folder.faults.with_suffix(".new")
    scratch.touch(0o600)  # it holds the right keys
    scratch.write_text(json.dumps([asdict(fault) for fault in faults]))
    scratch.rename(folder.faults)


def inject(folder: LabFolder, record: LabRecord, node: str, name: str) -> str:
    """Break a router; return a sentence on what was changed when the fault is in effect."""
    kind = KINDS.get(name)
    if kind is None:
        raise UsageError(f"there is no fault {name!r}; there are: {', '.join(KINDS)}")
    if node not in record.ports:
        raise UsageError(f"{node!r} is no router of the lab; they are: {', '.join(record.ports)}")
    before = injected(folder)
    if any(fault.node == node for fault in before):
        raise UsageError(
            f"{node} is broken already", hint=f"heal it first: dmvpn-auto lab heal {node}"
        )
    with open_lab(folder) as lab:
        peers = _up_peers(lab.live(node)["dmvpn"])
        if kind.change is None:
            fault = Injected(node=node, kind=name, undo=(), peers=peers)
            _keep(folder, (*before, fault))
            link = lab.impair(node, loss=100)["link"]
            said = f"every packet on {' - '.join(link)} is lost"
        else:
            with _session(record, node) as session:
                config = Config(node, session.show("show running-config"))
                _refuse_role(kind, config)
                change = kind.change(config)
                fault = Injected(node=node, kind=name, undo=change.undo, peers=peers)
                _keep(folder, (*before, fault))
                try:
                    session.push(change.lines)
                except RefusedError as refused:
                    session.push(change.undo)  # refused too: it is loud, and heal tries again
                    _keep(folder, before)
                    raise UsageError(
                        f"cannot have the fault {name}: it refuses {refused.line!r}", where=node,
                        stage="fault", hint="what was typed is taken back; choose another kind",
                    ) from None  # fmt: skip
                if kind.clears:
                    session.show("clear crypto session")
            said = change.said
        if kind.state:
            _await(
                lab,
                node,
                lambda rows: _shows(rows, kind.state),
                FAULT_DEADLINE,
                f"the fault {name} was made ({said}) but is not in effect: no peer is in "
                f"{kind.state}",
            )
    return f"{node}: {said}"


def _refuse_role(kind: Kind, config: Config) -> None:
    role = SPOKE if config.has_servers else HUB
    if kind.role not in {"", role}:
        raise UsageError(
            f"is a {role}; the fault {kind.name} is one of a {kind.role}", where=config.node,
            stage="fault", hint="the kinds and what they are for: dmvpn-auto lab fault",
        )  # fmt: skip


def heal(folder: LabFolder, record: LabRecord, node: str | None = None) -> list[str]:
    """Take faults back, newest first (all, or those of `node`); return a sentence for each."""
    if node is not None and node not in record.ports:
        raise UsageError(f"{node!r} is no router of the lab; they are: {', '.join(record.ports)}")
    faults = injected(folder)
    chosen = [fault for fault in reversed(faults) if node in (None, fault.node)]
    said = []
    with open_lab(folder) as lab:
        for fault in chosen:
            kind = KINDS[fault.kind]
            if kind.change is None:
                lab.impair(fault.node, loss=0)
            else:
                with _session(record, fault.node) as session:
                    session.push(fault.undo)
                    if kind.clears:
                        session.show("clear crypto session")
        for fault in chosen:
            wanted = set(fault.peers)
            _await(
                lab,
                fault.node,
                partial(_all_up, wanted),
                HEAL_DEADLINE,
                f"{fault.kind} was taken back, but not all peers are up again",
            )
            faults = tuple(other for other in faults if other != fault)
            _keep(folder, faults)
            said.append(f"{fault.node}: {fault.kind} taken back, {len(wanted)} peer(s) up again")
    return said


@contextlib.contextmanager
def _session(record: LabRecord, node: str) -> Iterator[Session]:
    """Open a session to one router, through the inventory that the lab wrote."""
    with open_fleet(Path(record.inventory), [node]) as fleet:
        opened: list[Session] = []
        answers = fleet.run(opened.append)
        for answer in answers.values():
            if isinstance(answer, Exception):
                raise answer
        yield opened[0]


def _standing(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the peers that are there without traffic between spokes: they must come back.

    On a spoke the configured servers (attribute S), on a hub the clients that have registered.
    """
    static = [row for row in rows if "S" in row["attributes"]]
    return static or [row for row in rows if not set("TX") & set(row["attributes"])]


def _up_peers(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the tunnel addresses of the standing peers that are up."""
    return tuple(row["tunnel"] for row in _standing(rows) if row["state"] == "UP")


def _all_up(wanted: set[str], rows: list[dict[str, Any]]) -> bool:
    return wanted <= set(_up_peers(rows))


def _shows(rows: list[dict[str, Any]], state: str) -> bool:
    """Whether the fault is seen: no peer is up and one, if any is left, is in the fault's state."""
    states = {row["state"] for row in _standing(rows)}
    return "UP" not in states and (not states or state in states)


def _await(
    lab: Lab,
    node: str,
    condition: Callable[[list[dict[str, Any]]], bool],
    seconds: float,
    complaint: str,
) -> None:
    deadline = time.monotonic() + seconds
    while not condition(rows := lab.live(node)["dmvpn"]):
        if time.monotonic() > deadline:
            seen = ", ".join(f"{row['tunnel']} {row['state']}" for row in rows) or "no peer"
            raise LabError(f"{complaint} after {seconds:.0f} s ({seen})", where=node)
        time.sleep(_POLL)
