"""The few netlink messages the NHRP speaker needs, as values and bytes.

Decides only layouts (linux/rtnetlink.h, linux/neighbour.h, linux/netfilter/nfnetlink_log.h). A
request blocks until the kernel's answer, which comes within the system call itself: in a user-mode
kernel, where a system call costs 30 us, this is far cheaper than a general library. An error of the
kernel is raised as OSError; malformed attributes end what is read.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

NETLINK_ROUTE, NETLINK_NETFILTER = 0, 12
GROUP_LINK, GROUP_NEIGH, GROUP_ADDRESS, GROUP_ROUTE = 0x1, 0x4, 0x10, 0x40
NEWLINK, DELLINK, GETLINK = 16, 17, 18
NEWADDR, DELADDR = 20, 21
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
NEWNEIGH, DELNEIGH, GETNEIGH = 28, 29, 30
NFLOG_PACKET, NFLOG_CONFIG = 0x400, 0x401
PROTO_NHRP = 191
"""Routing protocol number of NHRP in the kernel's tables; FRR's zebra leaves its routes alone."""
TABLE_MAIN = 254
IFF_UP, IFF_NOARP, IFF_MULTICAST = 0x1, 0x80, 0x1000
NUD_REACHABLE, NUD_PERMANENT = 0x02, 0x80

_REQUEST, _ACK, _DUMP, _REPLACE, _CREATE = 0x1, 0x4, 0x300, 0x100, 0x400
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_LINK = struct.Struct("=BBHiII")
_NEXT_HOP = struct.Struct("=HBBi")
_NF = struct.Struct("!BBH")
_UNICAST, _SCOPE_LINK, _SCOPE_ALL = 1, 253, 0
_ONLINK, _DEAD, _CLONED = 4, 1, 0x200
_DST, _OIF, _GATEWAY, _PRIORITY, _MULTIPATH, _TABLE = 1, 4, 5, 6, 9, 15
_NDA_DST, _NDA_LLADDR, _IFLA_IFNAME = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Message:
    """One netlink message, without its length and sequence number."""

    kind: int
    body: bytes
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """An IPv4 route; `usable` is False for blackholes and the like, and for dead next hops.

    `cached` marks an exception of one destination (a path MTU), which a dump lists among the routes
    although nobody configured it.
    """

    table: int
    prefix: IPv4Network
    metric: int
    protocol: int
    ifindex: int | None
    gateway: IPv4Address | None
    usable: bool
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A network device."""

    index: int
    name: str
    up: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Logged:
    """A datagram that an NFLOG rule caught; `source` is the outer address of a GRE device."""

    group: int
    indev: int | None
    outdev: int | None
    source: IPv4Address | None
    datagram: bytes


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def _u32(kind: int, value: int) -> bytes:
    return _attribute(kind, struct.pack("=I", value))


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Read attributes until `data` ends; what is malformed ends them."""
    while len(data) >= 4:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if not 4 <= length <= len(data):
            return
        yield kind & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


def split(data: bytes) -> Iterator[Message]:
    """Read the messages of one datagram from the kernel."""
    while len(data) >= _HEADER.size:
        length, kind, flags, _, _ = _HEADER.unpack_from(data)
        if not _HEADER.size <= length <= len(data):
            return
        yield Message(kind, data[_HEADER.size : length], flags)
        data = data[(length + 3) & ~3 :]


def get_routes() -> Message:
    """Ask for all IPv4 routes."""
    return Message(GETROUTE, _ROUTE.pack(socket.AF_INET, *[0] * 8), _DUMP)


def read_route(message: Message) -> Route:
    """Read RTM_NEWROUTE or RTM_DELROUTE."""
    _, length, _, _, table, protocol, _, kind, flags = _ROUTE.unpack_from(message.body)
    found = dict(attributes(message.body[_ROUTE.size :]))
    if _TABLE in found:
        (table,) = struct.unpack("=I", found[_TABLE])
    index = found.get(_OIF)
    gateway = found.get(_GATEWAY)
    if _MULTIPATH in found:
        size, _, _, hop = _NEXT_HOP.unpack_from(found[_MULTIPATH])
        index = struct.pack("=i", hop)
        gateway = dict(attributes(found[_MULTIPATH][_NEXT_HOP.size : size])).get(_GATEWAY)
    metric = struct.unpack("=I", found[_PRIORITY])[0] if _PRIORITY in found else 0
    return Route(
        table=table,
        prefix=IPv4Network((found.get(_DST, bytes(4)), length)),
        metric=metric,
        protocol=protocol,
        ifindex=struct.unpack("=i", index)[0] if index else None,
        gateway=IPv4Address(gateway) if gateway else None,
        usable=kind == _UNICAST and not flags & _DEAD,
        cached=bool(flags & _CLONED),
    )


def change_route(
    *, add: bool, prefix: IPv4Network, gateway: IPv4Address | None, ifindex: int, table: int
) -> Message:
    """Add or delete a route of NHRP; it goes before routes with its prefix and metric 0."""
    body = _ROUTE.pack(
        socket.AF_INET,
        prefix.prefixlen,
        0,
        0,
        table if table < 256 else 0,
        PROTO_NHRP,
        _SCOPE_ALL if gateway else _SCOPE_LINK,
        _UNICAST,
        _ONLINK if gateway else 0,
    )
    body += _attribute(_DST, prefix.network_address.packed)
    if gateway:
        body += _attribute(_GATEWAY, gateway.packed)
    body += _u32(_OIF, ifindex) + _u32(_TABLE, table)
    return Message(NEWROUTE if add else DELROUTE, body, _CREATE if add else 0)


def get_neighbours() -> Message:
    """Ask for all IPv4 neighbours."""
    return Message(GETNEIGH, _NEIGHBOUR.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0), _DUMP)


def put_neighbour(ifindex: int, address: IPv4Address, nbma: IPv4Address, state: int) -> Message:
    """Add or replace a neighbour entry of a GRE device."""
    body = _NEIGHBOUR.pack(socket.AF_INET, 0, 0, ifindex, state, 0, _UNICAST)
    body += _attribute(_NDA_DST, address.packed) + _attribute(_NDA_LLADDR, nbma.packed)
    return Message(NEWNEIGH, body, _CREATE | _REPLACE)


def delete_neighbour(ifindex: int, address: IPv4Address) -> Message:
    """Delete a neighbour entry."""
    body = _NEIGHBOUR.pack(socket.AF_INET, 0, 0, ifindex, 0, 0, _UNICAST)
    return Message(DELNEIGH, body + _attribute(_NDA_DST, address.packed))


def read_neighbour(message: Message) -> tuple[int, IPv4Address] | None:
    """Read device and address of a neighbour message; None when it is not IPv4."""
    family, _, _, ifindex, *_ = _NEIGHBOUR.unpack_from(message.body)
    address = dict(attributes(message.body[_NEIGHBOUR.size :])).get(_NDA_DST, b"")
    if family != socket.AF_INET or len(address) != 4:
        return None
    return ifindex, IPv4Address(address)


def get_link(name: str) -> Message:
    """Ask for a device by name."""
    return Message(GETLINK, _LINK.pack(0, 0, 0, 0, 0, 0) + _attribute(_IFLA_IFNAME, name.encode()))


def set_link_flags(index: int, flags: int, mask: int) -> Message:
    """Set those flags of a device that are in `mask`."""
    return Message(NEWLINK, _LINK.pack(0, 0, 0, index, flags, mask))


def read_link(message: Message) -> Link:
    """Read RTM_NEWLINK or RTM_DELLINK."""
    _, _, _, index, flags, _ = _LINK.unpack_from(message.body)
    name = dict(attributes(message.body[_LINK.size :])).get(_IFLA_IFNAME, b"")
    return Link(index, name.rstrip(b"\0").decode(), bool(flags & IFF_UP), message.kind == DELLINK)


def bind_log_group(group: int) -> list[Message]:
    """Ask for whole datagrams, at once, from the NFLOG rules of a group."""
    head = _NF.pack(socket.AF_INET, 0, group)
    command, mode, threshold = 1, 2, 5
    copy_whole = struct.pack("!IBB", 0xFFFF, 2, 0)
    return [
        Message(NFLOG_CONFIG, head + _attribute(command, b"\x01")),
        Message(NFLOG_CONFIG, head + _attribute(mode, copy_whole)),
        Message(NFLOG_CONFIG, head + _attribute(threshold, struct.pack("!I", 1))),
    ]


def read_logged(message: Message) -> Logged | None:
    """Read a logged datagram; None when there is none in the message."""
    _, _, group = _NF.unpack_from(message.body)
    found = dict(attributes(message.body[_NF.size :]))
    if message.kind != NFLOG_PACKET or 9 not in found:
        return None
    indev, outdev, address = found.get(4), found.get(5), found.get(8, b"")
    source = None
    if len(address) >= 8 and address[:2] == b"\x00\x04":
        source = IPv4Address(address[4:8])
    return Logged(
        group=group,
        indev=struct.unpack("!I", indev)[0] if indev else None,
        outdev=struct.unpack("!I", outdev)[0] if outdev else None,
        source=source,
        datagram=found[9],
    )


class Netlink:
    """A socket for requests, in the network namespace that is current when it is made."""

    def __init__(self, family: int = NETLINK_ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family)
        self._socket.bind((0, 0))
        self._socket.settimeout(5)
        self._sequence = 0

    def ask(self, message: Message) -> list[Message]:
        """Send a request and return what it is answered with; raises OSError."""
        self._sequence += 1
        flags = message.flags | _REQUEST | _ACK
        self._socket.send(_frame(message, flags, self._sequence))
        found: list[Message] = []
        while True:
            for answer in split(self._socket.recv(1 << 18)):
                if answer.kind in {_ERROR, _DONE}:
                    code = struct.unpack_from("=i", answer.body)[0] if answer.body else 0
                    if code:
                        raise OSError(-code, os.strerror(-code))
                    return found
                found.append(answer)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def subscribe(groups: int) -> socket.socket:
    """Return a non-blocking socket that gets the kernel's notifications of `groups`."""
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE)
    listener.bind((0, groups))
    listener.setblocking(False)
    return listener


def log_socket(groups: tuple[int, ...]) -> socket.socket:
    """Return a non-blocking socket that gets what the NFLOG rules of `groups` catch."""
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    listener.bind((0, 0))
    for group in groups:
        for number, message in enumerate(bind_log_group(group), 1):
            listener.send(_frame(message, _REQUEST | _ACK, number))
            for answer in split(listener.recv(1 << 16)):
                code = struct.unpack_from("=i", answer.body)[0]
                if answer.kind == _ERROR and code:
                    raise OSError(-code, os.strerror(-code))
    listener.setblocking(False)
    return listener


def _frame(message: Message, flags: int, sequence: int) -> bytes:
    return (
        _HEADER.pack(_HEADER.size + len(message.body), message.kind, flags, sequence, 0)
        + message.body
    )
