"""`show ip bgp` and `show ip bgp summary`.

The memory lines of the summary appear with the first path, as on IOS; the bytes are what an entry
costs on IOS-XE (248, 136 and 288), as those of Linux would mean nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.live import Bgp, BgpNeighbor, BgpPath, Tree
from dmvpn_auto.lab.show import config
from dmvpn_auto.lab.show.forms import age, text
from dmvpn_auto.lab.show.types import ShowContext

_NOT_ACTIVE = "% BGP not active\n"
_NETWORK_BYTES, _PATH_BYTES, _ATTRIBUTE_BYTES = 248, 136, 288
_DEFAULT_LISTEN_LIMIT = 100
_TABLE_HEAD = """\
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal, 
              r RIB-failure, S Stale, m multipath, b backup-path, f RT-Filter, 
              x best-external, a additional-path, c RIB-compressed, 
              t secondary path, L long-lived-stale,
Origin codes: i - IGP, e - EGP, ? - incomplete
RPKI validation codes: V valid, I invalid, N Not found

     Network          Next Hop            Metric LocPrf Weight Path
""".splitlines()  # noqa: W291 - IOS leaves these blanks


def show_summary(context: ShowContext) -> str:
    """Lay out `show ip bgp summary`."""
    bgp = context.live.bgp
    if bgp is None:
        return _NOT_ACTIVE
    lines = [
        f"BGP router identifier {bgp.router_id}, local AS number {bgp.asn}",
        (
            f"BGP table version is {bgp.table_version}, main routing table version"
            f" {bgp.table_version}"
        ),
        *_memory(bgp),
        "",
        "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd",
        *(_neighbor(neighbor) for neighbor in sorted(bgp.neighbors, key=lambda one: one.address)),
        *_listening(bgp, context.running),
    ]
    return text(lines)


def show_table(context: ShowContext) -> str:
    """Lay out `show ip bgp`."""
    bgp = context.live.bgp
    if bgp is None:
        return _NOT_ACTIVE
    if not bgp.paths:
        return ""
    lines = [
        f"BGP table version is {bgp.table_version}, local router ID is {bgp.router_id}",
        *_TABLE_HEAD,
    ]
    previous = None
    for path in sorted(bgp.paths, key=lambda one: (one.prefix, not one.best, one.next_hop)):
        lines += _path(path, repeated=path.prefix == previous)
        previous = path.prefix
    return text(lines)


def _memory(bgp: Bgp) -> list[str]:
    if not bgp.paths:
        return []
    networks = len({path.prefix for path in bgp.paths})
    attributes = _attributes(bgp.paths)
    best = _attributes(tuple(path for path in bgp.paths if path.best))
    routes = len(bgp.paths)
    total = networks * _NETWORK_BYTES + routes * _PATH_BYTES + attributes * _ATTRIBUTE_BYTES
    return [
        f"{networks} network entries using {networks * _NETWORK_BYTES} bytes of memory",
        f"{routes} path entries using {routes * _PATH_BYTES} bytes of memory",
        (
            f"{attributes}/{best} BGP path/bestpath attribute entries using"
            f" {attributes * _ATTRIBUTE_BYTES} bytes of memory"
        ),
        f"BGP using {total} total bytes of memory",
    ]


def _attributes(paths: tuple[BgpPath, ...]) -> int:
    return len(
        {
            (path.next_hop, path.metric, path.local_preference, path.as_path, path.origin)
            for path in paths
        }
    )


def _neighbor(neighbor: BgpNeighbor) -> str:
    address = f"{'*' if neighbor.dynamic else ''}{neighbor.address}"
    state = (
        f"{neighbor.prefixes_received:>8}" if neighbor.state == "Established" else neighbor.state
    )
    return (
        f"{address:<15} 4 {neighbor.remote_as:>12} {neighbor.messages_received:>7}"
        f" {neighbor.messages_sent:>7} {neighbor.table_version:>8} {neighbor.input_queue:>4}"
        f" {neighbor.output_queue:>4} {age(neighbor.age):<8} {state}"
    )


def _listening(bgp: Bgp, running: Tree) -> Iterator[str]:
    """Write what follows the neighbours when there are listen ranges."""
    process = config.section(running, f"router bgp {bgp.asn}")
    ranges: dict[str, list[str]] = {}
    for rest in config.values(process, "bgp listen range"):
        prefix, _, group = rest.partition(" peer-group ")
        ranges.setdefault(group, []).append(prefix)
    if not ranges:
        return
    limit = config.value(process, "bgp listen limit") or str(_DEFAULT_LISTEN_LIMIT)
    dynamic = sum(neighbor.dynamic for neighbor in bgp.neighbors)
    count = sum(len(prefixes) for prefixes in ranges.values())
    if dynamic:
        yield "* Dynamically created based on a listen range command"
        yield f"Dynamically created neighbors: {dynamic}, Subnet ranges: {count}"
        yield ""
    for group, prefixes in sorted(ranges.items()):
        yield f"BGP peergroup {group} listen range group members: "
        yield from (f"  {prefix} " for prefix in prefixes)
        yield ""
    yield f"Total dynamically created neighbors: {dynamic}/({limit} max), Subnet ranges: {count}"
    yield ""


def _path(path: BgpPath, *, repeated: bool) -> list[str]:
    status = f" {'*' if path.valid else ' '}{'>' if path.best else ' '}"
    status += "i" if path.internal else " "
    network = "" if repeated else _network(path.prefix)
    metric = "" if path.metric is None else path.metric
    preference = "" if path.local_preference is None else path.local_preference
    origin = f"{path.as_path} {path.origin}".strip()
    tail = f"{path.next_hop!s:<16}{metric:>10}{preference:>7}{path.weight:>7} {origin}"
    if len(network) > 16:
        return [f"{status} {network}", f"{'':<22}{tail}"]
    return [f"{status} {network:<17}{tail}"]


def _network(prefix: IPv4Network) -> str:
    """Write a prefix without its length where the class says it (and 0.0.0.0), as IOS does."""
    address = prefix.network_address
    if prefix.prefixlen == class_length(address) or prefix.prefixlen == 0:
        return str(address)
    return str(prefix)


def class_length(address: IPv4Address) -> int:
    """Return the prefix length of an address's class: 8, 16 or 24; 32 above class C."""
    first = int(address) >> 24
    return 8 if first < 128 else 16 if first < 192 else 24 if first < 224 else 32
