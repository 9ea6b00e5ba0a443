"""One session log with every command: each line is read, and each fact arrives where it belongs."""

from __future__ import annotations

from typing import Any

import pytest

from dmvpn_auto.observe import COMMANDS, find, parse, to_json
from dmvpn_auto.observe.detection import detect
from dmvpn_auto.observe.index import readable
from tests.unit.show_samples import SAMPLES, SESSION

FACTS: list[tuple[str, str, int, dict[str, Any]]] = [
    ("show ip nhrp redirect", "redirects", 0,
     {"interface": "Tunnel0", "nbma_address": "192.0.2.18", "destination": "10.3.0.9", "drops": 4,
      "expires": "00:00:07"}),
    ("show ip nhrp group-map", "groups", 0,
     {"group": "GOLD", "qos_policy": "PM-GOLD",
      "members": ["10.255.0.11/192.0.2.18", "10.255.0.12/192.0.2.22"]}),
    ("show ip nhrp group-map", "groups", 1, {"group": "BRONZE", "members": []}),
    ("show ip nhrp traffic detail", "traffic", 0, {"interface": "Global", "direction": "sent"}),
    ("show ip nhrp traffic detail", "traffic", 2, {"direction": "forwarded", "total": 1}),
    ("show ip nhrp nhs detail", "servers", 0,
     {"address": "10.255.0.1", "priority": 5, "cluster": 2, "requests_sent": 31, "request_id": 77,
      "acknowledged": 77, "socket_requested": True, "last_reply": "00:00:12"}),
    ("show ip nhrp nhs detail", "servers", 1,
     {"responding": False, "request_id": 78, "acknowledged": None, "socket_requested": False}),
    ("show ip nhrp nhs detail", "pending", 0,
     {"request_id": 78, "retransmit": 32, "expired": True, "interface": "Tunnel0"}),
    ("show crypto isakmp sa detail", "sas", 0,
     {"version": 1, "local": "192.0.2.1", "remote": "192.0.2.18", "inside_vrf": "RED",
      "encryption": "aes", "integrity": "sha256", "auth_local": "psk", "dh_group": 19,
      "remaining": "23:11:02", "capabilities": "DN"}),
    ("show crypto isakmp sa detail", "sas", 1, {"inside_vrf": None, "auth_local": "rsig"}),
    ("show crypto ikev2 sa detailed", "sas", 0,
     {"front_vrf": "INET", "remote_port": 51042, "integrity": None, "auth_remote": "RSA",
      "local_id": "hub1.example.net", "dpd_seconds": 30, "dpd_retries": 5, "fragmentation": False,
      "nat_detected": "detected outside", "initiator": False, "session_id": 12,
      "remote_subnets": ["10.255.0.11 255.255.255.255"], "local_subnets": []}),
    ("show crypto ikev2 session detailed", "sessions", 0,
     {"session_id": 12, "status": "UP-ACTIVE"}),
    ("show ip route vrf RED 10.3.0.10", "paths", 0,
     {"next_hop": "10.255.0.1", "interface": "Tunnel0", "source": "10.255.0.1", "age": "1d02h",
      "metric": 27008000, "share": 1, "best": True, "nho": False}),
    ("show ip route vrf RED 10.3.0.10", "paths", 1,
     {"next_hop": "10.255.0.13", "metric": 255, "best": False, "nho": True}),
    ("show ip ospf", "processes", 0,
     {"process": "10", "router_id": "10.255.0.1", "vrf": "RED", "elapsed": "3w2d", "border": True,
      "boundary": True, "shutdown": False, "redistributed": ["connected", "bgp 65000"],
      "spf_delay": 50, "spf_hold": 200, "spf_wait": 5000, "maximum_metric": False, "bfd": False,
      "reference_bandwidth": 10000}),
    ("show ip eigrp vrf RED topology all-links", "paths", 0,
     {"prefix": "10.255.0.0/24", "state": "P", "next_hop": None, "source": "Connected",
      "interface": "Tunnel0", "asn": 64, "vrf": "RED", "router_id": "10.255.0.1", "tag": None}),
    ("show ip eigrp vrf RED topology all-links", "paths", 2,
     {"prefix": "10.2.0.0/24", "successors": 2, "feasible_distance": 9837363200, "tag": "902",
      "next_hop": "10.255.0.12", "source": None, "distance": 9837363200,
      "reported_distance": 163840}),
    ("show ip eigrp vrf RED topology all-links", "paths", 3, {"distance": None}),
    ("show ip eigrp vrf RED topology all-links", "paths", 4,
     {"prefix": "10.9.0.0/24", "state": "A", "successors": 0, "feasible_distance": None,
      "next_hop": "10.255.0.11", "distance": None}),
    ("show crypto session detail", "sessions", 0,
     {"status": "UP-ACTIVE", "peer_port": 51042, "fvrf": "INET", "ivrf": None, "active_sas": 2,
      "ike_active": True, "uptime": "00:13:21"}),
    ("show crypto session detail", "sessions", 1,
     {"status": "DOWN-NEGOTIATING", "ike": [], "active_sas": 0, "phase1_id": None}),
    ("show crypto session brief", "sessions", 1,
     {"peer": "192.0.2.22", "status": "DOWN-NEGOTIATING", "uptime": None}),
    ("show crypto ipsec sa detail", "flows", 0,
     {"vrf": "RED", "path_mtu": 1500, "pfs_group": "group20", "encapsulated": 99,
      "remote_port": 4500, "outbound_spi": "0xA1B2C3D4"}),
    ("show crypto pki certificates verbose", "certificates", 0,
     {"kind": "Certificate", "issuer": ["cn=Example CA", "o=Example"],
      "subject": ["cn=hub1.example.net", "o=Example"], "not_after": "2027-01-04T09:00:00+00:00",
      "key_bits": 3072, "key_label": "EXAMPLE-KEY", "trustpoints": ["EXAMPLE"]}),
    ("show crypto pki certificates verbose", "certificates", 1,
     {"kind": "CA Certificate", "not_after": "2040-01-01T09:00:00",
      "trustpoints": ["EXAMPLE", "OTHER"], "crl": ["http://pki.example.net/ca.crl"]}),
    ("show crypto pki trustpoints status", "trustpoints", 0,
     {"name": "EXAMPLE", "ca_subject": "cn=Example CA,o=Example", "authenticated": True,
      "enrolled": True, "enrollment": "Granted", "keys_generated": True}),
    ("show ip eigrp vrf RED neighbors detail", "neighbors", 0,
     {"asn": 64, "vrf": "RED", "address": "10.255.0.11", "interface": "Tunnel0", "hold": 13,
      "srtt": 21, "retransmissions": 4, "prefixes": 2, "stub": "CONNECTED SUMMARY"}),
    ("show ip eigrp vrf RED neighbors detail", "neighbors", 1,
     {"address": "10.255.0.12", "uptime": "00:00:09", "retries": 2, "stub": None}),
    ("show ip eigrp interfaces detail", "interfaces", 0,
     {"interface": "Tunnel0", "peers": 2, "hello": 5, "hold": 15, "split_horizon": False}),
    ("show ip ospf neighbor", "neighbors", 1,
     {"router_id": "10.1.1.12", "state": "FULL/-", "dead": 112, "priority": 0}),
    ("show ip ospf neighbor detail", "neighbors", 0,
     {"address": "10.255.0.12", "state": "FULL", "area": "0", "state_changes": 6,
      "uptime": "02:11:09", "interface_id": 9}),
    ("show ip ospf interface brief", "interfaces", 1,
     {"interface": "Tunnel0", "state": "P2MP", "cost": 1000, "neighbors_full": 2, "neighbors": 3}),
    ("show ip ospf interface", "interfaces", 0,
     {"network_type": "POINT_TO_MULTIPOINT", "state": "P2MP", "hello": 30, "dead": 120,
      "neighbors": 3, "neighbors_full": 2, "passive": False}),
    ("show bgp vpnv4 unicast all summary", "neighbors", 1,
     {"address": "10.255.0.12", "state": "Idle (Admin)", "prefixes_received": None}),
    ("show ip bgp neighbors", "sessions", 0,
     {"dynamic": True, "external": False, "state": "Established", "hold_time": 30,
      "keepalive": 10, "dropped": 2, "peer_group": "SPOKES", "route_reflector_client": True,
      "prefixes_received": 4, "last_reset": "01:02:40"}),
    ("show ip rip database", "routes", 1,
     {"prefix": "10.1.0.0/24", "metric": 1, "next_hop": "10.255.0.11", "kind": "learned"}),
    ("show ip rip database", "routes", 2,
     {"kind": "directly connected", "interface": "Tunnel0", "next_hop": None}),
    ("show bfd neighbors details", "sessions", 0,
     {"our_address": "10.255.0.1", "min_tx": 750, "received_min_rx": 1000,
      "received_multiplier": 5, "registered": ["EIGRP", "NHRP"], "echo": False}),
    ("show ipv6 route vrf RED", "routes", 2,
     {"prefix": "2001:DB8:3::/48", "nho": True, "override": True, "metric": 1, "vrf": "RED"}),
    ("show ip route", "routes", 2, {"prefix": "10.1.0.0/16", "nho": True, "metric": 1}),
    ("show ip route", "routes", 4, {"prefix": "10.2.0.0/16", "next_hop": "10.255.0.1"}),
    ("show ipv6 interface brief", "interfaces", 0,
     {"ipv6_link_local": "FE80::1", "ipv6_addresses": ["2001:DB8:0:1::1"]}),
    ("show interfaces Tunnel0", "interfaces", 0,
     {"line": "down", "tunnel_key": 100, "keepalive": 10, "tunnel_transport_mtu": 1472,
      "output_drops": 42, "input_packets": 1201, "input_errors": 2, "output_packets": 1188,
      "output_errors": 1, "last_output": "never", "delay": 50000}),
    ("show ntp associations", "associations", 0,
     {"selected": True, "configured": True, "reference": ".GNSS.", "offset": -0.5}),
    ("show ntp associations", "associations", 1, {"selected": False, "when": None}),
    ("show logging", "messages", 1,
     {"facility": "DMVPN", "severity": 3, "mnemonic": "NHRP_ERROR", "synchronized": False,
      "addresses": ["10.255.0.11"], "interfaces": ["Tunnel0"]}),
    ("show logging", "messages", 3,
     {"facility": "CRYPTO", "sequence": "000123", "addresses": ["192.0.2.1", "2001:DB8::18"]}),
    ("show logging", "messages", 4, {"facility": "", "severity": 7, "addresses": []}),
    ("show archive", "files", 1, {"number": 2, "most_recent": True}),
]  # fmt: skip
HEADS: list[tuple[str, dict[str, Any]]] = [
    ("show version",
     {"software": "17.9.4a", "xe_version": "17.09.04a", "family": "IOS-XE", "platform": "C8000V",
      "uptime": "2 days, 4 hours, 12 minutes", "config_register": "0x2102",
      "next_config_register": "0x2142", "reload_reason": "Reload Command"}),
    ("show ip route vrf RED 10.3.0.10",
     {"prefix": "10.3.0.0/24", "vrf": "RED", "known_via": "eigrp 64", "distance": 90,
      "metric": 27008000, "kind": "internal", "redistributed": "eigrp 64, bgp 65000",
      "advertised": "bgp 65000 route-map TO-BGP", "updated": "00:00:31"}),
    ("show clock detail",
     {"authoritative": True, "synchronized": False, "source": "NTP",
      "iso": "2026-06-02T08:41:13.127000+00:00"}),
    ("show ntp status",
     {"synchronized": True, "stratum": 3, "offset": -1.5, "root_dispersion": 7.5}),
    ("show logging", {"logged": 40, "buffer_bytes": 8192, "buffer_level": "informational"}),
    ("show archive", {"maximum": 3, "saved": 2}),
    ("show running-config", {"hostname": "hub1"}),
]  # fmt: skip


