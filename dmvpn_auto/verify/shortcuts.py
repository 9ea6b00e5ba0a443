"""Direct tunnels between spokes, judged from what the routers showed before and after packets.

Phase 3: a shortcut made by the hub's redirect. Phase 2: the spoke resolves the next hop itself.
Each check is about a pair of spokes; the last two are about the hubs and about the transport.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address, ip_network
from typing import ClassVar, Protocol

from dmvpn_auto.design.types import CloudDesign, Family, RouterDesign
from dmvpn_auto.observe.evidence import (
    Dmvpn,
    IpsecFlows,
    NhrpCache,
    NhrpEntry,
    NhrpTrafficTable,
    Ping,
    Traceroute,
)
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, settle
from dmvpn_auto.verify.checks.crypto import describe_ipsec, judge_flows
from dmvpn_auto.verify.commands import Address
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError
from dmvpn_auto.verify.pairs import COUNT, Pair, own_addresses
from dmvpn_auto.verify.recording import Traffic
from dmvpn_auto.verify.scope import by_family
from dmvpn_auto.verify.states import nbma_of
from dmvpn_auto.verify.traffic import entries, rows, traces
from dmvpn_auto.verify.verdict import NOT_TRIED, Status, Verdict

TRANSPORT = "transport"
"""Stands for a router in the verdict about the wire."""


class PairCheck(Protocol):
    """One expectation about two spokes that exchanged packets."""

    name: ClassVar[str]
    about: ClassVar[str] = "every pair of spokes that is proven with traffic"
    reads: ClassVar[tuple[str, ...]]
    stands_on: ClassVar[tuple[str, ...]] = ("all checks at rest, of both spokes",)

    def expected(self, pair: Pair) -> str | None:
        """Say what must hold; None where nothing can be asked of this pair."""

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """Compare; raise `NoEvidenceError` when the evidence does not suffice."""


class Absent(PairCheck):
    """Before traffic there is no direct tunnel between the two spokes."""

    name = "shortcut-absent"
    reads = (commands.NHRP, commands.DMVPN)

    def expected(self, pair: Pair) -> str:
        """Say none."""
        return f"no {_called(pair)} before traffic"

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """What stays after clearing is unknown: other traffic may use it."""
        evidence = traffic.before
        evidence.whole(pair.source.name, commands.nhrp(pair.source), NhrpCache)
        evidence.whole(pair.source.name, commands.DMVPN, Dmvpn)
        if left := traces(pair, evidence):
            reason = f"an older {_called(pair)} does not go away; other traffic may use it"
            raise NoEvidenceError(reason, left)
        old = " (an older one was cleared)" if pair.key in traffic.cleared else ""
        return Answer(True, f"no {_called(pair)}{old}")


class Packets(PairCheck):
    """Packets from LAN to LAN are answered."""

    name = "shortcut-ping"
    reads = ("ping",)

    def expected(self, pair: Pair) -> str:
        """Say how many, from where to where."""
        return f"{COUNT} of {COUNT} packets answered, {pair.from_address} to {pair.to_address}"

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """All of them."""
        reading = traffic.after.whole(pair.source.name, pair.ping, Ping)
        said = f"{reading.received} of {reading.sent} packets answered"
        return Answer(reading.received == reading.sent > 0, said, reading.lines)


class Formed(PairCheck):
    """After traffic a cache entry and a peer row, UP, lead to the other spoke's NBMA address."""

    name = "shortcut-formed"
    reads = (commands.NHRP, commands.DMVPN)

    def expected(self, pair: Pair) -> str:
        """Say to whom, by what address."""
        target = pair.target
        tunnel, nbma = target.tunnel.address.ip, target.nbma_address or "learnt"
        return f"{pair.to_address} reached via {tunnel} at NBMA {nbma}, UP"

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """The cache entry covers the LAN (phase 3) or the next hop (phase 2)."""
        evidence, source, target = traffic.after, pair.source, pair.target
        nbma = nbma_of(evidence, source, target)
        aim = target.tunnel.address.ip if source.phase == 2 else pair.to_address
        found = [row for row in rows(pair, evidence) if row.nbma_address == nbma]
        covering = [e for e in entries(pair, evidence) if _covers(e, aim)]
        lines = tuple(line for row in (*covering, *found) for line in row.lines)
        if found and covering and all(row.state == "UP" for row in found):
            entry = covering[0]
            said = f"{entry.target} via {entry.via} at NBMA {entry.nbma_address}, "
            said += f"{found[0].state} {found[0].attributes}"
            return Answer(True, said, lines, {"nbma": str(entry.nbma_address)})
        evidence.whole(source.name, commands.nhrp(source), NhrpCache)
        evidence.whole(source.name, commands.DMVPN, Dmvpn)
        states = " ".join(sorted({row.state for row in found})) or "no row in show dmvpn"
        cache = "cache entry" if covering else "no cache entry"
        return Answer(False, f"{states} ({cache} for {aim})", lines)


