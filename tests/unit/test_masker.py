"""Secrets of a whole collection are numbered: hidden, and yet equal ones can be told."""

from __future__ import annotations

import pytest

from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.ios.masking import Masker, comparable, mask

HUB = "crypto ikev2 keyring K\n peer A\n  pre-shared-key Canary-1\ninterface Tunnel0\n"


def test_equal_secrets_have_equal_numbers_over_all_texts() -> None:
    masker = Masker()
    hub = masker.text(HUB + " ip nhrp authentication CanaryNh\n")
    good = masker.text("crypto isakmp key Canary-1 address 0.0.0.0\n")
    wrong = masker.text("  pre-shared-key Canary-2\r\n")
    assert "  pre-shared-key <secret 1>\n" in hub
    assert " ip nhrp authentication <secret 2>\n" in hub
    assert good == "crypto isakmp key <secret 1> address 0.0.0.0\n"
    assert wrong.strip() == "pre-shared-key <secret 3>"
    assert "Canary" not in hub + good + wrong + repr(masker)


def test_type_7_is_known_for_what_it_hides_and_hashes_can_be_compared_with_nothing() -> None:
    masker = Masker()
    text = masker.text(
        "neighbor 1.1.1.1 password cisco\nneighbor 1.1.1.1 password 7 02050D480809\n"
    )
    assert text.splitlines() == ["neighbor 1.1.1.1 password <secret 1>"] * 2
    for line in (
        "enable secret 9 $9$a",
        "pre-shared-key 6 ABCDEF",
        "crypto isakmp key 6 X address 0.0.0.0",
    ):
        hidden = masker.line(line)
        assert "<secret>" in hidden
        assert not comparable(hidden)


def test_masking_again_changes_nothing() -> None:
    masker = Masker()
    once = masker.text(HUB)
    assert masker.text(once) == once


CANARIES = """\
 ospfv3 authentication ipsec spi 256 sha1 CANARY
 ipv6 ospf authentication ipsec spi 500 md5 0 CANARY
 ipv6 ospf encryption ipsec spi 1001 esp aes-cbc 256 CANARY sha1 CANARY
 ospfv3 1 ipv6 encryption ipsec spi 300 esp null sha1 CANARY
 area 0 authentication ipsec spi 600 md5 CANARY
snmp-server user u g v3 auth sha CANARY priv aes 128 CANARY
snmp-server host 192.0.2.1 version 2c CANARY
snmp-server community CANARY RO
ntp authentication-key 1 md5 CANARY 7
 challenge-password CANARY
 authentication mode hmac-sha-256 7 CANARY
 vrrp 1 authentication text CANARY
 authentication text CANARY
 wpa-psk ascii 0 CANARY
 isis password CANARY
ip ftp password CANARY
crypto pki export X pem password CANARY
  secret CANARY
 key CANARY
 key 7 CANARY
key config-key password-encrypt CANARY
 server-private 192.0.2.1 key CANARY
 enrollment url http://user:CANARY@192.0.2.1
 path scp://user:CANARY@192.0.2.1/x
 ipv6 nhrp authentication CANARY
 neighbor 2001:DB8::1 password 7 CANARY
  key-string 7 CANARY
crypto isakmp key 6 CANARY address ipv6 ::/0
 pre-shared-key remote 6 CANARY
*Sep 21 07:05:11.100: %HA_EM-6-LOG: x: CLI: crypto isakmp key CANARY address 0.0.0.0
*Sep 21 07:05:11.100: %PARSER-5-CFGLOG_LOGGEDCMD: User:a  logged command:ip nhrp authentication CANARY
hub1(config-if)#ip nhrp authentication CANARY
""".splitlines()  # noqa: E501 - as routers print them


@pytest.mark.parametrize("line", CANARIES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_no_secret_of_any_line_is_kept(line: str, end: str) -> None:
    for kept in (hide(line + end), hide(line + end, Masker().line)):
        assert "CANARY" not in kept
        assert kept.endswith(end)


@pytest.mark.parametrize("line", [
    "service password-encryption", "key chain EIGRP", " key 1", " tunnel key 100",
    " authentication mode md5", " authentication remote pre-share", " ip ospf authentication",
    " enrollment url http://192.0.2.1:80", "ip nhrp network-id 1", " keyring local K",
    "snmp-server enable traps", " cryptographic-algorithm hmac-sha-256",
])  # fmt: skip
def test_what_is_no_secret_stays(line: str) -> None:
    assert hide(line) == mask(line) == line
