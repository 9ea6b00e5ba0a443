"""The IOS command line of the lab's routers: grammar as data, a terminal without I/O, SSH around
it.

`IosNode(hostname, dataplane, interfaces, startup_config, nvram)` is one router; `await start(host,
port, host_key)`, `await close()`. The grammar follows domain notes on real configurations and
shares nothing with the templates, so that a configuration proven here was understood, not
recognised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dmvpn_auto.lab.ios.node import IosNode

__all__ = ["IosNode"]


def __getattr__(name: str) -> Any:
    """Load the SSH server only for who wants one."""
    if name == "IosNode":
        from dmvpn_auto.lab.ios.node import IosNode

        return IosNode
    raise AttributeError(name)
