"""JUnit, Markdown and HTML of a verification: all verdicts, failures first, nothing unescaped."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from dmvpn_auto.design.types import CloudDesign, Waiver
from dmvpn_auto.report import verification_formats
from dmvpn_auto.report.cloud_state import cloud_state
from dmvpn_auto.report.diagram import as_svg
from dmvpn_auto.report.verification_formats import FORMATS, as_html, as_junit, as_markdown
from dmvpn_auto.verify import Plan, Status, Verification, verify
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud


def outcome(**faults: object) -> tuple[CloudDesign, Verification]:
    cloud = make_cloud()
    model = ModelCloud(cloud, **faults)  # type: ignore[arg-type]
    return cloud, verify(cloud, model, FakeClock(), Plan(timeout=0), wire=model)


BROKEN = {"state": {"spoke2": "IKE"}}
HOSTILE = '<script>alert("x")</script> & ]]> | \x00\x1b `` ```'


def hostile() -> tuple[CloudDesign, Verification]:
    cloud, result = outcome(**BROKEN)
    verdicts = tuple(
        replace(v, actual=HOSTILE, evidence=(HOSTILE,)) if v.status is Status.FAIL else v
        for v in result.verdicts
    )
    return cloud, replace(result, verdicts=verdicts)


def parse(text: str) -> ET.Element:
    return ET.fromstring(text.removeprefix('<?xml version="1.0" encoding="utf-8"?>'))  # noqa: S314 - our own


def cases(text: str) -> dict[str, list[str]]:
    """Return status -> the cases of a JUnit document that have it."""
    found: dict[str, list[str]] = {"passed": [], "failure": [], "error": [], "skipped": []}
    for case in parse(text).iter("testcase"):
        kind = next((child.tag for child in case), "passed")
        found[kind].append(f"{case.get('classname')} {case.get('name')}")
    return found


def test_junit_has_a_case_for_every_verdict() -> None:
    cloud, result = outcome(**BROKEN)
    found = cases(as_junit(cloud, result))
    assert sum(map(len, found.values())) == len(result.verdicts)
    assert "branches.peer-state spoke2 -> hub" in found["failure"]
    assert len(found["failure"]) == sum(v.status is Status.FAIL for v in result.verdicts)
    assert found["skipped"], "what was not judged because of the failure"


def test_junit_counts_what_ci_systems_read() -> None:
    cloud, result = outcome(**BROKEN)
    top = parse(as_junit(cloud, result))
    assert top.get("tests") == str(len(result.verdicts))
    assert top.get("failures") == str(sum(v.status is Status.FAIL for v in result.verdicts))


def test_a_router_without_an_answer_is_no_pass_in_junit() -> None:
    cloud, result = outcome(unreachable={"spoke1"})
    found = cases(as_junit(cloud, result))
    assert not [name for name in found["passed"] if "spoke1" in name.split()[1:2]]


def test_markdown_names_the_failure_with_its_line() -> None:
    cloud, result = outcome(**BROKEN)
    text = as_markdown(cloud, result)
    assert "## FAIL peer-state spoke2 -> hub" in text
    assert "IKE" in text
    assert text.index("peer-state |") < text.index("tunnel-interface |"), "failing checks first"


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_router_printed_cannot_break_out(form: str) -> None:
    text = FORMATS[form](*hostile())
    assert "<script>alert" not in text or form == "markdown"
    if form == "junit":
        failures = [str(f.text) for f in parse(text).iter("failure")]
        assert any('<script>alert("x")</script> & ]]>' in f for f in failures)
    if form == "markdown":
        fences = [line for line in text.splitlines() if line and set(line) == {"`"}]
        assert all(len(fence) > 3 for fence in fences), "longer than what the evidence holds"


def test_the_page_loads_nothing() -> None:
    page = as_html(*outcome(**BROKEN))
    assert "src=" not in page
    assert "default-src 'none'" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_the_picture_says_what_is_up() -> None:
    cloud, result = outcome(**BROKEN)
    picture = as_svg(cloud, cloud_state(result))
    parse(picture)
    assert picture.count('<line class="fail"') == 1
    assert picture.count('<line class="pass"') == 2
    assert '<rect class="spoke fail"' in picture
    assert '<rect class="hub pass"' in picture, "one spoke that fails is not the hub's failure"
    assert "state IKE" in picture
    assert "2/3 tunnels up" in picture


def test_the_picture_draws_shortcuts() -> None:
    cloud, result = outcome()
    picture = as_svg(cloud, cloud_state(result))
    assert picture.count('<path class="pass"') == 3
    assert '<rect class="spoke fail"' not in picture


def test_nothing_that_was_not_checked_is_drawn_as_up() -> None:
    cloud = make_cloud()
    picture = as_svg(cloud, cloud_state(Verification(cloud="branches", verdicts=())))
    assert '<line class="pass"' not in picture
    assert "spoke pass" not in picture
    assert "hub pass" not in picture


def test_of_many_spokes_those_that_fail_are_drawn() -> None:
    cloud = make_cloud(spokes=60)
    model = ModelCloud(cloud, state={"spoke59": "NHRP"})
    result = verify(cloud, model, FakeClock(), Plan(timeout=0, pairs="none"))
    picture = as_svg(cloud, cloud_state(result))
    assert ">spoke59<" in picture
    assert "state NHRP" in picture
    assert "36 as intended" in picture


def test_a_waiver_stands_in_every_form_with_its_reason() -> None:
    made = make_cloud()
    waiver = Waiver(check="unexpected-peers", device="hub", reason="CHG-4711")
    cloud = replace(made, waivers=(waiver,))
    model = ModelCloud(cloud, strangers=("10.255.0.99",))
    result = verify(cloud, model, FakeClock(), Plan(timeout=0), wire=model)
    assert result.verdict is Status.PASS
    page = as_html(cloud, result)
    assert "<br>waived: CHG-4711" in page
    assert '<th class="number">waived</th>' in page
    assert '<th class="number">waived</th>' not in as_html(made, replace(result, verdicts=()))
    assert '<rect class="hub waived"' in page
    text = as_markdown(cloud, result)
    assert "| check | holds | fails | unknown | waived | for example |" in text
    assert "| unexpected-peers | 3/4 |  |  | 1 | hub: unexpected: 10.255.0.99" in text
    assert "| waived | CHG-4711 |" in text
    assert cases(as_junit(cloud, result))["skipped"] == ["branches.unexpected-peers hub"]
    assert 'message="waived: CHG-4711"' in as_junit(cloud, result)
    (told,) = [v for v in result.to_json()["checks"] if v["status"] == "waived"]
    assert told["waiver"] == "CHG-4711"


def test_verdicts_beyond_the_first_rows_are_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_formats, "ROWS", 0)
    page = as_html(*outcome(**BROKEN))
    (kept,) = re.findall(r'<script type="application/json" id="more">(.*?)</script>', page)
    first = json.loads(kept)[0]
    assert first[:4] == ["fail", "peer-state", "spoke2 -> hub", "UP at NBMA 203.0.113.2"]
    assert first[4].startswith("IKE at NBMA")


def test_names_that_differ_at_the_end_stay_apart_in_the_picture() -> None:
    made = make_cloud(2)
    names = {"spoke1": "branch-in-northern-germany-01", "spoke2": "branch-in-northern-germany-02"}
    routers = tuple(replace(r, name=names.get(r.name, r.name)) for r in made.routers)
    picture = as_svg(replace(made, routers=routers))
    assert "rmany-01<title>branch-in" in picture
    assert "rmany-02<title>branch-in" in picture
