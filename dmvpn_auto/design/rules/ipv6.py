"""Rules about IPv6: what an overlay and a transport of either family can and cannot do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, ip_address
from urllib.parse import urlsplit

from dmvpn_auto.design.facts import families, mtu, transport
from dmvpn_auto.design.rules.addressing import section, twice
from dmvpn_auto.design.rules.base import WARNING, Breach, Place, Rule, View
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.design.types import FAMILY_NAMES, Family, Network, family_of
from dmvpn_auto.models import Hub
from dmvpn_auto.models.crypto import Ikev1Certificate, Ikev2Certificate
from dmvpn_auto.models.overlay import EigrpClassic, EigrpNamed, Odr, Ospf, Rip

_LEAST = 1280  # bytes


def _has_ipv6(cloud: View) -> bool:
    return "ipv6" in families(cloud.intent)


class MixedTransport(Rule):
    """A tunnel interface is carried by one protocol, so that a router of the other family cannot be
    reached through it.

    `tunnel mode gre multipoint` sends IPv4, `tunnel mode gre multipoint ipv6` sends IPv6. The
    first hub decides for the cloud; two clouds serve two transports.
    """

    id = "nbma-family-mixed"
    fix = "give all routers NBMA and WAN addresses of one family; use a second cloud for the other"
    source = "Cisco, IPv6 over DMVPN (the tunnel mode is that of the transport)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all with the first hub."""
        carrier = transport(cloud.intent)
        other = "autoconfig" if carrier == "ipv4" else "negotiated"
        for part, name, router in members(cloud):
            if router.nbma != "dynamic" and family_of(router.nbma) != carrier:
                message = f"{name} has the NBMA address {router.nbma}, but the transport is"
                yield Breach((part, name, "nbma"), f"{message} {FAMILY_NAMES[carrier]}")
            wan = router.wan
            if wan is None or not cloud.intent.transport.manage:
                continue
            at: Place = (part, name, "wan", "address")
            if wan.address == other:
                yield Breach(
                    at, f"{name}: there is no {other} with {FAMILY_NAMES[carrier]} transport"
                )
            elif not isinstance(wan.address, str) and family_of(wan.address.ip) != carrier:
                message = f"{name} has the WAN address {wan.address}, but the transport is"
                yield Breach(at, f"{message} {FAMILY_NAMES[carrier]}")


class Ipv6Nat(Rule):
    """IPv6 hubs are reached at their own address: DMVPN knows no translation between IPv6 ones."""

    id = "nat-ipv6"
    fix = "take `nat` out and give the hub its own global address as nbma"
    source = "Cisco, IPv6 over DMVPN, restrictions (no NAT in IPv6 transport)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for IPv6 hubs behind NAT."""
        for name, hub in cloud.intent.hubs.items():
            if hub.nat and isinstance(hub.nbma, IPv6Address):
                yield Breach(("hubs", name, "nat"), f"hub {name} is behind NAT with IPv6")


class Ipv6OverlayKind(Rule):
    """Classic EIGRP, RIP and ODR route IPv4 here.

    Classic EIGRP and RIPng are switched on at each interface, those of the LANs too, which do not
    belong to the cloud; CDP carries no IPv6 prefixes for ODR.
    """

    id = "ipv6-overlay-kind"
    fix = "use ibgp, ebgp, eigrp-named, ospf or static"
    source = "Cisco, IPv6 routing: EIGRP and RIP are enabled per interface; On-Demand Routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the protocol of an IPv6 overlay."""
        overlay = cloud.intent.overlay
        if _has_ipv6(cloud) and isinstance(overlay, EigrpClassic | Rip | Odr):
            yield Breach(("overlay", "kind"), f"{overlay.kind} does not route the IPv6 overlay")


