"""Crypto sessions: for each protected tunnel and peer, its IKE SAs and its IPsec SAs.

IOS opens a crypto socket for every NBMA address that NHRP names, so a peer without any SA has a
session too (it is DOWN); SAs with somebody NHRP does not know are shown under the tunnel that has
their local address. Packet counters are sums over the pair's SAs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from dmvpn_auto.lab.live import IkeSa, IpsecSa, LiveState, Tree, TunnelInfo
from dmvpn_auto.lab.show import config

_KILOBYTES = 4_608_000  # default volume lifetime of an IPsec SA
_HANDLES = 0x7F5A_1C00_0000  # sessions are shown as addresses; only their being distinct matters
_CIPHERS = {
    ("esp-gcm", 128): "esp-gcm",
    ("esp-gmac", 128): "esp-gmac",
    ("esp-aes", 128): "esp-aes",
    ("esp-aes", 192): "esp-192-aes",
    ("esp-aes", 256): "esp-256-aes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoPeer:
    """One session: what protects the traffic of a tunnel with one peer."""

    tunnel: TunnelInfo
    local: IPv4Address
    remote: IPv4Address
    ike: tuple[IkeSa, ...]
    ipsec: tuple[IpsecSa, ...]
    profile: str | None  # IKEv2 or ISAKMP profile
    keepalive: bool  # dead peer detection is configured
    kilobytes: int | None  # volume lifetime; None: disabled

    @property
    def established(self) -> bool:
        """Whether an IKE SA with the peer is up."""
        return any(sa.established for sa in self.ike)

    @property
    def installed(self) -> tuple[IpsecSa, ...]:
        """The SA pairs that carry traffic."""
        return tuple(sa for sa in self.ipsec if sa.installed)

    @property
    def newest(self) -> IpsecSa | None:
        """The SA pair that is used to send."""
        return min(self.installed, key=lambda sa: sa.age, default=None)

    @property
    def status(self) -> str:
        """The session status: UP-ACTIVE, UP-IDLE, UP-NO-IKE, DOWN-NEGOTIATING or DOWN."""
        if self.installed:
            return "UP-ACTIVE" if self.established else "UP-NO-IKE"
        if self.established:
            return "UP-IDLE"
        return "DOWN-NEGOTIATING" if self.ike else "DOWN"

    @property
    def port(self) -> int:
        """The peer's IKE port: 4500 behind a NAT."""
        ports = [sa.remote_port for sa in self.ike] + [sa.remote_port for sa in self.ipsec]
        return ports[0] if ports else 500

    @property
    def up_for(self) -> float:
        """Seconds since the session came up: the age of its oldest live SA."""
        ages = [sa.age for sa in self.ike if sa.established] + [sa.age for sa in self.installed]
        return max(ages, default=0)

    @property
    def initiator(self) -> bool:
        """Whether this side began."""
        return any(sa.initiator for sa in self.ike)

    @property
    def capabilities(self) -> str:
        """The letters of `Capabilities:` (D dead peer detection, N NAT traversal)."""
        letters = ("D" if self.keepalive and self.established else "") + (
            "N" if self.port == 4500 else ""
        )
        return letters or "(none)"

    @property
    def handle(self) -> int:
        """A number that tells this session from the others."""
        return _HANDLES + (int(self.remote) & 0xFFFF) * 0xF8

    @property
    def transform(self) -> str:
        """The transforms of the sending SA, as IOS spells them."""
        return transform(self.newest) if self.newest else ""

    def remaining_kilobytes(self, used: int) -> int:
        """Return what is left of the volume lifetime after `used` bytes."""
        return max(0, (self.kilobytes or 0) - used // 1024)

    def flow_lines(self) -> list[str]:
        """Write the flow and its counters as the detailed session displays have them."""
        newest = self.newest
        left = 0 if newest is None else max(0, int(newest.lifetime - newest.age))
        inbound, outbound = (
            f"KB Vol Rekey Disabled/{left}"
            if newest and self.kilobytes is None
            else f"{self.remaining_kilobytes(used) if newest else 0}/{left}"
            for used in (newest.bytes_in if newest else 0, newest.bytes_out if newest else 0)
        )
        return [
            *self.flow(),
            (
                f"        Inbound:  #pkts dec'ed {sum(sa.packets_in for sa in self.ipsec)}"
                f" drop 0 life (KB/Sec) {inbound}"
            ),
            (
                f"        Outbound: #pkts enc'ed {sum(sa.packets_out for sa in self.ipsec)}"
                f" drop 0 life (KB/Sec) {outbound}"
            ),
        ]

    def flow(self) -> list[str]:
        """Write the flow: GRE between the two addresses."""
        return [
            f"  IPSEC FLOW: permit 47 host {self.local} host {self.remote} ",
            f"        Active SAs: {2 * len(self.installed)}, origin: crypto map",
        ]


def crypto_peers(live: LiveState, running: Tree) -> list[CryptoPeer]:
    """Return all sessions, by tunnel, then by peer address."""
    return [
        _session(live, running, tunnel, tunnel.source_address, remote)
        for tunnel in live.tunnels
        if tunnel.protection_profile and tunnel.source_address
        for remote in sorted(_remotes(live, tunnel))
    ]


def transform(sa: IpsecSa) -> str:
    """Spell the transforms of an SA: `esp-gcm 256`, `esp-256-aes esp-sha256-hmac`."""
    cipher = _CIPHERS.get((sa.encryption, sa.key_size))
    if cipher is None:
        combined = sa.encryption in ("esp-gcm", "esp-gmac") and sa.key_size
        cipher = f"{sa.encryption} {sa.key_size}" if combined else sa.encryption
    return f"{cipher} {sa.integrity}" if sa.integrity else cipher


def _remotes(live: LiveState, tunnel: TunnelInfo) -> set[IPv4Address]:
    known = set(_known(live, tunnel))
    elsewhere = {
        remote
        for other in live.tunnels
        if other.source_address == tunnel.source_address and other.name != tunnel.name
        for remote in _known(live, other)
    }
    first = next(
        other.name
        for other in live.tunnels
        if other.source_address == tunnel.source_address and other.protection_profile
    )
    if first != tunnel.name:
        return known
    strays = {sa.remote for sa in live.ike if sa.local == tunnel.source_address}
    strays |= {sa.remote for sa in live.ipsec if sa.local == tunnel.source_address}
    return known | (strays - elsewhere)


def _known(live: LiveState, tunnel: TunnelInfo) -> Iterator[IPv4Address]:
    up = any(one.name == tunnel.name and one.admin_up for one in live.interfaces)
    for row in live.dmvpn:
        if up and row.interface == tunnel.name and "X" not in row.attributes and row.nbma:
            yield row.nbma


def _session(
    live: LiveState, running: Tree, tunnel: TunnelInfo, local: IPv4Address, remote: IPv4Address
) -> CryptoPeer:
    ike = tuple(
        sorted(
            (sa for sa in live.ike if (sa.local, sa.remote) == (local, remote)),
            key=lambda sa: sa.unique_id,
        )
    )
    ipsec = config.section(running, f"crypto ipsec profile {tunnel.protection_profile}")
    version, name = _ike_profile(ipsec)
    profile = config.section(running, f"crypto {version} profile {name}")
    return CryptoPeer(
        tunnel=tunnel,
        local=local,
        remote=remote,
        ike=ike,
        ipsec=tuple(sa for sa in live.ipsec if (sa.local, sa.remote) == (local, remote)),
        profile=name,
        keepalive=any(
            config.value(tree, words) is not None
            for tree, words in (
                (profile, "dpd"),
                (profile, "keepalive"),
                (running, "crypto ikev2 dpd" if version == "ikev2" else "crypto isakmp keepalive"),
            )
        ),
        kilobytes=_volume(running, ipsec),
    )


def _ike_profile(ipsec: Tree) -> tuple[str, str | None]:
    ikev2 = config.value(ipsec, "set ikev2-profile")
    return ("ikev2", ikev2) if ikev2 else ("isakmp", config.value(ipsec, "set isakmp-profile"))


def _volume(running: Tree, ipsec: Tree) -> int | None:
    words = config.value(ipsec, "set security-association lifetime kilobytes") or config.value(
        running, "crypto ipsec security-association lifetime kilobytes"
    )
    if words == "disable":
        return None
    return int(words) if words and words.isdigit() else _KILOBYTES
