"""Diagnosis of every cell of the space of designs while all is well: nothing is found, anywhere."""

from __future__ import annotations

from functools import cache

import pytest

from dmvpn_auto.cli.diagnose import intended
from dmvpn_auto.observe import find
from dmvpn_auto.verify.commands import CONFIGURATION, for_diagnosis
from dmvpn_auto.verify.diagnosis import Configuration, collect, diagnose, explain, texts
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.evidence import Evidence, Output
from tests.golden import designs
from tests.unit.announcing_cloud import AnnouncingCloud
from tests.unit.printed_cloud import PrintedCloud


@cache
def _cell(name: str) -> tuple[Evidence, dict[str, Configuration]]:
    cloud = designs.design(name)
    seen = collect(cloud, PrintedCloud(cloud), [router.name for router in cloud.routers])
    return texts(seen).evidence, intended(cloud)


@pytest.mark.parametrize("name", designs.NAMES)
def test_all_that_is_asked_was_answered_and_read(name: str) -> None:
    for device, outputs in _cell(name)[0].outputs.items():
        for command, output in outputs.items():
            assert isinstance(output, Output), (device, command, output)
            if command != CONFIGURATION:
                assert output.reading.complete, (device, command, output.reading)
    for router in designs.design(name).routers:
        assert all(find(c) or c == CONFIGURATION for c in for_diagnosis(router))


@pytest.mark.parametrize("name", designs.NAMES)
def test_a_healthy_cell_has_no_finding_and_no_broken_layer(name: str) -> None:
    cloud = designs.design(name)
    evidence, wanted = _cell(name)
    result = diagnose(cloud, Texts(evidence), wanted)
    assert [(f.device, f.rule, f.cause) for f in result.findings] == []
    assert result.looked_at
    stories = [explain(cloud, Texts(evidence), wanted, router.name) for router in cloud.routers]
    layers = [layer for story in stories for each in story.chapters for layer in each.layers]
    assert [(layer.name, layer.is_) for layer in layers if layer.holds is False] == []
    assert any(layer.holds for layer in layers)


def test_the_lan_of_a_hub_may_be_reached_by_another_hub() -> None:
    cloud = designs.design("ipv6-overlay-ebgp-as-each")
    spoke, second = cloud.spokes[0], cloud.hubs[1]
    said = texts(collect(cloud, AnnouncingCloud(cloud), [router.name for router in cloud.routers]))
    story = explain(cloud, said, intended(cloud), spoke.name)
    routes = {
        each.hub: next(layer for layer in each.layers if layer.name == "routes")
        for each in story.chapters
    }
    assert f"via {cloud.hubs[0].tunnel.address.ip};" in routes[second.name].is_
    assert [each.breaks for each in story.chapters] == [None, None]


@pytest.mark.parametrize("name", designs.NAMES)
@pytest.mark.parametrize("kept", ["no configuration", "hubs alone", "spokes alone"])
def test_with_less_evidence_there_is_no_finding_either(name: str, kept: str) -> None:
    cloud = designs.design(name)
    evidence, wanted = _cell(name)
    routers = {
        "no configuration": cloud.routers, "hubs alone": cloud.hubs, "spokes alone": cloud.spokes,
    }[kept]  # fmt: skip
    outputs = {
        router.name: {
            command: output
            for command, output in evidence.outputs[router.name].items()
            if kept != "no configuration" or command != CONFIGURATION
        }
        for router in routers
    }
    result = diagnose(cloud, Texts(Evidence(outputs)), wanted)
    assert [(f.device, f.rule, f.cause) for f in result.findings] == []
