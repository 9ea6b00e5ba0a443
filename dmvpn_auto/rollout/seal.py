"""A seal over secrets: proof that they are the same as before, which nobody without the key can
test guesses against.

A hash of a pre-shared key beside the plan would let whoever reads the plan try dictionaries on it.
The seal is therefore keyed (HMAC-SHA256) with 256 random bits that stay with the user who plans:
`$XDG_STATE_HOME/dmvpn-auto/plan.key`, for its owner alone, or whatever file DMVPN_AUTO_PLAN_KEY
names, for a pipeline that plans on one machine and deploys on another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dmvpn_auto.errors import UsageError
from dmvpn_auto.inventory.files import write_atomically

VARIABLE = "DMVPN_AUTO_PLAN_KEY"
_SIZE = 32


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes and compares seals with one key."""

    key: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """What tells the key from others and gives nothing of it away."""
        return hmac.new(self.key, b"dmvpn-auto plan key", hashlib.sha256).hexdigest()[:16]

    def seal(self, lines: Iterable[str]) -> str:
        """Return the seal of `lines`, in their order; empty when there are none."""
        whole = "\n".join(lines)
        return hmac.new(self.key, whole.encode(), hashlib.sha256).hexdigest() if whole else ""


def open_sealer() -> Sealer:
    """Return the sealer of this user; the key is made on first use.

    Raises UsageError for a key that cannot be read or made, or that others can read.
    """
    told = os.environ.get(VARIABLE)
    path = Path(told) if told else _home() / "dmvpn-auto" / "plan.key"
    try:
        if not told and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, secrets.token_hex(_SIZE) + "\n", mode=0o600)
        text = path.read_text().strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, f"cannot be used: {error}") from error
    if mode & 0o077 and not told:
        raise _unusable(path, "can be read by others", hint=f"chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _SIZE:
        raise _unusable(path, f"is not {_SIZE} bytes written as hexadecimal digits")
    return Sealer(key)


def _home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")


def _unusable(path: Path, what: str, *, hint: str = "") -> UsageError:
    return UsageError(
        f"the key that seals the secrets of plans {what}",
        where=str(path),
        stage="plan",
        hint=hint or f"name another file in {VARIABLE}, made with: openssl rand -hex {_SIZE}",
    )
