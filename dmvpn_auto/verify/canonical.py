"""IPv6 addresses in readings, written as the design writes them.

Routers print `2001:DB8:0:1::1`, sometimes with zeros in front or a zone behind; readings keep that.
Whoever judges compares addresses, so evidence is brought into one form before it is looked at. Raw
lines stay as they were printed.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from ipaddress import IPv6Address, IPv6Network
from typing import Any, TypeVar

T = TypeVar("T")
_SOMEWHERE = re.compile(r"::|(?:[0-9A-Fa-f]{1,4}:){3}")
_ADDRESS = re.compile(r"([0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?:%\S+)?(/\d{1,3})?")
_AS_PRINTED = {"command", "lines", "unparsed", "warnings", "description"}


def canonical(reading: T, text: str) -> T:
    """Return `reading`, made from `text`, with every IPv6 address in its short form."""
    return _walk(reading) if _SOMEWHERE.search(text) else reading


def _walk(value: T) -> T:
    made: Any = value
    if isinstance(value, str):
        made = short(value)
    elif isinstance(value, tuple):
        made = tuple(map(_walk, value))
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {
            f.name: new
            for f in fields(value)
            if f.name not in _AS_PRINTED
            if (new := _walk(old := getattr(value, f.name))) != old
        }
        made = replace(value, **changed) if changed else value
    return made  # type: ignore[no-any-return]  # of the type that came in


def short(text: str) -> str:
    """Return an IPv6 address or prefix in its short form, anything else unchanged."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return text
    try:
        address = IPv6Address(found[1])
        if found[2]:
            IPv6Network(found[1] + found[2], strict=False)
    except ValueError:  # a time, such as 00:01:07
        return text
    return f"{address}{found[2] or ''}"
