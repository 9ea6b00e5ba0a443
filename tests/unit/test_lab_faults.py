"""The lines that break a router and take it back, worked out from its running configuration."""

from __future__ import annotations

import pytest

from dmvpn_auto.errors import UsageError
from dmvpn_auto.lab.edits import Change, Config
from dmvpn_auto.lab.fault_kinds import KINDS
from dmvpn_auto.lab.faults import _up_peers

KEY = "Canary-Psk-1"

RUNNING = f"""\
Building configuration...

Current configuration : 1500 bytes
!
hostname spoke1
!
crypto ikev2 keyring KEYS
 peer HUBS
  address 203.0.113.2
  pre-shared-key {KEY}
 !
!
crypto ipsec transform-set OTHER esp-aes 256 esp-sha256-hmac
 mode tunnel
crypto ipsec transform-set TS esp-gcm 256
 mode transport
!
crypto ipsec profile DMVPN
 set transform-set TS
 set ikev2-profile IKE
!
interface Loopback1
 ip address 10.1.1.1 255.255.255.0
!
interface Tunnel0
 ip address 10.255.0.11 255.255.255.0
 no ip redirects
 ip nhrp authentication CanaryNh
 ip nhrp network-id 100
 ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
 tunnel key 100
 tunnel protection ipsec profile DMVPN
!
interface GigabitEthernet1
 ip address 198.51.100.2 255.255.255.252
!
end
"""


def _change(kind: str, text: str = RUNNING) -> Change:
    make = KINDS[kind].change
    assert make is not None
    return make(Config("spoke1", text))


@pytest.mark.parametrize(
    ("kind", "lines", "undo"),
    [
        (
            "wrong-tunnel-key",
            ("interface Tunnel0", "tunnel key 101"),
            ("interface Tunnel0", "tunnel key 100"),
        ),
        (
            "wrong-nhs-nbma",
            (
                "interface Tunnel0",
                "no ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast",
                "ip nhrp nhs 10.255.0.1 nbma 192.0.2.254 multicast",
            ),
            (
                "interface Tunnel0",
                "no ip nhrp nhs 10.255.0.1 nbma 192.0.2.254 multicast",
                "ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast",
            ),
        ),
        (
            "ipsec-mismatch",
            ("crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac", "mode transport"),
            ("crypto ipsec transform-set TS esp-gcm 256", "mode transport"),
        ),
        (
            "tunnel-shutdown",
            ("interface Tunnel0", "shutdown"),
            ("interface Tunnel0", "no shutdown"),
        ),
    ],
)
def test_a_fault_and_its_way_back(kind: str, lines: tuple[str, ...], undo: tuple[str, ...]) -> None:
    change = _change(kind)
    assert (change.lines, change.undo) == (lines, undo)


def test_another_key_is_typed_and_the_right_one_kept_but_never_said() -> None:
    change = _change("wrong-psk")
    assert change.lines[:2] == ("crypto ikev2 keyring KEYS", "peer HUBS")
    assert change.lines[2].startswith("pre-shared-key ")
    assert KEY not in change.lines[2]
    assert change.undo == ("crypto ikev2 keyring KEYS", "peer HUBS", f"pre-shared-key {KEY}")
    assert KEY not in change.said
    assert KEY not in repr(change)


def test_redirects_come_back_with_the_network_id() -> None:
    """As on IOS a redirect is displayed and off when NHRP is switched on again."""
    hub = RUNNING.replace(" tunnel source", " ip nhrp redirect timeout 5\n tunnel source")
    undo = _change("hub-network-id-missing", hub).undo
    assert undo.index("ip nhrp network-id 100") < undo.index("ip nhrp redirect timeout 5")


def test_no_tunnel_key_comes_back_as_none() -> None:
    change = _change("wrong-tunnel-key", RUNNING.replace(" tunnel key 100\n", ""))
    assert change.undo == ("interface Tunnel0", "no tunnel key")


def test_ikev1_keys_are_found_where_ikev1_keeps_them() -> None:
    old = RUNNING.replace("crypto ikev2 keyring KEYS", "ignored")
    change = _change(
        "wrong-psk",
        old.replace("!\nhostname", f"crypto isakmp key {KEY} address 0.0.0.0\nhostname"),
    )
    assert change.lines[0] == f"no crypto isakmp key {KEY} address 0.0.0.0"
    assert change.undo[-1] == f"crypto isakmp key {KEY} address 0.0.0.0"


@pytest.mark.parametrize(
    ("kind", "without", "says"),
    [
        ("tunnel-shutdown", "interface Tunnel0", "deploy a cloud"),
        ("wrong-nhs-nbma", " ip nhrp nhs", "is it a hub"),
        ("wrong-psk", "  pre-shared-key", "pre-shared key"),
        ("ipsec-mismatch", " tunnel protection", "tunnel protection"),
    ],
)
def test_what_is_not_there_cannot_be_broken(kind: str, without: str, says: str) -> None:
    text = "\n".join(line for line in RUNNING.splitlines() if not line.startswith(without))
    with pytest.raises(UsageError, match=says):
        _change(kind, text)


def _row(tunnel: str, state: str, attributes: str) -> dict[str, str]:
    return {"tunnel": tunnel, "state": state, "attributes": attributes}


@pytest.mark.parametrize(
    ("rows", "up"),
    [
        pytest.param(
            [_row("10.0.0.1", "UP", "S"), _row("10.0.0.3", "UP", "DT1")], ("10.0.0.1",), id="spoke"
        ),
        pytest.param(
            [_row("10.0.0.1", "IKE", "S"), _row("10.0.0.3", "UP", "D")], (), id="spoke, hub down"
        ),
        pytest.param(
            [_row("10.0.0.2", "UP", "D"), _row("10.0.0.3", "NHRP", "D")], ("10.0.0.2",), id="hub"
        ),
    ],
)
def test_only_peers_that_stand_without_traffic_are_waited_for(
    rows: list[dict[str, str]], up: tuple[str, ...]
) -> None:
    assert _up_peers(rows) == up


def test_a_wrong_line_beside_the_right_one_is_taken_out_again() -> None:
    change = _change("wrong-nhs-address")
    right = "ip nhrp nhs 10.255.0.1 nbma 203.0.113.2 multicast"
    wrong = "ip nhrp nhs 10.255.0.253 nbma 203.0.113.2 multicast"
    assert change.lines == ("interface Tunnel0", f"no {right}", wrong)
    assert change.undo == ("interface Tunnel0", f"no {wrong}", right)


def test_an_access_list_that_the_fault_brings_goes_with_it() -> None:
    change = _change("acl-blocks-esp")
    assert change.lines[0] == "ip access-list extended FAULT-WALL"
    assert change.undo[-1] == "no ip access-list extended FAULT-WALL"
    assert "no ip access-group FAULT-WALL in" in change.undo


@pytest.mark.parametrize("kind", [k.name for k in KINDS.values() if k.change])
def test_no_fault_ever_says_a_secret_and_each_has_a_way_back(kind: str) -> None:
    try:
        change = _change(kind)
    except UsageError:
        return  # not a fault of this cloud
    assert change.undo
    assert KEY not in change.said
    assert "CanaryNh" not in change.said
    assert len({line for line in change.lines if line.startswith("interface")}) <= 2
