"""What charon is told about one protected tunnel, and the values that both IKE versions share."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

GROUPS = {
    1: "modp768",
    2: "modp1024",
    5: "modp1536",
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    19: "ecp256",
    20: "ecp384",
    21: "ecp521",
    24: "modp2048s256",
}
"""Diffie-Hellman group -> strongSwan's name of it."""
GROUP_NUMBERS = {name: group for group, name in GROUPS.items()}
"""strongSwan's lower-case name of a Diffie-Hellman group -> its number."""


class Incomplete(Exception):  # noqa: N818 - not an error: a half-typed configuration
    """The configuration cannot protect the tunnel yet; the text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpd:
    """Dead peer detection: a probe after `interval` s without traffic, repeated each `retry` s."""

    interval: int
    retry: int
    periodic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSharedKey:
    """One key of a keyring and whom it is for (addresses or prefixes; none: everybody)."""

    owners: tuple[str, ...]
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trustpoint:
    """A certificate authority, and the certificate that the router asks it for."""

    name: str
    url: str
    """Where one enrols; routers with the same address trust the same authority."""
    subject: str
    fqdn: str | None
    kind: Literal["rsa", "ecdsa"]
    bits: int
    revocation: bool
    """Whether a peer's certificate must be checked against a revocation list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What a tunnel asks of its IPsec SAs, whichever IKE makes them: GRE in transport mode."""

    name: str
    local: IPv4Address
    remote: IPv4Address | None
    """None: whoever NHRP resolves (mGRE)."""
    front_vrf: str | None
    esp_proposals: tuple[str, ...]
    child_lifetime: int
    replay_window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Child):
    """One IKE configuration with its single child, ready to be given to charon."""

    profile: str
    """Name of the IKE profile, as `show crypto session` prints it; "" when there is none."""
    version: Literal[1, 2]
    proposals: tuple[str, ...]
    auth_local: Literal["psk", "rsa", "ecdsa"]
    auth_remote: Literal["psk", "rsa", "ecdsa"]
    local_id: str
    """"" with a certificate: its subject name."""
    remote_id: str
    dpd: Dpd | None
    ike_lifetime: int
    keys: tuple[PreSharedKey, ...]
    trustpoint: Trustpoint | None = None
    """Where certificates come from, when either side signs."""


def host_mask(address: str) -> str:
    """Return the mask that an address without one has: the wildcard is everybody."""
    return "0.0.0.0" if address == "0.0.0.0" else "255.255.255.255"  # noqa: S104 - a wildcard, not a bind


def owner(net: IPv4Network) -> str:
    """Spell whom a key is for."""
    return str(net.network_address) if net.prefixlen == 32 else str(net)
