"""What a design rule is.

A rule is a small class: its docstring says in one sentence why (more may follow and teach), its
attributes name it, `judge` yields a Breach per place that breaks it. A rule sees the intent and
the resolved design and changes nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import cleandoc
from typing import ClassVar

from dmvpn_auto.design.allocation import Ledger
from dmvpn_auto.design.types import CloudDesign, Finding, Severity
from dmvpn_auto.models import Cloud

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
Place = tuple[str | int, ...]
"""The keys that lead to the culprit in the intent: ("spokes", "spoke2", "nbma")."""


@dataclass(frozen=True, slots=True)
class View:
    """What a rule may look at."""

    intent: Cloud
    design: CloudDesign
    ledger: Ledger
    secret: Callable[[str], str | None]
    """The value of a reference, None where it cannot be resolved here."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One place that breaks a rule; the message never holds a secret."""

    at: Place
    message: str
    severity: Severity | None = None
    """Where one breach weighs other than the rule."""


def meant(word: str, known: Iterable[str]) -> str:
    """Return the question behind a name that does not exist; empty when none is near it."""
    close = get_close_matches(word, list(known), n=1) or [
        name for name in known if name.lower() == word.lower()
    ]
    return f"; did you mean {close[0]!r}?" if close else ""


class Described:
    """What every rule says about itself; its docstring is the reason, further lines teach."""

    id: ClassVar[str]
    severity: ClassVar[Severity] = ERROR
    fix: ClassVar[str]
    source: ClassVar[str]

    @classmethod
    def teaching(cls) -> str:
        """Return the whole docstring without its indentation."""
        return cleandoc(cls.__doc__ or "")

    @classmethod
    def reason(cls) -> str:
        """Return the one sentence that says why."""
        return cls.teaching().partition("\n\n")[0].replace("\n", " ")

    def _finding(self, breach: Breach) -> Finding:
        return Finding(
            rule=self.id,
            severity=breach.severity or self.severity,
            subject=str(breach.at[1]) if len(breach.at) > 1 else str(breach.at[0]),
            message=breach.message,
            fix=self.fix,
            source=self.source,
            where="/".join(str(step) for step in breach.at),
        )


class Rule(Described, ABC):
    """A rule about one cloud."""

    @abstractmethod
    def judge(self, cloud: View) -> Iterator[Breach]:
        """Yield what breaks the rule."""

    def findings(self, cloud: View) -> Iterator[Finding]:
        """Yield the breaches as findings; `where` holds the keys of the place with `/` between."""
        return (self._finding(breach) for breach in self.judge(cloud))


class JointRule(Described, ABC):
    """A rule about clouds that have routers in common."""

    @abstractmethod
    def judge(self, cloud: CloudDesign, other: CloudDesign) -> Iterator[Breach]:
        """Yield what is wrong in `cloud` because of `other`; places are those of `cloud`."""

    def between(self, cloud: CloudDesign, others: Sequence[CloudDesign]) -> Iterator[Finding]:
        """Yield the breaches of `cloud` against each of `others`."""
        return (self._finding(b) for other in others for b in self.judge(cloud, other))
