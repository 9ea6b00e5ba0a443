"""Access lists: what they say of a packet, as netfilter rules, and of those who log in."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address

import asyncssh
import pytest

from dmvpn_auto.lab.acl import Packet, permits, read
from dmvpn_auto.lab.dataplane.desired import read as desired
from dmvpn_auto.lab.dataplane.filters import script
from dmvpn_auto.lab.ios import IosNode
from dmvpn_auto.lab.ios.access import Way
from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.live import Tree
from tests.unit.ios_console import console

STATION = IPv4Address("192.0.2.10")
OWN = IPv4Address("203.0.113.2")
LISTS: Tree = {
    "ip access-list extended MGMT": {
        "10 deny   tcp host 192.0.2.66 any eq 22": {},
        "20 permit tcp 192.0.2.0 0.0.0.255 host 203.0.113.2 eq 22": {},
        "remark nothing else": {},
        "30 permit udp any eq isakmp any range 500 4500": {},
        "40 permit tcp any any established": {},
        "50 permit icmp any any echo": {},
        "60 deny   tcp any any neq www": {},
    },
    "ip access-list standard ODD": {"10 permit 192.0.2.1 0.0.0.254": {}},
    "access-list 10 remark one": {},
    "access-list 10 deny   192.0.2.66": {},
    "access-list 10 permit any": {},
    "ip access-list standard EMPTY": {},
}


@pytest.mark.parametrize(
    ("name", "source", "port", "good"),
    [
        ("MGMT", "192.0.2.10", 22, True),
        ("MGMT", "192.0.2.66", 22, False),
        ("MGMT", "192.0.3.10", 22, False),
        ("MGMT", "192.0.2.10", 23, False),
        ("ODD", "192.0.2.9", 22, True),
        ("ODD", "192.0.2.10", 22, False),
        ("10", "192.0.2.66", 22, False),
        ("10", "192.0.2.67", 22, True),
        ("EMPTY", "192.0.2.66", 22, True),
        ("ABSENT", "192.0.2.66", 22, True),
    ],
)
def test_a_list_judges_a_packet(name: str, source: str, port: int, good: bool) -> None:
    packet = Packet(source=IPv4Address(source), destination=OWN, destination_port=port)
    assert permits(read(LISTS, name), packet) is good


def test_lists_become_netfilter_rules() -> None:
    running: Tree = LISTS | {
        "interface GigabitEthernet1": {
            "ip access-group MGMT in": {},
            "ip access-group EMPTY out": {},
        },
        "interface GigabitEthernet2": {"ip access-group 10 out": {}, "no ip unreachables": {}},
    }
    ports = {"GigabitEthernet1": "eth1", "GigabitEthernet2": "eth2"}
    text, chains = script(desired(running, ports).groups, 0, first=True)
    deny = "REJECT --reject-with icmp-admin-prohibited"
    assert chains == 2
    assert text.splitlines()[5:] == [
        "-I INPUT -j DMVPN-IN",
        "-I FORWARD -j DMVPN-IN",
        "-A FORWARD -j DMVPN-OUT",
        "-A DMVPN-IN -i eth1 -m policy --dir in --pol ipsec -j RETURN",
        "-A DMVPN-IN -i eth1 -j DMVPN-ACL-0",
        f"-A DMVPN-ACL-0 -s 192.0.2.66/255.255.255.255 -p 6 --dport 22:22 -j {deny}",
        (
            "-A DMVPN-ACL-0 -s 192.0.2.0/255.255.255.0 -d 203.0.113.2/255.255.255.255 -p 6"
            " --dport 22:22 -j RETURN"
        ),
        "-A DMVPN-ACL-0 -p 17 --sport 500:500 --dport 500:4500 -j RETURN",
        "-A DMVPN-ACL-0 -p 6 --tcp-flags ACK ACK -j RETURN",
        "-A DMVPN-ACL-0 -p 6 --tcp-flags RST RST -j RETURN",
        "-A DMVPN-ACL-0 -p 1 --icmp-type echo-request -j RETURN",
        f"-A DMVPN-ACL-0 -p 6 ! --dport 80:80 -j {deny}",
        f"-A DMVPN-ACL-0 -j {deny}",
        "-A DMVPN-OUT -o eth2 -j DMVPN-ACL-1",
        "-A DMVPN-ACL-1 -s 192.0.2.66/255.255.255.255 -j DROP",
        "-A DMVPN-ACL-1 -j RETURN",
        "-A DMVPN-ACL-1 -j DROP",
        "COMMIT",
    ]
    empty, _ = script((), 2, first=False)
    assert empty.splitlines()[1:-1] == [
        f":DMVPN-{chain} - [0:0]" for chain in ("IN", "OUT", "ACL-0", "ACL-1")
    ]


def test_an_unknown_port_is_named() -> None:
    running: Tree = {
        "ip access-list extended X": {"10 permit tcp any any eq nonsense": {}},
        "interface GigabitEthernet1": {"ip access-group X in": {}},
    }
    assert desired(running, {"GigabitEthernet1": "eth1"}).problems == (
        "GigabitEthernet1: ip access-group: port 'nonsense' is not known",
    )


STARTUP = """\
hostname R1
username admin privilege 15 secret 5 $1$abcd$SsNOuKxTQyKAKbmxUcd/l/
archive
 path flash:a
