"""The router itself: software, clock, log, archive, configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.ios.masking import mask
from dmvpn_auto.observe.evidence.base import Lines, Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Reading):
    """`show version`."""

    software: str | None  # "17.9.4a", "15.9(3)M2", "12.4(24)T4"
    family: str | None  # "IOS", "IOS-XE"
    xe_version: str | None = None  # "16.06.05"; `software` is that of IOSd then
    image: str | None = None  # "X86_64_LINUX_IOSD-UNIVERSALK9-M"
    platform: str | None = None  # "C8000V", "ISR4331/K9"
    hostname: str | None = None
    uptime: str | None = None
    system_image: str | None = None
    serial: str | None = None
    config_register: str | None = None
    next_config_register: str | None = None  # what it will be after a reload
    reload_reason: str | None = None
    license_level: str | None = None
    memory: str | None = None  # kilobytes as printed
    lines: Lines = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Reading):
    """`show clock`: IOS marks a time it does not vouch for.

    With `*` nobody set it authoritatively, with `.` NTP set it once and is not synchronized now.
    """

    time: str  # "08:41:13.127"
    zone: str
    date: str  # "Tue Jun 2 2026"
    authoritative: bool
    synchronized: bool
    iso: str | None = None  # ISO 8601; with the offset when the zone is UTC or GMT
    source: str | None = None  # `show clock detail`: "NTP", "user configuration"
    lines: Lines = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpStatus(Reading):
    """`show ntp status`; offsets in milliseconds."""

    synchronized: bool
    stratum: int | None
    reference: str | None
    offset: float | None = None
    root_delay: float | None = None
    root_dispersion: float | None = None
    lines: Lines = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpAssociation(Row):
    """One time server."""

    address: str
    reference: str  # the server's own reference, ".INIT." before it answered
    stratum: int
    selected: bool  # '*': the one the clock follows
    candidate: bool  # '+'
    falseticker: bool  # 'x'
    configured: bool  # '~'
    outlier: bool = False  # '-'
    when: str | None = None
    poll: int | None = None  # seconds
    reach: str | None = None  # octal as printed
    delay: float | None = None  # milliseconds
    offset: float | None = None
    dispersion: float | None = None
    vrf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NtpAssociations(Reading):
    """`show ntp associations`."""

    associations: tuple[NtpAssociation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage(Row):
    """One message of the log; `peers` are the addresses it names."""

    facility: str  # "DMVPN", "NHRP", "CRYPTO", "DUAL", "OSPF", "BGP", ...
    severity: int  # 0 emergencies to 7 debugging
    mnemonic: str  # "NHRP_NHS_DOWN"
    text: str
    timestamp: str | None  # as printed, without its marks
    synchronized: bool  # False: '*' or '.' before the time
    sequence: str | None = None
    interfaces: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def facts(self) -> Mapping[str, Any]:
        """Return the fields, the text without the secret of a command that was logged."""
        return {**Row.facts(self), "text": hide(self.text)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Reading):
    """`show logging`: `logged` messages were counted, `messages` are still in the buffer."""

    messages: tuple[LogMessage, ...]
    logged: int | None = None
    buffer_bytes: int | None = None
    buffer_level: str | None = None  # "debugging", "informational", ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile(Row):
    """One saved configuration."""

    number: int
    name: str
    most_recent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Reading):
    """`show archive`."""

    maximum: int | None
    saved: int | None
    next_name: str | None
    files: tuple[ArchiveFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration(Reading):
    """`show running-config`: the text as it is, secrets too; documents show it masked."""

    hostname: str | None
    text: str = field(repr=False)
    last_change: str | None = None
    lines: Lines = field(default=(), repr=False)

    def public(self, name: str) -> Any:
        """Return the field with every secret masked, which is what may be written anywhere."""
        value = Reading.public(self, name)
        if name == "text" and isinstance(value, str):
            return "".join(f"{mask(line)}\n" for line in value.splitlines())
        return value
