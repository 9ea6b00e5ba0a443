"""Trustpoints, the lab's authorities, and what charon is told of both."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dmvpn_auto.lab.dataplane import ike
from dmvpn_auto.lab.dataplane.authority import authority
from dmvpn_auto.lab.dataplane.connection import Connection, Trustpoint
from dmvpn_auto.lab.dataplane.crypto import Protection
from dmvpn_auto.lab.dataplane.desired import read
from tests.unit.dataplane_texts import spoke, tree

TRUSTPOINT = """crypto pki trustpoint CA
 enrollment url http://192.0.2.10:80
 subject-name CN=spoke1,O=example
 fqdn spoke1.example.net
 revocation-check crl
 eckeypair DMVPN
!
"""
SIGNED = TRUSTPOINT + spoke(1).replace("pre-share\n", "ecdsa-sig\n").replace(
    " keyring local DMVPN-KR\n", " identity local dn\n pki trustpoint CA\n"
)
EC = Trustpoint(
    name="CA", url="http://192.0.2.10:80", subject="CN=spoke1,O=example",
    fqdn="spoke1.example.net", kind="ecdsa", bits=384, revocation=True,
)  # fmt: skip


def protection(text: str) -> Protection:
    tunnel = read(tree(text), {"GigabitEthernet1": "eth1"}).tunnel("Tunnel0")
    assert tunnel is not None
    assert tunnel.protection is not None
    return tunnel.protection


def connection(text: str = SIGNED) -> Connection:
    found = protection(text).connection
    assert found is not None, protection(text).problem
    return found


def test_a_profile_that_signs_needs_no_key() -> None:
    assert connection().trustpoint == EC
    assert connection().keys == ()
    assert (connection().auth_local, connection().auth_remote) == ("ecdsa", "ecdsa")


MISSING = [
    (SIGNED.replace("\n pki trustpoint CA", "\n pki trustpoint GONE"), "GONE is not defined"),
    (SIGNED.replace(" enrollment url http://192.0.2.10:80\n", ""), "has no enrollment url"),
    (SIGNED.replace(" eckeypair DMVPN\n", " rsakeypair DMVPN 2048\n"), "another kind of key"),
]


@pytest.mark.parametrize(("text", "why"), MISSING, ids=[row[1] for row in MISSING])
def test_what_is_missing_is_named(text: str, why: str) -> None:
    assert protection(text).connection is None
    assert why in (protection(text).problem or "")


def test_an_authority_certifies_what_was_asked() -> None:
    identity = authority(EC).enrol(EC)
    issued = x509.load_pem_x509_certificate(identity.certificate.encode())
    root = x509.load_pem_x509_certificate(identity.authority.encode())
    issued.verify_directly_issued_by(root)
    assert [part.value for part in issued.subject] == ["spoke1", "example"]
    public = issued.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.key_size == 384
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["spoke1.example.net"]
    revoked = x509.load_pem_x509_crl(identity.revoked.encode())
    assert revoked.is_signature_valid(root.public_key())  # type: ignore[arg-type]
    assert len(revoked) == 0
    assert "PRIVATE" not in repr(identity)


def test_authorities_are_by_address() -> None:
    assert authority(EC) is authority(EC)
    other = Trustpoint(
        name="X", url="http://192.0.2.11", subject="CN=x", fqdn=None, kind="ecdsa", bits=256,
        revocation=False,
    )  # fmt: skip
    assert authority(other) is not authority(EC)


def test_charon_checks_signature_authority_and_revocation() -> None:
    identity = authority(EC).enrol(EC)
    told = ike._connection(connection(), 1, identity)
    assert told["local-1"] == {"auth": "pubkey", "certs": [identity.certificate]}
    assert told["remote-1"] == {
        "auth": "ecdsa-256",
        "id": "%any",
        "cacerts": [identity.authority],
        "revocation": "strict",
    }
    lenient = SIGNED.replace("revocation-check crl", "revocation-check none")
    assert "revocation" not in ike._connection(connection(lenient), 1, identity)["remote-1"]