interface GigabitEthernet1
 ip address 203.0.113.2 255.255.255.252
"""


async def _connect(node: IosNode) -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        "127.0.0.1", node.port, username="admin", password="admin", known_hosts=None
    )


async def _connect_until_refused(node: IosNode) -> None:
    while True:
        (await _connect(node)).close()


CUTS = {
    "access list": ("access-list 101 deny tcp any any eq 22", "ip access-group 101 in"),
    "shutdown": ("shutdown",),
    "address gone": ("no ip address",),
}


@pytest.mark.parametrize("lines", CUTS.values(), ids=CUTS)
async def test_what_cuts_management_cuts_the_session_until_the_router_takes_it_back(
    lines: tuple[str, ...],
) -> None:
    way = Way("GigabitEthernet1", STATION)
    node = IosNode(
        "R1", BareDataplane(), ["GigabitEthernet1"], STARTUP, minute=0.5, way=way
    )  # fmt: skip
    await node.start("127.0.0.1", 0)
    try:
        async with await _connect(node) as connection:
            process = await connection.create_process(term_type="vt100", encoding="utf-8")
            process.stdin.write("conf t revert timer 1\n")
            await process.stdout.readuntil("(config)#")
            for line in (lines[0], "interface GigabitEthernet1", *lines[-1:]):
                process.stdin.write(f"{line}\n")
            with pytest.raises((asyncssh.Error, OSError)):
                await _connect_until_refused(node)
            process.stdin.write("end\nshow clock\n")
            held = await asyncio.wait_for(process.stdout.readuntil("UTC"), 5)
            assert "rolling to:flash:a-" in held
    finally:
        await node.close()


async def test_an_access_class_turns_new_sessions_away_and_leaves_the_old() -> None:
    node = IosNode("R1", BareDataplane(), ["GigabitEthernet1"], STARTUP)
    await node.start("127.0.0.1", 0)
    try:
        async with await _connect(node) as connection:
            process = await connection.create_process(term_type="vt100", encoding="utf-8")
            process.stdin.write(
                "conf t\naccess-list 7 permit 192.0.2.0 0.0.0.255\nline vty 0 4\n"
                "access-class 7 in\nend\n"
            )
            await process.stdout.readuntil("(config-line)#end")
            with pytest.raises((asyncssh.Error, OSError)):
                await _connect(node)
            process.stdin.write("conf t\naccess-list 7 permit host 127.0.0.1\nend\n")
            await process.stdout.readuntil("(config)#end")
            (await _connect(node)).close()
    finally:
        await node.close()


async def test_a_port_that_ios_does_not_know_is_refused_where_it_is_typed() -> None:
    async with console() as at:
        await at.lines("conf t", "ip access-list extended MGMT")
        refused = "% Invalid input detected at '^' marker."
        assert refused in await at.lines("permit tcp any any eq sssh")
        assert refused in await at.lines("permit udp any range isakmp 70000 any")
        assert refused not in await at.lines(
            "permit tcp any any eq whois", "deny tcp any eq 022 any"
        )
        await at.lines("exit", "access-list 101 permit udp any any eq nosuch", "end")
        running = await at.running()
    assert "permit tcp any any eq whois\n" in running
    assert "sssh" not in running
    assert "nosuch" not in running
