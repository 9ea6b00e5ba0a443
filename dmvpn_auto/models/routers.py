"""Hubs, spokes, and what groups and sites give them.

A value is looked for at the router, then at its site, its group, and the cloud.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dmvpn_auto.models.base import REQUIRED, Model, knob
from dmvpn_auto.models.free import Free
from dmvpn_auto.models.values import (
    Address,
    AnyAddress,
    AnyPrefix,
    AsNumber,
    HostName,
    InterfaceName,
    IosName,
    IosText,
    Ipv6Address,
    Label,
    LanPrefix,
    LinkLocal,
    Nbma,
    RouterName,
    SecretRef,
    WanAddress,
)

Dialect = Literal["ios", "iosxe"]


class Wan(Model):
    """The WAN interface, where the cloud manages it (`transport.manage: true`)."""

    address: WanAddress = knob(
        REQUIRED, "Address with its length; dhcp; negotiated (PPP, LTE; IPv4); or autoconfig (from "
        "router advertisements; IPv6)."
    )  # fmt: skip
    gateway: AnyAddress | None = knob(
        None, "Next hop of the default route, link-local or not; dhcp and autoconfig bring their "
        "own, negotiated needs none."
    )  # fmt: skip


class Defaults(Model):
    """What a group or a site gives its routers."""

    source: InterfaceName | None = knob(None, "Tunnel source: the WAN interface or a loopback.")
    dialect: Dialect | None = knob(None, "Operating system: ios (15.x) or iosxe (16, 17).")
    bandwidth: int | None = knob(None, "Bandwidth of the tunnel.", unit="kbit/s", ge=1, le=10000000)
    delay: int | None = knob(None, "Delay of the tunnel.", unit="10 us", ge=1, le=16777215)
    qos_group: Label | None = knob(
        None, "NHRP group: which of the hub's policies shapes the traffic to this spoke."
    )
    free: Free | None = knob(
        None, "Free lines beside those of the cloud: section -> lines.",
        examples=[{"tunnel": {"inside": ["load-interval 30"]}}],
    )  # fmt: skip


class Router(Defaults):
    """What hubs and spokes have."""

    tunnel_address: Address | None = knob(
        None, "Address in the tunnel subnet. Default: the next free one, kept for good."
    )
    tunnel_ipv6_address: Ipv6Address | None = knob(
        None, "Address in the IPv6 tunnel subnet. Default: the next free one, kept for good."
    )
    link_local: LinkLocal | None = knob(
        None, "Link-local address of the tunnel. Default: see `tunnel.ipv6_link_local`."
    )
    lan: tuple[LanPrefix, ...] = knob(
        (), "Prefixes behind the router: 10.1.0.1/24 is the router's address in 10.1.0.0/24; "
        "10.1.0.0/24 means that it has the first one; the same with IPv6.", strict=False,
    )  # fmt: skip
    vrf_lan: dict[IosName, Annotated[tuple[LanPrefix, ...], Field(strict=False)]] | None = knob(
        None, "Prefixes behind the router in VRFs of `mpls`: VRF -> prefixes as in `lan`. Those of "
        "different VRFs may be equal.", examples=[{"BLUE": ["10.1.0.1/24"]}],
    )  # fmt: skip
    group: Label | None = knob(None, "Group whose values apply; must be under `groups`.")
    site: Label | None = knob(None, "Site, for --limit; its values apply when it is under `sites`.")
    router_id: Address | None = knob(
        None,
        "Router id of the routing protocol. Default: the IPv4 tunnel address; where there is "
        "none, 10.X.Y.Z of the last three bytes of the IPv6 one.",
    )
    description: IosText | None = knob(None, "Description of the tunnel interface.")
    wan: Wan | None = knob(None, "The WAN interface, where the cloud manages it.")


class Hub(Router):
    """A next-hop server: its NBMA address never changes."""

    nbma: AnyAddress = knob(
        REQUIRED,
        "Address at which spokes reach the hub, IPv4 or IPv6; the public one behind static NAT.",
    )
    name: HostName | None = knob(
        None, "Fully qualified name at which spokes look the hub up instead of writing its address "
        "down; `nbma` is what it stands for, and is needed: hubs reach each other by address.",
        source="Cisco, DMVPN Configuration Using FQDN (15.1(2)T)", examples=["hub1.example.net"],
    )  # fmt: skip
    nat: bool = knob(False, "The hub is behind static one-to-one NAT.")
    priority: int | None = knob(
        None, "Spokes prefer the hub with the lowest number. Default of IOS: 0.", ge=0, le=255
    )
    cluster: int | None = knob(None, "NHS cluster of the hub. Default of IOS: 0.", ge=0, le=10)
    upstream: tuple[RouterName, ...] = knob(
        (), "Hubs above this regional hub, with which it registers (Phase 3 hierarchy).",
        strict=False,
    )  # fmt: skip

    asn: AsNumber | None = knob(
        None, "Own autonomous system of a regional hub (overlay ebgp); top hubs have hub_asn."
    )
    summaries: tuple[AnyPrefix, ...] | None = knob(
        None, "Summaries that this hub tells its spokes. Default: those of the overlay.",
        strict=False,
    )  # fmt: skip


class Spoke(Router):
    """A next-hop client."""

    nbma: Nbma = knob(
        "dynamic", "Address that others see as its source, or dynamic (DHCP, PPPoE, LTE, NAT).",
    )  # fmt: skip
    hubs: tuple[RouterName, ...] = knob(
        (), "Hubs with which the spoke registers. Default: all; to be given where hubs have an "
        "`upstream`.", strict=False,
    )  # fmt: skip
    asn: AsNumber | None = knob(None, "Own autonomous system (overlay ebgp without spoke_asn).")
    pre_shared_key: SecretRef | None = knob(None, "Key of its own between it and the hubs.")


Groups = dict[Label, Defaults]
Hubs = Annotated[dict[RouterName, Hub], Field(min_length=1)]
Spokes = dict[RouterName, Spoke]
