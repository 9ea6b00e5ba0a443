"""Recorded evidence of broken clouds: what both ends printed while a fault was in effect.

Each `CLOUD/FAULT-ROUTER.log.gz` is a session log of all routers, made by `make.py` from a folder of
`diagnose --save` on the lab; secrets in it are numbers. `CLOUD/cloud.yaml` is the intent.
EXPECTED says what is broken: cloud -> fault -> (router at fault, rule).
"""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent


def log(cloud: str, name: str) -> str:
    """Return a recorded session log."""
    return gzip.decompress((FOLDER / cloud / f"{name}.log.gz").read_bytes()).decode()


EXPECTED: dict[str, dict[str, tuple[str, str]]] = {
    "lab": {
        "bgp-listen-range-hub": ("hub", "bgp-listen-range"),
        "bgp-neighbor-shutdown-spoke2": ("spoke2", "bgp-session"),
        "bgp-remote-as-spoke2": ("spoke2", "bgp-as"),
        "default-route-missing-spoke2": ("spoke2", "underlay-broken"),
        "duplicate-tunnel-address-spoke2": ("spoke2", "duplicate-tunnel-address"),
        "hub-multicast-missing-hub": ("hub", "multicast-unused"),
        "hub-network-id-missing-hub": ("hub", "hub-network-id-missing"),
        "hub-point-to-point-hub": ("hub", "hub-point-to-point"),
        "hub-protection-missing-hub": ("hub", "hub-protection-missing"),
        "ike-encryption-spoke2": ("spoke2", "ike-proposal"),
        "ike-group-spoke2": ("spoke2", "ike-proposal"),
        "ike-identity-spoke2": ("spoke2", "ike-identity"),
        "ipsec-mismatch-hub": ("hub", "transform-set"),
        "ipsec-mismatch-spoke2": ("spoke2", "transform-set"),
        "mtu-mismatch-spoke2": ("spoke2", "mtu"),
        "nhrp-authentication-hub": ("hub", "authentication"),
        "nhrp-authentication-spoke2": ("spoke2", "authentication"),
        "nhs-missing-spoke2": ("spoke2", "server-missing"),
        "no-route-reflector-hub": ("hub", "no-route-reflector"),
        "pfs-mismatch-spoke2": ("spoke2", "pfs-at-rekey"),
        "psk-missing-spoke2": ("spoke2", "pre-shared-key"),
        "recursion-spoke2": ("spoke2", "recursion-mgre"),
        "redirect-missing-hub": ("hub", "redirect-missing"),
        "router-id-duplicate-spoke2": ("spoke2", "duplicate-router-id"),
        "shortcut-missing-spoke2": ("spoke2", "shortcut-missing"),
        "source-shutdown-spoke2": ("spoke2", "source-shutdown"),
        "source-shutdown-hub": ("hub", "source-shutdown"),
        "spoke-multicast-missing-spoke2": ("spoke2", "multicast-unused"),
        "spoke-network-id-missing-spoke2": ("spoke2", "spoke-network-id-missing"),
        "spoke-protection-missing-spoke2": ("spoke2", "spoke-protection-missing"),
        "tunnel-key-missing-spoke2": ("spoke2", "tunnel-key"),
        "tunnel-shutdown-hub": ("hub", "tunnel-shutdown"),
        "tunnel-shutdown-spoke2": ("spoke2", "tunnel-shutdown"),
        "wan-down-hub": ("hub", "underlay-broken"),
        "wan-down-spoke2": ("spoke2", "underlay-broken"),
        "wrong-nhs-address-spoke2": ("spoke2", "wrong-nhs-address"),
        "wrong-nhs-nbma-spoke2": ("spoke2", "wrong-hub-nbma"),
        "wrong-psk-hub": ("hub", "pre-shared-key"),
        "wrong-psk-spoke2": ("spoke2", "pre-shared-key"),
        "wrong-tunnel-key-hub": ("hub", "tunnel-key"),
        "wrong-tunnel-key-spoke2": ("spoke2", "tunnel-key"),
        "wrong-tunnel-source-spoke2": ("spoke2", "tunnel-source"),
    },
    "ospf": {
        "hub-multicast-missing-hub1": ("hub1", "multicast-unused"),
        "ipsec-mismatch-spoke2": ("spoke2", "transform-set"),
        "mtu-mismatch-spoke2": ("spoke2", "ospf-mtu"),
        "ospf-authentication-spoke2": ("spoke2", "ospf-parameters"),
        "ospf-hello-spoke2": ("spoke2", "ospf-parameters"),
        "ospf-network-type-spoke2": ("spoke2", "ospf-network-type"),
        "pfs-mismatch-spoke2": ("spoke2", "pfs-at-rekey"),
        "spoke-multicast-missing-spoke2": ("spoke2", "multicast-unused"),
        "wrong-psk-spoke2": ("spoke2", "pre-shared-key"),
    },
    "ebgp": {
        "acl-blocks-esp-spoke2": ("spoke2", "acl-blocks-esp"),
        "acl-blocks-ike-spoke2": ("spoke2", "acl-blocks-ike"),
        "match-fvrf-missing-spoke2": ("spoke2", "ike-front-vrf"),
        "wrong-psk-spoke1": ("spoke1", "pre-shared-key"),
        "wrong-tunnel-key-hub2": ("hub2", "tunnel-key"),
    },
}
