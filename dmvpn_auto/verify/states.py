"""The DMVPN state of one router towards another, from what the router shows.

INTF: the tunnel interface is down. IKE: no IKE SA. IPSEC: IKE but no IPsec SA. NHRP: protected, but
no registration or resolution. UP. The lowest failing layer counts (docs/reference/checks.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.observe.evidence import Dmvpn, DmvpnPeer, Interfaces
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.evidence import Evidence, NoEvidenceError


@dataclass(frozen=True, slots=True)
class PeerView:
    """How `device` sees a peer: state, NBMA address in use, and the lines that say so."""

    state: str  # "INTF", "IKE", "IPSEC", "NHRP", "UP", "absent"
    nbma: str | None
    words: str
    lines: tuple[str, ...]

    @property
    def facts(self) -> dict[str, str]:
        """What does not change by itself."""
        return {"state": self.state, "nbma": self.nbma or "none"}


def view(evidence: Evidence, device: RouterDesign, peer: RouterDesign) -> PeerView:
    """Return how `device` sees `peer`.

    Raises `NoEvidenceError` when `show dmvpn` is missing, or has no row and was not read whole.
    """
    down = tunnel_down(evidence, device)
    rows = rows_of(evidence, device, peer)
    if down is not None:
        lines = tuple(line for row in rows for line in row.lines)
        return PeerView("INTF", None, f"INTF ({down[0]})", down[1] + lines)
    if not rows:
        reading = evidence.whole(device.name, commands.DMVPN, Dmvpn)
        seen = tuple(line for p in reading.peers[:10] for line in p.lines)
        words = f"absent (no row for {peer.tunnel.address.ip} among {len(reading.peers)})"
        return PeerView("absent", None, words, seen)
    row = _worst(rows)
    words = f"{row.state} at NBMA {row.nbma_address} {_since(row)}"
    return PeerView(row.state, row.nbma_address, words, row.lines)


def rows_of(evidence: Evidence, device: RouterDesign, peer: RouterDesign) -> list[DmvpnPeer]:
    """Return the rows of `show dmvpn` on `device` for the tunnel address of `peer`."""
    found = evidence.peers(device.name, commands.DMVPN).get(str(peer.tunnel.address.ip), [])
    return [row for row in found if row.interface == device.tunnel.interface]


def tunnel_down(evidence: Evidence, device: RouterDesign) -> tuple[str, tuple[str, ...]] | None:
    """Return in words and lines why the tunnel interface is down, None when it is up.

    Without evidence about the interface the answer is None too: the state column decides then.
    """
    try:
        reading = evidence.get(device.name, commands.interface(device), Interfaces)
    except NoEvidenceError:
        return None
    for row in reading.interfaces:
        if row.interface == device.tunnel.interface and row.line != "up":
            return f"{row.interface} is {row.admin}, line protocol {row.line}", row.lines[:1]
    return None


def nbma_of(evidence: Evidence, device: RouterDesign, peer: RouterDesign) -> str | None:
    """Return the NBMA address of `peer`: from the design, else as `device` learnt it (DHCP)."""
    if peer.nbma_address is not None:
        return str(peer.nbma_address)
    rows = [r for r in rows_of(evidence, device, peer) if r.nbma_address != "UNKNOWN"]
    return rows[0].nbma_address if rows else None


def _worst(rows: list[DmvpnPeer]) -> DmvpnPeer:
    order = ("INTF", "IKE", "IPSEC", "NHRP", "UP")
    real = [r for r in rows if r.nbma_address != "UNKNOWN"] or rows
    return min(real, key=lambda r: order.index(r.state) if r.state in order else 0)


def _since(row: DmvpnPeer) -> str:
    if row.uptime == "never":
        return "(never up)" if row.state != "UP" else "(since: never)"
    return f"for {row.uptime}"
