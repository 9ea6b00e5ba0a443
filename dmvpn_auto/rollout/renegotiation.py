"""Crypto sessions that start anew after a change of keys or proposals, since living ones prove
nothing.

A client starts one hub at a time anew and goes on when all works again, so that it keeps its other
hubs meanwhile and after a wrong key; a hub starts all its clients anew together, as each of them
has another hub or none. That a session is a new one is read from its uptime: behind a front-door
VRF some release may want `fvrf` to find it, so that form is typed when the plain one left it alone.
Source: Cisco's IPsec VPN monitoring guides (IOS 12.3(4)T on): sessions are chosen by local and
remote address, FVRF and IVRF. That `remote` and `fvrf` stand in one line on every release is not
said there, so neither form is trusted without the uptime.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError, UnreachableError
from dmvpn_auto.observe import parse
from dmvpn_auto.observe.evidence import CryptoSessions
from dmvpn_auto.rollout.waves import clients

_SESSIONS = "show crypto session detail"
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)\Z")
_SLACK = 2.0
"""Seconds by which a new session may look older than it is: both clocks count whole ones."""


@dataclass(frozen=True, slots=True)
class Renegotiation:
    """NBMA addresses in `front_vrf`: peers that start anew together are in one tuple."""

    peers: tuple[tuple[str, ...], ...] = ()
    front_vrf: str | None = None


NONE = Renegotiation()


def proof_of(
    design: CloudDesign, name: str, *, waiting: Collection[str], done: Collection[str]
) -> Renegotiation:
    """Return the crypto sessions that must start anew to prove the new keys of a router: with the
    peers that hold their end of them already. Of a client its hubs, except those `waiting` for
    their change; of a hub the clients that are `done`.
    """
    router = next(router for router in design.routers if router.name == name)
    hubs = [(str(n.nbma_address),) for n in router.tunnel.nhrp.nhs if n.hub not in waiting]
    served = clients(design, name).intersection(done)
    others = tuple(
        str(other.nbma_address)
        for other in design.routers
        if other.name in served and other.nbma_address is not None
    )
    together = (others,) if others else ()
    return Renegotiation((*hubs, *together), router.tunnel.front_vrf)


def renew(
    session: Session, peers: tuple[str, ...], front_vrf: str | None, since: float | None = None
) -> None:
    """End the crypto sessions with these peers, so that their next packets negotiate new ones.

    `since`: monotonic time of a first attempt that broke; what was done then is not done again.
    Raises DeviceError when one goes on: its keys are the old ones.
    """
    began = time.monotonic() if since is None else since
    for peer in peers if since is None else _older(session, peers, began):
        session.execute(f"clear crypto session remote {peer}", stage="verify")
    left = _older(session, peers, began)
    if left and front_vrf:
        for peer in left:
            _clear_in(session, peer, front_vrf)
        left = _older(session, left, began)
    if left:
        raise DeviceError(
            session.name,
            f"the crypto session with {left[0]} goes on, so nothing proves the new keys",
            stage="verify",
            hint=f"on the router: clear crypto session remote {left[0]}, and see what it says",
        )


def _clear_in(session: Session, peer: str, front_vrf: str) -> None:
    try:
        session.execute(f"clear crypto session remote {peer} fvrf {front_vrf}", stage="verify")
    except UnreachableError:
        raise
    except DeviceError:
        return  # a release without this form: the session's age tells what it did


def _older(session: Session, peers: tuple[str, ...], began: float) -> tuple[str, ...]:
    """Return the peers whose session was up before `began`, of those that the router tells of."""
    shown = session.show_many((_SESSIONS,), optional={_SESSIONS}).get(_SESSIONS, "")
    found = parse(_SESSIONS, shown)
    most = time.monotonic() - began + _SLACK
    sessions = found.sessions if isinstance(found, CryptoSessions) else ()
    up = {one.peer for one in sessions if one.uptime and _seconds(one.uptime) > most}
    return tuple(peer for peer in peers if peer in up)


def _seconds(uptime: str) -> float:
    """Read `00:04:11`; other forms (`1d02h`) are of a day or more."""
    found = _CLOCK.match(uptime)
    return 3600 * int(found[1]) + 60 * int(found[2]) + int(found[3]) if found else float("inf")
