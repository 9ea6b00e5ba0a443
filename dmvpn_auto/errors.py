"""The one error tree and the exit codes of the command.

DmvpnError                     anything a user can cause or repair: one screen, no traceback
+-- UsageError           2     a wrong option, an unknown host in --limit, a missing file
+-- InputError           2     a file does not say what it must (names file, line, key)
|   +-- IntentError      1     the cloud is well written but cannot work
+-- SecretError          2     a secret reference cannot be resolved (never names a value)
+-- StalePlanError       1     a saved plan no longer fits the router or the intent
+-- NothingCheckedError  3     no host matched, no evidence was collected
+-- DeviceError          4     a router could not be reached or refused us (names the device)
|   +-- UnreachableError       no TCP or SSH answer
|   +-- AuthenticationError    the router refused the credentials; never retried (lock-out)
|   +-- RefusedError           the router refused a line (names the line and the router's words)
|   +-- StoppedError           the user stopped a push between two lines
+-- RolledBackError      5     a change was undone
+-- LabError             4     the lab could not be built or reached

A message says what happened; `hint` what to type next; `where` names file:line or device.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit statuses of `dmvpn-auto`, as documented in docs/reference/exit-codes.md."""

    YES = 0
    NO = 1
    USAGE = 2
    NOTHING_CHECKED = 3
    DEVICE = 4
    ROLLED_BACK = 5
    BUG = 70


class DmvpnError(Exception):
    """Base of all errors that are shown to a user; `str()` is the whole, secret-free message."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: str, *, where: str = "", stage: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.stage = stage
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  next: {self.hint}" if self.hint else head


class UsageError(DmvpnError):
    """A wrong option or argument."""


class InputError(DmvpnError):
    """A file of the user's cannot be read as what it should be."""


class IntentError(InputError):
    """The cloud is well written but cannot work; the answer of `validate` is no."""

    exit_code = ExitCode.NO


class SecretError(DmvpnError):
    """A secret reference cannot be resolved."""


class StalePlanError(DmvpnError):
    """A saved plan no longer fits: the router, the intent or a secret changed since."""

    exit_code = ExitCode.NO


class NothingCheckedError(DmvpnError):
    """Nothing was checked: no host matched or no evidence came back."""

    exit_code = ExitCode.NOTHING_CHECKED


class DeviceError(DmvpnError):
    """A router could not be reached or refused us; `device` is its inventory name."""

    exit_code = ExitCode.DEVICE

    def __init__(self, device: str, message: str, *, stage: str = "", hint: str = "") -> None:
        super().__init__(message, where=device, stage=stage, hint=hint)
        self.device = device


class UnreachableError(DeviceError):
    """No TCP connection or no SSH answer within the time allowed."""


class AuthenticationError(DeviceError):
    """The router refused the credentials. Never retried: retries lock accounts."""


class RefusedError(DeviceError):
    """The router refused a configuration line."""

    def __init__(
        self,
        device: str,
        line: str,
        answer: str,
        *,
        applied: int,
        total: int,
        behind: tuple[str, ...] = (),
        unanswered: tuple[str, ...] = (),
    ) -> None:
        """Take the secret-free `line` and `answer`; `behind`: lines in flight after it that the
        router took; `unanswered`: those after which it closed the session.
        """
        also = f" and {len(behind)} that were on their way behind it" if behind else ""
        closed = (
            f", the session closed then and {len(unanswered)} more may be" if unanswered else ""
        )
        super().__init__(
            device,
            f"line {applied + 1} of {total} refused: {line!r}: {answer}",
            stage="push",
            hint=f"the {applied} lines before it{also} are active and not saved{closed}; "
            "correct the cause and deploy again",
        )
        self.line = line
        self.answer = answer
        self.applied = applied
        self.total = total
        self.behind = behind
        self.unanswered = unanswered


class StoppedError(DeviceError):
    """A push ended between two lines because the user asked for it (Ctrl-C)."""

    def __init__(self, device: str, *, applied: int, total: int) -> None:
        super().__init__(
            device,
            f"stopped after {applied} of {total} lines",
            stage="push",
            hint="they are active and not saved; deploy again to send the rest",
        )
        self.applied = applied
        self.total = total


class RolledBackError(DmvpnError):
    """A change was undone."""

    exit_code = ExitCode.ROLLED_BACK


class LabError(DmvpnError):
    """The lab could not be built, reached or taken down."""

    exit_code = ExitCode.DEVICE
