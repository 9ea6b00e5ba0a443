"""The checks, lowest layer first. A new one is a small class in a module here and a line below."""

from __future__ import annotations

from dmvpn_auto.verify.check import Check
from dmvpn_auto.verify.checks.certificates import CertificateLife, RouterClock
from dmvpn_auto.verify.checks.crypto import EspCounters, IkeSas, IpsecSas
from dmvpn_auto.verify.checks.nhrp import NextHopServer, PeerState, Registration
from dmvpn_auto.verify.checks.overlay import (
    NextHops,
    OverlayMtu,
    OverlayPing,
    OverlayRoutes,
    UnexpectedRoutes,
)
from dmvpn_auto.verify.checks.peers import (
    DuplicateRegistrations,
    MulticastMap,
    NbmaAddress,
    ServerSet,
    TunnelRole,
    UnexpectedPeers,
)
from dmvpn_auto.verify.checks.sessions import OverlayNeighbor, UnexpectedNeighbors
from dmvpn_auto.verify.checks.timers import OverlayTimers
from dmvpn_auto.verify.checks.tunnel import Configuration, TunnelInterface, UnderlayRoute

CONVERGENCE: tuple[Check, ...] = (
    Configuration(),
    TunnelInterface(),
    UnderlayRoute(),
    PeerState(),
    Registration(),
    TunnelRole(),
    UnexpectedPeers(),
    DuplicateRegistrations(),
    NbmaAddress(),
    ServerSet(),
    NextHopServer(),
    MulticastMap(),
    RouterClock(),
    CertificateLife(),
    IkeSas(),
    IpsecSas(),
    EspCounters(),
    OverlayTimers(),
    OverlayNeighbor(),
    UnexpectedNeighbors(),
    OverlayRoutes(),
    UnexpectedRoutes(),
    NextHops(),
    OverlayPing(),
    OverlayMtu(),
)
"""What must hold of a cloud at rest; polled until it does or the deadline passes."""
