"""IKEv1: which policies, keys and profile take part, and how charon is told."""

from __future__ import annotations

import pytest

from dmvpn_auto.lab.dataplane import ike
from dmvpn_auto.lab.dataplane.crypto import Protection
from dmvpn_auto.lab.dataplane.desired import read
from tests.unit.dataplane_texts import tree

IPSEC = """
crypto isakmp keepalive 10 2
crypto ipsec transform-set TS esp-aes esp-sha-hmac
 mode transport
crypto ipsec profile IPSEC
 set transform-set TS
"""
POLICY = """
crypto isakmp policy 20
 authentication pre-share
crypto isakmp policy 10
 encryption aes 256
 hash sha256
 authentication pre-share
 group 14
 lifetime 28800
crypto isakmp policy 5
"""
KEY = "crypto isakmp key Canary address 0.0.0.0\n"
PROFILE = """
crypto keyring KR vrf INET
  pre-shared-key address 0.0.0.0 0.0.0.0 key Canary
crypto keyring OTHER
  pre-shared-key address 0.0.0.0 0.0.0.0 key Wrong
crypto isakmp profile ISA
   keyring KR
   match identity address 0.0.0.0 INET
"""


def protection(crypto: str, *, vrf: bool = False) -> Protection:
    text = f"""{crypto}
interface Tunnel0
 ip address 10.255.0.1 255.255.255.0
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
{" tunnel vrf INET" if vrf else ""}
 tunnel protection ipsec profile IPSEC
interface GigabitEthernet1
{" vrf forwarding INET" if vrf else ""}
 ip address 203.0.113.2 255.255.255.252
"""
    tunnel = read(tree(text), {"GigabitEthernet1": "eth1"}).tunnel("Tunnel0")
    assert tunnel is not None
    assert tunnel.protection is not None
    return tunnel.protection


def test_policies_by_priority_and_their_defaults() -> None:
    connection = protection(POLICY + KEY + IPSEC).connection
    assert connection is not None
    assert connection.version == 1
    assert connection.proposals == ("aes256-sha256-modp2048", "des-sha1-modp768")
    assert connection.ike_lifetime == 28800
    assert [key.value for key in connection.keys] == ["Canary"]
    assert "Canary" not in repr(connection)


def test_charon_hears_when_a_peer_is_dead() -> None:
    connection = protection(POLICY + KEY + IPSEC).connection
    assert connection is not None
    told = ike._connection(connection, 1)
    assert (told["version"], told["dpd_delay"], told["dpd_timeout"]) == ("1", "10s", "20s")


def test_a_profile_brings_the_keyring_of_its_front_vrf() -> None:
    text = POLICY + PROFILE + IPSEC + " set isakmp-profile ISA\n"
    connection = protection(text, vrf=True).connection
    assert connection is not None
    assert [key.value for key in connection.keys] == ["Canary"]
    assert connection.profile == "ISA"


TRUSTPOINT = """
hostname spoke1
crypto pki trustpoint CA
 enrollment url http://192.0.2.10:80
 revocation-check none
"""
SIGNED = """
crypto isakmp policy 10
 encryption aes 256
 group 14
crypto isakmp policy 20
 authentication pre-share
crypto isakmp profile ISA
   ca trust-point CA
   match identity address 0.0.0.0
"""


def test_a_profile_with_a_trustpoint_signs_with_the_policies_that_do() -> None:
    text = TRUSTPOINT + SIGNED + KEY + IPSEC + " set isakmp-profile ISA\n"
    connection = protection(text).connection
    assert connection is not None
    assert connection.proposals == ("aes256-sha1-modp2048",)
    assert (connection.auth_local, connection.auth_remote) == ("rsa", "rsa")
    assert connection.keys == ()
    assert connection.trustpoint is not None
    assert (connection.trustpoint.subject, connection.local_id) == ("CN=spoke1", "")


def test_without_shared_keys_in_any_policy_the_only_trustpoint_signs() -> None:
    text = TRUSTPOINT + "crypto isakmp policy 10\n" + IPSEC
    connection = protection(text).connection
    assert connection is not None
    assert connection.trustpoint is not None
    assert connection.trustpoint.name == "CA"


MISSING = [
    (SIGNED + IPSEC + " set isakmp-profile ISA\n", False, "trustpoint CA is not defined"),
    ("crypto isakmp policy 10\n" + IPSEC, False, "crypto isakmp names no trustpoint"),
    (
        TRUSTPOINT + SIGNED.replace("0.0.0.0", "192.0.2.1") + IPSEC + " set isakmp-profile ISA\n",
        False,
        "must match all who sign",
    ),
    (KEY + IPSEC, False, "no crypto isakmp policy"),
    (POLICY + IPSEC, False, "no ISAKMP key"),
    (POLICY + KEY + IPSEC, True, "no ISAKMP key for front VRF INET"),
    (POLICY + KEY + IPSEC + " set isakmp-profile GONE\n", False, "GONE is not defined"),
    (POLICY + PROFILE + IPSEC + " set isakmp-profile ISA\n", False, "matches no address"),
]


@pytest.mark.parametrize(("text", "vrf", "why"), MISSING, ids=[row[2] for row in MISSING])
def test_what_is_missing_is_named(text: str, vrf: bool, why: str) -> None:
    found = protection(text, vrf=vrf)
    assert found.connection is None
    assert why in (found.problem or "")
