"""What the cloud needed once and needs no more: sections and lines that only our tunnels used.

The evidence is in the running configuration itself, there is no memory of what was typed before:
crypto that only our tunnels refer to, a routing process that speaks on no interface but our
tunnel (`speaking.py`), static routes through it, IKEv1 policies when nothing is left that could
use them. What something else on the router uses stays; so do VRFs and trustpoints (taking one away
destroys its certificates).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dmvpn_auto.ios.ownership import Ours, addresses_of, all_lines, foreign
from dmvpn_auto.ios.speaking import INTERIOR, speaks_on
from dmvpn_auto.ios.tree import Tree, find

_PREFIX_LIST = re.compile(r"ip(?:v6)? prefix-list \S+ ")
_PROCESS = re.compile(r"router (?:bgp|eigrp|ospf|rip|odr|ospfv3)\b")
_STATIC = re.compile(r"(?:ip route (?:vrf \S+ )?\S+ \S+|ipv6 route (?:vrf \S+ )?\S+) (\S+)")
_IDENTITIES = re.compile(
    r"crypto ipsec transform-set \S+|crypto keyring \S+|ip(?:v6)? prefix-list \S+|key chain \S+"
)
_REFERENCES = (
    (r"interface Tunnel", r"tunnel protection ipsec profile (\S+)", "crypto ipsec profile {}"),
    (r"interface Tunnel", r"ip authentication key-chain eigrp \d+ (\S+)", "key chain {}"),
    (r"router eigrp ", r"authentication key-chain (\S+)", "key chain {}"),
    (r"router bgp ", r"neighbor \S+ prefix-list (\S+) ", "ip prefix-list {}"),
    (r"router bgp ", r"neighbor \S+ prefix-list (\S+) ", "ipv6 prefix-list {}"),
    (r"crypto ipsec profile ", r"set transform-set (.+)", "crypto ipsec transform-set {}"),
    (r"crypto ipsec profile ", r"set ikev2-profile (\S+)", "crypto ikev2 profile {}"),
    (r"crypto ipsec profile ", r"set isakmp-profile (\S+)", "crypto isakmp profile {}"),
    (r"crypto ikev2 profile ", r"keyring local (\S+)", "crypto ikev2 keyring {}"),
    (r"crypto isakmp profile ", r"keyring (\S+)", "crypto keyring {}"),
    (r"crypto ikev2 policy ", r"proposal (\S+)", "crypto ikev2 proposal {}"),
)
_WHOLE = re.compile(r"interface Tunnel|crypto |key chain ")
"""Sections in which everything is ours."""
_IKE1 = re.compile(r"crypto isakmp (?:policy|key|keepalive)\b")
_USES_IKE1 = re.compile(
    r"crypto (?:isakmp (?:profile|client)|map|dynamic-map|gdoi|ipsec client|call admission)\b"
)
_IKE2 = re.compile(r"crypto ikev2 (?:policy|proposal)\b")
_USES_IKE2 = re.compile(r"crypto ikev2 (?:profile|client|dpd)\b|crypto map\b")


@dataclass(frozen=True, slots=True)
class Leftovers:
    """`gone`: top-level lines to take away; `shrunk`: sections of others with what shall stay."""

    gone: frozenset[str] = frozenset()
    shrunk: Tree = field(default_factory=dict)


NOTHING = Leftovers()


def leftovers(running: Tree, wanted: Tree, ours: Ours, beside: Tree) -> Leftovers:
    """Return what goes although the wanted configuration does not speak of it."""
    gone: dict[str, None] = {}
    shrunk: Tree = {}
    kept = {**beside, **wanted}
    for header, lines in find(running, "interface Tunnel"):
        if header not in kept and any(network in ours.subnets for network in addresses_of(lines)):
            gone[header] = None
    old = frozenset(header.split()[1] for header in gone)
    ours = replace(ours, tunnels=ours.tunnels | old)
    processes = {_process(header) for header in wanted if _PROCESS.match(header)}
    for line, below in running.items():
        if line in kept:
            continue
        if _PROCESS.match(line):
            if _process(line) in processes:
                continue  # it becomes the wanted one
            on = speaks_on(running, line, below)
            if INTERIOR.match(line) and not on & ours.tunnels:
                continue  # it only passes on what it knows of us
            rest = _without_us(below, ours)
            if rest is not None and _hollow(rest) and on <= ours.tunnels:
                gone[line] = None
            elif rest is not None and rest != below:
                shrunk[line] = rest
            elif line == "router odr" and _odr_is_ours(running, wanted, ours):
                gone[line] = None
        elif (found := _STATIC.match(line)) and (found[1] in ours.tunnels or ours.holds(found[1])):
            gone[line] = None
    gone |= dict.fromkeys(_stale_filters(running, kept))
    gone |= dict.fromkeys(_orphans(running, wanted, {**kept, **shrunk}, gone, ours))
    gone |= dict.fromkeys(_ike(running, kept, gone))
    return Leftovers(frozenset(gone), shrunk)


def _without_us(below: Tree, ours: Ours) -> Tree | None:
    """Return a process that nobody wants without the lines about us, None when there are none."""
    others = foreign(below, {}, ours)
    groups = {
        found[2]
        for line in all_lines(below)
        if (found := re.match(r"bgp listen range (\S+) peer-group (\S+)", line))
        and ours.holds(found[1])
    }

    def mine(line: str) -> bool:
        if line in others:
            return False
        subject = re.match(r"neighbor (\S+)", line)
        return ours.about(line) or bool(subject and subject[1] in groups)

    def prune(tree: Tree) -> Tree:
        return {
            line: prune(lines)
            for line, lines in tree.items()
            if not mine(line) and not (lines and _hollow(prune(lines)) and prune(lines) != lines)
        }

    rest = prune(below)
    return None if rest == below else rest


def _process(header: str) -> str:
    """What two routing processes cannot share: BGP itself, the number of an OSPF process."""
    words = header.split()
    return " ".join(words[:2] if words[1] == "bgp" else words[:3])


_GENERIC = re.compile(
    r"network |aggregate-address |(?:no )?auto-summary|no synchronization|passive-interface default"
    r"|(?:bgp |eigrp )?router-id |bgp (?:log-neighbor|listen limit)|af-interface default|topology "
    r"|eigrp |version |area \S+ (?:stub|nssa|range)|default-information |bfd |address-family "
    r"|passive-interface$|timers |distance |log-adjacency|maximum-paths|metric "
)


def _hollow(rest: Tree) -> bool:
    """Whether what is left of a process speaks to nobody."""
    return all(_GENERIC.match(line) and _hollow(below) for line, below in rest.items())


def _odr_is_ours(running: Tree, wanted: Tree, ours: Ours) -> bool:
    """Whether CDP, which feeds ODR, leaves our tunnel."""
    return any(
        "cdp enable" in running.get(f"interface {name}", {})
        and "cdp enable" not in wanted.get(f"interface {name}", {})
        for name in ours.tunnels
    )


def _orphans(
    running: Tree, wanted: Tree, kept: Tree, gone: Collection[str], ours: Ours
) -> list[str]:
    """Return the sections that only our tunnels and processes use and nobody wants."""
    names = {_name(header) for header in kept}
    start = {f"interface {name}" for name in ours.tunnels} | {*gone}
    start |= {header for header in wanted if _PROCESS.match(header)}
    reached = _reached(running, start)
    doomed = [h for h in running if h in reached and _name(h) not in names and h not in gone]
    after = {header: _staying(header, lines, kept, ours) for header, lines in running.items()}
    while True:
        staying = [h for h in doomed if _used(h, after, {*doomed, *gone})]
        if not staying:
            return doomed
        doomed = [h for h in doomed if h not in staying]


def _stale_filters(running: Tree, wanted: Tree) -> Iterator[str]:
    """Yield the entries of prefix lists that the wanted configuration has without these entries."""
    names = {match[0] for line in wanted if (match := _PREFIX_LIST.match(line))}
    for line in running:
        found = _PREFIX_LIST.match(line)
        if found and found[0] in names and line not in wanted:
            yield line


def _ike(running: Tree, kept: Tree, gone: Collection[str]) -> Iterator[str]:
    """Yield the policies and keys of an IKE version that nothing uses any more, if we used it."""
    after = {line: kept.get(line, below) for line, below in running.items() if line not in gone}
    after |= {line: below for line, below in kept.items() if line not in after}
    ikev1, ikev2 = _uses(running)
    still1, still2 = _uses(after)
    for was, still, what, users in (
        (ikev1, still1, _IKE1, _USES_IKE1),
        (ikev2, still2, _IKE2, _USES_IKE2),
    ):
        if was and not still and not any(users.match(line) for line in after):
            yield from (line for line in running if what.match(line) and line not in kept)


def _uses(tree: Tree) -> tuple[bool, bool]:
    """Whether tunnels are protected with IKEv1, and whether with IKEv2."""
    profiles = {
        found[1]
        for _, lines in find(tree, "interface ")
        for line in lines
        if (found := re.match(r"tunnel protection ipsec profile (\S+)", line))
    }
    kinds = [
        any(line.startswith("set ikev2-profile ") for line in tree[header])
        for name in profiles
        if (header := f"crypto ipsec profile {name}") in tree
    ]
    return (not all(kinds), any(kinds))


def _reached(running: Tree, start: set[str]) -> set[str]:
    by_name: dict[str, list[str]] = {}
    for header in running:
        by_name.setdefault(_name(header), []).append(header)
    seen: set[str] = set()
    todo = [header for header in start if header in running]
    while todo:
        header = todo.pop()
        if header in seen:
            continue
        seen.add(header)
        for name in _references(header, running[header]):
            todo += by_name.get(name, [])
    return seen - start


def _references(header: str, lines: Tree) -> Iterator[str]:
    for where, what, target in _REFERENCES:
        if re.match(where, header):
            pattern = re.compile(what)
            for line in all_lines(lines):
                if match := pattern.match(line):
                    yield from (target.format(name) for name in match[1].split())


def _used(header: str, after: Mapping[str, Collection[str]], doomed: Collection[str]) -> bool:
    """Whether anything that stays speaks of the section."""
    word = re.compile(rf"(?<!\S){re.escape(_name(header).rpartition(' ')[2])}(?!\S)")
    for other, lines in after.items():
        if other == header or other in doomed or _name(other) == _name(header):
            continue
        if any(word.search(line) for line in (other, *lines)):
            return True
    return False


def _staying(header: str, lines: Tree, kept: Tree, ours: Ours) -> Collection[str]:
    """Return the lines that a section will hold: the wanted ones, those of others beside them."""
    if header not in kept:
        return {*all_lines(lines)}
    wanted = {*all_lines(kept[header])}
    if _PROCESS.match(header):
        return wanted | foreign(lines, kept[header], ours)
    return wanted if _WHOLE.match(header) else wanted | {*all_lines(lines)}


def _name(header: str) -> str:
    """The header without the values that follow the section's name."""
    found = _IDENTITIES.match(header)
    return found[0] if found else " ".join(header.split()[:4])
