"""What an argument of a command may be, and how IOS writes it back.

Each kind decides one thing: is this word an address, a number in a range, an interface; and gives
its canonical spelling (`gi1` -> `GigabitEthernet1`, `007` -> `7`). `label` is what `?` shows for
it. A kind says nothing about what the value is good for; that is the business of the rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

from dmvpn_auto.lab.acl import PORTS

INTERFACE_TYPES = (
    "Tunnel", "Loopback", "GigabitEthernet", "Ethernet", "FastEthernet", "Serial", "Port-channel",
    "Vlan", "Null", "BDI", "Dialer", "Virtual-Template", "VirtualPortGroup", "TenGigabitEthernet",
)  # fmt: skip
"""Known interface types; an abbreviation takes the first that it begins."""

VIRTUAL_TYPES = ("Tunnel", "Loopback", "Null", "Port-channel", "Virtual-Template", "Vlan", "BDI")
"""Types that exist as soon as they are named."""

_INTERFACE = re.compile(r"([A-Za-z][A-Za-z-]*)\s*(\d+(?:/\d+)*(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of argument; `parse` returns the canonical spelling, or None when the word is
    not of this kind."""

    name: str
    label: str
    parse: Callable[[str], str | None]
    rank: int
    """Of several kinds that take a word, those of the lowest rank win."""
    rest: bool = False
    """Takes the rest of the line, blanks included."""
    spaced: bool = False
    """May be written as two words: `tunnel 0`."""


def interface_name(word: str) -> str | None:
    """Expand `gi1`, `Gi 1`, `tun0` to the full name; None when it names no interface type."""
    match = _INTERFACE.fullmatch(word)
    if match is None:
        return None
    letters = match[1].lower()
    for kind in INTERFACE_TYPES:
        if kind.lower().startswith(letters):
            return kind + match[2]
    return None


def is_virtual(interface: str) -> bool:
    """Tell whether an interface (full name) comes to life by being named: a tunnel, a
    loopback, a sub-interface."""
    return interface.startswith(VIRTUAL_TYPES) or "." in interface


def interface_key(name: str) -> tuple[int, tuple[int, ...]]:
    """Sort key of the running configuration: loopbacks, tunnels, then the physical ones."""
    kind = name.rstrip("0123456789/.:")
    first = ("Loopback", "Port-channel", "Tunnel", "Virtual-Template")
    rank = first.index(kind) if kind in first else len(first) + _type_index(kind)
    return rank, tuple(int(n) for n in re.findall(r"\d+", name))


def _type_index(kind: str) -> int:
    return INTERFACE_TYPES.index(kind) if kind in INTERFACE_TYPES else len(INTERFACE_TYPES)


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that compares digits as numbers: 10.0.0.9 before 10.0.0.10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", text)
        if part
    )


def _address(word: str) -> str | None:
    try:
        return str(IPv4Address(word))
    except AddressValueError:
        # IOS reads 010.0.0.1 as decimal
        parts = word.split(".")
        plain = len(parts) == 4 and all(p.isdigit() and int(p) < 256 for p in parts)
        return ".".join(str(int(p)) for p in parts) if plain else None


def _prefix(word: str) -> str | None:
    head, slash, length = word.partition("/")
    address = _address(head)
    good = bool(slash) and length.isdigit() and int(length) <= 32 and address is not None
    return f"{address}/{int(length)}" if good else None


def _address6(word: str) -> str | None:
    try:
        return str(IPv6Address(word)).upper()
    except AddressValueError:
        return None


def _prefix6(word: str) -> str | None:
    head, slash, length = word.partition("/")
    if not slash:
        return None
    try:
        IPv6Network(f"{head}/{length}", strict=False)
    except ValueError:
        return None
    return f"{_address6(head)}/{int(length)}"


def _port(word: str) -> str | None:
    if re.fullmatch(r"\d{1,5}", word):
        return str(int(word)) if int(word) < 65536 else None
    return word if word in PORTS else None


def _matching(pattern: str) -> Callable[[str], str | None]:
    compiled = re.compile(pattern)
    return lambda word: word if compiled.fullmatch(word) else None


def _cidr_tail(word: str) -> str | None:
    return word if re.fullmatch(r"/\d{1,2}", word) and int(word[1:]) <= 32 else None


def _anything(word: str) -> str | None:
    return word or None


def _clock(word: str) -> str | None:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", word)
    return word if match and int(match[1]) < 24 and int(match[2]) < 60 else None


_KINDS = {
    kind.name: kind
    for kind in (
        Kind("ip", "A.B.C.D", _address, 0),
        Kind("mask", "A.B.C.D", _address, 0),
        Kind("prefix", "A.B.C.D/nn", _prefix, 0),
        Kind("length", "/nn", _cidr_tail, 0),
        Kind("ip6", "X:X:X:X::X", _address6, 0),
        Kind("prefix6", "X:X:X:X::X/<0-128>", _prefix6, 0),
        Kind("rd", "ASN:nn or IP-address:nn", _matching(r"(\d+|\d+\.\d+\.\d+\.\d+):\d+"), 0),
        Kind("time", "hh:mm:ss", _clock, 0),
        Kind("delay", "Delay before reload (mmm or hhh:mm)", _matching(r"\d+(:\d\d)?"), 0),
        Kind("nvram", "nvram:FILE", _matching(r"nvram:\S+"), 0),
        Kind("port", "<0-65535>", _port, 0),
        Kind("hex", "Hex-string", _matching(r"[0-9A-Fa-f]+"), 2),
        Kind("mac", "H.H.H", _matching(r"[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4}){2}"), 0),
        Kind("zone", "WORD", _matching(r"[A-Za-z+-][\w+-]*"), 3),
        Kind("if", "interface", interface_name, 1, spaced=True),
        Kind("fqdn", "Hostname", _matching(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+"), 2),
        Kind("word", "WORD", _anything, 3),
        Kind("line", "LINE", _anything, 4, rest=True),
    )
}


@cache
def kind(name: str) -> Kind:
    """Return the kind called `name`; `LOW-HIGH` is a number in that range. Unknown names are a
    bug: KeyError."""
    match = re.fullmatch(r"(-?\d+)-(\d+)", name)
    if match is None:
        return _KINDS[name]
    low, high = int(match[1]), int(match[2])

    def number(word: str) -> str | None:
        good = re.fullmatch(r"-?\d+", word) and low <= int(word) <= high
        return str(int(word)) if good else None

    return Kind(name, f"<{low}-{high}>", number, 1)
