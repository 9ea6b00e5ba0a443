"""Verify judges each family of dual-stack tunnels by itself; what they share it judges once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dmvpn_auto.design.types import Family, Waiver
from dmvpn_auto.errors import InputError
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.report.verification_formats import FORMATS
from dmvpn_auto.verify import (
    Plan,
    Recording,
    Status,
    Verification,
    conclude,
    from_files,
    look,
    to_files,
)
from dmvpn_auto.verify.comparison import compare, read_verdicts
from tests.golden import designs
from tests.unit.announcing_cloud import AnnouncingCloud

DUAL = tuple(
    name
    for name in designs.NAMES
    if designs.design(name).tunnel_ipv6_subnet is not None
    and designs.design(name).tunnel_subnet.version == 4
    and designs.design(name).phase
)
PLAIN = tuple(name for name in designs.NAMES if not designs.design(name).phase)
CONFIG = Renderer(placeholder).render
SHARED = {"configuration", "clock", "certificates", "ike-sa", "ipsec-sa", "esp-counters"}


class Clock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


def seen(cloud: AnnouncingCloud) -> Recording:
    return look(cloud.design, cloud, Clock(), Plan(timeout=0, pairs="none"), config=CONFIG)


def judged(cloud: AnnouncingCloud) -> Verification:
    return conclude(cloud.design, seen(cloud), config=CONFIG)


def broken(result: Verification) -> set[tuple[str, str, str | None, Family | None]]:
    return {v.key for v in result.verdicts if v.status is not Status.PASS}


def test_there_are_dual_stack_cells() -> None:
    assert len(DUAL) >= 4, DUAL


@pytest.mark.parametrize("name", DUAL)
def test_a_healthy_cell_passes_in_both_families(name: str) -> None:
    result = judged(AnnouncingCloud(designs.design(name)))
    assert [(v.key, v.actual) for v in result.verdicts if v.status is not Status.PASS] == []
    keys = [v.key for v in result.verdicts]
    assert len(keys) == len(set(keys))
    by_check: dict[str, set[Family | None]] = {}
    for check, _, _, family in keys:
        by_check.setdefault(check, set()).add(family)
    only_ipv4 = {"overlay-timers", "overlay-mtu", "underlay-route"}
    for check, families in by_check.items():
        wanted = {None} if check in SHARED else {"ipv4", "ipv6"}
        assert families <= wanted if check in only_ipv4 else families == wanted, check


@pytest.mark.parametrize("name", PLAIN)
def test_a_healthy_plain_tunnel_passes_without_nhrp(name: str) -> None:
    result = judged(AnnouncingCloud(designs.design(name)))
    untold = {"overlay-timers"} if name == "p2p-gre-eigrp" else set()  # the printer lacks them
    assert {one[0] for one in broken(result)} == untold
    assert {v.check for v in result.verdicts} >= {"tunnel-interface", "configuration"}


@pytest.mark.parametrize("name", DUAL)
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_registration_that_is_missing_in_one_family_fails_there_alone(
    name: str, family: Family
) -> None:
    design = designs.design(name)
    spoke = design.spokes[0].name
    found = broken(judged(AnnouncingCloud(design, state={f"{spoke} {family}": "NHRP"})))
    assert {one[3] for one in found} == {family}
    for hub in (nhs.hub for nhs in design.spokes[0].tunnel.nhrp.preferred):
        assert ("peer-state", spoke, hub, family) in found
        assert ("registration", hub, spoke, family) in found


@pytest.mark.parametrize("name", DUAL)
@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_route_that_is_missing_in_one_family_fails_there_alone(name: str, family: Family) -> None:
    design = designs.design(name)
    spoke = design.spokes[0].name
    command = next(
        command
        for command in seen(AnnouncingCloud(design)).rest.outputs[spoke]
        if command.startswith(f"show {'ip' if family == 'ipv4' else family} route")
    )
    text = AnnouncingCloud(design).one(spoke, command)
    assert isinstance(text, str)
    cut = _without_routes(text)
    assert cut != text
    found = broken(judged(AnnouncingCloud(design, said={(spoke, command): cut})))
    assert {one[3] for one in found} == {family}
    assert {one[0] for one in found} <= {"overlay-routes", "next-hops"}
    assert ("overlay-routes", spoke) in {one[:2] for one in found}


def test_what_the_families_share_fails_once() -> None:
    design = designs.design("ipv6-dual-stack-ebgp-default")
    spoke = design.spokes[0].name
    cloud = AnnouncingCloud(design, said={(spoke, "show running-config"): "hostname x\n!\nend\n"})
    found = broken(judged(cloud))
    assert found == {("configuration", spoke, None, None)}


@pytest.mark.parametrize("name", DUAL)
def test_ike_is_judged_though_one_family_says_no_address(name: str) -> None:
    design = designs.design(name)
    dynamic = next((s.name for s in design.spokes if s.nbma_address is None), None)
    assert dynamic
    result = judged(AnnouncingCloud(design, state={f"{dynamic} ipv4": "NHRP"}))
    found = [v for v in result.verdicts if v.check in {"ike-sa", "ipsec-sa", "esp-counters"}]
    assert found
    assert {v.status for v in found} == {Status.PASS}


def test_pairs_are_proven_in_each_family_that_holds() -> None:
    design = designs.design("ipv6-dual-stack-ebgp-default")
    spoke, other = (one.name for one in design.spokes)
    cloud = AnnouncingCloud(design, state={f"{spoke} ipv6": "NHRP"})
    recording = look(design, cloud, Clock(), Plan(timeout=0), config=CONFIG)
    assert recording.traffic is not None
    assert recording.traffic.tried == ((spoke, other, "ipv4"),)
    result = conclude(design, recording, config=CONFIG)
    tried = {(v.check, v.family) for v in result.verdicts if v.check.startswith("shortcut-")}
    assert {check for check, family in tried if family == "ipv6"} == {"shortcut-formed"}
    assert {check for check, family in tried if family == "ipv4"} >= {
        "shortcut-absent", "shortcut-ping", "shortcut-path", "shortcut-formed",
    }  # fmt: skip
    (left,) = [v for v in result.verdicts if v.key[0::3] == ("shortcut-formed", "ipv6")]
    assert (left.device, left.peer, left.follows) == (spoke, other, True)
    assert {v.family for v in result.verdicts if v.check == "redirect-active"} == {"ipv4"}
    again = from_files(to_files(recording), "kept")
    assert conclude(design, again, config=CONFIG) == result


def test_packets_of_both_families_are_sent_and_seen() -> None:
    design = designs.design("ipv6-dual-stack-ebgp-default")
    cloud = AnnouncingCloud(design)
    recording = look(design, cloud, Clock(), Plan(timeout=0), config=CONFIG)
    assert recording.traffic is not None
    spoke, other = (one.name for one in design.spokes)
    assert recording.traffic.tried == ((spoke, other, "ipv4"), (spoke, other, "ipv6"))
    sent = list(recording.traffic.after.outputs[spoke])
    pings = [n for n, command in enumerate(sent) if command.startswith("ping ")]
    assert len(pings) == 2
    assert sent.index("show dmvpn") > max(pings)
    assert {"show ip nhrp", "show ipv6 nhrp"} <= set(recording.traffic.before.outputs[spoke])
    assert set(recording.traffic.after.outputs["hub"]) == {
        "show ip nhrp traffic", "show ipv6 nhrp traffic",
    }  # fmt: skip
    result = conclude(design, recording, config=CONFIG)
    families = {v.family for v in result.verdicts if v.check == "redirect-active"}
    assert families == {"ipv4", "ipv6"}


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_reports_and_comparisons_say_the_family(form: str) -> None:
    design = designs.design("ipv6-dual-stack-ebgp-default")
    spoke = design.spokes[0].name
    good = judged(AnnouncingCloud(design))
    bad = judged(AnnouncingCloud(design, state={f"{spoke} ipv6": "NHRP"}))
    text = FORMATS[form](design, bad)
    assert any(f"{spoke} {arrow} hub (IPv6)" in text for arrow in ("->", "-&gt;"))
    found = compare(good.verdicts, bad.verdicts)
    assert {change.family for change in found.of("worse")} == {"ipv6"}
    assert all(change.to_json()["family"] == "ipv6" for change in found.of("worse"))
    told = json.loads(json.dumps(bad.to_json()))
    assert read_verdicts(told, "file") == bad.verdicts
    told["checks"][-1]["family"] = "ipx"
    with pytest.raises(InputError, match="no family 'ipx'"):
        read_verdicts(told, "file")


def test_waivers_mean_both_families() -> None:
    design = designs.design("ipv6-dual-stack-ebgp-default")
    spoke = design.spokes[0].name
    waiver = Waiver(check="registration", device="hub", peer=spoke, reason="x")
    waived = replace(design, waivers=(waiver,))
    result = judged(AnnouncingCloud(waived, state={spoke: "NHRP"}))
    found = {v.family: v.status for v in result.verdicts if waiver.covers(*v.key[:3])}
    assert found == {"ipv4": Status.WAIVED, "ipv6": Status.WAIVED}


def test_every_command_is_sent_once() -> None:
    design = designs.design("ipv6-dual-stack-ibgp")
    cloud = AnnouncingCloud(design)
    asked: list[tuple[str, str]] = []
    one = cloud.one

    def noted(device: str, command: str) -> object:
        asked.append((device, command))
        return one(device, command)

    cloud.one = noted  # type: ignore[method-assign, assignment]
    assert seen(cloud).rest.outputs
    assert len(asked) == len(set(asked))


def _without_routes(text: str) -> str:
    """Return a routing table without what came by the overlay."""
    lines = text.splitlines(keepends=True)
    if "IPv6 Routing Table" in text:
        return "".join(["IPv6 Routing Table - default - 0 entries\n", *lines[1:3]])
    start = next(n for n, line in enumerate(lines) if line.startswith("Gateway"))
    return "".join(lines[: start + 2])
