"""Every show command that can be parsed, as data: its words, its options, who reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ADDRESS = "ADDRESS"
"""As an option: an address, a prefix or an interface may stand there without a keyword."""

BETWEEN = "..."
"""Where this stands in the words of a command, options may stand."""


@dataclass(frozen=True, slots=True)
class Command:
    """A show command: its words, its options (with how many words each takes), who reads it.

    Where `...` stands in `words`, those of `between` may stand: `show ip eigrp vrf RED neighbors`.
    """

    words: tuple[str, ...]
    parser: str  # "module:function" in dmvpn_auto.observe.parsers
    options: Mapping[str, int] = field(default_factory=dict)
    between: Mapping[str, int] = field(default_factory=dict)
    foreign: bool = False  # read by ntc-templates, which wants the blank lines too

    @property
    def name(self) -> str:
        """The words as one string."""
        return " ".join(word for word in self.words if word != BETWEEN)

    @property
    def prints_text(self) -> bool:
        """Whether its output is a text that people wrote, and stays as it is."""
        return self.words[-1].endswith("-config")

    @property
    def prints_messages(self) -> bool:
        """Whether log messages are its output and not noise in it."""
        return self.words[-1] == "logging"


def _command(
    words: str,
    parser: str,
    options: Mapping[str, int] | None = None,
    between: Mapping[str, int] | None = None,
) -> Command:
    return Command(tuple(words.split()), parser, options or {}, between or {})


_NHRP = {
    "detail": 0, "dynamic": 0, "static": 0, "incomplete": 0, "shortcut": 0, "local": 0, "remote": 0,
    "self": 0, "vrf": 1, "interface": 1, "tunnel": 1, ADDRESS: 2,
}  # fmt: skip
_DMVPN = {
    "detail": 0, "ipv4": 0, "ipv6": 0, "static": 0, "dynamic": 0, "incomplete": 0, "interface": 1,
    "vrf": 1, "peer": 2, "nbma": 1, "network": 1, "tunnel": 1,
}  # fmt: skip
_ON = {"detail": 0, "vrf": 1, "interface": 1, "tunnel": 1, ADDRESS: 0}
_ROUTE = {
    "vrf": 1, "bgp": 1, "ospf": 1, "eigrp": 1, "rip": 0, "static": 0, "connected": 0, "nhrp": 0,
    "local": 0, "next-hop-override": 0, "updated": 0, "longer-prefixes": 0, ADDRESS: 1,
}  # fmt: skip
_CRYPTO = {
    "detailed": 0, "active": 0, "standby": 0, "address": 0, "local": 1, "remote": 1, "peer": 1,
    "interface": 1, "map": 1, "vrf": 1, "fvrf": 1, "ivrf": 1, "ipv6": 0, ADDRESS: 0,
}  # fmt: skip
_CRYPTO_SA = {k: v for k, v in _CRYPTO.items() if k != "detailed"}
_PKI = {"verbose": 0, "status": 0, ADDRESS: 0}
_PROBE = {ADDRESS: 99, "vrf": 99, "ip": 99, "ipv6": 99}
_RIP = {"vrf": 1, ADDRESS: 1}
_FAMILY = {
    "all": 0, "ipv4": 0, "ipv6": 0, "vpnv4": 0, "vpnv6": 0, "unicast": 0,
    "multicast": 0, "l2vpn": 0, "evpn": 0, "vrf": 1, "rd": 1,
}  # fmt: skip
_EIGRP = {
    "detail": 0, "address-family": 1, "vrf": 1, "unicast": 0, "multicast": 0, "tunnel": 1,
    ADDRESS: 0,
}  # fmt: skip
_TOPOLOGY = {"all-links": 0, "active": 0, "pending": 0, "zero-successors": 0, "vrf": 1}
_OSPF = {"detail": 0, "vrf": 1, "ipv4": 0, "ipv6": 0, "tunnel": 1, ADDRESS: 0}
_RUNNING = {"all": 0, "full": 0, "brief": 0, "interface": 1, "partition": 1, "vrf": 1}
_ARRANGED: tuple[tuple[str, str, Mapping[str, int], Mapping[str, int]], ...] = (
    # {a | b} stands for either word
    ("show dmvpn", "dmvpn:parse_dmvpn", _DMVPN, {}),
    ("show {ip|ipv6} nhrp", "nhrp:parse_cache", _NHRP, {}),
    ("show {ip|ipv6} nhrp brief", "nhrp:parse_brief", _NHRP, {}),
    ("show {ip|ipv6} nhrp nhs", "nhrp:parse_servers", _ON, {}),
    ("show {ip|ipv6} nhrp traffic", "nhrp:parse_traffic", _ON, {}),
    ("show {ip|ipv6} nhrp multicast", "nhrp:parse_multicast", {**_ON, "nbma-address": 1}, {}),
    ("show {ip|ipv6} nhrp summary", "nhrp:parse_summary", _ON, {}),
    ("show {ip|ipv6} nhrp redirect", "nhrp_groups:parse_redirect", _ON, {}),
    ("show {ip|ipv6} nhrp group-map", "nhrp_groups:parse_groups", {"group": 1, ADDRESS: 0}, {}),
    ("show nhrp group-map", "nhrp_groups:parse_groups", {"group": 1, ADDRESS: 0}, {}),
    ("show crypto ikev2 sa", "ike:parse_ikev2", _CRYPTO, {}),
    ("show crypto ikev2 session", "ike:parse_ikev2_sessions", {"detailed": 0}, {}),
    ("show crypto isakmp sa", "ike:parse_isakmp", _CRYPTO_SA, {}),
    ("show crypto isakmp sa detail", "ike:parse_isakmp_detail", _CRYPTO, {}),
    ("show crypto ipsec sa", "ipsec:parse_ipsec", _CRYPTO, {}),
    ("show crypto session", "sessions:parse_session", {**_CRYPTO, "groups": 0, "username": 1}, {}),
    ("show crypto session brief", "sessions:parse_brief", {}, {}),
    ("show crypto pki certificates", "certificates:parse_certificates", _PKI, {}),
    ("show crypto pki trustpoints", "certificates:parse_trustpoints", _PKI, {}),
    ("show ip bgp ... summary", "bgp:parse_summary", {}, _FAMILY),
    ("show bgp ... summary", "bgp:parse_summary", {}, _FAMILY),
    ("show ip bgp ... neighbors", "bgp:parse_sessions", {ADDRESS: 0}, _FAMILY),
    ("show bgp ... neighbors", "bgp:parse_sessions", {ADDRESS: 0}, _FAMILY),
    ("show {ip|ipv6} ospf ... neighbor", "ospf:parse_neighbors", _OSPF, _OSPF),
    ("show ip ospf", "ospf:parse_processes", {ADDRESS: 0}, {}),
    ("show ospfv3 ... neighbor", "ospf:parse_neighbors", _OSPF, _OSPF),
    ("show {ip|ipv6} ospf ... interface", "ospf:parse_interfaces", _OSPF, _OSPF),
    ("show ospfv3 ... interface", "ospf:parse_interfaces", _OSPF, _OSPF),
    ("show {ip|ipv6} ospf ... interface brief", "ospf:parse_brief", {}, _OSPF),
    ("show ospfv3 ... interface brief", "ospf:parse_brief", {}, _OSPF),
    ("show {ip|ipv6} eigrp ... neighbors", "eigrp:parse_neighbors", _EIGRP, _EIGRP),
    ("show eigrp ... neighbors", "eigrp:parse_neighbors", _EIGRP, _EIGRP),
    ("show {ip|ipv6} eigrp ... interfaces", "eigrp:parse_interfaces", _EIGRP, _EIGRP),
    ("show eigrp ... interfaces", "eigrp:parse_interfaces", _EIGRP, _EIGRP),
    ("show {ip|ipv6} eigrp ... topology", "eigrp:parse_topology", _TOPOLOGY, _EIGRP),
    ("show eigrp ... topology", "eigrp:parse_topology", _TOPOLOGY, _EIGRP),
    ("show {ip|ipv6} rip ... database", "rip:parse_rip", _RIP, _RIP),
    ("show bfd ... neighbors", "bfd:parse_bfd", {"details": 0, "client": 1, **_ON}, {"ipv4": 0}),
    ("show ip route", "routing:parse_routes", _ROUTE, {}),
    ("show ipv6 route", "routing:parse_ipv6_routes", _ROUTE, {}),
    ("show interfaces", "interfaces:parse_interfaces", {ADDRESS: 0, "tunnel": 1}, {}),
    ("show ip interface", "interfaces:parse_ip_interface", {ADDRESS: 0, "tunnel": 1}, {}),
    ("show ipv6 interface", "interfaces:parse_ipv6_interface", {ADDRESS: 0, "tunnel": 1}, {}),
    ("show ip interface brief", "interfaces:parse_brief", {}, {}),
    ("show ipv6 interface brief", "interfaces:parse_ipv6_brief", {}, {}),
    ("show version", "system:parse_version", {}, {}),
    ("show clock", "system:parse_clock", {"detail": 0}, {}),
    ("show ntp status", "system:parse_ntp_status", {}, {}),
    ("show ntp associations", "system:parse_ntp_associations", {}, {}),
    ("show logging", "logs:parse_log", {"last": 1}, {}),
    ("show archive", "system:parse_archive", {}, {}),
    ("show running-config", "configuration:parse_configuration", _RUNNING, {}),
    ("show startup-config", "configuration:parse_configuration", {}, {}),
    ("ping", "probes:parse_ping", _PROBE, {}),
    ("traceroute", "probes:parse_traceroute", _PROBE, {}),
)  # fmt: skip


def _spelled(words: str) -> tuple[str, ...]:
    found = re.match(r"(.*)\{(\w+)\|(\w+)\}(.*)", words)
    return (
        (words,)
        if found is None
        else (found[1] + found[2] + found[4], found[1] + found[3] + found[4])
    )


COMMANDS: tuple[Command, ...] = tuple(
    _command(words, parser, options, between)
    for arranged, parser, options, between in _ARRANGED
    for words in _spelled(arranged)
)
"""Every command that can be parsed."""
