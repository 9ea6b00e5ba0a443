"""The matrix of docs/designs.md, made from what is there: `python -m tests.golden.matrix`.

A cell is *proven* when a test of the lab deploys it, *rendered* when a golden design is in it (and
the link leads there), *accepted* when a cloud in it breaks no rule of severity error and renders,
and *refused* with the rules that refuse such a cloud. Nothing is claimed by hand but which test of
the lab proves what, and that is checked too (`test_matrix.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dmvpn_auto.design import Ledger, Severity, resolve
from dmvpn_auto.design.facts import families, transport
from dmvpn_auto.design.rules import check
from dmvpn_auto.models import Cloud
from dmvpn_auto.render import Renderer, placeholder
from tests.golden import designs
from tests.unit.intents import OLD, PSK, changed

Raw = dict[str, Any]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "designs.md"
BEGIN, END = "<!-- matrix: made by python -m tests.golden.matrix -->", "<!-- end of matrix -->"
_LINK = "../tests/golden/designs"

OVERLAYS: dict[str, Raw] = {
    "ibgp": {"kind": "ibgp", "asn": 65000},
    "ebgp": {"kind": "ebgp", "hub_asn": 65000, "spoke_asn": 65100},
    "ospf": {"kind": "ospf"},
    "eigrp": {"kind": "eigrp", "asn": 100},
    "eigrp-named": {"kind": "eigrp-named", "asn": 100},
    "rip": {"kind": "rip"},
    "static": {"kind": "static"},
    "odr": {"kind": "odr"},
}
_TOP = {"nbma": "203.0.113.2", "tunnel_address": "10.255.0.1"}
_INSIDE = {"inside_vrf": "BLUE", "inside_rd": "65000:1"}
_SIX: Raw = {
    "tunnel": {"subnet": None, "ipv6_subnet": "2001:db8:ff::/64"},
    "hubs": {"hub": {"tunnel_address": None, "lan": ["2001:db8::1/64"]}},
    "spokes": {"spoke1": {"lan": ["2001:db8:1::1/64"]}, "spoke2": {"lan": ["2001:db8:2::1/64"]}},
}
_SIX_BELOW: Raw = {
    "hubs": {"hub": {"nbma": "2001:db8:a::2"}},
    "spokes": {"spoke1": {"nbma": "2001:db8:b::2"}, "spoke2": {"nbma": "2001:db8:c::2"}},
    "crypto": {
        "kind": "ikev2-certificate", "trustpoint": {"enrollment_url": "http://[2001:db8:d::1]"},
    },
}  # fmt: skip
_REGION: Raw = {
    "hubs": {"east": {"nbma": "203.0.113.6", "upstream": ["hub"], "summaries": []}},
    "spokes": {"spoke1": {"hubs": ["east"]}, "spoke2": {"hubs": ["hub"]}},
}
ROWS: dict[str, Raw] = {
    "Phase 1": {"phase": 1},
    "Phase 2": {"phase": 2},
    "Phase 3": {"phase": 3},
    "two hubs, Phase 3": {"hubs": {"hub2": {"nbma": "203.0.113.6"}}},
    "regional hubs, Phase 3": _REGION,
    "regional hubs, Phase 2": {**_REGION, "phase": 2},
    "inside VRF": {"transport": _INSIDE},
    "MPLS, Phase 3": {"mpls": {"vrfs": {"BLUE": {"rd": "65000:1"}}}, "tunnel": {"ip_mtu": 1396}},
    "MPLS, Phase 2": {
        "phase": 2, "mpls": {"vrfs": {"BLUE": {"rd": "65000:1"}}}, "tunnel": {"ip_mtu": 1396},
    },
    "IPv4 and IPv6 in the tunnel": {**_SIX, "tunnel": {"ipv6_subnet": "2001:db8:ff::/64"},
                                    "hubs": {"hub": {"lan": ["2001:db8::1/64"]}}},
    "IPv6 in the tunnel": _SIX,
    "IPv6 below the tunnel": _SIX_BELOW,
}  # fmt: skip
CRYPTO: dict[str, Raw] = {
    "ikev2-psk": PSK,
    "ikev2-certificate": {},
    "ikev1-psk": OLD,
    "ikev1-certificate": {
        "kind": "ikev1-certificate",
        "trustpoint": {"enrollment_url": "http://192.0.2.10:80"},
        "ipsec": {"encryption": "aes-256"},
    },
    "none": {"kind": "none", "reason": "the network below encrypts"},
}
_OWN = {"spoke1": {"pre_shared_key": "env:ONE"}, "spoke2": {"pre_shared_key": "env:TWO"}}
CRYPTO_ROWS: dict[str, Raw] = {
    "one key or authority": {},
    "a key for each spoke, Phase 1": {"phase": 1, "spokes": _OWN},
    "a key for each spoke, Phase 2": {"phase": 2, "spokes": _OWN},
    "a key for each spoke, Phase 3": {"spokes": _OWN},
    "global table": {"transport": {"front_vrf": None, "front_rd": None}},
}
_LOST_HUB = "tests/lab/test_rollout_hubs.py::test_a_hub_is_lost_and_the_other_carries_all"
PROVEN = {
    ("Phase 3", "ibgp"): "tests/lab/test_main_job.py::test_the_deployed_cloud_passes_every_check",
    ("Phase 3", "ebgp"): _LOST_HUB,
    ("Phase 3", "ospf"): "tests/lab/test_cells.py::CELLS[ospf-ikev1]",
    ("Phase 2", "ibgp"): "tests/lab/test_cells.py::CELLS[ibgp-phase-2]",
    ("two hubs, Phase 3", "ibgp"): "tests/lab/test_cells.py::CELLS[ibgp-certificate-rsa-two-hubs]",
    ("two hubs, Phase 3", "ebgp"): _LOST_HUB,
    ("one key or authority", "ikev2-psk"):
        "tests/lab/test_main_job.py::test_the_deployed_cloud_passes_every_check",
    ("one key or authority", "ikev2-certificate"):
        "tests/lab/test_cells.py::CELLS[ibgp-certificate-rsa-two-hubs]",
    ("one key or authority", "ikev1-psk"): "tests/lab/test_cells.py::CELLS[ospf-ikev1]",
    ("one key or authority", "ikev1-certificate"):
        "tests/lab/test_cells.py::CELLS[ibgp-ikev1-certificate]",
    ("global table", "ikev2-certificate"): "tests/lab/test_cells.py::CELLS[ospf-certificate-ecdsa]",
}  # fmt: skip
"""(row, column) -> the test that deploys such a cell on the lab."""


def cloud(row: Raw, overlay: str) -> Cloud:
    """Return a plain cloud in the cell: the good one of the tests, with what the row asks for."""
    made = dict(OVERLAYS[overlay])
    if overlay == "ospf" and row.get("phase") == 2:
        made["network_type"] = "broadcast"
    raw = changed({"overlay": made, "tunnel": {"if_state_nhrp": True}})
    raw = changed(row, raw)
    if overlay == "ebgp" and "east" in raw["hubs"]:
        raw["hubs"]["east"]["asn"] = 65001
    return Cloud.model_validate(raw)


def protected(row: Raw, crypto: str) -> Cloud:
    """Return a plain cloud with this protection."""
    raw = changed(row)
    if CRYPTO[crypto]:
        raw["crypto"] = dict(CRYPTO[crypto])
    if "spokes" in row and "psk" in crypto:
        raw["crypto"].pop("pre_shared_key", None)
    raw["overlay"] = {"kind": "ibgp", "asn": 65000}
    return Cloud.model_validate(raw)


def refusals(intent: Cloud) -> tuple[str, ...]:
    """Return the rules that refuse a cloud."""
    design = resolve("cell", intent, Ledger())
    found = check(intent, design, Ledger(), lambda _reference: None)
    return tuple(dict.fromkeys(f.rule for f in found if f.severity is Severity.ERROR))


def renders(intent: Cloud) -> None:
    """Render all routers of a cloud; a template that lacks something raises."""
    renderer = Renderer(placeholder)
    for router in resolve("cell", intent, Ledger()).routers:
        renderer.render(router)


def _shape(intent: Cloud) -> tuple[object, ...]:
    """Return what tells the rows apart."""
    hubs = intent.hubs.values()
    return (
        intent.phase,
        any(hub.upstream for hub in hubs),
        intent.transport.inside_vrf is not None,
        intent.mpls is not None,
        families(intent) == ("ipv6",) or (len(families(intent)) > 1 and "both"),
        transport(intent),
        len(intent.hubs) > 1,
    )


def example(row: Raw, overlay: str) -> str | None:
    """Return a golden design in the cell, the shortest name first."""
    wanted = _shape(cloud(row, overlay))
    for name in sorted(designs.NAMES, key=lambda name: (len(name), name)):
        intent = designs.intent(name)
        if intent.overlay.kind == overlay and _close(_shape(intent), wanted):
            return name
    return None


def _close(shape: tuple[object, ...], wanted: tuple[object, ...]) -> bool:
    """Whether a design is in the cell; several hubs may stand for one, not one for several."""
    *mine, several = shape
    *theirs, wants_several = wanted
    return mine == theirs and (bool(several) or not wants_several or bool(wanted[1]))


def _protected_example(row: str, crypto: str) -> str | None:
    intent = protected(CRYPTO_ROWS[row], crypto)
    own = any(spoke.pre_shared_key for spoke in intent.spokes.values())
    for name in sorted(designs.NAMES, key=lambda name: (len(name), name)):
        other = designs.intent(name)
        theirs = any(spoke.pre_shared_key for spoke in other.spokes.values())
        fits = other.crypto.kind == crypto and own == theirs and other.phase != 0
        table = (other.transport.front_vrf is None) == (intent.transport.front_vrf is None)
        alone = not own or (
            other.phase == intent.phase and getattr(other.crypto, "pre_shared_key", None) is None
        )
        if fits and alone and transport(other) == "ipv4" and (own or table):
            return name
    return None


def cell(row: str, column: str, intent: Cloud, found: str | None) -> str:
    """Return what the matrix says of a cell."""
    rules = refusals(intent)
    if rules:
        return "refused: " + ", ".join(f"`{rule}`" for rule in rules)
    renders(intent)
    what = "**proven**" if (row, column) in PROVEN else "rendered" if found else "accepted"
    return f"[{what}]({_LINK}/{found}.yaml)" if found else what


def tables() -> Iterator[str]:
    """Yield the lines of both tables."""
    yield from _table(OVERLAYS, ROWS, _overlay_cell)
    yield ""
    yield from _table(CRYPTO, CRYPTO_ROWS, _crypto_cell)


def _overlay_cell(row: str, column: str) -> str:
    return cell(row, column, cloud(ROWS[row], column), example(ROWS[row], column))


def _crypto_cell(row: str, column: str) -> str:
    intent = protected(CRYPTO_ROWS[row], column)
    return cell(row, column, intent, _protected_example(row, column))


def _table(columns: Raw, rows: Raw, said: Callable[[str, str], str]) -> Iterator[str]:
    yield "| | " + " | ".join(columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for row in rows:
        yield f"| {row} | " + " | ".join(said(row, column) for column in columns) + " |"


def page(text: str) -> str:
    """Return the page with its matrix made anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n" + "\n".join(tables()) + f"\n\n{END}{tail}"


def main() -> int:
    """Write the matrix into the page."""
    PAGE.write_text(page(PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
