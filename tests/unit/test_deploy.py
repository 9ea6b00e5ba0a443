"""Carrying plans out on SSH doubles: the order, the first error, reading back, what is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dmvpn_auto.design.types import Role
from dmvpn_auto.device import open_fleet
from dmvpn_auto.errors import DeviceError, RefusedError
from dmvpn_auto.ios import diff, parse
from dmvpn_auto.rollout import NotShownError, Outcome, Plan, State, carry_out
from dmvpn_auto.rollout.deploy import read_running
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_model import INVALID
from tests.doubles.ios_server import Behaviour, IosServer, ios_server

ROLES = {"hub": Role.HUB, "spoke1": Role.SPOKE, "spoke2": Role.SPOKE}
WANTED = """\
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key canary-psk
crypto ipsec profile P
 set pfs group19
interface Tunnel0
 ip address 10.255.0.1 255.255.255.0
 ip mtu 1400
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 tunnel protection ipsec profile P
"""


@pytest.fixture
def servers() -> Iterator[dict[str, IosServer]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(ios_server(Behaviour(hostname=name))) for name in ROLES}


@pytest.fixture
def folder(tmp_path: Path, servers: dict[str, IosServer]) -> Path:
    return write_hosts(tmp_path, {name: server.port for name, server in servers.items()})


def plans(servers: dict[str, IosServer], wanted: str = WANTED) -> dict[str, Plan]:
    return {
        name: Plan(
            name, ROLES[name], parse(wanted), diff(parse(server.model.show()), parse(wanted)), ()
        )
        for name, server in servers.items()
    }


def deploy(folder: Path, todo: dict[str, Plan], workers: int = 1) -> dict[str, Outcome]:
    with open_fleet(folder, workers=workers) as fleet:
        return {outcome.name: outcome for outcome in carry_out(fleet, todo)}


def test_every_router_is_pushed_read_back_and_saved_and_a_second_run_does_nothing(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    outcomes = deploy(folder, plans(servers))
    assert {outcome.state for outcome in outcomes.values()} == {State.SAVED}
    for server in servers.values():
        assert "ip mtu 1400" in server.model.config["interface Tunnel0"]
        assert server.saved == [server.model.show()]
        server.typed.clear()
    again = deploy(folder, plans(servers))
    assert {outcome.state for outcome in again.values()} == {State.UNCHANGED}
    assert not any(server.typed for server in servers.values()), "not even a session"


def test_hubs_come_first(folder: Path, servers: dict[str, IosServer]) -> None:
    heard: list[str] = []
    todo = plans(servers)
    reverse = {name: todo[name] for name in ("spoke2", "spoke1", "hub")}
    with open_fleet(folder) as fleet:
        carry_out(fleet, reverse, on_outcome=lambda outcome: heard.append(outcome.name))
    assert heard[0] == "hub"


def test_the_first_refused_line_ends_it_and_every_router_is_accounted_for(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["spoke1"].model.refuse["ip mtu 1400"] = INVALID
    outcomes = deploy(folder, plans(servers))
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        "hub": State.SAVED,
        "spoke1": State.ACTIVE,
        "spoke2": State.UNTOUCHED,
    }
    error = outcomes["spoke1"].error
    assert isinstance(error, RefusedError)
    assert "ip mtu 1400" in str(error)
    assert not servers["spoke1"].saved
    assert servers["spoke2"].sessions == 0


def test_a_line_that_is_ignored_without_a_word_is_found_and_not_saved(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    wanted = WANTED.replace("crypto ipsec profile P\n set pfs group19\n", "")
    outcomes = deploy(folder, plans(servers, wanted))
    error = outcomes["hub"].error
    assert isinstance(error, NotShownError)
    assert "tunnel protection ipsec profile P" in str(error)
    assert outcomes["hub"].state is State.ACTIVE
    assert not servers["hub"].saved
    assert outcomes["spoke1"].state is State.UNTOUCHED


def test_a_router_that_cannot_save_is_active_and_not_saved(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.saves = False
    outcomes = deploy(folder, plans(servers))
    assert outcomes["hub"].state is State.ACTIVE
    assert "Not enough space" in str(outcomes["hub"].error)


def test_a_session_that_breaks_in_the_middle_leaves_a_router_active(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.close_at = "ip mtu 1400"
    outcomes = deploy(folder, plans(servers))
    assert outcomes["hub"].state is State.ACTIVE
    assert "session closed" in str(outcomes["hub"].error)
    servers["hub"].behaviour.close_at = None
    assert deploy(folder, plans(servers))["hub"].state is State.SAVED, "it goes on where it was"


def test_no_outcome_shows_a_secret(folder: Path, servers: dict[str, IosServer]) -> None:
    servers["spoke1"].model.refuse["pre-shared-key canary-psk"] = "% canary-psk is too weak"
    todo = plans(servers)
    outcomes = deploy(folder, todo)
    assert isinstance(outcomes["spoke1"].error, RefusedError)
    assert "canary" not in f"{outcomes} {todo} {outcomes['spoke1'].error}"


def test_a_running_configuration_that_ends_early_is_not_compared(
    folder: Path, servers: dict[str, IosServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = servers["hub"].model.show()
    monkeypatch.setattr(servers["hub"].model, "show", lambda: whole.removesuffix("end\n"))
    monkeypatch.setattr("tests.doubles.ios_model.IosModel.show", lambda _: "hostname hub\n")
    with open_fleet(folder, ["hub"]) as fleet:
        result = fleet.run(read_running)["hub"]
    assert isinstance(result, DeviceError)
    assert "before its `end`" in str(result)
