"""Show output to evidence: layouts from 12.4 to IOS-XE 17, nothing lost, nothing invented."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest

from dmvpn_auto.errors import UsageError
from dmvpn_auto.observe import find, parse, sections, to_json
from dmvpn_auto.observe.evidence import (
    BgpSummary,
    CryptoSessions,
    Dmvpn,
    IgpNeighbors,
    IkeSas,
    Interfaces,
    IpsecFlows,
    NhrpCache,
    NhrpMulticastTable,
    NhrpServers,
    NhrpSummary,
    NhrpTrafficTable,
    Ping,
    Reading,
    Routes,
    Traceroute,
)

SHOW = Path(__file__).parents[1] / "golden" / "show"


R = TypeVar("R", bound=Reading)


def read(kind: type[R], command: str, text: str) -> R:
    reading = parse(command, (SHOW / text).read_text() if text.endswith(".txt") else text)
    assert isinstance(reading, kind)
    return reading


def dmvpn_rows(reading: Dmvpn) -> list[tuple[str, str, str, str, str]]:
    return [
        (p.nbma_address, p.tunnel_address, p.state, p.uptime, p.attributes) for p in reading.peers
    ]


def test_hub_rows_with_continuation_wrapped_ipv6_nbma_and_negative_entry() -> None:
    reading = read(Dmvpn, "show dmvpn", "dmvpn_hub.txt")
    assert dmvpn_rows(reading) == [
        ("192.0.2.10", "10.77.0.10", "UP", "3d04h", "D"),
        ("192.0.2.11", "10.77.0.11", "UP", "00:10:44", "DT2"),
        ("192.0.2.11", "10.77.0.11", "UP", "00:10:44", "DT1"),
        ("2001:DB8:0:77::1234", "10.77.0.12", "UP", "1w2d", "D"),
        ("UNKNOWN", "10.77.0.99", "IKE", "never", "IX"),
    ]
    (heading,) = reading.interfaces
    assert (heading.interface, heading.role, heading.declared_peers) == ("Tunnel7", "Hub", 4)
    assert reading.complete
    assert reading.peers[4].lines == (
        "     1 UNKNOWN              10.77.0.99   IKE    never    IX",
    )


def test_a_peer_the_router_counted_but_no_row_shows_makes_the_reading_incomplete() -> None:
    text = (SHOW / "dmvpn_hub.txt").read_text()
    reading = parse("show dmvpn", text.replace("     1 192.0.2.10 ", "     ? 192.0.2.10 "))
    assert not reading.complete
    assert reading.unparsed == ("     ? 192.0.2.10           10.77.0.10    UP 3d04h        D",)
    assert reading.warnings == (
        "Tunnel7 declares 4 ipv4 peers, rows with 3 distinct NBMA addresses were read",
    )


def test_release_12_4() -> None:
    reading = read(Dmvpn, "show dmvpn", "dmvpn_124.txt")
    assert dmvpn_rows(reading) == [
        ("192.0.2.1", "10.33.0.1", "NHRP", "never", "S"),
        ("192.0.2.2", "10.33.0.2", "UP", "00:00:31", "D"),
    ]
    assert reading.interfaces[0].interface == "Tunnel33"
    assert reading.complete


def test_detail_repeats_the_nbma_address_and_adds_the_target() -> None:
    reading = read(Dmvpn, "show dmvpn detail", "dmvpn_detail.txt")
    assert [(p.nbma_address, p.tunnel_address, p.target_network) for p in reading.peers] == [
        ("192.0.2.1", "10.5.0.1", "10.5.0.1/32"),
        ("192.0.2.1", "10.5.0.4", "10.5.0.4/32"),
        ("192.0.2.2", "10.5.0.2", "10.5.0.2/32"),
    ]
    assert [(i.interface, i.line, i.declared_peers) for i in reading.interfaces] == [
        ("Tunnel5", "up/up", 2),
        ("Tunnel6", "admin down", None),
    ]
    assert reading.complete, reading


def test_detail_of_release_12_4_has_crypto_below_each_peer() -> None:
    reading = read(Dmvpn, "show dmvpn detail", "dmvpn_124_detail.txt")
    rows = [
        (p.interface, p.nbma_address, p.tunnel_address, p.target_network) for p in reading.peers
    ]
    assert rows == [
        ("Tunnel9", "192.0.2.21", "10.9.0.16", "10.9.0.0/28"),
        ("Tunnel9", "192.0.2.21", "10.9.0.16", "10.9.0.16/32"),
        ("Tunnel9", "192.0.2.22", "10.9.0.17", "10.9.0.17/32"),
    ]
    assert reading.complete, (reading.unparsed, reading.warnings)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda t: t.replace("\n", "\r\n"),
        lambda t: "R1#show dmvpn\n" + t + "R1#\n",
        lambda t: "R1#sh dmvpn | begin Interface\n" + t[t.index("Interface:") :],
        lambda t: t.replace(
            "Interface: T", " --More-- \x08\x08\x08\x08   \x08\x08\x08Interface: T"
        ),
        lambda t: "R1#show clock\n12:00:00 UTC\nR1#show dmvpn\n" + t + "R1#show ip route\nB* 0\n",
        lambda t: "*Mar  1 00:00:01.000: %LINEPROTO-5-UPDOWN: Line protocol on Tunnel7 up\n" + t,
        lambda t: t.replace("\n\n", "\n"),
        lambda t: t.replace("     1 ", "\n     1 "),
    ],
    ids=["crlf", "prompt", "begin", "more", "session", "log", "no blank lines", "blank lines"],
)
def test_pasted_in_any_way_it_reads_the_same(disguise: object) -> None:
    plain = (SHOW / "dmvpn_hub.txt").read_text()
    assert callable(disguise)
    reading = read(Dmvpn, "show dmvpn", disguise(plain))
    assert reading.complete, reading.unparsed
    assert dmvpn_rows(reading) == dmvpn_rows(read(Dmvpn, "show dmvpn", plain))


def test_a_legend_without_rows_is_no_peers_and_a_refusal_is_not() -> None:
    legend = (SHOW / "dmvpn_hub.txt").read_text().split("Interface:")[0]
    assert read(Dmvpn, "show dmvpn", legend).complete
    refused = "             ^\n% Invalid input detected at '^' marker.\n"
    assert not read(Dmvpn, "show dmvpn", refused).complete


def test_nhrp_cache_in_all_layouts() -> None:
    reading = read(NhrpCache, "show ip nhrp", "nhrp_mixed.txt")
    assert reading.complete, reading.unparsed
    rows = [(e.target, e.via, e.created, e.expires, e.type, e.flags) for e in reading.entries]
    assert rows == [
        ("10.5.0.1/32", "10.5.0.1", "1d02h", "never", "static", ("used",)),
        ("10.9.8.0/24", "10.5.0.8", "00:00:32", "00:09:27", "dynamic", ("router", "rib", "nho")),
        ("10.4.0.0/24", "10.5.0.4", "00:00:32", "00:09:29", "dynamic",
         ("router", "unique", "local")),
        ("10.5.0.66/32", None, "00:00:07", "00:02:57", "incomplete", ("negative",)),
        ("10.5.0.77/32", "10.5.0.77", "00:46:29", "01:01:01", "dynamic",
         ("authoritative", "unique", "registered")),
    ]  # fmt: skip
    assert [(e.nbma_address, e.claimed_nbma_address, e.group) for e in reading.entries][1] == (
        "192.0.2.8", "172.16.8.8", "GOLD",
    )  # fmt: skip
    assert [e.no_socket for e in reading.entries] == [False, False, True, False, False]
    assert reading.entries[3].lines[0] == "10.5.0.66/32"


def test_nhrp_entry_with_an_unknown_line_is_kept_and_the_line_reported() -> None:
    text = (SHOW / "nhrp_mixed.txt").read_text().replace("   Preference: 255", "   Colour: blue")
    reading = read(NhrpCache, "show ip nhrp", text)
    assert reading.unparsed == ("   Colour: blue",)
    assert len(reading.entries) == 5


def test_nhrp_brief_old_and_new() -> None:
    new = """Legend: Type --> S - Static, D - Dynamic
        Flags --> u - unique, r - registered, e - temporary, c - claimed
        a - authoritative, t - route
