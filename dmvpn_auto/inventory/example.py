"""The example inventory as a start of one's own: copied, with random secrets added."""

from __future__ import annotations

import re
import secrets
import shutil
import string
from pathlib import Path

from dmvpn_auto.errors import UsageError
from dmvpn_auto.inventory.files import write_atomically
from dmvpn_auto.resources import resource

_SECRET = re.compile(r"file:(secrets/[A-Za-z0-9._-]+)")
_NHRP_LENGTH = 8  # characters; IOS takes no longer NHRP authentication
_LENGTH = 40


def make_example(folder: Path) -> tuple[Path, ...]:
    """Copy the example to `folder` and return the files made.

    Every secret that its files name is made up, as a file for its owner alone; `.gitignore` keeps
    them out of a repository. Raises UsageError when the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "is there already and not empty; nothing was written",
            where=str(folder),
            hint="choose another name: dmvpn-auto init NAME",
        )
    source = resource("inventory")
    try:
        ignored = shutil.ignore_patterns("secrets", "__pycache__", "*.addresses.yaml", ".*")
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=ignored)
        names = {
            name
            for path in folder.rglob("*.yaml")
            for name in _SECRET.findall(path.read_text(encoding="utf-8"))
        }
        (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise UsageError(f"cannot be made: {reason}", where=str(folder)) from error
    for name in sorted(names):
        write_atomically(folder / name, _made_up(name) + "\n", mode=0o600)
    write_atomically(folder / ".gitignore", "secrets/\n")
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _made_up(name: str) -> str:
    length = _NHRP_LENGTH if "nhrp" in name else _LENGTH
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
