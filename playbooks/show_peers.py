"""Print the DMVPN peers of every router: `python playbooks/show_peers.py inventory`."""

from __future__ import annotations

import sys
from pathlib import Path

from dmvpn_auto.device import Session, open_fleet
from dmvpn_auto.errors import DeviceError
from dmvpn_auto.observe import parse
from dmvpn_auto.observe.evidence import Dmvpn, DmvpnPeer

COMMAND = "show dmvpn"


def peers(session: Session) -> tuple[DmvpnPeer, ...]:
    """Return the rows of one router."""
    reading = parse(COMMAND, session.show(COMMAND))
    return reading.peers if isinstance(reading, Dmvpn) else ()


def main() -> None:
    """Ask all routers at once; print in the order of the inventory."""
    with open_fleet(Path(sys.argv[1])) as fleet:
        for name, result in fleet.run(peers).items():
            if isinstance(result, DeviceError):
                print(result)
                continue
            for peer in result:
                print(name, peer.tunnel_address, peer.nbma_address, peer.state, peer.uptime)


if __name__ == "__main__":
    main()
