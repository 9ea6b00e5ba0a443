"""Wordings shared by several families."""

from __future__ import annotations

from dmvpn_auto.lab.ios.config import Change
from dmvpn_auto.lab.ios.rules import Line
from dmvpn_auto.lab.ios.syntax import Keyword, Match


def family_name(match: Match[Line]) -> str:
    """`address-family ipv4 unicast` is printed without its default."""
    return match.text.removesuffix(" unicast")


def family_unicast(change: Change) -> str:
    """OSPFv3 and named EIGRP print the `unicast` that may be left out."""
    text = change.match.text
    for version in ("ipv4", "ipv6"):
        if f"{version} unicast" not in text:
            text = text.replace(version, f"{version} unicast")
    return text


def plain_key(match: Match[Line]) -> str:
    """A key typed as type 0 is printed without the type."""
    words = match.found
    return " ".join(
        f.value for f in words if not (isinstance(f.token, Keyword) and f.token.text == "0")
    )


def without_128(match: Match[Line]) -> str:
    """128 bits are the default key size and not printed."""
    return f"{match.text} ".replace(" 128 ", " ").rstrip()


def ignored(_change: Change) -> str:
    """Take the line and keep nothing."""
    return ""
