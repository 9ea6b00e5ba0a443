"""Whether a router does after the change what it did before, seen through the overlay.

The checks are those of `verify` about this router, judged by the new design, once before and again
until they hold. What must hold: all that held before; the tunnel interface itself; and the whole
way to a hub for a client whose tunnel is new or that was up with this hub before, wherever the
design now wants the hub to be. What was broken before is not held against the change; what else
does not hold afterwards is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from dmvpn_auto.design.types import FAMILY_NAMES, CloudDesign
from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError, UnreachableError
from dmvpn_auto.observe import parse
from dmvpn_auto.observe.collect import SessionRouters
from dmvpn_auto.observe.evidence import Dmvpn
from dmvpn_auto.verify import Plan as Scope
from dmvpn_auto.verify import Status, Verdict, verify
from dmvpn_auto.verify.verdict import Key

OWN = "tunnel-interface"
TOWARDS_HUB = frozenset(
    {"peer-state", "nhs", "ike-sa", "ipsec-sa", "overlay-neighbor", "overlay-ping"}
)
"""What a client must come to on its own; routes to others depend on others."""
CHECKS = TOWARDS_HUB | {OWN, "registration", "overlay-routes", "overlay-mtu"}
"""What is looked at: whether it works, not whether all is as described."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0


class UnhealthyError(DeviceError):
    """After the change something does not work that must; `failed` says what."""

    def __init__(self, device: str, failed: Sequence[Verdict], *, stage: str = "verify") -> None:
        first = min(failed, key=lambda v: (v.status is not Status.FAIL, v.follows))
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        super().__init__(
            device,
            f"{_what(first)}: {first.actual}, expected {first.expected}{more}",
            stage=stage,
        )
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What held before the change.

    `new`: there was no tunnel, or none that the new design would know; `down`: its line was down;
    `alive`: the peers it was up with, at whatever address ("hub1 ipv6" where there are two
    families).
    """

    held: frozenset[Key] = frozenset()
    new: bool = False
    down: bool = False
    alive: frozenset[str] = frozenset()

    @property
    def on_the_way_back(self) -> Baseline:
        """What must hold after going back to this: all that held, nothing more."""
        return Baseline(self.held, down=True)

    def due(
        self, verdict: Verdict, hubs: frozenset[str], waiting: frozenset[str] = frozenset()
    ) -> bool:
        """Whether the check must hold after the change, on a client of `hubs`; a new tunnel need
        not be up with those `waiting` for their own change.
        """
        if verdict.key in self.held or (verdict.check == OWN and not self.down):
            return True
        if verdict.check not in TOWARDS_HUB or verdict.peer not in hubs:
            return False
        return (self.new and verdict.peer not in waiting) or self._was_up(verdict)

    def _was_up(self, verdict: Verdict) -> bool:
        if verdict.family is None:  # shared: by one family is enough
            return verdict.peer in {one.partition(" ")[0] for one in self.alive}
        return _inside(verdict) in self.alive

    def as_json(self) -> dict[str, Any]:
        """Return it as the journal keeps it."""
        return {
            "held": sorted((list(one) for one in self.held), key=str),
            "new": self.new,
            "down": self.down,
            "alive": sorted(self.alive),
        }

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Baseline:
        """Read what `as_json` gave."""
        held = frozenset(
            (check, device, peer, family[0] if family else None)
            for check, device, peer, *family in kept["held"]
        )
        return Baseline(held, new=kept["new"], down=kept["down"], alive=frozenset(kept["alive"]))


NOTHING = Baseline()


class Health:
    """Looks at routers of one cloud; `patience` is how long, in seconds, a check may take to hold.

    Once `hurry` is set nobody wants to wait any more. `waiting` returns the routers that the
    rollout will change later.
    """

    def __init__(
        self,
        design: CloudDesign,
        patience: float,
        hurry: Event | None = None,
        waiting: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._design = design
        self._patience = patience
        self._hurry = hurry or Event()
        self._waiting = waiting
        self._tunnels = {router.name: router.tunnel.interface for router in design.routers}
        self._hubs = {
            router.name: frozenset(nhs.hub for nhs in router.tunnel.nhrp.nhs)
            for router in design.routers
        }

    def tunnel(self, name: str) -> str:
        """Return the tunnel interface of a router."""
        return self._tunnels[name]

    def look(self, session: Session) -> tuple[Verdict, ...]:
        """Judge the router as it is now. Raises UnreachableError when the session breaks."""
        scope = Scope(devices=frozenset({session.name}), timeout=0, pairs="none", checks=CHECKS)
        found = verify(self._design, SessionRouters(session), _Clock(), scope).verdicts
        if not session.alive:
            raise UnreachableError(session.name, "the session closed", stage="verify")
        return found

    def baseline(self, session: Session, *, new: bool) -> Baseline:
        """Say what holds before the change; `new`: the tunnel does not exist yet."""
        if new:
            return Baseline(new=True)
        found = self.look(session)
        down = any(v.check == OWN and v.actual.startswith("INTF") for v in found)
        alive = frozenset(
            _inside(v)
            for v in found
            if v.check == "peer-state" and v.peer and v.actual.startswith("UP ")
        )
        strange = not alive and bool(self._hubs[session.name]) and self._lively(session)
        held = frozenset(v.key for v in found if _holds(v))
        return Baseline(held, new=strange, down=down, alive=alive)

    def _lively(self, session: Session) -> bool:
        """Whether the router is up with anybody at all."""
        command = "show dmvpn"
        reading = parse(command, session.show_many((command,), optional={command}).get(command, ""))
        peers = reading.peers if isinstance(reading, Dmvpn) else ()
        return any(peer.state == "UP" for peer in peers)

    def prove(
        self, session: Session, before: Baseline, *, until: float | None = None
    ) -> tuple[Verdict, ...]:
        """Wait until all that must hold holds, at most until the monotonic time `until`; return
        what does not hold although nobody holds it against the change.

        Raises UnhealthyError.
        """
        deadline = time.monotonic() + self._patience
        deadline = min(deadline, until) if until is not None else deadline
        pause = FIRST_PAUSE
        while True:
            verdicts = self.look(session)
            hubs = self._hubs[session.name]
            wrong = [v for v in verdicts if not _holds(v)]
            due = [v for v in wrong if before.due(v, hubs, self._waiting())]
            if not due:
                return tuple(v for v in wrong if not v.follows)
            left = deadline - time.monotonic()
            if left <= 0 or self._hurry.wait(min(pause, left)):
                raise UnhealthyError(session.name, due)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def regained(self, session: Session, before: Baseline) -> tuple[Verdict, ...]:
        """Wait, after a change was taken back, until what held before holds again; return what
        still does not.
        """
        try:
            self.prove(session, before.on_the_way_back)
        except UnhealthyError as error:
            return error.failed
        return ()


class _Clock:
    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def say(verdicts: Iterable[Verdict]) -> list[str]:
    """Return one line for each, for the journal and the screen."""
    return [f"{_what(v)}: {v.status.value}: {v.actual}" for v in verdicts]


def _what(verdict: Verdict) -> str:
    towards = f" towards {verdict.peer}" if verdict.peer else ""
    inside = f" ({FAMILY_NAMES[verdict.family]})" if verdict.family else ""
    return f"{verdict.check}{towards}{inside}"


def _inside(verdict: Verdict) -> str:
    """Return the peer and, where there are two, the family."""
    return " ".join(filter(None, (verdict.peer, verdict.family)))


def _holds(verdict: Verdict) -> bool:
    return verdict.status in (Status.PASS, Status.WAIVED)
