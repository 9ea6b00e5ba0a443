"""From the readings of one router to what it knows of one peer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import TypeVar

from dmvpn_auto.design.types import (
    Family,
    Ikev1Certificates,
    Ikev1PreShared,
    RouterDesign,
    family_of,
)
from dmvpn_auto.observe.evidence import (
    BgpNeighbor,
    BgpSummary,
    Dmvpn,
    DmvpnPeer,
    IgpNeighbor,
    IgpNeighbors,
    IkeSas,
    Interface,
    Interfaces,
    IpsecFlows,
    NhrpMulticastTable,
    NhrpServer,
    NhrpServers,
    NhrpTrafficTable,
    Ping,
    Routes,
    Traceroute,
)
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.credentials import credential
from dmvpn_auto.verify.diagnosis.ends import (
    ORDER,
    Adjacency,
    Counters,
    End,
    Esp,
    Ike,
    Told,
)
from dmvpn_auto.verify.diagnosis.patterns import WORD
from dmvpn_auto.verify.diagnosis.routes import RouteTable
from dmvpn_auto.verify.diagnosis.settings import Configuration, Setting, Settings, Towards
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.reach import neighbor_names

T = TypeVar("T")


def ping_command(end: End) -> str:
    """Return the ping from the tunnel's source to the NBMA address of the peer."""
    return commands.underlay_ping(end.router, end.peer_nbma or "ADDRESS")


def look(
    texts: Texts,
    router: RouterDesign,
    peer: RouterDesign,
    intended: Configuration | None,
) -> End:
    """Return what `router` shows about `peer`."""
    reader = _Reader(texts, router, str(peer.tunnel.address.ip))
    rows = reader.rows()
    own = reader.own_rows()
    real = [row for row in own if row.nbma_address != "UNKNOWN"]
    row = min(real, key=lambda r: ORDER.index(r.state) if r.state in ORDER else 0, default=None)
    nbma = str(peer.nbma_address) if peer.nbma_address else row.nbma_address if row else None
    running = texts.configuration(router.name)
    interface, source = router.tunnel.interface, router.tunnel.source_interface
    tunnel = reader.interface(interface)
    servers = reader.servers()
    outside: Family = "ipv6" if router.tunnel.ipv6_transport else "ipv4"
    inside = family_of(router.tunnel.address.ip)
    towards = Towards(
        interface=interface,
        tunnel=reader.peer_tunnel,
        nbma=nbma or "",
        identity=getattr(peer.crypto, "identity", None) or "",
        inside=inside,
        outside=outside,
    )
    return End(
        router=router,
        peer=peer,
        peer_nbma=nbma,
        asked=texts.asked(router.name),
        moment=texts.moment(router.name),
        wanted=intended.settings(towards) if intended else {},
        running=running.settings(towards) if running else None,
        seen=_seen(tunnel, reader.ip_mtu(), reader.router_id(), WORD[inside]),
        tunnel=tunnel,
        addresses=reader.addresses(interface, inside),
        source=reader.interface(source),
        source_addresses=reader.addresses(source, outside),
        block=reader.block(),
        rows=rows,
        strays=texts.once(router.name, f"{inside} strays", lambda: _strays(router, rows)),
        row=row,
        negative=next((r for r in own if r.nbma_address == "UNKNOWN"), None),
        ike=reader.ike(nbma),
        esp=reader.esp(nbma),
        credential=texts.once(router.name, "credential", lambda: credential(texts, router)),
        nhs=next((s for s in servers or () if s.address == reader.peer_tunnel), None),
        servers=servers,
        log=texts.log(router.name),
        adjacency=reader.adjacency(peer),
        multicast=reader.multicast(nbma),
        traffic=reader.traffic(),
        routes=reader.routes(commands.routes(router)),
        underlay=reader.routes(commands.underlay_routes(router)),
        ping=reader.ping(nbma),
        traces=reader.traces(),
    )


def _strays(router: RouterDesign, rows: tuple[DmvpnPeer, ...] | None) -> tuple[DmvpnPeer, ...]:
    known = {str(nhs.tunnel_address) for nhs in router.tunnel.nhrp.nhs}
    return tuple(r for r in rows or () if "S" in r.attributes and r.tunnel_address not in known)


def _is_ipv6(address: str) -> bool:
    return ":" in address


def _by(rows: Iterable[T], *keys: Callable[[T], object]) -> dict[object, list[T]]:
    found: dict[object, list[T]] = defaultdict(list)
    for row in rows:
        for value in {key(row) for key in keys}:
            found[value].append(row)
    return dict(found)


