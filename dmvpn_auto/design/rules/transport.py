"""Rules about the underlay: WAN interfaces, VRFs, NAT."""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.design.rules.base import INFO, WARNING, Breach, Rule, View
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.models import Hub
from dmvpn_auto.models.provider import ProviderOspf, ProviderRip


class WanMissing(Rule):
    """Where the cloud manages the WAN, every router must say what its interface has."""

    id = "wan-missing"
    fix = "add `wan: {address: A.B.C.D/N, gateway: A.B.C.D}` or `wan: {address: dhcp}`"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for routers without wan, or with one that nobody reads."""
        manage = cloud.intent.transport.manage
        for section, name, router in members(cloud):
            if manage and router.wan is None:
                yield Breach((section, name), f"{name} has no wan, but transport.manage is set")
            elif router.wan is not None and not manage:
                at = (section, name, "wan")
                yield Breach(at, f"{name}: wan has no effect without transport.manage", WARNING)


class WanAddress(Rule):
    """The address of the WAN interface is where others reach the router, unless NAT stands before
    it.
    """

    id = "wan-nbma-differs"
    fix = "make nbma the WAN address; for a hub behind static NAT set nat: true"
    source = "Cisco, Dynamic Multipoint VPN, restrictions (the address after NAT must be unique)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare nbma with the WAN address."""
        if not cloud.intent.transport.manage:
            return
        sources = {router.name: router.tunnel.source_interface for router in cloud.design.routers}
        for section, name, router in members(cloud):
            wan = router.wan
            if wan is None or sources[name].startswith("Loopback"):
                continue
            dynamic, nat = router.nbma == "dynamic", isinstance(router, Hub) and router.nat
            if isinstance(wan.address, str):
                if isinstance(router, Hub):
                    yield Breach((section, name, "wan"), f"hub {name} has a {wan.address} address")
                elif not dynamic:
                    message = f"{name}: fixed nbma on a WAN with {wan.address}"
                    yield Breach((section, name, "nbma"), message, WARNING)
            elif dynamic:
                message = f"{name}: nbma is dynamic, but the WAN has {wan.address}"
                yield Breach((section, name, "nbma"), message, WARNING)
            elif not nat and wan.address.ip != router.nbma:
                message = f"{name}: nbma {router.nbma} is not the WAN address {wan.address.ip}"
                yield Breach((section, name, "nbma"), message, None)


class WanGateway(Rule):
    """The default route needs a next hop in the WAN subnet; DHCP brings its own."""

    id = "wan-gateway"
    fix = "give the gateway of the WAN subnet, none with dhcp or negotiated"
    source = "IOS: ip route"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare gateway and subnet."""
        routing = cloud.intent.transport.provider
        for section, name, router in members(cloud):
            wan = router.wan
            if wan is None:
                continue
            at = (section, name, "wan", "gateway")
            if isinstance(wan.address, str):
                if wan.gateway:
                    yield Breach(at, f"{name}: no gateway with {wan.address}")
            elif wan.gateway is None and isinstance(routing, ProviderOspf | ProviderRip):
                continue  # the protocol finds its neighbor
            elif wan.gateway is None:
                yield Breach((section, name, "wan"), f"{name}: there is no gateway")
            elif wan.gateway.is_link_local or wan.gateway.version != wan.address.version:
                continue  # on the link by its nature; of another family: wan-gateway-family
            elif wan.gateway not in wan.address.network or wan.gateway == wan.address.ip:
                yield Breach(at, f"{name}: {wan.gateway} is no neighbor in {wan.address.network}")


class WanLoopback(Rule):
    """A loopback as tunnel source is not the WAN interface, so the cloud cannot manage that."""

    id = "wan-loopback"
    fix = "set transport.manage: false and configure the WAN otherwise"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for loopback sources with transport.manage."""
        if not cloud.intent.transport.manage:
            return
        places = {name: section for section, name, _ in members(cloud)}
        for router in cloud.design.routers:
            if router.tunnel.source_interface.startswith("Loopback"):
                at = (places[router.name], router.name)
                yield Breach(at, f"{router.name} starts its tunnel at a loopback")


