"""Parts of a router's live state with the values of a cloud that works; a test names the rest."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from dmvpn_auto.lab.live import (
    BgpNeighbor,
    BgpPath,
    DmvpnPeer,
    IkeSa,
    Interface,
    IpsecSa,
    NhrpEntry,
    NhsEntry,
    PeerState,
    Route,
    TunnelInfo,
)

A, N = IPv4Address, IPv4Network


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


def server(address: str, nbma: str, **changes: Any) -> NhsEntry:
    base = NhsEntry(
        interface="Tunnel0",
        address=A(address),
        nbma=A(nbma),
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
    )
    return replace(base, **changes)
