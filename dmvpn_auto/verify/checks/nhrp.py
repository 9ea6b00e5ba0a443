"""Tunnel interface, peer state, registration, next-hop servers, strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.observe.evidence import Dmvpn, Interfaces, NhrpServers
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.evidence import NoEvidenceError
from dmvpn_auto.verify.states import view


def _spoke_towards_hub(cloud: CloudDesign) -> Iterator[Subject]:
    hubs = {hub.tunnel.address.ip: hub for hub in cloud.hubs}
    for router in cloud.routers:
        for nhs in router.tunnel.nhrp.nhs:
            if nhs.tunnel_address in hubs:
                yield Subject(router, hubs[nhs.tunnel_address])


def both_ways(cloud: CloudDesign) -> Iterator[Subject]:
    """Yield every client towards each of its hubs, and that hub towards the client."""
    for subject in _spoke_towards_hub(cloud):
        yield subject
        yield Subject(subject.towards, subject.device)


class TunnelInterface(Check):
    """The tunnel is up/up, with the address, source, key and `ip mtu` of the design."""

    name = "tunnel-interface"
    about = "every router"
    reads = (
        commands.INTERFACE,
        commands.IP_INTERFACE,
    )

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router."""
        return (Subject(router) for router in cloud.routers)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """Both sides of the interface: `show interfaces` does not print `ip mtu`."""
        return [commands.interface(subject.device), commands.ip_interface(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say state, address, source, key, MTU."""
        tunnel = subject.device.tunnel
        key = f", key {tunnel.key}" if tunnel.key is not None else ""
        return (
            f"{tunnel.interface} up/up, {tunnel.address}, source {tunnel.source_interface}{key}, "
            f"ip mtu {tunnel.ip_mtu}"
        )

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare all facts; name the state INTF when the line is down."""
        device, tunnel = subject.device, subject.device.tunnel
        reading = case.evidence.get(device.name, commands.interface(device), Interfaces)
        row = next((i for i in reading.interfaces if i.interface == tunnel.interface), None)
        if row is None:
            return Answer(holds=False, actual=f"INTF ({tunnel.interface} does not exist)")
        if row.line != "up":
            words = f"INTF ({row.interface} is {row.admin}, line protocol {row.line})"
            return Answer(holds=False, actual=words, evidence=row.lines[:1])
        ip = case.evidence.get(device.name, commands.ip_interface(device), Interfaces)
        side = next((i for i in ip.interfaces if i.interface == tunnel.interface), None)
        facts = {
            "address": (row.address, str(tunnel.address)),
            "source": (row.tunnel_source_interface, tunnel.source_interface),
            "key": (row.tunnel_key, tunnel.key),
            "ip mtu": (side.ip_mtu if side else None, tunnel.ip_mtu),
        }
        wrong = [f"{k} {got}, not {want}" for k, (got, want) in facts.items() if got != want]
        said = ", ".join(f"{k} {got}" for k, (got, _) in facts.items() if got is not None)
        lines = row.lines + (side.lines if side else ())
        return Answer(not wrong, "; ".join(wrong) or f"up/up, {said}", lines)


class PeerState(Check):
    """A client sees each of its hubs UP at the hub's NBMA address."""

    name = "peer-state"
    about = "every client towards each of its next-hop servers"
    reads = (commands.DMVPN,)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its next-hop servers."""
        return _spoke_towards_hub(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The state column, and the interface below it."""
        return [commands.DMVPN, commands.interface(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say UP and where."""
        return f"UP at NBMA {_nbma(subject)}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """UP at the right address; another address fails even when UP."""
        seen = view(case.evidence, subject.device, subject.towards)
        wanted = _nbma(subject)
        holds = seen.state == "UP" and wanted in {seen.nbma, "any"}
        return Answer(holds, seen.words, seen.lines)


class Registration(Check):
    """A hub has each of its clients registered at the client's NBMA address, state UP."""

    name = "registration"
    about = "every hub towards each of its clients"
    reads = (commands.DMVPN,)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every hub towards each of its clients."""
        return (Subject(s.towards, s.device) for s in _spoke_towards_hub(cloud))

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The state column, and the interface below it."""
        return [commands.DMVPN, commands.interface(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say registered, and where."""
        return f"registered, UP at NBMA {_nbma(subject)}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """A row for the client, UP, at the right address.

        A missing row quotes the client's state.
        """
        seen = view(case.evidence, subject.device, subject.towards)
        wanted = _nbma(subject)
        holds = seen.state == "UP" and (wanted in {seen.nbma, "any"})
        words = seen.words
        if seen.state == "absent" or seen.nbma == "UNKNOWN":
            words = f"not registered, {seen.words}{self._other_end(case, subject)}"
        return Answer(holds, words, seen.lines)

    def _other_end(self, case: Case, subject: Subject) -> str:
        try:
            other = view(case.evidence, subject.towards, subject.device)
        except NoEvidenceError:
            return ""
        return f"; {subject.towards.name} itself says {other.words}"


class UnexpectedPeers(Check):
    """Nobody who is not in the design has a row in `show dmvpn`.

    Rows with NBMA address UNKNOWN are questions that found no answer, not peers; a row with the
    router's own tunnel address is IOS's temporary entry while a shortcut is made.
    """

    name = "unexpected-peers"
    about = "every router"
    reads = (commands.DMVPN,)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router."""
        return (Subject(router) for router in cloud.routers)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """All peers."""
        return [commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say who may be there."""
        return f"only routers of cloud {subject.device.cloud} on {subject.device.tunnel.interface}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare the tunnel addresses with the design; needs every line read."""
        device = subject.device
        known = {str(router.tunnel.address.ip) for router in case.cloud.routers}
        reading = case.evidence.whole(device.name, commands.DMVPN, Dmvpn)
        rows = [p for p in reading.peers if p.interface == device.tunnel.interface]
        strangers = [
            p
            for p in rows
            if p.nbma_address != "UNKNOWN" and ":" not in p.tunnel_address
            if p.tunnel_address not in known
        ]
        if strangers:
            said = ", ".join(f"{p.tunnel_address} at NBMA {p.nbma_address}" for p in strangers)
            lines = tuple(line for p in strangers for line in p.lines)
            return Answer(holds=False, actual=f"unexpected: {said}", evidence=lines)
        headings = tuple(line for i in reading.interfaces for line in i.lines)
        return Answer(True, f"{len(rows)} rows, none unexpected", headings)


class NextHopServer(Check):
    """Each next-hop server of a client answers: flags RE, and replies arrive."""

    name = "nhs"
    about = "every client towards each of its next-hop servers"
    reads = (commands.NHS,)
    stands_on = ("peer-state",)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its next-hop servers."""
        return _spoke_towards_hub(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """With counters."""
        return [commands.NHS]

    def expected(self, subject: Subject) -> str:
        """Say responding."""
        return f"NHS {subject.towards.tunnel.address.ip} responding (RE)"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Flag R; a server that never answered is named with its counters."""
        address = str(subject.towards.tunnel.address.ip)
        reading = case.evidence.get(subject.device.name, commands.NHS, NhrpServers)
        row = next((s for s in reading.servers if s.address == address), None)
        if row is None:
            case.evidence.whole(subject.device.name, commands.NHS, NhrpServers)
            return Answer(holds=False, actual=f"no next-hop server {address}")
        said = "responding" if row.responding else "not responding"
        if row.requests_sent is not None:
            said += f", {row.requests_sent} requests, {row.replies_received} replies"
            said += f", last {row.last_reply} ago" if row.last_reply else ""
        return Answer(row.responding, said, row.lines)


def _nbma(subject: Subject) -> str:
    """Return the NBMA address the peer must have, "any" for a dynamic one."""
    peer = subject.towards
    for nhs in subject.device.tunnel.nhrp.nhs:
        if nhs.tunnel_address == peer.tunnel.address.ip:
            return str(nhs.nbma_address)
    return str(peer.nbma_address) if peer.nbma_address is not None else "any"
