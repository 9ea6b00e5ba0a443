"""The design: the intent resolved per router, every address, neighbour and knob decided.

All types are frozen, written as JSON and read back through `pydantic.TypeAdapter`. Variants (crypto,
overlay) are unions told apart by `kind`: a new overlay is a new member, one template, one check,
never a new `if`.
Units: seconds, kilobytes, kbit/s, bytes. Addresses are `ipaddress` objects.
Secrets are references (`env:NAME`, `file:PATH`, ...), never values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal


class Role(StrEnum):
    """What a router is to the cloud; a hub is an NHS, a spoke an NHC."""

    HUB = "hub"
    SPOKE = "spoke"


class Severity(StrEnum):
    """How bad a finding is: an error refuses the design, a warning does not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a design rule has to say about one place of the intent."""

    rule: str
    severity: Severity
    subject: str
    message: str
    fix: str
    source: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhs:
    """One next-hop server of a client: `ip nhrp nhs A nbma B multicast`."""

    hub: str
    tunnel_address: IPv4Address
    nbma_address: IPv4Address
    multicast: bool = True
    priority: int | None = None
    cluster: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nhrp:
    """NHRP of one tunnel (RFC 2332 and Cisco's extensions)."""

    network_id: int
    authentication: str | None
    holdtime: int
    registration_timeout: int | None
    registration_no_unique: bool
    multicast_dynamic: bool
    redirect: bool
    shortcut: bool
    nhs: tuple[Nhs, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """The tunnel interface."""

    interface: str
    description: str
    address: IPv4Interface
    source_interface: str
    key: int | None
    ip_mtu: int
    tcp_mss: int | None
    bandwidth: int | None
    delay: int | None
    front_vrf: str | None
    inside_vrf: str | None
    nhrp: Nhrp


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpd:
    """Dead peer detection: an R-U-THERE every `interval` s, given up after retries `retry` s apart."""

    interval: int
    retry: int
    mode: Literal["on-demand", "periodic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ipsec:
    """Transform set and IPsec profile."""

    transform_set: str
    profile: str
    encryption: str  # IOS words, for example "esp-gcm 256"
    integrity: str | None
    mode: Literal["transport", "tunnel"]
    pfs_group: int | None
    lifetime: int | None
    replay_window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2PreShared:
    """IKEv2 with pre-shared keys from one wildcard keyring entry."""

    kind: Literal["ikev2-psk"]
    proposal: str
    policy: str
    keyring: str
    profile: str
    encryption: str  # "aes-gcm-256"
    prf: str | None
    integrity: str | None
    dh_group: int
    pre_shared_key: str
    dpd: Dpd | None
    lifetime: int | None
    front_vrf: str | None
    ipsec: Ipsec


Crypto = Ikev2PreShared


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpReflector:
    """The hub of an iBGP overlay: route reflector with a listen range for the spokes."""

    kind: Literal["ibgp-hub"]
    asn: int
    router_id: IPv4Address
    peer_group: str
    listen_range: IPv4Network
    listen_limit: int
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]
    summaries: tuple[IPv4Network, ...]
    default_originate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IbgpClient:
    """The spoke of an iBGP overlay: one neighbor per hub."""

    kind: Literal["ibgp-spoke"]
    asn: int
    router_id: IPv4Address
    neighbors: tuple[IPv4Address, ...]
    keepalive: int
    holdtime: int
    networks: tuple[IPv4Network, ...]


Overlay = IbgpReflector | IbgpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterDesign:
    """All that one router gets from one cloud."""

    name: str
    cloud: str
    phase: Literal[1, 2, 3]
    role: Role
    dialect: str  # "ios" or "iosxe"
    nbma_address: IPv4Address | None  # None: dynamic (DHCP)
    lan_prefixes: tuple[IPv4Network, ...]
    lan_addresses: tuple[
        IPv4Address, ...
    ]  # this router's own address in each LAN prefix, for probes
    tunnel: Tunnel
    crypto: Crypto | None
    overlay: Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudDesign:
    """One DMVPN cloud, resolved."""

    name: str
    phase: Literal[1, 2, 3]
    tunnel_subnet: IPv4Network
    routers: tuple[RouterDesign, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def hubs(self) -> tuple[RouterDesign, ...]:
        """The next-hop servers, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.HUB)

    @property
    def spokes(self) -> tuple[RouterDesign, ...]:
        """The next-hop clients, in intent order."""
        return tuple(r for r in self.routers if r.role is Role.SPOKE)
