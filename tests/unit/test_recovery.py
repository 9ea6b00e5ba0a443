"""Killed at any moment, a rollout is gone on with: what is on the routers decides, nothing is done
twice, nothing stays half.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dmvpn_auto import rollout
from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import UsageError
from dmvpn_auto.rollout import State, recovery, retreat
from dmvpn_auto.rollout.health import Health
from dmvpn_auto.rollout.journal import Journal, JournalError, Run
from dmvpn_auto.rollout.policy import Policy
from dmvpn_auto.rollout.records import Mark, RunState, Step
from dmvpn_auto.rollout.terminal import summary
from dmvpn_auto.verify import Status, Verdict
from tests.doubles.lab_node import LabRouter
from tests.doubles.rollouts import TIMER, Cloud, cloud_of_nodes
from tests.golden import designs

BACK = "configure revert now"
SAVED_AT = 12
"""The entry that the router is saved, in a run over one."""


class Killed(BaseException):
    """The process is no more."""


@contextmanager
def killed_at(entry: int, by: Callable[[], BaseException] = Killed) -> Iterator[list[int]]:
    """Let the process die (or `by` be raised) at the journal's entry `entry` (from 1) and at all
    behind it, before it is written; with 0 only count the entries.
    """
    seen = [0]
    original = Journal.writing

    def writing(self: Journal) -> Any:
        seen[0] += 1
        if entry and seen[0] >= entry:
            raise by()
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Journal, "writing", writing)
        yield seen


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with cloud_of_nodes(tmp_path) as made:
        yield made


def pushed_before(cloud: Cloud, name: str) -> bool:
    """Whether the journal knows that the change was typed."""
    journal = cloud.journal
    entries = journal.steps(journal.run(None).id, name)
    journal.close()
    return any(entry.step is Step.PUSH and entry.mark is Mark.DONE for entry in entries)


def assert_done_once(node: LabRouter, *, pushed: bool) -> None:
    running = node.router.running_text()
    assert "interface Tunnel0" in running
    assert not node.router.revert.pending
    assert "interface Tunnel0" in node.startup
    assert node.typed.count("configure confirm") == 1, node.typed
    assert node.typed.count("write memory") == 1
    if pushed:
        assert node.typed.count(TIMER) == 1, "what was typed was not typed again"
        assert BACK not in node.typed
    else:
        assert node.typed.count(TIMER) <= 1 + node.typed.count(BACK)


def count_entries(cloud: Cloud) -> int:
    with killed_at(0) as seen:
        cloud.deploy("spoke1")
    return seen[0]


@pytest.mark.parametrize("entry", range(2, 15))
def test_killed_at_each_entry_of_the_journal(cloud: Cloud, entry: int) -> None:
    """The first entry opens the run: before it there is nothing to go on with."""
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy("spoke1")
    node = cloud.nodes["spoke1"]
    pushed = pushed_before(cloud, "spoke1")
    journal = cloud.journal
    (known,) = journal.devices(1)
    journal.close()
    done = entry > SAVED_AT
    assert (known.state == State.SAVED.value) == done
    typed = len(node.typed)
    outcomes = cloud.resume()
    assert (len(node.typed) == typed) == done, "a router that is done is not asked again"
    assert {outcome.state for outcome in outcomes.values()} <= {State.SAVED}
    assert_done_once(node, pushed=pushed)
    assert cloud.journal.run(None).state is RunState.DONE
    assert {outcome.state for outcome in cloud.deploy("spoke1").values()} == {State.UNCHANGED}


@pytest.mark.parametrize("entry", range(2, 15))
def test_a_journal_that_takes_nothing_any_more_takes_the_change_back(
    cloud: Cloud, entry: int
) -> None:
    with killed_at(entry, lambda: JournalError("database or disk is full")):
        outcomes = cloud.deploy("spoke1")
    node = cloud.nodes["spoke1"]
    assert not node.router.revert.pending
    state = outcomes["spoke1"].state
    done = entry >= SAVED_AT
    begun = TIMER in node.typed
    expected = State.SAVED if done else State.ROLLED_BACK if begun else State.UNTOUCHED
    assert state is expected or (state, entry) == (State.ROLLED_BACK, 4)
    assert ("interface Tunnel0" in node.router.running_text()) is done
    assert ("interface Tunnel0" in node.startup) is done
    assert cloud.journal.run(None).state is RunState.RUNNING, "its end is not known to it"
    assert {outcome.state for outcome in cloud.resume().values()} <= {State.SAVED}
    assert node.typed.count("write memory") == 1


def test_there_is_no_entry_that_is_not_tried(cloud: Cloud) -> None:
    assert count_entries(cloud) == 14


@pytest.mark.parametrize("seed", range(4))
def test_killed_somewhere_in_a_rollout_over_four_routers(cloud: Cloud, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    while True:
        with killed_at(chance.randint(3, 60)):
            try:
                cloud.deploy() if not cloud.journal.runs() else cloud.resume()
            except Killed:
                continue
            break
    for node in cloud.nodes.values():
        assert "interface Tunnel0" in node.startup
        assert not node.router.revert.pending
        assert node.typed.count("configure confirm") == 1
        assert node.typed.count("write memory") == 1
        assert node.typed.count(TIMER) == 1 + node.typed.count(BACK)


def test_killed_in_the_middle_of_a_push_half_of_it_goes_back_first(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Session.push

    def push(self: Session, lines: Any, *args: Any, **options: Any) -> Any:
        original(self, lines[:20], *args, **options)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Session, "push", push)
        with pytest.raises(Killed):
            cloud.deploy("spoke1")
    node = cloud.nodes["spoke1"]
    assert node.router.revert.pending
    assert "interface Tunnel0" not in node.router.running_text()
    assert cloud.resume()["spoke1"].state is State.SAVED
    assert node.typed.count(BACK) == 1
    assert_done_once(node, pushed=False)


def test_what_went_back_by_itself_meanwhile_is_done_anew(cloud: Cloud) -> None:
    with killed_at(9), pytest.raises(Killed):  # typed, not confirmed
        cloud.deploy("spoke1")
    node = cloud.nodes["spoke1"]
    assert node.router.revert.pending
    node.expire()
    assert "Tunnel0" not in node.router.running_text()
    assert cloud.resume()["spoke1"].state is State.SAVED
    assert node.typed.count(TIMER) == 2
    assert node.typed.count("configure confirm") == 1


def test_a_wave_that_was_going_back_is_taken_back_to_its_end(cloud: Cloud) -> None:
    cloud.edit("source: GigabitEthernet1", "source: GigabitEthernet9")
    node = cloud.nodes["spoke1"]
    before = list(node.router.config.lines())
    original = Run.step

    def step(self: Run, device: str, step: Step, mark: Mark, **evidence: Any) -> None:
        original(self, device, step, mark, **evidence)
        if (step, mark) == (Step.REVERT, Mark.BEGUN):
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "step", step)
        with pytest.raises(Killed):
            cloud.deploy("spoke1")
    assert node.router.revert.pending
    outcomes = cloud.resume()
    assert outcomes["spoke1"].state is State.ROLLED_BACK
    assert list(node.router.config.lines()) == before
    assert cloud.journal.run(None).state is RunState.FAILED


def test_a_wave_that_went_back_before_the_kill_still_ends_the_rollout(cloud: Cloud) -> None:
    cloud.edit("source: GigabitEthernet1", "source: GigabitEthernet9")

    def die(_run: Run, _state: RunState) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "end", die)
        with pytest.raises(Killed):
            cloud.deploy()
    outcomes = cloud.resume()
    assert outcomes["hub"].state is State.ROLLED_BACK
    assert {outcomes[name].state for name in cloud.nodes if name != "hub"} == {State.UNTOUCHED}
    assert cloud.journal.run(None).state is RunState.FAILED
    assert TIMER not in cloud.nodes["spoke1"].typed


@pytest.mark.parametrize(
    ("entry", "line", "state", "says"),
    [
        (3, "interface Tunnel0", State.UNTOUCHED, "it needs other commands now"),
        (9, "interface Loopback9", State.UNKNOWN, "another router, or changed by hand"),
    ],
)
def test_a_router_that_is_not_as_the_run_left_it_is_left_alone(
    cloud: Cloud, entry: int, line: str, state: State, says: str
) -> None:
    node = cloud.nodes["spoke1"]
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy("spoke1")
    node.expire()
    node.router.archive.files.clear()
    with open_fleet(cloud.folder, ["spoke1"]) as fleet:
        fleet.run(lambda s: s.push([line, " description somebody"]))
        fleet.run(lambda s: s.save())
    typed = len(node.typed)
    for _ in range(2):
        outcome = cloud.resume()["spoke1"]
        assert (outcome.state, says in str(outcome.error)) == (state, True), outcome
        assert "deploy --limit spoke1" in str(outcome.error)
    assert not {TIMER, "write memory"} & set(node.typed[typed:])
    assert cloud.deploy("spoke1")["spoke1"].state is State.SAVED


def test_an_intent_that_changed_meanwhile_is_not_mixed_in(cloud: Cloud) -> None:
    with killed_at(9), pytest.raises(Killed):
        cloud.deploy("spoke1")
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    with pytest.raises(UsageError, match="says something else now"):
        cloud.resume()


def test_a_run_that_ended_is_not_gone_on_with(cloud: Cloud) -> None:
    cloud.deploy("spoke1")
    with pytest.raises(UsageError, match="has ended"):
        cloud.resume()


def test_going_back_over_a_saved_run_types_only_what_it_changed(cloud: Cloud) -> None:
    cloud.deploy()
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    secret = cloud.folder / "secrets" / "pre_shared_key"
    secret.write_text("canary-other\n")
    cloud.deploy()
    node = cloud.nodes["spoke2"]
    assert "canary-other" in node.router.running_text()
    with open_fleet(cloud.folder, ["spoke2"]) as fleet:  # somebody else's change stays
        fleet.run(lambda s: s.push(["interface Loopback9", " description mine"]))
    outcomes = roll_back(cloud, 2)
    assert {outcome.state for outcome in outcomes} == {State.SAVED}
    assert [outcome.name for outcome in outcomes]
    running = node.router.running_text()
    assert "canary-psk?42" in running
    assert "bandwidth 100000" in running
    assert "description mine" in running
    assert "canary-psk?42" in node.startup
    hub = cloud.nodes["hub"].typed
    assert hub.count("configure confirm") == 3, "each way is guarded"
    raw = (cloud.folder / ".dmvpn-auto" / "journal.db").read_bytes()
    assert b"canary-" not in raw


def roll_back(cloud: Cloud, number: int) -> tuple[rollout.Outcome, ...]:
    journal = cloud.journal
    left = recovery.Left(journal, journal.run(number))
    design = journal.design(number)
    names = retreat.members(left, design, None)
    chosen = rollout.recall(cloud.folder, design, names, secret=False)
    with open_fleet(cloud.folder, names) as fleet:
        found = retreat.surveys(fleet, journal, left, chosen)
        ready = {name: one for name, one in found.items() if isinstance(one, rollout.Survey)}
        assert ready.keys() == found.keys(), found
        order = retreat.waves(left, names)
        assert order[0].title.startswith("back: batch")
        assert order[-1].names[-1] == "hub"
        return retreat.begin(fleet, journal, left, chosen, ready, order=order).carry_out()


@pytest.mark.parametrize("status", [Status.PASS, Status.FAIL])
def test_going_back_needs_no_intent_and_is_held_to_what_held_before(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, status: Status
) -> None:
    now = [Status.PASS]

    def look(_self: Health, session: Session) -> tuple[Verdict, ...]:
        return (
            Verdict(
                check="tunnel-interface", device=session.name, peer=None, status=now[0],
                expected="ip mtu 1390", actual="ip mtu 1400",
            ),
        )  # fmt: skip

    monkeypatch.setattr(Health, "look", look)
    cloud.policy = Policy(settle=0.1)
    cloud.deploy()
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    cloud.deploy()
    cloud.edit("bandwidth: 90000", "bandwidth: [")
    (cloud.folder / "secrets" / "pre_shared_key").unlink()
    now[0] = status
    states = {outcome.state for outcome in roll_back(cloud, 2)}
    running = cloud.nodes["spoke2"].router.running_text()
    assert (State.ROLLED_BACK in states) is (status is Status.FAIL)
    assert ("bandwidth 100000" in running) is (status is Status.PASS)


def test_a_rollback_that_was_overtaken_is_not_gone_on_with(cloud: Cloud) -> None:
    cloud.deploy()
    with killed_at(2), pytest.raises(Killed):
        roll_back(cloud, 1)
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    journal = cloud.journal
    recovery.Left(journal, journal.run(2)).refuse_overtaken()
    cloud.deploy("spoke3")
    with pytest.raises(UsageError, match="run 3 has changed routers of run 2 since"):
        recovery.Left(journal, journal.run(2)).refuse_overtaken()


def test_without_its_archive_a_secret_is_not_guessed(cloud: Cloud) -> None:
    cloud.deploy("spoke1")
    secret = cloud.folder / "secrets" / "pre_shared_key"
    secret.write_text("canary-other\n")
    cloud.deploy("spoke1")
    cloud.nodes["spoke1"].router.archive.files.clear()
    cloud.nodes["spoke1"].router.save()
    journal = cloud.journal
    left = recovery.Left(journal, journal.run(2))
    chosen = rollout.choose(cloud.folder, None, "spoke1")
    with open_fleet(cloud.folder, ["spoke1"]) as fleet:
        found = retreat.surveys(fleet, journal, left, chosen)["spoke1"]
    assert not isinstance(found, rollout.Survey)
    assert "its archive is gone" in str(found)
    assert "canary" not in str(found)


def test_a_policy_survives_in_the_journal(cloud: Cloud) -> None:
    cloud.policy = Policy(verify=False, minutes=7, by="hub")
    with killed_at(9), pytest.raises(Killed):
        cloud.deploy("spoke1")
    journal = cloud.journal
    assert recovery.Left(journal, journal.run(None)).policy == cloud.policy


def test_a_router_that_was_found_done_is_counted_once() -> None:
    outcomes = [rollout.Outcome(name, State.SAVED) for name in ("hub", "spoke1")]
    assert summary({}, outcomes, dry_run=False, run=2).startswith("2 of 2 routers changed")
    todo = {"hub": rollout.Survey(None, unsaved=True)}  # type: ignore[arg-type]
    assert summary(todo, outcomes, dry_run=False, run=2).startswith("2 of 2 routers changed")


def test_resume_without_a_number_means_the_newest_run_that_has_not_ended(tmp_path: Path) -> None:
    journal = rollout.open_journal(tmp_path)
    for state in (RunState.DONE, RunState.INTERRUPTED, RunState.DONE):
        journal.begin("deploy", designs.design("dual-cloud-a"), (), {}).end(state)
    assert journal.unfinished(None).id == 2
    assert journal.unfinished(3).id == 3
    journal.again(2).end(RunState.FAILED)
    assert journal.unfinished(None).id == 3