@pytest.mark.parametrize("command", SAMPLES)
def test_every_line_of_every_command_is_read(command: str) -> None:
    reading = parse(command, SAMPLES[command])
    assert (reading.unparsed, reading.warnings) == ((), ())


@pytest.mark.parametrize(("command", "rows", "number", "facts"), FACTS)
def test_each_fact_arrives(command: str, rows: str, number: int, facts: dict[str, Any]) -> None:
    row = to_json(parse(command, SAMPLES[command]))[rows][number]
    assert {name: row[name] for name in facts} == facts


@pytest.mark.parametrize(("command", "facts"), HEADS)
def test_each_fact_of_a_single_answer_arrives(command: str, facts: dict[str, Any]) -> None:
    document = to_json(parse(command, SAMPLES[command]))
    assert {name: document[name] for name in facts} == facts


def test_parts_of_rows() -> None:
    flow = to_json(parse("show crypto ipsec sa detail", SAMPLES["show crypto ipsec sa detail"]))
    inbound, outbound = flow["flows"][0]["esp"]
    assert inbound["remaining_seconds"] == 4200
    assert inbound["replay_window"] == 1024
    assert inbound["settings"] == ["Transport UDP-Encaps", "esn"]
    assert inbound["udp_encapsulation"] is True
    assert (outbound["direction"], outbound["remaining_kilobytes"]) == ("outbound", 4607990)
    counters = flow["flows"][0]["counters"]
    assert counters["pkts_no_sa_send"] == 3
    assert counters["pkts_replay_failed_rcv"] == 2
    (ike,) = to_json(
        parse("show crypto ikev2 session detailed", SAMPLES["show crypto ikev2 session detailed"])
    )["sessions"]
    assert [(sa["remote"], sa["remote_port"], sa["initiator"]) for sa in ike["sas"]] == [
        ("192.0.2.18", 51042, False)
    ]
    assert [(c["spi_in"], c["integrity"], c["mode"], len(c["local"])) for c in ike["children"]] == [
        ("0xA1B2C3D4", None, "transport", 1), ("0x77D01A02", "SHA256", "tunnel", 2),
    ]  # fmt: skip
    process = to_json(parse("show ip ospf", SAMPLES["show ip ospf"]))["processes"][0]
    assert process["areas"] == [
        {"area": "0", "interfaces": 3, "kind": "normal", "authentication": "message digest",
         "spf_runs": 41, "spf_last": "02:11:09.313", "ranges": ["10.4.0.0/16"]},
        {"area": "7", "interfaces": 1, "kind": "NSSA", "authentication": None,
         "spf_runs": 3, "spf_last": "3w1d", "ranges": []},
    ]  # fmt: skip
    session = to_json(parse("show crypto session detail", SAMPLES["show crypto session detail"]))
    first = session["sessions"][0]
    assert [(i["active"], i["capabilities"]) for i in first["ike"]] == [
        (True, "DNU"),
        (False, None),
    ]
    assert first["flows"][0]["encrypted_dropped"] == 3
    assert first["flows"][0]["outbound_kilobytes"] is None
    traffic = to_json(parse("show ip nhrp traffic", SAMPLES["show ip nhrp traffic detail"]))
    assert traffic["traffic"][1]["counters"]["traffic_indication"] == 2


