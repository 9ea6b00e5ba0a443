"""`router bgp` of IOS as configuration of FRR's bgpd.

Decides which lines go over, how they are spelled there and in which order bgpd takes them (a peer
group before its members, members before the listen range). Lines that only change what IOS
prints are dropped; those that bgpd has no equal for are returned in `ignored`, so that the router
can say so. IOS's defaults are made FRR's: no policy is required from external peers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import NamedTuple

from dmvpn_auto.lab.dataplane.tree import network, sections, value
from dmvpn_auto.lab.live import Tree

_CONNECT_RETRY = 2  # s; IOS tries again within seconds of a tunnel's coming up, FRR after 120
_SILENT = {"update-delay", "nopeerup-delay"}
_SESSION = {
    *("remote-as", "peer-group", "description", "timers", "ebgp-multihop", "password", "shutdown"),
    *("local-as", "disable-connected-check", "ttl-security", "update-source", "bfd"),
}
_FAMILY = {
    *("activate", "route-reflector-client", "next-hop-self", "send-community", "allowas-in"),
    *("default-originate", "as-override", "soft-reconfiguration", "maximum-prefix", "route-map"),
    *("prefix-list", "filter-list", "distribute-list", "weight", "remove-private-as"),
    *("unsuppress-map", "next-hop-unchanged"),
}
_DROPPED = {"transport", "fall-over", "version", "ha-mode", "advertisement-interval"}
_CONTEXTS = ("router ", "address-family ", "route-map ", "interface ")
# Lower comes first; lines of one rank stay in the order of the running configuration.
_RANK = ("bgp", "peer-group", "remote-as", "", "member", "listen")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBgp:
    """The BGP process, spelled for bgpd."""

    asn: int
    router_id: IPv4Address | None
    lines: Tree = field(repr=False)
    """bgpd's configuration: contexts with their lines, in an order that bgpd accepts."""
    ignored: tuple[str, ...]
    """IOS lines that bgpd has no equal for."""


def read_bgp(tree: Tree, devices: Mapping[str, str]) -> WantedBgp | None:
    """Translate `router bgp`; `devices` gives the Linux device of an IOS interface."""
    process = next(iter(sections(tree, "router bgp")), None)
    if process is None:
        return None
    (asn, *_), body = process
    ignored: list[str] = []
    lists = _Lists([], [])
    for line, children in body.items():
        words = line.split()
        if words[0] == "address-family":
            if words[1] != "ipv4" or words[2:] not in ([], ["unicast"]):
                ignored.append(line)
                continue
            pairs = [(sub.split(), sub) for sub in children]
        else:
            pairs = [(words, line)]
        for inner, text in pairs:
            if not _place(inner, text, devices, lists):
                ignored.append(text)
    lists.family.extend(_single_paths(lists.family))
    session = [*lists.session, *((_RANK.index(""), line) for line in _retries(lists.session))]
    identity = value(body, "bgp router-id")
    lines: Tree = {
        "no bgp ebgp-requires-policy": {},
        **{line: {} for _, line in sorted(session, key=lambda pair: pair[0])},
        "address-family ipv4 unicast": {
            line: {} for _, line in sorted(lists.family, key=lambda pair: pair[0])
        },
    }
    return WantedBgp(
        asn=int(asn),
        router_id=IPv4Address(identity[0]) if identity else None,
        lines={**policies(tree), f"router bgp {asn}": lines},
        ignored=tuple(ignored),
    )


class _Lists(NamedTuple):
    """Lines with their rank, of the process and of its address family."""

    session: list[tuple[int, str]]
    family: list[tuple[int, str]]


def _place(words: list[str], text: str, devices: Mapping[str, str], lists: _Lists) -> bool:
    """Put one line where it belongs, in bgpd's words; say whether it has a place."""
    session, family = lists
    plain = words[1:] if words[0] == "no" else words
    match plain:
        case ["bgp", keyword, *_] if keyword in _SILENT:
            pass
        case ["bgp", "listen", *_]:
            session.append((_RANK.index("listen"), text))
        case ["bgp", *_] | ["timers", "bgp", *_]:
            session.append((_RANK.index("bgp"), text))
        case ["neighbor", _, keyword, *_] if keyword in _SESSION:
            session.append((_rank(plain), _neighbor(words, devices)))
        case ["neighbor", _, keyword, *_] if keyword in _FAMILY:
            family.append((_RANK.index(""), _neighbor(words, devices)))
        case ["neighbor", _, keyword, *_] if keyword in _DROPPED:
            pass
        case ["network" | "aggregate-address", *_]:
            family.append((_RANK.index(""), _prefix(text)))
        case ["redistribute", "static", *rest]:
            # The lab's static routes are the kernel's own.
            family.append((_RANK.index(""), " ".join(["redistribute kernel", *rest])))
        case ["redistribute" | "maximum-paths" | "distance", *_]:
            family.append((_RANK.index(""), text))
        case ["auto-summary" | "synchronization", *_]:
            pass
        case _:
            return False
    return True


