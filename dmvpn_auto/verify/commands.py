"""Which command shows what, for one router: names of interfaces and VRFs put in once, here."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from dmvpn_auto.design.sides import router_sides
from dmvpn_auto.design.types import (
    Ikev1Certificates,
    Ikev1PreShared,
    Ikev2Certificates,
    RouterDesign,
)

Address = IPv4Address | IPv6Address

DMVPN = "show dmvpn"
NHRP = "show ip nhrp"
NHS = "show ip nhrp nhs detail"
INTERFACE = "show interfaces TunnelN"
IP_INTERFACE = "show ip interface TunnelN"
ROUTES = "show ip route"
NHRP_TRAFFIC = "show ip nhrp traffic"
MULTICAST = "show ip nhrp multicast"
IPSEC = "show crypto ipsec sa"
BGP_IPV6 = "show bgp ipv6 unicast summary"
CONFIGURATION = "show running-config"
CERTIFICATES = "show crypto pki certificates"
CLOCK = "show clock"
LOG = "show logging"


def ike(router: RouterDesign) -> str:
    """Return the command for the IKE SAs of the version in use."""
    if isinstance(router.crypto, Ikev1PreShared | Ikev1Certificates):
        return "show crypto isakmp sa"
    return "show crypto ikev2 sa"


def bgp_summary(router: RouterDesign) -> str:
    """Return the command for the BGP neighbors of the overlay."""
    vrf = router.tunnel.inside_vrf
    if router.tunnel.address.version == 6:
        return f"show bgp vpnv6 unicast vrf {vrf} summary" if vrf else BGP_IPV6
    return f"show bgp vpnv4 unicast vrf {vrf} summary" if vrf else "show ip bgp summary"


def ospf_neighbors(router: RouterDesign) -> str:
    """Return the command for the OSPF neighbors on the tunnel."""
    if router.tunnel.address.version == 6:
        return f"show ospfv3 neighbor {router.tunnel.interface}"
    return f"show ip ospf neighbor {router.tunnel.interface}"


def eigrp_neighbors(router: RouterDesign) -> str:
    """Return the command for the EIGRP neighbors of the overlay."""
    vrf = router.tunnel.inside_vrf
    family = _family(router)
    return f"show {family} eigrp vrf {vrf} neighbors" if vrf else f"show {family} eigrp neighbors"


def eigrp_interfaces(router: RouterDesign) -> str:
    """Return the command for EIGRP's view of the tunnel interface, with timers."""
    vrf = router.tunnel.inside_vrf
    where = f"vrf {vrf} " if vrf else ""
    return f"show ip eigrp {where}interfaces detail {router.tunnel.interface}"


def routes(router: RouterDesign) -> str:
    """Return the command for the routing table of the overlay."""
    vrf = router.tunnel.inside_vrf
    return f"show {_family(router)} route" + (f" vrf {vrf}" if vrf else "")


def interface(router: RouterDesign) -> str:
    """Return the command for the state of the tunnel interface."""
    return f"show interfaces {router.tunnel.interface}"


def nhrp(router: RouterDesign) -> str:
    """Return the command for the NHRP cache."""
    return f"show {_family(router)} nhrp"


def nhs(router: RouterDesign) -> str:
    """Return the command for the next-hop servers, with counters."""
    return f"show {_family(router)} nhrp nhs detail"


def multicast(router: RouterDesign) -> str:
    """Return the command for the destinations of multicast."""
    return f"show {_family(router)} nhrp multicast"


def nhrp_traffic(router: RouterDesign) -> str:
    """Return the command for the counters of NHRP."""
    return f"show {_family(router)} nhrp traffic"


def ip_interface(router: RouterDesign) -> str:
    """Return the command for the IP side of the tunnel interface."""
    if router.tunnel.address.version == 6:
        return f"show ipv6 interface {router.tunnel.interface}"
    return f"show ip interface {router.tunnel.interface}"


def ping(router: RouterDesign, target: Address, source: Address, count: int) -> str:
    """Return a ping inside the overlay, one second for each answer."""
    return f"ping {_vrf(router)}{target} source {source} repeat {count} timeout 1"


