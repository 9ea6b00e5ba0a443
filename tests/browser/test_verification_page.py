"""The verification page as a person uses it: look, search, filter, open; without script too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from dmvpn_auto.report.verification_formats import ROWS, as_html
from dmvpn_auto.verify import Plan, verify
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud


@dataclass
class Opened:
    """A page, and what it complained of or asked for."""

    page: Page
    problems: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    def load(*, script: bool = True, spokes: int = 3, **faults: object) -> Opened:
        cloud = make_cloud(spokes)
        model = ModelCloud(cloud, **faults)  # type: ignore[arg-type]
        result = verify(cloud, model, FakeClock(), Plan(timeout=0), wire=model)
        file = tmp_path / "verify.html"
        file.write_text(as_html(cloud, result), encoding="utf-8")
        size: ViewportSize = {"width": 1280, "height": 900}
        made = Opened(browser.new_context(java_script_enabled=script, viewport=size).new_page())
        page, said = made.page, made.problems
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url))
        page.goto(file.as_uri())
        said.remove(file.as_uri())
        return made

    return load


def shown(page: Page) -> list[str]:
    rows = page.locator("#verdicts tbody tr:visible")
    return [row.replace("\n", " ") for row in rows.all_inner_texts()]


def test_failures_come_first_and_show_what_the_router_said(opened: Open) -> None:
    found = opened(state={"spoke2": "IKE"})
    page = found.page
    rows = shown(page)
    assert rows[0].lower().startswith("fail")
    assert "203.0.113.2" in page.locator("#verdicts details[open] pre").first.inner_text()
    assert found.problems == []


def test_searching_leaves_what_has_every_word(opened: Open) -> None:
    found = opened(state={"spoke2": "IKE"})
    page = found.page
    everything = len(shown(page))
    page.fill("#search", "spoke2 registration")
    rows = shown(page)
    assert 0 < len(rows) < everything
    assert all("spoke2" in row and "registration" in row for row in rows)
    assert page.inner_text("#shown") == f"{len(rows)} of {everything} verdicts"
    page.fill("#search", "")
    assert len(shown(page)) == everything


def test_verdicts_can_be_hidden_by_kind(opened: Open) -> None:
    found = opened(state={"spoke2": "IKE"})
    page = found.page
    page.uncheck("input[value=pass]")
    page.uncheck("input[value=unknown]")
    rows = shown(page)
    assert rows
    assert all(row.lower().startswith("fail") for row in rows)


def test_the_picture_fits_and_is_coloured(opened: Open) -> None:
    found = opened(state={"spoke2": "IKE"})
    page = found.page
    box = page.locator("#picture svg").bounding_box()
    assert box is not None
    assert box["width"] <= 1280
    assert box["height"] > 200
    colour = "el => getComputedStyle(el).stroke"
    red = page.locator("#picture line.fail").evaluate(colour)
    green = page.locator("#picture line.pass").first.evaluate(colour)
    assert red != green
    assert len(page.screenshot()) > 10_000


def test_without_script_all_is_there(opened: Open) -> None:
    found = opened(script=False, state={"spoke2": "IKE"})
    page = found.page
    assert not page.locator("#filter").is_visible()
    assert any("registration" in row for row in shown(page))


def test_many_spokes_can_be_searched(opened: Open) -> None:
    found = opened(spokes=60)
    page = found.page
    page.fill("#search", "spoke57 ")
    assert all("spoke57" in row for row in shown(page))
    assert found.problems == []


def test_a_big_cloud_opens_at_once_and_every_verdict_is_found(
    browser: Browser, tmp_path: Path
) -> None:
    cloud = make_cloud()
    few = verify(cloud, ModelCloud(cloud), FakeClock(), Plan(timeout=0, pairs="none"))
    one = few.verdicts[0]
    many = [
        replace(one, device=f"branch{n}", evidence=(f"</script> of <b>{n}</b>",))
        for n in range(50_000)
    ]
    result = replace(few, verdicts=(*few.verdicts, *many))
    file = tmp_path / "verify.html"
    file.write_text(as_html(cloud, result), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri(), timeout=20_000)
    total = len(result.verdicts)
    assert page.inner_text("#shown") == f"{total} of {total} verdicts, the first {ROWS} shown"
    assert page.locator("#verdicts tbody tr").count() == ROWS
    page.fill("#search", "branch49999")
    (row,) = page.locator("#verdicts tbody tr:visible").all()
    assert page.inner_text("#shown") == f"1 of {total} verdicts"
    row.locator("summary").click()
    assert row.locator("pre").inner_text() == "</script> of <b>49999</b>"
