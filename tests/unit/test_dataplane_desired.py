"""A running configuration read as the state that Linux has to reach."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest

from dmvpn_auto.lab.dataplane.connection import Connection
from dmvpn_auto.lab.dataplane.crypto import Protection
from dmvpn_auto.lab.dataplane.desired import Desired, StaticRoute, WantedTunnel, read, table_of
from dmvpn_auto.lab.live import Tree
from dmvpn_auto.lab.nhrp.config import NhsConfig, StaticMap, TunnelConfig
from tests.unit.dataplane_texts import HUB, spoke, tree

PORTS = {"GigabitEthernet1": "eth1", "GigabitEthernet2": "eth2"}


def wanted(text: str, *changes: tuple[str, str]) -> Desired:
    """Read a text in which pieces were replaced; each piece must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read(tree(text), PORTS)


def tunnel(text: str, *changes: tuple[str, str]) -> WantedTunnel:
    found = wanted(text, *changes).tunnel("Tunnel0")
    assert found is not None
    return found


def nhrp(text: str, *changes: tuple[str, str]) -> TunnelConfig:
    found = tunnel(text, *changes).nhrp
    assert found is not None
    return found


def protection(text: str, *changes: tuple[str, str]) -> Protection:
    found = tunnel(text, *changes).protection
    assert found is not None
    return found


def connection(text: str, *changes: tuple[str, str]) -> Connection:
    found = protection(text, *changes)
    assert found.connection is not None, found.problem
    return found.connection


def test_spoke_interfaces() -> None:
    state = wanted(spoke(1))
    named = {one.name: one for one in state.interfaces}
    assert [*named] == ["Loopback1", "Tunnel0", "GigabitEthernet1", "GigabitEthernet2"]
    assert [one.device for one in named.values()] == ["loop1", "tu0", "eth1", "eth2"]
    assert named["GigabitEthernet1"].address == IPv4Interface("198.51.100.2/30")
    assert named["Tunnel0"].ip_mtu == 1400
    assert named["Tunnel0"].tcp_mss == 1360
    assert all(one.up for one in named.values())
    assert state.routes == (
        StaticRoute(
            table=254,
            prefix=IPv4Network("0.0.0.0/0"),
            next_hop=IPv4Address("198.51.100.1"),
            device=None,
            distance=1,
        ),
    )
    assert state.problems == ()


def test_spoke_tunnel() -> None:
    found = tunnel(spoke(1))
    assert (found.source_interface, str(found.source)) == ("GigabitEthernet1", "198.51.100.2")
    assert (found.multipoint, found.key, found.destination) == (True, 100, None)
    assert found.complete


def test_spoke_nhrp() -> None:
    found = nhrp(spoke(1))
    assert found.nhs == (
        NhsConfig(
            address=IPv4Address("10.255.0.1"), nbma=IPv4Address("203.0.113.2"), multicast=True
        ),
    )
    assert (found.network_id, found.authentication, found.holdtime) == (100, "NHRPKEY", 60)
    assert (found.no_unique, found.shortcut, found.redirect) == (True, True, False)
    assert not found.multicast_dynamic


def test_hub_nhrp() -> None:
    found = nhrp(HUB)
    assert found.nhs == ()
    assert (found.redirect, found.shortcut, found.multicast_dynamic) == (True, True, True)


def test_shortcuts_are_on_unless_negated() -> None:
    line = " ip nhrp shortcut\n"
    assert nhrp(spoke(1), (line, "")).shortcut
    assert not nhrp(spoke(1), (line, " no ip nhrp shortcut\n")).shortcut


CLASSIC = (
    " ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast\n",
    """\
 ip nhrp map 10.255.0.1 203.0.113.2
 ip nhrp map multicast 203.0.113.2
 ip nhrp nhs 10.255.0.1
""",
)


