"""Read the intent of a cloud: one YAML file, some of its spokes perhaps from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.folder import cloud_path
from dmvpn_auto.inventory.netbox import read_netbox
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.spokes import Origin, ReadSpokes, Spokes
from dmvpn_auto.inventory.table import read_csv
from dmvpn_auto.inventory.yaml_file import Positions, Step, paused_collection, read_yaml
from dmvpn_auto.models import Cloud, SpokesFrom
from dmvpn_auto.secrets import Secrets

SOURCES: Final[Mapping[str, ReadSpokes]] = {"csv": read_csv, "netbox": read_netbox}
"""Key under `spokes_from` -> what reads it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the keys of an intent stand: the cloud's file, or the source its spokes come from."""

    file: Positions
    spokes: Mapping[str, str] = field(default_factory=dict)
    """Spoke -> line of the table or device, of those that are not in the file."""

    def where(self, steps: tuple[Step, ...]) -> str:
        """Return `file:line` of the deepest key of `steps` that exists, or the device."""
        if len(steps) > 1 and steps[0] == "spokes" and (place := self.spokes.get(str(steps[1]))):
            return place
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
    positions = Positions(path, shown)
    further = _further_spokes(raw, inventory, path, positions)
    sources = Sources(positions, further.places)
    try:
        with paused_collection():
            intent = Cloud.model_validate(raw)
    except ValidationError as error:
        raise explain(error, Cloud, sources, "cloud") from None
    return Loaded(path.stem, path, intent, sources)


def _further_spokes(
    raw: dict[Any, Any], inventory: Path, path: Path, positions: Positions
) -> Spokes:
    """Add the spokes of `spokes_from` to those of the file, and return them."""
    try:
        source = SpokesFrom.model_validate(raw["spokes_from"])
    except (KeyError, ValidationError):
        return Spokes()  # what is wrong with it is told with the rest of the cloud
    origin = Origin(
        cloud=path,
        where=lambda steps: positions.where(("spokes_from", *steps)),
        reveal=lambda reference: Secrets(inventory).reveal(reference),
    )
    read = next(reader for key, reader in SOURCES.items() if getattr(source, key) is not None)
    further = read(source, origin)
    spokes = raw.get("spokes")
    given = spokes if isinstance(spokes, dict) else {}
    if both := [name for name in further.rows if name in given]:
        raise InputError(
            f"spoke {both[0]!r} is also in clouds/{path.name}",
            where=further.places[both[0]],
            stage="read",
        )
    raw["spokes"] = {**given, **further.rows}
    return further
