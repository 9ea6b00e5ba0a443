"""What one router needs, judged from its running configuration and the wanted one. No I/O.

Refused is a plan that would be pushed to another router of the cloud (two addresses mixed up in
the inventory). A change that cuts our own path is for the transaction to guard or refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import groupby

from dmvpn_auto.design.rules import check_change
from dmvpn_auto.design.types import CloudDesign, Network, Role, RouterDesign
from dmvpn_auto.errors import DeviceError, IntentError
from dmvpn_auto.ios import Change, Delta, Tree, diff, parse, prove
from dmvpn_auto.ios.diff import unreadable
from dmvpn_auto.rollout.effects import impact_of
from dmvpn_auto.rollout.impact import NONE as NO_IMPACT
from dmvpn_auto.rollout.impact import Impact
from dmvpn_auto.rollout.target import Target

Addresses = tuple[IPv4Address | IPv6Address, ...]
_LEFT = (
    "cannot be compared, left as it is; "
    "if the intent has another secret now, --retype-secrets types it anew"
)


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
    beside: Tree = field(default_factory=dict, repr=False)  # what other clouds want of it
    absent: Tree = field(default_factory=dict, repr=False)  # what shall not be there
    stale: frozenset[str] = field(default=frozenset(), repr=False)
    """Lines whose secret cannot be compared and is typed anew; while they stand, it is not done."""

    def __bool__(self) -> bool:
        return bool(self.change)

    def again(self, running: Tree) -> Change:
        """Return the change from what the router runs now."""
        carrying = [line for line in self.wanted if line.startswith("interface Tunnel")]
        carrying = carrying if self.in_band else []
        return diff(
            running, self.wanted, self.beside, self.absent, in_band=carrying, stale=self.stale
        )

    def __repr__(self) -> str:
        return f"Plan({self.name!r}, {len(self.change.forward)} lines)"


def plan(
    target: Target,
    running: Tree,
    design: CloudDesign,
    *,
    addresses: Addresses | None = None,
    before: Tree | None = None,
) -> Plan:
    """Compare what `target` shall run with what it runs, and prove the change both ways.

    `addresses`: what the name that it is managed by stands for. `before`: what the router ran
    before its secrets were typed anew, `running` unless told. Raises DeviceError when the router is
    another one than it is taken for or the proof fails, IntentError when the change cannot be made
    (see `ios.diff`).
    """
    refuse_mixed_up(target, running, design)
    wanted, beside = parse(target.config), parse(target.beside)
    where = _literal(target.address) if addresses is None else addresses
    in_band = is_in_band(target, design, where)
    tunnel = f"interface {target.router.tunnel.interface}"
    stale = unreadable(running if before is None else before) if target.retype else frozenset()
    try:
        carrying = (tunnel,) if in_band else ()
        change = diff(running, wanted, beside, target.absent, in_band=carrying, stale=stale)
    except IntentError as error:
        error.where = error.where or target.name
        raise
    if reason := prove(running, wanted, change, beside, target.absent, stale):
        raise DeviceError(
            target.name,
            f"the change is not proven and will not be typed: {reason}",
            stage="proof",
            hint="change that line by hand, or report this with the two configurations",
        )
    return Plan(
        target.name,
        target.router.role,
        wanted,
        change,
        tuple(_notes(change, target.router)),
        running,
        target.address,
        impact_of(change, running, target.router, in_band=in_band, known=bool(where)),
        in_band,
        beside,
        target.absent,
        stale,
    )


def missing(plan: Plan, running: Tree) -> tuple[Delta, ...]:
    """Return what of the plan the router does not show after the push; empty when all is there."""
    return plan.again(running).deltas


def exposed(plans: Mapping[str, Plan], design: CloudDesign) -> dict[str, tuple[str, ...]]:
    """Return the spokes whose hubs all go down in these plans, with the hubs."""
    down = {name for name, plan in plans.items() if plan.impact.flaps}
    found = {}
    for spoke in design.spokes:
        hubs = tuple(dict.fromkeys(nhs.hub for nhs in spoke.tunnel.nhrp.nhs))
        if hubs and down.issuperset(hubs):
            found[spoke.name] = hubs
    return found


def is_in_band(target: Target, design: CloudDesign, addresses: Addresses) -> bool:
    """Whether a router is managed at an address that is reached through the cloud."""
    return any(address in n for address in addresses for n in _behind(target.router, design))


def refuse_mixed_up(target: Target, running: Tree, design: CloudDesign) -> None:
    """Raise DeviceError when the router calls itself by the name of another one of the cloud."""
    called = next((line.split()[1] for line in running if line.startswith("hostname ")), "")
    if called.lower() == target.name.lower():
        return
    if any(router.name.lower() == called.lower() for router in design.routers):
        raise DeviceError(
            target.name,
            f"the router at {target.address} calls itself {called!r}, another router of the cloud",
            stage="plan",
            hint="correct the addresses in hosts.yaml",
        )


def _literal(address: str) -> Addresses:
    try:
        return (ip_address(address),)
    except ValueError:
        return ()


def _behind(router: RouterDesign, design: CloudDesign) -> Iterable[Network]:
    """The networks that are reached over the tunnel."""
    return (*design.tunnel_subnets, *_lans(router))


def _lans(router: RouterDesign) -> tuple[Network, ...]:
    return router.lans if router.role is Role.SPOKE else ()


def _notes(change: Change, router: RouterDesign) -> Iterable[str]:
    removed = [delta.text for delta in change.deltas if delta.mark == "-"]
    for found in check_change(router, removed):
        yield f"{found.message}; {found.fix} [{found.rule}]"
    for header in change.bounces:
        yield f"{header.removeprefix('interface ')} goes down for a moment"
    for line in change.unknown:
        yield f"{line}: {_LEFT}"
    for process, lines in groupby(change.stays, lambda place: place.partition(" / ")[0]):
        beside = [place.rpartition(" / ")[2] for place in lines]
        more = f" and {len(beside) - 3} more" if len(beside) > 3 else ""
        yield f"{process}: beside the intent, stays: {', '.join(beside[:3])}{more}"