============================================================================

Intf     NextHop Address                                    NBMA Address
         Target Network                              T/Flag
-------- ------------------------------------------- ------ ----------------
Tu5      10.5.0.11                                          192.0.2.11
         10.5.0.11/32                                D/ur
"""
    old = """   Target             Via             NBMA            Mode   Intfc   Claimed
     10.5.0.11/32 10.5.0.11      192.0.2.11   dynamic  Tu5     <   >
"""
    for text, flags in ((new, ("unique", "registered")), (old, ())):
        (entry,) = read(NhrpCache, "show ip nhrp brief", text).entries
        assert (entry.target, entry.interface, entry.type) == ("10.5.0.11/32", "Tunnel5", "dynamic")
        assert entry.flags == flags


def test_next_hop_servers_with_counters_and_pending_registrations() -> None:
    text = """Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic
Tunnel0:
10.5.0.1  RE  NBMA Address: 192.0.2.1 priority = 0 cluster = 0  \
req-sent 40  req-failed 1  repl-recv 39 (00:00:49 ago)
 Current Request ID: 35914 (Ack: 35914)
 Protection Socket Requested: FALSE
10.5.0.2   E  priority = 1 cluster = 2  req-sent 7  req-failed 0  repl-recv 0
 Current Request ID: 35915

