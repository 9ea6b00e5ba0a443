"""Packets between pairs of spokes, and what the routers show before and after them.

What NHRP remembers of an earlier run would make the proof worthless, so entries learnt for a pair
are cleared first (nothing static, nothing of others) and must be gone. Then packets are sent from
LAN to LAN until all holds or the deadline has passed. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.observe.evidence import DmvpnPeer, NhrpCache, NhrpEntry
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.convergence import FIRST_PAUSE
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError
from dmvpn_auto.verify.pairs import Pair
from dmvpn_auto.verify.recording import Traffic
from dmvpn_auto.verify.routers import Clock, Routers, Wire, gather
from dmvpn_auto.verify.scope import by_family
from dmvpn_auto.verify.states import rows_of

CLEAR_SECONDS = 10.0
"""How long a cleared entry may take to go."""


def send_packets(
    cloud: CloudDesign,
    pairs: Sequence[Pair],
    routers: Routers,
    wire: Wire | None,
    *,
    devices: Iterable[str],
    timeout: float,
    clock: Clock,
    holds: Callable[[Traffic], bool],
) -> Traffic:
    """Clear, send, look, for all pairs side by side, until `holds` or `timeout` seconds passed."""
    near = frozenset(devices)
    hubs = [h for side in by_family(cloud).values() for h in side.hubs if h.name in near]
    indications = _by_name((h, commands.nhrp_traffic(h)) for h in hubs if h.tunnel.nhrp.redirect)
    before, cleared = _make_absent(pairs, routers, clock)
    before = before.merged(gather(routers, indications) if indications else Evidence({}))
    wire_before = wire.count() if wire else None
    deadline = clock.now() + timeout
    wanted = _after_commands(pairs)
    while True:
        after = gather(routers, wanted)
        if indications:
            after = after.merged(gather(routers, indications))
        seen = Traffic(
            tried=tuple(pair.key for pair in pairs),
            cleared=tuple(pair.key for pair in cleared),
            before=before,
            after=after,
            wire_before=wire_before,
            wire_after=wire.count() if wire else None,
        )
        if holds(seen) or clock.now() >= deadline:
            return seen
        clock.wait(min(FIRST_PAUSE, max(deadline - clock.now(), 0.0)))


def _make_absent(
    pairs: Sequence[Pair], routers: Routers, clock: Clock
) -> tuple[Evidence, list[Pair]]:
    """Clear what there is of direct tunnels; return the state then, and the ends cleared."""
    ends = [end for pair in pairs for end in (pair, pair.turned)]
    wanted = _by_name(
        (end.source, c) for end in ends for c in (commands.nhrp(end.source), commands.DMVPN)
    )
    evidence = gather(routers, wanted)
    clearing = {end: _clear(end, evidence) for end in ends if traces(end, evidence)}
    if clearing:
        for_device: dict[str, list[str]] = {}
        for end, todo in clearing.items():
            for_device.setdefault(end.source.name, []).extend(todo)
        routers.ask(for_device)
        deadline = clock.now() + CLEAR_SECONDS
        while True:
            evidence = gather(routers, wanted)
            if not any(traces(e, evidence) for e in ends) or clock.now() >= deadline:
                break
            clock.wait(FIRST_PAUSE)
    return evidence, list(clearing)


def _by_name(commands: Iterable[tuple[RouterDesign, str]]) -> dict[str, list[str]]:
    """Return the commands of each router, each once."""
    found: dict[str, dict[str, None]] = {}
    for router, command in commands:
        found.setdefault(router.name, {})[command] = None
    return {name: list(todo) for name, todo in found.items()}


def _clear(end: Pair, evidence: Evidence) -> list[str]:
    targets = {ip_address(e.target.split("/")[0]) for e in entries(end, evidence)}
    targets.add(end.target.tunnel.address.ip)
    return [commands.clear_nhrp(end.source, address) for address in sorted(targets, key=str)]


def _after_commands(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return for each source: packets first, then what they left behind."""
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        shows = [commands.nhrp(pair.source), commands.DMVPN]
        shows += [commands.IPSEC] if pair.source.crypto else []
        todo = wanted.setdefault(pair.source.name, [])
        todo[:] = [*(c for c in todo if c not in shows), pair.ping, pair.trace, *shows]
    return wanted


def entries(end: Pair, evidence: Evidence) -> list[NhrpEntry]:
    """Return the cache entries of the source that lead directly to the target."""
    try:
        cache = evidence.get(end.source.name, commands.nhrp(end.source), NhrpCache)
    except NoEvidenceError:
        return []
    tunnel = str(end.target.tunnel.address.ip)
    return [
        e
        for e in cache.entries
        if e.interface == end.source.tunnel.interface and e.type == "dynamic" and e.via == tunnel
        if e.nbma_address is not None and "local" not in e.flags
    ]


def rows(end: Pair, evidence: Evidence) -> list[DmvpnPeer]:
    """Return the rows of `show dmvpn` of the source for the target."""
    try:
        found = rows_of(evidence, end.source, end.target)
    except NoEvidenceError:
        return []
    return [row for row in found if row.nbma_address != "UNKNOWN"]


def traces(end: Pair, evidence: Evidence) -> tuple[str, ...]:
    """Return the raw lines that show a direct tunnel."""
    found: list[NhrpEntry | DmvpnPeer] = [*entries(end, evidence), *rows(end, evidence)]
    return tuple(line for row in found for line in row.lines)
