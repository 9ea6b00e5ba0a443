"""Cells of the design space on the real dataplane: rendered, deployed and verified by the tool.

Each cell gets a lab of its own with one or two hubs and two spokes, and one look at what its
routers print beyond what `verify` asks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import cells

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
    "{kind: ospf, process: 10, hello: 5, dead: 20, cost: 100, authentication: file:secrets/ospf}"
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


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_deployed_and_verified(name: str, tmp_path: Path) -> None:
    cell = CELLS[name]
    routers = tuple(one for one in cells.ROUTERS if one != "hub2" or cell.hubs > 1)
    topology = cells.write_topology(tmp_path / "net", routers, front_vrf=cell.front_vrf)
    cells.write_cloud(
        tmp_path / "inventory", routers, cell.crypto, cell.overlay, front_vrf=cell.front_vrf,
        phase=cell.phase,
    )  # fmt: skip
    with cells.running(tmp_path, topology) as lab:
        deployed = lab.cloud("deploy", "--yes")
        assert deployed.returncode == 0, deployed.stderr
        status, answer = lab.verify("--timeout", "60")
        assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]
        assert "shortcut-path" in {c["check"] for c in answer["checks"]}  # spokes talk directly
        said = cells.ask(lab, cell.router, cell.command)
        event = "%OSPF-5-ADJCHG: Process 10, Nbr " if cell.overlay == _OSPF else "%BGP-5-ADJCHANGE"
        assert event in cells.ask(lab, cell.router, "show logging")
        assert re.search(cell.holds, said), said
        again = lab.cloud("deploy", "--yes")
        assert "no change" in (again.stdout + again.stderr).lower()
        assert not [s for s in cells.SECRETS.values() if s in "".join(lab.printed)]


def test_two_hubs_with_ebgp_lose_one(tmp_path: Path) -> None:
    """Spokes register at both; when the first is gone its sites are reached through the second."""
    topology = cells.write_topology(tmp_path / "net", cells.ROUTERS, front_vrf=True)
    cells.write_cloud(tmp_path / "inventory", cells.ROUTERS, PSK, EBGP, front_vrf=True)
    with cells.running(tmp_path, topology) as lab:
        deployed = lab.cloud("deploy", "--yes")
        assert deployed.returncode == 0, deployed.stderr
        status, answer = lab.verify("--timeout", "60")
        assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]
        summary = cells.ask(lab, "hub2", "show ip bgp summary")
        assert len(re.findall(r"^\*10\.255\.0\.1[12] +4 +65100 ", summary, re.MULTILINE)) == 2

        broken = lab.run("lab", "fault", "hub1", "wan-down")
        assert broken.returncode == 0, broken.stderr
        _until(
            lambda: cells.ask(lab, "spoke1", "show ip bgp summary"),
            lambda said: re.search(r"^10\.255\.0\.1 .* (Active|Idle|Connect)", said, re.MULTILINE),
        )
        said = cells.ask(lab, "spoke1", "show ip route 10.2.0.0")
        assert "10.255.0.2" in said or "10.255.0.12" in said, said
        assert "100 percent" in cells.ask(lab, "spoke1", "ping 10.2.0.1 source 10.1.0.1 repeat 10")
        assert "100 percent" in cells.ask(lab, "spoke1", "ping 10.0.1.1 source 10.1.0.1 repeat 10")

        healed = lab.run("lab", "heal")
        assert healed.returncode == 0, healed.stderr
        status, answer = lab.verify("--timeout", "60")
        assert status == 0, [c for c in answer["checks"] if c["status"] != "pass"]


def test_spokes_register_with_the_preferred_hub_and_fall_over_and_back(tmp_path: Path) -> None:
    routers = ("hub1", "hub2", "spoke1")
    topology = cells.write_topology(tmp_path / "net", routers, front_vrf=True)
    cells.write_cloud(tmp_path / "inventory", routers, PSK, _IBGP, front_vrf=True, preferred=True)
    with cells.running(tmp_path, topology) as lab:
        deployed = lab.cloud("deploy", "--yes")
        assert deployed.returncode == 0, deployed.stderr
        registered = re.compile(r"^10\.255\.0\.11/32 .*\n.*\n.*Flags:.* registered", re.MULTILINE)

        def servers(first: str, second: str) -> None:
            wanted = rf"10\.255\.0\.1 +{first} .*priority = 1 .*\n10\.255\.0\.2 +{second} .*= 2 "
            _until(
                lambda: cells.ask(lab, "spoke1", "show ip nhrp nhs"),
                lambda said: re.search(wanted, said),
            )

        servers("RE", "W")
        assert not registered.search(cells.ask(lab, "hub2", "show ip nhrp"))
        assert lab.run("lab", "fault", "hub1", "wan-down").returncode == 0
        servers("E", "RE")
        assert registered.search(cells.ask(lab, "hub2", "show ip nhrp"))
        assert lab.run("lab", "heal").returncode == 0
        servers("RE", "W")


def _until(ask: Callable[[], str], holds: Callable[[str], object], limit: float = 45) -> None:
    """Ask until the answer holds; each question takes half a second on its own."""
    deadline = time.monotonic() + limit
    said = ask()
    while not holds(said):
        assert time.monotonic() < deadline, said
        said = ask()
