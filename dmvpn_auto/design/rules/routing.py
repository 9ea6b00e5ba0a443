"""Rules about the overlay in general: what each phase needs, summaries, recursion."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.design.facts import families, told, transport
from dmvpn_auto.design.igp import classful
from dmvpn_auto.design.rules.base import ERROR, WARNING, Breach, Place, Rule, View
from dmvpn_auto.design.types import ALL_ONES, Family, Network, RouterDesign, family_of
from dmvpn_auto.design.types import Rip as RipDesign
from dmvpn_auto.models import Transport
from dmvpn_auto.models.overlay import Ebgp, EigrpClassic, Ibgp, Odr, Ospf, Rip, Static
from dmvpn_auto.models.provider import ProviderBgp, ProviderStatic

_MANY_STATIC = 100
_MANY_RIP = 50


class PhaseTwoSummary(Rule):
    """In Phase 2 a spoke resolves the next hop of a route; of a summary that is the hub, and
    traffic stays there for good.
    """

    id = "phase2-summary"
    fix = "set overlay.to_spokes: specific, or phase: 3"
    source = "Cisco, Dynamic Multipoint VPN, Phase 2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a summary or default towards Phase 2 spokes."""
        if cloud.intent.phase != 2 or told(cloud.intent) == "specific":
            return
        message = f"Phase 2 spokes are told a {told(cloud.intent)}, so they never talk directly"
        if cloud.intent.overlay.to_spokes:
            yield Breach(("overlay", "to_spokes"), message)
        else:
            for at in _given_summaries(cloud):
                yield Breach(at, message)


def _given_summaries(cloud: View) -> Iterator[Place]:
    if cloud.intent.overlay.summaries:
        yield "overlay", "summaries"
    for name, hub in cloud.intent.hubs.items():
        if hub.summaries:
            yield "hubs", name, "summaries"


class SummaryMissing(Rule):
    """Spokes that are to learn a summary learn nothing when there is none."""

    id = "summary-missing"
    fix = "list the prefixes under overlay.summaries (or `summaries` of each hub)"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for to_spokes: summary without one."""
        if told(cloud.intent) != "summary" or isinstance(cloud.intent.overlay, Odr):
            return
        for name, hub in cloud.intent.hubs.items():
            own = cloud.intent.overlay.summaries if hub.summaries is None else hub.summaries
            told_of = {family_of(summary.network_address) for summary in own}
            for family in families(cloud.intent):
                if family not in told_of:
                    which = "" if family == "ipv4" else "IPv6 "
                    yield Breach(("hubs", name), f"{name} has no {which}summary to tell its spokes")


class SummaryUnused(Rule):
    """A summary is told to nobody when spokes learn something else."""

    id = "summary-unused"
    severity = WARNING
    fix = "set overlay.to_spokes: summary, or take the summaries out"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for summaries that are not told."""
        if isinstance(cloud.intent.overlay, Ospf):
            return
        if told(cloud.intent) != "summary":
            message = f"summaries are given, but spokes are told: {told(cloud.intent)}"
            for at in _given_summaries(cloud):
                yield Breach(at, message)


class RegionalSummary(Rule):
    """A regional hub that tells its own spokes the summary of the whole cloud draws the traffic of
    other regions into its own.
    """

    id = "regional-summary"
    severity = WARNING
    fix = "set `summaries` of each regional hub to the prefixes of its region"
    source = "Cisco, Dynamic Multipoint VPN, Phase 3 hierarchy"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for regional hubs without summaries of their own."""
        if told(cloud.intent) != "summary":
            return
        for name, hub in cloud.intent.hubs.items():
            if hub.upstream and hub.summaries is None:
                yield Breach(("hubs", name), f"regional hub {name} has no summaries of its own")


class SpokeOutsideSummary(Rule):
    """A prefix that no summary covers is unknown to the spokes, or one more route on each of them.

    Static routes and the filter of several hubs with BGP tell the summary alone. EIGRP, RIP and one
    hub with BGP suppress what a summary covers and tell the rest beside it.
    """

    id = "summary-coverage"
    severity = WARNING
    fix = "widen overlay.summaries, or correct the prefix"
    source = "routing by longest match"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare every prefix with all summaries of all hubs."""
        if told(cloud.intent) != "summary":
            return
        given = [cloud.intent.overlay.summaries]
        given += [hub.summaries for hub in cloud.intent.hubs.values() if hub.summaries]
        covers: dict[Family, list[tuple[int, int]]] = {"ipv4": [], "ipv6": []}
        for summary in (one for some in given for one in some):
            covers[family_of(summary.network_address)].append(
                (int(summary.network_address), int(summary.broadcast_address))
            )
        if not any(covers.values()):
            return
        alone = isinstance(cloud.intent.overlay, Static) or any(
            getattr(one, "only", None) for hub in cloud.design.hubs for one in hub.overlays
        )
        for router in cloud.design.routers:
            both: dict[Family, tuple[Network, ...]] = {
                "ipv4": router.lan_prefixes,
                "ipv6": router.lan_ipv6_prefixes,
            }
            for family, prefixes in both.items():
                for at, prefix in _not_covered(
                    cloud, router, prefixes, covers[family], ALL_ONES[family]
                ):
                    then = "do not learn it" if alone else "learn it beside"
                    message = f"{prefix} of {router.name} is in no summary: spokes {then}"
                    yield Breach(at, message)


