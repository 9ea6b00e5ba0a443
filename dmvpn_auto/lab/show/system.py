"""`show version`, `show clock`, `show users`, `show vrf`.

The version says what it is: a Linux dataplane behind an IOS command line, in the layout of the
IOS-XE release whose output the other layouts follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zlib import crc32

from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import clock, short, span, text
from dmvpn_auto.lab.show.types import Session, ShowContext

_IMAGE = "X86_64_LINUX_IOSD-UNIVERSALK9-M"


def show_version(context: ShowContext) -> str:
    """Lay out `show version`."""
    booted = context.now - timedelta(seconds=context.live.uptime)
    uptime = span(context.live.uptime)
    ports = sum(one.name.startswith("GigabitEthernet") for one in context.live.interfaces)
    return text(
        [
            "Cisco IOS XE Software, Version 17.09.04a",
            (
                f"Cisco IOS Software [Cupertino], Virtual XE Software ({_IMAGE}),"
                " Version 17.9.4a, RELEASE SOFTWARE (fc3)"
            ),
            "This router is emulated by dmvpn-auto: a Linux dataplane behind an IOS command line.",
            "",
            "ROM: dmvpn-auto",
            "",
            f"{context.hostname} uptime is {uptime}",
            f"Uptime for this control processor is {uptime}",
            "System returned to ROM by reload",
            f"System restarted at {_moment(booted, '%H:%M:%S')}",
            'System image file is "bootflash:dmvpn-auto"',
            "Last reload reason: Reload Command",
            "",
            "cisco C8000V (VXE) processor (revision VXE) emulated on Linux.",
            f"Processor board ID 9{crc32(context.hostname.encode()):08X}",
            "Router operating mode: Autonomous",
            f"{ports} Gigabit Ethernet interface{'' if ports == 1 else 's'}",
            "",
            "Configuration register is 0x2102",
            "",
        ]
    )


def show_clock(context: ShowContext) -> str:
    """Lay out `show clock`; the asterisk says that no NTP server vouches for the time."""
    now = context.now
    return f"*{_moment(now, f'%H:%M:%S.{now.microsecond // 1000:03d}')}\n"


def show_users(context: ShowContext) -> str:
    """Lay out `show users`."""
    lines = ["    Line       User       Host(s)              Idle       Location"]
    lines += [_session(one) for one in sorted(context.sessions, key=lambda one: one.line)]
    lines += ["", "  Interface    User               Mode         Idle     Peer Address", ""]
    return text(lines)


def show_vrf(context: ShowContext) -> str:
    """Lay out `show vrf`: name, route distinguisher, address families, interfaces."""
    lines = [
        "  Name                             Default RD            Protocols   Interfaces",
        *_vrfs(context),
    ]
    return text(lines)


def _vrfs(context: ShowContext) -> Iterator[str]:
    for name, lines in sorted(config.named(context.running, "vrf definition")):
        families = sorted({rest.split()[0] for rest in config.values(lines, "address-family")})
        members = [short(one.name) for one in context.live.interfaces if one.vrf == name] or [""]
        rd = config.value(lines, "rd") or "<not set>"
        yield f"  {name:<32} {rd:<21} {','.join(families):<11} {members[0]}".rstrip()
        yield from (f"{'':<69}{member}" for member in members[1:])


def _session(one: Session) -> str:
    where = f"{one.line:>3} {'con' if one.line == 0 else 'vty'} {one.vty}"
    return (
        f"{'*' if one.current else ' '}{where:<13} {one.user:<10} {'idle':<20}"
        f" {clock(one.idle)} {one.host}"
    )


def _moment(when: datetime, form: str) -> str:
    """Write a time with zone and date; IOS gives the day of the month no leading zero."""
    return when.strftime(f"{form} %Z %a %b {when.day} %Y")
