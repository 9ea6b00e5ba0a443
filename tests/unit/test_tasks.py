"""The API for Nornir scripts: plugins, tasks, processors; no secret in a log or a result."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from nornir import InitNornir
from nornir.core import Nornir

from dmvpn_auto.errors import AuthenticationError, RefusedError
from dmvpn_auto.observe.evidence import Dmvpn
from dmvpn_auto.tasks import Gather, Lines, Tell, compare, open_nornir, push, save, show
from tests.doubles.inventories import write_hosts
from tests.doubles.ios_server import Behaviour, IosServer, ios_server
from tests.unit.intents import folder as cloud_folder

DMVPN = """\
Interface: Tunnel0, IPv4 NHRP Details
Type:Spoke, NHRP Peers:1,

 # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb
     1 203.0.113.2          10.255.0.1    UP 00:01:07     S
"""
SHOWS = {"show dmvpn": DMVPN, "show clock": "12:00:00.000 UTC Sat Nov 21 2026\n", "show x": "x\n"}
PSK = "canary-psk-51c0"
KEYRING = ["crypto ikev2 keyring KR", "peer ANY", f"pre-shared-key {PSK}", "exit", "exit"]


@pytest.fixture
def servers() -> Iterator[dict[str, IosServer]]:
    with (
        ios_server(Behaviour(hostname="hub", shows=SHOWS)) as hub,
        ios_server(Behaviour(hostname="spoke1", shows=SHOWS)) as spoke,
    ):
        yield {"hub": hub, "spoke1": spoke}


@pytest.fixture
def folder(tmp_path: Path, servers: dict[str, IosServer]) -> Path:
    cloud_folder(tmp_path, {"spokes": {"spoke1": {"site": "berlin"}}})
    return write_hosts(tmp_path, {name: server.port for name, server in servers.items()})


@pytest.fixture
def nornir(folder: Path) -> Iterator[Nornir]:
    with open_nornir(folder) as made:
        yield made


def test_show_parses_where_there_is_a_parser(nornir: Nornir) -> None:
    reading = nornir.run(task=show, command="show dmvpn")["hub"][0].result
    assert isinstance(reading, Dmvpn)
    assert reading.peers[0].state == "UP"
    assert nornir.run(task=show, command="show x")["hub"][0].result == "x\n"


def test_hosts_can_be_filtered_by_what_the_cloud_says(nornir: Nornir) -> None:
    assert list(nornir.filter(site="berlin").inventory.hosts) == ["spoke1"]
    assert list(nornir.filter(role="hub").inventory.hosts) == ["hub"]
    assert nornir.inventory.hosts["hub"].data["tunnel_address"] == "10.255.0.1"


def test_push_types_saves_and_says_what_changed(
    nornir: Nornir, servers: dict[str, IosServer]
) -> None:
    result = nornir.filter(name="hub").run(task=push, lines=Lines(KEYRING))["hub"][0]
    assert (result.result, result.changed) == (5, True)
    assert PSK in servers["hub"].model.show()
    assert servers["hub"].saved
    assert servers["spoke1"].typed == []
    assert PSK not in result.diff
    assert "pre-shared-key <secret>" in result.diff


def test_a_dry_run_touches_nothing(folder: Path, servers: dict[str, IosServer]) -> None:
    with open_nornir(folder, dry_run=True) as nornir:
        result = nornir.run(task=push, lines=Lines(["interface Tunnel0", "ip mtu 1400"]))["hub"][0]
        nornir.run(task=save)
    assert (result.result, result.changed, result.diff) == (
        0,
        False,
        "interface Tunnel0\nip mtu 1400",
    )
    assert all(server.logins == 0 for server in servers.values())


def test_compare_reads_and_changes_nothing(nornir: Nornir, servers: dict[str, IosServer]) -> None:
    wanted = dict.fromkeys(servers, "interface Tunnel0\n ip mtu 1400\n")
    found = nornir.run(task=compare, wanted=wanted)["hub"][0]
    assert "+  ip mtu 1400" in found.diff
    assert not found.changed
    assert "Tunnel0" not in servers["hub"].model.show()


def test_a_refused_line_fails_that_router_alone(
    nornir: Nornir, servers: dict[str, IosServer]
) -> None:
    servers["hub"].model.refuse = {"nonsense": "% Invalid input"}
    result = nornir.run(task=push, lines=Lines(["interface Tunnel0", "nonsense"]))
    assert isinstance(result["hub"].exception, RefusedError)
    assert servers["hub"].saved == []


def test_the_arguments_of_a_task_hold_no_secret_in_a_log(
    nornir: Nornir, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    nornir.run(task=push, lines=Lines(KEYRING))
    assert caplog.records
    assert PSK not in caplog.text
    with pytest.raises(TypeError, match="Lines"):
        raise nornir.run(task=push, lines=KEYRING)["hub"].exception or AssertionError


def test_processors_tell_and_gather(nornir: Nornir, servers: dict[str, IosServer]) -> None:
    servers["spoke1"].model.refuse = {"nonsense": "% Invalid input"}
    stream, gathered = io.StringIO(), Gather()
    told = nornir.with_processors([Tell(stream), gathered])
    told.run(task=push, lines=Lines(["interface Tunnel0", "nonsense"]))
    lines = {line.partition(":")[0]: line for line in stream.getvalue().splitlines()}
    assert "nonsense" in lines["spoke1"]
    document = json.loads(gathered.document())
    assert document["spoke1"]["push"]["failed"] is True
    assert "result" not in document["spoke1"]["push"]


def test_gather_writes_readings_as_json(nornir: Nornir) -> None:
    gathered = Gather()
    nornir.with_processors([gathered]).run(task=show, command="show dmvpn")
    found = json.loads(gathered.document())["hub"]["show"]
    assert found["result"]["peers"][0]["nbma_address"] == "203.0.113.2"


def test_nornir_finds_the_plugins_by_name(folder: Path) -> None:
    nornir = InitNornir(
        inventory={"plugin": "DmvpnInventory", "options": {"folder": str(folder)}},
        logging={"enabled": False},
    )
    assert nornir.run(task=show, command="show clock")["hub"][0].result
    nornir.close_connections()


def test_refused_credentials_are_tried_on_one_router_only(
    folder: Path, servers: dict[str, IosServer]
) -> None:
    (folder / "secrets/password").write_text("canary-wrong\n")
    with open_nornir(folder) as nornir:
        result = nornir.run(task=show, command="show clock")
    assert all(isinstance(r.exception, AuthenticationError) for r in result.values())
    assert sum(server.logins for server in servers.values()) == 1
    assert "canary" not in str(result["hub"].exception)
