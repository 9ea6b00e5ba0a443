"""Timers and modes of the routing protocol on the tunnel, as the router runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dmvpn_auto.design.types import CloudDesign, Eigrp, Ospf, RouterDesign
from dmvpn_auto.observe.evidence import (
    EigrpInterface,
    EigrpInterfaces,
    OspfInterface,
    OspfInterfaces,
)
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import over_ipv4, routers

_Facts = Mapping[str, tuple[object, object]]
"""What -> (as shown, as designed)."""
_ELECTED = ("broadcast", "non-broadcast")


class OverlayTimers(Check):
    """OSPF and EIGRP run on the tunnel with the timers and modes of the design.

    OSPF: network type, hello and dead interval, area, priority where there is an election. EIGRP:
    hello and hold interval, split horizon, next-hop-self. Timers of BGP are part of the
    configuration only.
    """

    name = "overlay-timers"
    about = "every router whose overlay is OSPF or EIGRP"
    reads = ("show ip ospf interface TunnelN", "show ip eigrp interfaces detail TunnelN")
    stands_on = ("tunnel-interface",)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router with such an overlay for IPv4."""
        found = (s for s in routers(cloud) if isinstance(s.device.overlay, Ospf | Eigrp))
        return (s for s in found if over_ipv4(s.device))

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The protocol's view of the interface."""
        return [_command(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say the facts of the design."""
        overlay = subject.device.overlay
        if isinstance(overlay, Ospf):
            return (
                f"OSPF area {overlay.area}, {overlay.network_type}, hello {overlay.hello}, "
                f"dead {overlay.dead}"
            )
        if isinstance(overlay, Eigrp):
            return f"EIGRP {overlay.asn}, hello {overlay.hello}, hold {overlay.hold}"
        return ""

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare what the router prints; what it does not print is not judged."""
        device, name = subject.device, subject.device.tunnel.interface
        command = _command(device)
        overlay = device.overlay
        rows: list[tuple[tuple[str, ...], _Facts]] = []
        if isinstance(overlay, Ospf):
            ospf = case.evidence.whole(device.name, command, OspfInterfaces).interfaces
            rows = [(row.lines, _ospf(overlay, row)) for row in ospf if row.interface == name]
        if isinstance(overlay, Eigrp):
            eigrp = case.evidence.whole(device.name, command, EigrpInterfaces).interfaces
            rows = [(row.lines, _eigrp(overlay, row)) for row in eigrp if row.interface == name]
        if not rows:
            return Answer(False, f"the routing protocol does not run on {name}")
        lines, facts = rows[0]
        shown = {what: (got, want) for what, (got, want) in facts.items() if got is not None}
        wrong = [f"{what} {got}, not {want}" for what, (got, want) in shown.items() if got != want]
        said = ", ".join(f"{what} {got}" for what, (got, _) in shown.items())
        kept = {what: str(got) for what, (got, _) in shown.items()}
        return Answer(not wrong, "; ".join(wrong) or said, lines, kept)


def _command(router: RouterDesign) -> str:
    tunnel, overlay = router.tunnel, router.overlay
    if isinstance(overlay, Ospf):
        return f"show ip ospf interface {tunnel.interface}"
    return commands.eigrp_interfaces(router)


def _ospf(overlay: Ospf, row: OspfInterface) -> _Facts:
    area = row.area.removeprefix("0.0.0.") if row.area.startswith("0.0.0.") else row.area
    elected = overlay.network_type in _ELECTED and overlay.priority is not None
    shown = row.network_type.lower().replace("_", "-") if row.network_type else None
    return {
        "area": (area, str(overlay.area)),
        "type": (shown, overlay.network_type),
        "hello": (row.hello, overlay.hello),
        "dead": (row.dead, overlay.dead),
        **({"priority": (row.priority, overlay.priority)} if elected else {}),
    }


def _eigrp(overlay: Eigrp, row: EigrpInterface) -> _Facts:
    return {
        "hello": (row.hello, overlay.hello),
        "hold": (row.hold, overlay.hold),
        "split horizon": (row.split_horizon, overlay.split_horizon),
        "next-hop-self": (row.next_hop_self, overlay.next_hop_self),
    }