Pending Registration Requests:
Registration Request: Reqid 16248, Ret 64  NHS 10.5.0.2 expired (Tu0)
"""
    reading = read(NhrpServers, "show ip nhrp nhs detail", text)
    assert reading.complete, reading.unparsed
    first, second = reading.servers
    assert (first.responding, first.expecting, first.nbma_address) == (True, True, "192.0.2.1")
    assert (first.requests_sent, first.replies_received, first.last_reply) == (40, 39, "00:00:49")
    assert (second.responding, second.expecting, second.replies_received) == (False, True, 0)
    assert (second.priority, second.cluster, second.last_reply) == (1, 2, None)
    assert [(p.nhs, p.retransmit, p.expired) for p in reading.pending] == [("10.5.0.2", 64, True)]


def test_nhrp_traffic_multicast_and_summary() -> None:
    traffic = """Tunnel0: Max-send limit:10000Pkts/10Sec, Usage:0%
   Sent: Total 12
         1 Resolution Request  2 Resolution Reply  3 Registration Request
         0 Registration Reply  4 Purge Request  0 Purge Reply
         0 Error Indication  2 Traffic Indication  0 Redirect Suppress
   Rcvd: Total 5
         5 Resolution Request  0 Resolution Reply  0 Registration Request
"""
    sent, received = read(NhrpTrafficTable, "show ip nhrp traffic", traffic).traffic
    assert (sent.total, sent.counters["traffic_indication"]) == (12, 2)
    assert (received.direction, received.counters["resolution_request"]) == ("received", 5)
    multicast = (
        "  I/F     NBMA address\nTunnel0    192.0.2.11   Flags: dynamic          (Enabled)\n"
    )
    (row,) = read(NhrpMulticastTable, "show ip nhrp multicast", multicast).destinations
    assert (row.nbma_address, row.flags, row.enabled) == ("192.0.2.11", ("dynamic",), True)
    summary = """IP NHRP cache 3 entries, 2352 bytes
    1 static   2 dynamic    0 incomplete
2 Remote
    0 static   2 dynamic    0 incomplete
"""
    counts = read(NhrpSummary, "show ip nhrp summary", summary)
    assert (counts.entries, counts.static, counts.dynamic) == (3, 1, 2)
    assert not read(NhrpSummary, "show ip nhrp summary", "").complete


def test_ikev2_sas() -> None:
    reading = read(IkeSas, "show crypto ikev2 sa", "ikev2.txt")
    assert reading.complete, reading.unparsed
    ready, negotiating = reading.sas
    assert (ready.remote, ready.status, ready.front_vrf) == ("198.51.100.2", "READY", "INET")
    assert (ready.encryption, ready.key_size, ready.prf) == ("AES-GCM", 256, "SHA384")
    assert (ready.integrity, ready.dh_group, ready.auth_remote) == (None, 19, "PSK")
    assert (negotiating.remote_port, negotiating.status) == (4500, "IN-NEG")


def test_isakmp_sas() -> None:
    text = """IPv4 Crypto ISAKMP SA
dst             src             state          conn-id status
203.0.113.2     198.51.100.2    QM_IDLE           1001 ACTIVE
203.0.113.2     198.51.100.6    MM_NO_STATE          0 ACTIVE (deleted)

