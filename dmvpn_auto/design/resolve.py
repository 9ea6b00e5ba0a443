"""Intent -> design: decide every address, neighbour and knob of every router.

Decides only; whether the outcome can work is for the rules (`dmvpn_auto.design.rules`), which see
the intent and the design. So a wrong intent resolves too, and every finding is reported at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import Literal

from dmvpn_auto.design import bgp, igp, mpls
from dmvpn_auto.design.allocation import Ledger, allocate
from dmvpn_auto.design.crypto import crypto_maker
from dmvpn_auto.design.facts import Facts
from dmvpn_auto.design.nhrp import hub_nhrp, spoke_nhrp
from dmvpn_auto.design.types import (
    Bfd,
    CloudDesign,
    Crypto,
    Dns,
    Keepalive,
    Nhrp,
    Overlay,
    Role,
    RouterDesign,
    Tunnel,
    Underlay,
    Vrf,
)
from dmvpn_auto.models import Cloud, Hub, Router, Spoke
from dmvpn_auto.models import overlay as intents

_TCP_AND_IP = 40  # bytes of header in front of a TCP segment
SpokeOverlay = Callable[[str, Spoke, tuple[str, ...]], Overlay]


def resolve(name: str, intent: Cloud, ledger: Ledger | None = None) -> CloudDesign:
    """Resolve the cloud `name`; `ledger` holds the tunnel addresses given out before.

    Raises IntentError when the tunnel subnet is too small.
    """
    members: dict[str, Router] = {**intent.spokes, **intent.hubs}
    wanted = {n: members[n].tunnel_address for n in (*intent.hubs, *intent.spokes)}
    addresses = allocate(intent.tunnel.subnet, wanted, ledger or Ledger())
    facts = Facts(name, intent, addresses)
    common = _Common.of(facts)
    crypto = crypto_maker(facts)
    overlay = _spoke_overlay(facts)
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
            )
        )
    return CloudDesign(
        name=name, phase=intent.phase, tunnel_subnet=intent.tunnel.subnet, routers=tuple(routers)
    )


@dataclass(frozen=True, slots=True)
class _Common:
    """What the routers of a cloud have alike, said once."""

    facts: Facts
    mss: int | None
    bfd: Bfd | None
    keepalive: Keepalive | None
    vrfs: tuple[Vrf, ...]
    mpls: Literal["ip", "nhrp"] | None
    made: dict[tuple[Vrf, ...], tuple[Vrf, ...]]
    """Equal VRFs as one object, so that their text is written once."""

    @classmethod
    def of(cls, facts: Facts) -> _Common:
        tunnel, transport = facts.intent.tunnel, facts.intent.transport
        mss = tunnel.ip_mtu - _TCP_AND_IP if tunnel.tcp_mss is None else tunnel.tcp_mss
        named = ((transport.front_vrf, transport.front_rd),
                 (transport.inside_vrf, transport.inside_rd))  # fmt: skip
        bfd, keepalive = tunnel.bfd, tunnel.keepalive
        return cls(
            facts=facts,
            mss=None if mss == "off" else mss,
            bfd=Bfd(interval=bfd.interval, multiplier=bfd.multiplier) if bfd else None,
            keepalive=Keepalive(period=keepalive.period, retries=keepalive.retries)
            if keepalive
            else None,
            vrfs=tuple(Vrf(name=n, rd=rd) for n, rd in sorted(named, key=str) if n),
            mpls=mpls.labels(facts),
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
        nbma: IPv4Address | None,
        nhrp: Nhrp,
        crypto: Crypto | None,
        overlay: Overlay,
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
            lan_prefixes=tuple([lan.prefix for lan in router.lan]),
            lan_addresses=tuple([lan.address for lan in router.lan]),
            tunnel=Tunnel(
                interface=tunnel.interface,
                description=router.description or f"DMVPN {facts.name}",
                address=IPv4Interface((facts.addresses[name], tunnel.subnet.prefixlen)),
                source_interface=source,
                key=tunnel.key,
                ip_mtu=tunnel.ip_mtu,
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
            ),
            crypto=crypto,
            overlay=overlay,
            site=router.site or "",
            group=router.group or "",
            vrfs=self._vrfs(router),
            vrf_lans=mpls.vrf_lans(router) if router.vrf_lan else (),
            underlay=self._underlay(router, source),
            dns=self._dns(router, source),
            nat=isinstance(router, Hub) and router.nat,
        )

    def _dns(self, router: Router, source: str) -> Dns | None:
        transport = self.facts.intent.transport
        if transport.dns is None or isinstance(router, Hub):
            return None
        return Dns(
            servers=transport.dns.servers,
            front_vrf=transport.front_vrf,
            source_interface=source if transport.dns.from_source else None,
        )

    def _underlay(self, router: Router, source: str) -> Underlay | None:
        wan = router.wan
        if not self.facts.intent.transport.manage or wan is None:
            return None
        transport = self.facts.intent.transport
        return Underlay(
            interface=source,
            front_vrf=transport.front_vrf,
            address=None if isinstance(wan.address, str) else wan.address,
            gateway=wan.gateway,
            negotiated=wan.address == "negotiated",
            acl=transport.acl,
        )


def _destination(facts: Facts, role: Role, nhrp: Nhrp) -> IPv4Address | None:
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
    match overlay:
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
