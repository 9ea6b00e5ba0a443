"""Routers of the lab without a kernel, an inventory that leads to them, and rollouts on them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dmvpn_auto import rollout
from dmvpn_auto.device import open_fleet
from dmvpn_auto.resources import resource
from dmvpn_auto.rollout import Outcome, Policy, order, recovery
from dmvpn_auto.rollout.journal import Journal
from dmvpn_auto.rollout.listener import Silent
from tests.doubles.inventories import write_hosts
from tests.doubles.lab_node import LabRouter, lab_node

NAMES = ("hub", "spoke1", "spoke2", "spoke3")
PASSWORD = "canary-password"
SECRETS = {"nhrp_authentication": "CANARY1", "pre_shared_key": "canary-psk?42"}
TIMER = "configure terminal revert timer 5"


@dataclass
class Cloud:
    """Routers, the inventory that leads to them, and how a rollout on them is run."""

    folder: Path
    nodes: dict[str, LabRouter]
    policy: Policy = field(default_factory=lambda: Policy(verify=False))
    heard: list[str] = field(default_factory=list)

    def deploy(
        self, limit: str | None = None, *, workers: int = 8, retype: bool = False
    ) -> dict[str, Outcome]:
        """Roll out what the intent says; return the outcomes."""
        chosen = rollout.choose(self.folder, None, limit, retype=retype)
        names = [target.name for target in chosen.routers]
        with open_fleet(self.folder, names, workers=workers) as fleet:
            surveys = {
                name: found
                for name, found in rollout.read_surveys(
                    fleet, chosen.routers, chosen.design
                ).items()
                if isinstance(found, rollout.Survey)
            }
            plans = {name: found.plan for name, found in surveys.items()}
            waves = rollout.arrange(plans, chosen.design, self.policy, workers)
            told = order.Order(self.folder, retype=retype)
            with rollout.begin(fleet, chosen, self.policy, surveys, waves, order=told) as going:
                going.listener = Ear(self.heard)
                return {outcome.name: outcome for outcome in going.carry_out()}

    def resume(self, *, workers: int = 8) -> dict[str, Outcome]:
        """Go on with the last run; return the outcomes."""
        journal = self.journal
        try:
            left = recovery.Left(journal, journal.run(None))
            left.refuse_ended()
            names = [device.name for device in left.open]
            if not names:
                left.conclude()
                return {}
            chosen = rollout.choose(self.folder, None, ",".join(names), retype=left.record.retype)
            with open_fleet(self.folder, names, workers=workers) as fleet:
                going, _ = recovery.resume(fleet, journal, left, chosen)
                outcomes = going.go_back() if left.going_back() else going.carry_out()
                return {outcome.name: outcome for outcome in outcomes}
        finally:
            journal.close()

    def edit(self, old: str, new: str) -> None:
        """Change the intent."""
        path = self.folder / "clouds" / "branches.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    @property
    def journal(self) -> Journal:
        return rollout.open_journal(self.folder)


class Ear(Silent):
    """Notes who was done when."""

    def __init__(self, heard: list[str]) -> None:
        self.heard = heard

    def outcome(self, outcome: Outcome) -> None:
        self.heard.append(outcome.name)


@contextmanager
def cloud_of_nodes(folder: Path) -> Iterator[Cloud]:
    """Give four routers without a configured tunnel and an inventory that wants one."""
    with ExitStack() as stack:
        nodes = {name: stack.enter_context(lab_node(name, PASSWORD)) for name in NAMES}
        write_hosts(folder, {name: node.port for name, node in nodes.items()}, PASSWORD)
        (folder / "clouds").mkdir()
        shutil.copy(resource("lab") / "clouds" / "branches.yaml", folder / "clouds")
        for name, value in SECRETS.items():
            file = folder / "secrets" / name
            file.touch(mode=0o600)
            file.write_text(value + "\n")
        yield Cloud(folder, nodes)
