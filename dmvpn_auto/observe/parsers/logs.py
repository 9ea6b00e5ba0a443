"""The router's log: typed messages with the addresses and interfaces they name."""

from __future__ import annotations

import re
from dataclasses import replace

from dmvpn_auto.observe.evidence import Log, LogMessage

_MESSAGE = re.compile(
    r"^(?:<\d+>)?(?:(?P<sequence>\d+): )?(?:(?P<host>[\w.-]+): )?(?P<stamp>[*.]?\S[^%]{0,60}?: )?"
    r"%(?P<facility>[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*?)-(?P<severity>[0-7])"
    r"-(?P<mnemonic>[A-Z0-9_]+): ?(?P<text>.*)$"
)
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:(?:[0-9A-Fa-f]{0,4}:){1,6}[0-9A-Fa-f]{0,4})(?![\w:])"
)
_INTERFACE = re.compile(
    r"\b(?:Tunnel|Loopback|(?:Fast|Gigabit|TenGigabit|TwoGigabit)?Ethernet|Port-channel|Vlan|Serial"
    r"|Dialer|Cellular|BVI|Virtual-Access|Virtual-Template|VirtualPortGroup|Tu|Gi|Te|Fa|Et|Lo)"
    r"\d[\d/.:]*\b"
)
_LONGEST = 4000  # characters
_BUFFER = re.compile(r"^\s*Log Buffer \((\d+) bytes\):\s*$")
_COUNT = re.compile(r"^\s*Buffer logging:\s+(?:level (\w+), (\d+) messages logged|disabled)")
_DEBUG = re.compile(
    r"^(?:\d+: )?(?P<mark>[*.]?)(?P<stamp>[A-Z][a-z]{2} +\d+ (?:\d{4} )?\d\d:\d\d:\d\d[^:]{0,12}): "
)
_CLOCK = re.compile(r"^\d+:\d\d:\d\d$")


def parse_log(command: str, lines: list[str]) -> Log:
    """Read `show logging`, or lines of a log file.

    Output of `debug` has no facility and severity 7, and so has the rest of the message with which
    a full buffer begins. A line that does not begin like a message belongs to the one before it, as
    IOS breaks long ones. The head (what is logged where) passes.
    """
    heads = [n for n, line in enumerate(lines) if _BUFFER.match(line)]
    start = heads[-1] + 1 if heads else 0
    has_head = any(line.lstrip().startswith("Syslog logging:") for line in lines)
    messages: list[LogMessage] = []
    unread: list[str] = []
    for line in lines[start:] if heads or not has_head else []:
        if len(line) > _LONGEST:
            unread.append(line)
            continue
        found = _MESSAGE.match(line)
        if found is not None:
            messages.append(_message(found, line))
        elif _DEBUG.match(line) or (has_head and not messages):
            messages.append(_debug(line))
        elif messages:
            messages[-1] = _longer(messages[-1], line)
        else:
            unread.append(line)
    count = next((m for line in lines[:start] if (m := _COUNT.match(line))), None)
    size = _BUFFER.match(lines[heads[-1]]) if heads else None
    warnings: tuple[str, ...] = ()
    if has_head and not heads and (count is None or count[1]):
        warnings = ("the output ends before the log buffer",)
    return Log(
        command=command,
        messages=tuple(messages),
        logged=int(count[2]) if count and count[2] else None,
        buffer_bytes=int(size[1]) if size else None,
        buffer_level=count[1] if count else None,
        unparsed=tuple(unread),
        warnings=warnings,
    )


def _message(found: re.Match[str], line: str) -> LogMessage:
    stamp = (found["stamp"] or "").strip().removesuffix(":")
    text = found["text"].strip()
    return LogMessage(
        facility=found["facility"],
        severity=int(found["severity"]),
        mnemonic=found["mnemonic"],
        text=text,
        timestamp=stamp.lstrip("*.") or None,
        synchronized=not stamp.startswith(("*", ".")),
        sequence=found["sequence"],
        interfaces=_named(_INTERFACE, text),
        addresses=_addresses(text),
        lines=(line,),
    )


def _debug(line: str) -> LogMessage:
    found = _DEBUG.match(line)
    return LogMessage(
        facility="",
        severity=7,
        mnemonic="",
        text=line[found.end() :].strip() if found else line.strip(),
        timestamp=found["stamp"] if found else None,
        synchronized=not (found and found["mark"]),
        interfaces=_named(_INTERFACE, line),
        addresses=_addresses(line),
        lines=(line,),
    )


def _longer(message: LogMessage, line: str) -> LogMessage:
    return replace(
        message,
        text=f"{message.text} {line.strip()}",
        interfaces=message.interfaces + _named(_INTERFACE, line),
        addresses=message.addresses + _addresses(line),
        lines=(*message.lines, line),
    )


def _named(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pattern.findall(text)))


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(a for a in _named(_ADDRESS, text) if not _CLOCK.match(a))