def test_classic_map_and_nhs_mean_the_same_server() -> None:
    found = nhrp(spoke(1), CLASSIC)
    hub = IPv4Address("203.0.113.2")
    assert found.static_maps == (StaticMap(address=IPv4Address("10.255.0.1"), nbma=hub),)
    assert found.multicast_maps == (hub,)
    assert found.nhs_nbma(found.nhs[0]) == hub


def test_server_options() -> None:
    found = nhrp(spoke(1), ("203.0.113.2 multicast", "203.0.113.2 priority 5 cluster 2"))
    assert (found.nhs[0].multicast, found.nhs[0].priority, found.nhs[0].cluster) == (False, 5, 2)


def test_redirect_timeout() -> None:
    assert nhrp(HUB, ("ip nhrp redirect", "ip nhrp redirect timeout 4")).redirect_timeout == 4


INCOMPLETE = [
    ("no source", (" tunnel source GigabitEthernet1\n", ""), "tunnel source has no address"),
    (
        "source without address",
        ("tunnel source GigabitEthernet1", "tunnel source Loopback9"),
        "tunnel source has no address",
    ),
    (
        "point-to-point without destination",
        (" tunnel mode gre multipoint\n", ""),
        "tunnel destination is missing",
    ),
    (
        "mode of another kind",
        ("tunnel mode gre multipoint", "tunnel mode ipsec ipv4"),
        "tunnel mode ipsec ipv4 is not carried",
    ),
]


@pytest.mark.parametrize(
    ("change", "problem"), [row[1:] for row in INCOMPLETE], ids=[row[0] for row in INCOMPLETE]
)
def test_incomplete_tunnel_has_no_device(change: tuple[str, str], problem: str) -> None:
    found = tunnel(spoke(1), change)
    assert found.problem == problem
    assert not found.complete
    assert found.nhrp is None


def test_protection_stays_known_while_the_source_is_missing() -> None:
    found = protection(spoke(1), (" tunnel source GigabitEthernet1\n", ""))
    assert (found.profile, found.connection) == ("DMVPN-IPSEC", None)


def test_point_to_point_spoke() -> None:
    found = tunnel(spoke(1), (" tunnel mode gre multipoint\n", " tunnel destination 203.0.113.2\n"))
    assert (found.multipoint, str(found.destination)) == (False, "203.0.113.2")
    assert found.protection is not None
    assert found.protection.connection is not None
    assert str(found.protection.connection.remote) == "203.0.113.2"


def test_nhrp_is_off_without_network_id() -> None:
    assert tunnel(spoke(1), (" ip nhrp network-id 100\n", "")).nhrp is None


def test_shutdown() -> None:
    state = wanted(spoke(1), ("interface Tunnel0\n", "interface Tunnel0\n shutdown\n"))
    assert [one.up for one in state.interfaces if one.name == "Tunnel0"] == [False]


def test_port_the_router_has_not() -> None:
    state = wanted(spoke(1), ("interface GigabitEthernet2", "interface GigabitEthernet7"))
    assert state.problems == ("GigabitEthernet7 has no port in this lab",)


ROUTES = [
    ("ip route 10.9.0.0 255.255.0.0 10.255.0.1 250", ("10.9.0.0/16", "10.255.0.1", None, 250)),
    ("ip route 10.9.0.0 255.255.0.0 Null0", ("10.9.0.0/16", None, None, 1)),
    ("ip route 10.9.0.0 255.255.0.0 Tunnel0", ("10.9.0.0/16", None, "tu0", 1)),
    (
        "ip route 10.9.0.0 255.255.0.0 GigabitEthernet2 10.1.0.9 name X",
        ("10.9.0.0/16", "10.1.0.9", "eth2", 1),
    ),
]


@pytest.mark.parametrize(("line", "expected"), ROUTES, ids=[line for line, _ in ROUTES])
def test_static_route(line: str, expected: tuple[str, str | None, str | None, int]) -> None:
    (route,) = read({line: {}}, PORTS).routes
    next_hop = str(route.next_hop) if route.next_hop else None
    assert (str(route.prefix), next_hop, route.device, route.distance) == expected
    assert route.discard == ("Null0" in line)


