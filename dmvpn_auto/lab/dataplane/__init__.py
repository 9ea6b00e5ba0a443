"""A router's Linux side: kernel, NHRP, IKE and routing daemons that follow its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dmvpn_auto.lab.dataplane.node import LinuxDataplane
    from dmvpn_auto.lab.spec import NodeSpec

__all__ = ["open_dataplane"]


async def open_dataplane(spec: NodeSpec) -> LinuxDataplane:
    """Make a node's namespaces a router with an empty configuration; close it when done.

    Raises LabError when a namespace is gone. The kernel's and daemons' libraries are imported
    here, as whoever only reads configurations has no need of them.
    """
    from dmvpn_auto.lab.dataplane.node import LinuxDataplane
    from dmvpn_auto.lab.nhrp import NhrpNode

    router = LinuxDataplane(
        spec, lambda on_log: NhrpNode(spec.netns, name=spec.name, on_log=on_log)
    )
    await router.open()
    return router
