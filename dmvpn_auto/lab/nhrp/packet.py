"""NHRP packets (RFC 2332) as values, and their bytes.

Decides the layout only: fixed header, mandatory part, client information entries (CIEs),
extensions, checksum. Refuses, with `PacketError`, whatever is truncated, has a wrong checksum, or
is not IPv4 over an IPv4 NBMA network. What Cisco adds: packet type 8 (traffic indication), the NAT
address extension (9), plain-text authentication (extension 7 holding the four bytes 00 00 00 01
and the string).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address

ETHERTYPE = 0x2001
"""GRE protocol type of NHRP."""
VERSION = 1
AFN_IPV4 = 1
PROTOCOL_IPV4 = 0x0800
DEFAULT_HOPS = 255
HOST_PREFIX = 32
UNIQUE_PREFIX = 0xFF
"""Prefix length in a registration that asks for a unique binding (RFC 2332 section 5.2.3)."""

_FIXED = struct.Struct("!HH5sBHHHBBBB")
_MANDATORY = struct.Struct("!BBHI")
_CIE = struct.Struct("!BBHHHBBBB")
_EXTENSION = struct.Struct("!HH")
_COMPULSORY = 0x8000
_PLAIN_TEXT = b"\x00\x00\x00\x01"
_HEADER = _FIXED.size + _MANDATORY.size


class PacketError(ValueError):
    """The bytes are not an NHRP packet that we can read; says why."""


class PacketType(IntEnum):
    """`ar$op.type`; 8 is Cisco's."""

    RESOLUTION_REQUEST = 1
    RESOLUTION_REPLY = 2
    REGISTRATION_REQUEST = 3
    REGISTRATION_REPLY = 4
    PURGE_REQUEST = 5
    PURGE_REPLY = 6
    ERROR_INDICATION = 7
    TRAFFIC_INDICATION = 8

    @property
    def is_reply(self) -> bool:
        """Replies travel towards the source protocol address, others to the destination."""
        return self in _REPLIES

    @property
    def is_indication(self) -> bool:
        """Indications carry a code and the head of another packet, no request id and CIEs."""
        return self in _INDICATIONS


_REPLIES = {PacketType.RESOLUTION_REPLY, PacketType.REGISTRATION_REPLY, PacketType.PURGE_REPLY}
_INDICATIONS = {PacketType.ERROR_INDICATION, PacketType.TRAFFIC_INDICATION}


class Code(IntEnum):
    """CIE codes of replies (RFC 2332 sections 5.2.2 and 5.2.4)."""

    SUCCESS = 0
    PROHIBITED = 4
    NO_RESOURCES = 5
    NO_BINDING = 12
    NOT_UNIQUE = 13
    UNIQUE_REGISTERED = 14


class ErrorCode(IntEnum):
    """Error indication codes (RFC 2332 section 5.2.7)."""

    LOOP_DETECTED = 3
    UNREACHABLE = 6
    PROTOCOL_ERROR = 7
    AUTHENTICATION_FAILURE = 11
    HOPS_EXCEEDED = 15


class ExtensionType(IntEnum):
    """Extension types in use; 9 is Cisco's."""

    END = 0
    RESPONDER = 3
    FORWARD_TRANSIT = 4
    REVERSE_TRANSIT = 5
    AUTHENTICATION = 7
    NAT = 9


FLAG_SOURCE_IS_ROUTER = 0x8000  # resolution
FLAG_AUTHORITATIVE = 0x4000  # resolution
FLAG_DESTINATION_STABLE = 0x2000  # resolution
FLAG_SOURCE_STABLE = 0x0800  # resolution
FLAG_UNIQUE = 0x8000  # registration
FLAG_NO_REPLY = 0x8000  # purge
FLAG_NAT = 0x0002  # resolution, registration: the sender knows extension 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Cie:
    """One client information entry; `nbma` and `protocol` are None where the header's say it."""

    code: int = Code.SUCCESS
    prefix_length: int = HOST_PREFIX
    mtu: int = 0  # bytes
    holding_time: int = 0  # s
    nbma: IPv4Address | None = None
    protocol: IPv4Address | None = None
    preference: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One extension; `value` never shows in a repr, since it may be the authentication string."""

    type: int
    value: bytes = b""
    compulsory: bool = True

    def __repr__(self) -> str:
        return f"Extension(type={self.type}, {len(self.value)} bytes)"

    def cies(self) -> tuple[Cie, ...]:
        """Read the value as CIEs (extensions 3, 4, 5 and 9); raises PacketError."""
        return decode_cies(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One NHRP packet.

    `code`, `offset` and `payload` belong to indications, `request_id` and `cies` to all others.
    """

    type: PacketType
    src_nbma: IPv4Address
    src_protocol: IPv4Address
    dst_protocol: IPv4Address
    flags: int = 0
    request_id: int = 0
    cies: tuple[Cie, ...] = ()
    extensions: tuple[Extension, ...] = ()
    hops: int = DEFAULT_HOPS
    code: int = 0
    offset: int = 0
    payload: bytes = b""

    def extension(self, kind: ExtensionType) -> Extension | None:
        """Return the first extension of that type."""
        return next((item for item in self.extensions if item.type == kind), None)

    @property
    def target(self) -> IPv4Address:
        """Where the packet is routed to."""
        return self.src_protocol if self.type.is_reply else self.dst_protocol


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 when `data` holds its own right checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def authentication(secret: str) -> Extension:
    """Return Cisco's plain-text authentication extension."""
    return Extension(type=ExtensionType.AUTHENTICATION, value=_PLAIN_TEXT + secret.encode())


