"""NHRP packets: known bytes, what is refused, and encode/decode as inverses."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmvpn_auto.lab.nhrp.packet import (
    FLAG_NAT,
    FLAG_UNIQUE,
    Cie,
    Extension,
    ExtensionType,
    Packet,
    PacketError,
    PacketType,
    authentication,
    checksum,
    decode,
    encode,
    encode_cies,
)

A = IPv4Address

# A registration request of a spoke, field by field from RFC 2332 sections 5.2.0.1, 5.2.3 and 5.3.
REGISTRATION = bytes.fromhex(
    "0001 0800 0000000000 ff 0058 0000 0034 01 03 04 00"  # fixed part
    "04 04 8002 00000007"  # unique + NAT, request id 7
    "c6336402 0aff000b 0aff0001"  # 198.51.100.2, 10.255.0.11 -> 10.255.0.1
    "00 ff 0000 0578 0258 00 00 00 00"  # CIE: unique, MTU 1400, 600 s, addresses of the header
    "8003 0000 8004 0000 8005 0000"  # responder, forward and reverse transit
    "8007 000c 00000001 636973636f313233"  # authentication "cisco123"
    "0009 0000"  # NAT address, empty
    "8000 0000"
)


def with_checksum(data: bytes) -> bytes:
    out = bytearray(data)
    struct.pack_into("!H", out, 12, checksum(data))
    return bytes(out)


def registration() -> Packet:
    return Packet(
        type=PacketType.REGISTRATION_REQUEST,
        src_nbma=A("198.51.100.2"),
        src_protocol=A("10.255.0.11"),
        dst_protocol=A("10.255.0.1"),
        flags=FLAG_UNIQUE | FLAG_NAT,
        request_id=7,
        cies=(Cie(prefix_length=0xFF, mtu=1400, holding_time=600),),
        extensions=(
            Extension(type=ExtensionType.RESPONDER),
            Extension(type=ExtensionType.FORWARD_TRANSIT),
            Extension(type=ExtensionType.REVERSE_TRANSIT),
            authentication("cisco123"),
            Extension(type=ExtensionType.NAT, compulsory=False),
        ),
    )


def test_registration_request_to_the_byte() -> None:
    assert encode(registration()) == with_checksum(REGISTRATION)


def test_registration_request_from_bytes() -> None:
    assert decode(with_checksum(REGISTRATION)) == registration()


def test_checksum_of_rfc_1071_example() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_padding_is_ignored() -> None:
    assert decode(with_checksum(REGISTRATION) + b"padding") == registration()


def test_checksum_zero_means_none() -> None:
    assert decode(REGISTRATION) == registration()


def test_traffic_indication_carries_the_datagram() -> None:
    packet = Packet(
        type=PacketType.TRAFFIC_INDICATION,
        src_nbma=A("203.0.113.2"),
        src_protocol=A("10.255.0.1"),
        dst_protocol=A("10.1.0.10"),
        code=0,
        payload=b"\x45\x00" + bytes(26),
        extensions=(authentication("k"),),
    )
    data = encode(packet)
    assert data[17] == 8
    assert data[24:28] == bytes(4)
    assert decode(data) == packet


def test_secret_is_not_in_a_repr() -> None:
    assert "canary42" not in repr(decode(encode(registration())))
    assert "canary42" not in repr(authentication("canary42"))
    assert authentication("canary42").value.endswith(b"canary42")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d: d[:30], "truncated header|length"),
        (lambda d: d[:0], "truncated header"),
        (lambda d: d[:16] + b"\x02" + d[17:], "version 2"),
        (lambda d: d[:17] + b"\x09" + d[18:], "packet type 9"),
        (lambda d: b"\x00\x02" + d[2:], "address family 2"),
        (lambda d: d[:2] + b"\x86\xdd" + d[4:], "protocol type 0x86dd"),
        (lambda d: d[:10] + b"\xff\xff" + d[12:], "length 65535"),
        (lambda d: d[:14] + b"\x00\x01" + d[16:], "extensions at 1"),
        (lambda d: d[:18] + b"\x10" + d[19:], "address lengths"),
        (lambda d: d[:48] + b"\x04" + d[49:], "truncated address|not IPv4"),
    ],
)
def test_refused(change: Callable[[bytes], bytes], why: str) -> None:
    with pytest.raises(PacketError, match=why):
        decode(change(REGISTRATION))


def test_one_flipped_bit_is_noticed() -> None:
    data = bytearray(with_checksum(REGISTRATION))
    data[33] ^= 0x40
    with pytest.raises(PacketError, match="checksum"):
        decode(bytes(data))


addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
bytes16 = st.integers(0, 2**16 - 1)
cies = st.builds(
    Cie,
    code=st.integers(0, 255),
    prefix_length=st.integers(0, 255),
    mtu=bytes16,
    holding_time=bytes16,
    nbma=st.none() | addresses,
    protocol=st.none() | addresses,
    preference=st.integers(0, 255),
)
extensions = st.builds(
    Extension,
    type=st.integers(1, 0x3FFF),
    value=st.binary(max_size=40) | st.lists(cies, max_size=3).map(lambda c: encode_cies(tuple(c))),
    compulsory=st.booleans(),
)
requests = st.builds(
    Packet,
    type=st.sampled_from([t for t in PacketType if not t.is_indication]),
    src_nbma=addresses,
    src_protocol=addresses,
    dst_protocol=addresses,
    flags=bytes16,
    request_id=st.integers(0, 2**32 - 1),
    cies=st.lists(cies, max_size=4).map(tuple),
    extensions=st.lists(extensions, max_size=4).map(tuple),
    hops=st.integers(0, 255),
)
indications = st.builds(
    Packet,
    type=st.sampled_from([PacketType.ERROR_INDICATION, PacketType.TRAFFIC_INDICATION]),
    src_nbma=addresses,
    src_protocol=addresses,
    dst_protocol=addresses,
    flags=bytes16,
    extensions=st.lists(extensions, max_size=4).map(tuple),
    hops=st.integers(0, 255),
    code=bytes16,
    offset=bytes16,
    payload=st.binary(max_size=200),
)


@given(requests | indications)
def test_decode_undoes_encode(packet: Packet) -> None:
    assert decode(encode(packet)) == packet


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(PacketError):
        decode(data)


@given(requests, st.data())
def test_mutilated_packets_are_refused_and_nothing_else(
    packet: Packet, data: st.DataObject
) -> None:
    raw = bytearray(encode(packet))
    raw[12:14] = b"\0\0"
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PacketError):
        for extension in decode(bytes(raw)).extensions:
            extension.cies()