def test_dmvpn_detail_has_tunnels_servers_groups_and_sessions() -> None:
    document = to_json(parse("show dmvpn detail", SAMPLES["show dmvpn detail"]))
    tunnel = document["interfaces"][0]
    assert (tunnel["vrf"], tunnel["tunnel_vrf"], tunnel["protection"]) == ("RED", "INET", "P5")
    assert (tunnel["tunnel_source"], tunnel["tunnel_destination"]) == ("192.0.2.44", "Multipoint")
    assert [(s["address"], s["responding"], s["priority"]) for s in document["servers"]] == [
        ("10.5.0.1", True, 0), ("10.5.0.2", False, 1),
    ]  # fmt: skip
    assert [(p["group"], p["qos_policy"]) for p in document["peers"]] == [
        ("GOLD", "PM-GOLD"), (None, None), (None, None),
    ]  # fmt: skip
    (session,) = document["sessions"]
    assert (session["peer"], session["socket_state"]) == ("192.0.2.1", "Open")
    assert [ike["active"] for ike in session["ike"]] == [True, False]


def test_a_configuration_shows_its_secrets_to_code_and_to_nobody_else() -> None:
    reading = parse("show running-config", SAMPLES["show running-config"])
    assert "VerySecretWord" in reading.public("lines")[-3]
    assert "VerySecretWord" not in str(to_json(reading))
    assert "VerySecretWord" not in repr(reading)


