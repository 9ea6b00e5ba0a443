"""A cloud of one family for each family that its tunnels carry.

NHRP, the routing protocol and the sizes of packets are said once for each family; what they stand
on (the tunnel, its protection, the transport) they share. Whoever judges looks at one family at a
time: the side of IPv6 has the form of a cloud that carries nothing else.
"""

from __future__ import annotations

from dataclasses import replace

from dmvpn_auto.design.types import CloudDesign, RouterDesign


def sides(cloud: CloudDesign) -> tuple[CloudDesign, ...]:
    """Return the cloud as each family sees it, IPv4 first; itself where there is one family."""
    second = cloud.tunnel_ipv6_subnet
    if second is None or cloud.tunnel_subnet.version == 6:
        return (cloud,)
    old = replace(cloud, tunnel_ipv6_subnet=None, routers=tuple(map(_ipv4, cloud.routers)))
    new = replace(cloud, tunnel_subnet=second, routers=tuple(map(_ipv6, cloud.routers)))
    return (old, new)


def router_sides(router: RouterDesign) -> tuple[RouterDesign, ...]:
    """Return the router as each family in its tunnel sees it."""
    inside = router.tunnel.ipv6
    both = inside is not None and router.tunnel.address != inside.address
    return (_ipv4(router), _ipv6(router)) if both else (router,)


def _ipv4(router: RouterDesign) -> RouterDesign:
    return replace(
        router,
        tunnel=replace(router.tunnel, ipv6=None),
        lan_ipv6_prefixes=(),
        lan_ipv6_addresses=(),
        overlay_ipv6=None,
    )


def _ipv6(router: RouterDesign) -> RouterDesign:
    tunnel, inside = router.tunnel, router.tunnel.ipv6
    if inside is None:
        raise ValueError(f"{router.name} has no IPv6 in its tunnel")
    return replace(
        router,
        tunnel=replace(
            tunnel,
            address=inside.address,
            ip_mtu=inside.mtu,
            tcp_mss=inside.tcp_mss,
            nhrp=replace(tunnel.nhrp, nhs=inside.nhs),
        ),
        lan_prefixes=(),
        lan_addresses=(),
        overlay=router.overlay_ipv6 or router.overlay,
        overlay_ipv6=None,
    )