IPv6 Crypto ISAKMP SA
"""
    reading = read(IkeSas, "show crypto isakmp sa", text)
    assert [s.status for s in reading.sas] == ["QM_IDLE", "MM_NO_STATE (deleted)"]
    assert reading.complete


def test_isakmp_sas_over_ipv6() -> None:
    text = (
        "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n\n"
        "IPv6 Crypto ISAKMP SA\n\n dst: 2001:DB8:0:1::1\n src: 2001:DB8:0:2::1\n"
        " state: QM_IDLE         conn-id:   1001 slot:    0 status: ACTIVE\n\n"
    )
    found = parse("show crypto isakmp sa", text)
    assert isinstance(found, IkeSas)
    assert found.complete
    assert [(sa.local, sa.remote, sa.status) for sa in found.sas] == [
        ("2001:DB8:0:2::1", "2001:DB8:0:1::1", "QM_IDLE")
    ]
    assert len(found.sas[0].lines) == 3


def test_ipsec_flows_with_and_without_sas() -> None:
    reading = read(IpsecFlows, "show crypto ipsec sa", "ipsec.txt")
    assert reading.complete, reading.unparsed
    live, dead = reading.flows
    assert (live.remote, live.protocol, live.encapsulated, live.decapsulated) == (
        "198.51.100.2", 47, 15, 12,
    )  # fmt: skip
    assert (live.pfs_group, live.receive_errors) == ("group19", 1)
    assert [(s.direction, s.transform, s.mode, s.spi) for s in live.esp] == [
        ("inbound", "esp-gcm 256", "transport", "0xBB0ED02"),
        ("outbound", "esp-gcm 256", "transport", "0xC0FFEE01"),
    ]
    assert live.esp[0].udp_encapsulation
    assert (dead.remote, dead.esp, dead.send_errors) == ("198.51.100.6", (), 3)


def test_crypto_session() -> None:
    text = """Crypto session current status

Interface: Tunnel0
Profile: DMVPN
Session status: UP-ACTIVE
Peer: 198.51.100.2 port 500
  Session ID: 3
  IKEv2 SA: local 203.0.113.2/500 remote 198.51.100.2/500 Active
  IPSEC FLOW: permit 47 host 203.0.113.2 host 198.51.100.2
        Active SAs: 2, origin: crypto map

Interface: Tunnel0
Session status: DOWN
Peer: 198.51.100.6 port 500
  IPSEC FLOW: permit 47 host 203.0.113.2 host 198.51.100.6
        Active SAs: 0, origin: crypto map
"""
    reading = read(CryptoSessions, "show crypto session", text)
    assert [(s.peer, s.status, s.active_sas, s.ike_active) for s in reading.sessions] == [
        ("198.51.100.2", "UP-ACTIVE", 2, True),
        ("198.51.100.6", "DOWN", 0, False),
    ]
    assert reading.complete


def test_bgp_summary_keeps_neighbors_from_a_listen_range() -> None:
    reading = read(BgpSummary, "show ip bgp summary", "bgp.txt")
    assert reading.complete, reading.unparsed
    assert (reading.router_id, reading.asn) == ("10.255.0.1", "65000")
    rows = [(n.address, n.dynamic, n.state, n.prefixes_received) for n in reading.neighbors]
    assert rows == [
        ("10.255.0.11", True, "Established", 2),
        ("10.255.0.12", True, "Established", 0),
        ("10.255.0.2", False, "Idle (Admin)", None),
        ("10.255.0.3", False, "Active", None),
    ]


def test_igp_neighbors() -> None:
    ospf = """
Neighbor ID     Pri   State           Dead Time   Address         Interface
10.255.0.12       0   FULL/  -        00:00:39    10.255.0.12     Tunnel0
10.255.0.13       1   2WAY/DROTHER    00:00:31    10.255.0.13     Tunnel0
"""
    reading = read(IgpNeighbors, "show ip ospf neighbor", ospf)
    assert reading.complete, reading.unparsed
    assert [(n.address, n.interface, n.state) for n in reading.neighbors] == [
        ("10.255.0.12", "Tunnel0", "FULL/-"),
        ("10.255.0.13", "Tunnel0", "2WAY/DROTHER"),
    ]
    eigrp = """EIGRP-IPv4 VR(DMVPN) Address-Family Neighbors for AS(100)
           VRF(RED)
