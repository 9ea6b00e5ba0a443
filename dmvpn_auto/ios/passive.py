"""Making all interfaces of a routing process passive, without silencing those of others.

A cloud wants `passive-interface default` and its own tunnel as an exception. On a router whose
process speaks on other interfaces too, that line alone would end their adjacencies: they become
exceptions as well. In the classic form, IOS forgets single passive interfaces when the default
comes, and the exceptions when it goes.
"""

from __future__ import annotations

from dmvpn_auto.ios.ownership import Ours
from dmvpn_auto.ios.speaking import INTERIOR, speaks_on
from dmvpn_auto.ios.tree import Tree

DEFAULT, EXCEPTION = "passive-interface default", "no passive-interface"
_SINGLE = "passive-interface "


def with_exceptions(running: Tree, wanted: Tree, ours: Ours) -> Tree:
    """Return the wanted configuration with the interfaces that must go on speaking."""
    result = dict(wanted)
    for header in wanted:
        if INTERIOR.match(header) and header in running:
            result[header] = _process(running, header, running[header], wanted[header], ours)
    return result


def _process(running: Tree, header: str, there: Tree, below: Tree, ours: Ours) -> Tree:
    families = {
        line: _process(running, f"{header} {line}", there[line], lines, ours)
        for line, lines in below.items()
        if line.startswith("address-family ") and line in there
    }
    result = below | families
    named = _passive_by_name(below) and not _passive_by_name(there)
    if named or (DEFAULT in below and DEFAULT not in there):
        own = {line: lines for line, lines in there.items() if "address-family " not in line}
        for name in sorted(speaks_on(running, header, own) - ours.tunnels):
            if named:
                place = f"af-interface {name}"
                result[place] = {**result.get(place, {}), EXCEPTION: {}}
            else:
                result[f"{EXCEPTION} {name}"] = {}
    return result


def _passive_by_name(lines: Tree) -> bool:
    return "passive-interface" in lines.get("af-interface default", {})


def without_forgotten(result: Tree, running: Tree) -> Tree:
    """Return what a change leads to without the single passive interfaces that the default, where
    it is new, makes IOS forget.
    """
    return {
        header: {
            line: x for line, x in lines.items() if not line.startswith(_SINGLE) or line == DEFAULT
        }
        if DEFAULT in lines and header in running and DEFAULT not in running[header]
        else lines
        for header, lines in result.items()
    }
