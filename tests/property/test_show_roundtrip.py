"""Any live state, laid out and read back by parsers that know only IOS, is the same facts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from ntc_templates.parse import parse_output

from dmvpn_auto.lab.live import (
    BgpNeighbor,
    DmvpnPeer,
    IkeSa,
    IpsecSa,
    NhrpEntry,
    NhsEntry,
    PeerState,
    Route,
)
from dmvpn_auto.lab.show.forms import age
from dmvpn_auto.lab.show.sessions import transform
from dmvpn_auto.observe import evidence, parse
from tests.unit.live_parts import esp, ike
from tests.unit.show_states import HUB, show

ADDRESSES = st.integers(0x0A000001, 0xDFFFFFFE).map(IPv4Address)
AGES = st.none() | st.floats(0, 4 * 31536000)
COUNTERS = st.integers(0, 2**40)
NAMES = st.sampled_from(["Tunnel0", "Tunnel100"])


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    return IPv4Network((draw(ADDRESSES), draw(st.integers(9, 32))), strict=False)


PEERS = st.builds(
    DmvpnPeer,
    interface=st.just("Tunnel0"),
    nbma=st.none() | ADDRESSES,
    tunnel=ADDRESSES,
    state=st.sampled_from(PeerState),
    age=AGES,
    attributes=st.sampled_from(["D", "S", "DT1", "DT2", "IX", "DN", "T2"]),
    target=networks(),
)
ENTRIES = st.builds(
    NhrpEntry,
    interface=NAMES,
    target=networks(),
    via=ADDRESSES,
    nbma=ADDRESSES,
    claimed_nbma=st.none() | ADDRESSES,
    created=st.floats(0, 31536000),
    expires=AGES,
    kind=st.sampled_from(["dynamic", "static"]),
    flags=st.lists(
        st.sampled_from(["unique", "registered", "nhop", "used", "router", "rib", "nho", "local"]),
        unique=True,
    ).map(tuple),
    group=st.none() | st.just("GOLD"),
)
SERVERS = st.builds(
    NhsEntry,
    interface=NAMES,
    address=ADDRESSES,
    nbma=st.none() | ADDRESSES,
    expecting=st.booleans(),
    responding=st.booleans(),
    waiting=st.just(False),
    priority=st.integers(0, 255),
    cluster=st.integers(0, 10),
    requests_sent=COUNTERS,
    requests_failed=COUNTERS,
    replies_received=COUNTERS,
    last_reply=AGES,
    pending_request_id=st.none() | st.integers(1, 2**32 - 1),
    retransmit=st.sampled_from([1, 2, 4, 8, 16, 32, 64]),
)
NEIGHBORS = st.builds(
    BgpNeighbor,
    address=ADDRESSES,
    remote_as=st.integers(1, 2**32 - 1),
    dynamic=st.booleans(),
    messages_received=COUNTERS,
    messages_sent=COUNTERS,
    input_queue=st.integers(0, 9999),
    output_queue=st.integers(0, 9999),
    table_version=st.integers(0, 99999999),
    age=AGES,
    state=st.sampled_from(["Established", "Active", "Idle", "OpenSent"]),
    prefixes_received=st.integers(0, 1000000),
)


@st.composite
def routes(draw: st.DrawFn) -> Route:
    code = draw(st.sampled_from(["C", "S", "B", "O", "H"]))
    direct = code == "C" or (code == "H" and draw(st.booleans()))
    return Route(
        code=code,
        prefix=draw(networks()),
        distance=draw(st.integers(0, 255)),
        metric=draw(st.integers(0, 2**31)),
        next_hop=None if direct else draw(ADDRESSES),
        interface=draw(st.sampled_from(["Tunnel0", "GigabitEthernet0/0/1"])),
        age=None if code in "CS" else draw(st.floats(0, 31536000)),
        override=draw(ADDRESSES) if code == "B" and draw(st.booleans()) else None,
    )


@st.composite
def secured(draw: st.DrawFn) -> tuple[IkeSa, IpsecSa]:
    number = draw(st.integers(1, 9999))
    remote = str(draw(ADDRESSES))
    combined = draw(st.booleans())
    sa = replace(
        ike(number, "203.0.113.2", remote),
        encryption="AES-GCM" if combined else "AES-CBC",
        integrity=None if combined else draw(st.sampled_from(["SHA256", "SHA384", "SHA512"])),
        dh_group=draw(st.sampled_from([14, 19, 20, 21])),
        lifetime=draw(st.integers(120, 86400)),
        age=draw(st.floats(0, 86400)),
    )
    child = replace(
        esp(number, "203.0.113.2", remote),
        encryption="esp-gcm" if combined else "esp-aes",
        key_size=draw(st.sampled_from([128, 192, 256])),
        integrity=None if combined else "esp-sha256-hmac",
        mode=draw(st.sampled_from(["transport", "tunnel"])),
        spi_in=draw(st.integers(256, 2**32 - 1)),
        spi_out=draw(st.integers(256, 2**32 - 1)),
        packets_in=draw(COUNTERS),
        packets_out=draw(COUNTERS),
        replay_window=draw(st.sampled_from([0, 64, 512, 1024])),
    )
    return sa, child


def ntc(command: str, output: str) -> list[dict[str, Any]]:
    rows = parse_output("cisco_ios", command, output)  # type: ignore[no-untyped-call]
    return cast("list[dict[str, Any]]", rows)


def complete(command: str, output: str) -> Any:
    reading = parse(command, output)
    assert (reading.unparsed, reading.warnings) == ((), ())
    return reading


@settings(deadline=None)
@given(st.lists(PEERS, max_size=12), st.sampled_from(["show dmvpn", "show dmvpn detail"]))
def test_dmvpn(rows: list[DmvpnPeer], command: str) -> None:
    live = replace(HUB, dmvpn=tuple(rows), nhrp=())
    reading: evidence.Dmvpn = complete(command, show(command, live))
    assert Counter(
        (row.nbma_address, row.tunnel_address, row.state, row.uptime, row.attributes)
        for row in reading.peers
    ) == Counter(
        (str(row.nbma or "UNKNOWN"), str(row.tunnel), row.state, age(row.age), row.attributes)
        for row in rows
    )
    if command.endswith("detail"):
        assert Counter(row.target_network for row in reading.peers) == Counter(
            str(row.target) for row in rows
        )


@settings(deadline=None)
@given(st.lists(ENTRIES, max_size=8))
def test_nhrp(entries: list[NhrpEntry]) -> None:
    output = show("show ip nhrp", replace(HUB, nhrp=tuple(entries)))
    reading: evidence.NhrpCache = complete("show ip nhrp", output)
    assert Counter(
        (row.target, row.via, row.interface, row.expires, row.type, frozenset(row.flags))
        for row in reading.entries
    ) == Counter(
        (
            str(row.target),
            str(row.via),
            row.interface,
            age(row.expires),
            row.kind,
            frozenset(row.flags),
        )
        for row in entries
    )
    assert Counter((row.nbma_address, row.group) for row in reading.entries) == Counter(
        (str(row.nbma), row.group) for row in entries
    )


@settings(deadline=None)
@given(st.lists(SERVERS, min_size=1, max_size=5))
def test_nhs(servers: list[NhsEntry]) -> None:
    output = show("show ip nhrp nhs detail", replace(HUB, nhs=tuple(servers)))
    reading: evidence.NhrpServers = complete("show ip nhrp nhs detail", output)
    assert Counter(
        (row.interface, row.address, row.nbma_address, row.expecting, row.responding)
        for row in reading.servers
    ) == Counter(
        (
            row.interface,
            str(row.address),
            str(row.nbma) if row.nbma else None,
            row.expecting,
            row.responding,
        )
        for row in servers
    )
    assert Counter(
        (row.requests_sent, row.requests_failed, row.replies_received) for row in reading.servers
    ) == Counter((row.requests_sent, row.requests_failed, row.replies_received) for row in servers)
    assert Counter((row.request_id, row.retransmit) for row in reading.pending) == Counter(
        (row.pending_request_id, row.retransmit)
        for row in servers
        if row.pending_request_id is not None
    )


@settings(deadline=None)
@given(st.lists(NEIGHBORS, max_size=6, unique_by=lambda one: one.address))
def test_bgp_summary(neighbors: list[BgpNeighbor]) -> None:
    assert HUB.bgp is not None
    live = replace(HUB, bgp=replace(HUB.bgp, neighbors=tuple(neighbors)))
    output = show("show ip bgp summary", live)
    reading: evidence.BgpSummary = complete("show ip bgp summary", output)
    assert {
        (row.address, row.remote_as, row.dynamic, row.uptime, row.state)
        for row in reading.neighbors
    } == {
        (str(row.address), str(row.remote_as), row.dynamic, age(row.age), row.state)
        for row in neighbors
    }
    assert {row["bgp_neighbor"] for row in ntc("show ip bgp summary", output)} - {""} == {
        str(row.address) for row in neighbors if not row.dynamic
    }


@settings(deadline=None)
@given(st.lists(routes(), max_size=10, unique_by=lambda one: one.prefix))
def test_routes(table: list[Route]) -> None:
    output = show("show ip route next-hop-override", replace(HUB, routes=tuple(table)))
    reading: evidence.Routes = complete("show ip route next-hop-override", output)
    assert Counter(
        (row.code.rstrip("*"), row.prefix, row.next_hop, row.override)
        for row in reading.routes
        if not row.nho
    ) == Counter(
        (row.code, str(row.prefix), str(row.next_hop) if row.next_hop else None, bool(row.override))
        for row in table
    )
    assert Counter((row.prefix, row.next_hop) for row in reading.routes if row.nho) == Counter(
        (str(row.prefix), str(row.override)) for row in table if row.override
    )


@settings(deadline=None)
@given(st.lists(routes(), max_size=10, unique_by=lambda one: one.prefix))
def test_routes_with_ntc(table: list[Route]) -> None:
    """Its template loses routes with an override and connected NHRP routes of one mask."""
    plain = [
        replace(route, override=None) for route in table if route.next_hop or route.code != "H"
    ]
    rows = ntc("show ip route", show("show ip route", replace(HUB, routes=tuple(plain))))
    assert Counter(
        (row["protocol"], f"{row['network']}/{row['prefix_length']}", row["nexthop_ip"])
        for row in rows
    ) == Counter((row.code, str(row.prefix), str(row.next_hop or "")) for row in plain)


@settings(deadline=None)
@given(st.lists(secured(), max_size=4, unique_by=(lambda p: p[0].remote, lambda p: p[0].unique_id)))
def test_security_associations(pairs: list[tuple[IkeSa, IpsecSa]]) -> None:
    live = replace(
        HUB, ike=tuple(one for one, _ in pairs), ipsec=tuple(one for _, one in pairs), dmvpn=()
    )
    ikes: evidence.IkeSas = complete("show crypto ikev2 sa", show("show crypto ikev2 sa", live))
    assert {
        (row.remote, row.status, row.encryption, row.integrity, row.dh_group) for row in ikes.sas
    } == {
        (str(one.remote), "READY", one.encryption, one.integrity, one.dh_group) for one, _ in pairs
    }
    esps: evidence.IpsecFlows = complete("show crypto ipsec sa", show("show crypto ipsec sa", live))
    assert {(flow.remote, flow.encapsulated, flow.decapsulated) for flow in esps.flows} == {
        (str(one.remote), one.packets_out, one.packets_in) for _, one in pairs
    }
    assert Counter(
        (flow.remote, sa.direction, int(sa.spi, 0), sa.transform, sa.mode)
        for flow in esps.flows
        for sa in flow.esp
    ) == Counter(
        (str(one.remote), direction, spi, transform(one), one.mode)
        for _, one in pairs
        for direction, spi in (("inbound", one.spi_in), ("outbound", one.spi_out))
    )
