"""Phase 3 itself: packets between two spokes make a shortcut, and from then on go there directly.

Absence first: what NHRP remembers of an earlier run would make the proof worthless, so entries
learnt for the pair are cleared (nothing static, nothing of others) and must be gone. Then packets
are sent from LAN to LAN until the shortcut stands or the deadline has passed, then it is judged:
cache entry, peer row, own IPsec SA, one hop in traceroute, and, where somebody watches the
transport, no plain GRE on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Literal

from dmvpn_auto.design.types import CloudDesign, Ipsec, RouterDesign
from dmvpn_auto.observe.evidence import (
    Dmvpn,
    DmvpnPeer,
    IpsecFlows,
    NhrpCache,
    NhrpEntry,
    Ping,
    Traceroute,
)
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer
from dmvpn_auto.verify.checks.crypto import describe_ipsec, judge_flows
from dmvpn_auto.verify.convergence import FIRST_PAUSE, Progress
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError
from dmvpn_auto.verify.routers import Clock, Routers, Wire, WireCount, gather
from dmvpn_auto.verify.states import nbma_of, rows_of
from dmvpn_auto.verify.verdict import NOT_TRIED, Status, Verdict

Selection = Literal["ring", "all", "none"]
COUNT = 5
"""Packets of one ping. The first ones go by the hub: a cold shortcut may lose one by design."""
CLEAR_SECONDS = 10.0
"""How long a cleared entry may take to go."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two spokes; packets go from `source` to `target` and back."""

    source: RouterDesign
    target: RouterDesign

    @property
    def from_address(self) -> IPv4Address:
        """The source's own LAN address, else its tunnel address."""
        return next(iter(self.source.lan_addresses), self.source.tunnel.address.ip)

    @property
    def to_address(self) -> IPv4Address:
        """The target's own LAN address, else its tunnel address."""
        return next(iter(self.target.lan_addresses), self.target.tunnel.address.ip)

    @property
    def turned(self) -> Pair:
        """The same pair seen from the other end."""
        return Pair(self.target, self.source)

    @property
    def ping(self) -> str:
        """Packets from LAN to LAN."""
        return commands.ping(self.source, self.to_address, self.from_address, COUNT)

    @property
    def trace(self) -> str:
        """The path from LAN to LAN."""
        return commands.traceroute(self.source, self.to_address, self.from_address)


def select_pairs(cloud: CloudDesign, devices: frozenset[str], selection: Selection) -> list[Pair]:
    """Return the pairs to prove: each spoke with the next one ("ring"), or each with each ("all").

    A pair needs both spokes in `devices`. A shortcut is made in both directions by one exchange, so
    a pair is listed once.
    """
    spokes = [s for s in cloud.spokes if s.name in devices]
    if cloud.phase != 3 or len(spokes) < 2 or selection == "none":
        return []
    if selection == "all":
        return [Pair(a, b) for i, a in enumerate(spokes) for b in spokes[i + 1 :]]
    ring = [Pair(a, b) for a, b in zip(spokes, [*spokes[1:], spokes[0]], strict=True)]
    return ring[:1] if len(spokes) == 2 else ring


def prove(
    pairs: Sequence[Pair],
    broken: frozenset[str],
    routers: Routers,
    wire: Wire | None,
    *,
    timeout: float,
    clock: Clock,
    progress: Progress,
) -> tuple[Verdict, ...]:
    """Run the proof for all pairs side by side.

    A pair with a spoke in `broken` is not tried: its verdict is unknown and names that spoke.
    """
    untried = [_untried(p, broken) for p in pairs if broken & {p.source.name, p.target.name}]
    ready = [p for p in pairs if not broken & {p.source.name, p.target.name}]
    if not ready:
        return tuple(untried)
    absent = _make_absent(ready, routers, clock)
    before = wire.count() if wire else None
    deadline = clock.now() + timeout
    while True:
        evidence = gather(routers, _after_commands(ready))
        formed = [v for pair in ready for v in _after(pair, evidence)]
        progress(formed)
        if all(v.status is Status.PASS for v in formed) or clock.now() >= deadline:
            break
        clock.wait(min(FIRST_PAUSE, max(deadline - clock.now(), 0.0)))
    watched = []
    if wire and before:
        watched = [_on_the_wire(before, wire.count(), ready)]
    return (*absent, *formed, *watched, *untried)


