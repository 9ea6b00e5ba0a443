"""BGP in its older form, in which the lines about IPv4 stand in the process itself.

IOS prints it as long as nobody has entered an address family. Entering one turns all of it into the
newer form, in which each neighbor says that it is active; both mean the same. Source: Cisco IOS IP
Routing: BGP Command Reference, `address-family ipv4 (BGP)`, `bgp upgrade-cli`,
`bgp default ipv4-unicast`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dmvpn_auto.ios.tree import Tree

_OF_FAMILY = re.compile(
    r"(?:no )?(?:network|aggregate-address|redistribute|auto-summary|synchronization|maximum-paths"
    r"|distance|table-map|default-information|default-metric|bgp dampening"
    r"|neighbor \S+ (?:activate|advertise-map|allowas-in|as-override|default-originate"
    r"|distribute-list|filter-list|maximum-prefix|next-hop-self|prefix-list|remove-private-as"
    r"|route-map|route-reflector-client|send-community|soft-reconfiguration|unsuppress-map"
    r"|weight))(?![^ ])"
)
_NEIGHBOR = re.compile(r"neighbor (\S+) (?:remote-as \S|peer-group)")
_AS = re.compile(r"neighbor (\S+) remote-as ")
_FAMILIES = {"address-family ipv4", "address-family ipv4 unicast"}


def without_renumbered(process: Tree, wanted: Tree) -> Tree:
    """Return a running process without the lines of neighbors that get another AS, which IOS sets
    up anew: all that is wanted of them is typed again.
    """
    renumbered = tuple(
        f"neighbor {match[1]} "
        for line in process
        if (match := _AS.match(line))
        and line not in wanted
        and f"neighbor {match[1]} peer-group" not in process
        and any(other.startswith(match[0]) for other in wanted)
    )
    return _less(process, renumbered) if renumbered else process


def _less(tree: Tree, starts: tuple[str, ...]) -> Tree:
    return {
        line: below if " vrf " in line else _less(below, starts)
        for line, below in tree.items()
        if _AS.match(line) or not line.removeprefix("no ").startswith(starts)
    }


def by_family(process: Tree) -> Tree:
    """Return the lines of `router bgp` in the newer form."""
    if _FAMILIES & process.keys():
        return process
    inside = {line: below for line, below in process.items() if _OF_FAMILY.match(line)}
    if "no bgp default ipv4-unicast" not in process:
        names = (match[1] for line in process if (match := _NEIGHBOR.match(line)))
        active = (f"neighbor {name} activate" for name in names)
        inside |= {line: {} for line in active if f"no {line}" not in inside}
    if not inside:
        return process
    outside = {line: below for line, below in process.items() if line not in inside}
    return outside | {"address-family ipv4": inside}
