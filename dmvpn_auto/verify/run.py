"""One verification: convergence first, then, where tunnels stand, the proof of the shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.verify.checks import CONVERGENCE
from dmvpn_auto.verify.convergence import Progress, converge
from dmvpn_auto.verify.routers import Clock, Routers, Wire
from dmvpn_auto.verify.shortcuts import Selection, prove, select_pairs
from dmvpn_auto.verify.verdict import Status, Verdict, Verification


@dataclass(frozen=True, slots=True)
class Plan:
    """What to verify: the routers (None: all), how long to wait in seconds, which spoke pairs."""

    devices: frozenset[str] | None = None
    timeout: float = 120.0
    pairs: Selection = "ring"


def verify(
    cloud: CloudDesign,
    routers: Routers,
    clock: Clock,
    plan: Plan,
    *,
    wire: Wire | None = None,
    progress: Progress = lambda _: None,
) -> Verification:
    """Compare the routers with the design until all holds or the deadline has passed.

    The deadline applies to convergence and, once more, to the shortcuts.
    """
    started = clock.now()
    everyone = frozenset(router.name for router in cloud.routers)
    devices = everyone if plan.devices is None else plan.devices & everyone
    verdicts, evidence = converge(
        CONVERGENCE,
        cloud,
        routers,
        devices=devices,
        timeout=plan.timeout,
        clock=clock,
        progress=progress,
    )
    shortcuts = prove(
        select_pairs(cloud, devices, plan.pairs),
        _broken(verdicts, cloud),
        routers,
        wire,
        timeout=plan.timeout,
        clock=clock,
        progress=lambda found: progress([*verdicts, *found]),
    )
    return Verification(
        cloud=cloud.name,
        verdicts=(*verdicts, *shortcuts),
        unreachable=evidence.unreachable,
        seconds=clock.now() - started,
    )


def _broken(verdicts: Sequence[Verdict], cloud: CloudDesign) -> frozenset[str]:
    """Return the spokes that did not pass; a verdict about a hub and a spoke is the spoke's."""
    hubs = {hub.name for hub in cloud.hubs}
    names: set[str] = set()
    for verdict in verdicts:
        if verdict.status is Status.PASS or verdict.check == "unexpected-peers":
            continue
        concerned = {verdict.device, *filter(None, [verdict.peer])}
        names |= concerned - hubs or {spoke.name for spoke in cloud.spokes}
    return frozenset(names)
