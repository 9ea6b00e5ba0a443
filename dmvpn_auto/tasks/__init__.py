"""For Nornir scripts: the inventory folder as a plugin, tasks, processors. The stable API.

    from dmvpn_auto.tasks import Lines, Tell, compare, open_nornir, push, show

    with open_nornir("inventory") as nornir:
        berlin = nornir.filter(site="berlin").with_processors([Tell()])
        berlin.run(task=show, command="show dmvpn")

`verify_cloud`, `find_drift` and `roll_out` do for a script what the verbs `verify`, `drift` and
`deploy` do.

The plugins are registered with Nornir when the package is installed: `DmvpnInventory` for
`InitNornir(inventory={"plugin": "DmvpnInventory", "options": {"folder": "inventory"}})`, and the
connection `ios`, an SSH session at a privileged prompt.
"""

from dmvpn_auto.tasks.clouds import Rolled, find_drift, roll_out, verify_cloud
from dmvpn_auto.tasks.inventory import DmvpnInventory, open_nornir
from dmvpn_auto.tasks.processors import Gather, Tell
from dmvpn_auto.tasks.tasks import Lines, compare, push, save, show

__all__ = [
    "DmvpnInventory",
    "Gather",
    "Lines",
    "Rolled",
    "Tell",
    "compare",
    "find_drift",
    "open_nornir",
    "push",
    "roll_out",
    "save",
    "show",
    "verify_cloud",
]
