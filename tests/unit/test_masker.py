"""Secrets of a whole collection are numbered: hidden, and yet equal ones can be told."""

from __future__ import annotations

from dmvpn_auto.ios.masking import Masker

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


def test_type_7_is_known_for_what_it_hides_and_hashes_are_never_equal() -> None:
    masker = Masker()
    text = masker.text(
        "neighbor 1.1.1.1 password cisco\nneighbor 1.1.1.1 password 7 02050D480809\n"
    )
    assert text.splitlines() == ["neighbor 1.1.1.1 password <secret 1>"] * 2
    assert masker.line("enable secret 9 $9$a") != masker.line("enable secret 9 $9$a")


def test_masking_again_changes_nothing() -> None:
    masker = Masker()
    once = masker.text(HUB)
    assert masker.text(once) == once
