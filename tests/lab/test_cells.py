"""Cells of the design space on the real dataplane: rendered, deployed and verified by the tool.

Each cell gets routers without a cloud, one or two hubs and two spokes, and one look at what they
print beyond what `verify` asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import cells
from tests.lab.conftest import Bench

_DPD = "dpd: {interval: 10, retry: 2}"
PSK = f"{{kind: ikev2-psk, pre_shared_key: file:secrets/psk, {_DPD}}}"
_IKEV1 = f"{{kind: ikev1-psk, pre_shared_key: file:secrets/psk, {_DPD}}}"
_CA = "enrollment_url: 'http://192.0.2.10:80', subject: 'CN={name},O=example'"
_RSA = f"{{kind: ikev2-certificate, {_DPD}, trustpoint: {{{_CA}, key_size: 2048}}}}"
_IKEV1_RSA = f"{{kind: ikev1-certificate, {_DPD}, trustpoint: {{{_CA}, key_size: 2048}}}}"
_ECDSA = (
    f"{{kind: ikev2-certificate, {_DPD}, identity_domain: vpn.example.net,"
    f" trustpoint: {{{_CA}, key: ec, key_size: 384, revocation: none, auto_enroll: null}}}}"
)
_TIMERS = "keepalive: 5, holdtime: 15"
_IBGP = f"{{kind: ibgp, asn: 65000, {_TIMERS}, summaries: [10.0.0.0/8]}}"
EBGP = f"{{kind: ebgp, hub_asn: 65000, spoke_asn: 65100, {_TIMERS}, password: file:secrets/bgp}}"
_OSPF = (
    "{kind: ospf, process: 10, hello: 2, dead: 20, cost: 100, authentication: file:secrets/ospf}"
)


@dataclass(frozen=True)
class Cell:
    """A cloud, and a pattern that a router's answer must hold."""

    crypto: str
    overlay: str
    router: str
    command: str
    holds: str
    front_vrf: bool = True
    hubs: int = 1
    phase: int = 3


CELLS = {
    "ospf-ikev1": Cell(
        _IKEV1, _OSPF, "hub1", "show ip ospf neighbor",
        r"10\.255\.0\.11 +0 +FULL/  - +\S+ +10\.255\.0\.11 +Tunnel0",
    ),
    "ibgp-ikev1-certificate": Cell(
        _IKEV1_RSA, _IBGP, "hub1", "show crypto isakmp sa",
        r"198\.51\.100\.2 .*QM_IDLE",
    ),
    "ibgp-certificate-rsa-two-hubs": Cell(
        _RSA, _IBGP, "spoke1", "show crypto ikev2 sa", r"Auth sign: RSA, Auth verify: RSA", hubs=2,
    ),
    "ibgp-phase-2": Cell(
        PSK, f"{{kind: ibgp, asn: 65000, {_TIMERS}, to_spokes: specific}}", "spoke1",
        "show ip route bgp", r"B +10\.2\.0\.0/24 \[200/0\] via 10\.255\.0\.12,", phase=2,
    ),
    "ospf-certificate-ecdsa": Cell(
        _ECDSA, _OSPF, "spoke2", "show ip route ospf",
        r"O +(%? +)10\.1\.0\.0/24 \[110/201\] via 10\.255\.0\.1,", front_vrf=False,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A lab with a front-door VRF; the routers keep what they ran before their first cloud."""
    root = tmp_path_factory.mktemp("cells")
    topology = cells.write_topology(root / "net", cells.ROUTERS, front_vrf=True)
    (root / "inventory" / "clouds").mkdir(parents=True)
    (root / "inventory" / "clouds" / "branches.yaml").touch()
    with cells.running(root, topology) as lab:
        cells.everywhere(cells.ports(lab).values(), "copy running-config flash:bare")
        yield lab


@pytest.fixture
def lab(shared: Bench) -> Iterator[Bench]:
    """The shared lab without a cloud and with empty logs, before and after."""
    yield shared
    for command in ("configure replace flash:bare force", "clear logging"):
        cells.everywhere(cells.ports(shared).values(), command)


@pytest.mark.parametrize("name", [name for name, cell in CELLS.items() if cell.front_vrf])
def test_a_cell_with_a_front_door_vrf_is_deployed_and_verified(name: str, lab: Bench) -> None:
    """Each on routers that had another cloud before: nothing of it is left to help or to harm."""
    _play(CELLS[name], lab)


@pytest.mark.parametrize("name", [name for name, cell in CELLS.items() if not cell.front_vrf])
def test_a_cell_without_vrf_is_deployed_and_verified(name: str, tmp_path: Path) -> None:
    topology = cells.write_topology(tmp_path / "net", _routers(CELLS[name]), front_vrf=False)
    with cells.running(tmp_path, topology) as lab:
        _play(CELLS[name], lab)


def _routers(cell: Cell) -> tuple[str, ...]:
    return tuple(one for one in cells.ROUTERS if one != "hub2" or cell.hubs > 1)


def _play(cell: Cell, lab: Bench) -> None:
    cells.write_cloud(
        lab.inventory, _routers(cell), cell.crypto, cell.overlay, front_vrf=cell.front_vrf,
        phase=cell.phase,
    )  # fmt: skip
    event = "%OSPF-5-ADJCHG: Process 10, Nbr " if cell.overlay == _OSPF else "%BGP-5-ADJCHANGE"
    deployed = lab.cloud("deploy", "--yes")
    assert deployed.returncode == 0, deployed.stderr
    status, answer = lab.verify("--timeout", "60")
    assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]
    assert "shortcut-path" in {c["check"] for c in answer["checks"]}  # spokes talk directly
    said = cells.ask(lab, cell.router, cell.command)
    assert event in cells.ask(lab, cell.router, "show logging")
    assert re.search(cell.holds, said), said
    again = lab.cloud("deploy", "--yes")
    assert "no change" in (again.stdout + again.stderr).lower()
    assert not [s for s in cells.SECRETS.values() if s in "".join(lab.printed)]


def test_spokes_register_with_the_preferred_hub_and_fall_over_and_back(lab: Bench) -> None:
    routers = ("hub1", "hub2", "spoke1")
    cells.write_cloud(lab.inventory, routers, PSK, _IBGP, front_vrf=True, preferred=True)
    deployed = lab.cloud("deploy", "--yes")
    assert deployed.returncode == 0, deployed.stderr
    registered = re.compile(r"^10\.255\.0\.11/32 .*\n.*\n.*Flags:.* registered", re.MULTILINE)

    def servers(first: str, second: str) -> None:
        wanted = rf"10\.255\.0\.1 +{first} .*priority = 1 .*\n10\.255\.0\.2 +{second} .*= 2 "
        cells.until(
            lambda: cells.ask(lab, "spoke1", "show ip nhrp nhs"),
            lambda said: re.search(wanted, said),
        )

    servers("RE", "W")
    # Before the SA to the first hub stood, it may have registered here; that runs out, unrenewed.
    cells.until(
        lambda: cells.ask(lab, "hub2", "show ip nhrp"),
        lambda said: not registered.search(said),
        limit=75,
    )
    assert lab.run("lab", "fault", "hub1", "wan-down").returncode == 0
    servers("E", "RE")
    assert registered.search(cells.ask(lab, "hub2", "show ip nhrp"))
    assert lab.run("lab", "heal").returncode == 0
    servers("RE", "W")
