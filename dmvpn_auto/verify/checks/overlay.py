"""The overlay: prefixes with their next hop, packets through the tunnel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import ClassVar

from dmvpn_auto.design.types import (
    CloudDesign,
    EbgpHub,
    Eigrp,
    IbgpReflector,
    Network,
    Rip,
    Role,
    RouterDesign,
)
from dmvpn_auto.observe.evidence import Ping, Route, Routes
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.announced import default_of
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import (
    BOTH_ENDS,
    EVERY_ROUTER,
    both_ways,
    links,
    over_ipv4,
    routers,
)
from dmvpn_auto.verify.reach import lans_inside, next_hops

_STANDS = ("peer-state", "registration")


class OverlayRoutes(Check):
    """Every LAN is reached through the tunnel.

    A hub has each LAN prefix of a client with the client's tunnel address as next hop. A client has
    the hub's summaries and default with the hub as next hop (or another hub of the cloud that
    announces them too: one path is installed), and a covering route through the cloud for the LANs
    of the hub and of all other clients that are registered at all. No one of several paths may lead
    to a client that does not own the LAN. Between hubs nothing is due: both have the summaries
    themselves.
    """

    name = "overlay-routes"
    about = BOTH_ENDS
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
        hops = frozenset(next_hops(peer)) if peer.role is Role.SPOKE else case.hub_addresses
        missing: list[str] = []
        lines: list[str] = []
        exact = _from_peer(device, peer)
        for prefix in exact:
            paths = table.get(str(prefix), [])
            lines += [line for path in paths for line in path.lines]
            shown = {path.next_hop for path in paths}
            if not hops & shown or (peer.role is Role.SPOKE and _astray(case, prefix, shown)):
                missing.append(f"{prefix} {_said(paths)}")
        down = [] if device.role is Role.HUB else [d for d in case.down if d != device.name]
        if device.role is not Role.HUB:
            for prefix, owner, paths in case.lans.not_reached(table, case.hub_addresses):
                if owner is not device and owner.name not in down:
                    missing.append(f"{prefix} of {owner.name} {_said(paths)}")
                    lines += [line for path in paths for line in path.lines]
        facts = {str(prefix): _hops(table.get(str(prefix), [])) for prefix in exact}
        if missing:
            case.evidence.whole(device.name, command, Routes)
            return Answer(False, "; ".join(missing), tuple(lines), facts)
        said = f"{', '.join(map(str, exact))} via {hop}" if exact else f"next hop {hop}"
        said += ", every LAN covered" if device.role is not Role.HUB else ""
        said += f" (left out, not registered: {', '.join(down)})" if down else ""
        return Answer(True, said, tuple(lines), facts)


def _astray(case: Case, prefix: Network, hops: set[str | None]) -> bool:
    """Whether one of several paths to a client's LAN leads to a client that does not own it."""
    others = (case.by_tunnel_address.get(hop) for hop in hops if hop is not None)
    return any(
        other is not None and other.role is Role.SPOKE and prefix not in other.lans
        for other in others
    )


def _hops(paths: list[Route]) -> str:
    """Return the next hops as one fact; those that a shortcut put there come and go."""
    own = sorted(p.next_hop or p.interface or "" for p in paths if p.code != "H" and not p.nho)
    return " ".join(own) or "missing"


