"""What a router has to do for its tunnels: whom it speaks NHRP on, whom it protects, what changed.

Pure questions about what is wanted now and what was wanted before.
"""

from __future__ import annotations

from collections.abc import Iterator

from dmvpn_auto.lab.dataplane.connection import Connection
from dmvpn_auto.lab.dataplane.desired import Desired, WantedTunnel
from dmvpn_auto.lab.dataplane.kernel import KernelState
from dmvpn_auto.lab.live import NhsEntry
from dmvpn_auto.lab.nhrp.config import TunnelConfig


def outside(tunnel: WantedTunnel) -> tuple[object, ...]:
    """What the SAs of a tunnel depend on; its key is not part of it."""
    profile = tunnel.protection and tunnel.protection.profile
    return tunnel.source, tunnel.destination, tunnel.front_vrf, profile


def moved(tunnel: WantedTunnel, old: Desired) -> bool:
    """Say whether packets of a tunnel leave otherwise than before."""
    before = old.tunnel(tunnel.interface)
    return before is not None and before.outer != tunnel.outer


def renewed(old: Desired, wanted: Desired) -> list[WantedTunnel]:
    """Return the tunnels whose NHRP is new or configured otherwise."""
    return [
        tunnel
        for tunnel in wanted.tunnels
        if (before := old.tunnel(tunnel.interface)) is None or before.nhrp != tunnel.nhrp
    ]


def is_up(wanted: Desired, tunnel: WantedTunnel) -> bool:
    """Say whether a tunnel is complete and not shut."""
    interface = next(one for one in wanted.interfaces if one.name == tunnel.interface)
    return interface.up and tunnel.complete


def connections(wanted: Desired) -> tuple[Connection, ...]:
    """Return the connections of all tunnels that are not shut; `shared` ones once."""
    found: dict[str, Connection] = {}
    for tunnel in wanted.tunnels:
        protection = tunnel.protection
        if protection is not None and protection.connection is not None and is_up(wanted, tunnel):
            found[protection.connection.name] = protection.connection
    return tuple(found.values())


def stations(wanted: Desired) -> tuple[TunnelConfig, ...]:
    """Return the tunnels that speak NHRP: those not shut."""
    return tuple(
        tunnel.nhrp
        for tunnel in wanted.tunnels
        if tunnel.nhrp is not None and is_up(wanted, tunnel)
    )


def idle_servers(wanted: Desired, active: tuple[NhsEntry, ...]) -> Iterator[NhsEntry]:
    """Yield the servers of tunnels that are down; IOS lists them as not responding."""
    speaking = {server.interface for server in active}
    for tunnel in wanted.tunnels:
        if tunnel.nhrp is None or tunnel.interface in speaking:
            continue
        for server in tunnel.nhrp.nhs:
            yield NhsEntry(
                interface=tunnel.interface,
                address=server.address,
                nbma=tunnel.nhrp.nhs_nbma(server),
                expecting=True,
                responding=False,
                waiting=False,
                priority=server.priority,
                cluster=server.cluster,
                requests_sent=0,
                requests_failed=0,
                replies_received=0,
                last_reply=None,
                pending_request_id=None,
                retransmit=None,
            )


def present(stations: tuple[TunnelConfig, ...], state: KernelState) -> tuple[TunnelConfig, ...]:
    """Return those whose device is there and up."""
    links = state.links
    return tuple(one for one in stations if one.device in links and links[one.device].line_up)
