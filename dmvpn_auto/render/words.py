"""Addresses and prefixes in the words of IOS: masks, wildcards, and where IOS leaves them out."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

_MASKS = tuple(str(IPv4Network((0, length)).netmask) for length in range(33))
_WILDCARDS = tuple(str(IPv4Network((0, length)).hostmask) for length in range(33))


def host_mask(address: IPv4Interface) -> str:
    """Spell `10.0.0.1 255.255.255.0`."""
    return f"{address.ip} {_MASKS[address.network.prefixlen]}"


def address_mask(network: IPv4Network) -> str:
    """Spell `10.0.0.0 255.255.255.0`."""
    return f"{network.network_address} {_MASKS[network.prefixlen]}"


def address_wildcard(network: IPv4Network) -> str:
    """Spell `10.0.0.0 0.0.0.255`."""
    return f"{network.network_address} {_WILDCARDS[network.prefixlen]}"


def classful_mask(network: IPv4Network) -> str:
    """Spell the `network` of BGP: IOS shows no mask where it is that of the address class."""
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
    "host_mask": host_mask,
    "address_mask": address_mask,
    "address_wildcard": address_wildcard,
    "classful_mask": classful_mask,
    "classful_wildcard": classful_wildcard,
}
