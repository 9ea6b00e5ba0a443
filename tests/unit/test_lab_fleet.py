"""Simulated fleets: many routers in one process, and a client that knows the key of each."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import InputError, UnreachableError
from dmvpn_auto.lab.fleet import Disturbance, SimulatedFleet, read_configs
from tests.doubles.fleet import fleet, startup

COUNT = 24
NAMES = [f"b{number:03}" for number in range(COUNT)]


def _configs() -> dict[str, str]:
    return {name: startup(name, number) for number, name in enumerate(NAMES)}


def test_each_router_has_its_own_configuration_and_a_key_that_is_known(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    with fleet(inventory, _configs()) as ports:
        assert list(ports) == NAMES
        assert len(set(ports.values())) == COUNT
        with open_fleet(inventory) as routers:
            shown = routers.run(lambda at: at.show("show running-config"))
            for name, text in shown.items():
                assert f"hostname {name}\n" in str(text)
            routers.run(lambda at: at.push(["interface Loopback9"]), [NAMES[3]])
            again = routers.run(lambda at: at.show("show running-config"), NAMES[3:5])
            assert "interface Loopback9\n" in str(again[NAMES[3]])
            assert "Loopback9" not in str(again[NAMES[4]])


def test_connections_break_as_often_as_asked(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    with fleet(inventory, _configs(), drop=1.0), open_fleet(inventory) as routers:
        lost = routers.run(lambda at: at.show("show clock"))
        assert all(isinstance(error, UnreachableError) for error in lost.values())
    steady, shaky = Disturbance(0.0), Disturbance(0.2, seed=7)
    assert not any(steady.strikes() for _ in range(100))
    struck = [shaky.strikes() for _ in range(1000)]
    again = Disturbance(0.2, seed=7)
    assert 150 < sum(struck) < 250
    assert struck == [again.strikes() for _ in range(1000)]


def test_sessions_that_are_not_kept_end_with_their_work(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    held: list[Session] = []
    with fleet(inventory, _configs()), open_fleet(inventory, workers=4) as routers:
        routers.run(held.append, keep=False)
        assert not any(session.alive for session in held)
        again = routers.run(lambda at: at.show("show users"), NAMES[:2])
        assert all(str(text).count("vty") == 1 for text in again.values()), "the first is gone"


async def test_a_line_that_is_not_taken_is_named() -> None:
    routers = SimulatedFleet({"bad": "hostname bad\nmistake\n"})
    with pytest.raises(InputError, match=r"bad.cfg: not taken: line 2: mistake"):
        await routers.start()
    await routers.close()


def test_a_folder_without_configurations_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no NAME"):
        read_configs(tmp_path)


def test_many_known_hosts_cost_a_connection_nothing(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory"
    with fleet(inventory, {"one": startup("one", 1)}):
        known = inventory / "known_hosts"
        line = known.read_text()
        others = "".join(line.replace("]:", f"]:{number}") for number in range(300))
        known.write_text(others + line)
        with open_fleet(inventory) as routers:
            routers.run(lambda at: at.show("show clock"))
        began = time.process_time()
        for _ in range(5):
            with open_fleet(inventory) as routers:
                assert isinstance(routers.run(lambda at: at.show("show clock"))["one"], str)
        assert time.process_time() - began < 1.5
