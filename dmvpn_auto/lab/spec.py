"""What the world hands to each router it makes: where its Linux node lives and how it is cabled.

The facts are settled before a router is configured and do not change while it lives. A router
has a network namespace (for sockets: netlink, packet, ping) and a process that holds its mount,
network and host-name namespaces (for daemons, which look for their files under /run).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """One router of the lab as Linux sees it."""

    name: str
    """Node name in the topology, "spoke1"."""
    netns: str
    """Name of the network namespace under /run/netns."""
    holder_pid: int
    """A process that lives in the node's mount, network and UTS namespaces as long as the node."""
    run_dir: Path
    """Folder of the world (tmpfs) which the node's daemons see as /run."""
    interfaces: dict[str, str] = field(default_factory=dict)
    """IOS name -> Linux device, for example {"GigabitEthernet1": "eth1"}."""

    @property
    def netns_path(self) -> Path:
        """The file to give to setns(2)."""
        return Path("/run/netns", self.netns)