def test_the_whole_log_is_found_and_nothing_is_left_over() -> None:
    found = detect(SESSION)
    assert found.skipped == ()
    assert {read.host for read in found.readings} == {"hub1"}
    assert all(read.reading.complete for read in found.readings)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n".join(f"{line}   " for line in text.split("\n")),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: f"\x1b[0m{text}",
        lambda text: (
            "Load for five secs: 1%/0%; one minute: 2%; five minutes: 3%\n"
            f"Time source is NTP, 18:56:04.554 EST Mon Oct 17 2026\n{text}"
        ),
    ],
    ids=["crlf", "trailing", "blank-lines", "escapes", "timestamp"],
)
def test_junk_around_an_output_changes_nothing(change: Any) -> None:
    for command, text in SAMPLES.items():
        assert to_json(parse(command, change(text))) == to_json(parse(command, text)), command


def test_each_command_is_found_anywhere_in_a_log_and_ends_with_the_next() -> None:
    for command, text in SAMPLES.items():
        if f"hub1#{command}\n" in SESSION:
            assert to_json(parse(command, SESSION)) == to_json(parse(command, text)), command
    log = "hub1#show ip nhrp\nhub1#show clock\n08:41:13.127 UTC Tue Jun 2 2026\n"
    assert to_json(parse("show ip nhrp", log))["entries"] == []
    assert parse("show ip nhrp", log).complete


