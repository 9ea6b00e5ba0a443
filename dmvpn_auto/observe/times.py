"""Points in time as IOS prints them: `08:41:13.127 UTC Tue Jun 2 2026`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_POINT = re.compile(
    r"^(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?\s+(\S+)\s+(?:[A-Z][a-z]{2}\s+)?([A-Z][a-z]{2})\s+(\d+)\s+(\d{4})$"
)


def iso(text: str) -> str | None:
    """Return `text` in ISO 8601, with an offset when its zone is UTC or GMT.

    Other zones are names that every router may define as it likes: local time comes back then.
    None when it is no date.
    """
    found = _POINT.match(text.strip())
    if found is None or found[6] not in _MONTHS:
        return None
    try:
        point = datetime(
            int(found[8]), _MONTHS[found[6]], int(found[7]),
            int(found[1]), int(found[2]), int(found[3]), int((found[4] or "0").ljust(6, "0")),
            tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    if found[5] not in {"UTC", "GMT", "Z"}:
        point = point.replace(tzinfo=None)
    return point.isoformat()