def _not_covered(
    cloud: View,
    router: RouterDesign,
    prefixes: tuple[Network, ...],
    covers: list[tuple[int, int]],
    whole: int,
) -> Iterator[tuple[Place, Network]]:
    for prefix in prefixes:
        number = int(prefix.network_address)
        last = number | whole >> prefix.prefixlen
        if not any(low <= number and last <= high for low, high in covers):
            section = "hubs" if router.name in cloud.intent.hubs else "spokes"
            yield (section, router.name, "lan"), prefix


class DefaultThroughTunnel(Rule):
    """A default route through the tunnel replaces the one that leads to the tunnel's own ends,
    unless a front-door VRF keeps them apart.

    Where the cloud itself gives the WAN its default route, there are two in one table for certain,
    and the worse one is never used: with that of DHCP (distance 254) the tunnel's packets go into
    the tunnel, with a static one (distance 1) the overlay's is never taken.
    """

    id = "default-route-recursion"
    severity = WARNING
    fix = "set transport.front_vrf, or host routes to the hubs' NBMA addresses"
    source = "recursive routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a default towards spokes without a front-door VRF."""
        default = told(cloud.intent) == "default" or isinstance(cloud.intent.overlay, Odr)
        same = transport(cloud.intent) in families(cloud.intent)
        if default and same and cloud.intent.transport.front_vrf is None:
            severe = ERROR if _default_alone(cloud.intent.transport) else None
            what = "spokes get a default route in the table of the underlay"
            yield Breach(("overlay",), what, severe)


def _default_alone(underlay: Transport) -> bool:
    """Whether a default route is all that the WAN is known to have."""
    provider = underlay.provider
    if isinstance(provider, ProviderBgp):
        return underlay.manage and provider.accept == "default"
    return underlay.manage and isinstance(provider, ProviderStatic | None)


class RecursiveRouting(Rule):
    """A prefix of the overlay that covers a router's NBMA address leads the tunnel's packets into
    the tunnel; on multipoint tunnels IOS does not even report it.
    """

    id = "overlay-covers-nbma"
    fix = "set transport.front_vrf, or correct the prefix"
    source = "measured: point-to-point tunnels log %TUN-5-RECURDOWN, multipoint ones nothing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all prefixes and summaries with all static NBMA addresses."""
        if cloud.intent.transport.front_vrf is not None:
            return
        carrier = transport(cloud.intent)
        numbers = sorted(
            (int(router.nbma_address), router.name)
            for router in cloud.design.routers
            if router.nbma_address and family_of(router.nbma_address) == carrier
        )
        yield from _summaries_over(cloud, numbers, carrier)
        yield from _prefixes_over(cloud, numbers, carrier)


def _summaries(cloud: View) -> Iterator[tuple[Place, Network]]:
    for summary in cloud.intent.overlay.summaries:
        yield ("overlay", "summaries"), summary
    for name, hub in cloud.intent.hubs.items():
        for summary in hub.summaries or ():
            yield ("hubs", name, "summaries"), summary


def _summaries_over(
    cloud: View, numbers: list[tuple[int, str]], carrier: Family
) -> Iterator[Breach]:
    for at, summary in _summaries(cloud) if told(cloud.intent) == "summary" else ():
        if family_of(summary.network_address) != carrier:
            continue
        low, high = int(summary.network_address), int(summary.broadcast_address)
        inside = [name for number, name in numbers if low <= number <= high]
        if inside:
            yield Breach(at, f"summary {summary} covers the NBMA address of {inside[0]}")


def _prefixes_over(
    cloud: View, numbers: list[tuple[int, str]], carrier: Family
) -> Iterator[Breach]:
    whole = ALL_ONES[carrier]
    for router in cloud.design.routers:
        for prefix in router.lan_prefixes if carrier == "ipv4" else router.lan_ipv6_prefixes:
            number = int(prefix.network_address)
            index = bisect_left(numbers, (number, ""))
            if index < len(numbers) and numbers[index][0] <= number | whole >> prefix.prefixlen:
                section = "hubs" if router.name in cloud.intent.hubs else "spokes"
                at = (section, router.name, "lan")
                yield Breach(at, f"{prefix} covers the NBMA address of {numbers[index][1]}")


class OdrPhase(Rule):
    """On-demand routing gives spokes a default route to the hub and nothing of each other."""

    id = "odr-phase2"
    fix = "use another overlay, or phase: 1"
    source = "Cisco, On-Demand Routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Refuse Phase 2, warn of Phase 3."""
        if not isinstance(cloud.intent.overlay, Odr) or cloud.intent.phase == 1:
            return
        severe = WARNING if cloud.intent.phase == 3 else None
        yield Breach(("overlay", "kind"), f"ODR in Phase {cloud.intent.phase}", severe)