H   Address                 Interface       Hold Uptime   SRTT   RTO  Q  Seq
                                            (sec)         (ms)       Cnt Num
1   10.255.0.12             Tu0                12 00:11:24   14  1362  0  10
a line of something else
"""
    reading = read(IgpNeighbors, "show ip eigrp vrf RED neighbors", eigrp)
    assert [(n.address, n.interface, n.uptime) for n in reading.neighbors] == [
        ("10.255.0.12", "Tunnel0", "00:11:24"),
    ]
    assert reading.unparsed == ("a line of something else",)


def test_routing_table_keeps_next_hop_override_routes_whole() -> None:
    reading = read(Routes, "show ip route", "routes.txt")
    assert reading.complete, reading.unparsed
    rows = [(r.code, r.prefix, r.next_hop, r.interface, r.override, r.nho) for r in reading.routes]
    assert rows == [
        ("B*", "0.0.0.0/0", "10.5.0.1", None, False, False),
        ("B", "10.2.0.0/24", "10.5.0.1", None, True, False),
        ("B", "10.2.0.0/24", "10.5.0.12", "Tunnel5", True, True),
        ("H", "10.3.0.0/24", "10.5.0.13", "Tunnel5", False, False),
        ("C", "10.5.0.0/24", None, "Tunnel5", False, False),
        ("L", "10.5.0.4/32", None, "Tunnel5", False, False),
        ("B", "10.6.0.0/16", None, "Null0", False, False),
        ("D EX", "10.7.0.0/24", "10.5.0.1", "Tunnel5", False, False),
        ("D EX", "10.7.0.0/24", "10.5.0.2", "Tunnel5", False, False),
        ("O", "172.20.1.64/26", "10.5.0.2", "Tunnel5", False, False),
        ("S", "192.0.2.1/32", "198.51.100.1", None, False, False),
    ]


def test_tunnel_interface() -> None:
    text = """Tunnel0 is up, line protocol is up
  Hardware is Tunnel
  Description: to the cloud
  Internet address is 10.255.0.11/24
  MTU 9972 bytes, BW 100000 Kbit/sec, DLY 50000 usec,
  Tunnel linestate evaluation up
  Tunnel source 198.51.100.2 (GigabitEthernet1)
   Tunnel Subblocks:
  Tunnel protocol/transport multi-GRE/IP
    Key 0x64, sequencing disabled
  Tunnel transport MTU 1472 bytes
  Tunnel protection via IPSec (profile "DMVPN-IPSEC")
     5 packets output, 620 bytes, 0 underruns
Tunnel1 is administratively down, line protocol is down
  Hardware is Tunnel
"""
    up, down = read(Interfaces, "show interfaces Tunnel0", text).interfaces
    assert (up.admin, up.line, up.address, up.tunnel_key) == ("up", "up", "10.255.0.11/24", 100)
    assert (up.tunnel_source, up.tunnel_source_interface) == ("198.51.100.2", "GigabitEthernet1")
    assert (up.tunnel_mode, up.tunnel_protection) == ("multi-GRE/IP", "DMVPN-IPSEC")
    assert (down.admin, down.line) == ("administratively down", "down")


def test_ip_mtu_comes_from_show_ip_interface() -> None:
    text = """Tunnel0 is up, line protocol is up
  Internet address is 10.0.0.1/24
  Broadcast address is 255.255.255.255
  MTU is 1400 bytes
"""
    (row,) = read(Interfaces, "show ip interface Tunnel0", text).interfaces
    assert (row.ip_mtu, row.address) == (1400, "10.0.0.1/24")


def test_show_ip_interface_brief() -> None:
    text = """Interface              IP-Address      OK? Method Status                Protocol
GigabitEthernet1       198.51.100.2    YES NVRAM  up                    up
Tunnel0                10.255.0.11     YES manual administratively down down
GigabitEthernet3       unassigned      YES unset  up                    up
"""
    rows = read(Interfaces, "show ip interface brief", text).interfaces
    assert [(r.interface, r.address, r.admin, r.line) for r in rows] == [
        ("GigabitEthernet1", "198.51.100.2", "up", "up"),
        ("Tunnel0", "10.255.0.11", "administratively down", "down"),
        ("GigabitEthernet3", None, "up", "up"),
    ]


def test_ping_and_traceroute() -> None:
    ping = """Type escape sequence to abort.