class FamilyAbsent(Rule):
    """What is said of a family that the overlay does not have reaches no router."""

    id = "family-absent"
    fix = "add tunnel.subnet (IPv4) or tunnel.ipv6_subnet (IPv6), or take the value out"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at prefixes, tunnel addresses, summaries and sizes."""
        there = families(cloud.intent)
        if there == ("ipv4", "ipv6"):
            return
        absent: Family = "ipv6" if there == ("ipv4",) else "ipv4"
        for at, what in _said_of(cloud, absent):
            yield Breach(at, f"{what}, but the overlay has no {FAMILY_NAMES[absent]}")


def _said_of(cloud: View, family: Family) -> Iterator[tuple[Place, str]]:
    tunnel = cloud.intent.tunnel
    yield from _of_family(cloud.intent.overlay.summaries, family, ("overlay", "summaries"))
    sizes = ("ipv6_mtu", "ipv6_tcp_mss") if family == "ipv6" else ("tcp_mss", "pim")
    for key in sizes:
        if getattr(tunnel, key) is not None:
            yield ("tunnel", key), f"{key} is given"
    keys = ("tunnel_ipv6_address", "link_local") if family == "ipv6" else ("tunnel_address",)
    for part, name, router in members(cloud):
        for key in keys:
            if getattr(router, key) is not None:
                yield (part, name, key), f"{name} has {key} {getattr(router, key)}"
        lans = (lan.prefix for lan in router.lan)
        yield from _of_family(lans, family, (part, name, "lan"))
        if isinstance(router, Hub) and router.summaries:
            yield from _of_family(router.summaries, family, (part, name, "summaries"))


def _of_family(
    prefixes: Iterable[Network], family: Family, at: Place
) -> Iterator[tuple[Place, str]]:
    for prefix in prefixes:
        if family_of(prefix.network_address) == family:
            yield at, f"{prefix} is given"


class AddressScope(Rule):
    """Link-local, multicast and unspecified addresses lead nowhere beyond one link."""

    id = "ipv6-address-scope"
    fix = "use global (2000::/3) or unique local (fd00::/8) addresses"
    source = "RFC 4291 section 2.5"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the tunnel subnet, NBMA addresses and prefixes."""
        subnet = cloud.design.tunnel_ipv6_subnet
        if subnet is not None and _local(subnet.network_address):
            yield Breach(("tunnel", "ipv6_subnet"), f"{subnet} is no subnet for tunnel addresses")
        for router in cloud.design.routers:
            nbma = router.nbma_address
            if isinstance(nbma, IPv6Address) and _local(nbma):
                yield Breach((section(router), router.name, "nbma"), f"{nbma} is no NBMA address")
            for prefix in router.lan_ipv6_prefixes:
                if _local(prefix.network_address):
                    at = (section(router), router.name, "lan")
                    yield Breach(at, f"{prefix} of {router.name} cannot be routed")


def _local(address: IPv6Address) -> bool:
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_loopback
    )


class LinkLocalMissing(Rule):
    """IOS makes the link-local address of a tunnel of a MAC address of the router; two that are
    equal push each other out of the hub's NHRP cache.
    """

    id = "link-local-missing"
    severity = WARNING
    fix = "leave tunnel.ipv6_link_local: true, or set link_local at each router"
    source = "Cisco, IPv6 over DMVPN, restrictions (unique link-local addresses)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for IPv6 tunnels without an explicit one."""
        without = [
            r.name for r in cloud.design.routers if r.tunnel.ipv6 and not _own(r.tunnel.ipv6)
        ]
        if without:
            more = f" and {len(without) - 1} more" if len(without) > 1 else ""
            message = f"{without[0]}{more} have no explicit link-local address"
            yield Breach(("tunnel", "ipv6_link_local"), message)


class LinkLocalTwice(Rule):
    """Routing protocols and NHRP know IPv6 neighbors by their link-local addresses, which must be
    unique on the tunnel.
    """

    id = "link-local-duplicate"
    fix = "give one of them another link_local, or leave it out"
    source = "RFC 4291 section 2.5.6; Cisco, IPv6 over DMVPN, restrictions"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare all with all."""
        if not _has_ipv6(cloud):
            return
        routers = {router.name: router for router in cloud.design.routers}
        owned = [
            (n, own) for n, r in routers.items() if r.tunnel.ipv6 and (own := _own(r.tunnel.ipv6))
        ]
        for name, first, address in twice(owned):
            at = (section(routers[name]), name, "link_local")
            yield Breach(at, f"{name} and {first} have the link-local address {address}")


def _own(ipv6: object) -> str | None:
    address = getattr(ipv6, "link_local", None)
    return str(address) if address else None


class Ipv6Mtu(Rule):
    """No link of IPv6 may be smaller than 1280 bytes; IOS refuses a smaller `ipv6 mtu`."""

    id = "ipv6-mtu-minimum"
    fix = "set tunnel.ipv6_mtu to 1280 or more"
    source = "RFC 8200 section 5"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the MTU that follows from ip_mtu."""
        size = mtu(cloud.intent, "ipv6")
        if _has_ipv6(cloud) and size < _LEAST:
            yield Breach(("tunnel", "ip_mtu"), f"ipv6 mtu would be {size}")


