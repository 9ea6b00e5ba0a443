"""Read the intent of a cloud: one YAML file, its spokes perhaps from a CSV file beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.folder import cloud_path
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.table import Table, read_table
from dmvpn_auto.inventory.yaml_file import Positions, Step, paused_collection, read_yaml
from dmvpn_auto.models import Cloud


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the keys of an intent stand: the cloud's file, or the table its spokes come from."""

    file: Positions
    table: Table | None = None

    def where(self, steps: tuple[Step, ...]) -> str:
        """Return `file:line` of the deepest key of `steps` that exists."""
        if self.table and len(steps) > 1 and steps[0] == "spokes":
            line = self.table.lines.get(str(steps[1]))
            if line:
                return f"{self.table.shown}:{line}"
        return self.file.where(steps)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An intent and where it was read from."""

    name: str
    path: Path
    intent: Cloud
    positions: Sources


def load_cloud(inventory: Path, cloud: str | None = None) -> Loaded:
    """Read the intent of a cloud; None stands for the only one of the folder.

    Raises InputError (a file cannot be read or says something else than a cloud; every message
    names file and line), UsageError (no such cloud).
    """
    path = cloud_path(inventory, cloud)
    shown = f"clouds/{path.name}"
    raw = read_yaml(path)
    if not isinstance(raw, dict):
        raise InputError(
            "is not a mapping of keys (tunnel:, hubs:, ...)", where=shown, stage="read"
        )
    table = _add_table(raw, path)
    sources = Sources(Positions(path, shown), table)
    try:
        with paused_collection():
            intent = Cloud.model_validate(raw)
    except ValidationError as error:
        raise explain(error, Cloud, sources, "cloud") from None
    return Loaded(path.stem, path, intent, sources)


def _add_table(raw: dict[Any, Any], path: Path) -> Table | None:
    """Add the spokes of `spokes_from` to those of the file; the table's lines are kept."""
    source = raw.get("spokes_from")
    if not isinstance(source, dict) or not isinstance(source.get("csv"), str):
        return None
    table = read_table(path.parent / source["csv"])
    spokes = raw.get("spokes")
    given = spokes if isinstance(spokes, dict) else {}
    if both := [name for name in table.rows if name in given]:
        raise InputError(
            f"spoke {both[0]!r} is also in clouds/{path.name}",
            where=f"{table.shown}:{table.lines[both[0]]}",
            stage="read",
        )
    raw["spokes"] = {**given, **table.rows}
    return table
