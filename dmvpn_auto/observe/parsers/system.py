"""The router itself: software, clock, time servers, archive."""

from __future__ import annotations

import re
from typing import Any

from dmvpn_auto.observe.build import build, read_rows
from dmvpn_auto.observe.engine import read_table
from dmvpn_auto.observe.evidence import (
    Archive,
    ArchiveFile,
    Clock,
    NtpAssociation,
    NtpAssociations,
    NtpStatus,
    Version,
)
from dmvpn_auto.observe.times import iso

_CLOCK = re.compile(
    r"^\s*(?P<mark>[*.]?)(?P<time>\d+:\d\d:\d\d(?:\.\d+)?)\s+(?P<zone>\S+)\s+"
    r"(?P<date>[A-Z][a-z]{2}\s+[A-Z][a-z]{2}\s+\d+\s+\d{4})\s*$"
)
_SOURCE = re.compile(r"^\s*(?:Time source is (?P<source>\S.*?)|No time source)\s*$")


def parse_version(command: str, lines: list[str]) -> Version:
    """Read `show version`; an output that names no software is unread."""
    table = read_table("show_version", lines)
    record = table.records[0] if table.records else dict.fromkeys(("SOFTWARE", "XE_VERSION"), "")
    software = record["SOFTWARE"] or record["XE_VERSION"]
    if not software:
        return Version(command=command, software=None, family=None, unparsed=tuple(lines))
    newer = record["XE_VERSION"] or int(re.match(r"\d*", software)[0] or 0) >= 16  # type: ignore[index]  # always matches
    names = (
        "XE_VERSION", "IMAGE", "PLATFORM", "HOSTNAME", "UPTIME", "SYSTEM_IMAGE", "SERIAL",
        "CONFIG_REGISTER", "NEXT_CONFIG_REGISTER", "LICENSE_LEVEL", "MEMORY",
    )  # fmt: skip
    said: dict[str, Any] = {name.lower(): record[name] or None for name in names}
    missing = [] if record["UPTIME"] else ["no line says how long the router is up"]
    if not record["CONFIG_REGISTER"] and not record["SERIAL"]:
        missing.append("the output ends before the processor board and the configuration register")
    return Version(
        command=command,
        software=software,
        family="IOS-XE" if newer else "IOS",
        reload_reason=record["RELOAD_REASON"] or record["RETURNED"] or None,
        warnings=tuple(missing),
        lines=tuple(lines),
        **said,
    )


def parse_clock(command: str, lines: list[str]) -> Clock:
    """Read `show clock [detail]`; the marks before the time say how far to trust it."""
    found = next((m for line in lines if (m := _CLOCK.match(line))), None)
    source = next((m for line in lines if (m := _SOURCE.match(line))), None)
    unread = tuple(
        line
        for line in lines
        if not (_CLOCK.match(line) or _SOURCE.match(line) or "Summer time" in line)
    )
    if found is None:
        return Clock(
            command=command, time="", zone="", date="", authoritative=False, synchronized=False,
            unparsed=unread, warnings=("no line says what time it is",),
        )  # fmt: skip
    date = " ".join(found["date"].split())
    return Clock(
        command=command,
        time=found["time"],
        zone=found["zone"],
        date=date,
        authoritative=found["mark"] != "*",
        synchronized=not found["mark"],
        iso=iso(f"{found['time']} {found['zone']} {date}"),
        source=source["source"] if source else None,
        unparsed=unread,
        lines=tuple(lines),
    )


def parse_ntp_status(command: str, lines: list[str]) -> NtpStatus:
    """Read `show ntp status`; NTP that is not enabled is not synchronized."""
    table = read_table("show_ntp_status", lines)
    record = table.records[0] if table.records else {}
    off = any("NTP is not enabled" in line for line in lines)
    known = record.get("SYNCHRONIZED", "")

    def number(name: str) -> float | None:
        return float(record[name]) if record.get(name) else None

    stratum = record.get("STRATUM")
    return NtpStatus(
        command=command,
        synchronized=known == "synchronized",
        stratum=int(stratum) if stratum else None,
        reference=record.get("REFERENCE") or None,
        offset=number("OFFSET"),
        root_delay=number("ROOT_DELAY"),
        root_dispersion=number("ROOT_DISPERSION"),
        unparsed=table.unparsed,
        warnings=() if known or off else ("no line says whether the clock is synchronized",),
        lines=tuple(lines),
    )


def parse_ntp_associations(command: str, lines: list[str]) -> NtpAssociations:
    """Read `show ntp associations`; '#' marks a master that is not synchronized itself."""
    rows, unparsed = read_rows(
        NtpAssociation,
        "show_ntp_associations",
        lines,
        lambda record: {
            "selected": record["SELECTED"] == "*",
            "when": None if record["WHEN"] == "-" else record["WHEN"],
        },
    )
    return NtpAssociations(command=command, associations=rows, unparsed=unparsed)


def parse_archive(command: str, lines: list[str]) -> Archive:
    """Read `show archive`; fewer files than it counts make the reading incomplete."""
    table = read_table("show_archive", lines)
    head = {k: v for record in table.records for k, v in record.items() if v}
    made = [
        build(ArchiveFile, record, lines=origin)
        for record, origin in zip(table.records, table.lines, strict=True)
        if record["NUMBER"]
    ]
    files = tuple(file for file in made if file is not None)
    saved = int(head["SAVED"]) if "SAVED" in head else None
    warnings: tuple[str, ...] = ()
    known = ("not enabled", "Archive #")
    if not any(word in line for line in lines for word in known):
        warnings = ("the output ends before the list of archived configurations",)
    elif saved is not None and len(files) != saved:
        warnings = (f"{saved} archived configurations are declared, {len(files)} were read",)
    return Archive(
        command=command,
        maximum=int(head["MAXIMUM"]) if "MAXIMUM" in head else None,
        saved=saved,
        next_name=head.get("NEXT_NAME"),
        files=files,
        unparsed=table.unparsed,
        warnings=warnings,
    )
