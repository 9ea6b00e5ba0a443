"""The small values of an intent: addresses, prefixes, names, references to secrets.

Text becomes a typed value here, once. Spellings that IOS would print differently are refused with
the spelling that it prints, so that what we send is what a router shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from socket import AF_INET, AF_INET6, AddressFamily, inet_pton
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_REFERENCE = {
    "env": re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*"),
    "file": re.compile(r"file:[^\x00-\x1f]+"),
    "keyring": re.compile(r"keyring:[^\x00-\x1f]+/[^\x00-\x1f/]+"),
    "vault": re.compile(r"vault:[^\x00-\x1f#/]+/[^\x00-\x1f#]+#[^\x00-\x1f]+"),
    "ansible-vault": re.compile(r"ansible-vault:[^\x00-\x1f]+"),
    "sops": re.compile(r"sops:[^\x00-\x1f#]+#[^\x00-\x1f]+"),
}
SCHEMES: Final = tuple(_REFERENCE)
"""Schemes of a secret reference; each has a resolver in the room `secrets`."""
_BITS_IPV6 = 128
_INTERFACES = (
    *("GigabitEthernet", "TenGigabitEthernet", "TwentyFiveGigE", "FortyGigabitEthernet"),
    *("HundredGigE", "TwoGigabitEthernet", "FiveGigabitEthernet", "FastEthernet", "Ethernet"),
    *("Serial", "Cellular", "Dialer", "Loopback", "Vlan", "Port-channel", "BDI", "ATM"),
    *("VirtualPortGroup", "Virtual-PPP", "Tunnel"),
)
_INTERFACE = re.compile(r"([A-Za-z]+(?:-[A-Za-z]+)?)(\d+(?:/\d+){0,3}(?:[.:]\d+)?)")


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("value", "{message}", {"message": message})


def _text(value: object, what: str) -> str:
    if type(value) is not str:
        raise _wrong(f"{what} is expected (text, not {_kind(value)})")
    return value


def _kind(value: object) -> str:
    names: dict[type, str] = {dict: "a mapping", list: "a list", int: "a number", bool: "a switch"}
    return "nothing" if value is None else names.get(type(value), f"a {type(value).__name__}")


def read_address(value: object) -> IPv4Address:
    """Read `10.0.0.1`."""
    if type(value) is IPv4Address:
        return value
    text = _text(value, "an IPv4 address such as 10.0.0.1")
    try:
        return IPv4Address(inet_pton(AF_INET, text))
    except OSError:
        raise _wrong(f"{text!r} is not an IPv4 address such as 10.0.0.1") from None


def read_ipv6_address(value: object) -> IPv6Address:
    """Read `2001:db8::1`."""
    if type(value) is IPv6Address:
        return value
    text = _text(value, "an IPv6 address such as 2001:db8::1")
    try:
        return IPv6Address(inet_pton(AF_INET6, text))
    except OSError:
        raise _wrong(f"{text!r} is not an IPv6 address such as 2001:db8::1") from None


def read_any_address(value: object) -> IPv4Address | IPv6Address:
    """Read `10.0.0.1` or `2001:db8::1`."""
    if type(value) is IPv6Address or (type(value) is str and ":" in value):
        return read_ipv6_address(value)
    return read_address(value)


def _split(value: object, example: str, family: AddressFamily) -> tuple[int, int]:
    """Read `A.B.C.D/N` or `X::Y/N` as the number of the address and the prefix length."""
    text = _text(value, f"a prefix such as {example}")
    address, slash, length = text.partition("/")
    try:
        number = int.from_bytes(inet_pton(family, address))
    except OSError:
        raise _wrong(f"{text!r} is not a prefix such as {example}") from None
    if not slash:
        raise _wrong(f"{text!r} has no prefix length; write it such as {example}")
    longest = _BITS_IPV6 if family == AF_INET6 else 32
    if not (length.isascii() and length.isdigit() and int(length) <= longest):
        raise _wrong(f"{text!r}: the prefix length is a number from 0 to {longest}")
    return number, int(length)


def _is_ipv6(value: object) -> bool:
    return type(value) is str and ":" in value


def read_prefix(value: object) -> IPv4Network:
    """Read `10.0.0.0/24`; bits behind the prefix length are an error."""
    if type(value) is IPv4Network:
        return value
    number, length = _split(value, "10.0.0.0/24", AF_INET)
    if number & (0xFFFFFFFF >> length):
        right = IPv4Network((number, length), strict=False)
        raise _wrong(f"{value!r} has bits behind /{length}; the prefix is {right}")
    return IPv4Network((number, length))


def read_ipv6_prefix(value: object) -> IPv6Network:
    """Read `2001:db8::/64`; bits behind the prefix length are an error."""
    if type(value) is IPv6Network:
        return value
    number, length = _split(value, "2001:db8::/64", AF_INET6)
    found = IPv6Network((number, length), strict=False)
    if int(found.network_address) != number:
        raise _wrong(f"{value!r} has bits behind /{length}; the prefix is {found}")
    return found


def read_any_prefix(value: object) -> IPv4Network | IPv6Network:
    """Read `10.0.0.0/8` or `2001:db8::/32`."""
    if type(value) is IPv6Network or _is_ipv6(value):
        return read_ipv6_prefix(value)
    return read_prefix(value)


def read_ipv6_interface_address(value: object) -> IPv6Interface:
    """Read `2001:db8::1/64`, the address of an interface in its subnet."""
    if type(value) is IPv6Interface:
        return value
    found = IPv6Interface(_split(value, "2001:db8::1/64", AF_INET6))
    if found.network.prefixlen < _BITS_IPV6 - 1 and found.ip == found.network.network_address:
        raise _wrong(f"{value!r} is no address of a host; the first of {found.network} is "
                     f"{found.network[1]}")  # fmt: skip
    return found


def read_link_local(value: object) -> IPv6Address:
    """Read `fe80::1`."""
    found = read_ipv6_address(value)
    if not found.is_link_local:
        raise _wrong(f"{value!r} is not a link-local address such as fe80::1")
    return found


def read_interface_address(value: object) -> IPv4Interface:
    """Read `10.0.0.1/24`, the address of an interface in its subnet."""
    if type(value) is IPv4Interface:
        return value
    number, length = _split(value, "10.0.0.1/24", AF_INET)
    found = IPv4Interface((number, length))
    if length < 31 and found.ip in (found.network.network_address, found.network.broadcast_address):
        raise _wrong(f"{value!r} is no address of a host; the first of {found.network} is "
                     f"{found.network[1]}")  # fmt: skip
    return found


def read_nbma(value: object) -> IPv4Address | IPv6Address | Literal["dynamic"]:
    """Read an address of either family, or the word `dynamic`."""
    return "dynamic" if value == "dynamic" else read_any_address(value)


def read_wan(
    value: object,
) -> IPv4Interface | IPv6Interface | Literal["dhcp", "negotiated", "autoconfig"]:
    """Read an address with its length, or the word `dhcp`, `negotiated` or `autoconfig`."""
    if value == "dhcp":
        return "dhcp"
    if value == "autoconfig":
        return "autoconfig"
    if type(value) is IPv6Interface or _is_ipv6(value):
        return read_ipv6_interface_address(value)
    return "negotiated" if value == "negotiated" else read_interface_address(value)


def read_mss(value: object) -> int | Literal["off"]:
    """Read a number of bytes from 500 to 1460, or the word `off`."""
    if value == "off":
        return "off"
    if type(value) is int and 500 <= value <= 1460:
        return value
    raise _wrong("a number from 500 to 1460, or off, is expected")


@dataclass(frozen=True, slots=True)
class Lan:
    """A prefix behind a router and the router's own address in it."""

    prefix: IPv4Network | IPv6Network
    address: IPv4Address | IPv6Address


