"""IPv4 access lists of a running configuration: what an entry matches, and what a list says of a
packet.

Standard and extended lists, named and numbered. A list that is not defined, or has no entry,
permits everything, as on IOS; one with entries denies what none of them matches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from dmvpn_auto.lab.live import Tree

PORTS = {
    "bgp": 179, "biff": 512, "bootpc": 68, "bootps": 67, "chargen": 19, "cmd": 514, "daytime": 13,
    "discard": 9, "domain": 53, "echo": 7, "exec": 512, "finger": 79, "ftp": 21, "ftp-data": 20,
    "gopher": 70, "hostname": 101, "ident": 113, "irc": 194, "isakmp": 500, "klogin": 543,
    "kshell": 544, "login": 513, "lpd": 515, "mobile-ip": 434, "nameserver": 42,
    "netbios-dgm": 138, "netbios-ns": 137, "netbios-ss": 139, "nntp": 119, "non500-isakmp": 4500,
    "ntp": 123, "pim-auto-rp": 496, "pop2": 109, "pop3": 110, "rip": 520, "smtp": 25, "snmp": 161,
    "snmptrap": 162, "ssh": 22, "sunrpc": 111, "syslog": 514, "tacacs": 49, "talk": 517,
    "telnet": 23, "tftp": 69, "time": 37, "uucp": 540, "who": 513, "whois": 43, "www": 80,
    "xdmcp": 177,
}  # fmt: skip
"""Ports that IOS knows by name."""
PROTOCOLS = {
    "ip": None, "tcp": 6, "udp": 17, "icmp": 1, "igmp": 2, "gre": 47, "esp": 50, "ahp": 51,
    "eigrp": 88, "ospf": 89, "pim": 103,
}  # fmt: skip
_ALL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Hosts:
    """Addresses that agree with `address` in the bits that `wildcard` leaves 0."""

    address: int = 0
    wildcard: int = _ALL

    def match(self, address: IPv4Address) -> bool:
        """Tell whether an address is meant."""
        return not (int(address) ^ self.address) & ~self.wildcard & _ALL


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports from `low` to `high`, or (`other`) all but those."""

    low: int = 0
    high: int = 65535
    other: bool = False

    def match(self, port: int) -> bool:
        """Tell whether a port is meant."""
        return (self.low <= port <= self.high) is not self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list."""

    permit: bool
    protocol: int | None = None
    """IP protocol number; None: any."""
    source: Hosts = Hosts()
    source_ports: Ports | None = None
    destination: Hosts = Hosts()
    destination_ports: Ports | None = None
    established: bool = False
    icmp: str = ""
    """Kind of ICMP message, "" for any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What a list looks at."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int = 6
    source_port: int = 40000
    destination_port: int = 22


def read(tree: Tree, name: str) -> tuple[Entry, ...]:
    """Return the entries of a list in order; none when it is not defined.

    Raises ValueError for a port whose name is not known.
    """
    for kind in ("standard", "extended"):
        body = tree.get(f"ip access-list {kind} {name}")
        if body is not None:
            lines = [line.split() for line in body]
            return tuple(_entry(words[words[0].isdigit() :], kind == "standard") for words in lines
                         if "remark" not in words)  # fmt: skip
    head = f"access-list {name} "
    numbered = [line.removeprefix(head).split() for line in tree if line.startswith(head)]
    standard = name.isdigit() and int(name) < 100
    return tuple(_entry(words, standard) for words in numbered if words[0] != "remark")


def permits(entries: Sequence[Entry], packet: Packet) -> bool:
    """Judge the first packet of a connection."""
    for entry in entries:
        if _matches(entry, packet):
            return entry.permit
    return not entries


def _matches(entry: Entry, packet: Packet) -> bool:
    ports = (
        (entry.source_ports, packet.source_port),
        (entry.destination_ports, packet.destination_port),
    )
    return (
        entry.protocol in (None, packet.protocol)
        and entry.source.match(packet.source)
        and entry.destination.match(packet.destination)
        and all(meant is None or meant.match(port) for meant, port in ports)
        and not entry.established
        and not entry.icmp
    )


def _entry(words: list[str], standard: bool) -> Entry:
    permit, rest = words[0] == "permit", words[1:]
    if standard:
        source, _ = _hosts(rest, str(IPv4Address(0)))
        return Entry(permit=permit, source=source)
    protocol = PROTOCOLS[rest[0]] if rest[0] in PROTOCOLS else int(rest[0])
    source, rest = _hosts(rest[1:])
    source_ports, rest = _ports(rest)
    destination, rest = _hosts(rest)
    destination_ports, rest = _ports(rest)
    rest = [word for word in rest if word not in ("log", "log-input")]
    return Entry(
        permit=permit,
        protocol=protocol,
        source=source,
        source_ports=source_ports,
        destination=destination,
        destination_ports=destination_ports,
        established="established" in rest,
        icmp=next((word for word in rest if word != "established"), ""),
    )


def _hosts(words: list[str], default: str = "") -> tuple[Hosts, list[str]]:
    """Read addresses; `default` stands for a wildcard that may be left out."""
    if words[0] == "any":
        return Hosts(), words[1:]
    if words[0] == "host":
        return Hosts(int(IPv4Address(words[1])), 0), words[2:]
    wildcard = words[1] if not default or (len(words) > 1 and words[1][0].isdigit()) else default
    return Hosts(int(IPv4Address(words[0])), int(IPv4Address(wildcard))), words[2:]


def _ports(words: list[str]) -> tuple[Ports | None, list[str]]:
    match words:
        case ["eq", port, *rest]:
            return Ports(_port(port), _port(port)), rest
        case ["neq", port, *rest]:
            return Ports(_port(port), _port(port), other=True), rest
        case ["gt", port, *rest]:
            return Ports(_port(port) + 1, 65535), rest
        case ["lt", port, *rest]:
            return Ports(0, _port(port) - 1), rest
        case ["range", low, high, *rest]:
            return Ports(_port(low), _port(high)), rest
        case _:
            return None, words


def _port(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word not in PORTS:
        raise ValueError(f"port {word!r} is not known")
    return PORTS[word]
