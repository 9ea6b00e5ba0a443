"""What a rollout is told to do beside the intent: a plan file that was looked at, an approval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dmvpn_auto.device import Fleet
from dmvpn_auto.errors import DmvpnError, UsageError
from dmvpn_auto.rollout import approval, plan_file
from dmvpn_auto.rollout.deploy import Rollout
from dmvpn_auto.rollout.journal import open_journal
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.precheck import Survey
from dmvpn_auto.rollout.seal import open_sealer
from dmvpn_auto.rollout.target import Targets
from dmvpn_auto.rollout.waves import Wave


@dataclass(frozen=True, slots=True)
class Order:
    """A plan file, if there is one, and who approved it; `retype`: secrets that cannot be compared
    are typed anew.
    """

    inventory: Path
    file: plan_file.PlanFile | None = None
    approved: approval.Approval | None = None
    retype: bool = False

    @property
    def cloud(self) -> str | None:
        """The cloud of the plan file."""
        return self.file.content.cloud if self.file else None

    @property
    def members(self) -> str | None:
        """The routers of the plan file, as --limit takes them."""
        return ",".join(r.name for r in self.file.content.routers) if self.file else None

    def check(self, surveys: MutableMapping[str, Survey | DmvpnError]) -> None:
        """Replace a router whose state no longer fits the plan file by the error that says so."""
        if self.file is None:
            return
        sealer = open_sealer()
        for name, found in surveys.items():
            if isinstance(found, Survey):
                try:
                    plan_file.verify_unchanged(self.file, found.plan, sealer)
                except DmvpnError as error:
                    surveys[name] = error


def read_order(
    inventory: Path,
    plan: Path | None,
    approved: Path | None,
    policy: Policy,
    *,
    dry_run: bool,
    retype: bool = False,
) -> Order:
    """Read a plan file and its approval. Raises InputError, UsageError."""
    file = plan_file.read(plan) if plan else None
    if file is None:
        if approved or (policy.approval and not dry_run):
            raise UsageError(
                "only a plan file can be approved",
                stage="approve",
                hint="dmvpn-auto plan --out FILE, dmvpn-auto approve FILE, "
                "dmvpn-auto deploy FILE --approve FILE.approval",
            )
        return Order(inventory, retype=retype)
    if retype and not file.content.retype:
        raise UsageError(
            "the plan was made without --retype-secrets",
            where=str(plan),
            stage="plan",
            hint="dmvpn-auto plan --retype-secrets --out FILE, then deploy that",
        )
    retype = file.content.retype
    if approved is None:
        if policy.approval and not dry_run:
            raise UsageError(
                "this inventory wants a second person's yes to every plan",
                where=str(plan),
                stage="approve",
                hint=f"another person types: dmvpn-auto approve {plan}; "
                f"then deploy with --approve {plan}.approval",
            )
        return Order(inventory, file, retype=retype)
    return Order(inventory, file, approval.check(inventory, approved, file.hash), retype)


@contextmanager
def begin(
    fleet: Fleet,
    chosen: Targets,
    policy: Policy,
    surveys: Mapping[str, Survey],
    waves: tuple[Wave, ...],
    *,
    order: Order,
) -> Iterator[Rollout]:
    """Enter a run into the journal and give the rollout that carries it out."""
    journal = open_journal(order.inventory)
    try:
        run = journal.begin(
            "deploy",
            chosen.design,
            waves,
            {name: found.plan for name, found in surveys.items()},
            unsaved=[name for name, found in surveys.items() if found.unsaved and not found.plan],
            plan_hash=order.file.hash if order.file else "",
            approval=str(order.approved) if order.approved else "",
            policy=policy.model_dump(mode="json"),
            retype=order.retype,
        )
        yield Rollout(fleet, chosen.design, policy, run, surveys, waves)
    finally:
        journal.close()
