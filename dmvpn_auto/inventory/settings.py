"""A small YAML file of the folder that stands for one pydantic type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dmvpn_auto.errors import InputError
from dmvpn_auto.inventory.problems import explain
from dmvpn_auto.inventory.yaml_file import Positions, paused_collection, read_yaml


def read_settings(path: Path, kind: Any, *, hint: str = "") -> Any:
    """Return what the file says as `kind`, its defaults when there is no file.

    With a `hint` the file must exist. Raises InputError that names file, line and key.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    if not path.exists():
        if hint:
            raise InputError(
                "does not exist, so no router can be reached",
                where=str(path),
                stage="read",
                hint=hint,
            )
        return adapter.validate_python({})
    raw = read_yaml(path)
    try:
        with paused_collection():
            return adapter.validate_python({} if raw is None else _without_nothing(raw))
    except ValidationError as error:
        raise explain(error, kind, Positions(path, path.name), path.stem) from None


def _without_nothing(raw: object) -> object:
    """Take `name:` with nothing behind it as a host that inherits all."""
    if isinstance(raw, dict):
        return {key: {} if value is None else value for key, value in raw.items()}
    return raw