def traceroute(router: RouterDesign, target: Address, source: Address) -> str:
    """Return a traceroute inside the overlay, one probe of one second for each step."""
    return f"traceroute {_vrf(router)}{target} source {source} numeric timeout 1 probe 1"


def clear_nhrp(router: RouterDesign, target: Address) -> str:
    """Return the command that forgets what NHRP learnt about `target`."""
    return f"clear {_family(router)} nhrp {_vrf(router)}{target}"


def big_ping(router: RouterDesign, target: Address, source: Address, count: int) -> str:
    """Return a ping with packets as large as the tunnel's MTU that must not be fragmented."""
    size = router.tunnel.ip_mtu
    return f"{ping(router, target, source, count)} size {size} df-bit"


def _family(router: RouterDesign) -> str:
    return "ipv6" if router.tunnel.address.version == 6 else "ip"


def _vrf(router: RouterDesign) -> str:
    return f"vrf {router.tunnel.inside_vrf} " if router.tunnel.inside_vrf else ""


def source_interface(router: RouterDesign) -> str:
    """Return the command for the interface that the tunnel starts from."""
    return f"show interfaces {router.tunnel.source_interface}"


def underlay_routes(router: RouterDesign) -> str:
    """Return the command for the routing table in which the tunnel's own packets travel."""
    vrf = router.tunnel.front_vrf
    show = f"show {_carrier(router)} route"
    return f"{show} vrf {vrf}" if vrf else show


def _carrier(router: RouterDesign) -> str:
    return "ipv6" if router.tunnel.ipv6_transport else "ip"


def underlay_interface(router: RouterDesign) -> str:
    """Return the command that shows the address of the interface that the tunnel starts from."""
    if router.tunnel.ipv6_transport:
        return f"show ipv6 interface {router.tunnel.source_interface}"
    return source_interface(router)


def underlay_ping(router: RouterDesign, address: str) -> str:
    """Return the ping from the tunnel's source to an NBMA address, one second for each answer."""
    vrf = router.tunnel.front_vrf
    source = router.tunnel.source_interface
    return f"ping {f'vrf {vrf} ' if vrf else ''}{address} source {source} repeat 3 timeout 1"


def for_diagnosis(router: RouterDesign) -> tuple[str, ...]:
    """Return all that a diagnosis reads of one router at rest, about each family in the tunnel."""
    certified = isinstance(router.crypto, Ikev1Certificates | Ikev2Certificates)
    protected = (ike(router), IPSEC) if router.crypto else ()
    credentials = (CERTIFICATES,) if certified else ()
    families = [one for side in router_sides(router) for one in _of_family(side)]
    return tuple(dict.fromkeys((
        DMVPN, interface(router), source_interface(router), underlay_interface(router),
        *protected, *credentials, *families, underlay_routes(router), LOG, CLOCK, CONFIGURATION,
    )))  # fmt: skip


def _of_family(router: RouterDesign) -> tuple[str, ...]:
    servers = (nhs(router),) if router.tunnel.nhrp.nhs else ()
    return (
        ip_interface(router), *servers, nhrp_traffic(router), multicast(router), *_overlay(router),
        routes(router),
    )  # fmt: skip


def _overlay(router: RouterDesign) -> tuple[str, ...]:
    kind = router.overlay.kind
    if "bgp" in kind:
        return (bgp_summary(router),)
    if kind.startswith("ospf"):
        return (ospf_neighbors(router),)
    return (eigrp_neighbors(router),) if kind.startswith("eigrp") else ()


def for_support(router: RouterDesign) -> tuple[str, ...]:
    """Return what no check reads but whoever looks for a cause wants; asked for `--save` only."""
    crypto = ("show crypto session detail",) if router.crypto else ()
    wanted = (
        "show version",
        "show dmvpn detail",
        *(show(side) for side in router_sides(router) for show in (nhrp, nhrp_traffic, multicast)),
        *crypto,
        "show ip interface brief",
        *for_diagnosis(router),
    )
    return tuple(dict.fromkeys(wanted))
