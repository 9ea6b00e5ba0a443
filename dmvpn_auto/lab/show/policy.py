"""`show ip access-lists`, `show ntp status`, `show crypto pki certificates`, and what says nothing
because nothing of the kind runs here."""

from __future__ import annotations

from datetime import datetime

from dmvpn_auto.lab.live import Certificate, Tree
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import text
from dmvpn_auto.lab.show.types import ShowContext


def show_access_lists(context: ShowContext) -> str:
    """Lay out `show ip access-lists [NAME]`; the kernel's counters are not shown."""
    asked = context.args.get("list")
    lines: list[str] = []
    for kind in ("standard", "extended"):
        for name, body in config.named(context.running, f"ip access-list {kind}"):
            if asked in (None, name):
                lines += [f"{kind.title()} IP access list {name}", *_entries(list(body))]
    for name, entries in _numbered(context.running).items():
        if asked in (None, name):
            kind = "Standard" if int(name) < 100 else "Extended"
            lines += [f"{kind} IP access list {name}", *_entries(entries)]
    return text(lines)


def _numbered(running: Tree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rest, _ in config.named(running, "access-list"):
        name, _, entry = rest.partition(" ")
        entries = found.setdefault(name, [])
        entries.append(f"{10 * (len(entries) + 1)} {entry}")
    return found


def _entries(lines: list[str]) -> list[str]:
    return [f"    {' '.join(line.split())}" for line in lines if "remark" not in line.split()]


def show_ntp_status(context: ShowContext) -> str:
    """Lay out `show ntp status`: the lab's clock is that of its machine, NTP does not run."""
    if not any(line.startswith("ntp ") for line in context.running):
        return "%NTP is not enabled.\n"
    return text(
        [
            "Clock is unsynchronized, stratum 16, no reference clock",
            "nominal freq is 250.0000 Hz, actual freq is 250.0000 Hz, precision is 2**10",
        ]
    )


def show_certificates(context: ShowContext) -> str:
    """Lay out `show crypto pki certificates [TRUSTPOINT]`; nothing is printed without one."""
    asked = context.args.get("trustpoint")
    lines: list[str] = []
    for one in context.live.certificates:
        if asked in (None, one.trustpoint):
            lines += [*_certificate(context, one), ""]
    return text(lines)


def _certificate(context: ShowContext, one: Certificate) -> list[str]:
    subject = [f"    {part}" for part in one.subject]
    if not one.authority:
        subject.insert(0, f"    Name: {context.hostname}")
    return [
        "CA Certificate" if one.authority else "Certificate",
        "  Status: Available",
        f"  Certificate Serial Number (hex): {one.serial:X}",
        f"  Certificate Usage: {'Signature' if one.authority else 'General Purpose'}",
        "  Issuer: ",
        *(f"    {part}" for part in one.issuer),
        "  Subject:" if not one.authority else "  Subject: ",
        *subject,
        "  Validity Date: ",
        f"    start date: {_moment(one.begins, context)}",
        f"    end   date: {_moment(one.ends, context)}",
        f"  Associated Trustpoints: {one.trustpoint} ",
    ]


def _moment(at: datetime, context: ShowContext) -> str:
    local = at.astimezone(context.now.tzinfo)
    return f"{local:%H:%M:%S %Z %b} {local.day} {local.year}"


def show_nothing(_context: ShowContext) -> str:
    """Answer for a protocol that this router cannot run: its configuration is refused."""
    return ""
