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
    for kind in _LONG:
        if kind.lower().startswith(typed.lower()):
            return f"{kind}{number}"
    return f"{typed}{number}"