def test_output_that_looks_like_a_prompt_is_output() -> None:
    text = SAMPLES["show version"].replace(
        "Processor board", "Device#   PID     SN\nProcessor board"
    )
    reading = to_json(parse("show version", f"hub1#show version\n{text}\nhub1#wr\nBuilding"))
    assert (reading["serial"], reading["config_register"]) == ("9ABCDEFGHIJ", "0x2102")


def test_the_pager_in_the_middle_is_no_harm_and_at_the_end_a_cut() -> None:
    text = SAMPLES["show ip route"]
    middle = text.replace(
        "H        10.3", " --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08H        10.3"
    )
    assert parse("show ip route", middle).complete
    assert parse("show ip route", f"{text}\n --More-- ").warnings == (
        "the output stops at --More--",
    )


def test_every_command_has_a_parser_that_exists() -> None:
    for command in COMMANDS:
        words = " ".join(command.name.split())
        found = find(words)
        assert found is not None
        assert parse(words, "").unparsed == ()


@pytest.mark.parametrize(
    "refusal", ["% Invalid input detected at '^' marker.", "% Incomplete command."]
)
def test_a_refusal_is_never_an_empty_answer(refusal: str) -> None:
    for command in readable():
        assert not parse(command.name, f"{refusal}\n").complete, command.name


@pytest.mark.parametrize(
    ("command", "orphan"),
    [
        ("show ip eigrp vrf RED neighbors detail", "   Tu7     10 2d10h   5  100  0  9"),
        ("show bgp vpnv4 unicast all summary", "    4  64900   9  9  12  0  0 never 7"),
    ],
)
def test_the_second_half_of_a_row_without_its_first_is_reported(command: str, orphan: str) -> None:
    """It must not overwrite the row above it."""
    text = SAMPLES[command]
    reading = parse(command, f"{text.rstrip()}\n{orphan}\n")
    assert orphan in reading.unparsed
    assert to_json(reading)["neighbors"] == to_json(parse(command, text))["neighbors"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("show ip route 10.9.9.9", "% Subnet not in table\n"),
        ("sh ip ro vr RED 10.9.9.9", "% Network not in table\n"),
        ("show ipv6 route 2001:DB8::1", "% Route not found\n"),
    ],
)
def test_no_such_route_is_an_answer_and_silence_is_none(command: str, text: str) -> None:
    document = to_json(parse(command, text))
    assert (document["complete"], document["prefix"], document["paths"]) == (True, None, [])
    assert not parse(command, "% Ambiguous command\n").complete


def test_a_classful_network_answers_with_its_subnets_and_their_number() -> None:
    text = """\
Routing entry for 10.0.0.0/8, 3 known subnets
  Attached (2 connections)
  Variably subnetted with 2 masks
  Redistributing via eigrp 1
C        10.0.0.0/24 is directly connected, Tunnel0
L        10.0.0.2/32 is directly connected, Tunnel0
D        10.1.0.0/24 [90/27008000] via 10.0.0.1, 00:10:11, Tunnel0
"""
    whole = to_json(parse("show ip route 10.0.0.0", text))
    assert (whole["complete"], whole["prefix"], len(whole["routes"])) == (True, "10.0.0.0/8", 3)
    cut = parse("show ip route 10.0.0.0", text[: text.index("D   ")])
    assert cut.warnings == ("3 are declared, 2 were read",)


