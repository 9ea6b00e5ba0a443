"""One router and one cloud, resolved."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

from dmvpn_auto.design.types.addresses import Address, Family, Network
from dmvpn_auto.design.types.crypto import Crypto
from dmvpn_auto.design.types.findings import Finding, Role
from dmvpn_auto.design.types.overlay import Overlay, PrefixList
from dmvpn_auto.design.types.tunnel import Tunnel
from dmvpn_auto.design.types.underlay import Underlay


@dataclass(frozen=True, slots=True, kw_only=True)
class Vrf:
    """A VRF that the cloud needs to exist."""

    name: str
    rd: str | None
    route_target: str | None = None  # exported and imported
    families: tuple[Family, ...] = ("ipv4",)


@dataclass(frozen=True, slots=True, kw_only=True)
class VrfLan:
    """The prefixes of one VRF behind a router, and its own address in each."""

    vrf: str
    prefixes: tuple[IPv4Network, ...]
    addresses: tuple[IPv4Address, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """How a router looks names up; `source_interface` is None where the route decides."""

    servers: tuple[Address, ...]
    front_vrf: str | None
    source_interface: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeText:
    """Lines that the intent gives word by word; secrets in them are `<references>`."""

    section: str
    place: Literal["before", "inside", "after"]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDesign:
    """All that one router gets from one cloud."""

    name: str
    cloud: str
    phase: Literal[0, 1, 2, 3]  # 0: plain point-to-point GRE
    role: Role
    dialect: str  # "ios" or "iosxe"
    nbma_address: Address | None  # None: dynamic (DHCP)
    lan_prefixes: tuple[IPv4Network, ...]
    lan_addresses: tuple[
        IPv4Address, ...
    ]  # this router's own address in each LAN prefix, for probes
    tunnel: Tunnel
    crypto: Crypto | None
    overlay: Overlay
    site: str = ""
    group: str = ""
    vrfs: tuple[Vrf, ...] = ()
    underlay: Underlay | None = None
    dns: Dns | None = None
    vrf_lans: tuple[VrfLan, ...] = ()
    free: tuple[FreeText, ...] = ()
    absent: tuple[FreeText, ...] = ()  # free lines that shall not be there
    nat: bool = False  # `nbma_address` is not the router's own: static NAT
    lan_ipv6_prefixes: tuple[IPv6Network, ...] = ()
    lan_ipv6_addresses: tuple[IPv6Address, ...] = ()
    overlay_ipv6: Overlay | None = None  # the IPv6 side of a dual-stack overlay

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """The overlay of each family."""
        return (self.overlay,) if self.overlay_ipv6 is None else (self.overlay, self.overlay_ipv6)

    @property
    def lans(self) -> tuple[Network, ...]:
        """The LAN prefixes of both families."""
        return (*self.lan_prefixes, *self.lan_ipv6_prefixes)

    @property
    def prefix_lists(self) -> tuple[PrefixList, ...]:
        """The IPv4 prefix lists that its sessions name, in the order in which IOS shows them."""
        provider = self.underlay.provider if self.underlay else None
        own = getattr(self.overlay, "only", None) if _family(self.overlay) == "ipv4" else None
        if provider is None:
            return (own,) if own else ()
        named = [own, getattr(provider, "accept", None), getattr(provider, "announce", None)]
        return tuple(sorted((one for one in named if one), key=lambda one: one.name))

    @property
    def ipv6_prefix_lists(self) -> tuple[PrefixList, ...]:
        """The IPv6 prefix lists that its sessions and its OSPFv3 name."""
        overlay = self.overlays[-1]
        if _family(overlay) == "ipv4":
            return ()
        named = [getattr(overlay, "only", None), getattr(overlay, "connected", None)]
        return tuple(one for one in named if one)


def _family(overlay: Overlay) -> Family:
    return getattr(overlay, "family", "ipv4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A check of `verify` that does not apply here; without device and peer to anybody."""

    check: str
    reason: str
    device: str | None = None
    peer: str | None = None

    def covers(self, check: str, device: str, peer: str | None) -> bool:
        """Whether it is about this verdict."""
        return (
            self.check == check
            and self.device in {None, device}
            and (self.peer is None or self.peer == peer)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudDesign:
    """One DMVPN cloud, resolved."""

    name: str
    phase: Literal[0, 1, 2, 3]  # 0: plain point-to-point GRE
    tunnel_subnet: Network  # of IPv4; of IPv6 where the overlay has nothing else
    routers: tuple[RouterDesign, ...]
    findings: tuple[Finding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    tunnel_ipv6_subnet: IPv6Network | None = None  # None: IPv4 alone

    @property
    def tunnel_subnets(self) -> tuple[Network, ...]:
        """The tunnel subnet of each family."""
        second = self.tunnel_ipv6_subnet
        both = second is not None and second != self.tunnel_subnet
        return (self.tunnel_subnet, second) if both and second else (self.tunnel_subnet,)

    @property
    def ipv4_alone(self) -> bool:
        """Whether neither overlay nor transport has IPv6."""
        transport = any(router.tunnel.ipv6_transport for router in self.routers)
        return self.tunnel_ipv6_subnet is None and not transport

    @property
    def hubs(self) -> tuple[RouterDesign, ...]:
        """The next-hop servers, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.HUB)

    @property
    def spokes(self) -> tuple[RouterDesign, ...]:
        """The next-hop clients, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.SPOKE)
