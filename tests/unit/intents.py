"""Intents for tests: a good cloud, and ways to make it another one."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from dmvpn_auto.design import CloudDesign, Finding, Ledger, resolve
from dmvpn_auto.design.rules import check
from dmvpn_auto.models import Cloud

Raw = dict[str, Any]

GOOD: Raw = {
    "phase": 3,
    "tunnel": {"subnet": "10.255.0.0/24", "key": 100, "bandwidth": 100000},
    "nhrp": {"network_id": 100, "authentication": "env:NHRP"},
    "transport": {"source": "GigabitEthernet1", "front_vrf": "INET", "front_rd": "65000:99"},
    "crypto": {
        "kind": "ikev2-certificate",
        "trustpoint": {"enrollment_url": "http://192.0.2.10:80"},
    },
    "overlay": {"kind": "ibgp", "asn": 65000, "summaries": ["10.0.0.0/8"]},
    "hubs": {
        "hub": {"nbma": "203.0.113.2", "tunnel_address": "10.255.0.1", "lan": ["10.0.0.1/24"]}
    },
    "spokes": {
        "spoke1": {"nbma": "198.51.100.2", "lan": ["10.1.0.1/24"]},
        "spoke2": {"nbma": "198.51.100.6", "lan": ["10.2.0.1/24"]},
    },
}
PSK: Raw = {"kind": "ikev2-psk", "pre_shared_key": "env:PSK"}
OLD: Raw = {"kind": "ikev1-psk", "pre_shared_key": "env:PSK", "ipsec": {"encryption": "aes-256"}}


def changed(patch: Raw, base: Raw | None = None) -> Raw:
    """Return the good cloud with `patch` laid over it; None takes a key away, and a mapping with
    a `kind` replaces what was there.
    """
    result = deepcopy(GOOD if base is None else base)
    _lay(result, patch)
    return result


def _lay(target: Raw, patch: Raw) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict) and "kind" not in value:
            _lay(target[key], value)
        else:
            target[key] = deepcopy(value)


def cloud(patch: Raw | None = None) -> Cloud:
    """Return the intent."""
    return Cloud.model_validate(changed(patch or {}))


def design(patch: Raw | None = None, ledger: Ledger | None = None) -> CloudDesign:
    """Return the resolved intent."""
    return resolve("branches", cloud(patch), ledger)


def findings(
    patch: Raw | None = None,
    ledger: Ledger | None = None,
    secrets: dict[str, str] | None = None,
) -> list[Finding]:
    """Return what the rules find."""
    known = secrets or {}
    book = ledger or Ledger()
    return list(check(cloud(patch), design(patch, book), book, known.get))


def folder(base: Path, patch: Raw | None = None, name: str = "branches") -> Path:
    """Write an inventory folder with one cloud; return it."""
    (base / "clouds").mkdir(exist_ok=True, parents=True)
    text = yaml.safe_dump(changed(patch or {}), sort_keys=False)
    (base / "clouds" / f"{name}.yaml").write_text(text)
    return base
