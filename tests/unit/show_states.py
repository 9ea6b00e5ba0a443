"""Routers as a lab would show them: one hub and one spoke of a Phase 3 cloud, made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from dmvpn_auto.lab.live import (
    ArpEntry,
    Bgp,
    BgpNeighbor,
    BgpPath,
    Certificate,
    DmvpnPeer,
    IkeSa,
    Interface,
    IpsecSa,
    LiveState,
    NhrpEntry,
    NhsEntry,
    OspfInterface,
    PeerState,
    Route,
    Tree,
    TunnelInfo,
)
from dmvpn_auto.lab.show import COMMANDS, ShowContext
from dmvpn_auto.lab.show.types import Arg, ArgKind

A, N = IPv4Address, IPv4Network
NOW = datetime(2026, 11, 2, 8, 41, 13, 127_000, tzinfo=UTC)


def interface(name: str, address: str | None, **changes: Any) -> Interface:
    base = Interface(
        name=name,
        admin_up=True,
        line_up=True,
        mac=None if name.startswith(("Tunnel", "Loopback")) else "aa:bb:cc:00:01:00",
        mtu=1500,
        ip_mtu=1400 if name.startswith("Tunnel") else 1500,
        address=IPv4Interface(address) if address else None,
        vrf=None,
        description=None,
        bandwidth=1000000,
        delay=1,
        rx_packets=10,
        rx_bytes=1000,
        rx_errors=0,
        tx_packets=20,
        tx_bytes=2000,
        tx_errors=0,
        age=61,
    )
    return replace(base, **changes)


def tunnel(source: str, *, is_hub: bool = False, name: str = "Tunnel0") -> TunnelInfo:
    return TunnelInfo(
        name=name,
        source_interface="GigabitEthernet1",
        source_address=A(source),
        destination=None,
        multipoint=True,
        key=100,
        front_vrf="INET",
        protection_profile="DMVPN-IPSEC",
        is_hub=is_hub,
    )


def entry(target: str, via: str, nbma: str | None, kind: str, *flags: str) -> NhrpEntry:
    return NhrpEntry(
        interface="Tunnel0",
        target=N(target),
        via=A(via),
        nbma=A(nbma) if nbma else None,
        claimed_nbma=None,
        created=610,
        expires=None if kind == "static" else 500,
        kind=kind,
        flags=flags,
    )


def peer(
    nbma: str | None,
    tunnel_: str,
    state: PeerState,
    attributes: str,
    target: str,
    *,
    age: float | None = 67,
) -> DmvpnPeer:
    return DmvpnPeer(
        interface="Tunnel0",
        nbma=A(nbma) if nbma else None,
        tunnel=A(tunnel_),
        state=state,
        age=age,
        attributes=attributes,
        target=N(target),
    )


def ike(number: int, local: str, remote: str, *, version: int = 2, up: bool = True) -> IkeSa:
    return IkeSa(
        version=version,
        unique_id=number,
        local=A(local),
        local_port=500,
        remote=A(remote),
        remote_port=500,
        established=up,
        initiator=True,
        initiator_spi="26e77925771b44b1",
        responder_spi="4785c18db784c439",
        encryption="AES-GCM" if up else "",
        key_size=256,
        integrity=None,
        prf="SHA384",
        dh_group=20,
        auth_local="PSK",
        auth_remote="PSK",
        local_id=local,
        remote_id=remote,
        lifetime=86400,
        age=62,
        front_vrf="INET",
        profile="DMVPN-PROF",
    )


def esp(number: int, local: str, remote: str) -> IpsecSa:
    return IpsecSa(
        ike_unique_id=number,
        local=A(local),
        remote=A(remote),
        local_port=500,
        remote_port=500,
        installed=True,
        mode="transport",
        udp_encap=False,
        spi_in=0x15AF1474,
        spi_out=0x8DD9D24,
        encryption="esp-gcm",
        key_size=256,
        integrity=None,
        dh_group=None,
        packets_in=12,
        packets_out=16,
        bytes_in=2048,
        bytes_out=4096,
        lifetime=3600,
        age=62,
        replay_window=512,
    )


def route(code: str, prefix: str, via: str | None, interface_: str | None, **more: Any) -> Route:
    distance = {"C": 0, "L": 0, "S": 1, "B": 200, "O": 110, "H": 250}[code[0]]
    base = Route(
        code=code,
        prefix=N(prefix),
        distance=distance,
        metric=255 if code == "H" else 0,
        next_hop=A(via) if via else None,
        interface=interface_,
        age=None if code in ("C", "L", "S") else 90,
    )
    return replace(base, **more)


def neighbor(address: str, *, dynamic: bool = False, state: str = "Established") -> BgpNeighbor:
    up = state == "Established"
    return BgpNeighbor(
        address=A(address),
        remote_as=65000,
        dynamic=dynamic,
        messages_received=27 if up else 0,
        messages_sent=25 if up else 0,
        input_queue=0,
        output_queue=0,
        table_version=4 if up else 1,
        age=994 if up else None,
        state=state,
        prefixes_received=2 if up else 0,
    )


def path(prefix: str, next_hop: str, *, internal: bool = True) -> BgpPath:
    return BgpPath(
        prefix=N(prefix),
        next_hop=A(next_hop),
        metric=0,
        local_preference=100 if internal else None,
        weight=0 if internal else 32768,
        as_path="",
        origin="i",
        valid=True,
        best=True,
        internal=internal,
    )


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
    nhs=(
        NhsEntry(
            interface="Tunnel0",
            address=A("10.255.0.1"),
            nbma=A("203.0.113.2"),
            expecting=True,
            responding=True,
            waiting=False,
            priority=0,
            cluster=0,
            requests_sent=3,
            requests_failed=0,
            replies_received=3,
            last_reply=22,
            pending_request_id=None,
            retransmit=None,
        ),
    ),
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
