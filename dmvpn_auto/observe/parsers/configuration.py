"""The configuration as text."""

from __future__ import annotations

import re

from dmvpn_auto.observe.evidence import Configuration

_PREFACE = re.compile(r"^(?:Building configuration|Current configuration|Using \d+ out of)\b")
_HOSTNAME = re.compile(r"^hostname (\S+)\s*$")
_CHANGE = re.compile(r"^! (?:Last configuration change at|NVRAM config last updated at) (\S.*)$")


def parse_configuration(command: str, lines: list[str]) -> Configuration:
    """Read `show running-config`; a whole one ends with `end`, a part of it (`| section`) may not.

    Blank lines are not kept. An error in place of a configuration is unread.
    """
    refused = tuple(line for line in lines if line.startswith("% "))
    body = [line for line in lines if line not in refused and not _PREFACE.match(line)]
    warnings = []
    if "|" not in command and (not body or body[-1].strip() != "end"):
        warnings.append("the configuration does not end with 'end'")
    return Configuration(
        command=command,
        hostname=next((m[1] for line in body if (m := _HOSTNAME.match(line))), None),
        text="".join(f"{line}\n" for line in body),
        last_change=next((m[1] for line in body if (m := _CHANGE.match(line))), None),
        unparsed=refused,
        warnings=tuple(warnings),
        lines=tuple(lines),
    )
