"""The tunnel and its NHRP: what all routers of a cloud share."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from dmvpn_auto.models.base import Model, knob
from dmvpn_auto.models.values import Ipv6Prefix, Mss, Prefix, Seconds, SecretRef, TunnelName


class Bfd(Model):
    """Bidirectional forwarding detection on the tunnel (RFC 5880)."""

    interval: int = knob(1000, "Time between two packets.", unit="ms", ge=50, le=9999)
    multiplier: int = knob(5, "Lost packets until the neighbor is gone.", ge=3, le=50)


class Keepalive(Model):
    """GRE keepalive; only on an unprotected point-to-point tunnel."""

    period: int = knob(10, "Time between two keepalives.", unit="s", ge=1, le=32767)
    retries: int = knob(3, "Unanswered keepalives until the line protocol is down.", ge=1, le=255)


class Tunnel(Model):
    """The tunnel interface."""

    subnet: Prefix | None = knob(
        None, "IPv4 subnet of the tunnel addresses; addresses that are not given come from it. "
        "Left out where the overlay has IPv6 alone (`ipv6_subnet`).",
    )  # fmt: skip
    ipv6_subnet: Ipv6Prefix | None = knob(
        None, "IPv6 subnet of the tunnel addresses, beside or instead of `subnet`.",
    )  # fmt: skip
    ipv6_link_local: bool = knob(
        True, "Give every tunnel an explicit link-local address, made of its IPv6 tunnel address "
        "(fe80:: and the part behind the prefix); IOS's own can be equal on two routers.",
        source="Cisco, DMVPN over IPv6: link-local addresses must be unique",
    )  # fmt: skip
    interface: TunnelName = knob("Tunnel0", "Name of the interface, on every router.")
    key: int | None = knob(
        None,
        "GRE key, equal on all routers; needed for two tunnels with one source. Adds 4 bytes.",
        ge=0, le=4294967295,
        source="measured on IOS-XE 17.15: a mismatch leaves no trace on the hub",
    )  # fmt: skip
    ip_mtu: int | None = knob(
        None, "Largest packet in the tunnel. Default: 1400, which leaves room for GRE, ESP and NAT "
        "traversal in 1500; 1380 over IPv6, whose header is 20 bytes longer.",
        unit="byte", ge=576, le=9976,
    )  # fmt: skip
    ipv6_mtu: int | None = knob(
        None, "Largest IPv6 packet in the tunnel. Default: as `ip_mtu`.",
        unit="byte", ge=1280, le=9976, source="RFC 8200 section 5: no link below 1280",
    )  # fmt: skip
    tcp_mss: Mss | None = knob(
        None, "Largest TCP segment that may be agreed. Default: ip_mtu - 40.", unit="byte"
    )
    ipv6_tcp_mss: Mss | None = knob(
        None, "Largest TCP segment that may be agreed over IPv6. Default: ipv6_mtu - 60, off where "
        "`tcp_mss` is.", unit="byte",
    )  # fmt: skip
    bandwidth: int | None = knob(
        None, "Bandwidth that routing and QoS reckon with; IOS's default is 100.", unit="kbit/s",
        ge=1, le=10000000,
    )  # fmt: skip
    delay: int | None = knob(
        None, "Delay that EIGRP reckons with; IOS's default is 5000. Prefers one of two clouds.",
        unit="10 us", ge=1, le=16777215,
    )  # fmt: skip
    shared: bool = knob(
        False, "This router has another tunnel with the same source and IPsec profile.",
        source="Cisco, Sharing IPsec with Tunnel Protection",
    )  # fmt: skip
    path_mtu_discovery: bool = knob(False, "Copy DF to the outer header and learn the path's MTU.")
    if_state_nhrp: bool = knob(
        False, "A spoke's tunnel is down while no NHS answers; for static routes and failover."
    )
    bfd: Bfd | None = knob(None, "BFD on the tunnel.")
    keepalive: Keepalive | None = knob(None, "GRE keepalive.")
    pim: Literal["sparse-mode"] | None = knob(None, "Multicast routing over the tunnel.")

    @model_validator(mode="after")
    def _some_subnet(self) -> Self:
        if self.subnet is None and self.ipv6_subnet is None:
            raise PydanticCustomError(
                "value", "key 'subnet' is missing: a tunnel needs subnet, ipv6_subnet or both", {}
            )
        return self


class Nhrp(Model):
    """Next Hop Resolution Protocol (RFC 2332)."""

    network_id: int | None = knob(
        None, "Number of the NHRP domain, of local meaning. Default: the tunnel key, else 1.",
        ge=1, le=4294967295,
    )  # fmt: skip
    authentication: SecretRef | None = knob(
        None, "Word of at most 8 characters that all routers send in the clear.",
        source="Cisco, NHRP command reference",
    )  # fmt: skip
    holdtime: Seconds = knob(
        600, "How long others may remember a router's NBMA address. Set always, as IOS's default "
        "is 7200 up to 15.5 and 600 later.", unit="s",
    )  # fmt: skip
    registration_timeout: Seconds | None = knob(
        None, "Time between two registrations. Default of IOS: a third of the holdtime.", unit="s"
    )
    no_unique: bool = knob(
        True, "Spokes may register again with another NBMA address (DHCP, new WAN line)."
    )
    server_only: bool = knob(False, "Hubs do not ask for spokes' addresses themselves.")
    nhs_style: Literal["nhs-nbma", "map"] = knob(
        "nhs-nbma", "One line `nhs ... nbma ... multicast` (15.2 and later) or the classic three."
    )
    nhs_learnt: bool = knob(
        False, "Spokes write no tunnel address of a hub down and learn it from the answer to their "
        "registration (`nhs dynamic`).",
        source="Cisco, DMVPN Configuration Using FQDN; RFC 2332 section 5.2.3",
    )  # fmt: skip
    cluster_max_connections: int | None = knob(
        None, "How many hubs of each cluster a spoke registers with at a time; the others wait.",
        ge=0, le=255,
    )  # fmt: skip
    fallback: int | None = knob(
        None, "Wait before going back to a hub of better priority.", unit="s", ge=0, le=60
    )
