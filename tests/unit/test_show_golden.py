"""Every show command of a hub and a spoke against reviewed text (tests/golden/show).

`python -m tests.unit.test_show_golden` writes the files anew; review the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dmvpn_auto.lab.live import LiveState, Tree
from dmvpn_auto.lab.show import Session
from tests.unit.show_states import HUB, RUNNING, SPOKE, SPOKE_RUNNING, show

FOLDER = Path(__file__).parent.parent / "golden" / "show"
SESSIONS = (Session(2, 0, "admin", "10.0.0.9", 0, True), Session(0, 0, "", "", 12, False))
COMMANDS = (
    "show dmvpn",
    "show dmvpn detail",
    "show ip nhrp",
    "show ip nhrp detail",
    "show ip nhrp shortcut",
    "show ip nhrp brief",
    "show ip nhrp summary",
    "show ip nhrp traffic",
    "show ip nhrp multicast",
    "show ip nhrp nhs",
    "show ip nhrp nhs detail",
    "show crypto ikev2 sa",
    "show crypto ikev2 sa detailed",
    "show crypto ikev2 session",
    "show crypto isakmp sa",
    "show crypto ipsec sa",
    "show crypto session",
    "show crypto session detail",
    "show ip bgp",
    "show ip bgp summary",
    "show ip route",
    "show ip route next-hop-override",
    "show ip route vrf INET",
    "show ip route 10.2.0.1",
    "show interfaces",
    "show interfaces description",
    "show ip interface Tunnel0",
    "show ip interface brief",
    "show arp",
    "show arp vrf INET",
    "show ip cef",
    "show ip cef 10.2.0.1",
    "show ip cef vrf INET 10.2.0.1",
    "show ip ospf interface",
    "show crypto pki certificates",
    "show ip access-lists",
    "show ntp status",
    "show version",
    "show clock",
    "show users",
    "show vrf",
)
ROUTERS: dict[str, tuple[LiveState, Tree]] = {
    "hub": (HUB, RUNNING),
    "spoke": (SPOKE, SPOKE_RUNNING),
}


def transcript(router: str) -> dict[str, str]:
    live, running = ROUTERS[router]
    return {command: show(command, live, running, sessions=SESSIONS) for command in COMMANDS}


def written(router: str) -> str:
    return "".join(f"{router}#{command}\n{out}" for command, out in transcript(router).items())


@pytest.mark.parametrize("router", ROUTERS)
def test_output_is_as_reviewed(router: str) -> None:
    assert written(router) == (FOLDER / f"{router}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ROUTERS:
        (FOLDER / f"{name}.txt").write_text(written(name), encoding="utf-8")
