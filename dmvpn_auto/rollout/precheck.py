"""What must hold of a router before it is changed: everything is read at once, nothing is touched.

Refused is a router that could not take the change back by itself in the way chosen, one whose
configuration somebody else holds, and one where an earlier change still waits to be confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dmvpn_auto.design.types import CloudDesign, Ikev1Certificates, Ikev2Certificates
from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import Tree, diff, parse
from dmvpn_auto.rollout.addresses import resolve
from dmvpn_auto.rollout.guard import GUARDS, Revert
from dmvpn_auto.rollout.plan import Plan, plan
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.reading import RUNNING, STARTUP, same, whole
from dmvpn_auto.rollout.target import Target

ARCHIVE = "show archive"
PRIVILEGE = "show privilege"
LOCK = "show configuration lock"
CLOCK = "show clock"
_TIMER = GUARDS[Revert.TIMER].status
_RELOAD = GUARDS[Revert.RELOAD].status
OPTIONAL = frozenset({ARCHIVE, PRIVILEGE, LOCK, CLOCK, _TIMER, _RELOAD, STARTUP})
UNSAVED = "the router runs lines that are not saved; saving the change saves them too"
RISKS: dict[Revert, tuple[str, ...]] = {
    Revert.TIMER: (),
    Revert.RELOAD: ("--revert reload: unless the change is confirmed, the router restarts",),
    Revert.NONE: ("--revert none: a router that cannot be reached afterwards stays changed",),
}
"""What the person accepts who chose another way back than the timer."""
_CERTIFICATES = (Ikev1Certificates, Ikev2Certificates)
_NO_ARCHIVE = re.compile(r"Archive feature not enabled", re.I)


@dataclass(frozen=True, slots=True)
class Survey:
    """One router before the change: what to do, and whether what it runs is saved.

    `unsaved` says that what the cloud wants is running but not in the startup configuration,
    `pending` that a change of ours or of somebody else waits to be confirmed (its user's name).
    """

    plan: Plan
    unsaved: bool = False
    pending: str | None = None
    clock: str = ""
    notes: tuple[str, ...] = ()

    @property
    def todo(self) -> bool:
        """Whether anything has to be done."""
        return bool(self.plan) or self.unsaved

    @property
    def said(self) -> tuple[str, ...]:
        """All that a person should know of it."""
        return (*self.plan.notes, *self.notes)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a router shows of itself; `startup` is None when it does not show it."""

    running: Tree
    startup: Tree | None
    pending: str | None
    clock: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know before this router is changed and saved."""
        unsaved = self.startup and len(self.startup) > 1 and not same(self.startup, self.running)
        return (UNSAVED,) if unsaved else ()


def read_facts(session: Session) -> Facts:
    """Read a router. Raises DeviceError."""
    shown = session.show_many((RUNNING, STARTUP, _TIMER, CLOCK), optional=OPTIONAL)
    startup = parse(shown[STARTUP]) if STARTUP in shown else None
    clock = shown.get(CLOCK, "").strip()
    return Facts(whole(session.name, shown[RUNNING]), startup, _pending(shown), clock)


def survey(
    session: Session, target: Target, design: CloudDesign, *, before: Tree | None = None
) -> Survey:
    """Read a router and plan its change. Raises DeviceError, IntentError (see `plan`)."""
    facts = read_facts(session)
    where = resolve(target.address)
    planned = plan(target, facts.running, design, addresses=where, before=before)
    notes = list(facts.notes) if planned else []
    unsaved = not planned and facts.startup is not None
    unsaved = unsaved and bool(
        diff(facts.startup or {}, planned.wanted, planned.beside, planned.absent)
    )
    if facts.clock.startswith("*") and isinstance(target.router.crypto, _CERTIFICATES):
        notes.append("the router's clock is not set; certificates are judged by it")
    return Survey(planned, unsaved, facts.pending, facts.clock, tuple(notes))


def examine(session: Session, found: Survey, policy: Policy) -> None:
    """Refuse a router that must not be changed now, with the reason. Raises DeviceError."""
    wanted = {
        Revert.TIMER: (ARCHIVE, _TIMER, LOCK, PRIVILEGE),
        Revert.RELOAD: (_RELOAD, LOCK, PRIVILEGE, _TIMER),
        Revert.NONE: (LOCK, PRIVILEGE, _TIMER),
    }[policy.revert]
    shown = session.show_many(wanted, optional=OPTIONAL)
    for refusal in (
        _privilege(shown),
        _lock(shown),
        _timer(shown),
        _way_back(shown, found, policy),
    ):
        if refusal:
            message, hint = refusal
            raise DeviceError(session.name, message, stage="check", hint=hint)


_Refusal = tuple[str, str] | None


def _privilege(shown: Mapping[str, str]) -> _Refusal:
    level = re.search(r"privilege level is (\d+)", shown.get(PRIVILEGE, ""))
    if level is None or int(level[1]) == 15:
        return None
    return f"privilege level {level[1]}, 15 is needed", "give the user privilege 15"


def _lock(shown: Mapping[str, str]) -> _Refusal:
    text = shown.get(LOCK, "")
    if not re.search(r"State\s*:\s*LOCKED", text):
        return None
    user = re.search(r"User\s*:\s*(\S+)", text)
    line = re.search(r"TTY\s*:\s*(-?\d+)", text)
    who = f"user {user[1]}" if user else "somebody"
    return (
        f"its configuration is locked by {who} on line {line[1] if line else '?'}",
        "wait until they are done, or: clear configuration lock",
    )


def _pending(shown: Mapping[str, str]) -> str | None:
    text = shown.get(_TIMER, "")
    if not text.strip() or GUARDS[Revert.TIMER].idle.search(text):
        return None
    user = re.search(r"User:\s*(\S+)", text)
    return user[1] if user else "?"


def _timer(shown: Mapping[str, str]) -> _Refusal:
    user = _pending(shown)
    if user is None:
        return None
    return (
        f"a change of user {user} waits to be confirmed or taken back",
        "dmvpn-auto resume (if it was one of ours), or wait until its time is over",
    )


def _way_back(shown: Mapping[str, str], found: Survey, policy: Policy) -> _Refusal:
    """Refuse a router that cannot take the change back in the way that was chosen."""
    return _WAYS[policy.revert](shown, found)


def _by_timer(shown: Mapping[str, str], _found: Survey) -> _Refusal:
    if _TIMER not in shown:
        why = "its release has no `configure terminal revert timer`"
        return why, "accept another way: --revert reload or --revert none"
    if _NO_ARCHIVE.search(shown.get(ARCHIVE, "")):
        why = "it cannot take a change back by itself: no `archive` is configured"
        how = "configure `archive` with `path flash:archive-` on it once"
        return why, f"{how}, or accept another way: --revert reload, --revert none"
    return None


def _by_reload(shown: Mapping[str, str], found: Survey) -> _Refusal:
    if not GUARDS[Revert.RELOAD].idle.search(shown.get(_RELOAD, "")):
        return "a reload is scheduled already", "reload cancel, or wait for it"
    if UNSAVED in found.notes:
        why = "it runs lines that are not saved, and a reload would lose them"
        return why, "write memory on the router first"
    return None


def _by_nobody(_shown: Mapping[str, str], found: Survey) -> _Refusal:
    if found.plan.in_band and found.plan.change.bounces:
        why = (
            f"the change takes {found.plan.change.bounces[0]!r} down, which carries our own "
            "session, and nothing would take it back"
        )
        return why, "leave --revert at timer, or reach the router by another address"
    return None


_WAYS = {Revert.TIMER: _by_timer, Revert.RELOAD: _by_reload, Revert.NONE: _by_nobody}