class OwnSas(PairCheck):
    """The two spokes have a pair of ESP SAs of their own, as intended."""

    name = "shortcut-ipsec"
    reads = (commands.IPSEC,)

    def expected(self, pair: Pair) -> str | None:
        """Say transform and mode."""
        crypto = pair.source.crypto
        return describe_ipsec(crypto.ipsec) if crypto else None

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """Compare the flow to the other spoke."""
        evidence, source = traffic.after, pair.source
        remote = nbma_of(evidence, source, pair.target)
        if remote is None or source.crypto is None:
            raise NoEvidenceError(f"the NBMA address of {pair.target.name} is not known")
        flows = evidence.flows(source.name, commands.IPSEC).get(remote, [])
        if not flows:
            evidence.whole(source.name, commands.IPSEC, IpsecFlows)
        return judge_flows(flows, source.crypto.ipsec, remote)


class OneHop(PairCheck):
    """A traceroute from LAN to LAN has one hop: the other spoke itself."""

    name = "shortcut-path"
    reads = ("traceroute",)

    def expected(self, pair: Pair) -> str:
        """Say who."""
        return f"1 hop, {pair.target.name} itself"

    def judge(self, traffic: Traffic, pair: Pair) -> Answer:
        """Its tunnel address or one of its LAN addresses."""
        reading = traffic.after.whole(pair.source.name, pair.trace, Traceroute)
        steps = [" or ".join(hop.addresses) or "*" for hop in reading.hops]
        lines = tuple(line for hop in reading.hops for line in hop.lines)
        target = pair.target
        direct = set(map(str, own_addresses(target)))
        holds = len(reading.hops) == 1 and bool(direct & set(reading.hops[0].addresses))
        count = f"{len(steps)} hop" if len(steps) == 1 else f"{len(steps)} hops"
        return Answer(holds, f"{count}: {', '.join(steps)}", lines)


class Redirects:
    """A hub that saw a packet go from spoke to spoke told the spoke so (Traffic Indication).

    The configuration cannot prove it: after the network-id was removed and entered again IOS shows
    `ip nhrp redirect` and sends none. With several hubs the packets went by one of them.
    """

    name: ClassVar[str] = "redirect-active"
    about: ClassVar[str] = "every hub with `ip nhrp redirect`, when spokes are proven with traffic"
    reads: ClassVar[tuple[str, ...]] = (commands.NHRP_TRAFFIC,)
    stands_on: ClassVar[tuple[str, ...]] = ("shortcut-ping",)

    def judge(
        self, cloud: CloudDesign, traffic: Traffic, pairs: Sequence[Pair]
    ) -> Iterator[Verdict]:
        """Compare the hubs' counters before and after, in each family that was tried."""
        for family, side in by_family(cloud).items():
            hubs = [hub for hub in side.hubs if hub.name in traffic.after.outputs]
            tried = [pair for pair in pairs if pair.family == family]
            for hub in (h for h in hubs if tried and h.tunnel.nhrp.redirect):
                yield settle(
                    self.name, hub.name, None, "Traffic Indications sent while spokes talked",
                    partial(self._grown, hub, hubs, traffic, tried),
                    traffic.before, traffic.after, family=family,
                )  # fmt: skip

    def _grown(
        self,
        hub: RouterDesign,
        hubs: Sequence[RouterDesign],
        traffic: Traffic,
        pairs: Sequence[Pair],
    ) -> Answer:
        sent, line = self._sent(hub, traffic)
        if sent > 0:
            return Answer(True, f"{sent} sent", line)
        others = [other for other in hubs if other is not hub and other.tunnel.nhrp.redirect]
        for other in others:
            if (count := self._sent(other, traffic)[0]) > 0:
                return Answer(True, f"none sent, the packets went by {other.name} ({count} sent)")
        if any(v.status is Status.PASS for p in pairs for v in _about(FORMED, traffic, p)):
            return Answer(True, "none counted, but a shortcut was made", line)
        return Answer(False, "none sent; enter `ip nhrp redirect` again on the tunnel", line)

    def _sent(self, hub: RouterDesign, traffic: Traffic) -> tuple[int, tuple[str, ...]]:
        (old, _), (new, line) = (_indications(e, hub) for e in (traffic.before, traffic.after))
        return new - old, line


