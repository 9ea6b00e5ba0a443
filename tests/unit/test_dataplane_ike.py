"""How connections and settings are spelled for charon, and the frames of its control socket."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest
from vici.protocol import FiniteStream, Packet

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.dataplane import ike
from dmvpn_auto.lab.dataplane.desired import read
from dmvpn_auto.lab.dataplane.vici import CharonGoneError, Vici, _deserialize, _serialize
from dmvpn_auto.lab.spec import NodeSpec
from tests.unit.dataplane_texts import spoke, tree


def spelled(text: str = spoke(1), request_id: int = 1) -> dict[str, Any]:
    tunnel = read(tree(text), {"GigabitEthernet1": "eth1"}).tunnel("Tunnel0")
    assert tunnel is not None
    assert tunnel.protection is not None
    assert tunnel.protection.connection is not None
    found: dict[str, Any] = ike._connection(tunnel.protection.connection, request_id)
    return found


def test_connection() -> None:
    found = spelled()
    assert found["local_addrs"] == ["198.51.100.2"]
    assert found["remote_addrs"] == ["%any"]
    assert found["proposals"] == ["aes256gcm16-prfsha384-ecp384"]
    assert found["dpd_delay"] == "10s"
    child = found["children"]["gre"]
    assert (child["mode"], child["start_action"]) == ("transport", "trap")
    assert (child["local_ts"], child["remote_ts"]) == (["198.51.100.2/32[gre]"], ["dynamic[gre]"])
    assert child["esp_proposals"] == ["aes256gcm16"]


def test_whoever_begins_the_request_id_is_fixed() -> None:
    assert spelled(request_id=7)["children"]["gre"]["reqid"] == "7"


def test_no_dpd_unless_configured() -> None:
    assert spelled(spoke(1).replace(" dpd 10 2 on-demand\n", ""))["dpd_delay"] == "0s"


def test_connection_holds_no_key() -> None:
    assert "Canary" not in str(spelled())


def test_settings_follow_the_retry_interval() -> None:
    text = ike._settings(5)
    assert "retransmit_timeout = 5.0" in text
    assert text.count("{") == text.count("}")


class Charon:
    """A control socket that answers as charon does."""

    def __init__(
        self, answers: dict[str, dict[str, Any]], sas: list[dict[str, Any]], dies_at: str = ""
    ) -> None:
        self.answers = answers
        self.dies_at = dies_at
        self.sas = sas
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.writer: asyncio.StreamWriter

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        while True:
            try:
                (length,) = struct.unpack("!I", await reader.readexactly(4))
            except asyncio.IncompleteReadError:
                writer.close()
                return
            packet = await reader.readexactly(length)
            kind, size = packet[0], packet[1]
            name = packet[2 : 2 + size].decode()
            if kind in (Packet.EVENT_REGISTER, Packet.EVENT_UNREGISTER):
                self.send(bytes([Packet.EVENT_CONFIRM]))
                continue
            self.asked.append((name, dict(_deserialize(FiniteStream(packet[2 + size :])))))
            if name == self.dies_at:
                writer.close()
                return
            if name == "silence":
                continue
            for sa in self.sas if name == "list-sas" else ():
                self.event("list-sa", sa)
            if name in self.answers:
                body = _serialize(self.answers[name])
                self.send(bytes([Packet.CMD_RESPONSE]) + body)
            else:
                self.send(bytes([Packet.CMD_UNKNOWN]))

    def event(self, name: str, content: dict[str, Any]) -> None:
        head = bytes([Packet.EVENT, len(name)]) + name.encode()
        self.send(head + _serialize(content))

    def send(self, packet: bytes) -> None:
        self.writer.write(struct.pack("!I", len(packet)) + packet)


async def opened(tmp_path: Path, charon: Charon) -> tuple[Vici, list[Any], asyncio.Server]:
    path = tmp_path / "vici"
    server = await asyncio.start_unix_server(charon.serve, str(path))
    seen: list[Any] = []
    vici = Vici(path, lambda name, content: seen.append((name, content)), lambda: seen.append(None))
    await vici.open()
    return vici, seen, server


async def test_requests_and_streams(tmp_path: Path) -> None:
    charon = Charon({"load-conn": {"success": "yes"}, "list-sas": {}}, [{"a": {"state": "UP"}}])
    vici, _, server = await opened(tmp_path, charon)
    await vici.request("load-conn", {"x": {"version": "2", "list": ["1", "2"]}})
    assert charon.asked[0][1]["x"]["list"] == [b"1", b"2"]
    listed = await vici.stream("list-sas", "list-sa")
    assert [dict(entry["a"]) for entry in listed] == [{"state": b"UP"}]
    await vici.close()
    server.close()


async def test_refusals_are_told_in_charons_words(tmp_path: Path) -> None:
    charon = Charon({"load-conn": {"success": "no", "errmsg": "bad proposal"}}, [])
    vici, _, server = await opened(tmp_path, charon)
    with pytest.raises(LabError, match="bad proposal"):
        await vici.request("load-conn", {})
    with pytest.raises(LabError, match="does not know"):
        await vici.request("no-such-command", {})
    await vici.close()
    server.close()


async def test_events_reach_the_handler_and_the_end_is_noticed(tmp_path: Path) -> None:
    charon = Charon({"version": {}}, [])
    vici, seen, server = await opened(tmp_path, charon)
    await vici.subscribe("ike-updown")
    charon.event("ike-updown", {"up": "yes"})
    await vici.request("version")
    assert [(name, dict(content)) for name, content in seen] == [("ike-updown", {"up": b"yes"})]
    charon.writer.close()
    async with asyncio.timeout(5):
        while seen[-1] is not None:
            await asyncio.sleep(0)
    with pytest.raises(LabError, match="gone"):
        await vici.request("version")
    server.close()


async def ike_with(tmp_path: Path, charon: Charon) -> tuple[ike.Ike, Vici, asyncio.Server]:
    spec = NodeSpec(name="spoke1", netns="spoke1", holder_pid=0, run_dir=tmp_path)
    told = ike.Ike(spec, on_change=lambda: None, on_start=lambda: None)
    path = tmp_path / "vici"
    server = await asyncio.start_unix_server(charon.serve, str(path))
    told._vici = Vici(path, lambda _name, _content: None, told._lost)
    await told._vici.open()
    return told, told._vici, server


async def test_a_charon_that_ends_while_it_is_asked_has_no_sas(tmp_path: Path) -> None:
    charon = Charon({}, [{"a": {"uniqueid": "1"}}], dies_at="list-sas")
    told, vici, server = await ike_with(tmp_path, charon)
    assert await told.sas() == []
    assert told.lost
    assert await told.sas() == []
    await vici.close()
    server.close()


async def test_an_sa_that_ends_with_its_charon_needs_no_deleting(tmp_path: Path) -> None:
    charon = Charon({"list-sas": {}}, [{"a": {"uniqueid": "1"}}], dies_at="terminate")
    told, vici, server = await ike_with(tmp_path, charon)
    await told.terminate()
    assert [name for name, _ in charon.asked] == ["list-sas", "terminate"]
    assert told.lost
    await vici.close()
    server.close()


async def test_who_waits_for_an_answer_hears_that_the_connection_is_closed(tmp_path: Path) -> None:
    charon = Charon({}, [])
    vici, _, server = await opened(tmp_path, charon)
    waiting = asyncio.create_task(vici.request("silence"))
    async with asyncio.timeout(5):
        while not charon.asked:
            await asyncio.sleep(0)
        await vici.close()
        with pytest.raises(CharonGoneError):
            await waiting
    server.close()
