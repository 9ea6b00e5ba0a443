"""From the design to the routers: what would change, and changing it with a known outcome.

`choose` gives the wanted configuration of each router, `read_plans` compares it with what they run,
`carry_out` types the differences, reads them back and saves them.
"""

from dmvpn_auto.rollout.deploy import (
    InterruptedDeploy,
    NotShownError,
    Outcome,
    State,
    carry_out,
    read_plans,
)
from dmvpn_auto.rollout.impact import Flap, Impact, Reach, Reset
from dmvpn_auto.rollout.plan import Plan, missing, plan
from dmvpn_auto.rollout.target import Target, Targets, choose

__all__ = [
    "Flap",
    "Impact",
    "InterruptedDeploy",
    "NotShownError",
    "Outcome",
    "Plan",
    "Reach",
    "Reset",
    "State",
    "Target",
    "Targets",
    "carry_out",
    "choose",
    "missing",
    "plan",
    "read_plans",
]
