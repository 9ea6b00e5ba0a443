"""One verification: look until the cloud holds, send packets between spokes, then judge.

Looking gives a `Recording`; the verdicts come from it alone, so a recording that was kept gives the
same ones again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dmvpn_auto.design.types import CloudDesign, Family, RouterDesign
from dmvpn_auto.verify.check import Check, Config, judge, waived
from dmvpn_auto.verify.checks import CONVERGENCE
from dmvpn_auto.verify.checks.tunnel import Configuration
from dmvpn_auto.verify.convergence import Progress, converge
from dmvpn_auto.verify.pairs import Pair, Selection, select_pairs
from dmvpn_auto.verify.recording import Recording, Traffic
from dmvpn_auto.verify.routers import Clock, HiddenSecrets, Routers, Wire, gather
from dmvpn_auto.verify.scope import by_family
from dmvpn_auto.verify.shortcuts import TRAFFIC_CHECKS, Chosen
from dmvpn_auto.verify.traffic import send_packets
from dmvpn_auto.verify.verdict import Status, Verdict, Verification

ALL: frozenset[str] = frozenset(check.name for check in (*CONVERGENCE, *TRAFFIC_CHECKS))
"""The names of all checks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to verify: the routers (None: all), how long to wait in seconds, which spoke pairs.

    `checks` are the names of those to judge. `also` gives further commands to keep the output of.
    """

    devices: frozenset[str] | None = None
    timeout: float = 120.0
    pairs: Selection = "ring"
    checks: frozenset[str] = ALL
    also: Callable[[RouterDesign], Sequence[str]] | None = None


def verify(
    cloud: CloudDesign,
    routers: Routers,
    clock: Clock,
    plan: Plan,
    *,
    wire: Wire | None = None,
    progress: Progress = lambda _: None,
    config: Config | None = None,
) -> Verification:
    """Compare the routers with the design until all holds or the deadline has passed.

    The deadline applies to convergence and, once more, to the shortcuts. `config` gives what the
    routers shall run; without it the running configurations are not read.
    """
    seen = look(cloud, routers, clock, plan, wire=wire, progress=progress, config=config)
    return conclude(cloud, seen, checks=plan.checks, config=config)


def look(
    cloud: CloudDesign,
    routers: Routers,
    clock: Clock,
    plan: Plan,
    *,
    wire: Wire | None = None,
    progress: Progress = lambda _: None,
    config: Config | None = None,
) -> Recording:
    """Return what the routers show once all holds or the deadline has passed."""
    started = clock.now()
    routers = HiddenSecrets(routers)
    everyone = {router.name: router for router in cloud.routers}
    devices = frozenset(everyone) & (plan.devices if plan.devices is not None else set(everyone))
    verdicts, rest = converge(
        _at_rest(plan.checks, config),
        cloud,
        routers,
        devices=devices,
        timeout=plan.timeout,
        clock=clock,
        progress=progress,
        config=config,
    )
    if plan.also:
        more = {
            name: [c for c in plan.also(everyone[name]) if c not in rest.outputs.get(name, {})]
            for name in everyone
            if name in devices and name not in rest.unreachable
        }
        rest = gather(routers, more).merged(rest)
    chosen = Chosen(plan.checks)
    pairs = select_pairs(cloud, devices, plan.pairs) if chosen.any else []
    ready = _ready(pairs, _broken(verdicts, cloud))
    traffic: Traffic | None = None
    if ready:

        def holds(seen: Traffic) -> bool:
            found = chosen.after(seen, ready)
            progress([*verdicts, *found])
            return all(waived(verdict, cloud).status in _FINE for verdict in found)

        traffic = send_packets(
            cloud, ready, routers, wire, devices=devices, timeout=plan.timeout, clock=clock,
            holds=holds,
        )  # fmt: skip
    return Recording(
        cloud=cloud.name,
        devices=tuple(name for name in everyone if name in devices),
        rest=rest,
        traffic=traffic,
        pairs=plan.pairs if pairs else "none",
        seconds=clock.now() - started,
    )


def conclude(
    cloud: CloudDesign,
    seen: Recording,
    *,
    checks: frozenset[str] = ALL,
    devices: Iterable[str] | None = None,
    config: Config | None = None,
) -> Verification:
    """Judge a recording; `devices` leaves out the other ones."""
    asked = frozenset(seen.devices) & frozenset(seen.devices if devices is None else devices)
    verdicts = list(judge(_at_rest(checks, config), cloud, seen.rest, asked, config))
    chosen = Chosen(checks)
    tried = frozenset(seen.traffic.tried) if seen.traffic else frozenset()
    pairs = select_pairs(cloud, seen.devices, seen.pairs)
    pairs = [pair for pair in pairs if asked.issuperset(pair.names)]
    done = [pair for pair in pairs if pair.key in tried]
    found: list[Verdict] = []
    if seen.traffic and done:
        found += chosen.verdicts(cloud, seen.traffic, done)
    broken = _broken(verdicts, cloud)
    found += chosen.untried((pair for pair in pairs if pair.key not in tried), broken)
    return Verification(
        cloud=cloud.name,
        verdicts=(*verdicts, *(waived(verdict, cloud) for verdict in found)),
        unreachable=tuple(name for name in seen.rest.unreachable if name in asked),
        seconds=seen.seconds,
    )


def _at_rest(names: frozenset[str], config: Config | None) -> Sequence[Check]:
    """Return the checks by name; without rendered configurations there is none to compare."""
    left = names if config else names - {Configuration.name}
    return [check for check in CONVERGENCE if check.name in left]


_Broken = Mapping[Family | None, frozenset[str]]


def _ready(pairs: Sequence[Pair], broken: _Broken) -> list[Pair]:
    return [pair for pair in pairs if broken[pair.family].isdisjoint(pair.names)]


_FINE = {Status.PASS, Status.WAIVED}
_NO_BAR = frozenset(check.name for check in CONVERGENCE if not check.bars)


def _broken(verdicts: Sequence[Verdict], cloud: CloudDesign) -> _Broken:
    """Return by family the spokes that did not pass; a verdict about a hub and a spoke is the
    spoke's, what the families share is of each.
    """
    hubs = {hub.name for hub in cloud.hubs}
    names: dict[Family | None, set[str]] = {family: set() for family in by_family(cloud)}
    for verdict in verdicts:
        if verdict.status in _FINE or verdict.check in _NO_BAR:
            continue
        concerned = {verdict.device, *filter(None, [verdict.peer])}
        spokes = concerned - hubs or {spoke.name for spoke in cloud.spokes}
        for family in names if verdict.family is None else [verdict.family]:
            names[family] |= spokes
    return {family: frozenset(found) for family, found in names.items()}