def read_lan(value: object) -> Lan:
    """Read `10.1.0.1/24` (the router's address) or `10.1.0.0/24` (the router has the first), or the
    same of IPv6.
    """
    if type(value) is Lan:
        return value
    if _is_ipv6(value):
        return _read_ipv6_lan(value)
    number, length = _split(value, "10.1.0.1/24", AF_INET)
    hosts = 0xFFFFFFFF >> length
    first = number & ~hosts
    prefix = IPv4Network((first, length))
    if length >= 31:
        return Lan(prefix, IPv4Address(number))
    if number == first | hosts:
        raise _wrong(f"{value!r} is the broadcast address of {prefix}")
    return Lan(prefix, IPv4Address(number if number != first else first + 1))


def _read_ipv6_lan(value: object) -> Lan:
    number, length = _split(value, "2001:db8:1::1/64", AF_INET6)
    prefix = IPv6Network((number, length), strict=False)
    first = int(prefix.network_address)
    short = length < _BITS_IPV6 - 1
    return Lan(prefix, IPv6Address(first + 1 if short and number == first else number))


def read_interface(value: object) -> str:
    """Read an interface name in the spelling that IOS prints (`GigabitEthernet0/0/1`)."""
    text = _text(value, "an interface name such as GigabitEthernet1")
    match = _INTERFACE.fullmatch(text)
    if match and match[1] in _INTERFACES:
        return text
    word = re.match(r"[A-Za-z-]*", text)
    begun = word[0].lower() if word else ""
    number = text[len(begun) :].strip()
    meant = [name for name in _INTERFACES if begun and name.lower().startswith(begun)]
    meant = meant or get_close_matches(begun.capitalize(), _INTERFACES, n=1, cutoff=0.6)
    hint = f"; IOS prints {meant[0]}{number or 'N'}" if meant else ""
    raise _wrong(f"{text!r} is not an interface name as IOS prints it{hint}")


