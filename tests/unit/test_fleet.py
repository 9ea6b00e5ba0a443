"""Many routers: results by name, one session each, errors that stay with their router, Ctrl-C."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dmvpn_auto.device import Fleet, InterruptedFleet, Session, open_fleet, session
from dmvpn_auto.device import fleet as fleets
from dmvpn_auto.errors import AuthenticationError, DeviceError, UnreachableError, UsageError
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import PASSWORD, Behaviour, IosServer, ios_server
from tests.doubles.lab_node import lab_node

NAMES = ("hub", "spoke1", "spoke2")
SHOWS = {"show clock": "12:00\n"}


@pytest.fixture
def servers() -> Iterator[dict[str, IosServer]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(ios_server(Behaviour(hostname=name, shows=SHOWS)))
            for name in NAMES
        }


@pytest.fixture
def folder(tmp_path: Path, servers: dict[str, IosServer]) -> Path:
    return write_hosts(tmp_path, {name: server.port for name, server in servers.items()})


def ctrl_c() -> None:
    """Press Ctrl-C: the signal goes to the main thread, as the terminal's does."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def clock(session: Session) -> str:
    return session.name + session.show("show clock")


def test_work_is_done_on_every_router_over_one_session(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    with open_fleet(folder) as fleet:
        assert fleet.hosts == NAMES
        assert not any(server.sessions for server in servers.values()), "opened on first use"
        for _ in range(2):
            assert fleet.run(clock) == {name: f"{name}12:00\n" for name in NAMES}
        assert fleet.run(clock, ["spoke2"]) == {"spoke2": "spoke212:00\n"}
        assert fleet.run(clock, []) == {}
    assert [server.sessions for server in servers.values()] == [1, 1, 1]


def test_an_unreachable_router_is_a_result_and_the_others_go_on(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = {name: server.port for name, server in servers.items()}
        write_hosts(folder, {**ports, "spoke1": closed.getsockname()[1]})
        heard: list[str] = []
        with open_fleet(folder) as fleet:
            results = fleet.run(clock, on_done=lambda name, _: heard.append(name))
    assert list(results) == list(NAMES)
    assert isinstance(results["spoke1"], UnreachableError)
    assert results["hub"] == "hub12:00\n"
    assert sorted(heard) == sorted(NAMES)


def test_refused_credentials_are_tried_once_in_the_whole_run(
    tmp_path: Path, servers: dict[str, IosServer]
) -> None:
    folder = write_hosts(tmp_path, {"hub": servers["hub"].port}, password="canary-wrong")
    with open_fleet(folder) as fleet:
        for _ in range(3):
            assert isinstance(fleet.run(clock)["hub"], AuthenticationError)
    assert servers["hub"].logins == 1


def test_refused_credentials_are_shown_to_one_router_only(
    tmp_path: Path, servers: dict[str, IosServer]
) -> None:
    """Twenty routers asked at once would lock the account at its server."""
    ports = {name: server.port for name, server in servers.items()}
    folder = write_hosts(tmp_path, ports, password="canary-wrong")
    with open_fleet(folder) as fleet:
        results = fleet.run(clock)
    assert sum(server.logins for server in servers.values()) == 1
    assert all(isinstance(result, AuthenticationError) for result in results.values())
    assert sum("not tried" in str(result) for result in results.values()) == 2


def test_good_credentials_that_few_routers_refuse_stay_in_use(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    with open_fleet(folder) as fleet:
        fleet.run(clock, ["hub"])
        servers["spoke1"].refuses = True
        results = fleet.run(clock)
    assert isinstance(results["spoke1"], AuthenticationError)
    assert results["spoke2"] == "spoke212:00\n"


def test_a_renewed_session_is_a_new_login(folder: Path, servers: dict[str, IosServer]) -> None:
    with open_fleet(folder, ["hub"]) as fleet:
        fleet.run(clock)
        fleet.renew(["hub"])
        fleet.run(clock)
    assert servers["hub"].sessions == 2


def test_a_session_that_broke_is_opened_anew(folder: Path, servers: dict[str, IosServer]) -> None:
    servers["hub"].behaviour.close_at = "show clock"
    with open_fleet(folder, ["hub"]) as fleet:
        assert isinstance(fleet.run(clock)["hub"], UnreachableError)
        servers["hub"].behaviour.close_at = None
        assert fleet.run(clock)["hub"] == "hub12:00\n"
    assert servers["hub"].sessions == 2


def test_a_session_that_rested_long_is_not_used_again(
    folder: Path, servers: dict[str, IosServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_fleet(folder, ["hub"]) as fleet:
        fleet.run(clock)
        monkeypatch.setattr(session, "IDLE", 0.0)
        assert fleet.run(clock) == {"hub": "hub12:00\n"}
    assert servers["hub"].sessions == 2


def test_a_session_that_the_router_closed_while_it_rested_is_opened_anew(tmp_path: Path) -> None:
    with lab_node("hub", PASSWORD) as node:
        write_hosts(tmp_path, {"hub": node.port}, PASSWORD)
        with open_fleet(tmp_path) as fleet:
            held = fleet.run(lambda s: s)["hub"]
            assert isinstance(held, Session)
            node.cut()  # its exec-timeout
            deadline = time.monotonic() + 10
            while held.fresh:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert "hub" in str(fleet.run(lambda s: s.show("show running-config"))["hub"])


def test_sessions_of_many_routers_are_not_kept(
    folder: Path, servers: dict[str, IosServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleets, "KEPT", 2)
    with open_fleet(folder) as fleet:
        fleet.run(clock)
        fleet.run(clock, ["hub", "spoke1"])
        fleet.run(clock, ["hub"])
        fleet.leave(["spoke1"])
        fleet.run(clock, ["spoke1"])
    assert [server.sessions for server in servers.values()] == [2, 3, 1]


def test_an_unknown_name_is_a_wrong_usage(folder: Path) -> None:
    with pytest.raises(UsageError, match="spok1") as caught, open_fleet(folder, ["spok1"]):
        pass
    assert "spoke1" in caught.value.hint
    with open_fleet(folder) as fleet, pytest.raises(UsageError):
        fleet.run(clock, ["nobody"])


def test_a_bug_in_the_work_is_raised(folder: Path) -> None:
    def broken(session: Session) -> str:
        raise ZeroDivisionError(session.name)

    with open_fleet(folder, ["hub"]) as fleet, pytest.raises(ZeroDivisionError):
        fleet.run(broken)


def test_no_further_router_is_begun_after_an_error_when_asked(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.shows = {}
    with open_fleet(folder, workers=1) as fleet:
        results = fleet.run(clock, stop_on_error=True)
    assert list(results) == ["hub"]
    assert isinstance(results["hub"], DeviceError)
    assert servers["spoke2"].sessions == 0


def test_ctrl_c_finishes_what_is_begun_and_begins_nothing_more(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    told = threading.Event()

    def interrupting(session: Session) -> str:
        ctrl_c()
        assert told.wait(5)
        return session.show("show clock")

    with (
        open_fleet(folder, workers=1, on_interrupt=told.set) as fleet,
        pytest.raises(InterruptedFleet) as caught,
    ):
        fleet.run(interrupting)
    assert caught.value.results == {"hub": "12:00\n"}
    assert servers["spoke2"].sessions == 0


def test_the_second_ctrl_c_ends_a_push_between_two_lines(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.delay = 0.005
    lines = ["interface Tunnel0", *(f"delay {n}" for n in range(1, 400)), "exit"]
    first = threading.Event()

    def pushing(session: Session) -> object:
        return session.push(lines, interrupt)

    def interrupt(line: str) -> None:
        if line == "delay 5":
            ctrl_c()
            assert first.wait(5)
            ctrl_c()

    with (
        open_fleet(folder, ["hub"], on_interrupt=first.set) as fleet,
        pytest.raises(InterruptedFleet) as caught,
    ):
        fleet.run(pushing)
    assert "stopped after" in str(caught.value.results["hub"])
    assert len(servers["hub"].typed) < 200


def test_a_session_that_breaks_while_reading_is_opened_once_more(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.close_at = "show clock"

    def once(session: Session) -> str:
        try:
            return clock(session)
        finally:
            servers["hub"].behaviour.close_at = None

    with open_fleet(folder, ["hub"]) as fleet:
        assert fleet.read(once) == {"hub": "hub12:00\n"}
    assert servers["hub"].sessions == 2


def test_a_router_that_breaks_twice_or_never_answered_is_asked_no_third_time(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    servers["hub"].behaviour.close_at = "show clock"
    with open_fleet(folder, ["hub"]) as fleet:
        assert isinstance(fleet.read(clock)["hub"], UnreachableError)
    assert servers["hub"].sessions == 2


def test_the_password_stands_nowhere_in_the_fleet(folder: Path) -> None:
    with open_fleet(folder) as fleet:
        fleet.run(clock)
        assert "canary" not in repr(_nornir(fleet))


def _nornir(fleet: Fleet) -> object:
    return fleet._nornir.inventory.dict()
