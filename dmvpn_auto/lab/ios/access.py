"""Who may reach a router's command line: `access-class` on its vty lines, and, for a router without
a dataplane, the interface that its management station comes in by.

A dataplane filters packets itself. Without one, `Way` answers from the configuration what a filter
would do to SSH packets on that interface; established sessions are cut with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from dmvpn_auto.lab import acl
from dmvpn_auto.lab.ios.checks.interface import addresses
from dmvpn_auto.lab.ios.config import Config


@dataclass(frozen=True, slots=True)
class Way:
    """How a management station reaches a router that has no dataplane."""

    interface: str
    station: IPv4Address

    def is_open(self, config: Config) -> bool:
        """Tell whether the station's packets get in: the interface is up, has an address, and no
        list on it denies them."""
        section = config.interface(self.interface)
        if section is None or section.get("shutdown"):
            return False
        own = addresses(section)
        groups = [e for e in section.starting("ip access-group") if e.text.endswith(" in")]
        return bool(own) and all(
            _permits(config, group.args["acl"], self.station, own[0].ip) for group in groups
        )


def _permits(config: Config, name: str, source: IPv4Address, destination: IPv4Address) -> bool:
    packet = acl.Packet(source=source, destination=destination)
    return acl.permits(acl.read(config.tree(), name), packet)


def admits(config: Config, source: IPv4Address) -> bool:
    """Judge a new connection by `access-class ... in` of the vty lines."""
    for line in config.top.starting("line vty"):
        for entry in line.children.starting("access-class") if line.children else ():
            inward = "in" in entry.keywords
            if inward and not _permits(config, entry.args["list"], source, IPv4Address(0)):
                return False
    return True
