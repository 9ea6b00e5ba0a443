"""What `deploy`, `resume` and `rollback` have in common on the screen: progress, question, report,
exit code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from dmvpn_auto.errors import DmvpnError, ExitCode, UsageError

if TYPE_CHECKING:
    from dmvpn_auto.rollout import Outcome, Rollout, Survey, Wave


_MOST = 12
"""Names on one line."""


class Format(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"


class Screen:
    """Standard output for the result, standard error for what happens."""

    def __init__(self, form: Format) -> None:
        from rich.console import Console

        self._form = form
        self._progress = Console(stderr=True, highlight=False)
        self._shown = Console(highlight=False) if form is Format.TEXT else self._progress
        self._touched = False
        self._stopped = False
        self._broken: DmvpnError | None = None

    def tell(self, text: str) -> None:
        """Say what is being done."""
        self._progress.print(text, markup=False, soft_wrap=True)

    def found(self, said: Mapping[str, str]) -> None:
        """Say how routers were found, each kind in one line, errors in full."""
        kinds: dict[str, list[str]] = {}
        for name, what in said.items():
            kinds.setdefault(what, []).append(name)
        for what, names in kinds.items():
            several = not what.startswith(f"{names[0]}: ")
            self.tell(f"{what}: {listed(names)}" if several else what)

    def surveys(self, surveys: Mapping[str, Survey | DmvpnError], *, commands: bool) -> None:
        """Show what each router lacks."""
        from dmvpn_auto.rollout.terminal import show_errors, show_surveys

        if self._form is Format.JSON:  # the difference is in it
            show_errors(surveys, self._shown)
        else:
            show_surveys(surveys, self._shown, commands=commands)

    def waves(self, waves: Sequence[Wave]) -> None:
        """Show the order."""
        from dmvpn_auto.rollout.terminal import show_waves

        if self._form is Format.TEXT:
            show_waves(waves, self._shown)

    def unfinished(self, inventory: Path, cloud: str) -> None:
        """Tell of runs that somebody left unfinished. Raises InputError when the journal cannot be
        used.
        """
        from dmvpn_auto.rollout import open_journal

        journal = open_journal(inventory)
        try:
            last = next((r for r in reversed(journal.runs()) if r.cloud == cloud), None)
        finally:
            journal.close()
        if last and not last.state.ended:
            goes_on = f"dmvpn-auto resume {last.id} goes on with it"
            self.tell(f"note: run {last.id} did not come to its end; {goes_on}")

    @contextmanager
    def nothing_touched(self) -> Iterator[None]:
        """Say at Ctrl-C that no router was changed, as long as that is so."""
        try:
            yield
        except KeyboardInterrupt:
            if not self._touched:
                self.tell("nothing was touched")
            raise

    def carry_out(self, rollout: Rollout, *, back: bool = False) -> tuple[Outcome, ...]:
        """Carry it out, or take `back` what it had begun, with a progress bar; hear Ctrl-C."""
        from dmvpn_auto.rollout.terminal import RolloutProgress

        self._touched = True
        with RolloutProgress(rollout.surveys, self._progress) as bar:
            rollout.listener = bar
            with rollout.interrupts as interrupts:
                outcomes = rollout.go_back() if back else rollout.carry_out()
        self._stopped = interrupts.heard.is_set()
        self._broken = rollout.broken
        return outcomes

    def finish(
        self,
        surveys: Mapping[str, Survey | DmvpnError],
        outcomes: tuple[Outcome, ...] = (),
        *,
        dry_run: bool = False,
        run: int | None = None,
        declined: bool = False,
    ) -> NoReturn:
        """Report and end with the exit code."""
        from dmvpn_auto.rollout import exit_code
        from dmvpn_auto.rollout.terminal import as_json, show_failures, summary, unjournalled

        show_failures(outcomes, self._shown)
        known = None if self._broken else run
        text = summary(surveys, outcomes, dry_run=dry_run or declined, run=known)
        self._shown.print(text, markup=False, soft_wrap=True)
        if self._form is Format.JSON:
            typer.echo(json.dumps(as_json(surveys, outcomes, run=run), indent=2))
        if self._stopped:
            raise KeyboardInterrupt
        if self._broken:
            self.tell(unjournalled(self._broken, run))
            raise typer.Exit(exit_code(outcomes) or ExitCode.USAGE)
        errors = [found for found in surveys.values() if isinstance(found, DmvpnError)]
        codes = [ExitCode.NO if declined else exit_code(outcomes)]
        raise typer.Exit(max(codes + [error.exit_code for error in errors if not outcomes]))


def listed(names: Sequence[str]) -> str:
    """Return some names, and how many there are more."""
    shown = ", ".join(names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} and {len(names) - _MOST} more"


def agreed(waves: Sequence[Wave], *, yes: bool, what: str = "Push to") -> bool:
    """Ask whether to go on. Raises UsageError when there is nobody to ask."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "there is a change to push and nobody to ask",
            stage="deploy",
            hint="look at it with --dry-run, then say --yes",
        )
    count = sum(len(wave.names) for wave in waves)
    question = f"{what} {count} routers in {len(waves)} waves?"
    return typer.confirm(question if waves else "Save what they run?", err=True)