def test_ipv6_entries_and_the_table_that_release_12_4_prints_instead() -> None:
    entry = to_json(
        parse(
            "show ipv6 route 2001:DB8:3::9",
            'Routing entry for 2001:DB8:3::/48\n  Known via "nhrp", distance 250, metric 1\n'
            "  Route count is 1/1, share count 0\n  Routing paths:\n    2001:DB8:FF::3, Tunnel0\n"
            "      From 2001:DB8:FF::3\n      Last updated 00:00:12 ago\n",
        )
    )
    (path,) = entry["paths"]
    assert (entry["complete"], entry["known_via"]) == (True, "nhrp")
    assert (path["next_hop"], path["source"], path["age"]) == (
        "2001:DB8:FF::3", "2001:DB8:FF::3", "00:00:12",
    )  # fmt: skip
    table = to_json(
        parse(
            "show ipv6 route 2001:DB8::1",
            "IPv6 Routing Table - 9 entries\nB   2001:DB8::/32 [20/3]\n     via FE80::1, Tunnel1\n",
        )
    )
    assert (table["complete"], table["routes"][0]["prefix"]) == (True, "2001:DB8::/32")


def test_pages_print_blanks_that_are_none_and_indent_what_stands_at_the_margin() -> None:
    for command in ("show ip route", "show dmvpn", "show ip eigrp vrf RED neighbors detail"):
        pasted = SAMPLES[command].replace(" ", "\N{NO-BREAK SPACE}")
        assert to_json(parse(command, pasted)) == to_json(parse(command, SAMPLES[command]))
    pasted = SAMPLES["show dmvpn"].replace(" - ", " \N{EN DASH} ")
    assert to_json(parse("show dmvpn", pasted)) == to_json(
        parse("show dmvpn", SAMPLES["show dmvpn"])
    )
    words = "interface Tunnel0\n description Z\u00fcrich \N{EN DASH} Bern\nend\n"
    assert "\N{EN DASH}" in to_json(parse("show running-config", words))["text"]
    text = "".join(f"     {line}\n" for line in SAMPLES["show ip route"].splitlines())
    assert to_json(parse("show ip route", text)) == to_json(
        parse("show ip route", SAMPLES["show ip route"])
    )


def test_an_sa_whose_line_was_wrapped_keeps_how_the_peer_proved_itself() -> None:
    text = SAMPLES["show crypto ikev2 sa detailed"].replace(", Auth verify", "\n, Auth verify")
    assert to_json(parse("show crypto ikev2 sa detailed", text)) == to_json(
        parse("show crypto ikev2 sa detailed", SAMPLES["show crypto ikev2 sa detailed"])
    )