Sending 5, 100-byte ICMP Echos to 10.2.0.1, timeout is 2 seconds:
Packet sent with a source address of 10.1.0.1
.!!!!
Success rate is 80 percent (4/5), round-trip min/avg/max = 1/2/4 ms
"""
    answer = read(Ping, "ping 10.2.0.1 source 10.1.0.1", ping)
    assert (answer.target, answer.sent, answer.received) == ("10.2.0.1", 5, 4)
    assert answer.complete
    assert not read(Ping, "ping 10.2.0.1", "Type escape sequence to abort.\n").complete
    trace = """Type escape sequence to abort.
Tracing the route to 10.2.0.1
VRF info: (vrf in name/id, vrf out name/id)
  1 10.255.0.1 12 msec 8 msec 8 msec
  2  *  *  *
  3 10.255.0.12 12 msec *  8 msec
    10.255.0.13 9 msec
"""
    hops = read(Traceroute, "traceroute 10.2.0.1", trace)
    assert [(h.ttl, h.addresses) for h in hops.hops] == [
        (1, ("10.255.0.1",)), (2, ()), (3, ("10.255.0.12", "10.255.0.13")),
    ]  # fmt: skip
    assert hops.complete


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("show dmvpn", "show dmvpn"),
        ("sh dmvp", "show dmvpn"),
        ("show dmvpn ipv6 detail", "show dmvpn"),
        ("show dmvpn interface tunnel 0 detail", "show dmvpn"),
        ("show dmvpn | begin Interface", "show dmvpn"),
        ("show ip nhrp 10.0.0.1", "show ip nhrp"),
        ("show ip nhrp vrf RED 10.0.0.1 detail", "show ip nhrp"),
        ("show ip nhrp br", "show ip nhrp brief"),
        ("show ip nhrp nhs detail", "show ip nhrp nhs"),
        ("sh cry ikev2 sa det", "show crypto ikev2 sa"),
        ("show crypto ipsec sa peer 192.0.2.1", "show crypto ipsec sa"),
        ("show ip route vrf RED", "show ip route"),
        ("show int Tu0", "show interfaces"),
        ("show ip int br", "show ip interface brief"),
    ],
)
def test_commands_are_found_as_ios_abbreviates_them(typed: str, name: str) -> None:
    found = find(typed)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "typed", ["show dmvpn colours", "show ip ospf traffic", "dmvpn", "show archive config", ""]
)
def test_no_command_falls_to_a_parser_that_does_not_know_it(typed: str) -> None:
    with pytest.raises(UsageError):
        parse(typed, "")


def test_json_contract() -> None:
    shown = to_json(parse("show dmvpn", (SHOW / "dmvpn_124.txt").read_text()))
    assert shown["command"] == "show dmvpn"
    assert shown["complete"] is True
    assert shown["unparsed"] == []
    assert shown["interfaces"][0]["declared_peers"] == 2
    assert (
        shown["peers"][0].items()
        >= {
            "interface": "Tunnel33",
            "entries": 1,
            "nbma_address": "192.0.2.1",
            "tunnel_address": "10.33.0.1",
            "state": "NHRP",
            "uptime": "never",
            "attributes": "S",
            "target_network": None,
        }.items()
    )


def test_a_session_log_is_cut_at_its_commands_and_routers() -> None:
    text = """\
copied from the bastion
hub1#sh dmvpn
first
hub1#conf t
spoke-2(config)#do show ip nhrp brief | include x
-------------- Interface Tunnel1 info: --------------
------------------ show version ------------------

second
show ip route vrf RED
third
"""
    assert [(s.host, s.command, s.text) for s in sections(text)] == [
        (None, "", "copied from the bastion"),
        ("hub1", "sh dmvpn", "first"),
        ("hub1", "conf t", ""),
        (
            "spoke-2",
            "show ip nhrp brief | include x",
            "-------------- Interface Tunnel1 info: --------------",
        ),
        ("spoke-2", "show version", "second"),
        ("spoke-2", "show ip route vrf RED", "third"),
    ]
