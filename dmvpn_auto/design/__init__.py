"""Intent -> design: every address, neighbour and knob decided, and judged by the design rules.

`resolve` decides, `check` judges. Both are pure: what was given out before comes in as a `Ledger`.
"""

from dmvpn_auto.design.allocation import Ledger, allocate
from dmvpn_auto.design.resolve import resolve
from dmvpn_auto.design.types import CloudDesign, Finding, Role, RouterDesign, Severity

__all__ = [
    "CloudDesign",
    "Finding",
    "Ledger",
    "Role",
    "RouterDesign",
    "Severity",
    "allocate",
    "resolve",
]
