"""A rule that may explain one sheet: what the engine weighs and what a finding is made of."""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.verify.diagnosis.ends import End
from dmvpn_auto.verify.diagnosis.facts import Fact
from dmvpn_auto.verify.diagnosis.rule import Rule
from dmvpn_auto.verify.diagnosis.sheet import Sheet


@dataclass(frozen=True)
class Suspicion:
    """A rule, where it fits, and the facts that say so."""

    sheet: Sheet
    rule: Rule
    proven: bool
    weight: float
    side: str
    facts: tuple[Fact, ...]
    keys: tuple[str, ...]

    @property
    def end(self) -> End:
        """Where the fault is."""
        return self.sheet.end(self.side)