def test_front_vrf() -> None:
    state = wanted(
        spoke(1),
        ("hostname spoke1\n", "hostname spoke1\nvrf definition INET\n address-family ipv4\n"),
        (
            "interface GigabitEthernet1\n",
            "interface GigabitEthernet1\n vrf forwarding INET\n",
        ),
        (" tunnel key 100\n", " tunnel key 100\n tunnel vrf INET\n"),
        ("ip route 0.0.0.0", "ip route vrf INET 0.0.0.0"),
        ("policy DMVPN-POL\n", "policy DMVPN-POL\n match fvrf INET\n"),
        (
            "profile DMVPN-PROF\n match identity",
            "profile DMVPN-PROF\n match fvrf INET\n match identity",
        ),
    )
    assert state.vrfs == {"INET": table_of("INET")}
    assert state.routes[0].table == table_of("INET") != 254
    found = state.tunnel("Tunnel0")
    assert found is not None
    assert found.front_vrf == "INET"
    assert found.protection is not None
    assert found.protection.connection is not None
    assert found.protection.connection.front_vrf == "INET"


def test_connection_is_what_was_configured() -> None:
    found = connection(spoke(1))
    assert found.proposals == ("aes256gcm16-prfsha384-ecp384",)
    assert found.esp_proposals == ("aes256gcm16",)
    assert (found.local_id, found.remote_id) == ("198.51.100.2", "%any")
    assert found.dpd is not None
    assert (found.dpd.interval, found.dpd.retry, found.dpd.periodic) == (10, 2, False)
    assert [key.owners for key in found.keys] == [()]
    assert (found.ike_lifetime, found.child_lifetime, found.replay_window) == (86400, 3600, 64)