class AclUnmanaged(Rule):
    """An access list for the WAN interface needs a WAN interface that the cloud manages."""

    id = "acl-unmanaged"
    fix = "set transport.manage: true, or keep the access list elsewhere"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for an access list without transport.manage."""
        transport = cloud.intent.transport
        if transport.acl and not transport.manage:
            yield Breach(("transport", "acl"), f"{transport.acl} would stand on no interface")


class AclLogin(Rule):
    """Behind an access list that lets only the tunnels in, a router whose tunnel is down cannot be
    reached through its WAN interface.
    """

    id = "acl-locks-out"
    severity = WARNING
    fix = "make sure that routers are managed in another way than through the WAN"
    source = "measured: ESP 0/0 and no login, where the list forgot one of them"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Warn where the access list is rendered."""
        if cloud.intent.transport.acl and cloud.intent.transport.manage:
            at = ("transport", "acl")
            yield Breach(at, "SSH to the WAN address is dropped")


class AclEnrollment(Rule):
    """Behind an access list that lets only the tunnels in, the answers of a certificate authority
    on the WAN side are dropped, so that no router enrols or renews.
    """

    id = "acl-blocks-enrollment"
    severity = WARNING
    fix = "add free.acl.inside: [permit tcp host CA eq www any established], or enrol elsewhere"
    source = "IOS: an access list judges what comes back, too"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for the access list, a trustpoint, and no line that lets TCP come back."""
        transport = cloud.intent.transport
        trustpoint = getattr(cloud.intent.crypto, "trustpoint", None)
        lines = (cloud.intent.free or {}).get("acl")
        back = any(" established" in line for line in lines.inside) if lines else False
        if transport.acl and transport.manage and trustpoint and not back:
            at = ("crypto", "trustpoint", "enrollment_url")
            yield Breach(at, f"{transport.acl} drops the answers of {trustpoint.enrollment_url}")


class HubNat(Rule):
    """A hub works behind static one-to-one NAT only, and spokes behind the same NAT not at all."""

    id = "hub-nat"
    severity = WARNING
    fix = "give the hub a public address, or make sure that the NAT is static and one to one"
    source = "Cisco, Dynamic Multipoint VPN, restrictions (PAT is not supported on hubs)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for hubs behind NAT; refuse those without what passes NAT."""
        for name, hub in cloud.intent.hubs.items():
            if not hub.nat:
                continue
            ipsec = getattr(cloud.intent.crypto, "ipsec", None)
            if ipsec is None or ipsec.mode != "transport":
                message = f"hub {name} behind NAT needs IPsec in transport mode"
            else:
                message = f"hub {name} is behind NAT"
            yield Breach(("hubs", name, "nat"), message)


class FrontRd(Rule):
    """A route distinguisher without its VRF distinguishes nothing."""

    id = "rd-without-vrf"
    severity = WARNING
    fix = "name the VRF as well"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for either rd without its VRF, or one for both."""
        transport = cloud.intent.transport
        if transport.front_rd and not transport.front_vrf:
            yield Breach(("transport", "front_rd"), "front_rd without front_vrf")
        if transport.inside_rd and not transport.inside_vrf:
            yield Breach(("transport", "inside_rd"), "inside_rd without inside_vrf")


class SameRd(Rule):
    """IOS refuses two VRFs with one route distinguisher."""

    id = "rd-duplicate"
    fix = "give each VRF its own"
    source = "RFC 4364 section 4.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the two."""
        transport = cloud.intent.transport
        if transport.front_rd and transport.front_rd == transport.inside_rd:
            yield Breach(("transport", "inside_rd"), "both VRFs have one route distinguisher")


class NoFrontVrf(Rule):
    """A front-door VRF makes recursive routing impossible instead of unlikely."""

    id = "front-vrf-absent"
    severity = INFO
    fix = "set transport.front_vrf"
    source = "design practice: recursive routing becomes impossible"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for its absence."""
        if cloud.intent.transport.front_vrf is None:
            yield Breach(("transport",), "underlay and overlay share the global routing table")


RULES: tuple[type[Rule], ...] = (
    WanMissing,
    WanAddress,
    WanGateway,
    WanLoopback,
    AclUnmanaged,
    AclLogin,
    AclEnrollment,
    HubNat,
    FrontRd,
    SameRd,
    NoFrontVrf,
)
