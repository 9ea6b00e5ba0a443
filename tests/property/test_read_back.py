"""Whatever state a router of the lab is in, the parsers read back from its text what went in.

The layouts of the lab and the parsers of the product share no line; each is the other's judge.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dmvpn_auto.lab import live
from dmvpn_auto.lab.show import COMMANDS, ShowContext
from dmvpn_auto.observe import Reading, parse

ages = st.floats(0, 9e7, allow_nan=False)
addresses = st.integers(0x0B000000, 0xDFFFFFFE).map(IPv4Address)
counts = st.integers(0, 2**31)
TUNNEL = "Tunnel0"
RUNNING: live.Tree = {
    "interface Tunnel0": {
        "ip address 10.255.0.1 255.255.255.0": {},
        "ip mtu 1400": {},
        "ip nhrp network-id 100": {},
        "tunnel source GigabitEthernet1": {},
        "tunnel mode gre multipoint": {},
        "tunnel key 100": {},
        "tunnel protection ipsec profile DMVPN": {},
    }
}


@st.composite
def prefixes(draw: st.DrawFn) -> IPv4Network:
    return IPv4Network((draw(addresses), draw(st.integers(8, 32))), strict=False)


peers = st.builds(
    live.DmvpnPeer,
    interface=st.just(TUNNEL),
    nbma=st.none() | addresses,
    tunnel=addresses,
    state=st.sampled_from(live.PeerState),
    age=st.none() | ages,
    attributes=st.sampled_from(["D", "S", "DT1", "DT2", "IX", "SC", "DN", "I2", "DX"]),
    target=st.none() | prefixes(),
)
entries = st.builds(
    live.NhrpEntry,
    interface=st.just(TUNNEL),
    target=prefixes(),
    via=addresses,
    nbma=addresses,
    claimed_nbma=st.none() | addresses,
    created=ages,
    expires=st.none() | ages,
    kind=st.sampled_from(["dynamic", "static"]),
    flags=st.lists(
        st.sampled_from(["unique", "registered", "used", "nhop", "router", "rib", "nho"]),
        unique=True,
    ).map(tuple),
    group=st.none() | st.just("GOLD"),
)
servers = st.builds(
    live.NhsEntry,
    interface=st.just(TUNNEL),
    address=addresses,
    nbma=st.none() | addresses,
    expecting=st.booleans(),
    responding=st.booleans(),
    waiting=st.just(False),
    priority=st.integers(0, 255),
    cluster=st.integers(0, 10),
    requests_sent=counts,
    requests_failed=counts,
    replies_received=counts,
    last_reply=st.none() | ages,
    pending_request_id=st.none() | counts,
    retransmit=st.none() | st.sampled_from([1, 2, 4, 8, 16, 32, 64]),
)
hexes = st.integers(1, 2**64 - 1).map(lambda n: f"{n:016x}")
ike_sas = st.builds(
    live.IkeSa,
    version=st.just(2),
    unique_id=st.integers(1, 999),
    local=st.just(IPv4Address("203.0.113.2")),
    local_port=st.sampled_from([500, 4500]),
    remote=addresses,
    remote_port=st.integers(500, 65535),
    established=st.booleans(),
    initiator=st.booleans(),
    initiator_spi=hexes,
    responder_spi=hexes,
    encryption=st.sampled_from(["AES-GCM", "AES-CBC"]),
    key_size=st.sampled_from([128, 256]),
    integrity=st.none() | st.just("SHA256"),
    prf=st.sampled_from(["SHA256", "SHA384", "SHA512"]),
    dh_group=st.sampled_from([14, 19, 20, 21]),
    auth_local=st.sampled_from(["PSK", "RSA"]),
    auth_remote=st.sampled_from(["PSK", "RSA"]),
    local_id=st.just("203.0.113.2"),
    remote_id=st.just("spoke"),
    lifetime=st.integers(120, 86400),
    age=ages,
    front_vrf=st.none() | st.just("INET"),
    profile=st.none() | st.just("F"),
)
neighbors = st.builds(
    live.BgpNeighbor,
    address=addresses,
    remote_as=st.integers(1, 4294967295),
    dynamic=st.booleans(),
    messages_received=counts,
    messages_sent=counts,
    input_queue=st.integers(0, 99),
    output_queue=st.integers(0, 99),
    table_version=counts,
    age=st.none() | ages,
    state=st.sampled_from(["Established", "Active", "Idle", "Connect", "OpenSent"]),
    prefixes_received=st.integers(0, 99999),
)
routes = st.builds(
    live.Route,
    code=st.sampled_from(["B", "S", "O", "H"]),
    prefix=prefixes(),
    distance=st.integers(1, 255),
    metric=st.integers(0, 2**31),
    next_hop=addresses,
    interface=st.just(TUNNEL),
    age=ages,
    override=st.none() | addresses,
) | st.builds(
    live.Route,
    code=st.sampled_from(["C", "L"]),
    prefix=prefixes(),
    distance=st.just(0),
    metric=st.just(0),
    next_hop=st.none(),
    interface=st.sampled_from(["GigabitEthernet2", TUNNEL, "Loopback1"]),
    age=st.none() | ages,
)


def interface(*, admin_up: bool, line_up: bool, ip_mtu: int | None, age: float) -> live.Interface:
    return live.Interface(
        name=TUNNEL, admin_up=admin_up, line_up=line_up, mac=None, mtu=9972, ip_mtu=ip_mtu,
        address=IPv4Interface("10.255.0.1/24"), vrf=None, description="cloud", bandwidth=100000,
        delay=5000, rx_packets=1, rx_bytes=2, rx_errors=0, tx_packets=3, tx_bytes=4, tx_errors=0,
        age=age,
    )  # fmt: skip


def state(**parts: Any) -> live.LiveState:
    tunnel = live.TunnelInfo(
        name=TUNNEL, source_interface="GigabitEthernet1",
        source_address=IPv4Address("203.0.113.2"), destination=None, multipoint=True, key=100,
        front_vrf=None, protection_profile="DMVPN", is_hub=True,
    )  # fmt: skip
    up = interface(admin_up=True, line_up=True, ip_mtu=1400, age=10)
    everything: dict[str, Any] = {
        "uptime": 1000.0, "interfaces": (up,), "tunnels": (tunnel,), "nhrp": (), "nhs": (),
        "nhrp_traffic": {}, "ike": (), "ipsec": (), "bgp": None, "routes": (), "dmvpn": (),
    }  # fmt: skip
    return live.LiveState(**(everything | parts))


def shown(command: str, **parts: Any) -> Any:
    words = tuple(command.split())
    found = next(c for c in COMMANDS if c.words == words)
    context = ShowContext(
        live=state(**parts), running=RUNNING, args={}, hostname="hub", now=datetime.now(UTC)
    )
    reading: Reading = parse(command, found.render(context))
    assert reading.complete, (reading.unparsed, reading.warnings)
    return reading


def lists(element: st.SearchStrategy[Any], key: str) -> st.SearchStrategy[Any]:
    rows = st.lists(element, max_size=8, unique_by=lambda row: str(getattr(row, key)))
    return rows.map(tuple)


quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@quick
@given(st.lists(peers, max_size=12).map(tuple), st.booleans())
def test_show_dmvpn(rows: tuple[live.DmvpnPeer, ...], detail: bool) -> None:
    reading = shown("show dmvpn detail" if detail else "show dmvpn", dmvpn=rows)
    assert sorted(
        (p.nbma_address, p.tunnel_address, p.state, p.attributes) for p in reading.peers
    ) == sorted((str(r.nbma or "UNKNOWN"), str(r.tunnel), str(r.state), r.attributes) for r in rows)
    if detail:
        wanted = {str(r.target or IPv4Network(r.tunnel)) for r in rows}
        assert {p.target_network for p in reading.peers} == wanted


@quick
@given(lists(entries, "target"), st.booleans())
def test_show_ip_nhrp(rows: tuple[live.NhrpEntry, ...], detail: bool) -> None:
    reading = shown("show ip nhrp detail" if detail else "show ip nhrp", nhrp=rows)
    assert sorted(
        (e.target, e.via, e.nbma_address, e.claimed_nbma_address or "", e.type, sorted(e.flags))
        for e in reading.entries
    ) == sorted(
        (str(r.target), str(r.via), str(r.nbma), claimed(r), r.kind, sorted(r.flags)) for r in rows
    )


def claimed(entry: live.NhrpEntry) -> str:
    """IOS prints the claimed address only where NAT changed it."""
    return "" if entry.claimed_nbma in {None, entry.nbma} else str(entry.claimed_nbma)


@quick
@given(lists(servers, "address"))
def test_show_ip_nhrp_nhs_detail(rows: tuple[live.NhsEntry, ...]) -> None:
    reading = shown("show ip nhrp nhs detail", nhs=rows)
    assert sorted(
        (s.address, s.responding, s.expecting, s.requests_sent, s.replies_received, s.priority)
        for s in reading.servers
    ) == sorted(
        (str(r.address), r.responding, r.expecting, r.requests_sent, r.replies_received, r.priority)
        for r in rows
    )


@quick
@given(lists(ike_sas, "unique_id"), st.booleans())
def test_show_crypto_ikev2_sa(rows: tuple[live.IkeSa, ...], detailed: bool) -> None:
    command = "show crypto ikev2 sa detailed" if detailed else "show crypto ikev2 sa"
    reading = shown(command, ike=rows)
    assert sorted(
        (s.remote, s.remote_port, s.status == "READY", s.encryption, s.key_size, s.dh_group)
        for s in reading.sas
    ) == sorted(
        (str(r.remote), r.remote_port, r.established, r.encryption, r.key_size, r.dh_group)
        for r in rows
    )
    assert sorted(s.integrity or "" for s in reading.sas) == sorted(r.integrity or "" for r in rows)


@quick
@given(
    addresses,
    st.integers(1, 2**32 - 1),
    st.sampled_from([("esp-gcm", None), ("esp-aes", "esp-sha256-hmac")]),
    st.sampled_from(["transport", "tunnel"]),
    st.booleans(),
)
def test_show_crypto_ipsec_sa(
    remote: IPv4Address, spi: int, cipher: tuple[str, str | None], mode: str, nat: bool
) -> None:
    sa = live.IpsecSa(
        ike_unique_id=1, local=IPv4Address("203.0.113.2"), remote=remote, local_port=500,
        remote_port=4500 if nat else 500, installed=True, mode=mode, udp_encap=nat, spi_in=spi,
        spi_out=spi, encryption=cipher[0], key_size=256, integrity=cipher[1], dh_group=None,
        packets_in=5, packets_out=7, bytes_in=500, bytes_out=700, lifetime=3600, age=12.0,
        replay_window=64,
    )  # fmt: skip
    (flow,) = shown("show crypto ipsec sa", ipsec=(sa,)).flows
    assert (flow.remote, flow.encapsulated, flow.decapsulated) == (str(remote), 7, 5)
    assert {e.direction for e in flow.esp} == {"inbound", "outbound"}
    assert {(int(e.spi, 16), e.mode, e.udp_encapsulation) for e in flow.esp} == {(spi, mode, nat)}


@quick
@given(lists(neighbors, "address"))
def test_show_ip_bgp_summary(rows: tuple[live.BgpNeighbor, ...]) -> None:
    bgp = live.Bgp(asn=65000, router_id=IPv4Address("10.255.0.1"), table_version=7, neighbors=rows)
    reading = shown("show ip bgp summary", bgp=bgp)
    assert sorted((n.address, n.dynamic, n.state) for n in reading.neighbors) == sorted(
        (str(r.address), r.dynamic, r.state) for r in rows
    )


@quick
@given(lists(routes, "prefix"))
def test_show_ip_route(rows: tuple[live.Route, ...]) -> None:
    reading = shown("show ip route", routes=rows)
    assert sorted((r.prefix, r.next_hop or "") for r in reading.routes) == sorted(
        (str(r.prefix), str(r.next_hop or "")) for r in rows
    )
    overridden = shown("show ip route next-hop-override", routes=rows)
    hops = {(r.prefix, r.next_hop) for r in overridden.routes if r.nho}
    assert hops == {(str(r.prefix), str(r.override)) for r in rows if r.override}


@quick
@given(st.booleans(), st.booleans(), st.none() | st.integers(576, 9000), ages)
def test_show_interfaces(admin: bool, line: bool, ip_mtu: int | None, age: float) -> None:
    one = interface(admin_up=admin, line_up=admin and line, ip_mtu=ip_mtu, age=age)
    (row,) = shown("show interfaces", interfaces=(one,)).interfaces
    assert (row.admin == "up", row.line == "up") == (admin, admin and line)
    assert (row.tunnel_key, row.tunnel_source_interface) == (100, "GigabitEthernet1")
    (side,) = shown("show ip interface", interfaces=(one,)).interfaces
    assert (side.admin == "up", side.line == "up") == (admin, admin and line)
    if ip_mtu is not None and row.line == "up":
        assert side.ip_mtu == ip_mtu
