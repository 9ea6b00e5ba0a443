"""Credentials that many routers share, tried so that no account is locked out.

An authentication server counts refused logins of an account over all routers. So until one router
has accepted the credentials they are tried on one router at a time, and the first refusal ends it:
no other router sees them. Credentials that were accepted somewhere are good, a refusal is then a
matter of that router; but only a few such refusals are allowed in a run.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from dmvpn_auto.errors import AuthenticationError

T = TypeVar("T")
MOST_REFUSALS = 2
"""Refused logins with good credentials; servers commonly lock an account at the third to fifth."""
PROBE_SECONDS = 5.0


class Credentials:
    """A user name with its password or key, as the routers of one run came to know them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._accepted = False
        self._refusals: list[str] = []

    def login(self, name: str, address: tuple[str, int] | None, attempt: Callable[[], T]) -> T:
        """Log in to router `name` with `attempt`; `address` is where it listens, when known.

        Raises AuthenticationError, without having tried, once the credentials were refused.
        """
        if not self._accepted:
            _knock(address)
            with self._lock:
                if not self._accepted:
                    return self._try(name, attempt)
        return self._try(name, attempt)

    def _try(self, name: str, attempt: Callable[[], T]) -> T:
        if len(self._refusals) >= (MOST_REFUSALS if self._accepted else 1):
            raise AuthenticationError(
                name,
                f"not tried: {', '.join(self._refusals)} refused the same user and password",
                stage="connect",
                hint="correct them first; trying on could lock the account",
            )
        try:
            session = attempt()
        except AuthenticationError:
            self._refusals.append(name)
            raise
        self._accepted = True
        return session


class Keys:
    """The credentials of one run, each shared by all routers that have it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, object], Credentials] = {}

    def of(self, user: str | None, key: object) -> Credentials:
        """Return the credentials of this user with this password or key file."""
        return self._known.setdefault((user, key), Credentials())


def _knock(address: tuple[str, int] | None) -> None:
    """Wait for a router that does not answer here, where nobody waits behind it."""
    if address is not None:
        try:
            socket.create_connection(address, PROBE_SECONDS).close()
        except OSError:
            return  # the login will say why
