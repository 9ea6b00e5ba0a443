"""Routers as a lab would show them: one hub and one spoke of a Phase 3 cloud, made by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import IPv4Interface
from typing import Any

from dmvpn_auto.lab.live import (
    ArpEntry,
    Bgp,
    Certificate,
    LiveState,
    OspfInterface,
    PeerState,
    Tree,
)
from dmvpn_auto.lab.show import COMMANDS, ShowContext
from dmvpn_auto.lab.show.types import Arg, ArgKind
from tests.unit.live_parts import (
    A,
    entry,
    esp,
    ike,
    interface,
    neighbor,
    path,
    peer,
    route,
    server,
    tunnel,
)

NOW = datetime(2026, 11, 2, 8, 41, 13, 127_000, tzinfo=UTC)


TUNNEL_LINES: Tree = {
    "ip nhrp network-id 100": {},
    "no ip redirects": {},
    "ip tcp adjust-mss 1360": {},
    "tunnel protection ipsec profile DMVPN-IPSEC": {},
}
RUNNING: Tree = {
    "vrf definition INET": {"rd 65000:99": {}, "address-family ipv4": {}},
    "crypto ikev2 profile DMVPN-PROF": {"dpd 40 5 on-demand": {}},
    "crypto ipsec profile DMVPN-IPSEC": {"set ikev2-profile DMVPN-PROF": {}},
    "interface Tunnel0": TUNNEL_LINES,
    "router bgp 65000": {
        "bgp listen range 10.255.0.0/24 peer-group SPOKES": {},
        "bgp listen limit 50": {},
    },
}
SPOKE_RUNNING: Tree = {
    "ip access-list extended MGMT": {"10 permit icmp any any": {}, "20 deny   ip any any": {}},
    "access-list 7 permit any": {},
    "ntp server 192.0.2.1": {},
}
SPOKE_RUNNING |= {
    line: children for line, children in RUNNING.items() if line != "router bgp 65000"
} | {"router bgp 65000": {"neighbor 10.255.0.1 remote-as 65000": {}}}

HUB = LiveState(
    uptime=3725,
    interfaces=(
        interface("GigabitEthernet1", "203.0.113.2/30", vrf="INET", description="to the provider"),
        interface("GigabitEthernet2", "10.0.0.1/24"),
        interface("Loopback1", "10.0.1.1/24", admin_up=False, line_up=False),
        interface("Tunnel0", "10.255.0.1/24", delay=5000),
    ),
    tunnels=(tunnel("203.0.113.2", is_hub=True),),
    nhrp=(
        entry("10.255.0.12/32", "10.255.0.12", "198.51.100.6", "dynamic", "registered", "nhop"),
        entry("10.255.0.11/32", "10.255.0.11", "198.51.100.2", "dynamic", "unique", "registered"),
        entry("10.255.0.77/32", "10.255.0.77", None, "incomplete", "negative"),
    ),
    nhs=(),
    nhrp_traffic={
        "Tunnel0": {
            "sent_total": 3,
            "sent_registration_reply": 2,
            "sent_traffic_indication": 1,
            "rcvd_total": 2,
            "rcvd_registration_request": 2,
        }
    },
    ike=(ike(1, "203.0.113.2", "198.51.100.2"), ike(2, "203.0.113.2", "198.51.100.6")),
    ipsec=(esp(1, "203.0.113.2", "198.51.100.2"), esp(2, "203.0.113.2", "198.51.100.6")),
    bgp=Bgp(
        asn=65000,
        router_id=A("10.0.1.1"),
        table_version=4,
        neighbors=(neighbor("10.255.0.12", dynamic=True), neighbor("10.255.0.11", dynamic=True)),
        paths=(path("10.0.0.0/24", "0.0.0.0", internal=False), path("10.1.0.0/24", "10.255.0.11")),
    ),
    routes=(
        route("S", "0.0.0.0/0", "203.0.113.1", "GigabitEthernet1", vrf="INET"),
        route("C", "203.0.113.0/30", None, "GigabitEthernet1", vrf="INET"),
        route("L", "203.0.113.2/32", None, "GigabitEthernet1", vrf="INET"),
        route("C", "10.0.0.0/24", None, "GigabitEthernet2"),
        route("L", "10.0.0.1/32", None, "GigabitEthernet2"),
        route("B", "10.1.0.0/24", "10.255.0.11", "Tunnel0"),
        route("B", "10.2.0.0/24", "10.255.0.12", "Tunnel0"),
        route("C", "10.255.0.0/24", None, "Tunnel0"),
        route("L", "10.255.0.1/32", None, "Tunnel0"),
    ),
    dmvpn=(
        peer("198.51.100.6", "10.255.0.12", PeerState.UP, "D", "10.255.0.12/32", age=93784),
        peer("198.51.100.2", "10.255.0.11", PeerState.UP, "D", "10.255.0.11/32"),
        peer(None, "10.255.0.77", PeerState.IKE, "IX", "10.255.0.77/32", age=None),
    ),
    multicast={"Tunnel0": (A("198.51.100.2"), A("198.51.100.6"))},
)

SPOKE = LiveState(
    uptime=125,
    arp=(ArpEntry(address=A("10.1.0.10"), mac="02:00:00:00:00:0a", interface="GigabitEthernet2"),),
    ospf_interfaces=(
        OspfInterface(
            name="Tunnel0",
            up=True,
            address=IPv4Interface("10.255.0.11/24"),
            area="0.0.0.0",
            router_id=A("10.255.0.11"),
            network_type="POINT_TO_MULTIPOINT",
            state="POINT_TO_MULTIPOINT",
            cost=1000,
            priority=1,
            hello=10,
            dead=40,
            hello_in=5.2,
            neighbors=1,
            adjacent=1,
        ),
    ),
    certificates=(
        Certificate(
            trustpoint="CA",
            authority=False,
            serial=0x1A2B,
            issuer=("cn=CA of the lab",),
            subject=("cn=spoke1",),
            begins=datetime(2026, 11, 21, 10, tzinfo=UTC),
            ends=datetime(2027, 11, 21, 10, tzinfo=UTC),
        ),
    ),
    interfaces=(
        interface("GigabitEthernet1", "198.51.100.2/30", vrf="INET"),
        interface("GigabitEthernet2", "10.1.0.1/24"),
        interface("Tunnel0", "10.255.0.11/24"),
    ),
    tunnels=(tunnel("198.51.100.2"),),
    nhrp=(
        entry("10.255.0.1/32", "10.255.0.1", "203.0.113.2", "static", "used"),
        entry("10.255.0.12/32", "10.255.0.12", "198.51.100.6", "dynamic", "router", "nhop", "rib"),
        entry("10.2.0.0/24", "10.255.0.12", "198.51.100.6", "dynamic", "router", "rib", "nho"),
        entry("10.1.0.0/24", "10.255.0.11", "198.51.100.2", "dynamic", "router", "unique", "local"),
    ),
    nhs=(server("10.255.0.1", "203.0.113.2"),),
    nhrp_traffic={},
    ike=(ike(1, "198.51.100.2", "203.0.113.2"), ike(2, "198.51.100.2", "198.51.100.6")),
    ipsec=(esp(1, "198.51.100.2", "203.0.113.2"), esp(2, "198.51.100.2", "198.51.100.6")),
    bgp=Bgp(
        asn=65000,
        router_id=A("10.1.1.1"),
        table_version=4,
        neighbors=(neighbor("10.255.0.1"),),
    ),
    routes=(
        route("S", "0.0.0.0/0", "198.51.100.1", None, vrf="INET"),
        route("C", "10.1.0.0/24", None, "GigabitEthernet2"),
        route("L", "10.1.0.1/32", None, "GigabitEthernet2"),
        route("B", "10.0.0.0/24", "10.255.0.1", "Tunnel0"),
        route("B", "10.2.0.0/24", "10.255.0.1", "Tunnel0", override=A("10.255.0.12")),
        route("H", "10.255.0.12/32", None, "Tunnel0"),
        route("H", "10.2.1.0/24", "10.255.0.12", "Tunnel0"),
        route("C", "10.255.0.0/24", None, "Tunnel0"),
        route("L", "10.255.0.11/32", None, "Tunnel0"),
    ),
    dmvpn=(
        peer("203.0.113.2", "10.255.0.1", PeerState.UP, "S", "10.255.0.1/32"),
        peer("198.51.100.6", "10.255.0.12", PeerState.UP, "DT1", "10.255.0.12/32", age=5),
        peer("198.51.100.6", "10.255.0.12", PeerState.UP, "DT2", "10.2.0.0/24", age=5),
        peer("198.51.100.2", "10.255.0.11", PeerState.UP, "DLX", "10.1.0.0/24", age=5),
    ),
)


_FORMS = {
    ArgKind.ADDRESS: r"\d+\.\d+\.\d+\.\d+",
    ArgKind.MASK: r"255\.\d+\.\d+\.\d+",
    ArgKind.PREFIX_LENGTH: r"\d+\.\d+\.\d+\.\d+/\d+",
    ArgKind.INTERFACE: r"[A-Z][A-Za-z]+\d+",
    ArgKind.VRF: r"[A-Z]+",
    ArgKind.WORD: r"\S+",
}


def matched(expected: tuple[str | Arg, ...], typed: list[str]) -> dict[str, str] | None:
    """Return the arguments when the typed words are those of a command."""
    if len(expected) != len(typed):
        return None
    args = {}
    for word, text in zip(expected, typed, strict=True):
        if isinstance(word, str):
            if word != text:
                return None
        elif not re.fullmatch(_FORMS[word.kind], text):
            return None
        else:
            args[word.name] = text
    return args


def show(command: str, live: LiveState, running: Tree | None = None, **more: Any) -> str:
    """Run a command given with all its words; an argument is written as it stands."""
    for candidate in COMMANDS:
        args = matched(candidate.words, command.split())
        if args is not None:
            context = ShowContext(
                live=live,
                running=RUNNING if running is None else running,
                args=args,
                hostname="spoke1",
                now=NOW,
                **more,
            )
            return candidate.render(context)
    raise AssertionError(f"no such command: {command}")
