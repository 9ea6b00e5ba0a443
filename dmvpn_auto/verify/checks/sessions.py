"""The routing sessions of the overlay, one way to look for each protocol that has any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from dmvpn_auto.observe.evidence import BgpSummary, IgpNeighbors
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.nhrp import both_ways
from dmvpn_auto.verify.evidence import Evidence


class OverlayNeighbor(Check):
    """The routing session between every client and its hub is established, seen from both ends.

    RIP, ODR and static routes have no sessions; their prefixes are judged all the same.
    """

    name = "overlay-neighbor"
    about = "every client and its hubs, seen from both ends"
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
        device, address = subject.device, str(subject.towards.tunnel.address.ip)
        if isinstance(device.overlay, Ospf | Eigrp):
            return _igp(case.evidence, device, address)
        return _bgp(case.evidence, device, address)


def _protocol(overlay: Overlay) -> tuple[str, str] | None:
    """Return the protocol and what it calls an established session; None: it has none."""
    match overlay:
        case IbgpReflector() | IbgpClient() | EbgpHub() | EbgpSpoke():
            return "BGP", "Established"
        case Ospf():
            return "OSPF", "FULL"
        case Eigrp():
            return "EIGRP", "UP"
        case Ospfv3() | Rip() | Static() | Odr():
            return None


def _command(router: RouterDesign) -> str:
    if isinstance(router.overlay, Ospf):
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
    return Answer(row.state == "Established", said, row.lines)


def _igp(evidence: Evidence, device: RouterDesign, address: str) -> Answer:
    command = _command(device)
    protocol, state = _protocol(device.overlay) or ("", "")
    reading = evidence.get(device.name, command, IgpNeighbors)
    here = [n for n in reading.neighbors if n.interface == device.tunnel.interface]
    row = next((n for n in here if n.address == address), None)
    if row is None:
        evidence.whole(device.name, command, IgpNeighbors)
        return Answer(False, f"no {protocol} neighbor {address} on {device.tunnel.interface}")
    said = row.state + (f" for {row.uptime}" if row.uptime else "")
    return Answer(row.state.split("/")[0] == state, said, row.lines)
