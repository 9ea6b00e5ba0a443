"""The routing protocol inside the tunnels: one per cloud.

What the spokes learn is `to_spokes`: a `summary` or the `default` route (both keep spokes small and
suit Phase 1 and 3), or every `specific` prefix (what Phase 2 needs).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.values import AnyPrefix, AsNumber, IosName, Seconds, SecretRef

ToSpokes = Literal["summary", "default", "specific"]


class _Overlay(Model):
    """What every overlay has."""

    to_spokes: ToSpokes | None = knob(
        None, "What hubs tell spokes. Default: summary when `summaries` is given, else specific.",
    )  # fmt: skip
    summaries: tuple[AnyPrefix, ...] = knob(
        (), "Prefixes that stand for all sites, told to the spokes instead of the specific ones; "
        "of IPv4, of IPv6 or of both.",
        strict=False,
    )  # fmt: skip


class _Bgp(_Overlay):
    """What both kinds of BGP have."""

    keepalive: Annotated[int, Field(ge=1, le=65535)] = knob(20, "Keepalive.", unit="s")
    holdtime: Annotated[int, Field(ge=3, le=65535)] = knob(
        60, "A neighbor that is silent for so long is gone.", unit="s"
    )
    peer_group: IosName = knob("SPOKES", "Name of the hub's peer group.")
    listen_limit: int | None = knob(
        None, "Most neighbors that a hub accepts; more are refused silently. Default: as many as "
        "the tunnel subnet has addresses, at most 5000.", ge=1, le=5000,
    )  # fmt: skip
    password: SecretRef | None = knob(None, "TCP MD5 password of all sessions.")
    bfd: bool = knob(False, "Follow BFD; needs `tunnel.bfd`.")


class Ibgp(_Bgp):
    """Internal BGP: hubs are route reflectors, spokes their clients (RFC 4456)."""

    kind: Literal["ibgp"]
    asn: AsNumber = knob(REQUIRED, "The one autonomous system of the cloud.")


class Ebgp(_Bgp):
    """External BGP between hubs and spokes.

    `spoke_asn` is the one AS of all spokes; without it each spoke has its own `asn`.
    """

    kind: Literal["ebgp"]
    hub_asn: AsNumber = knob(REQUIRED, "Autonomous system of the hubs.")
    spoke_asn: AsNumber | None = knob(None, "Autonomous system of all spokes.")
    allowas_in: bool | None = knob(
        None, "Spokes accept prefixes with their own AS in the path. Default: true when spokes "
        "share an AS and learn specific prefixes, as they would refuse each other's else.",
    )  # fmt: skip


class Ospf(_Overlay):
    """OSPFv2 (RFC 2328) for IPv4, OSPFv3 (RFC 5340) for IPv6.

    Spokes learn every prefix of their area, or (`to_spokes: default`) a default route as well.
    `summaries` stand for the spokes' prefixes towards the backbone.
    """

    kind: Literal["ospf"]
    process: int = knob(1, "Number of the process.", ge=1, le=65535)
    area: int = knob(0, "Area of the tunnels.", ge=0, le=4294967295)
    area_type: Literal["normal", "stub", "totally-stub", "nssa", "totally-nssa"] = knob(
        "normal", "totally-stub gives spokes a default route only; not for area 0."
    )
    lan_area: int | None = knob(
        None, "Area of the spokes' prefixes. Default: the area of the tunnels.", ge=0, le=4294967295
    )
    network_type: Literal["point-to-multipoint", "broadcast", "non-broadcast", "point-to-point"] = (
        knob(
            "point-to-multipoint",
            "point-to-multipoint for Phase 1 and 3 (next hop is the hub); broadcast or "
            "non-broadcast for Phase 2 (next hop is kept); point-to-point only between two.",
        )
    )
    hello: Seconds = knob(10, "Hello interval.", unit="s")
    dead: Seconds = knob(40, "Dead interval.", unit="s")
    key_id: int = knob(1, "Number of the authentication key.", ge=1, le=255)
    authentication: SecretRef | None = knob(None, "Message digest key of the tunnels.")
    cost: int | None = knob(None, "Cost of the tunnel.", ge=1, le=65535)
    bfd: bool = knob(False, "Follow BFD; needs `tunnel.bfd`.")


class _Eigrp(_Overlay):
    """What classic and named EIGRP have (RFC 7868)."""

    asn: int = knob(REQUIRED, "Number of the autonomous system.", ge=1, le=65535)
    hello: Seconds = knob(20, "Hello interval on the tunnel.", unit="s")
    hold: Seconds = knob(60, "Hold time on the tunnel.", unit="s")
    stub: bool = knob(
        True, "Spokes are stubs (`connected summary`): hubs ask them no questions when a route is "
        "lost.",
    )  # fmt: skip
    split_horizon: bool = knob(
        False, "Split horizon at the hub; off, so that spokes learn of each other."
    )
    next_hop_self: bool | None = knob(
        None, "Hubs put themselves as next hop. Default: false in Phase 2, true otherwise."
    )
    key_chain: IosName = knob("DMVPN-EIGRP", "Name of the key chain.")
    authentication: SecretRef | None = knob(None, "Key of the neighbors (MD5, key 1).")
    bfd: bool = knob(False, "Follow BFD; needs `tunnel.bfd`.")


class EigrpClassic(_Eigrp):
    """EIGRP configured per interface, for old releases; IPv4 alone."""

    kind: Literal["eigrp"]


class EigrpNamed(_Eigrp):
    """EIGRP in named mode; recommended from 15.0 on."""

    kind: Literal["eigrp-named"]
    name: IosName = knob("DMVPN", "Name of the process.")


class Rip(_Overlay):
    """RIP version 2 (RFC 2453), for small clouds; IPv4 alone.

    `to_spokes: default` tells a default route beside the prefixes of all sites. A summary cannot be
    shorter than its address class.
    """

    kind: Literal["rip"]


class Static(_Overlay):
    """Static routes: one per spoke prefix on the hubs; a summary or all of them on the spokes."""

    kind: Literal["static"]


class Odr(_Overlay):
    """On-demand routing over CDP: spokes announce their prefixes and have a default route; IPv4
    alone.
    """

    kind: Literal["odr"]


Overlay = Annotated[
    Ibgp | Ebgp | Ospf | EigrpClassic | EigrpNamed | Rip | Static | Odr,
    Field(discriminator="kind"),
]
