"""Breaking a router of the lab on purpose, in the ways DMVPN clouds break, and mending it.

Most faults are typed over SSH, as an engineer's mistake would be; the lines that take the router
back are worked out from its running configuration before anything is typed and kept in the lab's
state folder. `inject` returns when the live state shows the fault, `heal` when the peers that were
up before are up again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import LabError, UsageError
from dmvpn_auto.lab.control import Lab, open_lab
from dmvpn_auto.lab.state import LabFolder, LabRecord

FAULT_DEADLINE, HEAL_DEADLINE = 150.0, 180.0
"""Seconds: dead peer detection ends a cut session after about 60, NHRP backs off to 64."""

_NOBODY = "192.0.2.254"  # documentation range: no router of the lab routes it
_POLL = 0.5  # seconds between looks at the live state; one costs the router about 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Configuration lines that make a fault, and those that take it back."""

    lines: tuple[str, ...] = field(repr=False)
    undo: tuple[str, ...] = field(repr=False)
    said: str  # for people; never holds a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault: what it does, and how `show dmvpn` of that router names it."""

    name: str
    state: str
    says: str
    change: Callable[[Config], Change] | None  # None: done to the wire, not to the router
    clears: bool = True  # an engineer would `clear crypto session`: live SAs outlast the change


class Config:
    """A running configuration, read as far as faults need it: lines by indentation."""

    def __init__(self, node: str, text: str) -> None:
        self.node = node
        self._lines = [line.rstrip() for line in text.splitlines() if line.strip() not in ("", "!")]

    def sections(self, head: str) -> Iterator[tuple[str, list[str]]]:
        """Yield (first line, lines below it) of the top-level sections that begin with `head`."""
        current: list[str] | None = None
        found: list[tuple[str, list[str]]] = []
        for line in self._lines:
            if not line.startswith(" "):
                current = None
                if line.startswith(head):
                    current = []
                    found.append((line, current))
            elif current is not None:
                current.append(line)
        yield from found

    def tunnel(self) -> tuple[str, list[str]]:
        """Return the first tunnel; raises LabError when there is none yet."""
        for head, below in self.sections("interface Tunnel"):
            return head, [line.strip() for line in below]
        raise LabError(
            "has no tunnel to break", where=self.node, hint="deploy a cloud to the lab first"
        )


def _missing(config: Config, what: str) -> LabError:
    return LabError(f"has no {what} to break", where=config.node)


def _wrong_psk(config: Config) -> Change:
    wrong = "".join(secrets.choice(string.ascii_letters) for _ in range(20))
    lines: list[str] = []
    undo: list[str] = []
    for head, below in config.sections("crypto ikev2 keyring"):
        peer = ""
        for word in (line.strip() for line in below):
            if word.startswith("peer "):
                peer = word
            elif word.startswith("pre-shared-key "):
                words = word.split()
                side = [words[1]] if words[1] in ("local", "remote") else []
                lines += [head, peer, " ".join(["pre-shared-key", *side, wrong])]
                undo += [head, peer, word]
    for head, below in config.sections("crypto keyring"):
        for line in (line.strip() for line in below if " key " in line):
            lines += [head, f"no {line}", f"{line.rpartition(' key ')[0]} key {wrong}"]
            undo += [head, f"no {line.rpartition(' key ')[0]} key {wrong}", line]
    for line, _ in config.sections("crypto isakmp key "):
        rest = line.split(" address ", 1)[1]
        lines += [f"no {line}", f"crypto isakmp key {wrong} address {rest}"]
        undo += [f"no crypto isakmp key {wrong} address {rest}", line]
    if not undo:
        raise _missing(config, "pre-shared key")
    return Change(lines=tuple(lines), undo=tuple(undo), said="another pre-shared key")


def _wrong_tunnel_key(config: Config) -> Change:
    head, below = config.tunnel()
    key = next((line for line in below if line.startswith("tunnel key ")), None)
    wrong = 4242 if key is None else int(key.split()[2]) ^ 1
    return Change(
        lines=(head, f"tunnel key {wrong}"),
        undo=(head, key or "no tunnel key"),
        said=f"{head.split()[1]}: {key or 'no tunnel key'} -> tunnel key {wrong}",
    )


