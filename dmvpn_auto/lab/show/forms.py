"""How IOS writes times, interface names and tables: the small forms that all layouts share."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = {
    "GigabitEthernet": "Gi",
    "TenGigabitEthernet": "Te",
    "FastEthernet": "Fa",
    "Ethernet": "Et",
    "Loopback": "Lo",
    "Tunnel": "Tu",
    "Serial": "Se",
    "Vlan": "Vl",
}
_MINUTE, _HOUR, _DAY, _WEEK, _YEAR = 60, 3600, 86400, 604800, 31536000


def age(seconds: float | None) -> str:
    """Write a time span as IOS does in its tables: 00:01:07, 1d02h, 1w2d, 1y24w, never (None)."""
    if seconds is None:
        return "never"
    whole = max(0, int(seconds))
    if whole < _DAY:
        return clock(whole)
    if whole < _WEEK:
        return f"{whole // _DAY}d{whole % _DAY // _HOUR:02d}h"
    if whole < _YEAR:
        return f"{whole // _WEEK}w{whole % _WEEK // _DAY}d"
    return f"{whole // _YEAR}y{whole % _YEAR // _WEEK:02d}w"


def clock(seconds: float) -> str:
    """Write a time span as HH:MM:SS whatever its length; less than nothing is 00:00:00."""
    whole = max(0, int(seconds))
    return f"{whole // _HOUR:02d}:{whole % _HOUR // _MINUTE:02d}:{whole % _MINUTE:02d}"


def span(seconds: float) -> str:
    """Write a time span in words, as after `uptime is`: 1 week, 2 days, 1 hour, 5 minutes."""
    minutes = max(0, int(seconds)) // _MINUTE
    parts = []
    for name, size in (("year", 525600), ("week", 10080), ("day", 1440), ("hour", 60)):
        count, minutes = divmod(minutes, size)
        if count:
            parts.append(plural(count, name))
    if minutes or not parts:
        parts.append(plural(minutes, "minute"))
    return ", ".join(parts)


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: 1 minute, 2 minutes."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def short(name: str) -> str:
    """Shorten an interface name as IOS does in narrow columns: Tunnel0 -> Tu0."""
    stem = name.rstrip("0123456789/.:")
    return _SHORT.get(stem, stem[:2]) + name[len(stem) :]


def text(lines: Iterable[str]) -> str:
    """Join lines to what `render` returns; no line at all is an empty answer."""
    return "".join(f"{line}\n" for line in lines)