def encode_cies(cies: tuple[Cie, ...]) -> bytes:
    """Return the bytes of `cies` one after the other."""
    out = bytearray()
    for cie in cies:
        nbma = cie.nbma.packed if cie.nbma else b""
        protocol = cie.protocol.packed if cie.protocol else b""
        out += _CIE.pack(
            cie.code,
            cie.prefix_length,
            0,
            cie.mtu,
            cie.holding_time,
            len(nbma),
            0,
            len(protocol),
            cie.preference,
        )
        out += nbma + protocol
    return bytes(out)


def decode_cies(data: bytes) -> tuple[Cie, ...]:
    """Read CIEs until `data` ends; raises PacketError."""
    found = []
    while data:
        if len(data) < _CIE.size:
            raise PacketError("truncated client information entry")
        code, prefix, _, mtu, holding, nbma, sub, protocol, preference = _CIE.unpack_from(data)
        end = _CIE.size + nbma + sub + protocol
        if nbma not in {0, 4} or sub or protocol not in {0, 4}:
            raise PacketError("addresses of a client information entry are not IPv4")
        if len(data) < end:
            raise PacketError("truncated address in a client information entry")
        middle = _CIE.size + nbma
        found.append(
            Cie(
                code=code,
                prefix_length=prefix,
                mtu=mtu,
                holding_time=holding,
                nbma=IPv4Address(data[_CIE.size : middle]) if nbma else None,
                protocol=IPv4Address(data[middle:end]) if protocol else None,
                preference=preference,
            )
        )
        data = data[end:]
    return tuple(found)


def encode(packet: Packet) -> bytes:
    """Return the bytes of `packet` with lengths and checksum; extensions are closed by an end."""
    word = packet.code << 16 | packet.offset if packet.type.is_indication else packet.request_id
    body = packet.src_nbma.packed + packet.src_protocol.packed + packet.dst_protocol.packed
    body += packet.payload if packet.type.is_indication else encode_cies(packet.cies)
    tail = b"".join(
        _EXTENSION.pack(item.type | (_COMPULSORY if item.compulsory else 0), len(item.value))
        + item.value
        for item in packet.extensions
    )
    offset = _HEADER + len(body) if tail else 0
    if tail:
        tail += _EXTENSION.pack(ExtensionType.END | _COMPULSORY, 0)
    out = bytearray(
        _FIXED.pack(
            AFN_IPV4,
            PROTOCOL_IPV4,
            bytes(5),
            packet.hops,
            _HEADER + len(body) + len(tail),
            0,
            offset,
            VERSION,
            packet.type,
            4,
            0,
        )
    )
    out += _MANDATORY.pack(4, 4, packet.flags, word) + body + tail
    struct.pack_into("!H", out, 12, checksum(bytes(out)))
    return bytes(out)


def decode(data: bytes) -> Packet:
    """Read one packet; bytes after its own length (padding) are ignored. Raises PacketError."""
    if len(data) < _HEADER:
        raise PacketError("truncated header")
    afn, protocol, _, hops, size, carried, extensions_at, version, kind, nbma, sub = (
        _FIXED.unpack_from(data)
    )
    source, destination, flags, word = _MANDATORY.unpack_from(data, _FIXED.size)
    if version != VERSION:
        raise PacketError(f"version {version}")
    if (afn, protocol) != (AFN_IPV4, PROTOCOL_IPV4):
        raise PacketError(f"address family {afn}, protocol type {protocol:#06x}")
    if (nbma, sub, source, destination) != (4, 0, 4, 4):
        raise PacketError("address lengths of the header are not IPv4's")
    start = _HEADER + nbma + source + destination
    if not start <= size <= len(data):
        raise PacketError(f"length {size} of {len(data)} bytes received")
    data = data[:size]
    if carried and checksum(data):
        raise PacketError("wrong checksum")
    if extensions_at and not start <= extensions_at <= size:
        raise PacketError(f"extensions at {extensions_at} of {size}")
    try:
        packet_type = PacketType(kind)
    except ValueError:
        raise PacketError(f"packet type {kind}") from None
    body = data[start : extensions_at or size]
    indication = packet_type.is_indication
    return Packet(
        type=packet_type,
        src_nbma=IPv4Address(data[_HEADER : _HEADER + 4]),
        src_protocol=IPv4Address(data[_HEADER + 4 : _HEADER + 8]),
        dst_protocol=IPv4Address(data[_HEADER + 8 : start]),
        flags=flags,
        request_id=0 if indication else word,
        cies=() if indication else decode_cies(body),
        extensions=_decode_extensions(data[extensions_at:]) if extensions_at else (),
        hops=hops,
        code=word >> 16 if indication else 0,
        offset=word & 0xFFFF if indication else 0,
        payload=body if indication else b"",
    )


def _decode_extensions(data: bytes) -> tuple[Extension, ...]:
    found = []
    while data:
        if len(data) < _EXTENSION.size:
            raise PacketError("truncated extension")
        kind, length = _EXTENSION.unpack_from(data)
        if kind & 0x3FFF == ExtensionType.END:
            break
        end = _EXTENSION.size + length
        if len(data) < end:
            raise PacketError("truncated extension value")
        found.append(
            Extension(
                type=kind & 0x3FFF,
                value=data[_EXTENSION.size : end],
                compulsory=bool(kind & _COMPULSORY),
            )
        )
        data = data[end:]
    return tuple(found)