def _rank(words: list[str]) -> int:
    if words[2] == "peer-group":
        return _RANK.index("peer-group" if len(words) == 3 else "member")
    return _RANK.index("remote-as" if words[2] == "remote-as" else "")


def _neighbor(words: list[str], devices: Mapping[str, str]) -> str:
    head = words[: words.index("neighbor") + 2]
    keyword, *rest = words[len(head) :]
    if keyword == "update-source":
        rest = [devices.get(rest[0], rest[0])]
    elif keyword == "timers":
        rest = rest[:2]  # IOS's third value, the least holdtime accepted, is not bgpd's
    elif keyword == "next-hop-self" and rest == ["all"]:
        rest = ["force"]
    elif keyword == "password":
        rest = rest[-1:]
    return " ".join([*head, keyword, *rest])


def _prefix(text: str) -> str:
    """Spell `network P mask M` and `aggregate-address P M` with a prefix length."""
    words = text.split()
    verb, prefix, *rest = words
    if verb == "network":
        mask = rest[rest.index("mask") + 1] if "mask" in rest else None
        rest = rest[2:] if mask else rest
    else:
        mask, rest = rest[0], rest[1:]
    return " ".join([verb, str(network(prefix, mask)), *rest])


def _single_paths(family: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Say IOS's default, one path, where nothing else is said; bgpd's is all it has."""
    said = {line for _, line in family if line.startswith("maximum-paths")}
    external = [line for line in said if not line.startswith("maximum-paths ibgp")]
    wanted = [] if external else ["maximum-paths 1"]
    wanted += [] if len(said) > len(external) else ["maximum-paths ibgp 1"]
    return [(_RANK.index(""), line) for line in wanted]


def _retries(session: list[tuple[int, str]]) -> Iterator[str]:
    """Shorten the wait between two attempts for each neighbor that we call."""
    for _, line in session:
        words = line.split()
        called = words[0] == "neighbor" and words[1][0].isdigit()
        if called and words[2] in ("remote-as", "peer-group"):
            yield f"neighbor {words[1]} timers connect {_CONNECT_RETRY}"


def policies(tree: Tree) -> Tree:
    """Return prefix lists and route maps; their lines are the same in FRR."""
    kept: Tree = {}
    for line, children in tree.items():
        if line.startswith(("ip prefix-list ", "route-map ")):
            kept[line] = children
        elif line.startswith("ip as-path access-list "):
            kept[line.replace("ip as-path", "bgp as-path", 1)] = children
    return kept


def changes(running: Tree, wanted: Tree) -> list[str]:
    """Return the lines that lead bgpd from `running` to `wanted`: first what goes, then what comes.

    A context that is gone is removed whole. A neighbor whose `remote-as` or group goes loses all
    its other lines in bgpd, so those come again.
    """
    gone = list(_removed(running, wanted))
    forgotten = {
        words[2]
        for words in (line.split() for line in gone)
        if words[:2] == ["no", "neighbor"] and words[3] in ("remote-as", "peer-group")
    }
    return gone + list(_added(_without(running, forgotten), wanted))


def _removed(running: Tree, wanted: Tree) -> Iterator[str]:
    for line, children in reversed(running.items()):
        if line not in wanted and line.startswith("interface "):
            # An interface that exists stays one; only its lines go.
            yield from (line, *_removed(children, {}), _leave(line))
        elif line not in wanted:
            yield line.removeprefix("no ") if line.startswith("no ") else f"no {line}"
        elif inner := list(_removed(children, wanted[line])):
            yield from (line, *inner, _leave(line))


def _added(running: Tree, wanted: Tree) -> Iterator[str]:
    for line, children in wanted.items():
        inner = list(_added(running.get(line, {}), children))
        if line in running and not inner:
            continue
        yield line
        yield from inner
        if line.startswith(_CONTEXTS):
            yield _leave(line)


def _leave(line: str) -> str:
    return "exit-address-family" if line.startswith("address-family") else "exit"


def _without(tree: Tree, neighbors: set[str]) -> Tree:
    return {
        line: _without(children, neighbors)
        for line, children in tree.items()
        if not (line.startswith("neighbor ") and line.split()[1] in neighbors)
    }