def _untried(pair: Pair, broken: frozenset[str]) -> Verdict:
    culprit, other = (
        (pair.source, pair.target) if pair.source.name in broken else (pair.target, pair.source)
    )
    return Verdict(
        check="shortcut-formed",
        device=culprit.name,
        peer=other.name,
        status=Status.UNKNOWN,
        expected=f"a direct tunnel between {culprit.name} and {other.name} after traffic",
        actual=f"{NOT_TRIED}{culprit.name} does not pass the checks above",
    )


def _make_absent(pairs: Sequence[Pair], routers: Routers, clock: Clock) -> list[Verdict]:
    ends = [end for pair in pairs for end in (pair, pair.turned)]
    wanted = {end.source.name: [commands.NHRP, commands.DMVPN] for end in ends}
    evidence = gather(routers, wanted)
    old = {(e.source.name, e.target.name): _traces(e, evidence) for e in ends}
    clearing = {e: _clear(e, evidence) for e in ends if old[e.source.name, e.target.name]}
    if clearing:
        for_device: dict[str, list[str]] = {}
        for end, todo in clearing.items():
            for_device.setdefault(end.source.name, []).extend(todo)
        routers.ask(for_device)
        deadline = clock.now() + CLEAR_SECONDS
        while True:
            evidence = gather(routers, wanted)
            if not any(_traces(e, evidence) for e in ends) or clock.now() >= deadline:
                break
            clock.wait(FIRST_PAUSE)
    return [_absence(pair, evidence, cleared=pair in clearing) for pair in pairs]


def _clear(end: Pair, evidence: Evidence) -> list[str]:
    device = end.source
    targets = {IPv4Address(e.target.split("/")[0]) for e in _entries(end, evidence)}
    targets.add(end.target.tunnel.address.ip)
    return [commands.clear_nhrp(device, address) for address in sorted(targets)]


def _absence(pair: Pair, evidence: Evidence, *, cleared: bool) -> Verdict:
    def answer() -> Answer:
        evidence.whole(pair.source.name, commands.NHRP, NhrpCache)
        evidence.whole(pair.source.name, commands.DMVPN, Dmvpn)
        left = _traces(pair, evidence)
        if left:
            raise NoEvidenceError(
                "an older shortcut does not go away; other traffic may use it", left
            )
        return Answer(True, "no shortcut (an older one was cleared)" if cleared else "no shortcut")

    return _verdict("shortcut-absent", pair, "no shortcut before traffic", answer)


def _entries(end: Pair, evidence: Evidence) -> list[NhrpEntry]:
    """Return the cache entries of the source that lead directly to the target."""
    try:
        cache = evidence.get(end.source.name, commands.NHRP, NhrpCache)
    except NoEvidenceError:
        return []
    tunnel = str(end.target.tunnel.address.ip)
    return [
        e
        for e in cache.entries
        if e.interface == end.source.tunnel.interface and e.type == "dynamic" and e.via == tunnel
        if e.nbma_address is not None and "local" not in e.flags
    ]


def _rows(end: Pair, evidence: Evidence) -> list[DmvpnPeer]:
    try:
        rows = rows_of(evidence, end.source, end.target)
    except NoEvidenceError:
        return []
    return [row for row in rows if row.nbma_address != "UNKNOWN"]


def _traces(end: Pair, evidence: Evidence) -> tuple[str, ...]:
    found: list[NhrpEntry | DmvpnPeer] = [*_entries(end, evidence), *_rows(end, evidence)]
    return tuple(line for row in found for line in row.lines)


