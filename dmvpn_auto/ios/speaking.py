"""On which interfaces an interior routing process speaks: it sends hellos or updates there.

What decides is what IOS goes by: `network` lines that hold an address of the interface, or the
interface's own line that names the process; less what is passive. VRFs are not told apart, so that
rather too many interfaces are found than too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address

from dmvpn_auto.ios.tree import Tree, find

INTERIOR = re.compile(r"router (?:eigrp|ospf|ospfv3|rip)\b")
_NETWORK = re.compile(r"network (\d+\.\S+)(?: (\d\S+))?(?: area|$)")
_ADDRESS = re.compile(r"ip address (\d\S+) \d")
_EVERY = 0xFFFFFFFF


def speaks_on(running: Tree, header: str, lines: Tree) -> frozenset[str]:
    """Return the names of the interfaces on which the process `header` speaks; `running` is the
    whole configuration.
    """
    interfaces = {name.split()[1]: below for name, below in find(running, r"interface \S+$")}
    found = set(_of(interfaces, header, lines))
    for family, below in lines.items():
        if family.startswith("address-family "):
            found |= set(_of(interfaces, f"{header} {family}", below))
    return frozenset(found)


def _of(interfaces: dict[str, Tree], header: str, lines: Tree) -> Iterator[str]:
    silent = "passive-interface default" in lines or bool(
        {"passive-interface", "shutdown"} & lines.get("af-interface default", {}).keys()
    )
    networks = [_range(match) for line in lines if (match := _NETWORK.match(line))]
    names = re.compile(_by_name(header))
    ipv6 = re.search(r"router eigrp \S+ address-family ipv6", header)
    for name, below in interfaces.items():
        own = lines.get(f"af-interface {name}", {})
        if {f"passive-interface {name}"} & lines.keys() or {
            "passive-interface",
            "shutdown",
        } & own.keys():
            continue
        if silent and not (
            f"no passive-interface {name}" in lines
            or {"no passive-interface", "no shutdown"} & own.keys()
        ):
            continue
        chosen = any(names.match(line) for line in below) or any(
            _covers(networks, address) for address in _addresses(interfaces, below)
        )
        if chosen or (ipv6 and any(line.startswith("ipv6 ") for line in below)):
            yield name


def _by_name(header: str) -> str:
    """What an interface says that has itself chosen for the process."""
    number = re.escape(header.split()[2]) if len(header.split()) > 2 else ""
    return rf"(?:ip|ipv6) ospf {number} area |ospfv3 {number} |ip(?:v6)? rip {number} enable$"


def _range(line: re.Match[str]) -> tuple[int, int]:
    """Return address and wildcard of a `network` line; without one, its class's."""
    address = int(IPv4Address(line[1]))
    if line[2]:
        return address, int(IPv4Address(line[2]))
    first = address >> 24
    length = 0 if not address else 8 if first < 128 else 16 if first < 192 else 24
    return address, _EVERY >> length


def _covers(networks: list[tuple[int, int]], address: int) -> bool:
    return any(not (address ^ network) & (_EVERY ^ wildcard) for network, wildcard in networks)


def _addresses(interfaces: dict[str, Tree], lines: Tree) -> Iterator[int]:
    for line in lines:
        if found := _ADDRESS.match(line):
            yield int(IPv4Address(found[1]))
        elif line.startswith("ip unnumbered "):
            lender = interfaces.get(line.split()[2], {})
            yield from (int(IPv4Address(m[1])) for x in lender if (m := _ADDRESS.match(x)))