def _wrong_nhs_nbma(config: Config) -> Change:
    head, below = config.tunnel()
    lines, undo, said = [head], [head], ""
    for line in below:
        words = line.split()
        if line.startswith("ip nhrp nhs ") and "nbma" in words:
            place = words.index("nbma") + 1
        elif line.startswith("ip nhrp map multicast ") and words[4] != "dynamic":
            place = 4
        elif line.startswith("ip nhrp map ") and words[3] != "multicast":
            place = -1
        else:
            continue
        right = words[place]
        words[place] = _NOBODY
        wrong = " ".join(words)
        lines += [f"no {line}", wrong]
        undo += [f"no {wrong}", line]
        said = f"{head.split()[1]}: NBMA address of the hub {right} -> {_NOBODY}"
    if not said:
        raise _missing(config, "next-hop server with an NBMA address (is it a hub?)")
    return Change(lines=tuple(lines), undo=tuple(undo), said=said)


def _ipsec_mismatch(config: Config) -> Change:
    _, below = config.tunnel()
    words = [line.split() for line in below if line.startswith("tunnel protection ipsec profile ")]
    if not words:
        raise _missing(config, "tunnel protection")
    name = words[0][4]
    used = {
        word
        for head, lines in config.sections("crypto ipsec profile ")
        if head.split()[3] == name
        for line in lines
        if line.strip().startswith("set transform-set ")
        for word in line.split()[2:]
    }
    lines: list[str] = []
    undo: list[str] = []
    said = []
    for head, lines_below in config.sections("crypto ipsec transform-set "):
        transform = head.split()[3]
        if transform not in used:
            continue
        other = "esp-aes 256 esp-sha256-hmac" if "esp-gcm" in head else "esp-gcm 256"
        modes = [line.strip() for line in lines_below]
        lines += [f"crypto ipsec transform-set {transform} {other}", *modes]
        undo += [head, *modes]
        said.append(f"transform-set {transform}: {' '.join(head.split()[4:])} -> {other}")
    if not undo:
        raise _missing(config, "transform set")
    return Change(lines=tuple(lines), undo=tuple(undo), said="; ".join(said))


def _tunnel_shutdown(config: Config) -> Change:
    head, _ = config.tunnel()
    said = f"{head.split()[1]}: shutdown"
    return Change(lines=(head, "shutdown"), undo=(head, "no shutdown"), said=said)


KINDS = {
    kind.name: kind
    for kind in (
        Kind(name="wrong-psk", state="IKE", says="pre-shared key differs", change=_wrong_psk),
        Kind(
            name="wrong-tunnel-key",
            state="NHRP",
            says="GRE key differs: packets arrive and are dropped",
            change=_wrong_tunnel_key,
        ),
        Kind(
            name="wrong-nhs-nbma",
            state="IKE",
            says="the hub is looked for where nobody answers",
            change=_wrong_nhs_nbma,
        ),
        Kind(
            name="ipsec-mismatch",
            state="IPSEC",
            says="no common IPsec proposal",
            change=_ipsec_mismatch,
        ),
        Kind(
            name="tunnel-shutdown",
            state="INTF",
            says="the tunnel interface is shut down",
            change=_tunnel_shutdown,
            clears=False,
        ),
        Kind(
            name="wan-down",
            state="IKE",
            says="all packets on the WAN link are lost, the link stays up",
            change=None,
            clears=False,
        ),
    )
}


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
                change = kind.change(Config(node, session.show("show running-config")))
                fault = Injected(node=node, kind=name, undo=change.undo, peers=peers)
                _keep(folder, (*before, fault))
                session.push(change.lines)
                if kind.clears:
                    session.show("clear crypto session")
            said = change.said
        _await(
            lab,
            node,
            lambda rows: _shows(rows, kind.state),
            FAULT_DEADLINE,
            f"the fault {name} was made ({said}) but is not in effect: no peer is in {kind.state}",
        )
    return f"{node}: {said}"


def heal(folder: LabFolder, record: LabRecord, node: str | None = None) -> list[str]:
    """Take faults back, newest first (all, or those of `node`); return a sentence for each."""
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
