"""Rules about MPLS over DMVPN."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Network

from dmvpn_auto.design.facts import mtu, told
from dmvpn_auto.design.rules.addressing import twice
from dmvpn_auto.design.rules.base import WARNING, Breach, Rule, View, meant
from dmvpn_auto.design.rules.topology import members
from dmvpn_auto.models.overlay import Ibgp

LABEL = 4  # bytes
_ROOM = 1400  # bytes that pass GRE, ESP and NAT traversal


class MplsPhase(Rule):
    """Labels between spokes come from NHRP in Phase 3; LDP speaks with the hub alone.

    In Phase 1 that is enough, as all traffic goes through the hub. In Phase 2 a spoke would have
    to send directly to another one with which it has no LDP session, hence no label. A plain
    tunnel between two routers has no NHRP, and is no DMVPN.
    """

    id = "mpls-phase"
    fix = "use phase: 3 (mpls nhrp), or phase: 1 (mpls ip, through the hub)"
    source = "Cisco, WAN Edge MPLS VPN over DMVPN (2547oDMVPN, hub and spoke only)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for the other phases."""
        if cloud.intent.mpls is not None and cloud.intent.phase not in (1, 3):
            yield Breach(("mpls",), f"MPLS over DMVPN in Phase {cloud.intent.phase}")


class MplsOverlay(Rule):
    """VPN prefixes with their labels travel in sessions of iBGP, from the reflector to all clients.

    Between autonomous systems a hub would need labels of its own for every prefix; other protocols
    carry none. The reflector passes every VPN prefix on as it is, so that a summary or default per
    VRF would not replace them. The tunnel is in no VRF, as the labels tell the VRFs apart.
    """

    id = "mpls-overlay"
    fix = "use overlay.kind: ibgp with to_spokes: specific and without transport.inside_vrf"
    source = "RFC 4364; Cisco, Dynamic Multipoint VPN, 2547oDMVPN"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look at the protocol, what it tells, and where the tunnel is."""
        if cloud.intent.mpls is None:
            return
        overlay = cloud.intent.overlay
        if not isinstance(overlay, Ibgp):
            yield Breach(("overlay", "kind"), f"{overlay.kind} carries no VPN prefixes here")
        elif told(cloud.intent) != "specific":
            key = "to_spokes" if overlay.to_spokes else "summaries"
            message = f"spokes are told a {told(cloud.intent)}, which stands for no VPN prefix"
            yield Breach(("overlay", key), message)
        if cloud.intent.transport.inside_vrf:
            at = ("transport", "inside_vrf")
            yield Breach(at, "the tunnel of an MPLS cloud is in the global table")


class MplsVrfUnknown(Rule):
    """A prefix in a VRF that the cloud does not carry is told to nobody."""

    id = "mpls-vrf-unknown"
    fix = "add the VRF under mpls.vrfs, or correct its name"
    source = "intent"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look up each VRF of `vrf_lan`; the front-door VRF is none of them."""
        known = cloud.intent.mpls.vrfs if cloud.intent.mpls else {}
        for section, name, router in members(cloud):
            for vrf in router.vrf_lan or ():
                if vrf not in known:
                    at = (section, name, "vrf_lan", vrf)
                    yield Breach(at, f"{name}: the cloud carries no VRF {vrf!r}{meant(vrf, known)}")
        front = cloud.intent.transport.front_vrf
        if front in known:
            yield Breach(("mpls", "vrfs", str(front)), f"{front} is the front-door VRF")


class MplsRdTwice(Rule):
    """IOS refuses two VRFs with one route distinguisher."""

    id = "mpls-rd-duplicate"
    fix = "give each VRF its own rd"
    source = "RFC 4364 section 4.2"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare the VRFs with each other and with the front-door VRF."""
        if cloud.intent.mpls is None:
            return
        transport = cloud.intent.transport
        front = [(transport.front_vrf, transport.front_rd)] if transport.front_vrf else []
        pairs = [(str(name), rd) for name, rd in front if rd]
        pairs += [(name, vrf.rd) for name, vrf in cloud.intent.mpls.vrfs.items()]
        for name, first, rd in twice(pairs):
            yield Breach(("mpls", "vrfs", name, "rd"), f"{name} and {first} have the rd {rd}")


class MplsMtu(Rule):
    """A label makes each packet 4 bytes longer than what fits the path; hosts in VRFs learn of it
    on their own interfaces only, as nothing adjusts TCP inside a label.
    """

    id = "mpls-mtu"
    severity = WARNING
    fix = "set tunnel.ip_mtu: 1396, and `ip tcp adjust-mss 1356` on the LAN interfaces in VRFs"
    source = "RFC 3032 section 2.1; RFC 3032 section 3"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Compare with what is left of 1400 bytes."""
        size = mtu(cloud.intent)
        if cloud.intent.mpls is not None and size > _ROOM - LABEL:
            yield Breach(("tunnel", "ip_mtu"), f"ip mtu {size} leaves no room for a label")


class MplsIpv6(Rule):
    """VPN prefixes of IPv6 need a family of their own (VPNv6), and labels over IPv6 transport a
    label protocol that DMVPN does not have.
    """

    id = "mpls-ipv6"
    fix = "leave tunnel.ipv6_subnet out and use IPv4 in vrf_lan and nbma"
    source = "RFC 4659; Cisco, Dynamic Multipoint VPN, 2547oDMVPN (IPv4 alone)"

    def judge(self, cloud: View) -> Iterator[Breach]:
        """Look for IPv6 in the tunnel, under it and behind it."""
        if cloud.intent.mpls is None:
            return
        if not cloud.design.ipv4_alone:
            yield Breach(("mpls",), "MPLS over DMVPN with IPv6")
        for section, name, router in members(cloud):
            for vrf, lans in (router.vrf_lan or {}).items():
                for lan in lans:
                    if isinstance(lan.prefix, IPv6Network):
                        at = (section, name, "vrf_lan", vrf)
                        yield Breach(at, f"{name}: {lan.prefix} in VRF {vrf}")


RULES: tuple[type[Rule], ...] = (
    MplsPhase,
    MplsOverlay,
    MplsVrfUnknown,
    MplsRdTwice,
    MplsMtu,
    MplsIpv6,
)
