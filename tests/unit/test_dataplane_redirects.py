"""`ip nhrp redirect` after the network-id of its tunnel was taken away."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dmvpn_auto.lab.dataplane.redirects import Redirects
from dmvpn_auto.lab.live import Tree

NETWORK, REDIRECT = "ip nhrp network-id 1", "ip nhrp redirect"


def _tunnel(*lines: str) -> Tree:
    return {"interface Tunnel0": {line: {} for line in lines}}


BOTH, ALONE, NONE = _tunnel(NETWORK, REDIRECT), _tunnel(REDIRECT), _tunnel()


@pytest.mark.parametrize(
    ("steps", "off"),
    [
        ((NONE, BOTH), False),
        ((BOTH, ALONE, BOTH), True),
        ((BOTH, ALONE, BOTH, _tunnel(NETWORK, REDIRECT, "ip mtu 1400")), True),
        ((BOTH, ALONE, BOTH, BOTH), False),
        ((BOTH, ALONE, NONE, BOTH), False),
        ((BOTH, _tunnel("ip nhrp network-id 2", REDIRECT)), False),
        ((BOTH, {}, BOTH), False),
    ],
)
def test_redirects_stay_off_until_they_are_typed_again(steps: tuple[Tree, ...], off: bool) -> None:
    redirects = Redirects()
    for before, now in pairwise(steps):
        redirects.note(before, now)
    assert redirects.off == ({"Tunnel0"} if off else set())
