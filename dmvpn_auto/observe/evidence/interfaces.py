"""Interfaces: state, addresses, and what a tunnel has beyond them."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.observe.evidence.base import Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(Row):
    """One interface; tunnel facts are None on others.

    Each command prints a part: `show ip interface` has `ip_mtu`, VRF and access lists, `show
    interfaces` the tunnel and the counters. What is not printed is None.
    """

    interface: str
    admin: str  # "up", "down", "administratively down"
    line: str  # "up", "down"
    address: str | None  # with prefix length
    mtu: int | None = None
    ip_mtu: int | None = None
    tunnel_source: str | None = None
    tunnel_source_interface: str | None = None
    tunnel_destination: str | None = None
    tunnel_mode: str | None = None
    tunnel_key: int | None = None
    tunnel_protection: str | None = None
    description: str | None = None
    vrf: str | None = None
    bandwidth: int | None = None  # kbit/s
    delay: int | None = None  # microseconds
    keepalive: int | None = None  # seconds; None: not set
    tunnel_ttl: int | None = None
    tunnel_transport_mtu: int | None = None  # bytes
    input_packets: int | None = None
    output_packets: int | None = None
    input_errors: int | None = None
    output_errors: int | None = None
    output_drops: int | None = None
    last_input: str | None = None  # "00:00:01", "never"
    last_output: str | None = None
    secondary: tuple[str, ...] = ()  # with prefix length
    access_in: str | None = None
    access_out: str | None = None
    redirects: bool | None = None  # ICMP redirects
    unnumbered: str | None = None  # the interface whose address is used
    ipv6_link_local: str | None = None
    ipv6_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaces(Reading):
    """`show interfaces`, `show {ip | ipv6} interface [brief]`."""

    interfaces: tuple[Interface, ...]
