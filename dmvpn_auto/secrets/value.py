"""A secret value that does not show itself, and how to take secrets out of a text."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import NoReturn, final

MASK = "***"


@final
class Secret:
    """A value that prints as `***` everywhere; only `reveal()` gives it.

    It cannot be pickled, copied into JSON or formatted by accident. Equality is constant-time.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself; call it where the value leaves for a router, nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __len__(self) -> int:
        return len(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled or copied")


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with every value as `***`; longer values first, as one may hold another."""
    for value in sorted({secret.reveal() for secret in secrets}, key=len, reverse=True):
        if value:
            text = text.replace(value, MASK)
    return text
