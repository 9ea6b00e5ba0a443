"""MPLS over DMVPN: many VRFs in one tunnel, told apart by labels (RFC 4364 over GRE)."""

from __future__ import annotations

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.values import IosName, RouteDistinguisher


class MplsVrf(Model):
    """A VRF whose prefixes travel through the tunnel with a label."""

    rd: RouteDistinguisher = knob(REQUIRED, "Route distinguisher.", source="RFC 4364 section 4.2")
    route_target: RouteDistinguisher | None = knob(
        None, "Route target that is exported and imported. Default: the route distinguisher.",
        source="RFC 4364 section 4.3.1",
    )  # fmt: skip


class Mpls(Model):
    """VRFs over one tunnel: `mpls nhrp` in Phase 3, `mpls ip` (LDP with the hub) in Phase 1.

    The overlay is ibgp, whose sessions carry the VPN prefixes (`address-family vpnv4`) as well.
    Each packet is 4 bytes longer, so `tunnel.ip_mtu` is to be 1396.
    """

    vrfs: dict[IosName, MplsVrf] = knob(
        REQUIRED, "The VRFs. Hubs have all, spokes those in which they have `vrf_lan`.",
        min_length=1, source="Cisco, Dynamic Multipoint VPN, 2547oDMVPN",
    )  # fmt: skip
