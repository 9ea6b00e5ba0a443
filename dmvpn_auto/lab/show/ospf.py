"""`show ip ospf neighbor` and `show ip ospf interface`."""

from __future__ import annotations

from ipaddress import IPv4Address

from dmvpn_auto.lab.live import OspfInterface
from dmvpn_auto.lab.show import config
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


def show_interfaces(context: ShowContext) -> str:
    """Lay out `show ip ospf interface [X]`."""
    name = context.args.get("interface")
    lines: list[str] = []
    for one in context.live.ospf_interfaces:
        if name in (None, one.name):
            lines += _interface(context, one)
    if name is not None and not lines:
        return f"%OSPF: OSPF not enabled on {name}\n"
    return text(lines)


def _interface(context: ShowContext, one: OspfInterface) -> list[str]:
    process = next((rest for rest, _ in config.named(context.running, "router ospf")), "1")
    attached = any(
        line.startswith("ip ospf ") and " area " in line
        for line in config.interface(context.running, one.name)
    )
    how = "Interface Enable" if attached else "Network Statement"
    number = next(
        (n for n, held in enumerate(context.live.interfaces, 1) if held.name == one.name), 0
    )
    word = "up" if one.up else "down"
    lines = [
        f"{one.name} is {word}, line protocol is {word} ",
        f"  Internet Address {one.address}, Interface ID {number}, Area {_area(one.area)}",
        f"  Attached via {how}",
        (
            f"  Process ID {process.split()[0]}, Router ID {one.router_id},"
            f" Network Type {one.network_type}, Cost: {one.cost}"
        ),
        "  Topology-MTID    Cost    Disabled    Shutdown      Topology Name",
        f"        0           {one.cost:<9} no          no            Base",
        f"  Transmit Delay is 1 sec, State {one.state}"
        + (f", Priority {one.priority}" if one.network_type == "BROADCAST" else ""),
        (
            f"  Timer intervals configured, Hello {one.hello}, Dead {one.dead}, Wait {one.dead},"
            " Retransmit 5"
        ),
        "    oob-resync timeout 40",
    ]
    lines.append(
        "    No Hellos (Passive interface) "
        if one.hello_in is None
        else f"    Hello due in {clock(one.hello_in)}"
    )
    lines.append(f"  Neighbor Count is {one.neighbors}, Adjacent neighbor count is {one.adjacent} ")
    lines += [
        f"    Adjacent with neighbor {peer.router_id}"
        for peer in context.live.ospf
        if peer.interface == one.name and peer.state == "FULL"
    ]
    return [*lines, "  Suppress hello for 0 neighbor(s)"]


def _area(area: str) -> str:
    """Write an area that was given as a number as one."""
    return str(int(IPv4Address(area))) if area.count(".") == 3 else area
