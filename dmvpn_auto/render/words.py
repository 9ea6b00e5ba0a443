"""Addresses and prefixes in the words of IOS: masks, wildcards, where IOS leaves them out, and IPv6
in capitals.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)

_MASKS = tuple(str(IPv4Network((0, length)).netmask) for length in range(33))
_WILDCARDS = tuple(str(IPv4Network((0, length)).hostmask) for length in range(33))


def spell(value: object) -> str:
    """Spell `10.0.0.1`, `2001:DB8::1`, `2001:DB8::/32`; a name stays what it is."""
    if isinstance(value, IPv6Address | IPv6Network | IPv6Interface):
        return str(value).upper()
    return str(value)


def nhrp_target(address: IPv4Address | IPv6Address) -> str:
    """Spell what an NHRP mapping is for: `10.0.0.1`, `2001:DB8::1/128`."""
    return f"{spell(address)}/128" if isinstance(address, IPv6Address) else str(address)


def key_address(network: IPv4Network | IPv6Network) -> str:
    """Spell the peer of an IKEv1 key: `203.0.113.1`, `ipv6 2001:DB8::1/128`."""
    if isinstance(network, IPv6Network):
        return f"ipv6 {spell(network)}"
    return str(network.network_address)


def host_mask(address: IPv4Interface) -> str:
    """Spell `10.0.0.1 255.255.255.0`."""
    return f"{address.ip} {_MASKS[address.network.prefixlen]}"


def address_mask(network: IPv4Network | IPv6Network) -> str:
    """Spell `10.0.0.0 255.255.255.0`, `2001:DB8::/32`."""
    if isinstance(network, IPv6Network):
        return spell(network)
    return f"{network.network_address} {_MASKS[network.prefixlen]}"


def address_wildcard(network: IPv4Network) -> str:
    """Spell `10.0.0.0 0.0.0.255`."""
    return f"{network.network_address} {_WILDCARDS[network.prefixlen]}"


def classful_mask(network: IPv4Network | IPv6Network) -> str:
    """Spell the `network` of BGP: IOS shows no mask where it is that of the address class."""
    if isinstance(network, IPv6Network):
        return spell(network)
    address = network.network_address
    if network.prefixlen == _class(address):
        return str(address)
    return f"{address} mask {_MASKS[network.prefixlen]}"


def classful_wildcard(network: IPv4Network) -> str:
    """Spell the `network` of EIGRP: IOS shows no wildcard where it is that of the class."""
    address = network.network_address
    if network.prefixlen == _class(address):
        return str(address)
    return address_wildcard(network)


def _class(address: IPv4Address) -> int:
    first = int(address) >> 24
    return 8 if first < 128 else 16 if first < 192 else 24


FILTERS: dict[str, Callable[..., str]] = {
    "spell": spell,
    "nhrp_target": nhrp_target,
    "key_address": key_address,
    "host_mask": host_mask,
    "address_mask": address_mask,
    "address_wildcard": address_wildcard,
    "classful_mask": classful_mask,
    "classful_wildcard": classful_wildcard,
}
