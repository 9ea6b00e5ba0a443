"""Rules about routing with the provider: it meets the overlay nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network

from dmvpn_auto.design.rules.addressing import section
from dmvpn_auto.design.rules.base import Breach, Place, Rule, View
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.models.overlay import Ebgp, Ibgp, Odr, Ospf, Rip
from dmvpn_auto.models.provider import ProviderBgp, ProviderOspf, ProviderRip, ProviderStatic

_AT: Place = ("transport", "provider")


class ProviderUnmanaged(Rule):
    """Routing with the provider runs on a WAN interface that the cloud manages, or elsewhere."""

    id = "provider-unmanaged"
    fix = "set transport.manage: true, or configure the provider's routing elsewhere"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for provider routing without transport.manage."""
        transport = cloud.intent.transport
        if transport.provider is not None and not transport.manage:
            yield Breach(_AT, "there is no managed WAN interface for it")


class ProviderWan(Rule):
    """A routing protocol needs a neighbor in a subnet that is known; DHCP, PPP and LTE bring their
    route with the address, and an IPv6 underlay has a static one here.
    """

    id = "provider-wan"
    fix = "give the WAN an address, for bgp a gateway too, or use provider: {kind: static}"
    source = "RFC 4271 section 8; RFC 2328 section 9"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for addresses that are not known."""
        provider = cloud.intent.transport.provider
        if provider is None or isinstance(provider, ProviderStatic):
            return
        for part, name, router in members(cloud):
            if router.wan and not isinstance(router.wan.address, IPv4Interface):
                at = (part, name, "wan", "address")
                yield Breach(at, f"{name}: {provider.kind} on a WAN with {router.wan.address}")


class ProviderProcess(Rule):
    """A process that serves the overlay and the provider hands the prefixes of one to the other.

    OSPF has a process for each. BGP has one per router, so the provider's session needs a table of
    its own, the front-door VRF. RIP has one as well, and is not rendered for both. A spoke with any
    routing process is no stub of on-demand routing and tells the hub nothing.
    """

    id = "provider-process"
    fix = "set transport.front_vrf (bgp), another process number (ospf), or another protocol (rip)"
    source = "IOS: BGP is already running; RIP has one process; Cisco, On-Demand Routing"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the provider's process with the overlay's."""
        transport, overlay = cloud.intent.transport, cloud.intent.overlay
        provider = transport.provider
        if isinstance(provider, ProviderOspf) and isinstance(overlay, Ospf):
            if provider.process == overlay.process:
                at = (*_AT, "process")
                yield Breach(at, f"OSPF process {provider.process} serves the overlay")
        elif isinstance(provider, ProviderRip) and isinstance(overlay, Rip):
            yield Breach((*_AT, "kind"), "RIP serves the overlay")
        elif isinstance(overlay, Odr) and not isinstance(provider, ProviderStatic | None):
            message = "a spoke of on-demand routing may run no routing protocol"
            yield Breach((*_AT, "kind"), message)
        elif (
            isinstance(provider, ProviderBgp)
            and isinstance(overlay, Ibgp | Ebgp)
            and transport.front_vrf is None
        ):
            yield Breach((*_AT, "kind"), "BGP serves the overlay in the same table")


class ProviderLeak(Rule):
    """A provider that learns a prefix of the overlay attracts its traffic, unprotected, and loops
    the tunnel's own packets.
    """

    id = "provider-leak"
    fix = "set transport.front_vrf, or use provider: {kind: bgp}, which announces the WAN only"
    source = "recursive routing; RFC 2453 section 3.7 (RIP announces whole classful networks)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare what each router announces to the provider with the tunnel and the LANs."""
        if cloud.intent.transport.front_vrf is not None:
            return
        for router in cloud.design.routers:
            routing = router.underlay.provider if router.underlay else None
            if routing is None:
                continue
            subnet = cloud.design.tunnel_subnet
            tunnel = (subnet,) if isinstance(subnet, IPv4Network) else ()
            inner = (*tunnel, *router.lan_prefixes)
            if hit := next((one for one in inner if one.overlaps(routing.network)), None):
                yield Breach(
                    (section(router), router.name, "wan", "address"),
                    f"{router.name} tells the provider {routing.network}, "
                    f"which {_meets(routing.network, hit)} {hit} of the cloud",
                )


def _meets(announced: IPv4Network, inner: IPv4Network) -> str:
    return "covers" if inner.subnet_of(announced) else "lies in"


class ProviderRd(Rule):
    """BGP knows a VRF by its route distinguisher and takes no session in one without."""

    id = "provider-rd"
    fix = "set transport.front_rd"
    source = "RFC 4364 section 4.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for a front-door VRF without rd where BGP runs in it."""
        transport = cloud.intent.transport
        bgp = isinstance(transport.provider, ProviderBgp)
        if bgp and transport.front_vrf and not transport.front_rd:
            yield Breach(_AT, f"BGP in {transport.front_vrf}, which has no route distinguisher")


class ProviderAs(Rule):
    """A provider has an AS of its own; routes with ours in their path are dropped as loops."""

    id = "provider-as"
    fix = "ask the provider for both numbers"
    source = "RFC 4271 section 9.1.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two, and the provider's with the overlay's on each router."""
        provider = cloud.intent.transport.provider
        if not isinstance(provider, ProviderBgp):
            return
        at = (*_AT, "provider_asn")
        if provider.provider_asn == provider.asn:
            yield Breach(at, f"we and the provider are AS {provider.asn}")
            return
        ours = {getattr(router.overlay, "asn", None) for router in cloud.design.routers}
        if provider.provider_asn in ours:
            yield Breach(at, f"AS {provider.provider_asn} is that of the overlay")


RULES: tuple[type[Rule], ...] = (
    ProviderUnmanaged,
    ProviderWan,
    ProviderProcess,
    ProviderLeak,
    ProviderRd,
    ProviderAs,
)
