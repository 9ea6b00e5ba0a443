"""One setting of a configuration, and how a line becomes one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dmvpn_auto.design.types import Family
from dmvpn_auto.ios.masking import comparable, take_apart
from dmvpn_auto.verify.canonical import short


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `path` is the section it stands in, `line` the line as one may show it."""

    value: str = field(repr=False)
    line: str
    path: tuple[str, ...] = ()
    known: bool = True  # False: a secret that cannot be compared


Settings = Mapping[str, Setting]
Found = Iterator[tuple[str, Setting]]


@dataclass(frozen=True, slots=True)
class Towards:
    """Which tunnel, towards which peer, and what is inside and outside of it.

    Addresses are in their short form, empty where nobody knows them.
    """

    interface: str
    tunnel: str
    nbma: str
    identity: str = ""  # what the peer calls itself in IKE, where that is no address
    inside: Family = "ipv4"
    outside: Family = "ipv4"


def make(value: str, line: str, path: tuple[str, ...]) -> Setting:
    """Return the setting of a line; IPv6 addresses in its value become comparable."""
    parts = take_apart(line)
    if parts is None:
        return Setting(" ".join(map(short, value.split())), line, path)
    hidden = parts.clear if parts.clear is not None else parts.value
    return Setting(hidden, line, path, known=comparable(line) and hidden != "<secret>")


def match(body: Iterable[str], patterns: Mapping[str, str], path: tuple[str, ...]) -> Found:
    """Yield for each pattern the first line that it matches; its group is the value."""
    for name, pattern in patterns.items():
        for line in body:
            found = re.match(pattern, line)
            if found:
                yield name, make(found[1], line, path)
                break
