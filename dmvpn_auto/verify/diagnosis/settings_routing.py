"""The overlay's routing protocol on one tunnel as settings, of one family."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from dmvpn_auto.design.types import Family
from dmvpn_auto.ios import Tree, find
from dmvpn_auto.verify.canonical import short
from dmvpn_auto.verify.diagnosis import patterns
from dmvpn_auto.verify.diagnosis.setting import Found, Setting, Settings, Towards, make, match

_Place = tuple[tuple[str, ...], Tree]
"""A section and what it holds."""


def routing(tree: Tree, towards: Towards, tunnel: Settings) -> Found:
    """Yield what concerns the tunnel and the peer; `tunnel` are the settings of the interface."""
    for head, body in find(tree, "router bgp "):
        yield "bgp.asn", Setting(head.split()[2], head)
        yield from _bgp(head, body, towards)
    for head, body in find(tree, r"router ospf(?:v3)? "):
        if head.startswith("router ospfv3") == (towards.inside == "ipv6"):
            for path, lines in _places((head,), body, towards.inside):
                yield from match(lines, patterns.OSPF, path)
                yield from _networks(lines, tunnel, path)
                yield from _passive("ospf.passive", lines, towards.interface, path)
    for head, body in find(tree, "router eigrp "):
        for path, lines in _places((head,), body, towards.inside):
            yield from _eigrp(path, lines, towards)


def key(tree: Tree, chain: str) -> Found:
    """Yield the first key of a key chain."""
    for head, keys in find(tree, rf"key chain {re.escape(chain)}$"):
        for number, lines in keys.items():
            yield from match(lines, {"eigrp.key": "key-string (.+)"}, (head, number))


def _places(path: tuple[str, ...], body: Tree, family: Family) -> Iterator[_Place]:
    """Yield a section and its address families of one family."""
    yield path, body
    other = {"ipv4": "v6", "ipv6": "v4"}[family]
    for head, lines in body.items():
        if head.startswith("address-family ") and other not in head.split()[1]:
            yield (*path, head), lines


def _bgp(head: str, body: Tree, towards: Towards) -> Found:
    """Yield what concerns one neighbor, itself or through its peer group."""
    places = list(_places((head,), body, towards.inside))
    group = ""
    for path, lines in places:
        yield from match(lines, patterns.BGP[towards.inside], path)
        for line in lines:
            words = line.split()
            listens = re.match(r"bgp listen range (\S+) peer-group (\S+)", line)
            if listens and (":" in listens[1]) == (towards.inside == "ipv6"):
                group = group or listens[2]
            elif words[0] == "neighbor" and words[2:3] == ["peer-group"] and len(words) > 3:
                group = words[3] if short(words[1]) == towards.tunnel else group
    names = [name for name in (towards.tunnel, group) if name]
    for name in names:
        for path, lines in places:
            for line in lines:
                words = line.split()
                if words[0] != "neighbor" or short(words[1]) != name:
                    continue
                if key := patterns.NEIGHBOR.get(words[2]):
                    yield key, make(" ".join(words[3:4]) or "yes", line, path)


def _networks(lines: Tree, tunnel: Settings, path: tuple[str, ...]) -> Found:
    """Yield the area that a `network` line gives the tunnel."""
    address = tunnel.get("tunnel.address")
    if address is None or "ospf.area" in tunnel:
        return
    for line in lines:
        found = re.match(r"network (\S+) (\S+) area (\S+)", line)
        if found and _holds(found[1], found[2], address.value.split()[0]):
            yield "ospf.area", Setting(found[3], line, path)
            return


def _holds(network: str, wildcard: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(f"{network}/{wildcard}", strict=False)
    except ValueError:
        return False


def _passive(key: str, lines: Tree, interface: str, path: tuple[str, ...]) -> Found:
    """Yield a setting where the protocol is passive on the tunnel."""
    default = "passive-interface default"
    own = next((x for x in (f"passive-interface {interface}",) if x in lines), None)
    if own or (default in lines and f"no passive-interface {interface}" not in lines):
        yield key, Setting("yes", own or default, path)


def _eigrp(path: tuple[str, ...], lines: Tree, towards: Towards) -> Found:
    number = re.search(r"router eigrp (\d+)|autonomous-system (\d+)", path[-1])
    if number is not None:
        yield "eigrp.asn", Setting(number[1] or number[2], path[-1], path[:-1])
        yield from _passive("eigrp.passive", lines, towards.interface, path)
    yield from match(lines, patterns.EIGRP, path)
    own, everywhere = f"af-interface {towards.interface}", "af-interface default"
    if own in lines:
        yield from match(lines[own], patterns.NAMED_EIGRP, (*path, own))
    if "passive-interface" in lines.get(everywhere, {}):
        active = "no passive-interface" in lines.get(own, {})
        if not active:
            yield "eigrp.passive", Setting("yes", "passive-interface", (*path, everywhere))
