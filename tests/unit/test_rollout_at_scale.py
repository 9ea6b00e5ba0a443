"""A hundred simulated routers over a network that loses sessions at random: what the journal says
of a router is what is on it.
"""

from __future__ import annotations

from pathlib import Path

from dmvpn_auto import rollout
from dmvpn_auto.device import open_fleet
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.rollout import Outcome, Policy, State, order
from dmvpn_auto.rollout.reading import STARTUP
from dmvpn_auto.rollout.records import Mark, Step
from tests.doubles.clouds import large
from tests.doubles.fleet import fleet

SPOKES = 99
POLICY = Policy(verify=False, minutes=1, canary=0, batch=50, max_failures=1000)
ENDS = {State.SAVED, State.ROLLED_BACK, State.UNTOUCHED, State.UNKNOWN, State.UNCHANGED}


def deploy(folder: Path) -> dict[str, Outcome]:
    chosen = rollout.choose(folder, None, None)
    names = [target.name for target in chosen.routers]
    with open_fleet(folder, names, workers=20) as routers:
        left, surveys = list(chosen.routers), dict[str, rollout.Survey]()
        while left:
            found = rollout.read_surveys(routers, left, chosen.design)
            surveys |= {n: s for n, s in found.items() if isinstance(s, rollout.Survey)}
            left = [target for target in left if target.name not in surveys]
        plans = {name: surveys[name].plan for name in names}
        waves = rollout.arrange(plans, chosen.design, POLICY, 20)
        ready = {name: surveys[name] for name in names}
        told = order.Order(folder)
        with rollout.begin(routers, chosen, POLICY, ready, waves, order=told) as going:
            return {outcome.name: outcome for outcome in going.carry_out()}


def on_the_routers(folder: Path, names: list[str]) -> dict[str, tuple[str, str]]:
    """What each runs and has saved, asked as often as it takes."""
    found: dict[str, tuple[str, str]] = {}
    with open_fleet(folder, names, workers=20) as routers:
        while left := [name for name in names if name not in found]:
            answers = routers.run(lambda s: (s.show("show running-config"), s.show(STARTUP)), left)
            found |= {n: a for n, a in answers.items() if not isinstance(a, DeviceError)}
    return found


def test_random_disconnects_leave_the_journal_true(tmp_path: Path) -> None:
    folder = tmp_path / "inventory"
    cloud = large(SPOKES)
    cloud.write(folder)
    names = cloud.names
    with fleet(folder, cloud.configs, minute=5.0, drop=0.01):
        states: dict[str, State] = {}
        troubled = 0
        for _ in range(8):
            outcomes = deploy(folder)
            states = {name: outcome.state for name, outcome in outcomes.items()}
            assert set(states.values()) <= ENDS
            troubled += sum(outcome.error is not None for outcome in outcomes.values())
            truth = on_the_routers(folder, names)
            journal = rollout.open_journal(folder)
            kept = {d.name: d for d in journal.devices(journal.run(None).id)}
            entries = journal.steps(journal.run(None).id)
            journal.close()
            for name, device in kept.items():
                running, saved = truth[name]
                if device.state == State.SAVED.value:
                    assert "interface Tunnel0" in running
                    assert "interface Tunnel0" in saved
                elif device.state in (State.ROLLED_BACK.value, State.UNTOUCHED.value, "planned"):
                    assert "interface Tunnel0" not in running
                done = [e.step for e in entries if e.device == name and e.mark is Mark.DONE]
                assert done.count(Step.CONFIRM) <= 1
                assert device.state == outcomes[name].state.value
            if set(states.values()) <= {State.SAVED, State.UNCHANGED}:
                break
        assert set(states.values()) <= {State.SAVED, State.UNCHANGED}, states
        assert troubled, "no session was lost: the test tests nothing"
