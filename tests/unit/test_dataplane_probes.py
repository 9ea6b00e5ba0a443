"""ICMP as ping and traceroute see it."""

from __future__ import annotations

import struct

import pytest

from dmvpn_auto.lab.dataplane import probes

MARK = b"\x12\x34\x00\x01"


def datagram(kind: int, code: int, body: bytes, source: bytes = bytes((192, 0, 2, 1))) -> bytes:
    return b"\x45" + bytes(11) + source + bytes(4) + struct.pack("!BBH", kind, code, 0) + body


def quoted(payload: bytes) -> bytes:
    """The packet that an ICMP error quotes."""
    return bytes(4) + b"\x45" + bytes(19) + payload


MATCHES = [
    ("our reply", datagram(0, 0, MARK + b"data"), 0),
    ("reply to another", datagram(0, 0, b"\x12\x34\x00\x02"), None),
    ("time exceeded about our echo", datagram(11, 0, quoted(bytes(4) + MARK)), 11),
    ("unreachable about our echo", datagram(3, 1, quoted(bytes(4) + MARK)), 3),
    ("unreachable about another", datagram(3, 1, quoted(bytes(8))), None),
    ("an echo request", datagram(8, 0, MARK), None),
    ("too short", b"\x45" + bytes(20), None),
]


@pytest.mark.parametrize(
    ("packet", "kind"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES]
)
def test_answers_are_told_apart(packet: bytes, kind: int | None) -> None:
    found = probes._match(packet, MARK)
    assert (found[1] if found else None) == kind


def test_a_udp_probe_is_known_by_its_ports() -> None:
    ports = struct.pack("!HH", 40000, 33434)
    found = probes._match(datagram(11, 0, quoted(ports + bytes(4))), ports)
    assert found is not None
    assert str(found[0]) == "192.0.2.1"


@pytest.mark.parametrize("size", [36, 100, 1400])
def test_size_is_that_of_the_datagram(size: int) -> None:
    packet = probes._echo(MARK, size)
    assert len(packet) + 20 == size
    assert probes._checksum(packet) == 0


KINDS = [
    (None, "timeout"),
    ((0, 0), "reply"),
    ((11, 0), "ttl-exceeded"),
    ((3, 1), "unreachable"),
    ((3, 4), "fragmentation-needed"),
]


@pytest.mark.parametrize(("answer", "kind"), KINDS, ids=[row[1] for row in KINDS])
def test_kinds_of_reply(answer: tuple[int, int] | None, kind: str) -> None:
    from ipaddress import IPv4Address

    found = (IPv4Address("192.0.2.1"), *answer) if answer else None
    reply = probes._reply(0, found, 1.5)
    assert (reply.kind, reply.rtt) == (kind, 1.5 if answer else None)
