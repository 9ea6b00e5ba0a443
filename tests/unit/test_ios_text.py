"""Trees, secrets in lines and the meaning of answers: tables."""

from __future__ import annotations

import pytest

from dmvpn_auto.ios import mask, meaning, parse, render, unknown_command
from dmvpn_auto.ios.masking import same_secret

CONFIG = """\
Building configuration...

Current configuration : 1234 bytes
!
version 17.12
banner motd ^C
interface Tunnel9
 not a section
^C
crypto keyring KR vrf INET
  pre-shared-key address 0.0.0.0 0.0.0.0 key SECRET
crypto isakmp profile P
   keyring KR
   match identity address 0.0.0.0 INET
crypto pki certificate chain CA
 certificate ca 01
  30820330 30820218
  \tquit
 certificate 02 nvram:CA#2.cer
!
router bgp 65000
 !
 address-family ipv4
  neighbor 10.0.0.1 activate
 exit-address-family
 timers bgp 10 30
!
end
hub1#
"""


def test_a_captured_page_becomes_a_tree() -> None:
    tree = parse(CONFIG)
    assert list(tree) == [
        "version 17.12",
        "banner motd ^C\ninterface Tunnel9\nnot a section\n^C",
        "crypto keyring KR vrf INET",
        "crypto isakmp profile P",
        "crypto pki certificate chain CA",
        "router bgp 65000",
    ]
    assert list(tree["crypto isakmp profile P"]) == [
        "keyring KR",
        "match identity address 0.0.0.0 INET",
    ]
    assert list(tree["router bgp 65000"]) == ["address-family ipv4", "timers bgp 10 30"]
    assert list(tree["crypto pki certificate chain CA"]) == [
        "certificate ca 01\n30820330 30820218\nquit",
        "certificate 02 nvram:CA#2.cer",
    ]
    assert parse(render(tree)) == tree


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("  pre-shared-key canary", "  pre-shared-key <secret>"),
        ("pre-shared-key local 6 canary", "pre-shared-key local 6 <secret>"),
        ("pre-shared-key two words canary", "pre-shared-key <secret>"),
        (
            "pre-shared-key address 0.0.0.0 0.0.0.0 key canary",
            "pre-shared-key address 0.0.0.0 0.0.0.0 key <secret>",
        ),
        ("crypto isakmp key canary address 0.0.0.0", "crypto isakmp key <secret> address 0.0.0.0"),
        (
            "crypto isakmp key 6 canary address 1.2.3.4 255.255.255.0",
            "crypto isakmp key 6 <secret> address 1.2.3.4 255.255.255.0",
        ),
        ("ip nhrp authentication canary", "ip nhrp authentication <secret>"),
        ("no ip nhrp authentication canary", "no ip nhrp authentication <secret>"),
        ("neighbor 10.0.0.1 password 7 canary", "neighbor 10.0.0.1 password 7 <secret>"),
        ("ip ospf message-digest-key 1 md5 canary", "ip ospf message-digest-key 1 md5 <secret>"),
        ("key-string canary", "key-string <secret>"),
        (
            "username admin privilege 15 secret 9 canary",
            "username admin privilege 15 secret 9 <secret>",
        ),
        ("enable secret canary", "enable secret <secret>"),
        ("snmp-server community canary RO", "snmp-server community <secret>"),
        ("description pre-shared keys live here", "description pre-shared keys live here"),
        ("authentication remote pre-share", "authentication remote pre-share"),
        ("key chain DMVPN", "key chain DMVPN"),
        ("tunnel key 100", "tunnel key 100"),
        ("no ip nhrp authentication", "no ip nhrp authentication"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(line: str, masked: str) -> None:
    assert mask(line) == masked


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("pre-shared-key a", "pre-shared-key a", True),
        ("pre-shared-key a", "pre-shared-key b", False),
        ("pre-shared-key 0 a", "pre-shared-key a", True),
        ("pre-shared-key 7 070C285F4D06", "pre-shared-key cisco", True),
        ("pre-shared-key 7 070C285F4D06", "pre-shared-key Cisco", False),
        ("pre-shared-key 7 zz", "pre-shared-key Cisco", True),
        ("pre-shared-key 6 XYZ", "pre-shared-key cisco", True),
        ("pre-shared-key local a", "pre-shared-key remote a", False),
        ("ip mtu 1400", "ip mtu 1400", False),
    ],
)
def test_secrets_are_compared_as_far_as_they_can_be(one: str, other: str, same: bool) -> None:
    assert same_secret(one, other) is same


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", ""),
        (
            "        ^\n% Invalid input detected at '^' marker.\n\n",
            "% Invalid input detected at '^' marker.",
        ),
        ("% Incomplete command.\n", "% Incomplete command."),
        ('% Ambiguous command:  "ip nh"\n', '% Ambiguous command:  "ip nh"'),
        ("% 10.0.0.0 overlaps with Tunnel1\n", "% 10.0.0.0 overlaps with Tunnel1"),
        ("Command rejected: too many\n", "Command rejected: too many"),
        ("Command authorization failed.\n", "Command authorization failed."),
        ("% something nobody has seen before\n", "% something nobody has seen before"),
        ("% Not all config may be removed and may reappear after reactivating the interface\n", ""),
        (
            "% Interface Tunnel0 IPv4 disabled and address(es) removed due to enabling VRF BLUE\n",
            "",
        ),
        (
            (
                "%WARNING: The tunnel mode has been modified while the tunnel protection is "
                "already active.\n"
            ),
            "",
        ),
        (
            (
                "*Nov 21 08:00:00.123: %LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel0, "
                "changed state to up\n"
            ),
            "",
        ),
        ("000123: Nov 21 08:00:00: %DMVPN-5-CRYPTO_SS: Tunnel0: socket is UP\n", ""),
    ],
)
def test_what_an_answer_means(text: str, refusal: str) -> None:
    said = meaning(text)
    assert said.refusal == refusal
    assert bool(said.notices) is (bool(text) and not refusal)


def test_what_ios_says_to_every_new_ikev2_object_is_no_notice() -> None:
    said = meaning("IKEv2 profile MUST have:\n   1. A local and a remote authentication method.\n")
    assert (said.refusal, said.notices) == ("", ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "          ^\n% Invalid input detected at '^' marker.\n",
            "% Invalid input detected at '^' marker.",
        ),
        ("% Incomplete command.\n", "% Incomplete command."),
        ("% BGP not active\n", ""),
        ("line\n% Invalid input detected at '^' marker.\n", ""),
        ("", ""),
    ],
)
def test_which_text_says_that_a_command_does_not_exist(text: str, words: str) -> None:
    assert unknown_command(text) == words
