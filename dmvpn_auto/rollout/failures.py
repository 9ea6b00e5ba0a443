"""What keeps a rollout from bringing a router to its end, beside what the router itself says."""

from __future__ import annotations

from collections.abc import Mapping

from dmvpn_auto.errors import AuthenticationError, DeviceError, DmvpnError
from dmvpn_auto.rollout.guard import Revert
from dmvpn_auto.rollout.policy import Policy


class LeftError(DeviceError):
    """A router that nobody waited for."""

    def __init__(self, device: str, policy: Policy, run: int) -> None:
        waits = f"it takes the change back within {policy.minutes} minutes unless confirmed"
        alone = "nothing takes the change back"
        super().__init__(
            device,
            f"left alone; {alone if policy.revert is Revert.NONE else waits}",
            stage="deploy",
            hint=f"dmvpn-auto resume {run} (or: rollback {run})",
        )


class UntouchedError(DeviceError):
    """A router that was left alone because the rollout was interrupted."""

    def __init__(self, device: str) -> None:
        super().__init__(device, "not begun", stage="deploy")


def shut_out(error: DmvpnError | None) -> bool:
    """Whether the router lets nobody in."""
    return isinstance(error, AuthenticationError)


def errors(results: Mapping[str, object]) -> dict[str, DmvpnError]:
    """Return what failed, by router."""
    return {name: result for name, result in results.items() if isinstance(result, DmvpnError)}
