"""What is on a router after a rollout, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dmvpn_auto.errors import DmvpnError, ExitCode


class State(StrEnum):
    """What is on a router now."""

    UNCHANGED = "unchanged"  # it ran what it shall run
    UNTOUCHED = "untouched"  # it needs a change and was not begun
    BEGUN = "begun"  # a change is being typed or verified; nobody knows its end yet
    SAVED = "saved"
    ROLLED_BACK = "rolled back"  # it runs what it ran before, read from the router
    ACTIVE = "active, not saved"  # confirmed and running; a reload undoes it
    PENDING = "reverts by itself"  # nobody waited for its revert timer
    UNKNOWN = "not known"  # it could not be reached after its revert timer, or runs neither


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one router; `lines` were accepted out of `total`, in `seconds`.

    `remarks` are what the program found out on the way; `notices` what the router said to a line.
    """

    name: str
    state: State
    lines: int = 0
    total: int = 0
    seconds: float = 0.0
    notices: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    error: DmvpnError | None = None
    wave: int = 0


def exit_code(outcomes: tuple[Outcome, ...]) -> ExitCode:
    """Return 4 when the state of a router is not known or a router refused to be begun, 5 when
    a change was taken back, else 0.
    """
    states = {outcome.state for outcome in outcomes}
    if states & {State.UNKNOWN, State.PENDING, State.ACTIVE}:
        return ExitCode.DEVICE
    if State.ROLLED_BACK in states:
        return ExitCode.ROLLED_BACK
    return ExitCode.DEVICE if any(outcome.error for outcome in outcomes) else ExitCode.YES
