"""The cases that a healthy cloud does not show: states, empty tables, filters, odd widths."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from dmvpn_auto.lab.live import LiveState, NhsEntry, OspfNeighbor, PeerState, Tree
from dmvpn_auto.lab.show import COMMANDS, WORD_HELP
from dmvpn_auto.lab.show.ipsec import plaintext_mtu
from dmvpn_auto.lab.show.sessions import transform
from dmvpn_auto.lab.show.types import Arg
from tests.unit.live_parts import entry, esp, ike, interface, neighbor, peer, route, tunnel
from tests.unit.show_states import HUB, RUNNING, SPOKE, SPOKE_RUNNING, show

EMPTY = LiveState(
    uptime=0,
    interfaces=(),
    tunnels=(),
    nhrp=(),
    nhs=(),
    nhrp_traffic={},
    ike=(),
    ipsec=(),
    bgp=None,
    routes=(),
    dmvpn=(),
)
LOST = replace(
    SPOKE,
    nhrp=SPOKE.nhrp[:1],
    nhs=(
        replace(
            SPOKE.nhs[0],
            responding=False,
            requests_sent=6,
            replies_received=0,
            last_reply=None,
            pending_request_id=15,
            retransmit=64,
        ),
    ),
    ike=(ike(3, "198.51.100.2", "203.0.113.2", up=False),),
    ipsec=(),
    dmvpn=(peer("203.0.113.2", "10.255.0.1", PeerState.IKE, "S", "10.255.0.1/32", age=70),),
)


def test_a_router_with_nothing_prints_what_ios_does() -> None:
    outputs = {
        " ".join(word if isinstance(word, str) else word.name for word in command.words)
        for command in COMMANDS
        if not any(isinstance(word, Arg) for word in command.words)
        and show(" ".join(str(word) for word in command.words), EMPTY, {}) == ""
    }
    assert "show ip nhrp" in outputs
    assert "show crypto ikev2 sa" in outputs
    assert show("show ip bgp summary", EMPTY, {}) == "% BGP not active\n"
    assert show("show crypto ipsec sa", EMPTY, {}) == "\nNo SAs found\n"
    assert show("show dmvpn", EMPTY, {}).splitlines()[-2].startswith("=====")


def test_every_command_says_what_its_words_mean() -> None:
    ends = {command.words for command in COMMANDS}
    for command in COMMANDS:
        assert command.help
        for length in range(1, len(command.words)):
            lead = command.words[:length]
            name = tuple(w if isinstance(w, str) else f"<{w.name}>" for w in lead)
            known = lead in ends or name in WORD_HELP or isinstance(lead[-1], Arg)
            assert known, f"no help for {name}"


def test_forms_are_told_apart_by_their_words() -> None:
    shapes = [
        tuple(word if isinstance(word, str) else word.kind for word in command.words)
        for command in COMMANDS
    ]
    assert len(shapes) == len(set(shapes))


def test_the_state_of_a_lost_hub_is_told_by_every_layer() -> None:
    row = "     1 203.0.113.2          10.255.0.1   IKE 00:01:10     S"
    assert row in show("show dmvpn", LOST).splitlines()
    assert "10.255.0.1   E  NBMA Address: 203.0.113.2 priority = 0 cluster = 0  req-sent 6" in show(
        "show ip nhrp nhs detail", LOST
    )
    assert (
        "\n\n\nPending Registration Requests:\n"
        "Registration Request: Reqid 15, Ret 64  NHS 10.255.0.1 expired (Tu0)\n"
    ) in show("show ip nhrp nhs detail", LOST)
    assert "IN-NEG" in show("show crypto ikev2 sa", LOST)
    assert "Encr: Unknown - 0" in show("show crypto ikev2 sa", LOST)
    assert "Session status: DOWN-NEGOTIATING" in show("show crypto session", LOST)


def test_a_socket_without_sa_has_counters_and_no_spi() -> None:
    output = show("show crypto ipsec sa", LOST)
    assert "   current_peer 203.0.113.2 port 500\n" in output
    assert "     current outbound spi: 0x0(0)\n" in output
    assert "transform" not in output


@pytest.mark.parametrize(
    ("live", "status"),
    [
        (replace(LOST, ike=()), "DOWN"),
        (LOST, "DOWN-NEGOTIATING"),
        (replace(LOST, ike=(ike(3, "198.51.100.2", "203.0.113.2"),)), "UP-IDLE"),
        (replace(LOST, ike=(), ipsec=(esp(3, "198.51.100.2", "203.0.113.2"),)), "UP-NO-IKE"),
        (SPOKE, "UP-ACTIVE"),
    ],
)
def test_session_status(live: LiveState, status: str) -> None:
    assert f"Session status: {status:<14}\n" in show("show crypto session remote 203.0.113.2", live)


def test_an_unprotected_tunnel_has_no_session() -> None:
    bare = replace(SPOKE.tunnels[0], protection_profile=None)
    output = show("show crypto session", replace(SPOKE, tunnels=(bare,)))
    assert output == "Crypto session current status\n\n"


def test_strays_are_shown_under_the_tunnel_with_their_address() -> None:
    live = replace(SPOKE, dmvpn=(), ike=(ike(9, "198.51.100.2", "192.0.2.9"),), ipsec=())
    assert "Peer: 192.0.2.9 port 500 \n" in show("show crypto session", live)


def test_a_shared_profile_names_the_crypto_map() -> None:
    second = tunnel("198.51.100.2", name="Tunnel1")
    live = replace(
        SPOKE,
        tunnels=(*SPOKE.tunnels, second),
        interfaces=(*SPOKE.interfaces, interface("Tunnel1", "10.254.0.11/24")),
        dmvpn=(*SPOKE.dmvpn, replace(SPOKE.dmvpn[0], interface="Tunnel1")),
    )
    shared: Tree = {"tunnel protection ipsec profile DMVPN-IPSEC shared": {}}
    output = show(
        "show crypto ipsec sa", live, {"interface Tunnel0": shared, "interface Tunnel1": shared}
    )
    assert output.count("Crypto map tag: DMVPN-IPSEC-head-1, local addr 198.51.100.2") == 2
    assert output.count("current_peer 198.51.100.6") == 1


@pytest.mark.parametrize(
    ("path", "changes", "expected"),
    [
        (1400, {"encryption": "esp-aes", "integrity": "esp-sha-hmac"}, 1362),
        (1476, {"encryption": "esp-aes", "integrity": "esp-sha256-hmac"}, 1426),
        (1500, {"mode": "tunnel"}, 1446),
    ],
)
def test_plaintext_mtu_is_that_of_captures(
    path: int, changes: dict[str, Any], expected: int
) -> None:
    assert plaintext_mtu(path, replace(esp(1, "10.0.0.1", "10.0.0.2"), **changes)) == expected


@pytest.mark.parametrize(
    ("encryption", "size", "integrity", "written"),
    [
        ("esp-gcm", 256, None, "esp-gcm 256"),
        ("esp-gcm", 128, None, "esp-gcm"),
        ("esp-aes", 128, "esp-sha-hmac", "esp-aes esp-sha-hmac"),
        ("esp-aes", 256, "esp-sha256-hmac", "esp-256-aes esp-sha256-hmac"),
        ("esp-3des", 192, "esp-md5-hmac", "esp-3des esp-md5-hmac"),
    ],
)
def test_transforms(encryption: str, size: int, integrity: str | None, written: str) -> None:
    sa = replace(
        esp(1, "10.0.0.1", "10.0.0.2"), encryption=encryption, key_size=size, integrity=integrity
    )
    assert transform(sa) == written


def test_ikev1_sas_name_the_initiator_as_source() -> None:
    ours = replace(ike(5, "198.51.100.2", "203.0.113.2", version=1), initiator=False)
    output = show("show crypto isakmp sa", replace(SPOKE, ike=(ours,)))
    assert "198.51.100.2    203.0.113.2     QM_IDLE           1005 ACTIVE\n" in output
    assert show("show crypto ikev2 sa", replace(SPOKE, ike=(ours,))) == ""


@pytest.mark.parametrize(
    ("live", "role"),
    [
        (HUB, "Hub"),
        (SPOKE, "Spoke"),
        (replace(HUB, nhs=SPOKE.nhs), "Hub/Spoke"),
        (replace(HUB, nhrp=HUB.nhrp[2:], dmvpn=HUB.dmvpn[2:]), "Unknown"),
    ],
)
def test_role(live: LiveState, role: str) -> None:
    assert f"Type:{role}, NHRP Peers:" in show("show dmvpn", live)


def test_an_admin_down_tunnel_has_no_block_in_detail() -> None:
    down = replace(SPOKE.interfaces[2], admin_up=False, line_up=False)
    live = replace(
        SPOKE,
        interfaces=(*SPOKE.interfaces[:2], down),
        dmvpn=(replace(SPOKE.dmvpn[0], state=PeerState.INTF),),
        ike=(),
        ipsec=(),
    )
    assert "Tunnel0 is admin down\n" in show("show dmvpn detail", live)
    assert "Interface Tunnel0" not in show("show dmvpn detail", live)
    assert "  INTF 00:01:07     S\n" in show("show dmvpn", live)
    assert "Session" not in show("show crypto session", live).replace("Crypto session", "")


def test_filters_of_the_nhrp_cache() -> None:
    targets = {
        command: [line.split()[0] for line in show(command, SPOKE).splitlines() if line[0] != " "]
        for command in (
            "show ip nhrp static",
            "show ip nhrp dynamic",
            "show ip nhrp local",
            "show ip nhrp 10.2.0.7",
            "show ip nhrp 10.255.0.0/24",
            "show ip nhrp Tunnel1",
        )
    }
    assert targets == {
        "show ip nhrp static": ["10.255.0.1/32"],
        "show ip nhrp dynamic": ["10.1.0.0/24", "10.2.0.0/24", "10.255.0.12/32"],
        "show ip nhrp local": ["10.1.0.0/24"],
        "show ip nhrp 10.2.0.7": ["10.2.0.0/24"],
        "show ip nhrp 10.255.0.0/24": ["10.255.0.1/32", "10.255.0.12/32"],
        "show ip nhrp Tunnel1": [],
    }


def test_a_translated_peer_shows_both_addresses() -> None:
    behind = replace(
        entry("10.255.0.11/32", "10.255.0.11", "192.0.2.1", "dynamic", "registered"),
        claimed_nbma=IPv4Address("192.168.1.2"),
        group="GOLD",
    )
    assert show("show ip nhrp", replace(HUB, nhrp=(behind,))).splitlines()[3:] == [
        "   NBMA address: 192.0.2.1 ",
        "   (Claimed NBMA address: 192.168.1.2) ",
        "   Group: GOLD",
    ]


def test_a_waiting_server() -> None:
    waiting: NhsEntry = replace(SPOKE.nhs[0], waiting=True, expecting=False, responding=False)
    output = show("show ip nhrp nhs", replace(SPOKE, nhs=(waiting,)))
    assert "10.255.0.1   W  NBMA Address: 203.0.113.2 priority = 0 cluster = 0\n" in output


def test_neighbours_that_are_not_up() -> None:
    assert SPOKE.bgp is not None
    bgp = replace(SPOKE.bgp, neighbors=(neighbor("10.255.0.1", state="Active"),))
    line = show("show ip bgp summary", replace(SPOKE, bgp=bgp), SPOKE_RUNNING).splitlines()[-1]
    assert line == (
        "10.255.0.1      4        65000       0       0        1    0    0 never    Active"
    )


def test_one_mask_is_said_once() -> None:
    live = replace(EMPTY, routes=(route("C", "1.1.1.1/32", None, "Loopback0"),))
    assert show("show ip route", live).splitlines()[-2:] == [
        "      1.0.0.0/32 is subnetted, 1 subnets",
        "C        1.1.1.1 is directly connected, Loopback0",
    ]


def test_a_connected_host_route_has_no_local_one_and_a_summary_goes_to_null() -> None:
    live = replace(
        EMPTY,
        routes=(
            route("C", "10.1.1.1/32", None, "Loopback0"),
            route("L", "10.1.1.1/32", None, "Loopback0"),
            route("B", "10.0.0.0/8", None, "Null0"),
        ),
    )
    assert show("show ip route", live).splitlines()[-3:] == [
        "      10.0.0.0/8 is variably subnetted, 2 subnets, 2 masks",
        "B        10.0.0.0/8 [200/0], 00:01:30, Null0",
        "C        10.1.1.1/32 is directly connected, Loopback0",
    ]


def test_supernets_and_classful_networks_stand_alone() -> None:
    live = replace(
        EMPTY,
        routes=(
            route("B", "192.168.10.0/24", "10.0.0.1", None),
            route("B", "192.168.0.0/16", "10.0.0.1", None),
            route("S", "0.0.0.0/0", "10.0.0.9", None),
        ),
    )
    assert show("show ip route", live).splitlines()[-5:] == [
        "Gateway of last resort is 10.0.0.9 to network 0.0.0.0",
        "",
        "S*    0.0.0.0/0 [1/0] via 10.0.0.9",
        "B     192.168.0.0/16 [200/0] via 10.0.0.1, 00:01:30",
        "B     192.168.10.0/24 [200/0] via 10.0.0.1, 00:01:30",
    ]


def test_equal_paths_and_long_lines() -> None:
    live = replace(
        EMPTY,
        routes=(
            route("O", "10.2.0.0/24", "10.255.0.1", "Tunnel0", metric=11),
            route("O", "10.2.0.0/24", "10.254.0.1", "Tunnel1", metric=11),
            route("O IA", "10.200.200.0/24", "10.255.100.100", "GigabitEthernet0/0/1", metric=101),
        ),
    )
    assert show("show ip route ospf", live).splitlines()[-5:] == [
        "      10.0.0.0/8 is subnetted, 2 subnets".replace("/8", "/24"),
        "O        10.2.0.0 [110/11] via 10.255.0.1, 00:01:30, Tunnel0",
        "                  [110/11] via 10.254.0.1, 00:01:30, Tunnel1",
        "O IA     10.200.200.0 ",
        "           [110/101] via 10.255.100.100, 00:01:30, GigabitEthernet0/0/1",
    ]


def test_the_override_is_named_on_demand() -> None:
    plain, asked = (
        show(f"show ip route{words}", SPOKE).splitlines() for words in ("", " next-hop-override")
    )
    marked = "B   %    10.2.0.0/24 [200/0] via 10.255.0.1, 00:01:30"
    assert marked in plain
    assert not any("[NHO]" in line for line in plain)
    assert asked[asked.index(marked) + 1] == (
        "                     [NHO][200/255] via 10.255.0.12, 00:01:30, Tunnel0"
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("10.77.0.1", "% Subnet not in table\n"),
        ("172.16.0.1", "% Network not in table\n"),
        ("10.1.0.0 255.255.255.0", "Routing entry for 10.1.0.0/24\n"),
        ("10.1.0.0 255.255.0.0", "% Subnet not in table\n"),
        ("10.1.0.1", "Routing entry for 10.1.0.1/32\n"),
        ("10.1.0.0/24", "Routing entry for 10.1.0.0/24\n"),
    ],
)
def test_one_destination(asked: str, answer: str) -> None:
    assert show(f"show ip route {asked}", SPOKE).startswith(answer)


def test_the_static_interface_is_shown_when_configured() -> None:
    live = replace(EMPTY, routes=(route("S", "10.9.0.0/16", "10.0.0.9", "GigabitEthernet1"),))
    line = "ip route 10.9.0.0 255.255.0.0 GigabitEthernet1 10.0.0.9"
    assert show("show ip route", live, {}).endswith("[1/0] via 10.0.0.9\n")
    assert show("show ip route", live, {line: {}}).endswith("via 10.0.0.9, GigabitEthernet1\n")


def test_volume_lifetime_can_be_disabled() -> None:
    profile: Tree = {"set security-association lifetime kilobytes disable": {}}
    running = {**RUNNING, "crypto ipsec profile DMVPN-IPSEC": profile}
    output = show("show crypto ipsec sa", SPOKE, running)
    assert "        sa timing: remaining key lifetime (sec): 3538\n" in output
    assert "        Kilobyte Volume Rekey has been disabled\n" in output


def test_no_vrf_leaks_into_another() -> None:
    assert "0.0.0.0/0" not in show("show ip route", HUB)
    assert IPv4Network("10.0.0.0/24") == HUB.routes[3].prefix
    assert "10.0.0.0" not in show("show ip route vrf INET", HUB)


def test_ospf_neighbours() -> None:
    full = OspfNeighbor(
        router_id=IPv4Address("10.2.2.2"),
        priority=1,
        state="FULL",
        role="  -",
        dead_time=99,
        address=IPv4Address("10.100.0.2"),
        interface="Tunnel0",
    )
    live = replace(EMPTY, ospf=(full,))
    assert show("show ip ospf neighbor", live).splitlines()[2] == (
        "10.2.2.2          1   FULL/  -        00:01:39    10.100.0.2      Tunnel0"
    )
    assert show("show ip ospf neighbor Tunnel1", live) == ""


def test_crypto_settings() -> None:
    running: Tree = {
        "crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac": {"mode transport": {}},
        "crypto ipsec profile P": {
            "set transform-set TS": {},
            "set pfs group19": {},
            "set ikev2-profile K": {},
            "set security-association lifetime seconds 1800": {},
        },
    }
    assert show("show crypto ipsec transform-set", EMPTY, running).splitlines()[3:] == [
        "Transform set TS: { esp-256-aes esp-sha256-hmac  } ",
        "   will negotiate = { Transport,  }, ",
        "   ",
    ]
    assert show("show crypto ipsec profile", EMPTY, running).splitlines()[:10] == [
        "IPSEC profile P",
        "\tIKEv2 Profile: K",
        "\tSecurity association lifetime: 4608000 kilobytes/1800 seconds",
        "\tResponder-Only (Y/N): N",
        "\tPFS (Y/N): Y",
        "\t\tInherit (Y/N): N",
        "\t\tDH group: group19",
        "\tMixed-mode : Disabled",
        "\tTransform sets={ ",
        "\t\tTS:  { esp-256-aes esp-sha256-hmac  } , ",
    ]


def test_sockets_exist_for_every_peer() -> None:
    output = show("show crypto sockets", LOST)
    assert output.startswith("Number of Crypto Socket connections 1\n")
    assert "Socket State: Closed" in output
    assert show("show crypto sockets", SPOKE).count("Socket State: Open") == 2


def test_a_point_to_point_tunnel_names_its_destination() -> None:
    direct = replace(
        SPOKE.tunnels[0], multipoint=False, destination=IPv4Address("203.0.113.2"), key=None
    )
    live = replace(SPOKE, tunnels=(direct,))
    detail = show("show dmvpn detail", live)
    assert "Src./Dest. addr: 198.51.100.2/203.0.113.2, Tunnel VRF" in detail
    assert '   Protocol/Transport: "GRE/IP", Protect "DMVPN-IPSEC" \n' in detail
    output = show("show interfaces Tunnel0", live)
    assert "  Tunnel source 198.51.100.2 (GigabitEthernet1), destination 203.0.113.2\n" in output
    assert "  Tunnel protocol/transport GRE/IP\n    Key disabled, sequencing disabled\n" in output
    assert "  Tunnel transport MTU 1476 bytes\n" in output


def test_a_tunnel_without_peers_has_a_block_in_detail_if_it_speaks_nhrp() -> None:
    live = replace(HUB, dmvpn=(), nhrp=())
    assert "Type:Unknown, Total NBMA Peers (v4/v6): 0\n" in show("show dmvpn detail", live)
    assert "Interface Tunnel0" not in show("show dmvpn detail", live, {})


def test_an_ikev1_negotiation_has_no_connection_id() -> None:
    trying = ike(5, "198.51.100.2", "203.0.113.2", version=1, up=False)
    output = show("show crypto isakmp sa", replace(SPOKE, ike=(trying,)))
    assert "203.0.113.2     198.51.100.2    MM_NO_STATE          0 ACTIVE\n" in output


def test_ikev2_sas_of_one_peer() -> None:
    output = show("show crypto ikev2 sa remote 203.0.113.2", SPOKE)
    assert output.count("READY") == 1
    assert "203.0.113.2/500" in output


def test_the_configured_lines_that_show_up_elsewhere() -> None:
    lines: Tree = {
        "no ip unreachables": {},
        "ip access-group OUTSIDE in": {},
        "ip address dhcp": {},
    }
    running: Tree = {"interface GigabitEthernet1": lines}
    output = show("show ip interface GigabitEthernet1", SPOKE, running)
    assert "  ICMP unreachables are never sent\n" in output
    assert "  Inbound  access list is OUTSIDE\n" in output
    assert "  Outgoing access list is not set\n" in output
    brief = show("show ip interface brief", SPOKE, running)
    assert (
        "GigabitEthernet1       198.51.100.2    YES DHCP   up                    up      " in brief
    )


def test_every_traffic_counter_has_its_place() -> None:
    kinds = [
        "resolution_request",
        "resolution_reply",
        "registration_request",
        "registration_reply",
        "purge_request",
        "purge_reply",
        "error_indication",
        "traffic_indication",
        "redirect_suppress",
    ]
    counters = {
        f"{way}_{kind}": start + number
        for way, start in (("sent", 10), ("rcvd", 30))
        for number, kind in enumerate(kinds)
    }
    live = replace(HUB, nhrp_traffic={"Tunnel0": {**counters, "sent_total": 1, "rcvd_total": 2}})
    running: Tree = {"interface Tunnel0": {"ip nhrp max-send 100 every 5": {}}}
    assert show("show ip nhrp traffic", live, running).splitlines() == [
        "Tunnel0: Max-send limit:100Pkts/5Sec, Usage:0%",
        "   Sent: Total 1",
        "         10 Resolution Request  11 Resolution Reply  12 Registration Request",
        "         13 Registration Reply  14 Purge Request  15 Purge Reply",
        "         16 Error Indication  17 Traffic Indication  18 Redirect Suppress",
        "   Rcvd: Total 2",
        "         30 Resolution Request  31 Resolution Reply  32 Registration Request",
        "         33 Registration Reply  34 Purge Request  35 Purge Reply",
        "         36 Error Indication  37 Traffic Indication  38 Redirect Suppress",
    ]


def test_a_profile_without_transform_set_uses_the_default_one() -> None:
    output = show("show crypto ipsec profile", EMPTY, {})
    assert output.splitlines()[0] == "IPSEC profile default"
    assert "\t\tdefault:  { esp-aes esp-sha-hmac  } , \n" in output
