"""Coming back to routers that cannot be reached, as long as it is of use."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import TypeVar

from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, UnreachableError
from dmvpn_auto.rollout.listener import Listener
from dmvpn_auto.rollout.policy import GRACE
from dmvpn_auto.rollout.transaction import Transaction

T = TypeVar("T")
_RETRY = 2.0
"""Seconds between two attempts to reach a router again."""


def insist(
    fleet: Fleet,
    listener: Listener,
    work: Callable[[Session], T],
    going: Mapping[str, Transaction],
    until: Callable[[Transaction], float],
    *,
    bored: Event,
) -> dict[str, T | DeviceError]:
    """Do `work`, coming back to routers that cannot be reached until their monotonic time is over
    or somebody is `bored`.
    """
    results: dict[str, T | DeviceError] = {}
    left = list(going)
    while left:
        found = fleet.run(work, left)
        results |= found
        left = [
            name
            for name in left
            if isinstance(found.get(name), UnreachableError)
            and time.monotonic() < until(going[name])
        ]
        for name in left:
            listener.stage(name, "cannot be reached, trying again")
        if left and bored.wait(_RETRY):
            break
        fleet.renew(left)
    return results


def until() -> Callable[[Transaction], float]:
    """Return up to when a router is worth trying: its timer, or a while from now without one."""
    rest = time.monotonic() + GRACE
    return lambda transaction: transaction.deadline or rest
