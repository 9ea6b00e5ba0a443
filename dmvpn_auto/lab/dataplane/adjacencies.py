"""What bgpd and ospfd log of their neighbours, in the words of IOS.

FRR's reasons are kept where IOS has the same; where it has none the line ends after the state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_BGP = re.compile(r"%ADJCHANGE: neighbor ([\d.]+)\S* in vrf \S+ (Up|Down)(?: (.*))?")
_OSPF = re.compile(
    r"AdjChg: Nbr ([\d.]+), NbrIP [\d.]+ \(\S+\) on ([\w.-]+?)(?::[\d.]+)?: "
    r"(\w+) -> (\w+) \((\w+)\)"
)
_WHY = {
    "BGP Notification send": "BGP Notification sent",
    "BGP Notification received": "BGP Notification received",
    "Peer closed the session": "Peer closed the session",
    "Interface down": "Interface flap",
    "User reset": "User reset",
    "Neighbor deleted": "Neighbor deleted",
    "Admin. shutdown": "Admin. shutdown",
    "Hold Timer Expired": "BGP Notification sent",
}
_STATES = {"Deleted": "DOWN", "TwoWay": "2WAY", "ExStart": "EXSTART"}
_EVENTS = {
    "LoadingDone": "Loading Done",
    "ExchangeDone": "Loading Done",
    "InactivityTimer": "Neighbor Down: Dead timer expired",
    "LLDown": "Neighbor Down: Interface down or detached",
    "KillNbr": "Neighbor Down: Interface down or detached",
    "OneWayReceived": "1-Way",
}


def bgp_line(text: str) -> str | None:
    """Return IOS's line for one of bgpd's log; None when it has none."""
    found = _BGP.search(text)
    if found is None:
        return None
    neighbor, state, why = found.groups()
    reason = _WHY.get((why or "").strip(), "")
    return f"%BGP-5-ADJCHANGE: neighbor {neighbor} {state} {reason}".rstrip() + (
        " " if state == "Up" else ""
    )


def ospf_line(text: str, names: Mapping[str, str], process: str) -> str | None:
    """Return IOS's line for one of ospfd's log; None unless an adjacency came or went.

    `names` are the IOS names of devices.
    """
    found = _OSPF.search(text)
    if found is None:
        return None
    neighbor, device, before, after, event = found.groups()
    if "Full" not in (before, after) or before == after:
        return None
    was = "LOADING" if after == "Full" else "FULL"
    now = _STATES.get(after, after.upper())
    return (
        f"%OSPF-5-ADJCHG: Process {process}, Nbr {neighbor} on {names.get(device, device)} "
        f"from {was} to {now}, {_EVENTS.get(event, event)}"
    )
