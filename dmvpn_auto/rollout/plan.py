"""What one router needs, judged from its running configuration and the wanted one. No I/O.

Refused is a plan that would be pushed to another router of the cloud (two addresses mixed up in
the inventory). A change that cuts our own path is for the transaction to guard or refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

from dmvpn_auto.design.rules import check_change
from dmvpn_auto.design.types import CloudDesign, Network, Role, RouterDesign
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.ios import Change, Delta, Tree, diff, parse
from dmvpn_auto.rollout.impact import NONE as NO_IMPACT
from dmvpn_auto.rollout.impact import Impact
from dmvpn_auto.rollout.target import Target


@dataclass(frozen=True, slots=True)
class Plan:
    """The change of one router; false when there is nothing to do.

    `running` and `wanted` are the two configurations it leads between (with secrets).
    """

    name: str
    role: Role
    wanted: Tree
    change: Change
    notes: tuple[str, ...]
    running: Tree = field(default_factory=dict, repr=False)
    address: str = ""  # where the router is managed
    impact: Impact = NO_IMPACT
    in_band: bool = False  # reached through the cloud: its change can cut our own session

    def __bool__(self) -> bool:
        return bool(self.change)

    def __repr__(self) -> str:
        return f"Plan({self.name!r}, {len(self.change.forward)} lines)"


def plan(target: Target, running: Tree, design: CloudDesign) -> Plan:
    """Compare what `target` shall run with what it runs.

    Raises DeviceError when the router is another one than it is taken for, IntentError when the
    change cannot be made (see `ios.diff`).
    """
    _refuse_mixed_up(target, running, design)
    wanted = parse(target.config)
    change = diff(running, wanted)
    return Plan(
        target.name,
        target.router.role,
        wanted,
        change,
        tuple(_notes(change, target.router)),
        running,
        target.address,
        in_band=_through_the_cloud(target, design),
    )


def missing(plan: Plan, running: Tree) -> tuple[Delta, ...]:
    """Return what of the plan the router does not show after the push; empty when all is there."""
    return diff(running, plan.wanted).deltas


def _refuse_mixed_up(target: Target, running: Tree, design: CloudDesign) -> None:
    called = next((line.split()[1] for line in running if line.startswith("hostname ")), "")
    others = {router.name.lower() for router in design.routers} - {target.name.lower()}
    if called.lower() in others:
        raise DeviceError(
            target.name,
            f"the router at {target.address} calls itself {called!r}, another router of the cloud",
            stage="plan",
            hint="correct the addresses in hosts.yaml",
        )


def _through_the_cloud(target: Target, design: CloudDesign) -> bool:
    """Whether the management address lies behind the tunnel."""
    try:
        address = ip_address(target.address)
    except ValueError:
        return False  # a name: where it leads is not ours to know
    return any(address in network for network in (*design.tunnel_subnets, *_lans(target.router)))


def _lans(router: RouterDesign) -> tuple[Network, ...]:
    return router.lans if router.role is Role.SPOKE else ()


def _notes(change: Change, router: RouterDesign) -> Iterable[str]:
    removed = [delta.text for delta in change.deltas if delta.mark == "-"]
    for found in check_change(router, removed):
        yield f"{found.message}; {found.fix} [{found.rule}]"
    for header in change.bounces:
        yield f"{header.removeprefix('interface ')} goes down for a moment"
    for line in change.unknown:
        yield f"{line}: stored in a form that cannot be compared, taken as right"
