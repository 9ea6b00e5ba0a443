"""Intent -> design: decide every address, neighbour and knob of every router.

Decides only; whether the outcome can work is for the rules (`dmvpn_auto.design.rules`), which see
the intent and the design. So a wrong intent resolves too, and every finding is reported at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Literal

from dmvpn_auto.design import bgp, igp, mpls
from dmvpn_auto.design.allocation import Ledger, allocate, allocate_ipv6
from dmvpn_auto.design.crypto import crypto_maker
from dmvpn_auto.design.facts import Facts, families, mtu, router_ids, transport
from dmvpn_auto.design.free import absent_lines, any_free, free_lines
from dmvpn_auto.design.nhrp import hub_nhrp, servers, spoke_nhrp
from dmvpn_auto.design.types import (
    Address,
    Bfd,
    CloudDesign,
    Crypto,
    Family,
    Interface,
    Keepalive,
    Nhrp,
    Nhs,
    Overlay,
    Role,
    RouterDesign,
    Tunnel,
    TunnelIpv6,
    Vrf,
    Waiver,
)
from dmvpn_auto.design.underlay import dns, underlay
from dmvpn_auto.models import Cloud, Hub, Router, Spoke
from dmvpn_auto.models import overlay as intents

_TCP_AND_IP: dict[Family, int] = {"ipv4": 40, "ipv6": 60}  # bytes in front of a TCP segment
_DUAL = ("ibgp", "ebgp", "ospf", "eigrp-named", "static")
"""Overlays that are rendered for IPv6; rules refuse the others."""
_LINK_LOCAL = int(IPv6Address("fe80::"))
_INTERFACE_ID = (1 << 64) - 1
_POINT_TO_POINT = 127
SpokeOverlay = Callable[[str, Spoke, tuple[str, ...]], Overlay]


def resolve(name: str, intent: Cloud, ledger: Ledger | None = None) -> CloudDesign:
    """Resolve the cloud `name`; `ledger` holds the tunnel addresses given out before.

    Raises IntentError when a tunnel subnet is too small.
    """
    views = _views(name, intent, ledger or Ledger())
    facts, second = views[0], views[1] if len(views) > 1 else None
    common = _Common.of(facts, views[-1] if views[-1].family == "ipv6" else None)
    crypto = crypto_maker(facts)
    overlay = _spoke_overlay(facts)
    beside = _spoke_overlay(second) if second else None
    nhrp: dict[tuple[tuple[str, ...], str | None], Nhrp] = {}
    routers: list[RouterDesign] = []
    for hub_name, hub in intent.hubs.items():
        routers.append(
            common.router(
                hub_name,
                hub,
                role=Role.HUB,
                nbma=hub.nbma,
                nhrp=hub_nhrp(facts, hub_name),
                crypto=crypto(hub_name, None),
                overlay=_hub_overlay(facts, hub_name, hub),
                beside=_hub_overlay(second, hub_name, hub) if second else None,
            )
        )
    for spoke_name, spoke in intent.spokes.items():
        hubs = facts.hub_names(spoke.hubs)
        group = spoke.qos_group or facts.inherited(spoke).qos_group
        shared = nhrp.get((hubs, group)) or nhrp.setdefault(
            (hubs, group), spoke_nhrp(facts, hubs, group)
        )
        routers.append(
            common.router(
                spoke_name,
                spoke,
                role=Role.SPOKE,
                nbma=None if spoke.nbma == "dynamic" else spoke.nbma,
                nhrp=shared,
                crypto=crypto(spoke_name, spoke),
                overlay=overlay(spoke_name, spoke, hubs),
                beside=beside(spoke_name, spoke, hubs) if beside else None,
            )
        )
    return CloudDesign(
        name=name,
        phase=intent.phase,
        tunnel_subnet=facts.subnet,
        routers=tuple(routers),
        tunnel_ipv6_subnet=intent.tunnel.ipv6_subnet,
        waivers=tuple(Waiver(**dict(waiver)) for waiver in intent.waive_checks),
    )


def _views(name: str, intent: Cloud, ledger: Ledger) -> list[Facts]:
    """Give out the tunnel addresses; return the facts of each family of the overlay."""
    members: dict[str, Router] = {**intent.spokes, **intent.hubs}
    order = (*intent.hubs, *intent.spokes)
    views: list[Facts] = []
    if intent.tunnel.subnet:
        wanted = {n: members[n].tunnel_address for n in order}
        addresses = allocate(intent.tunnel.subnet, wanted, ledger)
        views.append(Facts(name, intent, addresses, ids=addresses))
    if intent.tunnel.ipv6_subnet:
        wanted_ipv6 = {n: members[n].tunnel_ipv6_address for n in order}
        ipv6 = allocate_ipv6(intent.tunnel.ipv6_subnet, wanted_ipv6, ledger)
        ids = views[0].ids if views else router_ids(ipv6)
        views.append(Facts(name, intent, ipv6, "ipv6", ids))
    return views


@dataclass(frozen=True, slots=True)
class _Common:
    """What the routers of a cloud have alike, said once."""

    facts: Facts
    ipv6: Facts | None
    transport: Family
    mtus: dict[Family, int]
    mss: int | None
    mss_ipv6: int | None
    servers: dict[tuple[tuple[str, ...], bool], tuple[Nhs, ...]]
    bfd: Bfd | None
    keepalive: Keepalive | None
    vrfs: tuple[Vrf, ...]
    mpls: Literal["ip", "nhrp"] | None
    free: bool
    made: dict[tuple[Vrf, ...], tuple[Vrf, ...]]
    """Equal VRFs as one object, so that their text is written once."""

    @classmethod
    def of(cls, facts: Facts, ipv6: Facts | None) -> _Common:
        intent, tunnel, underlay = facts.intent, facts.intent.tunnel, facts.intent.transport
        carrier = transport(intent)
        mtus = {family: mtu(intent, family) for family in _TCP_AND_IP}
        mss = mtus["ipv4"] - _TCP_AND_IP["ipv4"] if tunnel.tcp_mss is None else tunnel.tcp_mss
        own = tunnel.ipv6_tcp_mss or ("off" if mss == "off" else None)
        named: tuple[tuple[str | None, str | None, tuple[Family, ...]], ...] = (
            (underlay.front_vrf, underlay.front_rd, (carrier,)),
            (underlay.inside_vrf, underlay.inside_rd, families(intent)),
        )
        bfd, keepalive = tunnel.bfd, tunnel.keepalive
        return cls(
            facts=facts,
            ipv6=ipv6,
            transport=carrier,
            mtus=mtus,
            mss_ipv6=None if own == "off" else own or mtus["ipv6"] - _TCP_AND_IP["ipv6"],
            servers={},
            mss=None if mss == "off" else mss,
            bfd=Bfd(interval=bfd.interval, multiplier=bfd.multiplier) if bfd else None,
            keepalive=Keepalive(period=keepalive.period, retries=keepalive.retries)
            if keepalive
            else None,
            vrfs=tuple(
                Vrf(name=name, rd=rd, families=carried)
                for name, rd, carried in sorted(named, key=str)
                if name
            ),
            mpls=mpls.labels(facts),
            free=any_free(intent),
            made={},
        )

    def _vrfs(self, router: Hub | Spoke) -> tuple[Vrf, ...]:
        if self.mpls is None:
            return self.vrfs
        found = (*self.vrfs, *mpls.vpn_vrfs(self.facts, router))
        return self.made.setdefault(found, tuple(sorted(found, key=lambda vrf: vrf.name)))

    def router(
        self,
        name: str,
        router: Hub | Spoke,
        *,
        role: Role,
        nbma: Address | None,
        nhrp: Nhrp,
        crypto: Crypto | None,
        overlay: Overlay,
        beside: Overlay | None,
    ) -> RouterDesign:
        """Put the design of one router together."""
        facts = self.facts
        intent, tunnel, transport = facts.intent, facts.intent.tunnel, facts.intent.transport
        inherited = facts.inherited(router)
        source = router.source or inherited.source or transport.source or ""
        return RouterDesign(
            name=name,
            cloud=facts.name,
            phase=intent.phase,
            role=role,
            dialect=router.dialect or inherited.dialect or intent.dialect,
            nbma_address=nbma,
            lan_prefixes=tuple(
                [lan.prefix for lan in router.lan if type(lan.prefix) is IPv4Network]
            ),
            lan_addresses=tuple(
                [lan.address for lan in router.lan if type(lan.address) is IPv4Address]
            ),
            lan_ipv6_prefixes=tuple(
                [lan.prefix for lan in router.lan if type(lan.prefix) is IPv6Network]
            ),
            lan_ipv6_addresses=tuple(
                [lan.address for lan in router.lan if type(lan.address) is IPv6Address]
            ),
            tunnel=Tunnel(
                interface=tunnel.interface,
                description=router.description or f"DMVPN {facts.name}",
                address=_interface(facts, name),
                source_interface=source,
                key=tunnel.key,
                ip_mtu=self.mtus["ipv4"],
                tcp_mss=self.mss,
                bandwidth=router.bandwidth or inherited.bandwidth or tunnel.bandwidth,
                delay=router.delay or inherited.delay or tunnel.delay,
                front_vrf=transport.front_vrf,
                inside_vrf=transport.inside_vrf,
                nhrp=nhrp,
                destination=_destination(facts, role, nhrp),
                shared=tunnel.shared,
                path_mtu_discovery=tunnel.path_mtu_discovery,
                if_state_nhrp=tunnel.if_state_nhrp and role is Role.SPOKE,
                bfd=self.bfd,
                keepalive=self.keepalive,
                pim=tunnel.pim,
                mpls=self.mpls,
                ipv6=self._inside(name, router, nhrp) if self.ipv6 else None,
                ipv6_transport=self.transport == "ipv6",
            ),
            crypto=crypto,
            overlay=overlay,
            overlay_ipv6=beside,
            site=router.site or "",
            group=router.group or "",
            vrfs=self._vrfs(router),
            free=free_lines(facts, name, router) if self.free else (),
            absent=absent_lines(facts, name, router) if self.free else (),
            vrf_lans=mpls.vrf_lans(router) if router.vrf_lan else (),
            underlay=underlay(facts, router, source, overlay),
            dns=dns(facts, router, source),
            nat=isinstance(router, Hub) and router.nat,
        )

    def _inside(self, name: str, router: Hub | Spoke, nhrp: Nhrp) -> TunnelIpv6 | None:
        if self.ipv6 is None:
            return None
        address = _interface(self.ipv6, name)
        if not isinstance(address, IPv6Interface):
            raise TypeError(address)
        hubs = tuple(nhs.hub for nhs in nhrp.nhs)
        spoke = isinstance(router, Spoke)
        known = self.servers.get((hubs, spoke))
        if known is None:
            known = self.servers[hubs, spoke] = servers(self.ipv6, hubs, spoke=spoke)
        return TunnelIpv6(
            address=address,
            link_local=self._link_local(address, router),
            mtu=self.mtus["ipv6"],
            tcp_mss=self.mss_ipv6,
            nhs=known,
        )

    def _link_local(self, address: IPv6Interface, router: Hub | Spoke) -> IPv6Address | None:
        """Return fe80:: with the part of the address behind the prefix, which no other has."""
        if router.link_local or not self.facts.intent.tunnel.ipv6_link_local:
            return router.link_local
        own = int(address.ip) & int(address.network.hostmask) & _INTERFACE_ID
        first = address.network.prefixlen >= _POINT_TO_POINT  # where a host may be number 0
        return IPv6Address(_LINK_LOCAL | own + first)


def _interface(facts: Facts, name: str) -> Interface:
    address, length = facts.addresses[name], facts.subnet.prefixlen
    if isinstance(address, IPv4Address):
        return IPv4Interface((address, length))
    return IPv6Interface((address, length))


def _destination(facts: Facts, role: Role, nhrp: Nhrp) -> Address | None:
    """Return where a point-to-point tunnel ends; None for multipoint GRE."""
    phase = facts.intent.phase
    if role is Role.SPOKE:
        return nhrp.nhs[0].nbma_address if phase <= 1 and nhrp.nhs else None
    if phase == 0:
        ends = [s.nbma for s in facts.intent.spokes.values() if s.nbma != "dynamic"]
        return ends[0] if ends else None
    return None


def _hub_overlay(facts: Facts, name: str, hub: Hub) -> Overlay:
    overlay = facts.intent.overlay
    # The ends of a plain tunnel are equals, unless one tells the other a summary or a default.
    equals = facts.intent.phase == 0 and facts.to_spokes == "specific"
    ends = tuple(facts.intent.spokes)
    match overlay:
        case intents.Ibgp() if equals:
            return bgp.ibgp_spoke(facts, overlay, name, hub, ends)
        case intents.Ebgp() if equals:
            return bgp.ebgp_spoke(facts, overlay, name, hub, ends)
        case intents.Ibgp():
            return bgp.ibgp_hub(facts, overlay, name, hub)
        case intents.Ebgp():
            return bgp.ebgp_hub(facts, overlay, name, hub)
        case _:
            return _igp(facts, name, hub)


def _spoke_overlay(facts: Facts) -> SpokeOverlay:
    overlay = facts.intent.overlay
    match overlay:
        case intents.Ibgp():
            return lambda name, spoke, hubs: bgp.ibgp_spoke(facts, overlay, name, spoke, hubs)
        case intents.Ebgp():
            return lambda name, spoke, hubs: bgp.ebgp_spoke(facts, overlay, name, spoke, hubs)
        case _:
            return lambda name, spoke, _hubs: _igp(facts, name, spoke)


def _igp(facts: Facts, name: str, router: Hub | Spoke) -> Overlay:
    overlay = facts.intent.overlay
    match overlay:
        case intents.Ospf() if facts.family == "ipv6":
            return igp.ospfv3(facts, overlay, name, router)
        case intents.Ospf():
            return igp.ospf(facts, overlay, name, router)
        case intents.EigrpClassic() | intents.EigrpNamed():
            return igp.eigrp(facts, overlay, name, router)
        case intents.Rip():
            return igp.rip(facts, router)
        case intents.Static():
            return igp.static(facts, name, router)
        case intents.Odr():
            return igp.odr(router)
        case _:
            raise TypeError(type(overlay).__name__)
