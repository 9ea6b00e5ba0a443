"""Write the reference pages anew: `python -m dmvpn_auto.cli.reference [FOLDER]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import typer.main

from dmvpn_auto.cli.app import app
from dmvpn_auto.inventory import write_atomically
from dmvpn_auto.report.checks import checks_page
from dmvpn_auto.report.diagnosis_reference import diagnosis_page
from dmvpn_auto.report.reference import MADE, intent_page, rules_page
from dmvpn_auto.verify.catalogue import catalogue

FOLDER = Path("docs/reference")
_CLI = """\
# Commands

Every verb and its options. Results go to standard output or `--output`, progress to standard error;
[exit codes](exit-codes.md) are the same for all.
"""


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    return {
        "intent.md": intent_page(),
        "rules.md": rules_page(),
        "diagnosis.md": diagnosis_page(),
        "cli.md": cli_page(),
        "checks.md": checks_page(catalogue()),
    }


def cli_page() -> str:
    """Return the page of the command line."""
    command = typer.main.get_command(app)
    root = typer.Context(command, info_name="dmvpn-auto", terminal_width=10_000)
    return MADE + _CLI + "".join(_verbs(command, root, depth=2))


def _verbs(group: Any, context: typer.Context, *, depth: int) -> Iterator[str]:
    for name in group.list_commands(context):
        verb = group.get_command(context, name)
        below = typer.Context(verb, parent=context, info_name=name, terminal_width=10_000)
        yield f"\n{'#' * depth} dmvpn-auto {' '.join(below.command_path.split()[1:])}\n"
        if verb.help:
            yield f"\n{verb.help.strip()}\n"
        if hasattr(verb, "list_commands"):
            yield from _verbs(verb, below, depth=depth + 1)
            continue
        usage = verb.get_usage(below).removeprefix("Usage: ")
        yield f"\n    {usage}\n"
        yield from _parameters(verb, below)


def _parameters(verb: Any, context: typer.Context) -> Iterator[str]:
    records = [p.get_help_record(context) for p in verb.get_params(context)]
    rows = [record for record in records if record and record[0] != "--help"]
    if rows:
        yield "\n| option | what it does |\n|---|---|\n"
    for words, said in rows:
        yield f"| `{_cell(words)}` | {_cell(said)} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages into the folder given, `docs/reference` without one."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name, text in pages().items():
        changed = write_atomically(folder / name, text)
        typer.echo(f"{folder / name}: {'written' if changed else 'up to date'}")


if __name__ == "__main__":
    main()
