"""Password forms of IOS against values from elsewhere."""

from __future__ import annotations

import pytest

from dmvpn_auto.lab.ios import passwords


@pytest.mark.parametrize(
    ("kind", "stored", "password"),
    [
        ("0", "clear", "clear"),
        ("5", "$1$abcd$SsNOuKxTQyKAKbmxUcd/l/", "admin"),  # openssl passwd -1
        ("7", "070C285F4D06", "cisco"),  # a value found in countless configurations
        ("7", "030752180500", "cisco"),
        # hashcat's example hashes of modes 9200 and 9300
        ("8", "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat"),
        ("9", "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat"),
    ],
)
def test_stored_forms_are_verified(kind: str, stored: str, password: str) -> None:
    assert passwords.verify(password, kind, stored)
    assert not passwords.verify(f"{password}x", kind, stored)


@pytest.mark.parametrize("seed", range(16))
def test_type_7_is_reversible(seed: int) -> None:
    assert passwords.decode_type7(passwords.encode_type7("A long pass phrase?", seed)) == (
        "A long pass phrase?"
    )


def test_hashes_are_salted() -> None:
    one, other = passwords.hash_type9("same"), passwords.hash_type9("same")
    assert one != other
    assert passwords.verify("same", "9", one)
    assert passwords.verify("same", "8", passwords.hash_type8("same"))


@pytest.mark.parametrize("stored", ["", "$9$", "zz", "$9$salt"])
def test_what_is_no_stored_form_fits_nothing(stored: str) -> None:
    for kind in ("5", "7", "8", "9", "4"):
        assert not passwords.verify("x", kind, stored)
