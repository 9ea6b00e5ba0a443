"""The failure catalogue: one literal for each row, lowest layer first."""

from __future__ import annotations

from dmvpn_auto.verify.diagnosis.rule import Rule
from dmvpn_auto.verify.diagnosis.rules import (
    crypto,
    nhrp,
    routing,
    shortcuts,
    stability,
    underlay,
)

MODULES = (underlay, crypto, nhrp, routing, shortcuts, stability)
RULES: tuple[Rule, ...] = tuple(rule for module in MODULES for rule in module.RULES)
LAYER = {rule.id: number for number, module in enumerate(MODULES) for rule in module.RULES}

__all__ = ["LAYER", "MODULES", "RULES"]