class ManyStaticRoutes(Rule):
    """Static routes to every prefix must be changed on every router for every site."""

    id = "static-scale"
    severity = WARNING
    fix = "tell spokes a summary, or use BGP or EIGRP"
    source = "operations"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the routes of the busiest router."""
        if not isinstance(cloud.intent.overlay, Static):
            return
        most = max(len(getattr(r.overlay, "routes", ())) for r in cloud.design.routers)
        if most > _MANY_STATIC:
            yield Breach(("overlay", "kind"), f"up to {most} static routes on one router")


class StaticOneHub(Rule):
    """A static route has one next hop; when that hub fails, its spokes are cut off although they
    are registered with another.
    """

    id = "static-one-hub"
    severity = WARNING
    fix = "use BGP or EIGRP with several hubs, or two clouds with floating routes"
    source = "static routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for spokes with several hubs and static routes."""
        if not isinstance(cloud.intent.overlay, Static):
            return
        several = [r for r in cloud.design.spokes if len(r.tunnel.nhrp.nhs) > 1]
        if several:
            first = several[0]
            message = f"{first.name} has its routes through {first.tunnel.nhrp.nhs[0].hub} alone"
            yield Breach(("overlay", "kind"), message)


class RipSummary(Rule):
    """RIP of IOS summarises inside an address class: a mask shorter than that of the class is
    refused ("Summary mask must be greater or equal to major net").
    """

    id = "rip-summary-classful"
    fix = "tell one summary per class A, B or C network, or use BGP or EIGRP"
    source = "Cisco, IP Routing: RIP, IP Summary Address for RIPv2: supernets are not supported"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the mask of each summary with that of its class."""
        if not isinstance(cloud.intent.overlay, Rip) or told(cloud.intent) != "summary":
            return
        for at, summary in _summaries(cloud):
            if isinstance(summary, IPv4Network) and classful(summary).prefixlen > summary.prefixlen:
                yield Breach(at, f"RIP cannot tell {summary}, a summary of whole classes")


class RipClass(Rule):
    """RIP runs on, and tells of, every interface in the address class of a prefix; where the WAN is
    one of them, spokes learn the way to the tunnel's own end through the tunnel.
    """

    id = "rip-announces-wan"
    fix = "set transport.front_vrf, or use another overlay"
    source = "RFC 2453 section 3; Cisco, IP Routing: RIP, network"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the networks of RIP with all NBMA addresses of the same routers."""
        if cloud.intent.transport.front_vrf is not None:
            return
        for router in cloud.design.routers:
            nbma, overlay = router.nbma_address, router.overlay
            if isinstance(nbma, IPv4Address) and isinstance(overlay, RipDesign):
                for network in overlay.networks:
                    if nbma in network:
                        section = "hubs" if router.name in cloud.intent.hubs else "spokes"
                        message = f"RIP of {router.name} runs in {network}, where its WAN is"
                        yield Breach((section, router.name, "nbma"), message)


class LargeRip(Rule):
    """RIP sends its whole table to everybody every 30 seconds."""

    id = "rip-scale"
    severity = WARNING
    fix = "use BGP or EIGRP"
    source = "RFC 2453"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Count the spokes."""
        if isinstance(cloud.intent.overlay, Rip) and len(cloud.intent.spokes) > _MANY_RIP:
            yield Breach(("overlay", "kind"), f"RIP with {len(cloud.intent.spokes)} spokes")


class InsideVrf(Rule):
    """An overlay in an inside VRF needs a protocol that is configured per VRF, and BGP needs the
    route distinguisher.
    """

    id = "inside-vrf-overlay"
    fix = "use ibgp, ebgp, ospf, eigrp-named or static with an inside VRF; set transport.inside_rd"
    source = "Cisco, MPLS and VRF configuration guides"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the protocol, the route distinguisher and the name."""
        transport, overlay = cloud.intent.transport, cloud.intent.overlay
        if transport.inside_vrf is None:
            return
        if isinstance(overlay, EigrpClassic | Rip | Odr):
            yield Breach(("overlay", "kind"), f"{overlay.kind} is not rendered for an inside VRF")
        if isinstance(overlay, Ibgp | Ebgp) and transport.inside_rd is None:
            yield Breach(("transport",), "BGP in an inside VRF needs inside_rd")
        if transport.inside_vrf == transport.front_vrf:
            at = ("transport", "inside_vrf")
            yield Breach(at, "inside and front-door VRF are one, which keeps nothing apart")


RULES: tuple[type[Rule], ...] = (
    PhaseTwoSummary,
    SummaryMissing,
    SummaryUnused,
    RegionalSummary,
    SpokeOutsideSummary,
    DefaultThroughTunnel,
    RecursiveRouting,
    OdrPhase,
    ManyStaticRoutes,
    StaticOneHub,
    RipSummary,
    RipClass,
    LargeRip,
    InsideVrf,
)
