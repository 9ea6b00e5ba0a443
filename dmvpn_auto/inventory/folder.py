"""The inventory folder: which files it holds and what they are called."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from dmvpn_auto.errors import InputError, UsageError

LEDGER_SUFFIX = ".addresses.yaml"
_MAKE_ONE = "make an inventory with: dmvpn-auto init NAME, then use --inventory NAME"


def clouds(inventory: Path) -> tuple[str, ...]:
    """Return the names of the clouds, sorted: the files `clouds/NAME.yaml`."""
    return tuple(
        sorted(
            path.stem
            for path in (inventory / "clouds").glob("*.yaml")
            if not path.name.endswith(LEDGER_SUFFIX)
        )
    )


def require_folder(inventory: Path) -> None:
    """Raise InputError when `inventory` is no folder."""
    if not inventory.is_dir():
        is_file = inventory.exists()
        raise InputError(
            "is a file, not an inventory folder" if is_file else "there is no such folder",
            where=str(inventory),
            stage="read",
            hint=_MAKE_ONE,
        )


def cloud_path(inventory: Path, cloud: str | None) -> Path:
    """Return the file of the cloud; None stands for the only one there is.

    Raises InputError when the folder holds none, UsageError when the name is unknown or missing.
    """
    known = clouds(inventory)
    if not known:
        require_folder(inventory)
        raise InputError(
            "there is no cloud", where=str(inventory / "clouds"), stage="read", hint=_MAKE_ONE
        )
    if cloud is None:
        if len(known) > 1:
            raise UsageError(
                f"{inventory} has several clouds: {', '.join(known)}",
                hint=f"choose one: --cloud {known[0]}",
            )
        cloud = known[0]
    if cloud not in known:
        close = get_close_matches(cloud, known, n=1)
        raise UsageError(
            f"there is no cloud {cloud!r} in {inventory}; there are: {', '.join(known)}",
            hint=f"did you mean --cloud {close[0]}?" if close else "",
        )
    return inventory / "clouds" / f"{cloud}.yaml"


def cloud_names(inventory: Path, cloud: str | None) -> tuple[str, ...]:
    """Return the names of the clouds to work on: the one that is named, else all of the folder.

    Raises as `cloud_path`.
    """
    known = clouds(inventory)
    return known if cloud is None and known else (cloud_path(inventory, cloud).stem,)
