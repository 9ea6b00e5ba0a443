"""Policies that keep a protected tunnel's plain GRE inside the router (XFRM over netlink).

charon installs the policies that encrypt. Before it does, and whenever it cannot, packets would
leave in clear. So each local tunnel address that is to be protected gets policies of lower
precedence which block its GRE both ways. They cover the address space in two halves, since the
kernel takes two policies of equal selector for one, and charon's are for 0.0.0.0/0 or narrower.
Layouts: linux/xfrm.h.
"""

from __future__ import annotations

import os
import socket
import struct
from ipaddress import IPv4Address
from pathlib import Path

from dmvpn_auto.errors import LabError
from dmvpn_auto.lab.dataplane.namespace import inside

_NETLINK_XFRM = 6
_NEWPOLICY, _DELPOLICY, _GETPOLICY, _FLUSHSA = 0x13, 0x14, 0x15, 0x1C
_NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_DUMP = 1, 4, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_ESP = 50
_SELECTOR_SIZE, _PRIORITY_AT = 56, 152  # in struct xfrm_userpolicy_info
_IN, _OUT, _FORWARD = 0, 1, 2
_BLOCK, _GRE = 1, 47
_LOWEST = 0xFFFFFF00  # a larger number is looked at later; charon's are below 400,000
_ENDLESS = (1 << 64) - 1
_HALVES = (IPv4Address("0.0.0.0"), IPv4Address("128.0.0.0"))  # noqa: S104 - a prefix


class Guard:
    """Blocks plain GRE of some local addresses in one namespace."""

    def __init__(self, netns: Path) -> None:
        with inside(netns):
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_XFRM)
        self._socket.bind((0, 0))
        self._socket.settimeout(5)
        self._held: frozenset[IPv4Address] = frozenset()
        self._sequence = 0

    def hold(self, addresses: frozenset[IPv4Address]) -> None:
        """Block exactly these."""
        for local in addresses - self._held:
            for selector, direction in _selectors(local):
                self._ask(_NEWPOLICY, _policy(selector, direction))
        for local in self._held - addresses:
            for selector, direction in _selectors(local):
                self._ask(_DELPOLICY, selector + struct.pack("=IB3x", 0, direction))
        self._held = addresses

    def sweep(self) -> None:
        """Remove what an IKE daemon that died has left: its SAs, then its policies.

        Without that the old SAs would carry traffic that no daemon knows of. The guard stays.
        """
        self._ask(_FLUSHSA, struct.pack("=B", _ESP))
        for policy in self._policies():
            priority, index, direction = struct.unpack_from("=IIB", policy, _PRIORITY_AT)
            if priority != _LOWEST and direction <= _FORWARD:  # others belong to sockets
                self._ask(
                    _DELPOLICY, policy[:_SELECTOR_SIZE] + struct.pack("=IB3x", index, direction)
                )

    def _policies(self) -> list[bytes]:
        """Return struct xfrm_userpolicy_info of each policy."""
        self._sequence += 1
        flags = _NLM_F_REQUEST | _NLM_F_DUMP
        self._socket.send(struct.pack("=IHHII", 16, _GETPOLICY, flags, self._sequence, 0))
        found: list[bytes] = []
        while True:
            data = self._socket.recv(1 << 17)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                    return found
                found.append(data[16:length])
                data = data[(length + 3) & ~3 :]

    def close(self) -> None:
        """Give the socket back; the policies stay as long as the namespace."""
        self._socket.close()

    def _ask(self, kind: int, body: bytes) -> None:
        self._sequence += 1
        flags = _NLM_F_REQUEST | _NLM_F_ACK
        self._socket.send(
            struct.pack("=IHHII", 16 + len(body), kind, flags, self._sequence, 0) + body
        )
        answer = self._socket.recv(4096)
        _, answered, _, _, _, error = struct.unpack_from("=IHHIIi", answer)
        if answered == _NLMSG_ERROR and error != 0:
            raise LabError(
                f"the kernel refused a protection policy: {os.strerror(-error)}", stage="dataplane"
            )


def _selectors(local: IPv4Address) -> list[tuple[bytes, int]]:
    """Return (selector, direction) of the policies for one local address."""
    found = []
    for half in _HALVES:
        found.append((_selector(source=(local, 32), destination=(half, 1)), _OUT))
        found.append((_selector(source=(half, 1), destination=(local, 32)), _IN))
    return found


def _selector(*, source: tuple[IPv4Address, int], destination: tuple[IPv4Address, int]) -> bytes:
    return struct.pack(
        "=16s16s8xHBBB3xiI",
        destination[0].packed,
        source[0].packed,
        socket.AF_INET,
        destination[1],
        source[1],
        _GRE,
        0,
        0,
    )


def _policy(selector: bytes, direction: int) -> bytes:
    lifetimes = struct.pack("=4Q4Q", *[_ENDLESS] * 4, *[0] * 4)
    used = bytes(32)
    return (
        selector + lifetimes + used + struct.pack("=IIBBBB4x", _LOWEST, 0, direction, _BLOCK, 0, 0)
    )