class Ipv6TransportKeepalive(Rule):
    """A GRE keepalive is a packet inside a packet that the other end sends back; over IPv6 IOS does
    not send it.
    """

    id = "ipv6-transport-keepalive"
    fix = "take tunnel.keepalive out"
    source = "Cisco, GRE Tunnel Keepalives (IPv4 transport alone)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for keepalives over IPv6."""
        if cloud.intent.tunnel.keepalive and transport(cloud.intent) == "ipv6":
            yield Breach(("tunnel", "keepalive"), "GRE keepalive over IPv6")


class Ipv6TransportPathMtu(Rule):
    """IPv6 has no bit against fragmentation to copy: its routers never fragment, and the tunnel
    learns nothing from the command.
    """

    id = "ipv6-transport-path-mtu"
    fix = "take tunnel.path_mtu_discovery out; the default ip_mtu leaves room"
    source = "RFC 8200 section 4.5; Cisco, tunnel path-mtu-discovery (GRE over IPv4)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for it over IPv6."""
        if cloud.intent.tunnel.path_mtu_discovery and transport(cloud.intent) == "ipv6":
            yield Breach(("tunnel", "path_mtu_discovery"), "path MTU discovery over IPv6")


class Ospfv3Authentication(Rule):
    """OSPFv3 has no message digest key: it leaves authentication to IPsec, which protects the
    tunnel already.
    """

    id = "ospfv3-authentication"
    fix = "take overlay.authentication out"
    source = "RFC 5340 section 2.6"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a key of an IPv6 overlay."""
        overlay = cloud.intent.overlay
        if _has_ipv6(cloud) and isinstance(overlay, Ospf) and overlay.authentication:
            yield Breach(("overlay", "authentication"), "a message digest key for OSPFv3")


class Ospfv3Area(Rule):
    """LAN prefixes come into OSPFv3 as external ones, since their interfaces are not the cloud's; a
    stub area takes none, and they are in no area of their own.
    """

    id = "ospfv3-area"
    fix = "use area_type: normal, nssa or totally-nssa, and leave lan_area out"
    source = "RFC 5340 section 4.8; RFC 3101"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for stub areas and areas of LANs."""
        overlay = cloud.intent.overlay
        if not (_has_ipv6(cloud) and isinstance(overlay, Ospf)):
            return
        if overlay.area_type in {"stub", "totally-stub"}:
            yield Breach(("overlay", "area_type"), f"OSPFv3 in an area of type {overlay.area_type}")
        if overlay.lan_area is not None:
            message = f"IPv6 prefixes are not in area {overlay.lan_area}"
            yield Breach(("overlay", "lan_area"), message, WARNING)


class Ospfv3Backbone(Rule):
    """Only a hub with an interface in area 0 passes prefixes between it and the tunnels' area, and
    gives a totally-nssa its default route; OSPFv3 of the cloud runs on the tunnel alone.
    """

    id = "ospfv3-no-backbone"
    severity = WARNING
    fix = "configure `ospfv3 PROCESS ipv6 area 0` on LAN interfaces of the hubs, or use area 0"
    source = "RFC 5340 section 3.1; RFC 2328 section 3.3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for tunnels in another area."""
        overlay = cloud.intent.overlay
        if _has_ipv6(cloud) and isinstance(overlay, Ospf) and overlay.area != 0:
            yield Breach(("overlay", "area"), f"OSPFv3 of the hubs is in area {overlay.area} alone")


