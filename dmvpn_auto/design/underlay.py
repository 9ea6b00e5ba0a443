"""The WAN of each router: its interface, the routing with the provider, where names are asked."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.facts import transport as carrier
from dmvpn_auto.design.igp import classful
from dmvpn_auto.design.types import (
    Dns,
    EbgpHub,
    EbgpSpoke,
    IbgpClient,
    IbgpReflector,
    Overlay,
    PrefixList,
    ProviderBgp,
    ProviderOspf,
    ProviderRip,
    Underlay,
)
from dmvpn_auto.models import Hub, Spoke, provider

_DEFAULT = IPv4Network("0.0.0.0/0")
Routing = ProviderBgp | ProviderOspf | ProviderRip


def underlay(facts: Facts, router: Hub | Spoke, source: str, overlay: Overlay) -> Underlay | None:
    """Return the WAN interface of a router, None where the cloud does not manage it."""
    wan, transport = router.wan, facts.intent.transport
    if not transport.manage or wan is None:
        return None
    address = None if isinstance(wan.address, str) else wan.address
    return Underlay(
        interface=source,
        front_vrf=transport.front_vrf,
        address=address,
        gateway=wan.gateway,
        negotiated=wan.address == "negotiated",
        acl=transport.acl,
        autoconfig=wan.address == "autoconfig",
        family=carrier(facts.intent),
        provider=_routing(facts, router, source, address, overlay)
        if isinstance(address, IPv4Interface)
        else None,
    )


def _routing(
    facts: Facts, router: Hub | Spoke, source: str, address: IPv4Interface, overlay: Overlay
) -> Routing | None:
    """Return the routing with the provider; nothing for what a rule refuses (`provider-wan`)."""
    gateway = router.wan.gateway if router.wan else None
    match facts.intent.transport.provider:
        case provider.ProviderBgp() as wanted if isinstance(gateway, IPv4Address):
            bgp = isinstance(overlay, IbgpReflector | IbgpClient | EbgpHub | EbgpSpoke)
            asn = getattr(overlay, "asn", wanted.asn) if bgp else wanted.asn
            return ProviderBgp(
                kind="bgp",
                asn=asn,
                local_as=wanted.asn if wanted.asn != asn else None,
                router_id=address.ip,
                neighbor=gateway,
                remote_as=wanted.provider_asn,
                network=address.network,
                password=wanted.password,
                accept=PrefixList(name=f"DMVPN-FROM-{source}", prefixes=(_DEFAULT,))
                if wanted.accept == "default"
                else None,
                announce=PrefixList(name=f"DMVPN-TO-{source}", prefixes=(address.network,)),
                in_overlay=bgp,
            )
        case provider.ProviderOspf() as wanted:
            return ProviderOspf(
                kind="ospf",
                process=wanted.process,
                area=wanted.area,
                router_id=address.ip,
                network=address.network,
            )
        case provider.ProviderRip():
            return ProviderRip(kind="rip", network=classful(address.network))
        case _:
            return None


def dns(facts: Facts, router: Hub | Spoke, source: str) -> Dns | None:
    """Return where a spoke looks hubs up; hubs reach each other by address."""
    transport = facts.intent.transport
    if transport.dns is None or isinstance(router, Hub):
        return None
    return Dns(
        servers=transport.dns.servers,
        front_vrf=transport.front_vrf,
        source_interface=source if transport.dns.from_source else None,
    )
