"""The tunnel interface, the configuration around it, and the way of its packets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network

from dmvpn_auto.design.types import CloudDesign, Network, Role, RouterDesign
from dmvpn_auto.errors import IntentError
from dmvpn_auto.ios import diff, mask, parse
from dmvpn_auto.observe.evidence import Interface, Interfaces, Route
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.check import Answer, Case, Check, Subject
from dmvpn_auto.verify.checks.subjects import EVERY_ROUTER, links, over_ipv4, routers
from dmvpn_auto.verify.commands import Address
from dmvpn_auto.verify.evidence import NoEvidenceError


class TunnelInterface(Check):
    """The tunnel is up/up; address, source, mode, key, protection and `ip mtu` as designed."""

    name = "tunnel-interface"
    about = EVERY_ROUTER
    reads = (commands.INTERFACE, commands.IP_INTERFACE)

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router."""
        return routers(cloud)

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """Both sides of the interface: `show interfaces` does not print `ip mtu`."""
        return [commands.interface(subject.device), commands.ip_interface(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say state, address, source, key, MTU."""
        tunnel = subject.device.tunnel
        key = f", key {tunnel.key}" if tunnel.key is not None else ""
        return (
            f"{tunnel.interface} up/up, {tunnel.address}, source {tunnel.source_interface}{key}, "
            f"ip mtu {tunnel.ip_mtu}"
        )

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Compare all facts; name the state INTF when the line is down."""
        device, tunnel = subject.device, subject.device.tunnel
        reading = case.evidence.get(device.name, commands.interface(device), Interfaces)
        row = next((i for i in reading.interfaces if i.interface == tunnel.interface), None)
        if row is None:
            case.evidence.whole(device.name, commands.interface(device), Interfaces)
            return Answer(holds=False, actual=f"INTF ({tunnel.interface} does not exist)")
        if row.line != "up":
            words = f"INTF ({row.interface} is {row.admin}, line protocol {row.line})"
            return Answer(holds=False, actual=words, evidence=row.lines[:1])
        ip = case.evidence.get(device.name, commands.ip_interface(device), Interfaces)
        side = next((i for i in ip.interfaces if i.interface == tunnel.interface), None)
        facts = _interface_facts(device, row, side)
        if any(got is None and want is not None for got, want in facts.values()):
            for command in self.commands(subject):
                case.evidence.whole(device.name, command, Interfaces)
        wrong = [f"{k} {got}, not {want}" for k, (got, want) in facts.items() if got != want]
        said = ", ".join(f"{k} {got}" for k, (got, _) in facts.items() if got is not None)
        lines = row.lines + (side.lines if side else ())
        seen = {k: str(got) for k, (got, _) in facts.items()}
        return Answer(not wrong, "; ".join(wrong) or f"up/up, {said}", lines, seen)


_Facts = Mapping[str, tuple[str | int | None, str | int | None]]
"""What -> (as shown, as designed)."""


def _interface_facts(device: RouterDesign, row: Interface, side: Interface | None) -> _Facts:
    tunnel = device.tunnel
    facts: dict[str, tuple[str | int | None, str | int | None]] = {
        "source": (row.tunnel_source_interface, tunnel.source_interface),
        "key": (row.tunnel_key, tunnel.key),
    }
    if over_ipv4(device):
        facts = {"address": (row.address, str(tunnel.address)), **facts}
        facts["ip mtu"] = (side.ip_mtu if side else None, tunnel.ip_mtu)
    elif side is not None:
        own = str(tunnel.address.ip)
        shown = [one.partition("/")[0] for one in side.ipv6_addresses]
        facts["address"] = (own if own in shown else ", ".join(shown) or None, own)
    if row.tunnel_mode is not None:
        multipoint = "multi-GRE" if row.tunnel_mode.startswith("multi") else "GRE"
        facts["mode"] = (multipoint, "multi-GRE" if tunnel.destination is None else "GRE")
    if tunnel.destination is not None:
        facts["destination"] = (row.tunnel_destination, str(tunnel.destination))
    wanted = device.crypto.ipsec.profile if device.crypto else None
    facts["protection"] = (row.tunnel_protection, wanted)
    return facts


_NUMBERED = re.compile(r"<secret \d+>")


class Configuration(Check):
    """The running configuration holds what the design says, line by line, where the cloud owns it.

    Secrets are compared by presence only, since evidence holds none of them.
    """

    name = "configuration"
    about = EVERY_ROUTER
    reads = (commands.CONFIGURATION,)
    bars = False
    shared = True

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router."""
        return routers(cloud)

    def commands(self, _: Subject, /) -> Sequence[str]:
        """All of it."""
        return [commands.CONFIGURATION]

    def expected(self, subject: Subject) -> str:
        """Say that nothing differs."""
        return f"the lines of cloud {subject.device.cloud} as rendered"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Difference of both as trees; the same that `deploy` would push."""
        device = subject.device
        if case.config is None:
            raise NoEvidenceError("no rendered configuration to compare with")
        text = case.evidence.text(device.name, commands.CONFIGURATION)
        if text.rstrip().rpartition("\n")[2].strip() != "end":
            raise NoEvidenceError("the running configuration ends before its `end`")
        wanted = "\n".join(map(mask, case.config(device).split("\n")))
        try:
            change = diff(parse(_NUMBERED.sub("<secret>", text)), parse(wanted))
        except IntentError as error:
            return Answer(False, error.message)
        lines = tuple(map(str, change.deltas))
        off = [f"{d.mark} {d.text}" for d in change.deltas if d.mark != " "]
        if not off:
            return Answer(True, "as rendered", (), {"different lines": "0"})
        more = f" and {len(off) - _SHOWN} more" if len(off) > _SHOWN else ""
        said = f"{len(off)} lines differ: {', '.join(off[:_SHOWN])}{more}"
        return Answer(False, said, lines, {"different lines": " | ".join(off)})


_SHOWN = 4
"""Different lines named in one sentence; the evidence has all."""


class UnderlayRoute(Check):
    """The route to each NBMA address does not lead into the tunnel (recursive routing).

    Not asked where a front-door VRF keeps the two tables apart.
    """

    name = "underlay-route"
    about = "every router whose underlay and overlay share a routing table"
    reads = (commands.ROUTES,)
    bars = False

    def subjects(self, cloud: CloudDesign) -> Iterator[Subject]:
        """Every router that has one table for both."""
        for subject in routers(cloud):
            tunnel = subject.device.tunnel
            one_table = tunnel.front_vrf == tunnel.inside_vrf
            if one_table and tunnel.ipv6_transport != over_ipv4(subject.device):
                yield subject

    def commands(self, subject: Subject, /) -> Sequence[str]:
        """The routing table."""
        return [commands.routes(subject.device)]

    def expected(self, subject: Subject) -> str:
        """Say by what not."""
        return f"no route to an NBMA address by {subject.device.tunnel.interface}"

    def judge(self, case: Case, subject: Subject) -> Answer:
        """Longest match for each peer's address."""
        device = subject.device
        table = case.evidence.routes(device.name, commands.routes(device))
        lookup = Lookup(table)
        inside = [str(network) for network in case.cloud.tunnel_subnets]
        wrong: list[str] = []
        lines: list[str] = []
        for name, address in _far_ends(case.cloud, device):
            for path in lookup(address):
                if path.interface == device.tunnel.interface or _in(path.next_hop, inside):
                    wrong.append(f"{address} of {name} by {path.code} {path.prefix} "
                                 f"via {path.next_hop or path.interface}")  # fmt: skip
                    lines += path.lines
        return Answer(not wrong, "; ".join(wrong) or "by the underlay", tuple(lines))


def _far_ends(cloud: CloudDesign, device: RouterDesign) -> Iterator[tuple[str, Address]]:
    if device.tunnel.destination is not None:
        yield "the hub", device.tunnel.destination
        return
    for nhs in device.tunnel.nhrp.nhs:
        yield nhs.hub, nhs.nbma_address
    if device.role is Role.HUB:
        for subject in links(cloud):
            client = subject.device
            if subject.towards is device and client.nbma_address is not None:
                yield client.name, client.nbma_address


def _in(address: str | None, networks: Sequence[str]) -> bool:
    if address is None:
        return False
    found = ip_network(address)
    return any(
        found.version == network.version and found.network_address in network
        for network in map(ip_network, networks)
    )


class Lookup:
    """Longest match in a routing table."""

    def __init__(self, table: Mapping[str, list[Route]]) -> None:
        self._paths: dict[tuple[int, int], list[Route]] = {}
        for prefix, paths in table.items():
            network: Network = ip_network(prefix)
            self._paths[network.prefixlen, int(network.network_address)] = paths
        self._lengths = sorted({length for length, _ in self._paths}, reverse=True)

    def __call__(self, address: Address) -> list[Route]:
        """Return the paths to `address`, none when no route covers it."""
        number, bits = int(address), address.max_prefixlen
        for length in self._lengths:
            kept = number >> (bits - length) << (bits - length)
            if (length, kept) in self._paths:
                return self._paths[length, kept]
        return []
