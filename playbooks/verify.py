"""Verify a cloud and write three reports: `python playbooks/verify.py inventory build/reports`."""

from __future__ import annotations

import sys
from pathlib import Path

from dmvpn_auto.report.verification_formats import FORMATS
from dmvpn_auto.tasks import verify_cloud

ENDINGS = {"junit": "xml", "markdown": "md", "html": "html"}


def main() -> int:
    """JUnit for the CI system, Markdown for the merge request, HTML for people."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    design, result = verify_cloud(sys.argv[1])
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for form, write in FORMATS.items():
        file = folder / f"verify.{ENDINGS[form]}"
        file.write_text(write(design, result), encoding="utf-8")
        print(file)
    return int(result.exit_code)


if __name__ == "__main__":
    raise SystemExit(main())
