"""The checks, lowest layer first. A new one is a small class in a module here and a line below."""

from __future__ import annotations

from dmvpn_auto.verify.check import Check
from dmvpn_auto.verify.checks.crypto import IkeSas, IpsecSas
from dmvpn_auto.verify.checks.nhrp import (
    NextHopServer,
    PeerState,
    Registration,
    TunnelInterface,
    UnexpectedPeers,
)
from dmvpn_auto.verify.checks.overlay import OverlayPing, OverlayRoutes
from dmvpn_auto.verify.checks.sessions import OverlayNeighbor

CONVERGENCE: tuple[Check, ...] = (
    TunnelInterface(),
    PeerState(),
    Registration(),
    UnexpectedPeers(),
    NextHopServer(),
    IkeSas(),
    IpsecSas(),
    OverlayNeighbor(),
    OverlayRoutes(),
    OverlayPing(),
)
"""What must hold of a cloud at rest; polled until it does or the deadline passes."""
