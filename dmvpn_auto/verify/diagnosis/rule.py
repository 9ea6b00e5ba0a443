"""What a diagnosis rule is: one row of the failure catalogue as data.

`shows` are facts that must be true, `when` facts that must not be false, `proof` facts of which one
must be true for the cause to be proven. Where the proof is unknown the rule is a candidate:
possible, not shown. A rule with no proof is proven by its conditions alone. Templates use the words
of `wording.words_of`, which are right for either family: {spoke} {hub} {device} (at fault) {peer},
{ip} for what the tunnel carries, {ip_outside} for what carries it, {words} for what differs; a line
is "DEVICE: command", advice begins with "!".
"""

from __future__ import annotations

from dataclasses import dataclass

from dmvpn_auto.verify.diagnosis.facts import Question

MEASURED, DOCUMENTED, EXPERT = 0.95, 0.9, 0.85
"""Confidence of a proven cause, by where the rule comes from: fault injection on routers, the
vendor's documents, experience.
"""
DOWN = frozenset({"INTF", "IKE", "IPSEC", "NHRP"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One cause."""

    id: str
    row: str  # section and number in the failure catalogue
    states: frozenset[str]  # of the spoke towards the hub
    cause: str
    shows: tuple[Question, ...] = ()
    when: tuple[Question, ...] = ()
    proof: tuple[Question, ...] = ()
    fix: tuple[str, ...] = ()  # "DEVICE: command"; the settings of the proof are restored before
    next: tuple[str, ...] = ()  # "DEVICE: command", what to ask when the cause is not proven
    source: str
    base: float
    likely: float = 1.0  # among candidates that nothing tells apart, how common it is
    guess: bool = True  # False: without proof it is not even a candidate
    side: str = "spoke"  # at fault when no proof says so; "": the hub when all its spokes suffer
    specific: bool = True  # False: gives way to any other proven cause
    follows: tuple[str, ...] = ()  # rules that, proven anywhere, explain this away
    yields: tuple[str, ...] = ()  # rules that, proven for the same two routers, explain this away


def states(*words: str) -> frozenset[str]:
    """Return DMVPN states as a set."""
    return frozenset(words)
