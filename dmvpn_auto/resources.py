"""Where the files that belong to the package lie: templates, the example inventory, the lab.

In a checkout they are the top-level folders; in a wheel they are under `dmvpn_auto/data`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def resource(name: Literal["templates", "inventory", "lab"]) -> Path:
    """Return the folder `name`; a checkout's folder wins over the wheel's copy."""
    wheel = _PACKAGE / "data" / name
    return wheel if wheel.is_dir() else _PACKAGE.parent / name
