"""Which routers are changed together, and in which order.

Hubs before spokes, because what is added at a hub waits for its clients; a hub that only loses
lines comes last. Never two hubs of one spoke at a time. Two kinds of change need both ends:

- *paired*: keys and proposals act when a session is negotiated anew. Existing tunnels live on, so a
  hub goes first, on trust, and its first spoke proves it: both are confirmed together or go back
  together.
- *flag day*: a tunnel key, NHRP authentication, tunnel mode or protection acts at once, and both
  ends must have the same. All routers go in one wave, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dmvpn_auto.design.types import CloudDesign, Role, RouterDesign
from dmvpn_auto.errors import UsageError
from dmvpn_auto.rollout.plan import Plan
from dmvpn_auto.rollout.policy import Policy

_AT_ONCE = re.compile(r"(?:tunnel (?:key|mode|protection|vrf)|ip(?:v6)? nhrp authentication)\b")
_NEGOTIATED = re.compile(r"crypto (?:ikev2|isakmp|ipsec|keyring)\b")
_TUNNEL = re.compile(r"interface Tunnel")


class Kind(StrEnum):
    """What the two ends of a tunnel have to do with a change."""

    PLAIN = "plain"
    PAIRED = "paired"
    FLAG_DAY = "flag day"


@dataclass(frozen=True, slots=True)
class Wave:
    """Routers that are confirmed together, in stages that follow each other.

    With `together` they are verified only after the last stage, else after each.
    """

    title: str
    stages: tuple[tuple[str, ...], ...]
    together: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All routers, in the order in which they are changed."""
        return tuple(name for stage in self.stages for name in stage)

    @property
    def bound(self) -> bool:
        """Whether all are kept or none."""
        return self.together or len(self.stages) > 1

    def without(self, done: Iterable[str]) -> Wave:
        """Return what is left of the wave when some routers are done."""
        gone = set(done)
        stages = (tuple(name for name in stage if name not in gone) for stage in self.stages)
        return Wave(self.title, tuple(stage for stage in stages if stage), self.together)


def kind(plan: Plan) -> Kind:
    """Return what a change of a standing tunnel is; one of a tunnel that is made is plain."""
    found = Kind.PLAIN
    path: list[str] = []
    for delta in plan.change.deltas:
        del path[delta.depth :]
        path.append(delta.text)
        top = path[0]
        if delta.mark == " ":
            continue
        if _TUNNEL.match(top) and top in plan.running and _AT_ONCE.match(delta.text):
            return Kind.FLAG_DAY
        if _NEGOTIATED.match(top) and any(_TUNNEL.match(line) for line in plan.running):
            found = Kind.PAIRED
    return found


def arrange(
    plans: Mapping[str, Plan], design: CloudDesign, policy: Policy, workers: int
) -> tuple[Wave, ...]:
    """Return the waves for the routers that have something to do; `workers` at most in one.

    Raises UsageError for more routers than the policy allows, and for a flag day that nobody
    allowed.
    """
    todo = {name: plan for name, plan in plans.items() if plan}
    if policy.max_devices is not None and len(todo) > policy.max_devices:
        raise UsageError(
            f"{len(todo)} routers would be changed, {policy.max_devices} are allowed",
            stage="deploy",
            hint="choose some with --limit, or raise --max-devices",
        )
    routers = [router for router in design.routers if router.name in todo]
    hubs = [router for router in routers if router.role is Role.HUB]
    spokes = [router for router in routers if router.role is Role.SPOKE]
    kinds = {router.name: kind(todo[router.name]) for router in routers}
    shared = {kinds[hub.name] for hub in hubs} & {kinds[spoke.name] for spoke in spokes}
    if Kind.FLAG_DAY in shared:
        return (_flag_day(todo, hubs, spokes, policy),)
    below = list(_batches(spokes, policy, workers))
    above = list(_one_at_a_time(hubs, design))
    if hubs and all(_only_removes(todo[hub.name]) for hub in hubs):
        return (*below, *above)
    if Kind.PAIRED in shared and above and spokes:
        first = _client_of(above[0].names, spokes)
        pair = Wave(f"{above[0].title} and its first spoke", (*above[0].stages, (first,)))
        rest = (wave.without({first}) for wave in below)
        return (pair, *above[1:], *(wave for wave in rest if wave.stages))
    return (*above, *below)


def clients(design: CloudDesign, hub: str) -> frozenset[str]:
    """Return the routers that register with `hub`."""
    return frozenset(
        router.name
        for router in design.routers
        if any(nhs.hub == hub for nhs in router.tunnel.nhrp.nhs)
    )


def _flag_day(
    todo: Mapping[str, Plan],
    hubs: Sequence[RouterDesign],
    spokes: Sequence[RouterDesign],
    policy: Policy,
) -> Wave:
    if not policy.flag_day:
        raise UsageError(
            "a tunnel key, NHRP authentication, tunnel mode or protection changes at hub and "
            "spokes: it acts at once and both ends must have the same, so all tunnels are down "
            "from the first router to the last",
            stage="deploy",
            hint="--flag-day changes all routers in one wave, which goes back together if one "
            "fails; choose the hour",
        )
    above = tuple(hub.name for hub in hubs)
    below = tuple(spoke.name for spoke in spokes)
    in_band = any(todo[name].in_band for name in below)
    return Wave("flag day", (below, above) if in_band else (above, below), together=True)


def _one_at_a_time(hubs: Sequence[RouterDesign], design: CloudDesign) -> Iterator[Wave]:
    """Yield waves of hubs of which no router has two."""
    served = {hub.name: clients(design, hub.name) | {hub.name} for hub in hubs}
    waves: list[list[str]] = []
    for hub in hubs:
        free = (w for w in waves if all(not served[hub.name] & served[name] for name in w))
        wave = next(free, None)
        if wave is None:
            waves.append([hub.name])
        else:
            wave.append(hub.name)
    for names in waves:
        yield Wave("hub" if len(names) == 1 else "hubs", (tuple(names),))


def _batches(spokes: Sequence[RouterDesign], policy: Policy, workers: int) -> Iterator[Wave]:
    names = [spoke.name for spoke in spokes]
    canary = names[: policy.canary] if len(names) > policy.canary else []
    if canary:
        yield Wave("canary", (tuple(canary),))
    rest = spokes[len(canary) :]
    if policy.by == "size":
        size = float(policy.batch)
        while rest:
            count = min(int(size), workers)
            yield Wave("batch", (tuple(spoke.name for spoke in rest[:count]),))
            rest = rest[count:]
            size *= policy.growth
        return
    labelled: dict[str, list[str]] = {}
    for spoke in rest:
        labelled.setdefault(_label(spoke, policy.by), []).append(spoke.name)
    for label, found in labelled.items():
        for start in range(0, len(found), workers):
            yield Wave(label or "batch", (tuple(found[start : start + workers]),))


def _label(spoke: RouterDesign, by: str) -> str:
    if by == "hub":
        return next((f"spokes of {nhs.hub}" for nhs in spoke.tunnel.nhrp.nhs), "")
    name = spoke.site if by == "site" else spoke.group
    return f"{by} {name}" if name else ""


def _client_of(hubs: Iterable[str], spokes: Sequence[RouterDesign]) -> str:
    wanted = set(hubs)
    served = (s for s in spokes if any(nhs.hub in wanted for nhs in s.tunnel.nhrp.nhs))
    return next(served, spokes[0]).name


def _only_removes(plan: Plan) -> bool:
    return all(delta.mark in "- " for delta in plan.change.deltas)
