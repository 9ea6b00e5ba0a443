"""`dmvpn-auto verify` without routers: judge a folder, compare two runs, list the checks."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from dmvpn_auto.errors import InputError, NothingCheckedError, UsageError

if TYPE_CHECKING:
    from dmvpn_auto.design.types import CloudDesign, RouterDesign
    from dmvpn_auto.verify import Recording, Verdict, Verification
    from dmvpn_auto.verify.bundle import Wanted
    from dmvpn_auto.verify.check import Config


def configurations() -> Config:
    """Return what gives the rendered configuration of a router, a placeholder for each secret."""
    from dmvpn_auto.render import Renderer, placeholder

    return Renderer(placeholder).render


def fingerprint(design: CloudDesign) -> str:
    """Return a hash of the design; the same intent gives the same."""
    return hashlib.sha256(repr(design).encode()).hexdigest()


def open_evidence(folder: Path, design: CloudDesign) -> Recording:
    """Read a folder written by `verify --save`, or one of session logs, about the cloud.

    Says on standard error what of it is not used. Raises InputError, UsageError.
    """
    from dmvpn_auto.inventory import read_folder
    from dmvpn_auto.verify import from_files
    from dmvpn_auto.verify.bundle import from_bundle
    from dmvpn_auto.verify.identity import own_only
    from dmvpn_auto.verify.recording import INDEX

    files = read_folder(folder)
    if INDEX not in files:
        _refuse_several(folder, [path for path in files if path.endswith(f"/{INDEX}")])
        seen, unused = from_bundle(files, design, _usable(design))
        if not seen.rest.outputs:
            raise InputError(
                f"no output of a router of cloud {design.name} in any of {len(files)} files",
                where=str(folder), stage="evidence",
                hint="name the files after the routers (hub1.log), prompts and commands in them",
            )  # fmt: skip
        if unused:
            shown = ", ".join(unused[:5]) + (" ..." if len(unused) > 5 else "")
            sys.stderr.write(f"not used of {folder}: {shown}\n")
        return own_only(seen, design)
    seen = from_files(files, str(folder))
    if seen.cloud != design.name:
        raise UsageError(
            f"is evidence of cloud {seen.cloud!r}, not of {design.name!r}", where=str(folder),
            stage="evidence", hint=f"--cloud {seen.cloud}",
        )  # fmt: skip
    if seen.design and seen.design != fingerprint(design):
        sys.stderr.write(
            f"the intent is another one than when {folder} was saved ({seen.time}): "
            "judged by the present one\n"
        )
    return own_only(seen, design)


def _refuse_several(folder: Path, indexes: Sequence[str]) -> None:
    """Raise InputError for a folder around saved ones: of two runs only one can be judged."""
    if indexes:
        names = sorted(str(Path(path).parent) for path in indexes)
        shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        raise InputError(
            f"holds evidence that was saved by itself, in {shown}", where=str(folder),
            stage="evidence", hint=f"name one: {folder / names[0]}",
        )  # fmt: skip


def keep(seen: Recording, design: CloudDesign, folder: Path) -> None:
    """Write a recording as a folder and say so; raises UsageError."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from dmvpn_auto import __version__
    from dmvpn_auto.inventory import write_folder
    from dmvpn_auto.verify import to_files

    time = datetime.now(UTC).isoformat(timespec="seconds")
    kept = replace(seen, time=time, tool=__version__, design=fingerprint(design))
    write_folder(folder, to_files(kept))
    sys.stderr.write(f"evidence kept in {folder}; judge it again with --evidence {folder}\n")


def refuse_together(given: Mapping[str, object], stage: str) -> None:
    """Raise UsageError when more than one of these options was given."""
    both = [option for option, value in given.items() if value is not None]
    if len(both) > 1:
        raise UsageError(f"{both[0]} and {both[1]} exclude each other", stage=stage)


def _usable(design: CloudDesign) -> Wanted:
    from dmvpn_auto.verify.checks import CONVERGENCE
    from dmvpn_auto.verify.commands import for_support, underlay_ping
    from dmvpn_auto.verify.scope import by_family

    wanted: dict[str, dict[str, None]] = {}
    for check, side in product(CONVERGENCE, by_family(design).values()):
        for subject in check.subjects(side):
            found = wanted.setdefault(subject.device.name, {})
            found.update(dict.fromkeys(check.commands(subject)))

    def commands(router: RouterDesign) -> Sequence[str]:
        pings = [
            line
            for other in design.routers
            if other.nbma_address and other.role != router.role
            for line in _spellings(underlay_ping(router, str(other.nbma_address)))
        ]
        return [*dict.fromkeys((*wanted.get(router.name, {}), *for_support(router), *pings))]

    return commands


def _spellings(ping: str) -> tuple[str, ...]:
    """Return a ping as the tool types it, and as people do."""
    return ping, ping.partition(" repeat ")[0], ping.partition(" source ")[0]


def judge_folder(
    folder: Path, design: CloudDesign, checks: frozenset[str], limit: str | None
) -> Verification:
    """Judge a folder by the design; `limit` chooses routers."""
    from dmvpn_auto.inventory import select
    from dmvpn_auto.verify import conclude

    seen = open_evidence(folder, design)
    devices = None if limit is None else select(design, limit, {})
    return conclude(design, seen, checks=checks, devices=devices, config=configurations())


def show_checks(*, as_json: bool) -> str:
    """Return the list of all checks."""
    from dmvpn_auto.report.checks import checks_text
    from dmvpn_auto.verify.catalogue import catalogue

    if as_json:
        return json.dumps([entry.to_json() for entry in catalogue()], indent=1) + "\n"
    return checks_text(catalogue())


def show_changes(
    old: Path, new: Path, inventory: Path, cloud: str | None, checks: frozenset[str],
    *, as_json: bool,
) -> tuple[str, bool]:  # fmt: skip
    """Return what changed from one run to another, and whether anything got worse.

    A file holds verdicts of `--format json`, a folder evidence, which is judged by the intent.
    """
    from dmvpn_auto.report.comparison import print_comparison
    from dmvpn_auto.verify.comparison import compare

    verdicts = [
        [v for v in _verdicts(path, inventory, cloud, checks) if v.check in checks]
        for path in (old, new)
    ]
    if not {v.key for v in verdicts[0]} & {v.key for v in verdicts[1]}:
        raise NothingCheckedError(
            f"{old} and {new} have no verdict in common", stage="compare",
            hint="are both of the cloud that the inventory describes?",
        )  # fmt: skip
    found = compare(*verdicts)
    if as_json:
        return json.dumps(found.to_json(), indent=1) + "\n", found.worse
    from rich.console import Console

    page = StringIO()
    print_comparison(found, Console(file=page, width=160))
    return page.getvalue(), found.worse


def _verdicts(
    path: Path, inventory: Path, cloud: str | None, checks: frozenset[str]
) -> Sequence[Verdict]:
    from dmvpn_auto.inventory import open_design
    from dmvpn_auto.verify.comparison import read_verdicts

    if path.is_dir():
        return judge_folder(path, open_design(inventory, cloud), checks, None).verdicts
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"cannot be read: {(error.strerror or 'error').lower()}", where=str(path),
            stage="compare",
        ) from None  # fmt: skip
    except ValueError as error:
        raise InputError(
            f"is no JSON: {error}", where=str(path), stage="compare",
            hint="name a file of `verify --format json`, or a folder of `verify --save`",
        ) from None  # fmt: skip
    return read_verdicts(document, str(path))
