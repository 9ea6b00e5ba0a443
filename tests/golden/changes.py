"""Routers as they are, and what turns them into what an intent says.

`running/STATE-ROUTER.cfg` is what a router prints, written by hand: with what it has beside the
cloud, in the spelling of its release, without the defaults that it hides. `STATES` are the intents
that they fit; `EDITS` change one of them. `changes/*.txt` hold the commands both ways and the
impact, read and found right. After a change that is meant: `python -m tests.golden.changes`, then
read the difference.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dmvpn_auto.design import CloudDesign, Ledger, resolve
from dmvpn_auto.ios import Tree, mask, parse
from dmvpn_auto.models import Cloud
from dmvpn_auto.render import Renderer
from dmvpn_auto.rollout import Plan, Target
from dmvpn_auto.rollout.plan import plan
from dmvpn_auto.rollout.plan_pages import impact_lines
from dmvpn_auto.rollout.target import absent_of
from tests.unit.intents import Raw, changed

RUNNING = Path(__file__).parent / "running"
CHANGES = Path(__file__).parent / "changes"
ROUTERS = ("hub", "spoke1")
OUTSIDE = "198.18.0.1"
_SECRETS = {
    "env:PSK": "psk-one",
    "env:NEW": "psk-two",
    "env:NHRP": "NHRPKEY",
    "env:OSPF": "ospf-secret",
    "env:BGP": "bgp-secret",
}
_PSK: Raw = {"kind": "ikev2-psk", "pre_shared_key": "env:PSK"}
_IKEV1: Raw = {
    "kind": "ikev1-psk",
    "pre_shared_key": "env:PSK",
    "ipsec": {"encryption": "aes-256", "integrity": "sha256", "pfs_group": 14},
}
_CERTIFICATE: Raw = {
    "kind": "ikev2-certificate",
    "trustpoint": {"enrollment_url": "http://192.0.2.10:80"},
}
_G0: Raw = {"source": "GigabitEthernet0/0", "front_vrf": None, "front_rd": None}
_SUMMARY = ["10.0.0.0/8"]
_HUB2: Raw = {
    "hub2": {"nbma": "203.0.113.6", "tunnel_address": "10.255.0.2", "lan": ["10.0.2.1/24"]}
}
_IBGP: Raw = {"kind": "ibgp", "asn": 65000, "summaries": _SUMMARY}
STATES: dict[str, Raw] = {
    "eigrp2-ikev1": {
        "phase": 2, "dialect": "ios", "transport": _G0, "crypto": _IKEV1,
        "overlay": {"kind": "eigrp", "asn": 100}, "nhrp": {"nhs_style": "map"},
    },
    "ospf2-ikev1": {
        "phase": 2, "dialect": "ios", "transport": _G0, "crypto": _IKEV1,
        "overlay": {"kind": "ospf", "network_type": "broadcast"}, "nhrp": {"nhs_style": "map"},
    },
    "rip2": {
        "phase": 2, "dialect": "ios", "transport": _G0, "crypto": _IKEV1,
        "overlay": {"kind": "rip"},
    },
    "named3-ikev2": {
        "dialect": "ios", "transport": _G0, "crypto": _PSK,
        "overlay": {"kind": "eigrp-named", "asn": 100, "summaries": _SUMMARY},
    },
    "ibgp-fvrf": {"dialect": "ios", "transport": {"source": "GigabitEthernet0/0"}, "crypto": _PSK},
    "qos": {
        "crypto": _PSK, "qos": {"groups": {"SMALL": "PM-SMALL"}},
        "spokes": {"spoke1": {"qos_group": "SMALL"}},
    },
    "two-hubs": {"crypto": _PSK, "hubs": _HUB2, "nhrp": {"cluster_max_connections": 1}},
    "ospf3-cert": {
        "overlay": {"kind": "ospf", "process": 10, "authentication": "env:OSPF", "cost": 100}
    },
    "inside-vrf": {
        "transport": {"inside_vrf": "BLUE", "inside_rd": "65000:10"}, "crypto": _PSK,
        "overlay": {"kind": "eigrp-named", "asn": 100, "summaries": _SUMMARY},
    },
    "ebgp-cert": {
        "overlay": {
            "kind": "ebgp", "hub_asn": 65000, "spoke_asn": 65100, "summaries": _SUMMARY,
            "password": "env:BGP",
        }
    },
    "static": {
        "crypto": _PSK, "overlay": {"kind": "static", "summaries": _SUMMARY},
        "tunnel": {"if_state_nhrp": True},
    },
    "bfd": {
        "crypto": _PSK, "tunnel": {"bfd": {"interval": 1000, "multiplier": 3}},
        "overlay": {**_IBGP, "bfd": True},
    },
    "phase1": {
        "phase": 1, "crypto": _PSK, "overlay": {"kind": "static", "summaries": _SUMMARY}
    },
}  # fmt: skip
EDITS: dict[str, tuple[str, Raw]] = {
    "another-key": ("static", {"crypto": {**_PSK, "pre_shared_key": "env:NEW"}}),
    "another-ikev1-key": ("eigrp2-ikev1", {"crypto": {**_IKEV1, "pre_shared_key": "env:NEW"}}),
    "another-network-id": ("qos", {"nhrp": {"network_id": 7}}),
    "another-source": ("qos", {"transport": {"source": "GigabitEthernet3"}}),
    "certificates": ("bfd", {"crypto": _CERTIFICATE}),
    "eigrp-to-bgp": ("eigrp2-ikev1", {"phase": 3, "overlay": _IBGP}),
    "group": (
        "bfd",
        {"qos": {"groups": {"SMALL": "PM"}}, "spokes": {"spoke1": {"qos_group": "SMALL"}}},
    ),
    "hub-moves": ("ibgp-fvrf", {"hubs": {"hub": {"nbma": "203.0.113.99"}}}),
    "ikev2": ("rip2", {"crypto": _PSK}),
    "inside-vrf-comes": (
        "two-hubs",
        {"transport": {"inside_vrf": "BLUE", "inside_rd": "65000:10"}},
    ),
    "mtu": ("ibgp-fvrf", {"tunnel": {"ip_mtu": 1380}}),
    "phase-3": ("eigrp2-ikev1", {"phase": 3}),
    "second-hub": (
        "ibgp-fvrf",
        {
            "hubs": _HUB2,
            "spokes": {
                "spoke1": {"tunnel_address": "10.255.0.2"},
                "spoke2": {"tunnel_address": "10.255.0.3"},
            },
        },
    ),
    "spoke-goes": ("static", {"spokes": {"spoke2": None}}),
}


def running(state: str, router: str) -> Tree:
    """Return what the router prints, as a tree."""
    return parse((RUNNING / f"{state}-{router}.cfg").read_text())


def target(
    state: str, router: str, patch: Raw | None = None, address: str = OUTSIDE
) -> tuple[CloudDesign, Target]:
    """Return what an intent wants of a router that is managed at `address`."""
    raw = changed(patch or {}, changed(STATES[state]))
    design = resolve("branches", Cloud.model_validate(raw), Ledger())
    found = next(r for r in design.routers if r.name == router)
    renderer = Renderer(_SECRETS.__getitem__)
    config = renderer.render(found)
    absent = absent_of(found, renderer, parse(config))
    return design, Target(found, address, config, absent=absent)


def planned(
    old: str, new: str, router: str, patch: Raw | None = None, address: str = OUTSIDE
) -> Plan:
    """Return the plan for a router in the state `old` towards the intent `new`."""
    design, wanted = target(new, router, patch, address)
    return plan(wanted, running(old, router), design)


def cases() -> Iterator[tuple[str, Plan]]:
    """Yield (name, plan) of each change that is kept as a text."""
    names = list(STATES)
    for router in ROUTERS:
        for old, new in zip(names, [*names[1:], names[0]], strict=True):
            yield f"{old}-becomes-{new}-{router}", planned(old, new, router)
        for name, (state, patch) in EDITS.items():
            yield f"{name}-{router}", planned(state, state, router, patch)


def text(found: Plan) -> str:
    """Return a plan as it is kept."""
    lines = [
        *map(mask, found.change.forward),
        "--- backward",
        *map(mask, found.change.backward),
        "--- impact",
        *impact_lines(found.impact),
        *(f"note: {note}" for note in found.notes),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write all texts anew."""
    shutil.rmtree(CHANGES, ignore_errors=True)
    CHANGES.mkdir()
    for name, found in cases():
        (CHANGES / f"{name}.txt").write_text(text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
