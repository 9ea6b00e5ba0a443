"""Whom checks are about: every router, every client and its next-hop servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.verify.check import Subject

EVERY_ROUTER = "every router"
CLIENTS = "every client towards each of its next-hop servers"
SERVERS = "every hub towards each of its clients"
BOTH_ENDS = "every client and its hubs, seen from both ends"


def routers(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every router."""
    return (Subject(router) for router in cloud.routers)


def speakers(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every router that speaks NHRP: all but those of a plain GRE tunnel."""
    return (s for s in routers(cloud) if s.device.tunnel.nhrp.network_id)


def clients(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every client towards each next-hop server that it registers with while all answer.

    None where tunnels are plain: without NHRP nobody registers.
    """
    if not cloud.phase:
        return
    hubs = {hub.tunnel.address.ip: hub for hub in cloud.hubs}
    for router in cloud.routers:
        for nhs in router.tunnel.nhrp.preferred:
            if nhs.tunnel_address in hubs:
                yield Subject(router, hubs[nhs.tunnel_address])


def servers(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every hub towards each of its clients."""
    return (turned(subject) for subject in clients(cloud))


def links(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every spoke towards its hubs, with NHRP or by a plain tunnel."""
    if cloud.phase:
        return clients(cloud)
    return (Subject(spoke, hub) for spoke in cloud.spokes for hub in cloud.hubs)


def both_ways(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every link from both ends."""
    return once(end for subject in links(cloud) for end in (subject, turned(subject)))


def once(subjects: Iterable[Subject]) -> Iterator[Subject]:
    """Leave repetitions out: two hubs that are clients of each other are both ends of two links."""
    return iter({subject.key: subject for subject in subjects}.values())


def turned(subject: Subject) -> Subject:
    """Return the two routers the other way round."""
    return Subject(subject.towards, subject.device)


def over_ipv4(router: RouterDesign) -> bool:
    """Whether the tunnel carries IPv4."""
    return router.tunnel.address.version == 4