SPELLINGS = [
    (
        "CBC with integrity",
        (
            " encryption aes-gcm-256\n prf sha384\n group 20\n",
            " encryption aes-cbc-256 aes-cbc-128\n integrity sha256\n group 19 14\n",
        ),
        ("aes256-aes128-sha256-ecp256-modp2048",),
    ),
    (
        "policy without proposal of that name",
        (" proposal DMVPN-PROP\n", " proposal OTHER\n proposal DMVPN-PROP\n"),
        ("aes256gcm16-prfsha384-ecp384",),
    ),
    (
        "no policy: the smart default",
        ("crypto ikev2 policy DMVPN-POL\n proposal DMVPN-PROP\n", ""),
        ("aes256-sha512-sha384-ecp256-modp2048-ecp521-modp1536",),
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [row[1:] for row in SPELLINGS], ids=[row[0] for row in SPELLINGS]
)
def test_ike_proposals(change: tuple[str, str], expected: tuple[str, ...]) -> None:
    assert connection(spoke(1), change).proposals == expected


TRANSFORMS = [
    ("esp-gcm", "aes128gcm16"),
    ("esp-gcm 256", "aes256gcm16"),
    ("esp-aes esp-sha-hmac", "aes128-sha1"),
    ("esp-aes 256 esp-sha256-hmac", "aes256-sha256"),
    ("esp-3des esp-md5-hmac", "3des-md5"),
]


@pytest.mark.parametrize(("words", "expected"), TRANSFORMS, ids=[row[0] for row in TRANSFORMS])
def test_transform_sets(words: str, expected: str) -> None:
    change = ("transform-set DMVPN-TS esp-gcm 256", f"transform-set DMVPN-TS {words}")
    assert connection(spoke(1), change).esp_proposals == (expected,)


def test_perfect_forward_secrecy() -> None:
    change = (" set ikev2-profile", " set pfs group19\n set ikev2-profile")
    assert connection(spoke(1), change).esp_proposals == ("aes256gcm16-ecp256",)


UNPROTECTABLE = [
    ("IPsec profile undefined", ("crypto ipsec profile DMVPN-IPSEC\n", "crypto ipsec profile X\n")),
    (
        "names differ in case",
        ("crypto ipsec profile DMVPN-IPSEC\n", "crypto ipsec profile dmvpn-ipsec\n"),
    ),
    ("IKEv2 profile undefined", ("crypto ikev2 profile DMVPN-PROF\n", "crypto ikev2 profile X\n")),
    ("keyring undefined", ("crypto ikev2 keyring DMVPN-KR\n", "crypto ikev2 keyring X\n")),
    ("keyring without key", ("  pre-shared-key Canary-PSK-7\n", "")),
    ("no local authentication", (" authentication local pre-share\n", "")),
    ("no match statement", (" match identity remote address 0.0.0.0\n", "")),
    ("proposal without group", (" group 20\n", "")),
    ("combined mode without prf", (" prf sha384\n", "")),
    ("policy of another front VRF", ("policy DMVPN-POL\n", "policy DMVPN-POL\n match fvrf INET\n")),
    ("transform set undefined", ("transform-set DMVPN-TS esp", "transform-set X esp")),
    ("tunnel mode", (" mode transport\n", " mode tunnel\n")),
]


@pytest.mark.parametrize(
    "change", [row[1] for row in UNPROTECTABLE], ids=[row[0] for row in UNPROTECTABLE]
)
def test_protected_but_not_negotiable(change: tuple[str, str]) -> None:
    """The tunnel is still known as protected, so that nothing leaves in clear."""
    state = wanted(spoke(1), change)
    found = state.tunnel("Tunnel0")
    assert found is not None
    assert found.protection is not None
    assert found.protection.connection is None
    assert found.protection.problem
    assert any(found.protection.problem in problem for problem in state.problems)


IDENTITIES = [
    ("address 203.0.113.2 255.255.255.255", "203.0.113.2"),
    ("address 203.0.113.0 255.255.255.0", "203.0.113.0/24"),
    ("fqdn hub.example", "hub.example"),
    ("fqdn domain example", "*.example"),
    ("any", "%any"),
]


@pytest.mark.parametrize(("words", "expected"), IDENTITIES, ids=[row[0] for row in IDENTITIES])
def test_remote_identity(words: str, expected: str) -> None:
    change = ("remote address 0.0.0.0", f"remote {words}")
    assert connection(spoke(1), change).remote_id == expected


def test_keys_of_named_peers() -> None:
    change = (
        "  address 0.0.0.0 0.0.0.0\n",
        "  address 203.0.113.2\n",
    )
    assert [key.owners for key in connection(spoke(1), change).keys] == [("203.0.113.2",)]


def test_no_secret_in_any_repr() -> None:
    text = repr(
        wanted(
            spoke(1),
            (" neighbor 10.255.0.1 timers 5 15\n", " neighbor 10.255.0.1 password Canary-BGP\n"),
        )
    )
    assert "Canary" not in text
    assert "NHRPKEY" not in text


def shuffled(source: Tree, seed: int) -> Tree:
    """Return the tree with its lines in another order, as they may have been typed."""
    lines = list(source.items())
    random.Random(seed).shuffle(lines)  # noqa: S311 - an order, not a secret
    return {line: shuffled(children, seed) for line, children in lines}


@pytest.mark.parametrize("seed", range(5))
def test_order_of_typing_does_not_matter(seed: int) -> None:
    straight, mixed = wanted(HUB), read(shuffled(tree(HUB), seed), PORTS)
    assert set(mixed.interfaces) == set(straight.interfaces)
    assert mixed.tunnels == straight.tunnels
    assert mixed.routes == straight.routes


def test_redirects_of_a_numbed_tunnel_are_off() -> None:
    running = tree(HUB)
    (tunnel,) = read(running, PORTS).tunnels
    (numbed,) = read(running, PORTS, numbed={"Tunnel0"}).tunnels
    assert tunnel.nhrp is not None
    assert numbed.nhrp is not None
    assert (tunnel.nhrp.redirect, numbed.nhrp.redirect) == (True, False)
