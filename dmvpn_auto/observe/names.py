"""Interface names: IOS prints them long or short (`Tu0`), people type a blank (`Tunnel 0`)."""

from __future__ import annotations

import re

_LONG = (
    "Tunnel",
    "Loopback",
    "Ethernet",
    "FastEthernet",
    "GigabitEthernet",
    "TwoGigabitEthernet",
    "FiveGigabitEthernet",
    "TenGigabitEthernet",
    "TwentyFiveGigE",
    "FortyGigabitEthernet",
    "HundredGigE",
    "Port-channel",
    "Vlan",
    "Serial",
    "Dialer",
    "Cellular",
    "BVI",
    "BDI",
    "Virtual-Access",
    "Virtual-Template",
    "VirtualPortGroup",
    "Null",
)
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z-]*?)\s*(\d[\d/.:]*)\s*$")


def long_interface(name: str) -> str:
    """Return the name as the running configuration spells it.

    One that is not known comes back unchanged.
    """
    parts = _NAME.match(name)
    if parts is None:
        return name.strip()
    typed, number = parts.groups()
    return f"{interface_kind(typed) or typed}{number}"


def interface_kind(typed: str) -> str | None:
    """Return the kind of interface that `typed` abbreviates, None when there is none."""
    return next((kind for kind in _LONG if kind.lower().startswith(typed.lower())), None)