class UnexpectedRoutes(Check):
    """By the tunnel come only the prefixes that the design lets the other routers announce.

    Together with `overlay-routes`, which names those that are missing, the prefixes are equal to
    the design's. Static routes into the tunnel interface count too; routes made by NHRP and
    addresses of the tunnel subnet itself do not.
    """

    name = "unexpected-routes"
    about = EVERY_ROUTER
    reads = (commands.ROUTES,)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router."""
        return routers(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The routing table of the overlay."""
        return [commands.routes(subject.device)]

    def expected(self, _: Subject) -> str:
        """Say where they come from."""
        return "no prefix by the tunnel but the LANs, summaries and routes of the design"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare each route whose next hop is a router of the cloud."""
        device, command = subject.device, commands.routes(subject.device)
        reading = case.evidence.get(device.name, command, Routes)
        allowed = case.announced.at(device)
        inside = case.cloud.tunnel_subnets
        tunnel = device.tunnel.interface
        found = [
            r
            for r in reading.routes
            if r.next_hop in case.by_tunnel_address
            or (r.next_hop is None and r.interface == tunnel and r.code not in _OWN)
        ]
        strange = [
            r
            for r in found
            if r.code != "H" and not r.nho and r.prefix not in allowed
            if not any(_inside(r.prefix, subnet) for subnet in inside)
        ]
        said = ", ".join(
            f"{r.prefix} via {r.next_hop or tunnel} ({r.code})" for r in strange[:_SHOWN]
        )
        more = f" and {len(strange) - _SHOWN} more" if len(strange) > _SHOWN else ""
        lines = tuple(line for r in strange for line in r.lines)
        if strange:
            return Answer(False, f"unexpected: {said}{more}", lines)
        return Answer(True, f"{len(found)} routes by the tunnel, none unexpected")


_OWN = ("C", "L", "LC", "ND", "NDp")
"""Routes that an interface makes of its own address."""
_SHOWN = 10
"""Prefixes named in one sentence; the evidence has all."""


def _inside(prefix: str, subnet: Network) -> bool:
    network = ip_network(prefix)
    return network.version == subnet.version and subnet.supernet_of(network)  # type: ignore[arg-type]  # of one version


class NextHops(Check):
    """The next hop to each LAN is the one that the phase asks for.

    Phase 1: a hub. Phase 2: the spoke that owns the LAN, otherwise traffic stays on the hub. Phase
    3: a hub, or the owner once NHRP made a shortcut.
    """

    name = "next-hops"
    about = "every spoke, in phases 1 to 3"
    reads = (commands.ROUTES,)
    stands_on = ("overlay-routes",)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every spoke."""
        return (s for s in routers(cloud) if s.device.role is Role.SPOKE and cloud.phase)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The routing table of the overlay."""
        return [commands.routes(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say whom, by phase."""
        hops = {1: "a hub", 2: "the owner of the LAN", 3: "a hub, or the owner by a shortcut"}
        return f"next hop to every LAN: {hops[subject.device.phase]}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Longest match for each LAN; those of spokes that are not registered are left out."""
        device, command = subject.device, commands.routes(subject.device)
        table = case.evidence.routes(device.name, command)
        phase, hubs = device.phase, case.hub_addresses
        wrong: list[str] = []
        lines: list[str] = []
        found = case.lans.not_reached(table, () if phase == 2 else hubs, direct=phase > 1)
        for prefix, owner, paths in found:
            by_hub = owner.role is Role.HUB and any(p.next_hop in hubs for p in paths)
            if owner is device or by_hub or owner.name in case.down:
                continue
            wrong.append(f"{prefix} of {owner.name} {_said(paths)}")
            lines += [line for path in paths for line in path.lines]
        if wrong:
            case.evidence.whole(device.name, command, Routes)
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        said = "; ".join(wrong[:_SHOWN]) + more
        return Answer(not wrong, said or "as the phase asks for", tuple(dict.fromkeys(lines)))


def _from_peer(device: RouterDesign, peer: RouterDesign) -> tuple[Network, ...]:
    """Return the prefixes that must stand in the table of `device` exactly, via `peer`."""
    if peer.role is Role.SPOKE:
        return lans_inside(peer)
    if device.role is Role.HUB:
        return ()
    overlay = peer.overlay
    sent: tuple[Network, ...] = ()
    if isinstance(overlay, IbgpReflector | EbgpHub | Eigrp | Rip):
        sent = overlay.summaries
    default = default_of(overlay)
    sent = (*sent, default) if default is not None else sent
    return tuple(prefix for prefix in sent if prefix not in device.lans)


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
    about = "every spoke towards each of its hubs"
    reads = ("ping",)
    stands_on = _STANDS
    probes = True
    count: ClassVar[int] = 3

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its hubs."""
        return links(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """One ping."""
        return [self._ping(subject)]

    def expected(self, subject: Subject) -> str:
        """Say from where to where."""
        ends = f"{subject.device.tunnel.address.ip} to {subject.towards.tunnel.address.ip}"
        return f"{self.count} of {self.count} packets answered, {ends}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """All packets answered."""
        return _answered(case, subject, self._ping(subject))

    def _ping(self, subject: Subject) -> str:
        source = subject.device.tunnel.address.ip
        return commands.ping(subject.device, subject.towards.tunnel.address.ip, source, self.count)


def _answered(case: Case, subject: Subject, command: str) -> Answer:
    reading = case.evidence.whole(subject.device.name, command, Ping)
    said = f"{reading.received} of {reading.sent} packets answered"
    return Answer(reading.received == reading.sent > 0, said, reading.lines)


class OverlayMtu(Check):
    """Packets as large as the tunnel's `ip mtu` reach the hub unfragmented and come back.

    Small packets pass where large ones vanish; then sessions come up and transfers hang.
    """

    name = "overlay-mtu"
    about = "every spoke towards each of its hubs"
    reads = ("ping",)
    stands_on = ("overlay-ping",)
    probes = True
    bars = False
    count: ClassVar[int] = 2

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every link with IPv4 in the tunnel."""
        return (s for s in links(cloud) if over_ipv4(s.device))

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """One ping with the DF bit."""
        return [self._ping(subject)]

    def expected(self, subject: Subject) -> str:
        """Say how large."""
        size = subject.device.tunnel.ip_mtu
        return f"{self.count} of {self.count} packets of {size} bytes with DF answered"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """All packets answered."""
        return _answered(case, subject, self._ping(subject))

    def _ping(self, subject: Subject) -> str:
        source, target = (r.tunnel.address.ip for r in (subject.device, subject.towards))
        return commands.big_ping(subject.device, target, source, self.count)
