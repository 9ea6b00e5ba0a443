"""What `show dmvpn` says of each peer, derived from the layers below: interface, IKE, IPsec, NHRP.

The state is that of the lowest layer that fails. The NHRP cache alone proves nothing, as it lingers
until its holdtime after the peer is gone. A row exists for each next-hop server and each cache
entry that IOS shows; what is not protected skips the two crypto layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from dmvpn_auto.lab.live import (
    DmvpnPeer,
    IkeSa,
    IpsecSa,
    NhrpEntry,
    NhsEntry,
    PeerState,
    TunnelInfo,
)

Key = tuple[str, IPv4Address | None, IPv4Network]
"""What identifies a row: interface, NBMA address, target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """All that the rows are derived from, as it is at one moment."""

    tunnels: tuple[TunnelInfo, ...]
    up: frozenset[str]
    """Tunnels whose line protocol is up."""
    nhs: tuple[NhsEntry, ...]
    nhrp: tuple[NhrpEntry, ...]
    ike: tuple[IkeSa, ...]
    ipsec: tuple[IpsecSa, ...]


@dataclass(slots=True)
class _Seen:
    state: PeerState
    since: float
    was_up: bool


@dataclass(slots=True)
class PeerClock:
    """Remembers since when each peer is in its state (`UpDn Tm`)."""

    now: Callable[[], float]
    """A clock in seconds that never goes back."""
    _seen: dict[Key, _Seen] = field(default_factory=dict)

    def age(self, key: Key, state: PeerState, *, at_most: float | None = None) -> float | None:
        """Record the state; return how long it lasts, None when the peer was never up.

        `at_most` bounds the age of a peer that is seen for the first time.
        """
        seen = self._seen.get(key)
        if seen is None:
            seen = _Seen(state, self.now() - (at_most or 0), was_up=False)
            self._seen[key] = seen
        elif seen.state is not state:
            seen.state, seen.since = state, self.now()
        seen.was_up = seen.was_up or state is PeerState.UP
        return self.now() - seen.since if seen.was_up else None

    def keep(self, keys: Iterable[Key]) -> None:
        """Forget all peers but these."""
        alive = set(keys)
        self._seen = {key: seen for key, seen in self._seen.items() if key in alive}


def peers(layers: Layers, clock: PeerClock) -> tuple[DmvpnPeer, ...]:
    """Return the rows of `show dmvpn`, by interface, next-hop servers first, then by address."""
    rows: list[DmvpnPeer] = []
    keys: list[Key] = []
    for tunnel in layers.tunnels:
        for nbma, entry, target, attributes, registered, age in _candidates(layers, tunnel):
            state = _state(layers, tunnel, nbma, registered=registered)
            key = (tunnel.name, nbma, target)
            keys.append(key)
            rows.append(
                DmvpnPeer(
                    interface=tunnel.name,
                    nbma=nbma,
                    tunnel=entry,
                    state=state,
                    age=clock.age(key, state, at_most=age),
                    attributes=attributes,
                    target=target,
                )
            )
    clock.keep(keys)
    return tuple(rows)


_Candidate = tuple[IPv4Address | None, IPv4Address, IPv4Network, str, bool, float | None]


def _candidates(layers: Layers, tunnel: TunnelInfo) -> Iterator[_Candidate]:
    """Yield (nbma, tunnel address, target, attributes, NHRP is content, age) of each row."""
    servers = [server for server in layers.nhs if server.interface == tunnel.name]
    for server in servers:
        target = IPv4Network(server.address)
        yield server.nbma, server.address, target, "S", server.responding, server.last_reply
    asked = {server.address for server in servers}
    entries = [entry for entry in layers.nhrp if entry.interface == tunnel.name]
    for entry in sorted(entries, key=_order):
        if entry.kind == "static" and entry.via in asked:
            continue
        known = entry.nbma is not None and entry.kind == "dynamic"
        yield entry.nbma, entry.via, entry.target, _attributes(entry), known, entry.created


def _order(entry: NhrpEntry) -> tuple[bool, IPv4Address, IPv4Address, bool, IPv4Network]:
    nbma = entry.nbma or IPv4Address(0)
    return entry.nbma is None, nbma, entry.via, entry.target.prefixlen != 32, entry.target


def _attributes(entry: NhrpEntry) -> str:
    """Spell the column Attrb: S, D or I; T1 (route installed), T2 (next-hop override), L, X, N."""
    flags = set(entry.flags)
    if entry.nbma is None:
        return "IX"
    kind = "S" if entry.kind == "static" else "D"
    if "local" in flags:
        return "DLX"
    kind += "N" if entry.claimed_nbma not in (None, entry.nbma) else ""
    if "nho" in flags:
        return f"{kind}T2"
    return f"{kind}T1" if "rib" in flags else kind


def _state(
    layers: Layers, tunnel: TunnelInfo, nbma: IPv4Address | None, *, registered: bool
) -> PeerState:
    if tunnel.name not in layers.up:
        return PeerState.INTF
    if tunnel.protection_profile is not None and nbma != tunnel.source_address:
        ours = {
            sa.unique_id
            for sa in layers.ike
            if sa.established and sa.remote == nbma and sa.local == tunnel.source_address
        }
        if not ours:
            return PeerState.IKE
        if not any(sa.installed and sa.ike_unique_id in ours for sa in layers.ipsec):
            return PeerState.IPSEC
    return PeerState.UP if registered else PeerState.NHRP
