"""The overlay: prefixes with their next hop, packets through the tunnel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import ClassVar

from dmvpn_auto.design.types import (
    CloudDesign,
    EbgpHub,
    Eigrp,
    IbgpReflector,
    Network,
    Ospf,
    Rip,
    Role,
    RouterDesign,
)
from dmvpn_auto.observe.evidence import Ping, Route, Routes
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.nhrp import PeerState, both_ways

_STANDS = ("peer-state", "registration")


class OverlayRoutes(Check):
    """Every LAN is reached through the tunnel.

    A hub has each LAN prefix of a client with the client's tunnel address as next hop. A client has
    the hub's summaries and default with the hub as next hop (or another hub of the cloud that
    announces them too: one path is installed), and a covering route through the cloud for the LANs
    of the hub and of all other clients that are registered at all. Between hubs nothing is due:
    both have the summaries themselves.
    """

    name = "overlay-routes"
    about = "every client and its hubs, seen from both ends"
    reads = (commands.ROUTES,)
    stands_on = (*_STANDS, "overlay-neighbor")

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Client towards hub and hub towards client."""
        return both_ways(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The routing table of the overlay."""
        return [commands.routes(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say prefixes and next hop."""
        exact = ", ".join(map(str, _from_peer(subject.device, subject.towards)))
        said = f"{exact} via {subject.towards.tunnel.address.ip}" if exact else ""
        rest = "" if subject.device.role is Role.HUB else "a route through the cloud to every LAN"
        return "; ".join(filter(None, [said, rest])) or "no prefix"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Look each prefix up; a shortcut to the owner is as good as the hub."""
        device, peer = subject.device, subject.towards
        command = commands.routes(device)
        table = case.evidence.routes(device.name, command)
        hop = str(peer.tunnel.address.ip)
        hops = {hop} if peer.role is Role.SPOKE else case.hub_addresses
        missing: list[str] = []
        lines: list[str] = []
        exact = _from_peer(device, peer)
        for prefix in exact:
            paths = table.get(str(prefix), [])
            lines += [line for path in paths for line in path.lines]
            if not hops & {path.next_hop for path in paths}:
                missing.append(f"{prefix} {_said(paths)}")
        down = [] if device.role is Role.HUB else [d for d in case.down if d != device.name]
        if device.role is not Role.HUB:
            for prefix, owner, paths in case.lans.not_reached(table, case.hub_addresses):
                if owner is not device and owner.name not in down:
                    missing.append(f"{prefix} of {owner.name} {_said(paths)}")
                    lines += [line for path in paths for line in path.lines]
        if missing:
            case.evidence.whole(device.name, command, Routes)
            return Answer(False, "; ".join(missing), tuple(lines))
        said = f"{', '.join(map(str, exact))} via {hop}" if exact else f"next hop {hop}"
        said += ", every LAN covered" if device.role is not Role.HUB else ""
        said += f" (left out, not registered: {', '.join(down)})" if down else ""
        return Answer(True, said, tuple(lines))


def _from_peer(device: RouterDesign, peer: RouterDesign) -> tuple[Network, ...]:
    """Return the prefixes that must stand in the table of `device` exactly, via `peer`."""
    if peer.role is Role.SPOKE:
        return peer.lan_prefixes
    if device.role is Role.HUB:
        return ()
    overlay = peer.overlay
    sent: tuple[Network, ...] = ()
    if isinstance(overlay, IbgpReflector | EbgpHub | Eigrp | Rip):
        sent = overlay.summaries
    if isinstance(overlay, IbgpReflector | EbgpHub | Ospf | Rip) and overlay.default_originate:
        sent = (*sent, IPv4Network("0.0.0.0/0"))
    return tuple(prefix for prefix in sent if prefix not in device.lan_prefixes)


def _said(paths: list[Route]) -> str:
    if not paths:
        return "is missing"
    return "via " + ", ".join(
        f"{p.next_hop or p.interface or 'nothing'} ({p.code} {p.prefix})" for p in paths
    )


class OverlayPing(Check):
    """Packets from a client's tunnel address reach the hub's tunnel address and come back.

    States can be old: an NHRP cache or an SA may outlive what made it. Packets cannot.
    """

    name = "overlay-ping"
    about = "every client towards each of its next-hop servers"
    reads = ("ping",)
    stands_on = _STANDS
    probes = True
    count: ClassVar[int] = 3

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its hubs."""
        return PeerState().subjects(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """One ping."""
        return [self._ping(subject)]

    def expected(self, subject: Subject) -> str:
        """Say from where to where."""
        ends = f"{subject.device.tunnel.address.ip} to {subject.towards.tunnel.address.ip}"
        return f"{self.count} of {self.count} packets answered, {ends}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """All packets answered."""
        reading = case.evidence.whole(subject.device.name, self._ping(subject), Ping)
        said = f"{reading.received} of {reading.sent} packets answered"
        return Answer(reading.received == reading.sent > 0, said, reading.lines)

    def _ping(self, subject: Subject) -> str:
        source = subject.device.tunnel.address.ip
        return commands.ping(subject.device, subject.towards.tunnel.address.ip, source, self.count)
