"""What a verification says of the cloud as a picture shows it: routers, tunnels, shortcuts.

A tunnel is up when everything that was judged about its two ends holds; a shortcut likewise. What
was not judged, or could not be, is unknown and never drawn as up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dmvpn_auto.verify.verdict import URGENCY, Status, Verdict, Verification

Ends = frozenset[str]
_SHORTCUT = "shortcut"
_STATES = ("INTF", "IKE", "IPSEC", "NHRP")


@dataclass(frozen=True, slots=True)
class CloudState:
    """The worst verdict about each router, each tunnel (two ends) and each shortcut.

    `alone` counts only verdicts about the router itself, `routers` those about its tunnels as well.
    """

    routers: Mapping[str, Status]
    alone: Mapping[str, Status]
    tunnels: Mapping[Ends, Status]
    shortcuts: Mapping[Ends, Status]
    words: Mapping[str, str]  # router -> the DMVPN state in which one of its tunnels is stuck

    def router(self, name: str) -> Status:
        """Return what is known of a router; unknown when nothing was checked."""
        return self.routers.get(name, Status.UNKNOWN)

    def hub(self, name: str) -> Status:
        """Return what is known of a hub: one spoke that fails is not the hub's failure, all are."""
        own = self._tunnels_of(name)
        everyone = worst(own) if own and len(set(own)) == 1 else Status.PASS
        return worst((self.alone.get(name, Status.UNKNOWN), everyone))

    def tunnels_up(self, name: str) -> str:
        """Return in words how many of a router's tunnels are up."""
        own = self._tunnels_of(name)
        return f"{own.count(Status.PASS)}/{len(own)} tunnels up"

    def _tunnels_of(self, name: str) -> list[Status]:
        return [status for ends, status in self.tunnels.items() if name in ends]

    def tunnel(self, one: str, other: str) -> Status:
        """Return what is known of the tunnel between two routers."""
        return self.tunnels.get(frozenset((one, other)), Status.UNKNOWN)


def worst(statuses: Iterable[Status]) -> Status:
    """Return fail before unknown before pass; unknown when there is none."""
    found = set(statuses)
    return next((status for status in URGENCY if status in found), Status.UNKNOWN)


def cloud_state(verification: Verification) -> CloudState:
    """Fold the verdicts of one run."""
    routers: dict[str, set[Status]] = defaultdict(set)
    alone: dict[str, set[Status]] = defaultdict(set)
    tunnels: dict[Ends, set[Status]] = defaultdict(set)
    shortcuts: dict[Ends, set[Status]] = defaultdict(set)
    words: dict[str, str] = {}
    for verdict in verification.verdicts:
        routers[verdict.device].add(verdict.status)
        if verdict.peer is None:
            alone[verdict.device].add(verdict.status)
            continue
        ends = frozenset((verdict.device, verdict.peer))
        if verdict.check.startswith(_SHORTCUT):
            shortcuts[ends].add(verdict.status)
            continue
        tunnels[ends].add(verdict.status)
        if word := _stuck(verdict):
            words.setdefault(verdict.device, word)
    return CloudState(
        {name: worst(found) for name, found in routers.items()},
        {name: worst(found) for name, found in alone.items()},
        {ends: worst(found) for ends, found in tunnels.items()},
        {ends: worst(found) for ends, found in shortcuts.items()},
        words,
    )


def _stuck(verdict: Verdict) -> str:
    first = verdict.actual.split(maxsplit=1)[0] if verdict.actual else ""
    return first if verdict.status is Status.FAIL and first in _STATES else ""
