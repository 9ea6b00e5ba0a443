"""A whole cloud at once, for scripts: verify it, look for drift, roll it out, silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import open_fleet
from dmvpn_auto.device.fleet import WORKERS
from dmvpn_auto.errors import DmvpnError, ExitCode
from dmvpn_auto.inventory import load_hosts, open_design, select
from dmvpn_auto.observe.collect import FleetRouters, SystemClock
from dmvpn_auto.rollout import (
    Outcome,
    Survey,
    arrange,
    begin,
    choose,
    exclusively,
    exit_code,
    load_policy,
    plans_from_routers,
    read_order,
    read_surveys,
)
from dmvpn_auto.rollout.drift import Found, compared
from dmvpn_auto.verify import Plan, Verification, verify


def verify_cloud(
    folder: str | Path,
    cloud: str | None = None,
    *,
    limit: str | None = None,
    timeout: float = 120.0,
    traffic: bool = True,
) -> tuple[CloudDesign, Verification]:
    """Verify the routers that `limit` means, waiting up to `timeout` s for convergence.

    Without `traffic` no packets are sent between spokes and nothing is cleared.
    Raises DmvpnError for the inventory; a router that does not answer is in the result.
    """
    base = Path(folder)
    design = open_design(base, cloud)
    names = select(design, limit, load_hosts(base))
    plan = Plan(devices=frozenset(names), timeout=timeout, pairs="ring" if traffic else "none")
    with open_fleet(base, names) as fleet:
        return design, verify(design, FleetRouters(fleet), SystemClock(), plan)


def find_drift(
    folder: str | Path, cloud: str | None = None, *, limit: str | None = None
) -> dict[str, Found | DmvpnError]:
    """Return, by router, the cloud's lines that somebody changed by hand; touches nothing.

    A router that could not be read has its error instead. Raises DmvpnError for the inventory.
    """
    base = Path(folder)
    chosen = choose(base, cloud, limit)
    names = [target.name for target in chosen.routers]
    with open_fleet(base, names) as fleet:
        plans = plans_from_routers(fleet, chosen)
    return {
        name: found if isinstance(found, DmvpnError) else compared(found)
        for name, found in plans.items()
    }


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a rollout came to; `refused` are routers that stood in its way before it began."""

    outcomes: tuple[Outcome, ...]
    refused: tuple[DmvpnError, ...] = ()
    run: str = ""

    @property
    def code(self) -> ExitCode:
        """0 all done, 4 a router refused or is not known, 5 rolled back."""
        return ExitCode.DEVICE if self.refused else exit_code(self.outcomes)


def roll_out(
    folder: str | Path,
    cloud: str | None = None,
    *,
    limit: str | None = None,
    retype_secrets: bool = False,
    **policy: Any,
) -> Rolled:
    """Make the routers that `limit` means run what the cloud describes, in waves, asking nobody.

    `retype_secrets`: secrets that a router stores as type 6 are typed anew.
    `policy` are the fields of `rollout.Policy` that shall differ from the folder's rollout.yaml.
    When one router cannot be read or must not be changed now, none is touched.
    Raises DmvpnError for the inventory or another rollout on the cloud.
    """
    base = Path(folder)
    chosen_policy = load_policy(base, **policy)
    order = read_order(base, None, None, chosen_policy, dry_run=False, retype=retype_secrets)
    chosen = choose(base, cloud, limit, retype=retype_secrets)
    names = [target.name for target in chosen.routers]
    with (
        exclusively(base, chosen.design.name, "deploy", only=True),
        open_fleet(base, names, workers=WORKERS) as fleet,
    ):
        surveys = read_surveys(fleet, chosen.routers, chosen.design, chosen_policy)
        ready = {name: found for name, found in surveys.items() if isinstance(found, Survey)}
        refused = tuple(found for found in surveys.values() if isinstance(found, DmvpnError))
        if refused:
            return Rolled((), refused)
        plans = {name: found.plan for name, found in ready.items()}
        waves = arrange(plans, chosen.design, chosen_policy, WORKERS)
        open_design(base, cloud, record=True)
        with begin(fleet, chosen, chosen_policy, ready, waves, order=order) as going:
            return Rolled(going.carry_out(), run=str(going.run.id))
