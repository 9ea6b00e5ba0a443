"""`show ip ospf neighbor`."""

from __future__ import annotations

from dmvpn_auto.lab.show.forms import clock, text
from dmvpn_auto.lab.show.types import ShowContext


def show_neighbors(context: ShowContext) -> str:
    """Lay out `show ip ospf neighbor [X]`; without neighbours nothing is printed."""
    name = context.args.get("interface")
    chosen = [one for one in context.live.ospf if name in (None, one.interface)]
    if not chosen:
        return ""
    lines = [
        "",
        "Neighbor ID     Pri   State           Dead Time   Address         Interface",
    ]
    lines += [
        f"{one.router_id!s:<15} {one.priority:>3}   {f'{one.state}/{one.role}':<15}"
        f" {clock(one.dead_time):<11} {one.address!s:<15} {one.interface}"
        for one in sorted(chosen, key=lambda one: (one.interface, one.router_id))
    ]
    return text(lines)
