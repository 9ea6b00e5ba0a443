"""From the design to the routers: what would change, and changing it with a known outcome.

`choose` gives the wanted configuration of each router, `read_surveys` compares it with what they
run, `arrange` says who goes with whom, `Rollout` carries it out, wave after wave, under the
routers' own revert timers. `open_journal` remembers; `recovery` goes on or goes back.
"""

from dmvpn_auto.rollout.absent import leave_out
from dmvpn_auto.rollout.collect import read_surveys
from dmvpn_auto.rollout.deploy import Rollout
from dmvpn_auto.rollout.exclusion import exclusively
from dmvpn_auto.rollout.guard import Revert
from dmvpn_auto.rollout.impact import Flap, Impact, Reach, Reset
from dmvpn_auto.rollout.interrupts import Interrupts
from dmvpn_auto.rollout.journal import Journal, Run, open_journal
from dmvpn_auto.rollout.listener import Listener
from dmvpn_auto.rollout.order import Order, begin, read_order
from dmvpn_auto.rollout.outcome import Outcome, State, exit_code
from dmvpn_auto.rollout.plan import Plan, missing, plan
from dmvpn_auto.rollout.policy import Policy, load_policy
from dmvpn_auto.rollout.precheck import Survey
from dmvpn_auto.rollout.running import plans_from_routers
from dmvpn_auto.rollout.target import Target, Targets, choose, recall
from dmvpn_auto.rollout.waves import Wave, arrange

__all__ = [
    "Flap",
    "Impact",
    "Interrupts",
    "Journal",
    "Listener",
    "Order",
    "Outcome",
    "Plan",
    "Policy",
    "Reach",
    "Reset",
    "Revert",
    "Rollout",
    "Run",
    "State",
    "Survey",
    "Target",
    "Targets",
    "Wave",
    "arrange",
    "begin",
    "choose",
    "exclusively",
    "exit_code",
    "leave_out",
    "load_policy",
    "missing",
    "open_journal",
    "plan",
    "plans_from_routers",
    "read_order",
    "read_surveys",
    "recall",
]
