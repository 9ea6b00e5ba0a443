"""Rules about BGP in the tunnel."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.bgp import allowas_in, listen_limit
from dmvpn_auto.design.facts import Facts, families, told
from dmvpn_auto.design.rules.base import ERROR, INFO, WARNING, Breach, Rule, View
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.design.types import EbgpHub, IbgpReflector
from dmvpn_auto.models.overlay import Ebgp, Ibgp

_MANY_SESSIONS = 2000


class BgpTimers(Rule):
    """A hold time below three keepalives ends sessions after a lost packet or two."""

    id = "bgp-timers"
    severity = WARNING
    fix = "make overlay.holdtime three times overlay.keepalive"
    source = "RFC 4271 section 4.4"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ibgp | Ebgp):
            return
        if overlay.holdtime < 3 * overlay.keepalive:
            severe = ERROR if overlay.holdtime <= overlay.keepalive else None
            message = f"keepalive {overlay.keepalive} s, holdtime {overlay.holdtime} s"
            yield Breach(("overlay", "holdtime"), message, severe)


class ListenLimit(Rule):
    """A hub that has as many neighbors as its limit refuses further ones without a word."""

    id = "bgp-listen-limit"
    severity = WARNING
    fix = "raise overlay.listen_limit above the number of spokes (at most 5000), or add hubs"
    source = "Cisco, BGP Dynamic Neighbors (refused without a message)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the limit with the number of spokes."""
        overlay = cloud.intent.overlay
        dynamic = isinstance(overlay, Ibgp) or (isinstance(overlay, Ebgp) and overlay.spoke_asn)
        if not dynamic or not isinstance(overlay, Ibgp | Ebgp):
            return
        limit = listen_limit(Facts(cloud.design.name, cloud.intent, {}), overlay)
        each, spokes = len(families(cloud.intent)), len(cloud.intent.spokes)
        if limit < spokes * each:
            at = ("overlay", "listen_limit" if overlay.listen_limit else "kind")
            twice = " with two sessions each" if each > 1 else ""
            yield Breach(at, f"bgp listen limit {limit}, but {spokes} spokes{twice}")


class EbgpAsn(Rule):
    """External BGP needs an AS for every spoke, other than that of the hubs."""

    id = "ebgp-asn"
    fix = "set overlay.spoke_asn for all spokes, or `asn` at each; `asn` at each regional hub"
    source = "RFC 4271"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for spokes without an AS, with two, or with the hubs'."""
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ebgp):
            for section, name, router in members(cloud):
                if router.asn:
                    at = (section, name, "asn")
                    yield Breach(at, f"{name} has an AS, but the overlay is {overlay.kind}")
            return
        yield from _regional_asns(cloud, overlay)
        taken = {overlay.hub_asn, *(hub.asn for hub in cloud.intent.hubs.values())}
        if overlay.spoke_asn == overlay.hub_asn:
            yield Breach(("overlay", "spoke_asn"), "hubs and spokes have one AS; that is ibgp")
        for name, spoke in cloud.intent.spokes.items():
            if not spoke.asn and not overlay.spoke_asn:
                yield Breach(("spokes", name), f"{name} has no AS")
            elif spoke.asn and overlay.spoke_asn:
                yield Breach(("spokes", name, "asn"), f"{name} has an AS beside overlay.spoke_asn")
            elif spoke.asn and spoke.asn in taken:
                yield Breach(("spokes", name, "asn"), f"{name} has the AS of the hubs")


def _regional_asns(cloud: View, overlay: Ebgp) -> Iterator[Breach]:
    for name, hub in cloud.intent.hubs.items():
        at = ("hubs", name, "asn")
        if hub.upstream and not hub.asn:
            yield Breach(("hubs", name), f"regional hub {name} has no AS of its own")
        elif hub.asn and not hub.upstream:
            yield Breach(at, f"{name} is no regional hub, and top hubs have AS {overlay.hub_asn}")
        elif hub.asn and hub.asn in (overlay.hub_asn, overlay.spoke_asn):
            whose = "top hubs" if hub.asn == overlay.hub_asn else "spokes"
            yield Breach(at, f"regional hub {name} has the AS of the {whose}")


class EbgpLoop(Rule):
    """Spokes of one AS refuse each other's prefixes, as their own AS is in the path."""

    id = "ebgp-same-as"
    fix = "leave overlay.allowas_in out, tell spokes a summary or default, or give each its own AS"
    source = "RFC 4271 section 9.1.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for one AS, specific prefixes and no allowas-in."""
        overlay = cloud.intent.overlay
        if (
            not isinstance(overlay, Ebgp)
            or not overlay.spoke_asn
            or told(cloud.intent) != "specific"
            or cloud.intent.phase == 0
        ):
            return
        if not allowas_in(Facts(cloud.design.name, cloud.intent, {}), overlay):
            yield Breach(("overlay", "allowas_in"), f"all spokes have AS {overlay.spoke_asn}")


class ManyHubSessions(Rule):
    """A hub carries each spoke's session, hellos and keys; there is an end to that."""

    id = "hub-scale"
    severity = INFO
    fix = "add hubs and let spokes name theirs, or build regions"
    source = "operations"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the spokes of each hub."""
        for hub in cloud.design.hubs:
            if isinstance(hub.overlay, IbgpReflector | EbgpHub):
                clients = sum(
                    any(nhs.hub == hub.name for nhs in spoke.tunnel.nhrp.nhs)
                    for spoke in cloud.design.spokes
                )
                if clients > _MANY_SESSIONS:
                    yield Breach(("hubs", hub.name), f"{hub.name} has {clients} spokes")


RULES: tuple[type[Rule], ...] = (
    BgpTimers,
    ListenLimit,
    EbgpAsn,
    EbgpLoop,
    ManyHubSessions,
)
