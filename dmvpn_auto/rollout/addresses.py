"""Where a management address leads: names are looked up, once."""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


@lru_cache(maxsize=8192)
def resolve(host: str) -> tuple[IPv4Address | IPv6Address, ...]:
    """Return the addresses of a host; none when nobody knows the name."""
    try:
        return (ip_address(host),)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
