"""What IOS means by what it prints after a configuration line: refused, or accepted with a notice.

Every line that starts with `%` refuses unless it is known as a notice: a push that stops at a
remark it does not know can be looked at, one that runs over an error cannot be undone. Strings:
captured sessions of IOS 15.9 and IOS-XE 17; the Cisco IOS Security and IP Addressing command
references.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFUSES = re.compile(
    r"^\s*(?:%|command rejected|command authorization failed|error\b|rejected\b|invalid\b"
    r"|incomplete command|ambiguous command|access denied)",
    re.IGNORECASE,
)
_NOTICES = tuple(
    re.compile(text, re.IGNORECASE)
    for text in (
        r"%[A-Z0-9_]+-(?:[A-Z0-9_]+-)?[0-7]-[A-Z0-9_]+:",  # a line of the log
        r"%\s*warning",  # the tunnel mode was modified while protection is active, ...
        r"%\s*note",
        r"% ?Interface \S+ IPv[46] disabled and address\(es\) removed",  # vrf forwarding
        r"% ?IPv[46] address(?:es)? .*removed",
        r"% ?(?:Generating|The key|The name for the keys|Be sure to)",  # crypto key generate
        r"% ?Not all config may be removed and may reappear",  # no interface Tunnel0
        r"% ?This command .*deprecated",
    )
)
_REMINDER = re.compile(r"IKEv2 (?:proposal|policy|profile) MUST ")
"""Opens what IOS says to every new IKEv2 object before it can be complete; it fills the answer."""
_CARET = re.compile(r"^\s*\^\s*$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`refusal` is the router's own words, empty when the line was accepted."""

    refusal: str
    notices: tuple[str, ...]


def meaning(text: str) -> Meaning:
    """Return what the output of one configuration line means."""
    refusal = ""
    notices = []
    for raw in text.split("\n"):
        line = raw.strip()
        if not line or _CARET.match(line):
            continue
        if _REMINDER.match(line):
            break
        if _REFUSES.match(line) and not any(notice.search(line) for notice in _NOTICES):
            refusal = refusal or line
        else:
            notices.append(line)
    return Meaning(refusal, tuple(notices))


_UNKNOWN = re.compile(
    r"^(?:\s*\^\s*\n)?\s*(% ?(?:Invalid input|Incomplete command|Ambiguous command|Unknown command"
    r"|Bad IP address|Unrecognized)[^\n]*|command authorization failed[^\n]*)",
    re.IGNORECASE,
)


def unknown_command(text: str) -> str:
    """Return the router's words when `text` says that an exec command does not exist, else an
    empty string.
    """
    found = _UNKNOWN.match(text)
    return found[1].strip() if found else ""
