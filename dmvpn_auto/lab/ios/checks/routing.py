"""Side conditions of routing lines: BGP's two forms, neighbors, static routes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.ios.checks.interface import addresses
from dmvpn_auto.lab.ios.config import Change, Form, Section

_FAMILY4 = "address-family ipv4"


def one_bgp(change: Change) -> str | None:
    """One BGP process per router."""
    for entry in change.config.top.starting("router bgp"):
        if entry.args["as"] != change.args["as"]:
            return f"BGP is already running; AS is {entry.args['as']}"
    return None


def one_ospf(change: Change) -> str | None:
    """The dataplane of this lab runs one OSPF process."""
    others = [
        entry
        for entry in change.config.top.starting("router ospf")
        if entry.args["process"] != change.args["process"]
    ]
    if others and change.config.strict and change.form is Form.SET:
        return f"% Not carried by the dataplane of this lab: a process beside {others[0].text}"
    return None


def bgp_created(change: Change) -> list[str]:
    """Logging of neighbor changes is on, and shown."""
    entry = change.section.get(change.match.identity)
    if change.previous is None and entry and entry.children:
        change.config.put(entry.children, "bgp log-neighbor-changes", automatic=True)
    return []


def _router(section: Section) -> Section:
    """Return the section that holds the sessions: the process, or the family of a VRF itself."""
    return section.parent if section.mode.name == "bgp-family" and section.parent else section


def _exists(section: Section, peer: str) -> bool:
    lines = _router(section).entries
    return f"neighbor {peer} remote-as" in lines or f"neighbor {peer} peer-group" in lines


def neighbor_exists(change: Change) -> str | None:
    """A neighbor begins with its AS or its group."""
    if change.form is not Form.SET or _exists(change.section, change.args["peer"]):
        return None
    return "% Specify remote-as or peer-group commands first"


def peer_group_exists(change: Change) -> str | None:
    """A member names a group that exists."""
    of = change.args.get("of", "")
    group = change.section.get(f"neighbor {of} peer-group")
    if change.form is not Form.SET or (group is not None and "of" not in group.args):
        return None
    return "% Specify a peer-group that exists"


def _activate(change: Change, family: Section, peer: str) -> None:
    identity = f"neighbor {peer} activate"
    if family.get(identity) is not None:
        return
    if not peer[:1].isdigit() and ":" not in peer:
        return  # a peer group is listed only when somebody activates it
    default = _router(family).get("bgp default ipv4-unicast") is None
    on = default and ":" not in peer
    change.config.put(family, identity if on else f"no {identity}", automatic=True)


def neighbor_activated(change: Change) -> list[str]:
    """Once there is `address-family ipv4`, every new neighbor is listed there."""
    family = change.section.get(_FAMILY4)
    if family and family.children:
        _activate(change, family.children, change.args["peer"])
    return []


def neighbor_removed(change: Change) -> list[str]:
    """A neighbor goes with all its lines, in every family."""
    words = f"neighbor {change.args['peer']}"
    router = _router(change.section)
    sections = [router, *(e.children for e in router.entries.values() if e.children)]
    whole = change.section is router
    for section in sections if whole else [change.section]:
        for entry in section.starting(words):
            del section.entries[entry.identity]
    return []


def families_split(change: Change) -> list[str]:
    """The first address family moves the IPv4 lines of the process to `address-family ipv4`."""
    router = change.section
    if router.get(_FAMILY4) is None:
        change.config.put(router, _FAMILY4, automatic=True)
    family = router.entries[_FAMILY4].children
    if family is None or change.previous is not None:
        return []
    for entry in [e for e in router.ordered() if e.line.family]:
        del router.entries[entry.identity]
        family.entries.setdefault(entry.identity, entry)
    for entry in router.ordered():
        if "peer" in entry.args:
            _activate(change, family, entry.args["peer"])
    return []


def classful_network(change: Change) -> str:
    """A mask that follows from the class is not printed."""
    network, mask = change.args.get("network", ""), change.args.get("mask")
    if mask is None or ":" in network:
        return change.match.text
    first = int(network.split(".")[0])
    natural = "255.0.0.0" if first < 128 else "255.255.0.0" if first < 192 else "255.255.255.0"
    return change.match.text.replace(f" mask {mask}", "") if mask == natural else change.match.text


def route_fits(change: Change) -> str | None:
    """A static route has host bits 0, a table, and a next hop that is not this router."""
    if change.form is not Form.SET:
        return None
    args = change.args
    try:
        IPv4Network(f"{args['network']}/{args['mask']}")
    except ValueError:
        return "%Inconsistent address and mask"
    vrf = args.get("vrf")
    if vrf and change.config.top.get(f"vrf definition {vrf}") is None:
        return f"% IPv4 routing table {vrf} does not exist"
    gateway = args.get("gateway")
    own = {a.ip for _, section in change.config.interface_sections() for a in addresses(section)}
    if gateway and IPv4Address(gateway) in own:
        return "%Invalid next hop address (it's this router)"
    return None
