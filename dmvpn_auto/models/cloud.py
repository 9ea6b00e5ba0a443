"""The intent: one DMVPN cloud as its owner declares it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.crypto import Crypto
from dmvpn_auto.models.free import Free
from dmvpn_auto.models.mpls import Mpls
from dmvpn_auto.models.overlay import Overlay
from dmvpn_auto.models.provider import Provider
from dmvpn_auto.models.routers import Dialect, Groups, Hubs, Spokes
from dmvpn_auto.models.sources import SpokesFrom
from dmvpn_auto.models.tunnel import Nhrp, Tunnel
from dmvpn_auto.models.values import (
    AnyAddress,
    InterfaceName,
    IosName,
    Label,
    RouteDistinguisher,
    RouterName,
    Text,
)


class Dns(Model):
    """Where spokes look up the names of hubs (`name` of a hub)."""

    servers: tuple[AnyAddress, ...] = knob(
        REQUIRED, "Name servers, asked in this order, in the front-door VRF where there is one.",
        strict=False, min_length=1, max_length=6,
        source="Cisco, IP Addressing command reference, ip name-server (six at most)",
    )  # fmt: skip
    from_source: bool = knob(
        True, "Questions leave with the address of the tunnel source; off: with that of the "
        "interface on the way to the server.",
        source="Cisco, IP Addressing command reference, ip domain lookup source-interface",
    )  # fmt: skip


class Transport(Model):
    """The underlay: where tunnels start and in which VRF their packets travel."""

    source: InterfaceName | None = knob(
        None, "Tunnel source of all routers that name none of their own."
    )
    front_vrf: IosName | None = knob(
        None, "Front-door VRF: keeps the underlay's default route apart from the overlay's."
    )
    front_rd: RouteDistinguisher | None = knob(None, "Route distinguisher of the front-door VRF.")
    inside_vrf: IosName | None = knob(None, "VRF of the overlay and the LANs.")
    inside_rd: RouteDistinguisher | None = knob(None, "Route distinguisher of the inside VRF.")
    acl: IosName | None = knob(
        None, "Access list on the managed WAN interfaces: only the tunnels come in (IKE, ESP; GRE "
        "where there is no protection). Everything else is dropped, remote logins too.",
    )  # fmt: skip
    dns: Dns | None = knob(None, "Name servers of the spokes, for hubs that have a `name`.")
    manage: bool = knob(
        False, "Also configure the WAN interfaces and their default route (`wan` of each router). "
        "Off: they are configured already, in `front_vrf` when there is one.",
    )  # fmt: skip
    provider: Provider | None = knob(
        None, "Routing with the provider on managed WAN interfaces. Default: static."
    )


class Qos(Model):
    """Per-tunnel QoS: the hub shapes each spoke by the group that the spoke names."""

    groups: dict[Label, IosName] = knob(
        REQUIRED, "NHRP group -> policy map on the hubs, which must exist there.", min_length=1
    )


CheckName = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]


class CheckWaiver(Model):
    """A check of `verify` that does not apply here; its verdict is shown as waived."""

    check: CheckName = knob(REQUIRED, "The check, by its name (`verify --list`).")
    reason: Text = knob(REQUIRED, "Why it does not apply.")
    device: RouterName | None = knob(None, "Only its verdicts about this router.")
    peer: RouterName | None = knob(None, "Only its verdicts towards this router.")


class Cloud(Model):
    """One DMVPN cloud."""

    description: Text | None = knob(None, "What the cloud is for.")
    phase: Literal[0, 1, 2, 3] = knob(
        3, "1: spokes talk through the hub. 2: directly, all routes on all spokes. 3: directly, "
        "by shortcuts; spokes need only a summary. 0: no NHRP, a plain GRE tunnel between one hub "
        "and one spoke.",
    )  # fmt: skip
    dialect: Dialect = knob("iosxe", "Operating system of routers that name none of their own.")
    tunnel: Tunnel = knob(REQUIRED, "The tunnel interface.")
    nhrp: Nhrp = knob(None, "NHRP.", factory=Nhrp)
    transport: Transport = knob(None, "The underlay.", factory=Transport)
    crypto: Crypto = knob(REQUIRED, "Protection of the tunnels.")
    overlay: Overlay = knob(REQUIRED, "Routing inside the tunnels.")
    mpls: Mpls | None = knob(None, "VRFs with labels in one tunnel (MPLS over DMVPN).")
    qos: Qos | None = knob(None, "Per-tunnel QoS.")
    free: Free | None = knob(
        None, "Free lines on all routers, for what has no key here: section -> lines.",
        examples=[{"tunnel": {"inside": ["load-interval 30"]}}],
    )  # fmt: skip
    groups: Groups = knob(None, "Values shared by the routers of a group.", factory=dict)
    sites: Groups = knob(None, "Values shared by the routers of a site.", factory=dict)
    hubs: Hubs = knob(REQUIRED, "The next-hop servers, by name.")
    spokes: Spokes = knob(None, "The next-hop clients, by name.", factory=dict)
    spokes_from: SpokesFrom | None = knob(
        None, "Further spokes from another source: a CSV file or NetBox."
    )
    waive: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], Text] = knob(
        None, "Design rules that do not apply here: rule -> reason.", factory=dict
    )
    waive_checks: tuple[CheckWaiver, ...] = knob(
        (), "Checks of `verify` that do not apply here.", strict=False
    )
