"""Answers of charon and FRR read as facts (samples: strongSwan 5.9.8, FRR 8.4.4)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from dmvpn_auto.lab.dataplane import facts
from dmvpn_auto.lab.dataplane.connection import Connection

SA: dict[str, Any] = {
    "name": "P@198.51.100.2",
    "uniqueid": b"3",
    "version": b"2",
    "state": b"ESTABLISHED",
    "local-host": b"198.51.100.2",
    "local-port": b"500",
    "local-id": b"198.51.100.2",
    "remote-host": b"203.0.113.2",
    "remote-port": b"500",
    "remote-id": b"203.0.113.2",
    "initiator": b"yes",
    "initiator-spi": b"458732b7cf6bbf6",
    "responder-spi": b"9e41e2f28a64e99e",
    "encr-alg": b"AES_GCM_16",
    "encr-keysize": b"256",
    "prf-alg": b"PRF_HMAC_SHA2_384",
    "dh-group": b"ECP_384",
    "established": b"42",
    "child-sas": {
        "gre-2": {
            "name": b"gre",
            "uniqueid": b"2",
            "state": b"INSTALLED",
            "mode": b"TRANSPORT",
            "protocol": b"ESP",
            "spi-in": b"c26c9fa9",
            "spi-out": b"cf62f7c4",
            "encr-alg": b"AES_GCM_16",
            "encr-keysize": b"256",
            "bytes-in": b"817",
            "packets-in": b"9",
            "bytes-out": b"872",
            "packets-out": b"10",
            "install-time": b"41",
        }
    },
}
CONNECTION = Connection(
    name="P@198.51.100.2",
    profile="DMVPN-PROF",
    version=2,
    local=IPv4Address("198.51.100.2"),
    remote=None,
    front_vrf="INET",
    proposals=("aes256gcm16-prfsha384-ecp384",),
    auth_local="psk",
    auth_remote="psk",
    local_id="198.51.100.2",
    remote_id="%any",
    dpd=None,
    ike_lifetime=86400,
    esp_proposals=("aes256gcm16",),
    child_lifetime=3600,
    replay_window=512,
    keys=(),
)


def test_security_associations() -> None:
    (ike,), (ipsec,) = facts.ike_sas([SA], {CONNECTION.name: CONNECTION})
    assert (ike.encryption, ike.key_size, ike.integrity, ike.prf) == (
        "AES-GCM",
        256,
        None,
        "SHA384",
    )
    assert (ike.dh_group, ike.auth_local, ike.auth_remote) == (20, "PSK", "PSK")
    assert ike.initiator_spi == "0458732b7cf6bbf6"
    assert (ike.established, ike.age, ike.lifetime) == (True, 42.0, 86400)
    assert (ike.profile, ike.front_vrf) == ("DMVPN-PROF", "INET")
    assert (ipsec.encryption, ipsec.key_size, ipsec.integrity) == ("esp-gcm", 256, None)
    assert (ipsec.installed, ipsec.mode, ipsec.ike_unique_id) == (True, "transport", 3)
    assert (ipsec.spi_in, ipsec.spi_out) == (0xC26C9FA9, 0xCF62F7C4)
    assert (ipsec.packets_in, ipsec.packets_out) == (9, 10)
    assert ipsec.replay_window == 512


def test_cbc_with_integrity() -> None:
    child = {
        **SA["child-sas"]["gre-2"],
        "encr-alg": b"AES_CBC",
        "integ-alg": b"HMAC_SHA2_256_128",
        "dh-group": b"MODP_2048",
    }
    sa = {
        **SA,
        "encr-alg": b"AES_CBC",
        "integ-alg": b"HMAC_SHA2_256_128",
        "prf-alg": b"PRF_HMAC_SHA2_256",
        "dh-group": b"MODP_2048",
        "child-sas": {"gre-2": child},
    }
    (ike,), (ipsec,) = facts.ike_sas([sa], {})
    assert (ike.encryption, ike.integrity, ike.prf, ike.dh_group) == (
        "AES-CBC",
        "SHA256",
        "SHA256",
        14,
    )
    assert (ipsec.encryption, ipsec.integrity, ipsec.dh_group) == ("esp-aes", "esp-sha256-hmac", 14)
    assert ike.profile is None


@pytest.mark.parametrize("state", [b"CONNECTING", b"DELETING"])
def test_an_sa_that_is_not_there_yet_or_no_more(state: bytes) -> None:
    (ike,), _ = facts.ike_sas([{**SA, "state": state}], {})
    assert not ike.established


def test_a_child_without_spi_is_not_installed() -> None:
    child = {**SA["child-sas"]["gre-2"], "state": b"CREATED", "spi-out": b""}
    _, (ipsec,) = facts.ike_sas([{**SA, "child-sas": {"gre-2": child}}], {})
    assert (ipsec.installed, ipsec.spi_out) == (False, 0)


SUMMARY = {
    "routerId": "10.255.0.1",
    "as": 65000,
    "tableVersion": 4,
    "peers": {
        "10.255.0.11": {
            "remoteAs": 65000,
            "msgRcvd": 4,
            "msgSent": 5,
            "tableVersion": 0,
            "outq": 0,
            "inq": 0,
            "peerUptime": "00:00:02",
            "peerUptimeMsec": 2000,
            "pfxRcd": 2,
            "state": "Established",
            "dynamicPeer": True,
        },
        "10.255.0.12": {"remoteAs": 65000, "peerUptime": "never", "state": "Active"},
    },
}
TABLE = {
    "routes": {
        "10.0.0.0/8": [
            {
                "valid": True,
                "bestpath": True,
                "pathFrom": "internal",
                "locPrf": 100,
                "weight": 0,
                "path": "",
                "origin": "IGP",
                "nexthops": [{"ip": "10.255.0.1", "afi": "ipv4", "used": True}],
            }
        ]
    }
}


def test_bgp() -> None:
    found = facts.bgp(SUMMARY, TABLE)
    assert found is not None
    assert (found.asn, str(found.router_id), found.table_version) == (65000, "10.255.0.1", 4)
    first, second = found.neighbors
    assert (first.state, first.age, first.dynamic, first.prefixes_received) == (
        "Established", 2.0, True, 2,
    )  # fmt: skip
    assert (second.state, second.age, second.dynamic) == ("Active", None, False)
    (path,) = found.paths
    assert (path.prefix, path.next_hop) == (IPv4Network("10.0.0.0/8"), IPv4Address("10.255.0.1"))
    assert (path.origin, path.best, path.internal, path.local_preference) == ("i", True, True, 100)


def test_an_aggregate_has_no_next_hop() -> None:
    paths = {"10.0.0.0/8": [{"nexthops": [{"ip": "::", "afi": "ipv6", "used": True}]}]}
    found = facts.bgp(SUMMARY, {"routes": paths})
    assert found is not None
    assert str(found.paths[0].next_hop) == "0.0.0.0"


def test_no_bgp() -> None:
    assert facts.bgp({}, {}) is None


UPTIMES = [("00:01:07", 67), ("01:00:00", 3600), ("1d02h03m", 93780), ("1w2d03h", 788400)]


@pytest.mark.parametrize(("text", "expected"), UPTIMES, ids=[row[0] for row in UPTIMES])
def test_uptimes(text: str, expected: int) -> None:
    assert facts.seconds(text) == expected


def test_rib_has_the_selected_path() -> None:
    table = {
        "10.0.0.0/8": [
            {"selected": False, "distance": 20, "metric": 0, "uptime": "00:00:09"},
            {"selected": True, "distance": 200, "metric": 5, "uptime": "00:01:00"},
        ]
    }
    assert facts.rib(table) == {IPv4Network("10.0.0.0/8"): (200, 5, 60)}
