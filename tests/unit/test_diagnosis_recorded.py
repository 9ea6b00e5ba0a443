"""Faults recorded on the lab, replayed: the right cause first, no confident wrong one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from dmvpn_auto.cli.diagnose import intended
from dmvpn_auto.cli.verify_offline import open_evidence
from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.inventory import open_design
from dmvpn_auto.verify.diagnosis import Configuration, Diagnosis, diagnose, texts
from dmvpn_auto.verify.diagnosis.texts import Texts
from dmvpn_auto.verify.evidence import Evidence
from tests import recordings

SURE = 0.7
"""What counts as confident. Without any running configuration a cause may remain open."""

AS_GOOD = {"source-shutdown": "source-down", "acl-blocks-esp": "path-blocks-esp"}
"""What the same fault is rightly called where no configuration says more."""
CASES = [(cloud, name) for cloud, faults in recordings.EXPECTED.items() for name in faults]
BLIND = {
    "default-route-missing-spoke2", "duplicate-tunnel-address-spoke2", "hub-point-to-point-hub",
    "hub-protection-missing-hub", "mtu-mismatch-spoke2", "nhrp-authentication-hub",
    "nhrp-authentication-spoke2", "nhs-missing-spoke2", "recursion-spoke2",
    "router-id-duplicate-spoke2", "spoke-network-id-missing-spoke2",
    "spoke-protection-missing-spoke2", "tunnel-key-missing-spoke2", "tunnel-shutdown-hub",
    "tunnel-shutdown-spoke2", "wan-down-hub", "wan-down-spoke2", "wrong-nhs-address-spoke2",
    "wrong-nhs-nbma-spoke2", "wrong-tunnel-key-hub", "wrong-tunnel-key-spoke2",
    "wrong-tunnel-source-spoke2",
}  # fmt: skip
"""Faults of the lab that show commands alone prove, without any running configuration."""


@cache
def _cloud(cloud: str, folder: Path) -> tuple[CloudDesign, dict[str, Configuration]]:
    place = folder / cloud / "clouds" / "branches.yaml"
    place.parent.mkdir(parents=True)
    place.write_text((recordings.FOLDER / cloud / "cloud.yaml").read_text())
    design = open_design(folder / cloud, None)
    return design, intended(design)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


def _replay(folder: Path, cloud: str, name: str, *without: str) -> Diagnosis:
    design, wanted = _cloud(cloud, folder)
    logs = folder / "logs" / cloud / name
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "session.log").write_text(recordings.log(cloud, name))
    seen = texts(open_evidence(logs, design))
    outputs = {
        device: {c: o for c, o in found.items() if not c.startswith(without)}
        for device, found in seen.evidence.outputs.items()
    }
    return diagnose(design, Texts(Evidence(outputs)) if without else seen, wanted)


@pytest.mark.parametrize(("cloud", "name"), CASES)
def test_the_cause_is_named_first_with_evidence_and_a_fix(
    folder: Path, cloud: str, name: str
) -> None:
    device, rule = recordings.EXPECTED[cloud][name]
    found = _replay(folder, cloud, name).findings
    assert [(f.device, f.rule) for f in found][:1] == [(device, rule)]
    assert found[0].proven
    assert found[0].fix
    assert {who for who, _ in found[0].evidence} >= {device}
    blamed = {f.device for f in found if f.confidence >= SURE}
    assert blamed <= {device}


@pytest.mark.parametrize(("cloud", "name"), CASES)
def test_without_configurations_nothing_wrong_looks_certain(
    folder: Path, cloud: str, name: str
) -> None:
    device, rule = recordings.EXPECTED[cloud][name]
    found = _replay(folder, cloud, name, "show running-config").findings
    named = [(f.device, f.rule) for f in found]
    sure = [(f.device, f.rule) for f in found if f.confidence >= SURE]
    right = {(device, rule), (device, AS_GOOD.get(rule, rule))}
    assert set(sure) <= right, sure
    if cloud == "lab" and name in BLIND:
        assert named[0] == (device, rule)
    for finding in found:
        assert finding.proven or finding.next, "a possible cause says what to ask"


@pytest.mark.parametrize("cloud", recordings.EXPECTED)
def test_a_healthy_cloud_has_no_finding(folder: Path, cloud: str) -> None:
    result = _replay(folder, cloud, "healthy")
    assert not result.findings
    assert result.looked_at >= 2
    assert not _replay(folder, cloud, "healthy", "show running-config").findings


def test_one_cause_at_the_hub_is_one_finding(folder: Path) -> None:
    (finding,) = _replay(folder, "lab", "hub-protection-missing-hub").findings
    assert finding.peers == ("spoke1", "spoke2", "spoke3")
    assert finding.to_json()["peer"] is None


def test_fixes_name_the_reference_of_a_secret_and_no_secret(folder: Path) -> None:
    (finding,) = _replay(folder, "lab", "wrong-psk-spoke2").findings
    assert "  pre-shared-key <file:secrets/pre_shared_key>" in finding.commands["spoke2"]
    assert finding.commands["spoke2"][0] == "configure terminal"
    assert ("spoke2", "pre-shared-key <secret>") in finding.evidence


@pytest.mark.parametrize(
    ("name", "device", "rule"),
    [
        ("wrong-psk-spoke2", "spoke2", "pre-shared-key"),
        ("wrong-psk-hub", "hub", "pre-shared-key"),
        ("nhrp-authentication-spoke2", "spoke2", "authentication"),
    ],
)
def test_two_ends_alone_tell_whose_secret_is_wrong(
    folder: Path, name: str, device: str, rule: str
) -> None:
    """`diagnose spoke2` asks the spoke and its hub: the hub's other peers show who is right."""
    design, wanted = _cloud("lab", folder)
    _replay(folder, "lab", name)
    seen = texts(open_evidence(folder / "logs" / "lab" / name, design)).evidence.outputs
    ends = Texts(Evidence({who: seen[who] for who in ("hub", "spoke2")}))
    first = diagnose(design, ends, wanted, ("spoke2",)).findings[0]
    assert (first.device, first.rule) == (device, rule)
