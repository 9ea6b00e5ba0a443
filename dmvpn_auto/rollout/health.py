"""Whether a router does after the change what it did before, seen through the overlay.

The checks are those of `verify` about this router, judged by the new design, once before and again
until they hold. What must hold: all that held before, the tunnel interface itself, and for a
client whose tunnel is new its way to every hub. What was broken before is not held against the
change; what else does not hold afterwards is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Event

from dmvpn_auto.design.types import CloudDesign, Role
from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError, UnreachableError
from dmvpn_auto.observe.collect import SessionRouters
from dmvpn_auto.verify import Plan as Scope
from dmvpn_auto.verify import Status, Verdict, verify

Key = tuple[str, str, str | None]
"""Check, router, peer."""
OWN = "tunnel-interface"
TOWARDS_HUB = frozenset(
    {OWN, "peer-state", "nhs", "ike-sa", "ipsec-sa", "overlay-neighbor", "overlay-ping"}
)
"""What a new client must come to on its own; routes to others depend on others."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0


class UnhealthyError(DeviceError):
    """After the change something does not work that must; `failed` says what."""

    def __init__(self, device: str, failed: Sequence[Verdict], *, stage: str = "verify") -> None:
        first = min(failed, key=lambda v: (v.status is not Status.FAIL, v.follows))
        towards = f" towards {first.peer}" if first.peer else ""
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        super().__init__(
            device,
            f"{first.check}{towards}: {first.actual}, expected {first.expected}{more}",
            stage=stage,
        )
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What held before the change, whether the tunnel was there at all, whether its line was
    down.
    """

    held: frozenset[Key]
    new: bool
    down: bool = False

    def due(self, verdict: Verdict, role: Role) -> bool:
        """Whether the check must hold after the change."""
        if key(verdict) in self.held or (verdict.check == OWN and not self.down):
            return True
        return self.new and role is Role.SPOKE and verdict.check in TOWARDS_HUB


NOTHING = Baseline(frozenset(), new=False)


class Health:
    """Looks at routers of one cloud; `patience` is how long, in seconds, a check may take to hold.

    Once `hurry` is set nobody wants to wait any more.
    """

    def __init__(self, design: CloudDesign, patience: float, hurry: Event | None = None) -> None:
        self._design = design
        self._patience = patience
        self._hurry = hurry or Event()
        self._tunnels = {router.name: router.tunnel.interface for router in design.routers}
        self._roles = {router.name: router.role for router in design.routers}

    def tunnel(self, name: str) -> str:
        """Return the tunnel interface of a router."""
        return self._tunnels[name]

    def look(self, session: Session) -> tuple[Verdict, ...]:
        """Judge the router as it is now. Raises UnreachableError when the session breaks."""
        scope = Scope(devices=frozenset({session.name}), timeout=0, pairs="none")
        found = verify(self._design, SessionRouters(session), _Clock(), scope).verdicts
        if not session.alive:
            raise UnreachableError(session.name, "the session closed", stage="verify")
        return found

    def baseline(self, session: Session, *, new: bool) -> Baseline:
        """Say what holds before the change; `new`: the tunnel does not exist yet."""
        if new:
            return Baseline(frozenset(), new=True)
        found = self.look(session)
        down = any(v.check == OWN and v.actual.startswith("INTF") for v in found)
        return Baseline(frozenset(key(v) for v in found if _holds(v)), new=False, down=down)

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
            role = self._roles[session.name]
            wrong = [v for v in verdicts if not _holds(v)]
            due = [v for v in wrong if before.due(v, role)]
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
            self.prove(session, Baseline(before.held, new=False, down=True))
        except UnhealthyError as error:
            return error.failed
        return ()


class _Clock:
    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def key(verdict: Verdict) -> Key:
    """Return what tells a verdict from the others."""
    return (verdict.check, verdict.device, verdict.peer)


def say(verdicts: Iterable[Verdict]) -> list[str]:
    """Return one line for each, for the journal and the screen."""
    return [
        f"{v.check}{f' towards {v.peer}' if v.peer else ''}: {v.status.value}: {v.actual}"
        for v in verdicts
    ]


def _holds(verdict: Verdict) -> bool:
    return verdict.status in (Status.PASS, Status.WAIVED)
