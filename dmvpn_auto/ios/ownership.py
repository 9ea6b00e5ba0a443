"""What of a running configuration belongs to the cloud, so that the rest is left alone.

Ours are the sections that the wanted configuration has. In `router bgp`, which a router may share
with other uses, ours are the neighbors that the wanted configuration names or that lie in the
subnet of our tunnels, and the listen ranges there. Crypto sections that only our tunnels refer to,
and that the wanted configuration no longer has, are orphans: they go.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from dmvpn_auto.ios.dialects import dialect_of
from dmvpn_auto.ios.tree import Tree, find

_SUBJECT = re.compile(r"(?:no )?(?:neighbor|bgp listen range) (\S+)")
_GROUP = re.compile(r"bgp listen range (\S+) peer-group (\S+)")
_PREFIX_LIST = re.compile(r"ip(?:v6)? prefix-list \S+ ")
_REFERENCES = (
    (r"interface Tunnel", r"tunnel protection ipsec profile (\S+)", "crypto ipsec profile {}"),
    (r"crypto ipsec profile ", r"set transform-set (.+)", "crypto ipsec transform-set {}"),
    (r"crypto ipsec profile ", r"set ikev2-profile (\S+)", "crypto ikev2 profile {}"),
    (r"crypto ipsec profile ", r"set isakmp-profile (\S+)", "crypto isakmp profile {}"),
    (r"crypto ikev2 profile ", r"keyring local (\S+)", "crypto ikev2 keyring {}"),
    (r"crypto isakmp profile ", r"keyring (\S+)", "crypto keyring {}"),
)


Networks = tuple[IPv4Network | IPv6Network, ...]


def tunnel_subnets(wanted: Tree) -> Networks:
    """Return the subnets of the tunnel interfaces in `wanted`."""
    found: list[IPv4Network | IPv6Network] = []
    for _, lines in find(wanted, "interface Tunnel"):
        for line in lines:
            if match := re.match(r"ip address (\S+) (\S+)$", line):
                found.append(IPv4Network(f"{match[1]}/{match[2]}", strict=False))
            elif match := re.match(r"ipv6 address (\S+/\d+)$", line):
                found.append(IPv6Network(match[1], strict=False))
    return tuple(found)


def foreign(running: Tree, wanted: Tree, ours: Networks) -> frozenset[str]:
    """Return the lines of a running `router bgp` section that are about neighbors of others."""
    names = {match[1] for line in _all(wanted) if (match := _SUBJECT.match(line))}
    for line in running:
        group = _GROUP.match(line)
        if group and _inside(group[1], ours):
            names.add(group[2])
    return frozenset(
        line
        for line in _all(running)
        if (match := _SUBJECT.match(line)) and match[1] not in names and not _inside(match[1], ours)
    )


def owned(running: Tree, wanted: Tree) -> Tree:
    """Return what of `running` a change towards `wanted` compares or takes away."""
    version = next((line.split()[1] for line in running if line.startswith("version ")), "")
    top = dialect_of(version).top
    slots = {top.slot(top.spell(line)) for line in wanted}
    gone = {*orphans(running, wanted), *stale_filters(running, wanted)}
    subnets = tunnel_subnets(wanted)
    ours: Tree = {}
    for line, below in running.items():
        spelled = top.spell(line)
        if top.slot(spelled) not in slots and line not in gone:
            continue
        section = top.section(spelled)
        others = foreign(below, wanted.get(line, {}), subnets) if section and section.shared else ()
        ours[line] = _without(below, others) if others else below
    return ours


def _without(tree: Tree, lines: Collection[str]) -> Tree:
    return {line: _without(below, lines) for line, below in tree.items() if line not in lines}


def orphans(running: Tree, wanted: Tree) -> list[str]:
    """Return the headers of crypto sections that only our tunnels use and nobody wants."""
    kept = {_name(header) for header in wanted}
    reached = _reached(running, {header for header, _ in find(wanted, "interface Tunnel")})
    doomed = [
        h for h in running if h in reached and _name(h) not in kept and h.startswith("crypto ")
    ]
    while True:
        staying = [h for h in doomed if _used(h, running, wanted, doomed)]
        if not staying:
            return doomed
        doomed = [h for h in doomed if h not in staying]


def stale_filters(running: Tree, wanted: Tree) -> Iterator[str]:
    """Yield the entries of prefix lists that the wanted configuration has without these entries."""
    names = {match[0] for line in wanted if (match := _PREFIX_LIST.match(line))}
    for line in running:
        found = _PREFIX_LIST.match(line)
        if found and found[0] in names and line not in wanted:
            yield line


def _reached(running: Tree, start: set[str]) -> set[str]:
    seen: set[str] = set()
    todo = [header for header in start if header in running]
    while todo:
        header = todo.pop()
        seen.add(header)
        names = set(_references(header, running[header]))
        todo += [other for other in running if _name(other) in names and other not in seen]
    return seen


def _references(header: str, lines: Tree) -> Iterator[str]:
    for where, what, target in _REFERENCES:
        if re.match(where, header):
            for line in lines:
                if match := re.match(what, line):
                    yield from (target.format(name) for name in match[1].split())


def _used(header: str, running: Tree, wanted: Tree, doomed: list[str]) -> bool:
    """Whether anything but our tunnels and other orphans speaks of the section."""
    word = re.compile(rf"(?<!\S){re.escape(_name(header).rpartition(' ')[2])}(?!\S)")
    for other, lines in running.items():
        if other == header or other in doomed:
            continue
        told = wanted.get(other, lines)
        if any(word.search(line) for line in (other, *_all(told))):
            return True
    return False


def _name(header: str) -> str:
    """The header without the values that follow the section's name."""
    return " ".join(header.split()[:4])


def _all(tree: Tree) -> Iterator[str]:
    for line, children in tree.items():
        yield line
        yield from _all(children)


def _inside(text: str, ours: Networks) -> bool:
    try:
        subject = ip_network(text)
    except ValueError:
        return False
    return any(subject.version == one.version and subject.overlaps(one) for one in ours)