def _indications(evidence: Evidence, hub: RouterDesign) -> tuple[int, tuple[str, ...]]:
    reading = evidence.whole(hub.name, commands.nhrp_traffic(hub), NhrpTrafficTable)
    for row in reading.traffic:
        if row.interface == hub.tunnel.interface and row.direction == "sent":
            return row.counters.get("traffic_indication", 0), row.lines
    raise NoEvidenceError(f"no counters of {hub.tunnel.interface} on {hub.name}")


class Wire:
    """Where somebody watches the transport (the lab): ESP crossed it meanwhile, no plain GRE."""

    name: ClassVar[str] = "no-plain-gre"
    about: ClassVar[str] = "the transport, in the lab"
    reads: ClassVar[tuple[str, ...]] = ("packet counters of the lab's WAN router",)
    stands_on: ClassVar[tuple[str, ...]] = ()

    def judge(self, pairs: Sequence[Pair], traffic: Traffic) -> Iterator[Verdict]:
        """Compare the counters before and after."""
        if traffic.wire_before is None or traffic.wire_after is None:
            return
        gre = traffic.wire_after.gre - traffic.wire_before.gre
        esp = traffic.wire_after.esp - traffic.wire_before.esp
        protected = all(pair.source.crypto is not None for pair in pairs)
        yield Verdict(
            check=self.name,
            device=TRANSPORT,
            peer=None,
            status=Status.PASS if (esp > 0 and gre == 0 if protected else gre > 0) else Status.FAIL,
            expected="only ESP between the routers while the spokes talk"
            if protected
            else "GRE between the routers: this cloud has no protection",
            actual=f"{esp} ESP packets, {gre} plain GRE packets",
            evidence=traffic.wire_after.lines,
        )


ABSENT = Absent()
FORMED = Formed()
AFTER: tuple[PairCheck, ...] = (Packets(), FORMED, OwnSas(), OneHop())
REDIRECTS = Redirects()
WIRE = Wire()
TRAFFIC_CHECKS: tuple[PairCheck | Redirects | Wire, ...] = (ABSENT, *AFTER, REDIRECTS, WIRE)
"""All checks that need packets between spokes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which of the checks are judged, by name."""

    names: frozenset[str]

    @property
    def any(self) -> bool:
        """Whether packets need to be sent at all."""
        return any(check.name in self.names for check in TRAFFIC_CHECKS)

    def after(self, traffic: Traffic, pairs: Sequence[Pair]) -> list[Verdict]:
        """Return what is judged again and again while packets are sent."""
        todo = [check for check in AFTER if check.name in self.names]
        return [v for pair in pairs for check in todo for v in _about(check, traffic, pair)]

    def verdicts(
        self, cloud: CloudDesign, traffic: Traffic, pairs: Sequence[Pair]
    ) -> Iterator[Verdict]:
        """Yield all verdicts about `pairs`, which were tried."""
        if ABSENT.name in self.names:
            for pair in pairs:
                yield from _about(ABSENT, traffic, pair)
        yield from self.after(traffic, pairs)
        if REDIRECTS.name in self.names:
            yield from REDIRECTS.judge(cloud, traffic, pairs)
        if WIRE.name in self.names:
            yield from WIRE.judge(pairs, traffic)

    def untried(
        self, pairs: Iterable[Pair], broken: Mapping[Family | None, frozenset[str]]
    ) -> Iterator[Verdict]:
        """Yield a verdict for each pair that was not tried; it names the spoke to blame.

        `broken` are the spokes that did not pass, by family.
        """
        if FORMED.name in self.names:
            yield from (_untried(pair, broken[pair.family]) for pair in pairs)


def _untried(pair: Pair, broken: frozenset[str]) -> Verdict:
    ends = (pair.source, pair.target)
    culprit, other = ends if pair.source.name in broken else ends[::-1]
    why = "no packets were sent"
    if culprit.name in broken:
        why = f"{culprit.name} does not pass the checks above"
    return Verdict(
        check=FORMED.name,
        device=culprit.name,
        peer=other.name,
        status=Status.UNKNOWN,
        expected=f"a direct tunnel between {culprit.name} and {other.name} after traffic",
        actual=f"{NOT_TRIED}{why}",
        family=pair.family,
    )


def _about(check: PairCheck, traffic: Traffic, pair: Pair) -> Iterator[Verdict]:
    expected = check.expected(pair)
    if expected is not None:
        source, target = pair.names
        yield settle(
            check.name,
            source,
            target,
            expected,
            lambda: check.judge(traffic, pair),
            traffic.before,
            traffic.after,
            family=pair.family,
        )


def _called(pair: Pair) -> str:
    return "direct tunnel" if pair.source.phase == 2 else "shortcut"


def _covers(entry: NhrpEntry, address: Address) -> bool:
    return ip_address(address) in ip_network(entry.target, strict=False)
