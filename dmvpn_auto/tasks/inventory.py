"""Nornir's view of an inventory folder: hosts as they are reached, and what the cloud says of them.

`host.data` holds what hosts.yaml gives, and `cloud`, `role` ("hub", "spoke"), `site`, `group` and
`tunnel_address` of routers in the cloud, so that `nornir.filter(site="berlin", role="spoke")`
works. Credentials are resolved when the inventory is loaded and never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import Defaults, Groups, Hosts, Inventory
from nornir.core.state import GlobalState
from nornir.plugins.runners import ThreadedRunner

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device.credentials import Keys
from dmvpn_auto.device.fleet import WORKERS, nornir_host
from dmvpn_auto.inventory import clouds, load_hosts, open_design


class DmvpnInventory:
    """Nornir's inventory plugin; `cloud` may be left out where the folder has one or none."""

    def __init__(self, folder: str | Path, cloud: str | None = None) -> None:
        self._folder = Path(folder)
        self._cloud = cloud

    def load(self) -> Inventory:
        """Return the hosts. Raises InputError, IntentError, SecretError."""
        stop, keys = Event(), Keys()
        known = load_hosts(self._folder)
        hosts = Hosts({name: nornir_host(host, stop, keys) for name, host in known.items()})
        if self._cloud is not None or len(clouds(self._folder)) == 1:
            _tell(hosts, open_design(self._folder, self._cloud))
        return Inventory(hosts, Groups(), Defaults())


def _tell(hosts: Hosts, design: CloudDesign) -> None:
    for router in design.routers:
        if router.name in hosts:
            hosts[router.name].data |= {
                "cloud": design.name,
                "role": router.role.value,
                "site": router.site,
                "group": router.group,
                "tunnel_address": str(router.tunnel.address.ip),
            }


@contextmanager
def open_nornir(
    folder: str | Path,
    cloud: str | None = None,
    *,
    workers: int = WORKERS,
    dry_run: bool = False,
) -> Iterator[Nornir]:
    """Give a Nornir over an inventory folder; its sessions end with the block.

    `workers` routers are worked on at a time. With `dry_run` tasks read and change nothing.
    """
    nornir = Nornir(
        inventory=DmvpnInventory(folder, cloud).load(),
        runner=ThreadedRunner(num_workers=workers),
        config=Config(),
        data=GlobalState(dry_run=dry_run),
    )
    try:
        yield nornir
    finally:
        nornir.close_connections()
