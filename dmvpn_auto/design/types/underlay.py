"""The WAN interface and the routing with the provider on it, where the cloud manages them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from dmvpn_auto.design.types.addresses import Address, Family, Interface
from dmvpn_auto.design.types.overlay import PrefixList


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderBgp:
    """eBGP with the gateway; `asn` is that of the router's process, `local_as` what the provider
    takes us for where that differs.
    """

    kind: Literal["bgp"]
    asn: int
    local_as: int | None
    router_id: IPv4Address
    neighbor: IPv4Address
    remote_as: int
    network: IPv4Network
    password: str | None
    accept: PrefixList | None  # None: everything
    announce: PrefixList
    in_overlay: bool = False  # the router's one BGP process is that of the overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderOspf:
    """OSPF on the WAN interface alone."""

    kind: Literal["ospf"]
    process: int
    area: int
    router_id: IPv4Address
    network: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRip:
    """RIP on the WAN interface alone; `network` is classful."""

    kind: Literal["rip"]
    network: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlay:
    """The WAN interface, where the cloud manages it."""

    interface: str
    front_vrf: str | None
    address: Interface | None  # None: from DHCP, router advertisements, PPP or LTE
    gateway: Address | None
    negotiated: bool = False  # PPP or LTE; the default route leads out of the interface
    acl: str | None = None  # access list that lets the tunnels in and nothing else
    autoconfig: bool = False  # address and default route from router advertisements
    family: Family = "ipv4"
    provider: ProviderBgp | ProviderOspf | ProviderRip | None = None  # None: a default route