OLDER = [
    (
        "show crypto isakmp sa", "sas", 1,
        ("f_vrf/i_vrf   dst             src             state    conn-id slot\n"
        "              /RED 192.0.2.1       192.0.2.18      QM_IDLE        13    0\n"
        "INET/RED      192.0.2.1       192.0.2.22      QM_IDLE        14    0 ACTIVE\n"),
        {"remote": "192.0.2.1", "local": "192.0.2.22", "front_vrf": "INET", "inside_vrf": "RED",
         "connection_id": 14, "status": "QM_IDLE"},
    ),
    (
        "show dmvpn", "peers", 1,
        ("Tunnel1, Type: Spoke, NBMA Peers: 2,\n"
        " # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb\n"
        " ----- --------------- --------------- ----- -------- -----\n"
        "     1    192.0.2.21      10.255.0.11   IKE     3w0d D\n"
        "     1   192.0.2.102      10.255.0.12  NHRP 02:40:51 S\n"),
        {"interface": "Tunnel1", "tunnel_address": "10.255.0.12", "state": "NHRP"},
    ),
    (
        "show ipv6 nhrp multicast", "destinations", 1,
        ("  I/F     NBMA address\nTunnel0   192.0.2.18      Flags: dynamic (Enabled)\n"
        "Tunnel0   2001:DB8:0:1:A8BB:CCFF:FE00:1830\n          Flags: nhs (Disabled)\n"),
        {"nbma_address": "2001:DB8:0:1:A8BB:CCFF:FE00:1830", "flags": ["nhs"], "enabled": False},
    ),
    (
        "show ip interface brief", "interfaces", 0,
        (
            'Any interface listed with OK? value "NO" does not have a valid configuration\n\n'
            "Interface              IP-Address      OK? Method Status                Protocol\n"
            "GigabitEthernet1       192.0.2.1       NO  DHCP   up                    up\n"
        ),
        {"interface": "GigabitEthernet1", "address": "192.0.2.1"},
    ),
    (
        "show interfaces", "interfaces", 1,
        (
            "Tunnel0 is up, line protocol is up\n  Hardware is Tunnel\n"
            "Control Plane Interface is down, line protocol is down\n"
            "  Hardware is Control-Plane, address is 0000.0000.0000 (bia 0000.0000.0000)\n"
        ),
        {"interface": "Control Plane Interface", "line": "down"},
    ),
    (
        "show ip nhrp nhs", "servers", 0,
        ("IPv4 Registration Timer: 33 seconds\n\nLegend: E=Expecting replies, R=Responding\n"
        "Tunnel1:\n10.255.0.1  RE NBMA Address: 192.0.2.1 priority = 1 cluster = 0\n"),
        {"address": "10.255.0.1", "responding": True, "priority": 1},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "rows", "number", "text", "facts"), OLDER)
def test_layouts_of_other_releases(
    command: str, rows: str, number: int, text: str, facts: dict[str, Any]
) -> None:
    document = to_json(parse(command, text))
    assert (document["complete"], len(document[rows])) == (True, number + 1)
    row = document[rows][number]
    assert {name: row[name] for name in facts} == facts


def test_eigrp_paths_from_mpls_and_with_counts() -> None:
    text = (
        "IP-EIGRP Topology Table for AS(1)/ID(10.0.1.5)\n\n"
        "P 10.2.5.0/24, 1 successors, FD is 28160, serno 7, refcount 1\n"
        "        via VPNv4 Sourced (28160/0)\n"
    )
    document = to_json(parse("show ip eigrp topology all-links", text))
    assert document["complete"] is True
    assert (document["paths"][0]["source"], document["paths"][0]["distance"]) == (
        "VPNv4 Sourced", 28160,
    )  # fmt: skip


def test_interfaces_that_lost_their_indentation_beside_one_that_kept_it() -> None:
    text = (
        "Vlan2 is up, line protocol is up\nIPv6 is enabled, link-local address is FE80::1\n"
        "ND DAD is enabled\nGi3 is up, line protocol is up\n"
        "  IPv6 is enabled, link-local address is FE80::3\n  ND DAD is enabled\n"
    )
    assert parse("show ipv6 interface", text).complete
    assert parse("show ipv6 interface", f"{text}Router alert\n").unparsed == ("Router alert",)


def test_a_topology_with_fewer_paths_than_successors_is_not_whole() -> None:
    text = SAMPLES["show ip eigrp vrf RED topology all-links"]
    lines = [line for line in text.splitlines() if "10.255.0.12 " not in line]
    lines = [line for line in lines if "10.255.0.13 " not in line]
    assert parse("show ip eigrp topology all-links", "\n".join(lines)).warnings == (
        "10.2.0.0/24 has 2 successors, 1 paths were read",
    )


def test_an_area_that_was_cut_in_its_middle_is_not_whole() -> None:
    text = SAMPLES["show ip ospf"]
    cut = text[: text.rindex("SPF algorithm executed")]
    assert parse("show ip ospf", cut).warnings == ("process 10 has 2 areas, 1 were read whole",)


def test_a_path_that_was_cut_before_its_metric_is_not_whole() -> None:
    text = SAMPLES["show ip route vrf RED 10.3.0.10"]
    cut = text[: text.rindex("      Route metric")]
    assert parse("show ip route vrf RED 10.3.0.10", cut).warnings == (
        "the entry ends before its last path does",
    )
