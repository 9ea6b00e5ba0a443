"""Routers that nobody reaches tonight: left out and told, when the policy allows so many.

Never a hub, and nobody when both ends of a tunnel must change: who is left out then would be cut
off for good.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import DeviceError, DmvpnError, UnreachableError
from dmvpn_auto.rollout.outcome import Outcome, State
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.precheck import Survey
from dmvpn_auto.rollout.waves import Kind, kind


def leave_out(
    surveys: MutableMapping[str, Survey | DmvpnError], design: CloudDesign, policy: Policy
) -> tuple[Outcome, ...]:
    """Take the spokes that cannot be reached out of `surveys`, if no more than the policy allows
    are away; return what is to be said of them. Raises DeviceError when that would do harm.
    """
    away = {n: e for n, e in surveys.items() if isinstance(e, UnreachableError)}
    if not away or len(away) > policy.max_unreachable:
        return ()
    plans = [found.plan for found in surveys.values() if isinstance(found, Survey)]
    both_ends = any(kind(plan) is not Kind.PLAIN for plan in plans)
    if hub := next((hub.name for hub in design.hubs if hub.name in away), ""):
        raise _refused(hub, "a hub cannot be left out; its spokes would be changed without it")
    if both_ends:
        why = "both ends of the tunnels change; who is left out could be cut off for good"
        raise _refused(next(iter(away)), why)
    for name in away:
        del surveys[name]
    return tuple(Outcome(name, State.UNTOUCHED, error=error) for name, error in away.items())


def _refused(device: str, why: str) -> DeviceError:
    hint = f"reach it first: it is the reason why nothing was begun (--limit '!{device}' insists)"
    return DeviceError(device, f"cannot be reached, and {why}", stage="check", hint=hint)