def read_reference(value: object) -> str:
    """Read a reference to a secret; anything else is refused and never shown."""
    if type(value) is str:
        pattern = _REFERENCE.get(value.partition(":")[0])
        if pattern and pattern.fullmatch(value):
            return value
    forms = "env:NAME, file:PATH, keyring:, vault:, ansible-vault: or sops:"
    raise PydanticCustomError(
        "secret",
        "a reference to a secret is due here ({forms}), not a value; what stands here is withheld",
        {"forms": forms},
    )


def _plain_text(value: object) -> str:
    text = _text(value, "a text")
    if not text.isprintable() or text != text.strip() or not text:
        raise _wrong("one line of printable text without blanks at its ends is expected")
    return text


def _matching(pattern: str, what: str) -> BeforeValidator:
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        text = _text(value, what)
        if not compiled.fullmatch(text):
            raise _wrong(f"{text!r} is not {what}")
        return text

    return BeforeValidator(read)


def _schema(kind: str, example: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": kind, "examples": [example], **more})


def _either(
    kinds: tuple[str, str], examples: tuple[str, str], *words: str, patterns: tuple[str, ...] = ()
) -> WithJsonSchema:
    """Accept both families, and words beside them."""
    options: list[dict[str, Any]] = [{"type": "string", "format": kind} for kind in kinds]
    for option, pattern in zip(options, patterns, strict=False):
        option["pattern"] = pattern
    options += [{"const": word} for word in words]
    return WithJsonSchema({"anyOf": options, "examples": [*examples, *words]})


_SLASHED = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"
_SLASHED_IPV6 = r"^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/\d{1,3}$"
_BOTH_SLASHED = (_SLASHED, _SLASHED_IPV6)
Address = Annotated[IPv4Address, PlainValidator(read_address), _schema("ipv4", "10.0.0.1")]
Ipv6Address = Annotated[
    IPv6Address, PlainValidator(read_ipv6_address), _schema("ipv6", "2001:db8::1")
]
LinkLocal = Annotated[IPv6Address, PlainValidator(read_link_local), _schema("ipv6", "fe80::1")]
AnyAddress = Annotated[
    IPv4Address | IPv6Address,
    PlainValidator(read_any_address),
    _either(("ipv4", "ipv6"), ("198.51.100.1", "2001:db8::1")),
]
Prefix = Annotated[
    IPv4Network,
    PlainValidator(read_prefix),
    _schema("ipv4-network", "10.0.0.0/24", pattern=_SLASHED),
]
Ipv6Prefix = Annotated[
    IPv6Network,
    PlainValidator(read_ipv6_prefix),
    _schema("ipv6-network", "2001:db8:ff::/64", pattern=_SLASHED_IPV6),
]
AnyPrefix = Annotated[
    IPv4Network | IPv6Network,
    PlainValidator(read_any_prefix),
    _either(
        ("ipv4-network", "ipv6-network"),
        ("10.0.0.0/8", "2001:db8::/32"),
        patterns=_BOTH_SLASHED,
    ),
]
Nbma = Annotated[
    IPv4Address | IPv6Address | Literal["dynamic"],
    PlainValidator(read_nbma),
    _either(("ipv4", "ipv6"), ("198.51.100.2", "2001:db8::2"), "dynamic"),
]
WanAddress = Annotated[
    IPv4Interface | IPv6Interface | Literal["dhcp", "negotiated", "autoconfig"],
    PlainValidator(read_wan),
    _either(
        ("ipv4-interface", "ipv6-interface"),
        ("198.51.100.2/30", "2001:db8::2/64"),
        *("dhcp", "negotiated", "autoconfig"),
        patterns=_BOTH_SLASHED,
    ),
]
Mss = Annotated[
    int | Literal["off"],
    PlainValidator(read_mss),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 500, "maximum": 1460}, {"const": "off"}]}
    ),
]
LanPrefix = Annotated[
    Lan,
    PlainValidator(read_lan),
    _either(
        ("ipv4-interface", "ipv6-interface"),
        ("10.1.0.1/24", "2001:db8:1::1/64"),
        patterns=_BOTH_SLASHED,
    ),
]
InterfaceName = Annotated[
    str, PlainValidator(read_interface), _schema("ios-interface", "GigabitEthernet1")
]
SecretRef = Annotated[
    str,
    PlainValidator(read_reference),
    _schema("secret-reference", "env:DMVPN_PSK", pattern=rf"^({'|'.join(SCHEMES)}):.+$"),
]
Text = Annotated[str, PlainValidator(_plain_text), WithJsonSchema({"type": "string"})]
IosText = Annotated[
    str,
    _matching(r"[!-~](?:[ -~]*[!-~])?", "a text that IOS keeps (one line of ASCII characters)"),
]
RouterName = Annotated[
    str, _matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "a router name (letters, digits, . _ -)")
]
Label = Annotated[
    str, _matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "a name (letters, digits, . _ -)")
]
IosName = Annotated[
    str, _matching(r"[A-Za-z][A-Za-z0-9_.-]{0,31}", "a name IOS accepts (letters, digits, . _ -)")
]
TunnelName = Annotated[str, _matching(r"Tunnel(0|[1-9][0-9]{0,9})", "a tunnel such as Tunnel0")]
RouteDistinguisher = Annotated[
    str, _matching(r"\d{1,10}:\d{1,10}", "a route distinguisher such as 65000:99")
]
DomainName = Annotated[
    str,
    _matching(r"(?=.{1,253}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", "a domain name"),
]
HostName = Annotated[
    str,
    _matching(
        r"(?=.{1,253}$)(?=.*[A-Za-z])[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+",
        "a fully qualified name such as hub1.example.net",
    ),
]
AsNumber = Annotated[int, Field(ge=1, le=4294967295)]
Seconds = Annotated[int, Field(ge=1, le=65535)]
