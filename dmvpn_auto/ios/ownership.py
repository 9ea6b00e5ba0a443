"""What of a running configuration belongs to the cloud, so that the rest is left alone.

Ours are the sections that the wanted configuration has. A routing process may be shared with other
uses of the router; ours in it are the lines that name our tunnel, a neighbor that the wanted
configuration names, or an address in the subnet of our tunnels. What other clouds on the same
router want (`beside`) is never ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from dmvpn_auto.ios.tree import Tree, find

_SUBJECT = re.compile(r"(?:no )?(?:neighbor|bgp listen range) (\S+)")
_GROUP = re.compile(r"bgp listen range (\S+) peer-group (\S+)")
_ADDRESS = re.compile(r"(?<!\S)(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?:/\d+)?(?!\S)")
Network = IPv4Network | IPv6Network
_INTERFACE = re.compile(
    r"(?:no )?(?:passive-interface|af-interface|bfd interface) (?!default)(\S+)"
)
_OTHERS = re.compile(r"redistribute |distribute-list |offset-list |area \S+ virtual-link ")


@dataclass(frozen=True, slots=True)
class Ours:
    """What tells our lines from those of others: our tunnels and the subnets on them."""

    tunnels: frozenset[str]
    subnets: tuple[Network, ...]

    def about(self, line: str) -> bool:
        """Whether the line names one of our tunnels or an address on it."""
        if not self.tunnels.isdisjoint(line.split()):
            return True
        first = None if "router-id" in line else _ADDRESS.search(line)
        return first is not None and self.holds(first[0])

    def holds(self, text: str) -> bool:
        """Whether an address lies in, or a prefix overlaps, a subnet of ours."""
        try:
            subject = ip_network(text, strict=False)
        except ValueError:
            return False
        return any(overlap(subject, network) for network in self.subnets)


def overlap(one: Network, other: Network) -> bool:
    """Whether two prefixes of one family have addresses in common."""
    return one.version == other.version and one.overlaps(other)


def ours_of(running: Tree, wanted: Tree) -> Ours:
    """Return what is ours by the tunnels of `wanted`, with the addresses they have now and will
    have.
    """
    headers = [header for header, _ in find(wanted, "interface Tunnel")]
    lines = [*(wanted[header] for header in headers), *(running.get(h, {}) for h in headers)]
    subnets = dict.fromkeys(network for each in lines for network in addresses_of(each))
    return Ours(frozenset(header.split()[1] for header in headers), tuple(subnets))


def addresses_of(lines: Tree) -> Iterator[Network]:
    """Yield the subnets of an interface."""
    for line in lines:
        if not line.startswith(("ip address ", "ipv6 address ")):
            continue
        if found := re.match(r"ipv6 address (\S+/\d+)$", line):
            yield IPv6Network(found[1], strict=False)
        if found := re.match(r"ip address (\d\S+) (\d\S+)", line):
            yield IPv4Network(f"{found[1]}/{found[2]}", strict=False)


def foreign(running: Tree, wanted: Tree, ours: Ours) -> frozenset[str]:
    """Return the lines of a running routing process that are about others than us."""
    names = {match[1] for line in all_lines(wanted) if (match := _SUBJECT.match(line))}
    for line in all_lines(running):
        group = _GROUP.match(line)
        if group and ours.holds(group[1]):
            names.add(group[2])
    return frozenset(line for line in all_lines(running) if _is_foreign(line, names, ours))


def _is_foreign(line: str, names: Collection[str], ours: Ours) -> bool:
    if _OTHERS.match(line):
        return True
    if found := _INTERFACE.match(line):
        return found[1] not in ours.tunnels
    subject = _SUBJECT.match(line)
    return subject is not None and subject[1] not in names and not ours.holds(subject[1])


def unsaid(running: Tree, wanted: Tree, others: Collection[str], at: str) -> Iterator[str]:
    """Yield the lines of a routing process, with their place `at`, that the wanted one does not
    say and that are about nobody in particular: what it announces and how, beside the intent.
    """
    for line, below in running.items():
        if line in wanted:
            yield from unsaid(below, wanted[line], others, f"{at} / {line}")
        elif not below and (line not in others or _OTHERS.match(line)):
            yield f"{at} / {line}"


def all_lines(tree: Tree) -> Iterator[str]:
    """Yield every line of a tree."""
    for line, below in tree.items():
        yield line
        yield from all_lines(below)
