"""`ip access-group` as netfilter rules: what comes in on an interface, and what is forwarded out of
it.

A router's own packets are not filtered on their way out, as on IOS. What comes out of IPsec is not
looked at again behind the list of the physical interface. Nothing is tracked: an established
session is cut like a new one. A denied packet is answered with "administratively prohibited",
unless the interface has `no ip unreachables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from dmvpn_auto.lab.acl import Entry, Hosts, Ports, read
from dmvpn_auto.lab.dataplane.tree import has, values
from dmvpn_auto.lab.live import Tree

_IN, _OUT = "DMVPN-IN", "DMVPN-OUT"
_ICMP = {
    "echo": "echo-request",
    "echo-reply": "echo-reply",
    "unreachable": "destination-unreachable",
    "ttl-exceeded": "ttl-zero-during-transit",
    "time-exceeded": "time-exceeded",
    "packet-too-big": "fragmentation-needed",
}


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """One list on one interface in one direction."""

    device: str
    inward: bool
    entries: tuple[Entry, ...]
    silent: bool
    """Denied packets are dropped without an answer."""


def read_groups(tree: Tree, body: Tree, device: str) -> Iterator[AccessGroup]:
    """Yield the lists in effect on an interface.

    Raises ValueError for an entry that cannot be carried.
    """
    for words in values(body, "ip access-group"):
        entries = read(tree, words[0])
        if entries:
            yield AccessGroup(device, words[1] == "in", entries, has(body, "no ip unreachables"))


def script(wanted: Iterable[AccessGroup], present: int, *, first: bool) -> tuple[str, int]:
    """Return the input of `iptables-legacy-restore` that makes the rules so, and the number of
    chains then there.

    `present`: the number that an earlier call gave; `first`: none was carried out yet.
    """
    groups = tuple(wanted)
    lines = ["*filter", f":{_IN} - [0:0]", f":{_OUT} - [0:0]"]
    lines += [f":{_chain(number)} - [0:0]" for number in range(max(present, len(groups)))]
    if first:
        lines += [f"-I INPUT -j {_IN}", f"-I FORWARD -j {_IN}", f"-A FORWARD -j {_OUT}"]
    for number, group in enumerate(groups):
        if group.inward:
            lines.append(f"-A {_IN} -i {group.device} -m policy --dir in --pol ipsec -j RETURN")
        way = f"{_IN} -i" if group.inward else f"{_OUT} -o"
        lines.append(f"-A {way} {group.device} -j {_chain(number)}")
        deny = "DROP" if group.silent else "REJECT --reject-with icmp-admin-prohibited"
        for entry in group.entries:
            target = "RETURN" if entry.permit else deny
            lines += [f"-A {_chain(number)}{one} -j {target}" for one in _matches(entry)]
        lines.append(f"-A {_chain(number)} -j {deny}")
    return "\n".join([*lines, "COMMIT", ""]), len(groups)


def _chain(number: int) -> str:
    return f"DMVPN-ACL-{number}"


def _matches(entry: Entry) -> tuple[str, ...]:
    """Spell what an entry matches; two rules where netfilter needs two."""
    text = _hosts("-s", entry.source) + _hosts("-d", entry.destination)
    if entry.protocol is not None:
        text += f" -p {entry.protocol}"
    text += _ports("--sport", entry.source_ports) + _ports("--dport", entry.destination_ports)
    if entry.icmp:
        text += f" --icmp-type {_ICMP[entry.icmp]}"
    if entry.established:
        return tuple(f"{text} --tcp-flags {flag} {flag}" for flag in ("ACK", "RST"))
    return (text,)


def _hosts(option: str, hosts: Hosts) -> str:
    mask = ~hosts.wildcard & 0xFFFFFFFF
    return f" {option} {IPv4Address(hosts.address)}/{IPv4Address(mask)}" if mask else ""


def _ports(option: str, ports: Ports | None) -> str:
    if ports is None:
        return ""
    return f"{' !' if ports.other else ''} {option} {ports.low}:{ports.high}"
