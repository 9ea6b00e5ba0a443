"""Show output read by parsers that know nothing of the layouts: ntc-templates and our own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from ntc_templates.parse import parse_output

from dmvpn_auto.lab.live import LiveState
from dmvpn_auto.observe import parse
from dmvpn_auto.observe.evidence import Interfaces, IpsecFlows, Ping
from tests.unit.show_states import HUB, SPOKE, SPOKE_RUNNING, show
from tests.unit.test_show_golden import SESSIONS

READ_BY_US = (
    "show dmvpn",
    "show dmvpn detail",
    "show ip nhrp",
    "show ip nhrp detail",
    "show ip nhrp brief",
    "show ip nhrp nhs",
    "show ip nhrp nhs detail",
    "show ip nhrp traffic",
    "show ip nhrp multicast",
    "show ip nhrp summary",
    "show crypto ikev2 sa",
    "show crypto ikev2 sa detailed",
    "show crypto isakmp sa",
    "show crypto ipsec sa",
    "show crypto session",
    "show crypto session detail",
    "show ip bgp summary",
    "show ip route",
    "show ip route next-hop-override",
    "show ip route vrf INET",
    "show interfaces",
    "show ip interface",
    "show ip interface brief",
)


@pytest.mark.parametrize("command", READ_BY_US)
@pytest.mark.parametrize("live", [HUB, SPOKE], ids=["hub", "spoke"])
def test_our_parser_reads_every_line(command: str, live: LiveState) -> None:
    reading = parse(command, show(command, live))
    assert reading.unparsed == ()
    assert reading.warnings == ()


def ntc(
    command: str, live: LiveState = HUB, output: str | None = None, **more: Any
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parse_output(  # type: ignore[no-untyped-call]
        platform="cisco_ios",
        command=command,
        data=show(command, live, **more) if output is None else output,
    )
    return rows


def test_ntc_dmvpn() -> None:
    rows = ntc("show dmvpn")
    assert [
        (row["peer_nbma"], row["peer_tunnel"], row["state"], row["uptime"], row["attribute"])
        for row in rows
    ] == [
        ("UNKNOWN", "10.255.0.77", "IKE", "never", "IX"),
        ("198.51.100.2", "10.255.0.11", "UP", "00:01:07", "D"),
        ("198.51.100.6", "10.255.0.12", "UP", "1d02h", "D"),
    ]


def test_ntc_bgp_summary() -> None:
    """Its template passes over dynamic neighbours (`*`), so the spoke is read."""
    (row,) = ntc("show ip bgp summary", SPOKE)
    assert (row["bgp_neighbor"], row["state_or_prefixes_received"]) == ("10.255.0.1", "2")
    assert (row["router_id"], row["local_as"]) == ("10.1.1.1", "65000")


def test_ntc_bgp_table() -> None:
    rows = ntc("show ip bgp")
    assert [(row["network"], row["next_hop"], row["weight"]) for row in rows] == [
        ("10.0.0.0/24", "0.0.0.0", "32768"),
        ("10.1.0.0/24", "10.255.0.11", "0"),
    ]


def test_ntc_routes() -> None:
    rows = ntc("show ip route")
    assert [
        (row["protocol"], f"{row['network']}/{row['prefix_length']}", row["nexthop_ip"])
        for row in rows
    ] == [
        ("C", "10.0.0.0/24", ""),
        ("L", "10.0.0.1/32", ""),
        ("B", "10.1.0.0/24", "10.255.0.11"),
        ("B", "10.2.0.0/24", "10.255.0.12"),
        ("C", "10.255.0.0/24", ""),
        ("L", "10.255.0.1/32", ""),
    ]


def test_ntc_routes_of_a_vrf() -> None:
    rows = ntc("show ip route vrf INET", output=show("show ip route vrf INET", HUB))
    assert rows[0]["vrf"] == "INET"
    assert (rows[0]["network"], rows[0]["nexthop_ip"]) == (
        "0.0.0.0",
        "203.0.113.1",
    )


def test_ntc_interfaces() -> None:
    rows = {row["interface"]: row for row in ntc("show interfaces")}
    assert rows["GigabitEthernet1"]["mac_address"] == "aabb.cc00.0100"
    assert rows["GigabitEthernet1"]["description"] == "to the provider"
    assert rows["Loopback1"]["link_status"] == "administratively down"
    assert rows["Tunnel0"]["ip_address"] == "10.255.0.1"
    assert rows["Tunnel0"]["input_packets"] == "10"
    assert rows["Tunnel0"]["delay"] == "50000 usec"


def test_ntc_ip_interface() -> None:
    rows = {row["interface"]: row for row in ntc("show ip interface")}
    assert rows["Tunnel0"]["mtu"] == "1400"
    assert rows["GigabitEthernet1"]["vrf"] == "INET"


def test_ntc_ip_interface_brief() -> None:
    rows = ntc("show ip interface brief")
    assert [(row["interface"], row["status"], row["proto"]) for row in rows] == [
        ("GigabitEthernet1", "up", "up"),
        ("GigabitEthernet2", "up", "up"),
        ("Loopback1", "administratively down", "down"),
        ("Tunnel0", "up", "up"),
    ]


def test_ntc_interfaces_description() -> None:
    rows = ntc("show interfaces description")
    assert [(row["port"], row["status"], row["description"]) for row in rows] == [
        ("Gi1", "up", "to the provider"),
        ("Gi2", "up", ""),
        ("Lo1", "admin down", ""),
        ("Tu0", "up", ""),
    ]


def test_ntc_crypto_session_detail() -> None:
    rows = ntc("show crypto session detail", SPOKE)
    assert [
        (row["interface"], row["session_status"], row["remote_ip"], row["active_sa"], row["fvrf"])
        for row in rows
    ] == [
        ("Tunnel0", "UP-ACTIVE", "198.51.100.6", "2", "INET"),
        ("Tunnel0", "UP-ACTIVE", "203.0.113.2", "2", "INET"),
    ]


def test_ntc_ipsec_sa() -> None:
    """Its template is for `detail`, knows one peer per interface and predates `initiator`."""
    output = show("show crypto ipsec sa peer 198.51.100.6", HUB)
    rows = ntc(
        "show crypto ipsec sa detail",
        output=re.sub(r", initiator : \w+| *#send errors.*", "", output),
    )
    assert [
        (row["current_peer"], row["sa_orientation"], row["sa_transform"], row["pkts_encaps"])
        for row in rows
    ] == [
        ("198.51.100.6", "inbound", "esp-gcm 256", "16"),
        ("198.51.100.6", "outbound", "esp-gcm 256", "16"),
    ]
    assert rows[0]["sa_spi_dec"] == str(0x15AF1474)
    assert rows[1]["sa_spi_hex"] == "0x8DD9D24"


def test_ntc_version() -> None:
    (row,) = ntc("show version", replace(HUB, uptime=93784))
    assert (row["hostname"], row["uptime"]) == ("spoke1", "1 day, 2 hours, 3 minutes")
    assert row["version"] == "17.9.4a"
    assert row["config_register"] == "0x2102"


def test_ntc_clock() -> None:
    (row,) = ntc("show clock")
    assert (row["time"], row["timezone"], row["day"]) == ("08:41:13.127", "UTC", "2")


def test_ntc_users() -> None:
    rows = ntc("show users", sessions=SESSIONS)
    assert [(row["line"], row["location"]) for row in rows] == [
        ("0 con 0", ""),
        ("*  2 vty 0", "10.0.0.9"),
    ]


def test_ntc_vrf() -> None:
    (row,) = ntc("show vrf", SPOKE, running=SPOKE_RUNNING)
    assert (row["name"], row["default_rd"], row["interfaces"]) == ("INET", "65000:99", ["Gi1"])


def test_an_sa_whose_section_is_cut_out_is_unread() -> None:
    flow = (
        "interface: Tunnel7\n    Crypto map tag: Tunnel7-head-0, local addr 192.0.2.9\n\n"
        "   protected vrf: (none)\n"
        "   local  ident (addr/mask/prot/port): (192.0.2.9/255.255.255.255/47/0)\n"
        "   remote ident (addr/mask/prot/port): (192.0.2.7/255.255.255.255/47/0)\n"
        "   current_peer 192.0.2.7 port 500\n"
        "      spi: 0x5F(95)\n        transform: esp-gcm 256 ,\n"
    )
    reading = parse("show crypto ipsec sa", flow)
    assert isinstance(reading, IpsecFlows)
    assert any("0x5F" in line for line in reading.unparsed)
    assert not reading.flows[0].esp


@pytest.mark.parametrize("command", ["show crypto session", "show dmvpn detail"])
def test_half_an_ike_sa_is_unread(command: str) -> None:
    session = (
        "Interface: Tunnel7\nCrypto Session Status: UP-ACTIVE\nSession status: UP-ACTIVE\n"
        "Peer: 2001:DB8:7::2 port 500\n  IKEv2 SA: local 2001:DB8:7::1/500\n          remote 2001:D"
    )
    assert not parse(command, session).complete


def test_a_ping_without_route_is_an_answer() -> None:
    reading = parse("ping 2001:DB8:7::2", "% No valid route for destination\n")
    assert isinstance(reading, Ping)
    assert (reading.complete, reading.sent, reading.received) == (True, 0, 0)


def test_a_backup_interface_stands_by() -> None:
    text = (
        "Interface              IP-Address      OK? Method Status                Protocol\n"
        "Serial0/1              192.0.2.9       YES manual standby mode          down\n"
    )
    reading = parse("show ip interface brief", text)
    assert isinstance(reading, Interfaces)
    assert (reading.complete, reading.interfaces[0].admin) == (True, "standby mode")


@pytest.mark.parametrize(
    ("legend", "whole"),
    [
        ("Legend: E=Expecting replies, R=Responding", True),
        ("Legend: E=Expecting replies, R=Responding, W=Waiting", True),
        ("Legend: E=Expecting replies, R=Responding, W=Waiting, D=Dynamic", True),
        ("Legend: E=Expecting replies, R=Respon", False),
        ("Legend: E=Expecting replies, R=Responding, W=Wai", False),
    ],
)
def test_servers_that_were_cut_off_in_the_legend_are_not_none(legend: str, whole: bool) -> None:
    assert parse("show ip nhrp nhs detail", legend + "\n").complete is whole
