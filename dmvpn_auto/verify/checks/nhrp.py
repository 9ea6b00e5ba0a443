"""Peer state, registration, next-hop servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.observe.evidence import NhrpServers
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import CLIENTS, SERVERS, clients, servers
from dmvpn_auto.verify.evidence import NoEvidenceError
from dmvpn_auto.verify.states import view


class PeerState(Check):
    """A client sees each of its hubs UP at the hub's NBMA address."""

    name = "peer-state"
    about = CLIENTS
    reads = (commands.DMVPN, commands.INTERFACE)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its next-hop servers."""
        return clients(cloud)

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
        return Answer(holds, seen.words, seen.lines, seen.facts)


class Registration(Check):
    """A hub has each of its clients registered at the client's NBMA address, state UP."""

    name = "registration"
    about = SERVERS
    reads = (commands.DMVPN, commands.INTERFACE)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every hub towards each of its clients."""
        return servers(cloud)

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
        return Answer(holds, words, seen.lines, seen.facts)

    def _other_end(self, case: Case, subject: Subject) -> str:
        try:
            other = view(case.evidence, subject.towards, subject.device)
        except NoEvidenceError:
            return ""
        return f"; {subject.towards.name} itself says {other.words}"


class NextHopServer(Check):
    """Each next-hop server of a client answers: flags RE, and replies arrive."""

    name = "nhs"
    about = CLIENTS
    reads = (commands.NHS,)
    stands_on = ("peer-state",)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every client towards each of its next-hop servers."""
        return clients(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """With counters."""
        return [commands.nhs(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say responding."""
        return f"NHS {subject.towards.tunnel.address.ip} responding (RE)"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Flag R; a server that never answered is named with its counters."""
        address = str(subject.towards.tunnel.address.ip)
        reading = case.evidence.get(subject.device.name, commands.nhs(subject.device), NhrpServers)
        row = next((s for s in reading.servers if s.address == address), None)
        if row is None:
            case.evidence.whole(subject.device.name, commands.nhs(subject.device), NhrpServers)
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
