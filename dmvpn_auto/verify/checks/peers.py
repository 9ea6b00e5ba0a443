"""Who is registered, by which address, in which role: strangers, doubles, NAT, multicast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dmvpn_auto.design.types import CloudDesign, Role, RouterDesign
from dmvpn_auto.observe.evidence import (
    Dmvpn,
    DmvpnPeer,
    Interfaces,
    NhrpCache,
    NhrpEntry,
    NhrpMulticastTable,
    NhrpServers,
)
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import (
    BOTH_ENDS,
    EVERY_ROUTER,
    SERVERS,
    clients,
    once,
    servers,
    speakers,
    turned,
)
from dmvpn_auto.verify.evidence import NoEvidenceError, NotJudgedError
from dmvpn_auto.verify.states import nbma_of


class TunnelRole(Check):
    """The router is to NHRP what the design makes it: hub, spoke, or both for a hub below hubs."""

    name = "role"
    about = EVERY_ROUTER
    reads = (commands.DMVPN,)
    stands_on = ("tunnel-interface",)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router with peers."""
        registered = {name for subject in clients(cloud) for name in subject.names}
        return (s for s in speakers(cloud) if s.device.name in registered)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """Its heading."""
        return [commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say the role in the words of IOS."""
        return f"Type:{_role(subject.device)} on {subject.device.tunnel.interface}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare the heading; without one nothing is registered, which other checks name."""
        device = subject.device
        reading = case.evidence.get(device.name, commands.DMVPN, Dmvpn)
        headings = [i for i in reading.interfaces if i.interface == device.tunnel.interface]
        roles = {heading.role for heading in headings} - {None, "Unknown"}
        if not roles:
            said = f"no peer on {device.tunnel.interface} tells the role"
            lonely = any(case.failures.has(c, subject.names) for c in _STANDS)
            raise NotJudgedError(said) if lonely else NoEvidenceError(said)
        lines = tuple(line for heading in headings for line in heading.lines)
        said = "/".join(sorted(str(role) for role in roles))
        return Answer(roles == {_role(device)}, f"Type:{said}", lines, {"role": said})


_STANDS = ("peer-state", "registration")


def _role(device: RouterDesign) -> str:
    if device.role is Role.SPOKE:
        return "Spoke"
    return "Hub/Spoke" if device.tunnel.nhrp.nhs else "Hub"


class UnexpectedPeers(Check):
    """Nobody who is not in the design has a row in `show dmvpn`.

    Rows without NBMA address record questions, not peers; a row for the router's own tunnel address
    is IOS's temporary entry while a shortcut is made.
    """

    name = "unexpected-peers"
    about = EVERY_ROUTER
    reads = (commands.DMVPN,)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router that speaks NHRP."""
        return speakers(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """All peers."""
        return [commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say who may be there."""
        return f"only routers of cloud {subject.device.cloud} on {subject.device.tunnel.interface}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare the tunnel addresses with the design."""
        device = subject.device
        known = case.by_tunnel_address
        reading = case.evidence.get(device.name, commands.DMVPN, Dmvpn)
        rows = [p for p in reading.peers if p.interface == device.tunnel.interface]
        real = [p for p in rows if p.nbma_address != "UNKNOWN" and _of_family(device, p)]
        strangers = [p for p in real if p.tunnel_address not in known]
        kept = real if device.role is Role.HUB else strangers
        facts = {f"peer {p.tunnel_address}": p.nbma_address for p in kept}
        if strangers:
            said = ", ".join(f"{p.tunnel_address} at NBMA {p.nbma_address}" for p in strangers)
            lines = tuple(line for p in strangers for line in p.lines)
            return Answer(False, f"unexpected: {said}", lines, facts)
        headings = tuple(line for i in reading.interfaces for line in i.lines)
        return Answer(True, f"{len(rows)} rows, none unexpected", headings, facts)


def _of_family(device: RouterDesign, peer: DmvpnPeer) -> bool:
    return (":" in peer.tunnel_address) == (device.tunnel.address.version == 6)


class DuplicateRegistrations(Check):
    """On a hub each tunnel address has one NBMA address, its owner's, and each NBMA address one
    tunnel address.

    Two spokes behind one address (PAT) take each other's sessions; a spoke that took over another
    one's tunnel address takes its traffic.
    """

    name = "duplicate-registrations"
    about = "every hub"
    reads = (commands.DMVPN,)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every hub that speaks NHRP."""
        return (s for s in speakers(cloud) if s.device.role is Role.HUB)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """All peers."""
        return [commands.DMVPN]

    def expected(self, _: Subject) -> str:
        """Say one to one."""
        return "one NBMA address for each tunnel address, and the other way round"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Look at all registered peers together."""
        device = subject.device
        reading = case.evidence.get(device.name, commands.DMVPN, Dmvpn)
        rows = [
            p
            for p in reading.peers
            if p.interface == device.tunnel.interface and p.nbma_address != "UNKNOWN"
            if _of_family(device, p)
        ]
        wrong, lines = _doubled(rows, case)
        said = "; ".join(wrong) or f"{len(rows)} peers, none twice"
        return Answer(not wrong, said, tuple(dict.fromkeys(lines)))


def _doubled(rows: Sequence[DmvpnPeer], case: Case) -> tuple[list[str], list[str]]:
    by_tunnel: dict[str, list[DmvpnPeer]] = defaultdict(list)
    by_nbma: dict[str, list[DmvpnPeer]] = defaultdict(list)
    for row in rows:
        by_tunnel[row.tunnel_address].append(row)
        by_nbma[row.nbma_address].append(row)
    wrong: list[str] = []
    lines: list[str] = []
    for tunnel, found in by_tunnel.items():
        addresses = dict.fromkeys(row.nbma_address for row in found)
        rightful = case.by_tunnel_address.get(tunnel)
        if len(addresses) > 1:
            wrong.append(f"{tunnel} is registered from {' and '.join(addresses)}")
            lines += [line for row in found for line in row.lines]
        for address in addresses:
            owner = case.by_nbma_address.get(address)
            if owner is not None and rightful is not None and owner is not rightful:
                wrong.append(f"{tunnel} of {rightful.name} is registered from {address}, "
                             f"the address of {owner.name}")  # fmt: skip
                lines += [line for row in found for line in row.lines]
    for nbma, found in by_nbma.items():
        tunnels = dict.fromkeys(row.tunnel_address for row in found)
        if len(tunnels) > 1:
            wrong.append(f"{' and '.join(tunnels)} share NBMA address {nbma}")
            lines += [line for row in found for line in row.lines]
    return wrong, lines


class NbmaAddress(Check):
    """A hub knows each client by the address the client has now; the claimed one behind NAT.

    What the client's tunnel starts from is compared with what the hub registered, so that an entry
    of an address the client no longer has is seen, and a NAT that the design does not know of.
    """

    name = "nbma-address"
    about = SERVERS
    reads = (commands.NHRP, commands.INTERFACE)
    stands_on = ("registration",)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every hub towards each of its clients."""
        return servers(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The cache of the hub; the client's interface is read for its own checks."""
        return [commands.nhrp(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say with NAT or without."""
        client = subject.towards
        if client.nat:
            return f"NBMA {client.nbma_address}, and the client's own address as claimed"
        return f"NBMA {client.nbma_address or 'as the client has it'}, no NAT"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare registered and claimed address with the client's tunnel source."""
        hub, client = subject.device, subject.towards
        entry = self._entry(case, hub, client)
        own = self._own(case, client)
        nbma, claimed = entry.nbma_address, entry.claimed_nbma_address
        facts = {"nbma": str(nbma), "claimed": str(claimed)}
        said = f"NBMA {nbma}" + (f", claimed {claimed}" if claimed else ", nothing claimed")
        if client.nat:
            wrong = not claimed or own not in {None, claimed}
        elif client.nbma_address is None:
            if own is None:
                raise NoEvidenceError(f"the address of {client.name} is not known", entry.lines)
            wrong = own != (claimed or nbma)
        else:
            wrong = bool(claimed) or own not in {None, nbma}
        tail = f"; {client.name} itself has {own}" if wrong and own else ""
        return Answer(not wrong, said + tail, entry.lines, facts)

    def _entry(self, case: Case, hub: RouterDesign, client: RouterDesign) -> NhrpEntry:
        address, command = client.tunnel.address.ip, commands.nhrp(hub)
        host = f"{address}/{address.max_prefixlen}"
        found = case.evidence.entries(hub.name, command).get(host, [])
        for entry in found:
            if entry.interface == hub.tunnel.interface and entry.nbma_address:
                return entry
        case.evidence.whole(hub.name, command, NhrpCache)
        raise NoEvidenceError(f"no cache entry of {hub.name} for {address}")

    def _own(self, case: Case, client: RouterDesign) -> str | None:
        try:
            reading = case.evidence.get(client.name, commands.interface(client), Interfaces)
        except NoEvidenceError:
            return None
        rows = [i for i in reading.interfaces if i.interface == client.tunnel.interface]
        return rows[0].tunnel_source if rows else None


class ServerSet(Check):
    """A client has exactly the next-hop servers of the design: NBMA address, priority, cluster."""

    name = "nhs-set"
    about = "every client"
    reads = (commands.NHS,)
    stands_on = ("tunnel-interface",)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router with a next-hop server."""
        return (s for s in speakers(cloud) if s.device.tunnel.nhrp.nhs)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """With counters, as the other check does."""
        return [commands.nhs(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say each with what the design gives it."""
        return ", ".join(
            _server(str(nhs.tunnel_address), str(nhs.nbma_address), nhs.priority, nhs.cluster)
            for nhs in subject.device.tunnel.nhrp.nhs
        )

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Missing, foreign and different ones are named; needs every line read."""
        device = subject.device
        reading = case.evidence.whole(device.name, commands.nhs(device), NhrpServers)
        rows = {s.address: s for s in reading.servers if s.interface == device.tunnel.interface}
        wrong: list[str] = []
        for nhs in device.tunnel.nhrp.nhs:
            row = rows.get(str(nhs.tunnel_address))
            if row is None:
                wrong.append(f"{nhs.tunnel_address} is missing")
                continue
            want = _server(row.address, str(nhs.nbma_address), nhs.priority, nhs.cluster)
            nbma = row.nbma_address or str(nhs.nbma_address)
            got = _server(row.address, nbma, row.priority, row.cluster)
            if got != want:
                wrong.append(f"{got}, not {want}")
        known = {str(nhs.tunnel_address) for nhs in device.tunnel.nhrp.nhs}
        wrong += [f"{address} is none of the design" for address in rows if address not in known]
        lines = tuple(line for row in rows.values() for line in row.lines)
        said = "; ".join(wrong) or f"{len(rows)} as designed"
        return Answer(not wrong, said, lines, {"servers": " ".join(sorted(rows))})


def _server(address: str, nbma: str, priority: int | None, cluster: int | None) -> str:
    return f"{address} NBMA {nbma} priority {priority or 0} cluster {cluster or 0}"


class MulticastMap(Check):
    """Multicast to the peer is copied to its NBMA address: a routing protocol needs that.

    On a hub the mapping is made at registration (`ip nhrp map multicast dynamic`), so that one
    configured later misses the clients registered before.
    """

    name = "multicast"
    about = BOTH_ENDS
    reads = (commands.MULTICAST, commands.DMVPN)
    stands_on = ("peer-state", "registration")
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Those for whom the design maps it; a point-to-point tunnel needs no mapping."""
        return once(self._mapped(cloud))

    @staticmethod
    def _mapped(cloud: CloudDesign) -> Iterator[Subject]:
        for subject in clients(cloud):
            device, hub = subject.device, subject.towards
            mapped = any(
                nhs.multicast and nhs.tunnel_address == hub.tunnel.address.ip
                for nhs in device.tunnel.nhrp.nhs
            )
            if mapped and device.tunnel.destination is None:
                yield subject
            if hub.tunnel.nhrp.multicast_dynamic:
                yield turned(subject)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The destinations, and the peers for learnt addresses."""
        return [commands.multicast(subject.device), commands.DMVPN]

    def expected(self, subject: Subject) -> str:
        """Say to where."""
        return f"copied to {subject.towards.nbma_address or 'the learnt NBMA address'}, enabled"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Find the destination of the tunnel."""
        device, command = subject.device, commands.multicast(subject.device)
        nbma = nbma_of(case.evidence, device, subject.towards)
        if nbma is None:
            raise NoEvidenceError(f"the NBMA address of {subject.towards.name} is not known")
        found = case.evidence.copies(device.name, command).get(nbma, [])
        here = [row for row in found if row.interface == device.tunnel.interface]
        if not here:
            case.evidence.whole(device.name, command, NhrpMulticastTable)
            return Answer(False, f"no copy to {nbma}")
        row = here[0]
        said = f"to {nbma}, {' '.join(row.flags) or 'no flags'}"
        return Answer(row.enabled, said + ("" if row.enabled else ", disabled"), row.lines)
