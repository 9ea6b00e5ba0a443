"""What a configuration sets without saying it: a default that the release hides."""

from __future__ import annotations

import pytest

from dmvpn_auto.verify.diagnosis.setting import Towards
from dmvpn_auto.verify.diagnosis.settings import Configuration

HUB = Towards("Tunnel0", "10.255.0.1", "203.0.113.2")


@pytest.mark.parametrize(
    ("version", "line", "takes"),
    [
        ("15.9", "", False),
        ("15.9", " ip nhrp shortcut\n", True),
        ("17.12", "", True),
        ("17.12", " no ip nhrp shortcut\n", False),
    ],
)
def test_shortcuts_are_the_default_of_ios_xe_17(version: str, line: str, *, takes: bool) -> None:
    text = f"version {version}\ninterface Tunnel0\n ip nhrp network-id 100\n{line}"
    assert ("nhrp.shortcut" in Configuration(text).settings(HUB)) is takes
