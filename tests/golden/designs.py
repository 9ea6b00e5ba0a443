"""The golden designs: intents under designs/, their configurations beside them.

Each `designs/NAME.yaml` is one cell of the space of designs (phase, overlay, crypto, redundancy,
transport), each `designs/NAME/ROUTER.cfg` a text that was read and found right. After a change that
is meant: `python -m tests.golden.designs`, then read the difference.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dmvpn_auto.design import CloudDesign, Ledger, Severity, resolve
from dmvpn_auto.design.rules import check
from dmvpn_auto.inventory.yaml_file import read_yaml
from dmvpn_auto.models import Cloud
from dmvpn_auto.render import Renderer, placeholder

FOLDER = Path(__file__).parent / "designs"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def intent(name: str) -> Cloud:
    """Read the intent of a cell."""
    return Cloud.model_validate(read_yaml(FOLDER / f"{name}.yaml"))


def design(name: str) -> CloudDesign:
    """Resolve a cell."""
    return resolve(name, intent(name), Ledger())


def complaints(name: str) -> list[str]:
    """Return what the design rules find in a cell, information left out."""
    found = check(intent(name), design(name), Ledger(), lambda _reference: None)
    return [f"{f.rule}: {f.message}" for f in found if f.severity is not Severity.INFO]


def rendered(name: str, templates: Path | None = None) -> Iterator[tuple[str, str]]:
    """Yield (router, text) of a cell."""
    renderer = Renderer(placeholder, templates)
    for router in design(name).routers:
        yield router.name, renderer.render(router)


def main() -> int:
    """Write all texts anew."""
    for name in NAMES:
        folder = FOLDER / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for router, text in rendered(name):
            (folder / f"{router}.cfg").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
