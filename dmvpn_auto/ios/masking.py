"""Secrets inside configuration lines: how to hide them and how to compare them.

A router may store a secret as type 7 (an obfuscation that can be read back) or type 6 (encrypted
with a key of the router's own and a random salt). Type 6 can be compared with nothing: what is
known is only that a secret is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HIDDEN = "<secret>"

_KINDS = re.compile(r"(?:(0|5|6|7|8|9) (?=\S))?(\S.*)$")
_HEADS = tuple(
    re.compile(head)
    for head in (
        r"pre-shared-key address (?:ipv6 )?\S+(?: \S+\.\S+)? key ",
        r"pre-shared-key hostname \S+ key ",
        r"(?:no )?pre-shared-key (?!address|hostname)(?:(?:local|remote) )?",
        r"(?:no )?crypto isakmp key ",
        r"(?:no )?ip(?:v6)? nhrp authentication ",
        r"(?:no )?nhrp authentication ",
        r"(?:no )?neighbor \S+ password ",
        r"(?:no )?(?:ip ospf )?message-digest-key \d+ md5 ",
        r"(?:no )?ip ospf authentication-key ",
        r"(?:no )?key-string ",
        r"(?:no )?username \S+ (?:.*?)(?:password|secret) ",
        r"(?:no )?enable (?:password|secret) ",
        r"(?:no )?snmp-server community ",
        r"(?:no )?password ",
        r"(?:no )?(?:tacacs|radius)-server .*?key ",
        r"(?:no )?key (?=[067] \S)",
        r"(?:no )?ppp (?:chap|pap) .*?password ",
        r"(?:no )?standby \d+ authentication (?:md5 key-string )?",
        r"(?:no )?authentication (?:local |remote )?pre-share key ",
        r"(?:no )?authenticate .*? key ",
        r"(?:no )?(?:ipv6 ospf|ospfv3|area \S+)(?: \d+)?(?: ipv[46])? \w+ ipsec spi \d+ \w+ ",
        r"(?:no )?authentication mode hmac-sha-256 ",
        r"(?:no )?(?:vrrp \d+ )?authentication (?:text|md5 key-string) ",
        r"(?:no )?snmp-server user .*? auth \S+ ",
        r"(?:no )?snmp-server host \S+ (?:vrf \S+ )?(?:(?:traps|informs) )?(?:version \S+ )?",
        r"(?:no )?ntp authentication-key \d+ \S+ ",
        r"(?:no )?server(?:-private)? .*?\bkey ",
        r"(?:no )?key (?!chain\b|config-key\b)(?=\D\S)",
        r"(?:no )?key config-key \S+ ",
        r"(?:no )?(?:secret|psk|wpa-psk \S+|challenge-password) (?=\S)",
        r"(?=.*password[ =]).*?password[ =]",
        r"(?=.*://[^\s@]{1,200}@).*?://[^\s/:@]{1,99}:",
    )
)
_ANY = re.compile("|".join(f"(?:{head.pattern})" for head in _HEADS))
"""Whether any of them matches: most lines hold no secret."""
_TAILS = re.compile(r" (?:address|hostname) \S+.*$| address$")

_XLAT = (
    b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"  # the well-known constant of type 7
)


@dataclass(frozen=True, slots=True)
class SecretLine:
    """A line taken apart around its secret: `head`, encryption `kind` ("" for clear text),
    `value`, `tail`.
    """

    head: str
    kind: str
    value: str
    tail: str

    def __repr__(self) -> str:
        return f"SecretLine({self.head!r}, {HIDDEN})"

    @property
    def clear(self) -> str | None:
        """The secret itself; None when it cannot be known."""
        if self.kind in ("", "0"):
            return self.value
        return _reveal7(self.value) if self.kind == "7" else None


def take_apart(line: str) -> SecretLine | None:
    """Return the parts of a line that holds a secret, None for any other line."""
    if _ANY.match(line) is None:
        return None
    for pattern in _HEADS:
        head = pattern.match(line)
        if head is None:
            continue
        rest = _KINDS.match(line, head.end())
        if rest is None:
            return None
        value, tail = rest[2], ""
        if "isakmp key" in head[0] and (end := _TAILS.search(value)):
            value, tail = value[: end.start()], end[0]
        return SecretLine(head[0], rest[1] or "", value, tail)
    return None


def mask(line: str) -> str:
    """Return the line with its secret hidden; other lines unchanged."""
    parts = take_apart(line.lstrip())
    if parts is None:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    kind = f"{parts.kind} " if parts.kind else ""
    return f"{indent}{parts.head}{kind}{HIDDEN}{parts.tail}"


def mask_kind(line: str) -> str:
    """Return the line with its secret hidden, and how it is stored: a router that encrypts shows a
    line otherwise than it was typed.
    """
    parts = take_apart(line)
    return f"{parts.head}{HIDDEN}{parts.tail}" if parts else line


class Masker:
    """Hides secrets so that equal ones stay recognisable: `<secret 1>` is the same everywhere.

    One masker serves all texts of a collection; what it hides cannot be had back from it.
    A secret that cannot be compared (type 6, hashes) keeps its type and gets no number: nobody may
    take it for another one.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Masker({len(self._numbers)} secrets)"

    def line(self, line: str) -> str:
        """Return the line with its secret numbered; other lines unchanged."""
        parts = take_apart(line.lstrip())
        if parts is None or parts.value.startswith("<secret"):
            return line
        if parts.clear is None:
            return mask(line)
        indent = line[: len(line) - len(line.lstrip())]
        return f"{indent}{parts.head}<secret {self._number(parts.clear)}>{parts.tail}"

    def text(self, text: str) -> str:
        """Return a configuration, or anything else that a router prints, line by line."""
        return "\n".join(self.line(line) for line in text.split("\n"))

    def _number(self, clear: str) -> int:
        return self._numbers.setdefault(clear, len(self._numbers) + 1)


def mask_in(words: str, line: str) -> str:
    """Return `words`, which a router said to `line`, without the secret of that line."""
    parts = take_apart(line.lstrip())
    return mask(words.replace(parts.value, HIDDEN) if parts else words)


def same_secret(one: str, other: str) -> bool:
    """Whether two lines hold the same secret as far as can be known: what cannot be compared
    counts as the same.
    """
    left, right = take_apart(one), take_apart(other)
    if left is None or right is None or left.head != right.head or left.tail != right.tail:
        return False
    a, b = left.clear, right.clear
    return a == b or a is None or b is None


def comparable(line: str) -> bool:
    """Whether the secret in `line` can be compared (it is not type 6 or a hash)."""
    parts = take_apart(line)
    return parts is None or parts.clear is not None


def _reveal7(text: str) -> str | None:
    try:
        offset, data = int(text[:2]), bytes.fromhex(text[2:])
    except ValueError:
        return None
    plain = bytes(b ^ _XLAT[(offset + i) % len(_XLAT)] for i, b in enumerate(data))
    return plain.decode("ascii", errors="replace")
