"""The tunnels whose redirects are off although `ip nhrp redirect` is displayed.

As on IOS, a tunnel that loses its network-id sends no redirects when it has one again, until `ip
nhrp redirect` is typed once more.
"""

from __future__ import annotations

from dmvpn_auto.lab.dataplane.tree import number, sections, value
from dmvpn_auto.lab.live import Tree

_NETWORK_ID, _REDIRECT = "ip nhrp network-id", "ip nhrp redirect"


class Redirects:
    """Follows the configurations of one router, line by line."""

    def __init__(self) -> None:
        self.off: set[str] = set()

    def note(self, before: Tree, now: Tree) -> None:
        """Take a step; one that changes nothing says that the line was typed again."""
        if before == now:
            self.off.clear()
            return
        had, has = _tunnels(before), _tunnels(now)
        for name, body in had.items():
            if number(body, _NETWORK_ID) is not None and (
                number(has.get(name, {}), _NETWORK_ID) is None
            ):
                self.off.add(name)
        self.off = {name for name in self.off if value(has.get(name, {}), _REDIRECT) is not None}


def _tunnels(tree: Tree) -> dict[str, Tree]:
    return {words[0]: body for words, body in sections(tree, "interface")}
