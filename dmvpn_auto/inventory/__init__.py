"""The inventory folder: clouds, routers, credentials by reference, the record of addresses.

`open_design` is what most callers want: read, resolve and judge one cloud. Wrong files are
InputError with file and line, a cloud that cannot work is IntentError.
"""

from dmvpn_auto.inventory.clouds import examine_all, open_design
from dmvpn_auto.inventory.configs import Written, write_configs
from dmvpn_auto.inventory.evidence_files import read_folder, write_folder
from dmvpn_auto.inventory.example import make_example
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.inventory.folder import cloud_names, cloud_path, clouds, require_folder
from dmvpn_auto.inventory.hosts import Host, Hosts, load_hosts
from dmvpn_auto.inventory.intent import Loaded, load_cloud
from dmvpn_auto.inventory.ledger import ledger_path, read_ledger, write_ledger
from dmvpn_auto.inventory.selection import select
from dmvpn_auto.inventory.settings import read_settings

__all__ = [
    "Host",
    "Hosts",
    "Loaded",
    "Written",
    "cloud_names",
    "cloud_path",
    "clouds",
    "examine_all",
    "ledger_path",
    "load_cloud",
    "load_hosts",
    "make_example",
    "open_design",
    "read_folder",
    "read_ledger",
    "read_settings",
    "require_folder",
    "select",
    "write_atomically",
    "write_configs",
    "write_folder",
    "write_ledger",
]
