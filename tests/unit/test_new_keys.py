"""A new key is confirmed only after the old sessions were ended, whoever is killed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dmvpn_auto.device import Session
from dmvpn_auto.rollout import Policy, State
from dmvpn_auto.rollout.health import Health
from dmvpn_auto.verify import Status, Verdict
from tests.doubles.rollouts import TIMER, Cloud, cloud_of_nodes
from tests.unit.test_recovery import Killed, killed_at

CLEAR = "clear crypto session remote 203.0.113.2"
CONFIRM = "configure confirm"
PAIR = "hub,spoke1"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Deployed, with another key in the intent; whatever is looked at works."""

    def look(_self: Health, session: Session) -> tuple[Verdict, ...]:
        peer = None if session.name == "hub" else "hub"
        return (Verdict(check="peer-state", device=session.name, peer=peer, status=Status.PASS,
                        expected="UP", actual="UP 00:01:00"),)  # fmt: skip

    monkeypatch.setattr(Health, "look", look)
    with cloud_of_nodes(tmp_path) as made:
        made.deploy()
        for node in made.nodes.values():
            node.typed.clear()
        (tmp_path / "secrets" / "pre_shared_key").write_text("another-key\n")
        made.policy = Policy()
        yield made


def in_order(typed: list[str]) -> bool:
    """Whether the session with the hub was ended after the change was typed, then confirmed."""
    return typed.index(TIMER) < typed.index(CLEAR) < typed.index(CONFIRM)


def test_each_spoke_ends_its_session_with_a_hub_that_has_the_key(cloud: Cloud) -> None:
    outcomes = cloud.deploy()
    assert {outcome.state for outcome in outcomes.values()} == {State.SAVED}
    for name in ("spoke1", "spoke2", "spoke3"):
        assert cloud.nodes[name].typed.count(CLEAR) == 1
        assert in_order(cloud.nodes[name].typed)
    assert not any("clear crypto" in line for line in cloud.nodes["hub"].typed), "it goes on trust"


@pytest.mark.parametrize("entry", range(4, 25, 3))
def test_killed_and_gone_on_with_it_ends_it_too(cloud: Cloud, entry: int) -> None:
    with killed_at(entry), pytest.raises(Killed):
        cloud.deploy(PAIR)
    assert {outcome.state for outcome in cloud.resume().values()} <= {State.SAVED}
    typed = cloud.nodes["spoke1"].typed
    assert typed.count(CONFIRM) == 1
    assert in_order(typed)
