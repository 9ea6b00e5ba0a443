"""`show ip nhrp` in all its forms: the cache, brief, summary, traffic, multicast.

Lines end in a blank where IOS leaves one (`never expire `, after the flags, after addresses).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Interface

from dmvpn_auto.lab.live import NhrpEntry
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import age, short, text
from dmvpn_auto.lab.show.types import ShowContext

Choice = Callable[[NhrpEntry], bool]

_ENTRY_BYTES = 784  # of one cache entry on IOS-XE 17, x86-64
_FLAG_ORDER = (
    "authoritative", "implicit", "router", "unique", "nat", "registered", "used", "temporary",
    "local", "nhop", "rib", "nho", "bfd", "negative",
)  # fmt: skip
_BRIEF_HEADER = """\
****************************************************************************
    NOTE: Link-Local, No-socket and Incomplete entries are not displayed
****************************************************************************
Legend: Type --> S - Static, D - Dynamic
        Flags --> u - unique, r - registered, e - temporary, c - claimed
        a - authoritative, t - route
============================================================================

Intf     NextHop Address                                    NBMA Address
         Target Network                              T/Flag
-------- ------------------------------------------- ------ ----------------
""".splitlines()
_TRAFFIC = (
    (
        ("resolution_request", "Resolution Request"),
        ("resolution_reply", "Resolution Reply"),
        ("registration_request", "Registration Request"),
    ),
    (
        ("registration_reply", "Registration Reply"),
        ("purge_request", "Purge Request"),
        ("purge_reply", "Purge Reply"),
    ),
    (
        ("error_indication", "Error Indication"),
        ("traffic_indication", "Traffic Indication"),
        ("redirect_suppress", "Redirect Suppress"),
    ),
)


def shortcut(entry: NhrpEntry) -> bool:
    """Tell whether an entry put a route or a next-hop override into the routing table."""
    return "rib" in entry.flags or "nho" in entry.flags


def cache(*, detail: bool = False, choice: Choice | None = None) -> Callable[[ShowContext], str]:
    """Return the layout of `show ip nhrp [detail] [what `choice` keeps] [A.B.C.D] [X]`."""

    def render(context: ShowContext) -> str:
        lines: list[str] = []
        for entry in _wanted(context, choice):
            lines += _entry(context, entry, detail=detail)
        return text(lines)

    return render


def show_brief(context: ShowContext) -> str:
    """Lay out `show ip nhrp brief`; incomplete and no-socket entries are left out, as on IOS."""
    lines = list(_BRIEF_HEADER)
    for entry in _wanted(context, None):
        if entry.nbma is None or "local" in entry.flags:
            continue
        kind = ("S" if entry.kind == "static" else "D") + "/" + _brief_flags(entry)
        lines += [
            f"{short(entry.interface):<8} {entry.via!s:<43}        {entry.nbma}",
            f"{'':<8} {entry.target!s:<43} {kind:<6}",
        ]
    return text(lines)


def show_summary(context: ShowContext) -> str:
    """Lay out `show ip nhrp summary`: the cache counted by origin."""
    entries = _wanted(context, None)
    local = [entry for entry in entries if "local" in entry.flags]
    remote = [entry for entry in entries if "local" not in entry.flags]
    routes = [entry for entry in remote if shortcut(entry)]
    overrides = _having(remote, "nho")
    size = len(entries)
    return text(
        [
            (
                f"IP NHRP cache {size} {'entry' if size == 1 else 'entries'}, {size * _ENTRY_BYTES}"
                " bytes"
            ),
            _kinds(entries),
            f"{len(remote)} Remote",
            _kinds(remote),
            f"    {_having(remote, 'nhop')} nhop     {_having(remote, 'bfd')} bfd",
            f"    0 default  {_having(remote, 'temporary')} temporary",
            f"    {len(routes)} route",
            f"        {len(routes)} rib ({len(routes) - overrides} H    {overrides} nho)",
            "        0 bgp",
            "    0 lfib",
            f"{len(local)} Local",
            _kinds(local),
            "    0 lfib",
            "",
        ]
    )


def show_traffic(context: ShowContext) -> str:
    """Lay out `show ip nhrp traffic [interface X]`: packets by type, since the tunnel came up."""
    lines: list[str] = []
    for name, counters in sorted(context.live.nhrp_traffic.items()):
        if context.args.get("interface", name) != name:
            continue
        limit = config.value(config.interface(context.running, name), "ip nhrp max-send")
        packets, seconds = limit.split(" every ") if limit else ("10000", "10")
        lines.append(f"{name}: Max-send limit:{packets}Pkts/{seconds}Sec, Usage:0%")
        for title, direction in (("Sent", "sent"), ("Rcvd", "rcvd")):
            lines.append(f"   {title}: Total {counters.get(f'{direction}_total', 0)}")
            lines += [
                "         "
                + "  ".join(f"{counters.get(f'{direction}_{key}', 0)} {word}" for key, word in row)
                for row in _TRAFFIC
            ]
    return text(lines)


def show_multicast(context: ShowContext) -> str:
    """Lay out `show ip nhrp multicast [X]`: who gets a copy of each multicast packet."""
    lines = ["  I/F     NBMA address"]
    for name, replicas in sorted(context.live.multicast.items()):
        if context.args.get("interface", name) != name:
            continue
        static = _static_replicas(context, name)
        for nbma in sorted(replicas):
            flags = "static" if nbma in static else "dynamic"
            lines.append(f"{name:<10} {nbma!s:<15} Flags: {flags:<14} (Enabled) ")
    return text(lines)


def _static_replicas(context: ShowContext, name: str) -> set[IPv4Address]:
    lines = config.interface(context.running, name)
    mapped = [word for word in config.values(lines, "ip nhrp map multicast") if word != "dynamic"]
    for rest in config.values(lines, "ip nhrp nhs"):
        words = rest.split()
        if "multicast" in words and "nbma" in words:
            mapped.append(words[words.index("nbma") + 1])
    return {IPv4Address(word) for word in mapped if word.count(".") == 3}


def _wanted(context: ShowContext, choice: Choice | None) -> list[NhrpEntry]:
    """Return the entries asked for, by interface and target, as IOS walks its cache."""
    asked = context.args.get("target")
    target = IPv4Interface(asked).network if asked else None
    name = context.args.get("interface")
    vrf = context.args.get("vrf")
    inside = {interface.name: interface.vrf for interface in context.live.interfaces}
    entries = (
        entry
        for entry in context.live.nhrp
        if (choice is None or choice(entry))
        and name in (None, entry.interface)
        and vrf in (None, inside.get(entry.interface))
        and (target is None or target.subnet_of(entry.target) or entry.target.subnet_of(target))
    )
    return sorted(entries, key=lambda entry: (entry.interface, entry.target, entry.via))


def _entry(context: ShowContext, entry: NhrpEntry, *, detail: bool) -> Iterator[str]:
    via = f" via {entry.via}" if entry.nbma is not None else ""
    where = f" (VRF: {vrf})" if (vrf := context.args.get("vrf")) and detail else ""
    expiry = "never expire " if entry.expires is None else f"expire {age(entry.expires)}"
    yield f"{entry.target}{via}{where}"
    yield f"   {entry.interface} created {age(entry.created)}, {expiry}"
    yield f"   Type: {entry.kind}, Flags: {''.join(f'{flag} ' for flag in _flags(entry))}"
    if entry.nbma is None:
        return
    yield f"   NBMA address: {entry.nbma} "
    if entry.claimed_nbma not in (None, entry.nbma):
        yield f"   (Claimed NBMA address: {entry.claimed_nbma}) "
    if entry.group:
        yield f"   Group: {entry.group}"
    if detail:
        yield "   Preference: 255"
    if "local" in entry.flags or "implicit" in entry.flags:
        yield "    (no-socket) "


def _flags(entry: NhrpEntry) -> list[str]:
    """Return the flags in the order of IOS; those it does not know keep theirs, at the end."""
    known = [flag for flag in _FLAG_ORDER if flag in entry.flags]
    return known + [flag for flag in entry.flags if flag not in _FLAG_ORDER]


def _brief_flags(entry: NhrpEntry) -> str:
    letters = {"unique": "u", "registered": "r", "temporary": "e", "authoritative": "a"}
    text_ = "".join(letter for flag, letter in letters.items() if flag in entry.flags)
    claimed = "c" if entry.claimed_nbma not in (None, entry.nbma) else ""
    return text_ + claimed + ("t" if shortcut(entry) else "")


def _having(entries: Iterable[NhrpEntry], flag: str) -> int:
    return sum(flag in entry.flags for entry in entries)


def _kinds(entries: list[NhrpEntry]) -> str:
    static, dynamic, incomplete = (
        sum(entry.kind == kind for entry in entries) for kind in ("static", "dynamic", "incomplete")
    )
    return f"    {static} static   {dynamic} dynamic    {incomplete} incomplete"
