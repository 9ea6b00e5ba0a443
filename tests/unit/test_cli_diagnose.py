"""`dmvpn-auto diagnose` and `explain`: exit codes, forms, what may be named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dmvpn_auto.cli.app import app
from dmvpn_auto.errors import DmvpnError
from dmvpn_auto.verify.commands import for_diagnosis
from tests import recordings
from tests.golden import designs
from tests.unit.printed_cloud import PrintedCloud


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clouds = tmp_path / "inventory" / "clouds"
    clouds.mkdir(parents=True)
    text = (recordings.FOLDER / "lab" / "cloud.yaml").read_text()
    (clouds / "branches.yaml").write_text(text)
    for name in ("wrong-psk-spoke2", "healthy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.log").write_text(recordings.log("lab", name))
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "spoke9.log").write_text("spoke9#show dmvpn\n")
    return tmp_path


def _run(folder: Path, verb: str, evidence: str, *words: str) -> Result:
    options = ["--inventory", str(folder / "inventory"), "--evidence", str(folder / evidence)]
    return CliRunner().invoke(app, [verb, *options, *words])


def test_a_finding_is_1_and_json_has_what_is_promised(folder: Path) -> None:
    done = _run(folder, "diagnose", "wrong-psk-spoke2", "--format", "json")
    assert done.exit_code == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["device"], finding["peer"], finding["state"]) == ("spoke2", "hub", "IKE")
    assert "pre-shared key" in finding["cause"]
    assert {line.partition(":")[0] for line in finding["evidence"]} == {"spoke2", "hub"}
    assert finding["fix"][0] == "spoke2: configure terminal"


def test_the_text_says_cause_evidence_and_fix(folder: Path) -> None:
    done = _run(folder, "diagnose", "wrong-psk-spoke2")
    assert done.stdout.startswith("IKE spoke2 (towards hub): the pre-shared key of spoke2")
    assert "  fix on spoke2:\n    configure terminal\n" in done.stdout


def test_only_the_named_router_counts(folder: Path) -> None:
    assert _run(folder, "diagnose", "wrong-psk-spoke2", "spoke1").exit_code == 0
    assert _run(folder, "diagnose", "wrong-psk-spoke2", "hub").exit_code == 1


def test_a_healthy_cloud_is_0(folder: Path) -> None:
    done = _run(folder, "diagnose", "healthy")
    assert (done.exit_code, done.stdout.partition(";")[0]) == (0, "nothing found")


def test_a_story_goes_up_the_layers(folder: Path) -> None:
    done = _run(folder, "explain", "wrong-psk-spoke2", "spoke2", "--format", "json")
    assert done.exit_code == 1
    story = json.loads(done.stdout)
    (tunnel,) = story["tunnels"]
    layers = {layer["layer"]: layer["holds"] for layer in tunnel["layers"]}
    assert list(layers)[:5] == ["underlay", "tunnel", "IKE", "IPsec", "NHRP"]
    assert (layers["underlay"], layers["tunnel"], layers["IKE"]) == (True, True, False)
    assert story["findings"][0]["rule"] == "pre-shared-key"
    text = _run(folder, "explain", "wrong-psk-spoke2", "spoke2").stdout
    assert "  BROKEN IKE" in text
    assert "         should  ikev2 psk, an established SA on both ends" in text


def test_a_healthy_story_is_0(folder: Path) -> None:
    assert _run(folder, "explain", "healthy", "spoke1").exit_code == 0


@pytest.mark.parametrize(
    ("verb", "evidence", "words", "says"),
    [
        ("diagnose", "healthy", ["spoke9"], "spoke9"),
        ("explain", "healthy", ["spoke9"], "spoke9"),
        ("diagnose", "missing", [], "does not exist"),
        ("diagnose", "healthy", ["--save", "x"], "exclude each other"),
        ("diagnose", "nothing", [], "no output of a router"),
    ],
)
def test_what_cannot_be_is_said(
    folder: Path, verb: str, evidence: str, words: list[str], says: str
) -> None:
    done = _run(folder, verb, evidence, *words)
    assert isinstance(done.exception, DmvpnError)
    assert done.exception.exit_code == 2
    assert says in str(done.exception)


def test_evidence_about_no_tunnel_is_3(folder: Path) -> None:
    (folder / "nothing" / "spoke9.log").unlink()
    (folder / "nothing" / "spoke1.log").write_text("spoke1#show version\nCisco IOS\nspoke1#\n")
    assert _run(folder, "diagnose", "nothing").exit_code == 3
    assert _run(folder, "explain", "nothing", "spoke1").exit_code == 3


@pytest.fixture
def dual(tmp_path: Path) -> Path:
    """A dual-stack cloud in whose IPv6 one spoke is not registered, as session logs."""
    clouds = tmp_path / "inventory" / "clouds"
    clouds.mkdir(parents=True)
    name = "ipv6-dual-stack-ibgp"
    (clouds / f"{name}.yaml").write_text((designs.FOLDER / f"{name}.yaml").read_text())
    word = " ipv6 nhrp authentication "
    model = PrintedCloud(designs.design(name), {"spoke1 ipv6": "NHRP"})
    model.lines["spoke1"] = ((f"{word}<env:DMVPN_NHRP>", f"{word}other"),)
    (tmp_path / "logs").mkdir()
    for router in model.design.routers:
        text = "".join(
            f"{router.name}#{command}\n{model.one(router.name, command)}"
            for command in for_diagnosis(router)
        )
        (tmp_path / "logs" / f"{router.name}.log").write_text(f"{text}{router.name}#\n")
    return tmp_path


def test_both_families_are_diagnosed_and_told(dual: Path) -> None:
    done = _run(dual, "diagnose", "logs")
    assert done.exit_code == 1
    assert done.stdout.startswith("NHRP spoke1 (towards hub1, hub2, IPv6): the NHRP authentication")
    assert "     ipv6 nhrp authentication <env:DMVPN_NHRP>\n" in done.stdout
    assert "once mended: dmvpn-auto verify" in done.stdout
    told = _run(dual, "explain", "logs", "spoke1")
    assert told.exit_code == 1
    assert "spoke1 towards hub1 (IPv4): UP, nothing is broken\n" in told.stdout
    assert "spoke1 towards hub1 (IPv6): NHRP, broken at NHRP\n" in told.stdout
    assert "  follows overlay\n" in told.stdout
    document = json.loads(_run(dual, "diagnose", "logs", "--format", "json").stdout)
    assert document["families"] == ["ipv4", "ipv6"]
    assert [finding["families"] for finding in document["findings"]] == [["ipv6"]]