class Ospfv3NonBroadcast(Rule):
    """Neighbors of a non-broadcast network are named by their link-local addresses, one by one."""

    id = "ospfv3-non-broadcast"
    fix = "set overlay.network_type: broadcast (Phase 2) or point-to-multipoint"
    source = "RFC 5340 section 4.2.1"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the network type."""
        overlay = cloud.intent.overlay
        if not (_has_ipv6(cloud) and isinstance(overlay, Ospf)):
            return
        if overlay.network_type == "non-broadcast":
            yield Breach(("overlay", "network_type"), "non-broadcast is not rendered for OSPFv3")


class Ospfv3Summary(Rule):
    """An area's range stands for prefixes inside the area, which those of the LANs are not."""

    id = "ospfv3-summary"
    fix = "take the IPv6 summaries out, or use BGP or named EIGRP"
    source = "RFC 5340 section 4.4.3.3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for IPv6 summaries with OSPF."""
        if not isinstance(cloud.intent.overlay, Ospf):
            return
        for at, what in _of_family(
            cloud.intent.overlay.summaries, "ipv6", ("overlay", "summaries")
        ):
            yield Breach(at, f"{what} to OSPFv3")


class EigrpAnnouncesWan(Rule):
    """EIGRP for IPv6 announces every IPv6 interface of the table, the WAN too; hubs then reach
    spokes' NBMA addresses through the tunnel.
    """

    id = "eigrp-ipv6-announces-wan"
    fix = "set transport.front_vrf, or use BGP"
    source = "Cisco, EIGRP for IPv6 (no network statements); recursive routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for EIGRP over IPv6 without a front-door VRF."""
        intent = cloud.intent
        if not (_has_ipv6(cloud) and isinstance(intent.overlay, EigrpNamed)):
            return
        if transport(intent) == "ipv6" and intent.transport.front_vrf is None:
            yield Breach(("transport",), "EIGRP announces the prefixes of the WAN interfaces")


class EnrollmentFamily(Rule):
    """The front-door VRF carries the family of the transport alone, so that a certificate authority
    of the other family is not reached through it.
    """

    id = "certificate-enrollment-family"
    severity = WARNING
    fix = "give enrollment_url an address of the transport's family, or a name"
    source = "Cisco, PKI: the trustpoint's vrf"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the host of the URL, where it is an address."""
        crypto, intent = cloud.intent.crypto, cloud.intent
        if not isinstance(crypto, Ikev2Certificate | Ikev1Certificate):
            return
        host = _address(urlsplit(crypto.trustpoint.enrollment_url).hostname or "")
        if host and intent.transport.front_vrf and family_of(host) != transport(intent):
            at = ("crypto", "trustpoint", "enrollment_url")
            yield Breach(at, f"{host} is not reached in {intent.transport.front_vrf}")


class NameServerFamily(Rule):
    """The WAN carries the family of the transport alone as far as the cloud knows, so that a name
    server of the other family is not reached through it.
    """

    id = "nhs-name-server-family"
    severity = WARNING
    fix = "name a server by an address of the transport's family"
    source = "Cisco, DMVPN Configuration Using FQDN, prerequisites"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare each server with the transport."""
        dns, carrier = cloud.intent.transport.dns, transport(cloud.intent)
        for position, server in enumerate(dns.servers if dns else ()):
            if family_of(server) != carrier:
                at = ("transport", "dns", "servers", position)
                yield Breach(
                    at, f"name server {server}, but the transport is {FAMILY_NAMES[carrier]}"
                )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


class GatewayFamily(Rule):
    """A default route leads to a next hop of its own family."""

    id = "wan-gateway-family"
    fix = "give the gateway an address of the family of the WAN address"
    source = "IOS: ip route, ipv6 route"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare gateway and address."""
        for part, name, router in members(cloud):
            wan = router.wan
            if wan is None or wan.gateway is None or isinstance(wan.address, str):
                continue
            if isinstance(wan.address, IPv6Interface) != isinstance(wan.gateway, IPv6Address):
                at = (part, name, "wan", "gateway")
                yield Breach(at, f"{name}: {wan.gateway} is no gateway of {wan.address}")


RULES: tuple[type[Rule], ...] = (
    MixedTransport,
    Ipv6Nat,
    Ipv6OverlayKind,
    FamilyAbsent,
    AddressScope,
    LinkLocalMissing,
    LinkLocalTwice,
    Ipv6Mtu,
    Ipv6TransportKeepalive,
    Ipv6TransportPathMtu,
    Ospfv3Authentication,
    Ospfv3Area,
    Ospfv3Backbone,
    Ospfv3NonBroadcast,
    Ospfv3Summary,
    EigrpAnnouncesWan,
    EnrollmentFamily,
    NameServerFamily,
    GatewayFamily,
)
