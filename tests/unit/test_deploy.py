"""A rollout on routers of the lab without a kernel: the order, the first error, the way back, what
is told, what the journal holds.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dmvpn_auto import rollout
from dmvpn_auto.design.types import FAMILY_NAMES
from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import (
    AuthenticationError,
    DeviceError,
    RefusedError,
    UnreachableError,
    UsageError,
)
from dmvpn_auto.resources import resource
from dmvpn_auto.rollout import Outcome, Policy, State, health
from dmvpn_auto.rollout.health import Baseline, UnhealthyError, say
from dmvpn_auto.rollout.reading import read_running
from dmvpn_auto.rollout.records import Mark, Step
from dmvpn_auto.rollout.transaction import NotShownError, Transaction
from dmvpn_auto.verify import Status, Verdict
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import Behaviour, ios_server
from tests.doubles.lab_node import STARTUP, LabRouter, lab_node
from tests.doubles.rollouts import PASSWORD, SECRETS, TIMER, Cloud, cloud_of_nodes


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with cloud_of_nodes(tmp_path) as made:
        yield made


def states(outcomes: dict[str, Outcome]) -> dict[str, State]:
    return {name: outcome.state for name, outcome in outcomes.items()}


def verdict(device: str, status: Status, check: str = "peer-state") -> Verdict:
    return Verdict(
        check=check, device=device, peer="hub", status=status, expected="UP", actual="IKE"
    )


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Sequence[Status]]], None]:
    """Say what verification sees on a router, look after look; the last look stays."""

    def script(seen: dict[str, Sequence[Status]]) -> None:
        left = {name: list(statuses) for name, statuses in seen.items()}

        def look(_self: health.Health, session: Session) -> tuple[Verdict, ...]:
            found = left.get(session.name, [Status.PASS])
            status = found.pop(0) if len(found) > 1 else found[0]
            return (verdict(session.name, status),)

        monkeypatch.setattr(health.Health, "look", look)

    return script


def test_every_router_is_guarded_confirmed_and_saved_and_a_second_run_does_nothing(
    cloud: Cloud,
) -> None:
    outcomes = cloud.deploy()
    assert set(states(outcomes).values()) == {State.SAVED}
    for node in cloud.nodes.values():
        assert node.typed.count(TIMER) == 1
        assert node.typed.count("configure confirm") == 1
        assert node.typed.count("write memory") == 1
        assert "Tunnel0" in node.startup
        assert not node.router.revert.pending
        node.typed.clear()
    again = cloud.deploy()
    assert set(states(again).values()) == {State.UNCHANGED}
    typed = {line for node in cloud.nodes.values() for line in node.typed}
    assert all(line.startswith(("show ", "terminal ")) for line in typed), typed


def test_hubs_come_first_then_one_spoke_then_the_rest(cloud: Cloud) -> None:
    cloud.deploy()
    assert cloud.heard[:2] == ["hub", "spoke1"]
    assert set(cloud.heard[2:]) == {"spoke2", "spoke3"}


def test_a_refused_line_makes_the_router_go_back_and_ends_it(cloud: Cloud) -> None:
    cloud.edit("source: GigabitEthernet1", "source: GigabitEthernet9")
    before = cloud.nodes["hub"].router.running_text()
    outcomes = cloud.deploy()
    assert states(outcomes) == {
        "hub": State.ROLLED_BACK,
        **dict.fromkeys(("spoke1", "spoke2", "spoke3"), State.UNTOUCHED),
    }
    assert isinstance(outcomes["hub"].error, RefusedError)
    lines = [line for line in before.splitlines() if not line.startswith("!")]
    after = cloud.nodes["hub"].router.running_text().splitlines()
    assert [line for line in after if not line.startswith("!")] == lines
    assert not cloud.nodes["hub"].startup, "nothing was saved"
    assert cloud.nodes["hub"].typed.count("configure revert now") == 1
    assert not any("Tunnel0" in line for line in cloud.nodes["spoke1"].typed)


def test_a_failed_wave_goes_back_as_a_whole_and_the_others_stay(
    cloud: Cloud, looks: Callable[[dict[str, Sequence[Status]]], None]
) -> None:
    cloud.policy = Policy(settle=0.2)
    looks({"spoke3": [Status.FAIL]})
    outcomes = cloud.deploy()
    assert states(outcomes) == {
        "hub": State.SAVED,
        "spoke1": State.SAVED,
        "spoke2": State.ROLLED_BACK,
        "spoke3": State.ROLLED_BACK,
    }
    assert isinstance(outcomes["spoke3"].error, UnhealthyError)
    assert outcomes["spoke2"].error is None, "it went back with its wave"
    assert "Tunnel0" not in cloud.nodes["spoke2"].router.running_text()
    assert "configure confirm" not in cloud.nodes["spoke2"].typed
    assert rollout.exit_code(tuple(outcomes.values())) == 5


def test_failures_that_are_allowed_go_back_alone(
    cloud: Cloud, looks: Callable[[dict[str, Sequence[Status]]], None]
) -> None:
    cloud.policy = Policy(settle=0.2, max_failures=1)
    looks({"spoke1": [Status.FAIL]})
    assert states(cloud.deploy()) == {
        "hub": State.SAVED,
        "spoke1": State.ROLLED_BACK,
        "spoke2": State.SAVED,
        "spoke3": State.SAVED,
    }


def test_what_was_broken_before_is_not_held_against_the_change(
    cloud: Cloud, looks: Callable[[dict[str, Sequence[Status]]], None]
) -> None:
    cloud.deploy()
    cloud.policy = Policy(settle=0.2)
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    looks({"spoke2": [Status.FAIL]})
    outcomes = cloud.deploy()
    assert states(outcomes)["spoke2"] is State.SAVED
    assert any("as before" in remark for remark in outcomes["spoke2"].remarks)


def test_what_held_before_must_hold_after(
    cloud: Cloud, looks: Callable[[dict[str, Sequence[Status]]], None]
) -> None:
    cloud.deploy()
    cloud.policy = Policy(settle=0.2)
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    looks({"spoke1": [Status.PASS, Status.FAIL]})
    outcomes = cloud.deploy()
    assert states(outcomes)["spoke1"] is State.ROLLED_BACK
    assert "bandwidth 100000" in cloud.nodes["spoke1"].router.running_text()
    assert any("does not hold yet" in remark for remark in outcomes["spoke1"].remarks)


def test_a_router_that_reverted_by_itself_is_shown_to_have(
    cloud: Cloud,
    looks: Callable[[dict[str, Sequence[Status]]], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The timer ends while the tool waits: it must neither confirm nor undo anything."""
    cloud.policy = Policy(settle=0.5)

    def prove(_self: health.Health, session: Session, *_: object, **__: object) -> tuple[()]:
        cloud.nodes["hub"].expire()
        raise UnhealthyError(session.name, [verdict("hub", Status.FAIL)])

    looks({})
    monkeypatch.setattr(health.Health, "prove", prove)
    outcomes = cloud.deploy("hub")
    assert states(outcomes) == {"hub": State.ROLLED_BACK}
    assert "the router took the change back by itself" in outcomes["hub"].remarks
    assert "configure revert now" not in cloud.nodes["hub"].typed
    assert "Tunnel0" not in cloud.nodes["hub"].router.running_text()