def _seen(
    tunnel: Interface | None, mtu: int | None, router_id: str | None, word: str
) -> Settings | None:
    """Return the settings that show commands print, spelled as in a configuration."""
    if tunnel is None or tunnel.tunnel_source is None:
        return None
    many = "multi" in (tunnel.tunnel_mode or "").lower()
    destination = tunnel.tunnel_destination
    values = {
        "tunnel.key": ("tunnel key", tunnel.tunnel_key),
        "tunnel.protection": ("tunnel protection ipsec profile", tunnel.tunnel_protection),
        "tunnel.destination": (
            "tunnel destination", destination if _is_address(destination) else None,
        ),
        "tunnel.source": ("tunnel source", tunnel.tunnel_source_interface),
        "tunnel.mode": (
            "tunnel mode", tunnel.tunnel_mode and _MODES[many, tunnel.tunnel_mode.endswith("v6")],
        ),
        "tunnel.ip-mtu": (f"{word} mtu", mtu),
        "bgp.router-id": ("bgp router-id", router_id),
    }  # fmt: skip
    return {
        name: Setting(str(value), f"{words} {value}")
        for name, (words, value) in values.items()
        if value is not None
    }


_MODES = {
    (True, False): "gre multipoint", (True, True): "gre multipoint ipv6",
    (False, False): "gre ip", (False, True): "gre ipv6",
}  # fmt: skip


def _is_address(text: str | None) -> bool:
    try:
        return text is not None and bool(ip_address(text))
    except ValueError:
        return False


