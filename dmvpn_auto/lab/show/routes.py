"""`show ip route`: the table by classful network, and the entry of one destination.

Connected and local routes, static and NHRP ones, BGP, OSPF: each has its own tail. A `%` marks a
route whose next hop NHRP overrides; the overriding next hop itself is shown by
`show ip route next-hop-override` (measured on IOL-XE 17.15.1). A line beyond 79 columns is broken
after the prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import groupby

from dmvpn_auto.lab.live import Route
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.bgp import class_length
from dmvpn_auto.lab.show.forms import age, plural, text
from dmvpn_auto.lab.show.types import ShowContext

_CODES = """\
Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area 
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2, m - OMP
       n - NAT, Ni - NAT inside, No - NAT outside, Nd - NAT DIA
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       H - NHRP, G - NHRP registered, g - NHRP registration summary
       o - ODR, P - periodic downloaded static route, l - LISP
       a - application route
       + - replicated route, % - next hop override, p - overrides from PfR
       & - replicated local route overrides by connected
""".splitlines()  # noqa: W291 - IOS leaves this blank
_WIDTH = 79
_DEFAULT = IPv4Network((0, 0))
_WITHOUT_INTERFACE = ("S", "B")
_WITHOUT_NEXT_HOP = ("C", "L", "S", "H")  # directly connected; another's is a summary to Null0
_OVERRIDE_METRIC = 255
_SOURCES = {"B": "bgp", "O": "ospf", "D": "eigrp", "R": "rip"}


def table(codes: str | None = None, *, override: bool = False) -> Callable[[ShowContext], str]:
    """Return the layout of `show ip route [vrf X]` for the given codes (None: all)."""

    def render(context: ShowContext) -> str:
        routes = _routes(context)
        wanted = [route for route in routes if codes is None or route.code[0] in codes]
        vrf = context.args.get("vrf")
        lines = ["", f"Routing Table: {vrf}"] if vrf else []
        lines += [*_CODES, "", _last_resort(routes), ""]
        for route in (route for route in wanted if route.prefix == _DEFAULT):
            lines += _entry(context, [route], indent="", override=override)
        rest = [route for route in wanted if route.prefix != _DEFAULT]
        for lead, group in groupby(sorted(rest, key=_order), key=_group):
            lines += _network(context, lead, list(group), routes, override=override)
        return text(lines)

    return render


def show_entry(context: ShowContext) -> str:
    """Lay out `show ip route [vrf X] A.B.C.D [mask]`: the best route for a destination."""
    asked = context.args["destination"]
    if mask := context.args.get("mask"):
        asked = f"{asked}/{mask}"
    target = IPv4Interface(asked).network
    routes = _routes(context)
    exact = "mask" in context.args or "/" in context.args["destination"]
    covering = [
        route
        for route in routes
        if (route.prefix == target if exact else _covers(route.prefix, target))
        and route.prefix != _DEFAULT
    ]
    if not covering:
        classful = IPv4Network(
            (target.network_address, class_length(target.network_address)), False
        )
        known = any(
            route.prefix.subnet_of(classful) for route in routes if route.prefix != _DEFAULT
        )
        return f"% {'Subnet' if known else 'Network'} not in table\n"
    best = max(route.prefix.prefixlen for route in covering)
    return text(_described(context, [one for one in covering if one.prefix.prefixlen == best]))


def _covers(prefix: IPv4Network, target: IPv4Network) -> bool:
    return target.subnet_of(prefix)


def _routes(context: ShowContext) -> list[Route]:
    """Return the routes of the table asked for; a connected host route has no local one beside."""
    vrf = context.args.get("vrf")
    routes = [route for route in context.live.routes if route.vrf == vrf]
    connected = {route.prefix for route in routes if route.code == "C"}
    return [route for route in routes if route.code != "L" or route.prefix not in connected]


def _order(route: Route) -> tuple[IPv4Network, IPv4Network, str]:
    return _group(route), route.prefix, route.code


def _group(route: Route) -> IPv4Network:
    """Return the classful network a route is listed under; a supernet stands for itself."""
    address = route.prefix.network_address
    length = min(class_length(address), route.prefix.prefixlen)
    return IPv4Network((address, length), strict=False)


def _last_resort(routes: Iterable[Route]) -> str:
    defaults = [route for route in routes if route.prefix == _DEFAULT]
    if not defaults:
        return "Gateway of last resort is not set"
    return f"Gateway of last resort is {defaults[0].next_hop or IPv4Address(0)} to network 0.0.0.0"


def _network(
    context: ShowContext,
    lead: IPv4Network,
    shown: list[Route],
    routes: list[Route],
    *,
    override: bool,
) -> list[str]:
    """Write the routes of one classful network, below the line that counts its subnets."""
    prefixes = {route.prefix for route in routes if _group(route) == lead}
    if prefixes == {lead}:
        lines = []
    else:
        count = plural(len(prefixes), "subnet") if len(prefixes) > 1 else "1 subnets"
        masks = len({prefix.prefixlen for prefix in prefixes})
        if masks == 1:
            length = next(iter(prefixes)).prefixlen
            lines = [f"      {lead.network_address}/{length} is subnetted, {count}"]
        else:
            lines = [f"      {lead} is variably subnetted, {count}, {masks} masks"]
    bare = len({prefix.prefixlen for prefix in prefixes}) == 1 and prefixes != {lead}
    indent = "" if prefixes == {lead} else "   "
    for _, group in groupby(shown, key=lambda route: (route.prefix, route.code)):
        lines += _entry(context, list(group), indent=indent, bare=bare, override=override)
    return lines


def _entry(
    context: ShowContext,
    routes: list[Route],
    *,
    indent: str,
    override: bool,
    bare: bool = False,
) -> list[str]:
    """Write all paths of one prefix and protocol."""
    first = routes[0]
    code, subtype = first.code.partition(" ")[::2]
    candidate = "*" if first.prefix == _DEFAULT else " "
    mark = "%" if first.override else " "
    prefix = str(first.prefix.network_address) if bare else str(first.prefix)
    head = f"{code[:1]}{candidate}{subtype[:2]:<2}{mark} {indent}{prefix}"
    tails = [_tail(context, route) for route in routes]
    if override:
        tails += [
            f"[NHO][{route.distance}/{_OVERRIDE_METRIC}] via {route.override},"
            f" {age(route.age)}, {route.interface or 'Null0'}"
            for route in routes
            if route.override
        ]
    if len(head) + 1 + len(tails[0]) > _WIDTH:
        return [f"{head} ", *(f"{'':<11}{tail}" for tail in tails)]
    return [f"{head} {tails[0]}", *(f"{'':<{len(head) + 1}}{tail}" for tail in tails[1:])]


def _tail(context: ShowContext, route: Route) -> str:
    lasting = route.code in ("C", "L", "S")
    since = "" if lasting or route.age is None else f", {age(route.age)}"
    if route.next_hop is None and route.code in _WITHOUT_NEXT_HOP:
        return f"is directly connected{since}, {route.interface}"
    if route.next_hop is None:
        return f"[{route.distance}/{route.metric}]{since}, {route.interface}"
    interface = f", {route.interface}" if _names_interface(context, route) else ""
    return f"[{route.distance}/{route.metric}] via {route.next_hop}{since}{interface}"


def _names_interface(context: ShowContext, route: Route) -> bool:
    """Tell whether IOS writes the outgoing interface: for a static route only if configured."""
    if route.interface is None:
        return False
    if route.code != "S":
        return route.code not in _WITHOUT_INTERFACE
    vrf = f"vrf {route.vrf} " if route.vrf else ""
    prefix = f"{route.prefix.network_address} {route.prefix.netmask}"
    words = f"ip route {vrf}{prefix} {route.interface} {route.next_hop}"
    return config.value(context.running, words) is not None


def _described(context: ShowContext, routes: list[Route]) -> list[str]:
    first = routes[0]
    code = first.code[:1]
    lines = [f"Routing entry for {first.prefix}"]
    if vrf := context.args.get("vrf"):
        lines = ["", f"Routing Table: {vrf}", *lines]
    lines.append(f"  Known via {_known(context, first)}")
    if first.next_hop is not None and code not in ("C", "L", "S"):
        where = f" on {first.interface}" if _names_interface(context, first) else ""
        lines.append(f"  Last update from {first.next_hop}{where}{_ago(first.age, ' ')}")
    lines.append("  Routing Descriptor Blocks:")
    for number, route in enumerate(routes):
        star = "*" if number == 0 else " "
        if route.next_hop is None:
            lines.append(f"  {star} directly connected, via {route.interface}")
        elif code == "S":
            via = f", via {route.interface}" if _names_interface(context, route) else ""
            lines.append(f"  {star} {route.next_hop}{via}")
        else:
            via = f", via {route.interface}" if _names_interface(context, route) else ""
            lines.append(
                f"  {star} {route.next_hop}, from {_teacher(context, route)}"
                f"{_ago(route.age, ', ')}{via}"
            )
        lines.append(f"      Route metric is {route.metric}, traffic share count is 1")
        if code == "B":
            lines += [f"      AS Hops {_hops(context, route)}", "      MPLS label: none"]
        if route.override:
            lines += [
                (
                    f"  [NHO]{route.override}, from {route.override}{_ago(route.age, ', ')},"
                    f" via {route.interface}"
                ),
                f"      Route metric is {_OVERRIDE_METRIC}, traffic share count is 1",
            ]
    return lines


def _known(context: ShowContext, route: Route) -> str:
    """Write who taught a route: `"bgp 65000", distance 200, metric 0, type internal`."""
    code = route.code[:1]
    if code in ("C", "L"):
        via = "(connected, via interface)" if code == "C" else "(connected)"
        return f'"connected", distance 0, metric 0 {via}'
    bgp = context.live.bgp
    if code == "B" and bgp is not None:
        kind = "internal" if route.distance == 200 else "external"
        return f'"bgp {bgp.asn}", distance {route.distance}, metric {route.metric}, type {kind}'
    name = {"S": "static", "H": "nhrp"}.get(code) or _process(context, _SOURCES.get(code, code))
    candidate = ", candidate default path" if route.prefix == _DEFAULT else ""
    return f'"{name}", distance {route.distance}, metric {route.metric}{candidate}'


def _process(context: ShowContext, protocol: str) -> str:
    number = next(
        (rest.split()[0] for rest, _ in config.named(context.running, f"router {protocol}")), ""
    )
    return f"{protocol} {number}".strip()


def _teacher(context: ShowContext, route: Route) -> IPv4Address | None:
    """Return the neighbour a BGP route came from where only one can be meant; else the next hop."""
    bgp = context.live.bgp
    up = [one.address for one in bgp.neighbors if one.state == "Established"] if bgp else []
    return up[0] if route.code == "B" and len(up) == 1 else route.next_hop


def _hops(context: ShowContext, route: Route) -> int:
    """Return the length of the best path's AS path; within the AS it is 0."""
    paths = context.live.bgp.paths if context.live.bgp else ()
    best = (path for path in paths if path.best and path.prefix == route.prefix)
    return len(next((path.as_path for path in best), "").split())


def _ago(seconds: float | None, lead: str) -> str:
    return "" if seconds is None else f"{lead}{age(seconds)} ago"
