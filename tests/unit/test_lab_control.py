"""Orders to a lab: what the client makes of answers, and of a lab that is not there."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.control import open_lab

IPTABLES = """\
Chain FORWARD (policy ACCEPT 5 packets, 336 bytes)
    pkts      bytes target     prot opt in     out     source               destination
       0        0            47   --  *  *  0.0.0.0/0  0.0.0.0/0  /* gre */
     150    24000            50   --  *  *  0.0.0.0/0  0.0.0.0/0  /* esp */
       8     3000            17   --  *  *  0.0.0.0/0  0.0.0.0/0  udp dpt:500 /* ike */
       0        0            17   --  *  *  0.0.0.0/0  0.0.0.0/0  udp dpt:4500 /* nat-t */
"""


@contextmanager
def _lab(folder: Path, *answers: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Serve one connection: note each order, then send the answers and close."""
    orders: list[dict[str, Any]] = []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "control.sock"))
    listener.listen()

    def serve() -> None:
        stream, _ = listener.accept()
        with stream, stream.makefile("rwb") as file:
            orders.append(json.loads(file.readline()))
            for answer in answers:
                file.write(json.dumps(answer).encode() + b"\n")
                file.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    yield orders
    thread.join(5)
    listener.close()


def _out(text: str) -> dict[str, str]:
    return {"out": base64.b64encode(text.encode()).decode()}


def test_the_witness_counters_come_with_their_lines(tmp_path: Path) -> None:
    half = len(IPTABLES) // 2  # output comes in pieces
    answers = (_out(IPTABLES[:half]), _out(IPTABLES[half:]), {"status": 0})
    with _lab(tmp_path, *answers) as orders, open_lab(tmp_path) as lab:
        wire = lab.wire()
    assert (wire.gre, wire.esp, wire.ike, wire.nat_t) == (0, 150, 8, 0)
    assert len(wire.raw) == 4
    assert orders[0]["node"] == "wan"


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((_out("Chain FORWARD\n"), {"status": 0}), id="no rules"),
        pytest.param((_out(IPTABLES), {"status": 1}), id="failed"),
        pytest.param((_out(IPTABLES.replace("/* gre */", "")), {"status": 0}), id="no gre line"),
    ],
)
def test_missing_counters_are_never_zero(
    tmp_path: Path, answers: tuple[dict[str, Any], ...]
) -> None:
    with (
        _lab(tmp_path, *answers),
        open_lab(tmp_path) as lab,
        pytest.raises(LabError, match="no witness counters"),
    ):
        lab.wire()


def test_output_and_errors_are_kept_apart_and_the_status_returned(tmp_path: Path) -> None:
    out, err = bytearray(), bytearray()
    answers = (_out("one"), {"err": _out("two")["out"]}, {"status": 7})
    with _lab(tmp_path, *answers), open_lab(tmp_path) as lab:
        assert lab.exec("hub", ["x"], out.extend, err.extend) == 7
    assert (bytes(out), bytes(err)) == (b"one", b"two")


def test_a_refusal_names_the_node(tmp_path: Path) -> None:
    answer = {"failed": "the lab has no node 'x'", "node": "x"}
    with (
        _lab(tmp_path, answer),
        open_lab(tmp_path) as lab,
        pytest.raises(LabError, match="x: the lab has no node"),
    ):
        lab.live("x")


def test_a_lab_that_dies_between_is_said_to_be_gone(tmp_path: Path) -> None:
    with _lab(tmp_path), open_lab(tmp_path) as lab, pytest.raises(LabError, match="just died"):
        lab.status()


def test_no_lab_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="lab up"), open_lab(tmp_path / "none"):
        pass
