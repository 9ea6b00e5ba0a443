"""iBGP and eBGP as overlay: reflectors, clients, listen ranges, what spokes are told."""

from __future__ import annotations

from dmvpn_auto.design import mpls
from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.types import (
    EbgpHub,
    EbgpSpoke,
    EbgpSpokeSession,
    IbgpClient,
    IbgpReflector,
    PrefixList,
)
from dmvpn_auto.models.overlay import Ebgp, Ibgp
from dmvpn_auto.models.routers import Hub, Spoke

_MOST = 5000  # the largest `bgp listen limit`


def listen_limit(facts: Facts, overlay: Ibgp | Ebgp) -> int:
    """Return how many neighbors a hub accepts, those of both families; depends on nothing that
    changes with a spoke.
    """
    tunnel = facts.intent.tunnel
    subnets = [subnet for subnet in (tunnel.subnet, tunnel.ipv6_subnet) if subnet]
    addresses = sum(max(2, subnet.num_addresses - 2) for subnet in subnets)
    return overlay.listen_limit or max(1, min(addresses, _MOST))


def _only(facts: Facts, peer_group: str, name: str, hub: Hub) -> PrefixList | None:
    """Return the filter towards spokes.

    A hub without others beside it suppresses by its aggregates alone; one with must let the others
    have the specific prefixes, so only spokes are filtered.
    """
    if facts.to_spokes == "default":
        return PrefixList(name=facts.named(f"DMVPN-TO-{peer_group}"), prefixes=(facts.default,))
    summaries = facts.summaries(hub)
    if summaries and facts.peers(name):
        return PrefixList(name=facts.named(f"DMVPN-TO-{peer_group}"), prefixes=summaries)
    return None


def ibgp_hub(facts: Facts, overlay: Ibgp, name: str, hub: Hub) -> IbgpReflector:
    """Return the route reflector of a hub."""
    return IbgpReflector(
        kind="ibgp-hub",
        asn=overlay.asn,
        router_id=facts.router_id(name, hub),
        peer_group=facts.named(overlay.peer_group),
        listen_range=facts.subnet,
        listen_limit=listen_limit(facts, overlay),
        keepalive=overlay.keepalive,
        holdtime=overlay.holdtime,
        networks=facts.networks(hub),
        summaries=facts.summaries(hub),
        default_originate=facts.to_spokes == "default",
        next_hop_self=facts.intent.phase != 2,
        summary_only=not facts.peers(name),
        only=_only(facts, overlay.peer_group, name, hub),
        hubs=tuple(facts.addresses[other] for other in facts.peers(name)),
        upstream=tuple(facts.addresses[other] for other in facts.upstream(name)),
        password=overlay.password,
        bfd=overlay.bfd,
        vpnv4=facts.intent.mpls is not None,
        vpn=mpls.vpn(facts, hub),
        family=facts.family,
    )


def ibgp_spoke(
    facts: Facts, overlay: Ibgp, name: str, spoke: Hub | Spoke, hubs: tuple[str, ...]
) -> IbgpClient:
    """Return the client sessions of a spoke, or those of either end of a plain tunnel."""
    return IbgpClient(
        kind="ibgp-spoke",
        asn=overlay.asn,
        router_id=facts.router_id(name, spoke),
        neighbors=facts.neighbors(hubs),
        keepalive=overlay.keepalive,
        holdtime=overlay.holdtime,
        networks=facts.networks(spoke),
        password=overlay.password,
        bfd=overlay.bfd,
        vpnv4=facts.intent.mpls is not None,
        vpn=mpls.vpn(facts, spoke),
        family=facts.family,
    )


def ebgp_hub(facts: Facts, overlay: Ebgp, name: str, hub: Hub) -> EbgpHub:
    """Return the hub's side: a listen range for spokes of one AS, else one session per spoke."""
    one = overlay.spoke_asn
    return EbgpHub(
        kind="ebgp-hub",
        asn=hub.asn or overlay.hub_asn,
        spoke_asn=one,
        router_id=facts.router_id(name, hub),
        peer_group=facts.named(overlay.peer_group),
        listen_range=facts.subnet if one else None,
        listen_limit=listen_limit(facts, overlay),
        sessions=()
        if one
        else tuple(
            EbgpSpokeSession(address=facts.addresses[other], asn=spoke.asn)
            for other, spoke in facts.intent.spokes.items()
            if spoke.asn and name in facts.hub_names(spoke.hubs)
        ),
        hubs=tuple(facts.addresses[other] for other in facts.peers(name)),
        regions=tuple(
            EbgpSpokeSession(
                address=facts.addresses[other],
                asn=facts.intent.hubs[other].asn or overlay.hub_asn,
            )
            for other in (*facts.upstream(name), *facts.downstream(name))
        ),
        keepalive=overlay.keepalive,
        holdtime=overlay.holdtime,
        networks=facts.networks(hub),
        summaries=facts.summaries(hub),
        default_originate=facts.to_spokes == "default",
        next_hop_self=facts.intent.phase != 2,
        summary_only=not facts.peers(name),
        only=_only(facts, overlay.peer_group, name, hub),
        password=overlay.password,
        bfd=overlay.bfd,
        family=facts.family,
    )


def allowas_in(facts: Facts, overlay: Ebgp) -> bool:
    """Whether spokes accept paths with their own AS: given, else where they need to."""
    if overlay.allowas_in is not None:
        return overlay.allowas_in
    several = facts.intent.phase != 0
    return several and overlay.spoke_asn is not None and facts.to_spokes == "specific"


def ebgp_spoke(
    facts: Facts, overlay: Ebgp, name: str, spoke: Hub | Spoke, hubs: tuple[str, ...]
) -> EbgpSpoke:
    """Return the spoke's sessions with its hubs, or those of either end of a plain tunnel."""
    return EbgpSpoke(
        kind="ebgp-spoke",
        asn=_as_of(facts, overlay, name),
        hub_asn=overlay.hub_asn,
        router_id=facts.router_id(name, spoke),
        neighbors=facts.neighbors(hubs),
        asns=tuple(_as_of(facts, overlay, hub) for hub in hubs),
        allowas_in=allowas_in(facts, overlay),
        keepalive=overlay.keepalive,
        holdtime=overlay.holdtime,
        networks=facts.networks(spoke),
        password=overlay.password,
        bfd=overlay.bfd,
        family=facts.family,
    )


def _as_of(facts: Facts, overlay: Ebgp, name: str) -> int:
    """Return the AS of a router; 0 stands for one that is missing."""
    hub, spoke = facts.intent.hubs.get(name), facts.intent.spokes.get(name)
    if hub is not None:
        return hub.asn or overlay.hub_asn
    return (spoke.asn if spoke else None) or overlay.spoke_asn or 0
