"""The rendered configurations on disk: one file per router, written only when it changes.

A file begins with a comment that names its maker; files of routers that left the cloud are taken
away, but only those that bear it. With secrets inside, files are for their owner alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dmvpn_auto.errors import UsageError
from dmvpn_auto.inventory.files import replace

_MARK = "! Rendered by dmvpn-auto: "


@dataclass(slots=True)
class Written:
    """What came of writing, or would come of it."""

    folder: Path
    made_of: dict[str, tuple[str, str]] = field(default_factory=dict)
    """File -> (text before, text now), of files that changed; nothing stands for no file."""
    unchanged: int = 0
    wrote: bool = True

    @property
    def up_to_date(self) -> bool:
        """Whether nothing changed."""
        return not self.made_of

    def summary(self) -> str:
        """Say in one line what happened."""
        new = sum(not before for before, _ in self.made_of.values())
        gone = sum(not now for _, now in self.made_of.values())
        changed = len(self.made_of) - new - gone
        verb = "written" if self.wrote else "to be written"
        return (
            f"{self.folder}: {verb} {new} new, {changed} changed, {gone} removed;"
            f" {self.unchanged} unchanged"
        )

    def diff(self) -> str:
        """Return the changes as a unified diff."""
        return "".join(line for name in sorted(self.made_of) for line in self._diff(name))

    def _diff(self, name: str) -> Iterator[str]:
        before, now = (text.splitlines(keepends=True) for text in self.made_of[name])
        return difflib.unified_diff(before, now, f"a/{name}", f"b/{name}")


def write_configs(
    folder: Path,
    texts: Iterable[tuple[str, str]],
    *,
    cloud: str,
    mode: int = 0o644,
    whole: bool = True,
    write: bool = True,
) -> Written:
    """Write (router, text) pairs to `folder/ROUTER.cfg`.

    `whole`: these are all routers of the cloud, so files of others go. `write=False` only looks.
    Raises UsageError where the folder cannot be written.
    """
    done = Written(folder, wrote=write)
    if write:
        _make(folder, mode)
    there = _names(folder)
    names = set()
    for router, text in texts:
        name = f"{router}.cfg"
        names.add(name)
        content = f"{_MARK}{router} of cloud {cloud}\n{text}"
        path = folder / name
        before = _read(path) if name in there else ""
        if before == content and (not write or path.stat().st_mode & 0o777 == mode):
            done.unchanged += 1
            continue
        if before != content:
            done.made_of[name] = (before, content)
        if write:
            replace(path, content.encode(), mode=mode, durable=False)
    if whole:
        for name in sorted(there - names):
            path = folder / name
            if (before := _read(path)).startswith(_MARK):
                done.made_of[name] = (before, "")
                if write:
                    path.unlink()
    return done


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
    except OSError as error:
        raise UsageError(
            f"cannot be made: {(error.strerror or 'error').lower()}", where=str(folder)
        ) from error


def _names(folder: Path) -> set[str]:
    """Return the configurations that a folder holds."""
    try:
        return {path.name for path in folder.iterdir() if path.name.endswith(".cfg")}
    except FileNotFoundError:
        return set()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(f"cannot be read: {reason}", where=str(folder), stage="write") from error


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(path), stage="write") from error
