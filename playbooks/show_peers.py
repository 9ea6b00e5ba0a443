"""Print the DMVPN peers of a site's routers: `python playbooks/show_peers.py inventory [site]`."""

from __future__ import annotations

import sys

from dmvpn_auto.observe.evidence import Dmvpn
from dmvpn_auto.tasks import Tell, open_nornir, show


def main() -> None:
    """Ask all routers at once; print in the order of the inventory."""
    folder, *site = sys.argv[1:]
    with open_nornir(folder) as nornir:
        chosen = nornir.filter(site=site[0]) if site else nornir
        answers = chosen.with_processors([Tell()]).run(task=show, command="show dmvpn")
        for name, (answer, *_) in answers.items():
            reading = answer.result
            for peer in reading.peers if isinstance(reading, Dmvpn) else ():
                print(name, peer.tunnel_address, peer.nbma_address, peer.state, peer.uptime)


if __name__ == "__main__":
    main()
