"""Design and evidence to verdicts: does the cloud do what was intended, proven by the routers.

Checks are small declared classes under `checks`; `verify` polls until they hold or a deadline
passes and then proves the spoke-to-spoke shortcuts. The room opens no connection: routers, clock
and the watcher of the transport are handed in (`routers`).
"""

from __future__ import annotations

from dmvpn_auto.verify.recording import Recording, from_files, to_files
from dmvpn_auto.verify.routers import Clock, Routers, Wire, WireCount
from dmvpn_auto.verify.run import ALL, Plan, conclude, look, verify
from dmvpn_auto.verify.verdict import Status, Verdict, Verification

__all__ = [
    "ALL",
    "Clock",
    "Plan",
    "Recording",
    "Routers",
    "Status",
    "Verdict",
    "Verification",
    "Wire",
    "WireCount",
    "conclude",
    "from_files",
    "look",
    "to_files",
    "verify",
]