class _Reader:
    """One router's readings about one peer."""

    def __init__(self, texts: Texts, router: RouterDesign, peer_tunnel: str) -> None:
        self._texts, self._router, self._name = texts, router, router.name
        self._family = family_of(router.tunnel.address.ip)
        self.peer_tunnel = peer_tunnel

    def _once(self, what: str, make: Callable[[], T]) -> T:
        return self._texts.once(self._name, f"{self._family} {what}", make)

    def rows(self) -> tuple[DmvpnPeer, ...] | None:
        return self._once("rows", self._rows)

    def own_rows(self) -> list[DmvpnPeer]:
        rows = self.rows() or ()
        index = self._once("rows by peer", lambda: _by(rows, lambda row: row.tunnel_address))
        return index.get(self.peer_tunnel, [])

    def _rows(self) -> tuple[DmvpnPeer, ...] | None:
        found = self._texts.reading(self._name, commands.DMVPN, Dmvpn)
        if found is None:
            return None
        here = self._router.tunnel.interface
        rows = tuple(
            row for row in found.peers
            if row.interface == here and _is_ipv6(row.tunnel_address) == (self._family == "ipv6")
        )  # fmt: skip
        return rows if rows or found.complete else None

    def block(self) -> bool | None:
        found = self._texts.reading(self._name, commands.DMVPN, Dmvpn)
        if found is None or not found.complete:
            return None
        here = self._router.tunnel.interface
        return any(
            one.interface == here and one.address_family == self._family for one in found.interfaces
        )

    def interface(self, name: str) -> Interface | None:
        for command in (f"show interfaces {name}", "show interfaces"):
            found = self._texts.reading(self._name, command, Interfaces)
            for one in found.interfaces if found else ():
                if one.interface == name:
                    return one
        return None

    def addresses(self, name: str, family: Family) -> tuple[str, ...] | None:
        """Return the addresses of an interface, None when they were not collected."""
        if family == "ipv4":
            one = self.interface(name)
            return None if one is None else (one.address,) if one.address else ()
        found = self._texts.reading(self._name, f"show ipv6 interface {name}", Interfaces)
        rows = found.interfaces if found else ()
        if not rows and found is not None and found.complete:
            return ()
        return next((row.ipv6_addresses for row in rows if row.interface == name), None)

    def ip_mtu(self) -> int | None:
        command = commands.ip_interface(self._router)
        found = self._texts.reading(self._name, command, Interfaces)
        name = self._router.tunnel.interface
        rows = found.interfaces if found else ()
        return next((one.ip_mtu for one in rows if one.interface == name), None)

    def router_id(self) -> str | None:
        command = commands.bgp_summary(self._router)
        found = self._texts.reading(self._name, command, BgpSummary)
        return found.router_id if found else None

    def ike(self, nbma: str | None) -> Ike | None:
        found = self._texts.reading(self._name, commands.ike(self._router), IkeSas)
        if found is None or nbma is None:
            return None
        old = isinstance(self._router.crypto, Ikev1PreShared | Ikev1Certificates)
        done = "QM_IDLE" if old else "READY"
        # IKEv1 prints the responder first, whoever that is.
        index = self._texts.once(
            self._name, "ike", lambda: _by(
                found.sas, lambda sa: sa.remote, lambda sa: sa.local if sa.version == 1 else None
            )
        )  # fmt: skip
        mine = index.get(nbma, [])
        states = [sa.status for sa in mine]
        if not mine and not found.complete:
            return None
        return Ike(
            state="up" if done in states else states[0] if states else "none",
            all_up=self._texts.once(
                self._name, "ike up", lambda: sum(sa.status == done for sa in found.sas)
            ),
            lines=tuple(line for sa in mine for line in sa.lines if line.strip()),
        )

    def esp(self, nbma: str | None) -> Esp | None:
        found = self._texts.reading(self._name, commands.IPSEC, IpsecFlows)
        if found is None or nbma is None:
            return None
        index = self._texts.once(
            self._name, "flows", lambda: _by(found.flows, lambda flow: flow.remote)
        )
        flows = index.get(nbma, [])
        live = [flow for flow in flows if any(sa.active for sa in flow.esp)]
        if not live and not found.complete:
            return None
        shown = ("current_peer", "encaps", "decaps", "in use settings")
        lines = [line.strip() for f in (live or flows)[:1] for line in f.lines]
        return Esp(
            up=bool(live),
            encapsulated=live[0].encapsulated if live else 0,
            decapsulated=live[0].decapsulated if live else 0,
            modes=frozenset(sa.mode for flow in live for sa in flow.esp),
            lines=tuple(line for line in lines if any(word in line for word in shown)),
        )

    def servers(self) -> tuple[NhrpServer, ...] | None:
        found = self._texts.reading(self._name, commands.nhs(self._router), NhrpServers)
        if found is None or not (found.servers or found.complete):
            return None
        return found.servers

    def adjacency(self, peer: RouterDesign) -> Adjacency | None:
        kind = self._router.overlay.kind
        near: list[BgpNeighbor | IgpNeighbor] = []
        if "bgp" in kind:
            bgp = self._texts.reading(self._name, commands.bgp_summary(self._router), BgpSummary)
            complete = bgp is not None and bgp.complete
            neighbors = bgp.neighbors if bgp else ()
            index = self._once("bgp", lambda: _by(neighbors, lambda one: one.address))
            near += index.get(self.peer_tunnel, [])
        elif kind.startswith(("ospf", "eigrp")):
            ospf = kind.startswith("ospf")
            if not ospf and self._family == "ipv6" and len(neighbor_names(peer)) == 1:
                return None  # known by a link-local address that IOS made
            ask = commands.ospf_neighbors if ospf else commands.eigrp_neighbors
            igp = self._texts.reading(self._name, ask(self._router), IgpNeighbors)
            complete = igp is not None and igp.complete
            rows = igp.neighbors if igp else ()
            here = self._router.tunnel.interface
            by_name = self._once("igp", lambda: _by(
                (row for row in rows if row.interface == here), lambda row: row.address
            ))  # fmt: skip
            near += [row for name in neighbor_names(peer) for row in by_name.get(name, [])]
        else:
            return None
        if near:
            good = near[0].state in {"Established", "UP"} or near[0].state.startswith("FULL")
            return Adjacency("up" if good else near[0].state, near[0].lines)
        return Adjacency("none", ()) if complete else None

    def multicast(self, nbma: str | None) -> Told | None:
        command = commands.multicast(self._router)
        found = self._texts.reading(self._name, command, NhrpMulticastTable)
        if found is None or nbma is None:
            return None
        there = any(d.nbma_address == nbma and d.enabled for d in found.destinations)
        if not there and not found.complete:
            return None
        return Told(there, tuple(line for d in found.destinations[:4] for line in d.lines))

    def traffic(self) -> Counters | None:
        command = commands.nhrp_traffic(self._router)
        found = self._texts.reading(self._name, command, NhrpTrafficTable)
        interface = self._router.tunnel.interface
        rows = [t for t in found.traffic if t.interface == interface] if found else []
        if not rows:
            return None
        packets = {f"{t.direction} {kind}": n for t in rows for kind, n in t.counters.items()}
        return Counters(packets, tuple(line.strip() for t in rows for line in t.lines))

    def routes(self, command: str) -> RouteTable | None:
        found = self._texts.reading(self._name, command, Routes)
        if found is None or not found.complete:
            return None
        return self._texts.once(self._name, command, lambda: RouteTable(found.routes))

    def ping(self, nbma: str | None) -> Told | None:
        for command in self._texts.commands(self._name, "ping"):
            found = self._texts.reading(self._name, command, Ping)
            if found is not None and found.target == nbma:
                rate = [line for line in found.lines if "Success rate" in line]
                return Told(found.received > 0, (f"{command}: {' '.join(rate or found.lines)}",))
        return None

    def traces(self) -> tuple[tuple[str, Traceroute], ...]:
        asked = self._texts.commands(self._name, "traceroute")
        read = ((c, self._texts.reading(self._name, c, Traceroute)) for c in asked)
        return tuple((command, trace) for command, trace in read if trace is not None)
