"""Verify where IPv6 is outside or inside the tunnels: the same checks, addresses as addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmvpn_auto.observe import parse
from dmvpn_auto.observe.evidence import Dmvpn
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import Plan, Status, Verification, verify
from dmvpn_auto.verify.canonical import canonical
from dmvpn_auto.verify.catalogue import choose
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud
from tests.unit.ipv6_model import Ipv6Model

CONFIG = Renderer(placeholder).render
KINDS = {
    "IPv4 over IPv6": (True, ""),
    "IPv6 over IPv4, BGP": (False, "bgp"),
    "IPv6 over IPv4, OSPFv3": (False, "ospf"),
    "IPv6 over IPv4, EIGRP": (False, "eigrp"),
    "IPv6 over IPv6, BGP": (True, "bgp"),
    "IPv6 over IPv6, EIGRP": (True, "eigrp"),
}
CHECKS = choose((), ("configuration",))  # the model writes the configuration of its IPv4 routers


def run(kind: str, **state: object) -> Verification:
    outside, inside = KINDS[kind]
    base = replace(ModelCloud(make_cloud()), **state)  # type: ignore[arg-type]
    model = Ipv6Model(base, outside=outside, inside=inside)
    plan = replace(Plan(timeout=20), checks=CHECKS)
    return verify(model.design, model, FakeClock(), plan, wire=base, config=CONFIG)


def failed(result: Verification) -> list[tuple[str, str, str | None]]:
    return [(v.check, v.device, v.peer) for v in result.verdicts if v.status is Status.FAIL]


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_cloud_passes(kind: str) -> None:
    result = run(kind)
    assert [v for v in result.verdicts if v.status is not Status.PASS] == []
    assert {"registration", "nbma-address", "ike-sa", "ipsec-sa", "nhs-set", "multicast",
            "overlay-neighbor", "overlay-routes", "next-hops", "unexpected-routes",
            "shortcut-formed"} <= {v.check for v in result.verdicts}  # fmt: skip


FAULTS = {
    "no IKE": ({"state": {"spoke2": "IKE"}}, ("peer-state", "spoke2", "hub")),
    "no registration": ({"state": {"spoke2": "NHRP"}}, ("registration", "hub", "spoke2")),
    "another NHS": (
        {"used_nbma": {"spoke2": "203.0.113.77"}},
        ("peer-state", "spoke2", "hub"),
    ),
    "another NBMA": (
        {"seen_nbma": {"spoke2": "198.51.100.77"}},
        ("registration", "hub", "spoke2"),
    ),
    "a stranger": ({"strangers": ("10.255.0.99",)}, ("unexpected-peers", "hub", None)),
    "tunnel down": ({"shut": {"spoke2"}}, ("tunnel-interface", "spoke2", None)),
    "no shortcut": ({"shortcut_works": False}, ("shortcut-formed", "spoke1", "spoke2")),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("state", "found"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(
    kind: str, state: dict[str, object], found: tuple[str, str, str | None]
) -> None:
    assert found in failed(run(kind, **state))


def test_addresses_are_compared_as_addresses_and_quoted_as_printed() -> None:
    text = (
        "Interface: Tunnel9, IPv4 NHRP Details \nType:Hub, NHRP Peers:1, \n\n"
        "     1 2001:0DB8:0:0:9::1\n                          192.0.2.9    UP 00:00:09     D\n"
    )
    reading = canonical(parse("show dmvpn", text), text)
    assert isinstance(reading, Dmvpn)
    (row,) = reading.peers
    assert (row.nbma_address, row.uptime) == ("2001:db8::9:0:0:1", "00:00:09")
    assert "2001:0DB8:0:0:9::1" in row.lines[0]
