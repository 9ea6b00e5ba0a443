"""Verify copes with every cell of the space of designs; without evidence nothing passes."""

from __future__ import annotations

import pytest

from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.observe import find
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.verify import Recording, Status, conclude
from dmvpn_auto.verify.checks import CONVERGENCE
from dmvpn_auto.verify.commands import CONFIGURATION
from dmvpn_auto.verify.evidence import Evidence, Output
from tests.golden import designs


def recorded(name: str, evidence: Evidence) -> Recording:
    cloud = designs.design(name)
    return Recording(
        cloud=name, devices=tuple(r.name for r in cloud.routers), rest=evidence, pairs="ring"
    )


@pytest.mark.parametrize("name", designs.NAMES)
def test_without_evidence_all_is_unknown(name: str) -> None:
    result = conclude(
        designs.design(name), recorded(name, Evidence({})), config=Renderer(placeholder).render
    )
    assert {v.status for v in result.verdicts} == {Status.UNKNOWN}
    assert all(v.expected for v in result.verdicts)
    # somebody must look at each link: by NHRP, or by packets through a plain tunnel
    cloud = designs.design(name)
    spokes = {v.device for v in result.verdicts if v.check == "overlay-ping"}
    assert spokes >= {spoke.name for spoke in cloud.spokes}


@pytest.mark.parametrize("name", designs.NAMES)
def test_every_command_that_is_sent_can_be_read(name: str) -> None:
    cloud = designs.design(name)
    for check in CONVERGENCE:
        for subject in check.subjects(cloud):
            for command in check.commands(subject):
                assert find(command), (check.name, command)


@pytest.mark.parametrize("name", designs.NAMES)
def test_the_rendered_text_itself_is_as_rendered(name: str) -> None:
    cloud = designs.design(name)
    texts = dict(designs.rendered(name))
    running = Evidence(
        {
            router: {
                CONFIGURATION: Output(CONFIGURATION, hide(f"hostname {router}\n!\n{text}!\nend\n"))
            }
            for router, text in texts.items()
        }
    )
    only = frozenset({"configuration"})
    config = Renderer(placeholder).render
    result = conclude(cloud, recorded(name, running), checks=only, config=config)
    assert {v.status for v in result.verdicts} == {Status.PASS}, [
        v.actual for v in result.verdicts if v.status is not Status.PASS
    ]
