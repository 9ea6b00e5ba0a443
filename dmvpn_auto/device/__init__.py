"""Routers over SSH: one session (netmiko without its waits), many of them (Nornir).

`open_fleet` gives the routers of an inventory; work is a function that takes a Session. Secrets
are resolved from their references when a session is opened and are kept out of every message.
"""

from dmvpn_auto.device.fleet import Fleet, InterruptedFleet, open_fleet
from dmvpn_auto.device.session import PushResult, Session

__all__ = ["Fleet", "InterruptedFleet", "PushResult", "Session", "open_fleet"]
