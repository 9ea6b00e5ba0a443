"""The routing sessions of the overlay, one way to look for each protocol that has any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from dmvpn_auto.design.types import (
    CloudDesign,
    EbgpHub,
    EbgpSpoke,
    Eigrp,
    IbgpClient,
    IbgpReflector,
    Odr,
    Ospf,
    Ospfv3,
    Overlay,
    Rip,
    RouterDesign,
    Static,
)
from dmvpn_auto.observe.evidence import BgpNeighbor, BgpSummary, IgpNeighbor, IgpNeighbors
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import BOTH_ENDS, EVERY_ROUTER, both_ways, routers
from dmvpn_auto.verify.evidence import Evidence
from dmvpn_auto.verify.reach import neighbor_names


class OverlayNeighbor(Check):
    """The routing session between every client and its hub is established, seen from both ends.

    RIP, ODR and static routes have no sessions; their prefixes are judged all the same.
    """

    name = "overlay-neighbor"
    about = BOTH_ENDS
    reads = (
        "show ip bgp summary",
        "show ip ospf neighbor",
        "show ip eigrp neighbors",
    )
    stands_on = ("peer-state", "registration")

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Client towards hub and hub towards client."""
        return (s for s in both_ways(cloud) if _protocol(s.device.overlay) is not None)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The neighbors."""
        return [_command(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say established, with whom."""
        protocol, state = _protocol(subject.device.overlay) or ("", "")
        return f"{protocol} neighbor {subject.towards.tunnel.address.ip} {state}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Find the neighbor by the peer's tunnel address."""
        device, peer = subject.device, subject.towards
        if isinstance(device.overlay, Ospf | Ospfv3 | Eigrp):
            return _igp(case.evidence, device, neighbor_names(peer))
        return _bgp(case.evidence, device, str(peer.tunnel.address.ip))


class UnexpectedNeighbors(Check):
    """No router outside the design is a routing neighbor by the tunnel."""

    name = "unexpected-neighbors"
    about = EVERY_ROUTER
    reads = OverlayNeighbor.reads
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router whose overlay has neighbors."""
        return (s for s in routers(cloud) if _protocol(s.device.overlay) is not None)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The neighbors."""
        return [_command(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say who may be there."""
        return f"only routers of cloud {subject.device.cloud} by {subject.device.tunnel.interface}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare the addresses with the design."""
        device = subject.device
        rows = _by_the_tunnel(case, device)
        strangers = [row for row in rows if not _is_known(case, row.address)]
        lines = tuple(line for row in strangers for line in row.lines)
        said = ", ".join(f"{row.address} {row.state}" for row in strangers)
        words = f"unexpected: {said}" if said else f"{len(rows)} neighbors, none unexpected"
        return Answer(not strangers, words, lines)


def _by_the_tunnel(case: Case, device: RouterDesign) -> Sequence[BgpNeighbor | IgpNeighbor]:
    """Return the neighbors on the tunnel interface or, in BGP, in the tunnel subnet."""
    command = _command(device)
    if isinstance(device.overlay, Ospf | Ospfv3 | Eigrp):
        found = case.evidence.get(device.name, command, IgpNeighbors).neighbors
        return [row for row in found if row.interface == device.tunnel.interface]
    sessions = case.evidence.get(device.name, command, BgpSummary).neighbors
    subnets = case.cloud.tunnel_subnets
    return [row for row in sessions if any(ip_address(row.address) in net for net in subnets)]


def _protocol(overlay: Overlay) -> tuple[str, str] | None:
    """Return the protocol and what it calls an established session; None: it has none."""
    match overlay:
        case IbgpReflector() | IbgpClient() | EbgpHub() | EbgpSpoke():
            return "BGP", "Established"
        case Ospf() | Ospfv3():
            return "OSPF", "FULL"
        case Eigrp():
            return "EIGRP", "UP"
        case Ospfv3() | Rip() | Static() | Odr():
            return None


def _command(router: RouterDesign) -> str:
    if isinstance(router.overlay, Ospf | Ospfv3):
        return commands.ospf_neighbors(router)
    if isinstance(router.overlay, Eigrp):
        return commands.eigrp_neighbors(router)
    return commands.bgp_summary(router)


def _bgp(evidence: Evidence, device: RouterDesign, address: str) -> Answer:
    command = _command(device)
    reading = evidence.get(device.name, command, BgpSummary)
    row = next((n for n in reading.neighbors if n.address == address), None)
    if row is None:
        evidence.whole(device.name, command, BgpSummary)
        return Answer(False, f"no BGP neighbor {address}")
    said = f"{row.state} for {row.uptime}"
    if row.prefixes_received is not None:
        said += f", {row.prefixes_received} prefixes"
    facts = {"state": row.state, "as": row.remote_as}
    return Answer(row.state == "Established", said, row.lines, facts)


def _is_known(case: Case, address: str) -> bool:
    return address in case.by_tunnel_address or address in case.router_ids


def _igp(evidence: Evidence, device: RouterDesign, names: tuple[str, ...]) -> Answer:
    command = _command(device)
    protocol, state = _protocol(device.overlay) or ("", "")
    reading = evidence.get(device.name, command, IgpNeighbors)
    here = [n for n in reading.neighbors if n.interface == device.tunnel.interface]
    row = next((n for n in here if n.address in names), None)
    if row is None:
        evidence.whole(device.name, command, IgpNeighbors)
        return Answer(False, f"no {protocol} neighbor {names[-1]} on {device.tunnel.interface}")
    said = row.state + (f" for {row.uptime}" if row.uptime else "")
    return Answer(row.state.split("/")[0] == state, said, row.lines, {"state": row.state})