def _after_commands(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return for each source: packets first, then what they left behind."""
    wanted: dict[str, list[str]] = {}
    for pair in pairs:
        shows = [commands.NHRP, commands.DMVPN]
        shows += [commands.IPSEC] if pair.source.crypto else []
        todo = wanted.setdefault(pair.source.name, [])
        todo[:] = [*(c for c in todo if c not in shows), pair.ping, pair.trace, *shows]
    return wanted


def _after(pair: Pair, evidence: Evidence) -> Iterator[Verdict]:
    source, target = pair.source, pair.target
    tunnel, lan = target.tunnel.address.ip, pair.to_address

    def packets() -> Answer:
        reading = evidence.whole(source.name, pair.ping, Ping)
        said = f"{reading.received} of {reading.sent} packets answered"
        return Answer(reading.received == reading.sent > 0, said, reading.lines)

    def formed() -> Answer:
        nbma = nbma_of(evidence, source, target)
        rows = [r for r in _rows(pair, evidence) if r.nbma_address == nbma]
        covering = [e for e in _entries(pair, evidence) if _covers(e, lan)]
        lines = tuple(line for row in (*covering, *rows) for line in row.lines)
        if rows and covering and all(r.state == "UP" for r in rows):
            entry = covering[0]
            said = f"{entry.target} via {entry.via} at NBMA {entry.nbma_address}, "
            return Answer(True, f"{said}{rows[0].state} {rows[0].attributes}", lines)
        evidence.whole(source.name, commands.NHRP, NhrpCache)
        evidence.whole(source.name, commands.DMVPN, Dmvpn)
        states = " ".join(sorted({r.state for r in rows})) or "no row in show dmvpn"
        cache = "cache entry" if covering else "no cache entry"
        return Answer(False, f"{states} ({cache} for {lan})", lines)

    def sas(ipsec: Ipsec) -> Answer:
        remote = nbma_of(evidence, source, target)
        if remote is None:
            raise NoEvidenceError(f"the NBMA address of {target.name} is not known")
        flows = evidence.flows(source.name, commands.IPSEC).get(remote, [])
        if not flows:
            evidence.whole(source.name, commands.IPSEC, IpsecFlows)
        return judge_flows(flows, ipsec, remote)

    def path() -> Answer:
        reading = evidence.whole(source.name, pair.trace, Traceroute)
        steps = [" or ".join(hop.addresses) or "*" for hop in reading.hops]
        lines = tuple(line for hop in reading.hops for line in hop.lines)
        direct = {str(tunnel), *map(str, target.lan_addresses)}
        holds = len(reading.hops) == 1 and bool(direct & set(reading.hops[0].addresses))
        count = f"{len(steps)} hop" if len(steps) == 1 else f"{len(steps)} hops"
        return Answer(holds, f"{count}: {', '.join(steps)}", lines)

    ends = f"{pair.from_address} to {pair.to_address}"
    yield _verdict("shortcut-ping", pair, f"{COUNT} of {COUNT} packets answered, {ends}", packets)
    wanted = f"{lan} reached via {tunnel} at NBMA {target.nbma_address or 'learnt'}, UP"
    yield _verdict("shortcut-formed", pair, wanted, formed)
    if source.crypto is not None:
        ipsec = source.crypto.ipsec
        yield _verdict("shortcut-ipsec", pair, describe_ipsec(ipsec), lambda: sas(ipsec))
    yield _verdict("shortcut-path", pair, f"1 hop, {target.name} itself", path)


def _covers(entry: NhrpEntry, address: IPv4Address) -> bool:
    return ip_address(address) in ip_network(entry.target, strict=False)


def _on_the_wire(before: WireCount, after: WireCount, pairs: Sequence[Pair]) -> Verdict:
    gre, esp = after.gre - before.gre, after.esp - before.esp
    protected = all(p.source.crypto is not None for p in pairs)
    holds = esp > 0 and gre == 0 if protected else gre > 0
    return Verdict(
        check="no-plain-gre",
        device="transport",
        peer=None,
        status=Status.PASS if holds else Status.FAIL,
        expected="only ESP between the routers while the spokes talk"
        if protected
        else "GRE between the routers: this cloud has no protection",
        actual=f"{esp} ESP packets, {gre} plain GRE packets",
        evidence=after.lines,
    )


def _verdict(check: str, pair: Pair, expected: str, answer: Callable[[], Answer]) -> Verdict:
    try:
        found = answer()
        status = Status.PASS if found.holds else Status.FAIL
        actual, lines = found.actual, found.evidence
    except NoEvidenceError as missing:
        status, actual, lines = Status.UNKNOWN, f"no evidence: {missing.reason}", missing.lines
    return Verdict(
        check=check,
        device=pair.source.name,
        peer=pair.target.name,
        status=status,
        expected=expected,
        actual=actual,
        evidence=lines,
    )
