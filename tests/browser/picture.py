"""Take docs/images/verify-page.png anew: `python -m tests.browser.picture`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from dmvpn_auto.report.verification_formats import as_html
from dmvpn_auto.verify import Plan, verify
from tests.unit.cloud_model import FakeClock, ModelCloud, make_cloud

_TARGET = Path(__file__).parents[2] / "docs/images/verify-page.png"


def main() -> None:
    """Draw a cloud with one broken spoke and photograph the upper part of the page."""
    cloud = make_cloud(5)
    model = ModelCloud(cloud, state={"spoke2": "IKE"})
    result = verify(cloud, model, FakeClock(), Plan(timeout=0), wire=model)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "verify.html")
        file.write_text(as_html(cloud, result), encoding="utf-8")
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        page.goto(file.as_uri())
        page.screenshot(path=_TARGET)
        browser.close()


if __name__ == "__main__":
    main()
