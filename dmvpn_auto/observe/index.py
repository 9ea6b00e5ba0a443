"""Which parser reads which show command.

Words must match whole and from the start, abbreviated as IOS allows (two letters at least), and
every further word must be a known option: `show dmvpn detail` never falls to a parser for `show
dmvpn` that does not know it. Pipes (`| include X`) are cut off; a filter that hides rows shows up
in the count.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from dmvpn_auto.errors import UsageError
from dmvpn_auto.observe.evidence import Reading
from dmvpn_auto.observe.transcript import clean

ADDRESS = "ADDRESS"
"""As an option: an address, a prefix or an interface may stand there without a keyword."""

_POSITIONAL = re.compile(r"^(?:[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*(?:/\d+)?|[A-Za-z-]+\s*\d[\d/.]*)$")


@dataclass(frozen=True, slots=True)
class Command:
    """A show command: its words, its options (with how many words each takes), who reads it."""

    words: tuple[str, ...]
    parser: str  # "module:function" in dmvpn_auto.observe.parsers
    options: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The words as one string."""
        return " ".join(self.words)


_NHRP = {
    "detail": 0, "dynamic": 0, "static": 0, "incomplete": 0, "shortcut": 0, "local": 0, "remote": 0,
    "self": 0, "vrf": 1, "interface": 1, "tunnel": 1, ADDRESS: 2,
}  # fmt: skip
_DMVPN = {
    "detail": 0, "ipv4": 0, "ipv6": 0, "static": 0, "dynamic": 0, "incomplete": 0, "interface": 1,
    "vrf": 1, "peer": 2,
}  # fmt: skip


_BGP = ("show ip bgp summary", "show bgp ipv4 unicast summary", "show bgp summary")
_ROUTE = {
    "vrf": 1, "bgp": 1, "ospf": 1, "eigrp": 1, "rip": 0, "static": 0, "connected": 0, "nhrp": 0,
    "next-hop-override": 0,
}  # fmt: skip
_CRYPTO = {
    "detailed": 0, "brief": 0, "active": 0, "standby": 0, "address": 0, "local": 1, "remote": 1,
    "peer": 1, "interface": 1, "map": 1, "vrf": 1, "fvrf": 1, "ivrf": 1, ADDRESS: 0,
}  # fmt: skip
_PROBE = {ADDRESS: 99, "vrf": 99, "ip": 99}


def _command(words: str, parser: str, options: Mapping[str, int] | None = None) -> Command:
    return Command(tuple(words.split()), parser, options or {})


COMMANDS: tuple[Command, ...] = (
    _command("show dmvpn", "dmvpn:parse_dmvpn", _DMVPN),
    _command("show ip nhrp", "nhrp:parse_cache", _NHRP),
    _command("show ipv6 nhrp", "nhrp:parse_cache", _NHRP),
    _command("show ip nhrp brief", "nhrp:parse_brief", _NHRP),
    _command("show ip nhrp nhs", "nhrp:parse_servers", _NHRP),
    _command("show ipv6 nhrp nhs", "nhrp:parse_servers", _NHRP),
    _command("show ip nhrp traffic", "nhrp:parse_traffic", _NHRP),
    _command("show ip nhrp multicast", "nhrp:parse_multicast", _NHRP),
    _command("show ip nhrp summary", "nhrp:parse_summary", _NHRP),
    _command("show ipv6 nhrp summary", "nhrp:parse_summary", _NHRP),
    _command("show crypto ikev2 sa", "crypto:parse_ikev2", _CRYPTO),
    _command("show crypto isakmp sa", "crypto:parse_isakmp", _CRYPTO),
    _command("show crypto ipsec sa", "crypto:parse_ipsec", _CRYPTO),
    _command("show crypto session", "crypto:parse_session", _CRYPTO),
    *(_command(words, "routing:parse_bgp_summary") for words in _BGP),
    _command("show bgp vpnv4 unicast", "routing:parse_bgp_summary", {"vrf": 1, "summary": 0}),
    _command("show ip ospf neighbor", "igp:parse_ospf", {ADDRESS: 0}),
    _command("show ip eigrp neighbors", "igp:parse_eigrp", {ADDRESS: 0}),
    _command("show ip eigrp", "igp:parse_eigrp", {"vrf": 1, "neighbors": 0}),
    _command("show ip route", "routing:parse_routes", _ROUTE),
    _command("show interfaces", "interfaces:parse_interfaces", {ADDRESS: 0, "tunnel": 1}),
    _command("show ip interface", "interfaces:parse_ip_interface", {ADDRESS: 0, "tunnel": 1}),
    _command("show ip interface brief", "interfaces:parse_brief"),
    _command("ping", "probes:parse_ping", _PROBE),
    _command("traceroute", "probes:parse_traceroute", _PROBE),
)
"""Every command that can be parsed."""


def find(typed: str) -> Command | None:
    """Return the command that `typed` means, the one with most words when several fit.

    None when there is none.
    """
    words = typed.split("|", 1)[0].split()
    fitting = [c for c in COMMANDS if _fits(c, words)]
    return max(fitting, key=lambda c: len(c.words), default=None)


def _fits(command: Command, words: list[str]) -> bool:
    if len(words) < len(command.words) or not all(map(_means, words, command.words)):
        return False
    rest = words[len(command.words) :]
    while rest:
        word, *rest = rest
        option = next((o for o in command.options if _means(word, o)), None)
        if option is None and ADDRESS in command.options and _POSITIONAL.match(word):
            option = ADDRESS
        if option is None:
            return False
        taken = command.options[option]
        if taken and rest and rest[0].isalpha() and rest[1:2] and rest[1].isdigit():
            taken += 1  # "interface tunnel 0"
        rest = rest[taken:]
    return True


def _means(typed: str, keyword: str) -> bool:
    shortest = min(2, len(keyword))
    return len(typed) >= shortest and keyword.startswith(typed.lower())


def parse(command: str, text: str) -> Reading:
    """Read the output `text` of `command`.

    `text` may be a pasted transcript. The reading says itself whether it is complete; only a
    command without parser is an error (`UsageError`).
    """
    known = find(command)
    if known is None:
        near = difflib.get_close_matches(command.lower(), [c.name for c in COMMANDS], n=3)
        raise UsageError(
            f"no parser for {command!r}",
            stage="parse",
            hint="did you mean " + " or ".join(map(repr, near)) + "?"
            if near
            else "parsers: " + ", ".join(c.name for c in COMMANDS),
        )
    module, _, function = known.parser.partition(":")
    reader: Callable[[str, list[str]], Reading] = getattr(
        import_module(f"dmvpn_auto.observe.parsers.{module}"), function
    )
    return reader(" ".join(command.split()), clean(text, lambda typed: find(typed) is known))
