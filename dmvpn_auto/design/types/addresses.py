"""Addresses and prefixes of either family, for what is said in the same way of both."""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Literal

Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network
Family = Literal["ipv4", "ipv6"]

FAMILY_NAMES: dict[Family, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}
"""What people call them."""
ALL_ONES: dict[Family, int] = {"ipv4": (1 << 32) - 1, "ipv6": (1 << 128) - 1}


def family_of(address: Address) -> Family:
    """Return the family of an address."""
    return "ipv4" if isinstance(address, IPv4Address) else "ipv6"