def test_a_confirmation_that_comes_too_late_is_not_taken_for_one(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Transaction.commit

    def late(transaction: Transaction, session: Session) -> None:
        cloud.nodes["hub"].expire()
        commit(transaction, session)

    monkeypatch.setattr(Transaction, "commit", late)
    outcomes = cloud.deploy("hub")
    assert states(outcomes) == {"hub": State.ROLLED_BACK}
    assert isinstance(outcomes["hub"].error, NotShownError)


def test_a_session_that_breaks_in_the_push_is_opened_again_and_the_router_asked(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[str] = []

    def push(self: Session, *args: object, **options: object) -> object:
        pushed = original(self, *args, **options)  # type: ignore[arg-type]
        if self.name == "spoke1" and not cut:
            cut.append(self.name)
            self.close()
            raise UnreachableError(self.name, "the session closed", stage="push")
        return pushed

    original = Session.push
    monkeypatch.setattr(Session, "push", push)
    assert set(states(cloud.deploy()).values()) == {State.SAVED}
    assert cloud.nodes["spoke1"].typed.count(TIMER) == 1, "nothing was typed twice"


def test_a_router_that_lets_nobody_in_after_the_change_is_left_to_its_timer(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the change cuts the way to the AAA server: one refused login, then patience."""
    node, waited = cloud.nodes["spoke1"], list[str]()
    refuse = [True]

    def password_is(name: str, password: str) -> bool:
        return not (refuse[0] and node.router.revert.pending) and known(name, password)

    def wait(_self: object, transactions: Iterable[Transaction]) -> None:
        for transaction in transactions:
            waited.append(transaction.name)
            node.expire()

    known = node.router.password_is
    monkeypatch.setattr(node.router, "password_is", password_is)
    monkeypatch.setattr(rollout.Rollout, "_await_timers", wait)
    outcomes = cloud.deploy("spoke1")
    assert waited == ["spoke1"]
    assert states(outcomes) == {"spoke1": State.ROLLED_BACK}
    assert isinstance(outcomes["spoke1"].error, AuthenticationError)
    assert "configure revert now" not in node.typed


def test_a_timer_that_is_refused_leaves_the_router_as_it_was(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive went between the check and the push."""
    node = cloud.nodes["spoke1"]
    original = Transaction.check

    def check(transaction: Transaction, session: Session) -> None:
        original(transaction, session)
        session.push(["no archive"])

    monkeypatch.setattr(Transaction, "check", check)
    outcomes = cloud.deploy("spoke1")
    assert isinstance(outcomes["spoke1"].error, RefusedError)
    assert "Tunnel0" not in node.router.running_text()


def test_without_an_archive_nothing_is_begun_and_it_says_what_to_type(tmp_path: Path) -> None:
    bare = STARTUP.replace("archive\n path flash:archive-\n", "")
    with lab_node("hub", PASSWORD, bare) as node:
        refused = _surveyed(tmp_path, node, Policy())
        assert isinstance(refused, DeviceError)
        assert "no `archive` is configured" in str(refused)
        assert "--revert" in refused.hint
        for other in ("none", "reload"):
            found = _surveyed(tmp_path, node, Policy(revert=other))
            assert isinstance(found, rollout.Survey)
            assert any(f"--revert {other}: " in note for note in found.notes), "its risk is told"


def _surveyed(folder: Path, node: LabRouter, policy: Policy) -> object:
    write_hosts(folder, {"hub": node.port}, PASSWORD)
    (folder / "clouds").mkdir(exist_ok=True)
    shutil.copy(resource("lab") / "clouds" / "branches.yaml", folder / "clouds")
    for name, value in SECRETS.items():
        file = folder / "secrets" / name
        file.touch(mode=0o600)
        file.write_text(value + "\n")
    chosen = rollout.choose(folder, None, "hub")
    with open_fleet(folder, ["hub"]) as fleet:
        return rollout.read_surveys(fleet, chosen.routers, chosen.design, policy)["hub"]


@pytest.mark.parametrize("revert", ["reload", "none"])
def test_other_ways_back_are_typed(
    cloud: Cloud, revert: str, looks: Callable[[dict[str, Sequence[Status]]], None]
) -> None:
    looks({"hub": [Status.FAIL]})
    before = cloud.nodes["hub"].router.config.lines()
    cloud.policy = Policy(revert=revert, settle=0.2)
    outcomes = cloud.deploy("hub")
    # a hub owes nothing to clients it does not have yet, its own tunnel must stand
    assert states(outcomes) == {"hub": State.SAVED}
    assert cloud.nodes["hub"].router.reloading.due is None
    cloud.edit("bandwidth: 100000", "bandwidth: 90000")
    looks({"hub": [Status.PASS, Status.FAIL]})
    assert states(cloud.deploy("hub")) == {"hub": State.ROLLED_BACK}
    assert "bandwidth 100000" in cloud.nodes["hub"].router.running_text()
    assert before != cloud.nodes["hub"].router.config.lines()
    assert cloud.nodes["hub"].router.reloading.due is None


def test_what_was_left_running_and_unsaved_is_saved(cloud: Cloud) -> None:
    cloud.deploy()
    node = cloud.nodes["spoke2"]
    assert node.router.nvram is not None
    node.router.nvram.write_text(node.startup.replace("ip mtu 1400", "ip mtu 1300"))
    outcomes = cloud.deploy()
    assert states(outcomes)["spoke2"] is State.SAVED
    assert "ip mtu 1400" in node.startup
    assert states(outcomes)["spoke1"] is State.UNCHANGED
    journal = cloud.journal
    (kept,) = journal.devices(journal.run(None).id)
    journal.close()
    assert (kept.name, kept.state, kept.forward) == ("spoke2", State.SAVED.value, ())


def test_more_routers_than_allowed_are_refused(cloud: Cloud) -> None:
    cloud.policy = Policy(verify=False, max_devices=3)
    with pytest.raises(UsageError, match="4 routers would be changed, 3 are allowed"):
        cloud.deploy()


def test_the_journal_tells_each_step_and_holds_no_secret(cloud: Cloud) -> None:
    cloud.deploy()
    journal = cloud.journal
    (run,) = journal.runs()
    assert (run.verb, run.state.value, run.cloud) == ("deploy", "done", "branches")
    steps = [(entry.step, entry.mark) for entry in journal.steps(run.id, "spoke1")]
    assert steps == [
        (step, mark)
        for step in (Step.CHECK, Step.PUSH, Step.VERIFY, Step.CONFIRM, Step.SAVE)
        for mark in (Mark.BEGUN, Mark.DONE)
    ]
    assert {device.state for device in journal.devices(run.id)} == {"saved"}
    assert all(device.archive.startswith("flash:archive-") for device in journal.devices(run.id))
    journal.close()
    for path in (cloud.folder / ".dmvpn-auto").rglob("*"):
        raw = path.read_bytes()
        assert not any(value.encode() in raw for value in (*SECRETS.values(), PASSWORD)), path
        assert path.stat().st_mode & 0o077 == 0 or path.name == ".gitignore"


def test_no_outcome_shows_a_secret(cloud: Cloud) -> None:
    outcomes = cloud.deploy()
    assert "canary" not in f"{outcomes}".lower().replace("canary-password", "")


def test_a_running_configuration_that_ends_early_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.doubles.ios_model.IosModel.show", lambda _: "hostname hub\n")
    with ios_server(Behaviour(hostname="hub")) as server:
        folder = write_hosts(tmp_path, {"hub": server.port})
        with open_fleet(folder, ["hub"]) as fleet:
            result = fleet.run(read_running)["hub"]
    assert isinstance(result, DeviceError)
    assert "before its `end`" in str(result)


def test_a_baseline_owes_a_client_its_way_to_the_hub() -> None:
    new, old, down = Baseline(new=True), Baseline(), Baseline(down=True)
    moved = Baseline(alive=frozenset({"hub"}))
    seen = verdict("spoke1", Status.FAIL)
    own = verdict("spoke1", Status.FAIL, "tunnel-interface")
    client, server = frozenset({"hub"}), frozenset[str]()
    assert new.due(seen, client)
    assert not new.due(seen, server)
    assert not old.due(seen, client)
    assert moved.due(seen, client), "it was up with that hub, wherever that was"
    assert old.due(own, server)
    assert not down.due(own, server)
    assert Baseline.from_json(moved.as_json()) == moved


def test_a_baseline_owes_each_family_what_it_had_itself() -> None:
    old, new = (replace(verdict("spoke1", Status.FAIL), family=one) for one in FAMILY_NAMES)
    hubs = frozenset({"hub"})
    up = Baseline(alive=frozenset({"hub ipv4"}))
    assert up.due(old, hubs)
    assert not up.due(new, hubs), "IPv6 was down before"
    assert up.due(verdict("spoke1", Status.FAIL, "ike-sa"), hubs), "what both share was up"
    assert Baseline(new=True).due(new, hubs)
    held = Baseline(held=frozenset({new.key}))
    assert held.due(new, frozenset())
    assert not held.due(old, frozenset())
    assert Baseline.from_json(json.loads(json.dumps(held.as_json()))) == held
    kept = {**held.as_json(), "held": [["peer-state", "spoke1", "hub"]]}  # of an older journal
    assert Baseline.from_json(kept).held == {verdict("spoke1", Status.FAIL).key}
    (said,) = say([new])
    assert said == "peer-state towards hub (IPv6): fail: IKE"


def test_a_new_tunnel_need_not_be_up_with_a_hub_that_is_still_to_be_changed(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    towards = verdict("hub2", Status.FAIL)
    hubs = waiting = frozenset({"hub"})
    assert Baseline(new=True).due(towards, hubs)
    assert not Baseline(new=True).due(towards, hubs, waiting)
    assert Baseline(alive=hubs).due(towards, hubs, waiting), "it was up before"

    cloud.policy = Policy(settle=0.2)
    told: dict[str, set[str]] = {}

    def look(self: health.Health, session: Session) -> tuple[Verdict, ...]:
        told[session.name] = set(self._waiting())
        return ()

    monkeypatch.setattr(health.Health, "look", look)
    cloud.deploy()
    assert told["hub"] == {"spoke1", "spoke2", "spoke3"}
    assert told["spoke1"] == {"spoke2", "spoke3"}
    assert told["spoke2"] == told["spoke3"] == set()
