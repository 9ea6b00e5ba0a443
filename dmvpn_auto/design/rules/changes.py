"""Rules about a change: what the way to a configuration does, which the configuration does not say.

A plan asks `check_change` and tells the findings with its notes; it does not refuse for them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator

from dmvpn_auto.design.rules.base import WARNING, Breach, Described
from dmvpn_auto.design.types import Finding, RouterDesign


class ChangeRule(Described, ABC):
    """A rule about what a change takes away from a router."""

    @abstractmethod
    def judge(self, router: RouterDesign, removed: Collection[str]) -> Iterator[Breach]:
        """Yield what is to be known of a change that takes the lines `removed` away."""

    def findings(self, router: RouterDesign, removed: Collection[str]) -> Iterator[Finding]:
        """Yield the breaches as findings."""
        return (self._finding(breach) for breach in self.judge(router, removed))


class NetworkIdReadded(ChangeRule):
    """A hub whose NHRP network id was taken away sends no redirects, although it still shows
    `ip nhrp redirect`, so that Phase 3 spokes talk through it for good.

    The plan types `ip nhrp redirect` again after the network id. Whoever changes the id by hand
    has to do the same.
    """

    id = "network-id-readded"
    severity = WARNING
    fix = "see that redirects leave the hub afterwards: show ip nhrp traffic"
    source = "measured on IOS-XE 17.15: displayed and without effect until typed again"

    def judge(self, router: RouterDesign, removed: Collection[str]) -> Iterator[Breach]:
        """Look for the id among the lines that go, where the router redirects."""
        gone = [line for line in removed if line.startswith("ip nhrp network-id ")]
        if gone and router.tunnel.nhrp.redirect:
            yield Breach(
                ("hubs", router.name),
                f"{gone[0]} goes: redirects are off until `ip nhrp redirect` is typed again, "
                "which this plan does",
            )


RULES: tuple[type[ChangeRule], ...] = (NetworkIdReadded,)
