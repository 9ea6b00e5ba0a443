"""Ping and traceroute from a router: raw ICMP and UDP sockets in its namespace.

Sizes are of whole IP datagrams, as on IOS. A probe waits for its own answer; what other probes or
routers get is passed over.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from collections.abc import AsyncIterator
from ipaddress import IPv4Address
from pathlib import Path

from dmvpn_auto.lab.dataplane.namespace import inside
from dmvpn_auto.lab.live import ProbeReply

_ECHO, _ECHO_REPLY, _UNREACHABLE, _EXCEEDED, _FRAGMENT = 8, 0, 3, 11, 4
_IP, _ICMP = 20, 8
_IP_MTU_DISCOVER, _DONT, _DO = 10, 0, 2
_FIRST_PORT = 33434
_PATTERN = bytes((0xAB, 0xCD))


class _Icmp:
    """A raw ICMP socket in a namespace."""

    def __init__(self, netns: Path, source: IPv4Address | None) -> None:
        with inside(netns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setblocking(False)
        if source is not None:
            self.socket.bind((str(source), 0))

    async def answer(self, wanted: bytes, timeout: float) -> tuple[IPv4Address, int, int] | None:
        """Return (source, type, code) of the message about the probe whose header is `wanted`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                while True:
                    packet = await loop.sock_recv(self.socket, 65535)
                    found = _match(packet, wanted)
                    if found is not None:
                        return found
        except TimeoutError:
            return None


def _match(packet: bytes, wanted: bytes) -> tuple[IPv4Address, int, int] | None:
    """Say what an ICMP packet tells about a probe, None when it is about another."""
    body = packet[(packet[0] & 15) * 4 :]
    if len(body) < _ICMP:
        return None
    kind, code = body[0], body[1]
    source = IPv4Address(packet[12:16])
    if kind == _ECHO_REPLY:
        return (source, kind, code) if body[4:8] == wanted else None
    if kind in (_UNREACHABLE, _EXCEEDED) and len(body) >= _ICMP + _IP + 8:
        inner = body[_ICMP:]
        header = inner[(inner[0] & 15) * 4 :]
        return (source, kind, code) if wanted in (header[4:8], header[:4]) else None
    return None


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _echo(mark: bytes, size: int) -> bytes:
    payload = (_PATTERN * (size // 2 + 1))[: max(size - _IP - _ICMP, 0)]
    blank = struct.pack("!BBH", _ECHO, 0, 0) + mark + payload
    return struct.pack("!BBH", _ECHO, 0, _checksum(blank)) + mark + payload


async def send_echoes(
    netns: Path,
    target: IPv4Address,
    *,
    source: IPv4Address | None,
    count: int,
    size: int,
    timeout: float,
    dont_fragment: bool,
) -> AsyncIterator[ProbeReply]:
    """Send `count` echo requests of `size` bytes, each after the answer to the one before."""
    icmp = _Icmp(netns, source)
    identity = os.urandom(2)
    loop = asyncio.get_running_loop()
    try:
        discover = _DO if dont_fragment else _DONT
        icmp.socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, discover)
        for sequence in range(count):
            mark = identity + struct.pack("!H", sequence & 0xFFFF)
            started = loop.time()
            refused = await _send(icmp.socket, _echo(mark, size), (str(target), 0))
            if refused is not None:
                yield ProbeReply(sequence=sequence, source=None, rtt=None, kind=refused)
                continue
            answer = await icmp.answer(mark, timeout)
            yield _reply(sequence, answer, (loop.time() - started) * 1000)
    finally:
        icmp.socket.close()


async def _send(sender: socket.socket, packet: bytes, target: tuple[str, int]) -> str | None:
    """Send; return the kind of reply that a local refusal amounts to."""
    try:
        await asyncio.get_running_loop().sock_sendto(sender, packet, target)
    except OSError as error:
        if error.errno == errno.EMSGSIZE:
            return "fragmentation-needed"
        # No route, no SA yet (EAGAIN while IKE negotiates), an answer to an earlier probe.
        return "timeout"
    return None


def _reply(
    sequence: int, answer: tuple[IPv4Address, int, int] | None, milliseconds: float
) -> ProbeReply:
    if answer is None:
        return ProbeReply(sequence=sequence, source=None, rtt=None, kind="timeout")
    source, kind, code = answer
    named = {
        _ECHO_REPLY: "reply",
        _EXCEEDED: "ttl-exceeded",
        _UNREACHABLE: "fragmentation-needed" if code == _FRAGMENT else "unreachable",
    }[kind]
    return ProbeReply(sequence=sequence, source=source, rtt=milliseconds, kind=named)


async def trace(
    netns: Path,
    target: IPv4Address,
    *,
    source: IPv4Address | None,
    probes: int,
    timeout: float,
    max_ttl: int,
) -> AsyncIterator[tuple[int, ProbeReply]]:
    """Send UDP probes with rising time to live; end after the hop where the target answered."""
    icmp = _Icmp(netns, source)
    with inside(netns):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _DONT)
    sender.bind((str(source or "0.0.0.0"), 0))  # noqa: S104 - any address of this router
    (_, own_port) = sender.getsockname()
    loop = asyncio.get_running_loop()
    port = _FIRST_PORT
    try:
        for ttl in range(1, max_ttl + 1):
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            arrived = False
            for sequence in range(probes):
                started = loop.time()
                refused = await _send(sender, b"\0" * 12, (str(target), port))
                header = struct.pack("!HH", own_port, port)
                port += 1
                answer = None if refused else await icmp.answer(header, timeout)
                reply = _reply(sequence, answer, (loop.time() - started) * 1000)
                arrived = arrived or reply.source == target
                yield ttl, reply
            if arrived:
                return
    finally:
        icmp.socket.close()
        sender.close()
