"""Bytes of the policies that block plain GRE (layouts of linux/xfrm.h)."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from dmvpn_auto.lab.dataplane import xfrm

LOCAL = IPv4Address("198.51.100.2")


def test_sizes_are_the_kernels() -> None:
    selector, direction = xfrm._selectors(LOCAL)[0]
    assert len(selector) == 56
    assert len(xfrm._policy(selector, direction)) == 168


def test_both_halves_both_ways() -> None:
    found = set()
    for selector, direction in xfrm._selectors(LOCAL):
        destination, source = selector[:4], selector[16:20]
        family, to_length, from_length, protocol = struct.unpack_from("=HBBB", selector, 40)
        assert (family, protocol) == (2, 47)
        found.add((direction, source, from_length, destination, to_length))
    low, high = bytes(4), bytes([128, 0, 0, 0])
    own = LOCAL.packed
    assert found == {
        (1, own, 32, low, 1),
        (1, own, 32, high, 1),
        (0, low, 1, own, 32),
        (0, high, 1, own, 32),
    }


def test_policy_blocks_and_comes_last() -> None:
    selector, direction = xfrm._selectors(LOCAL)[0]
    policy = xfrm._policy(selector, direction)
    priority, _, told, action = struct.unpack_from("=IIBB", policy, 152)
    assert (told, action) == (direction, 1)
    assert priority > 400_000
