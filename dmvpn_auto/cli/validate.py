"""`dmvpn-auto validate`: read a cloud and judge it by the design rules."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, OutputOption, emit


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def command(  # noqa: PLR0917 - options are named where they are typed
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    form: Annotated[
        Format, typer.Option("--format", "-f", help="text, json, or sarif for code review.")
    ] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="RULE", help="Teach one rule and end.")
    ] = None,
    output: OutputOption = None,
) -> None:
    """Check clouds (all of the folder, or one): exit 1 when one cannot work."""
    from dmvpn_auto.errors import ExitCode
    from dmvpn_auto.inventory import examine_all
    from dmvpn_auto.report import findings as report

    if explain:
        sys.stdout.write(report.explanation(explain))
        return
    designs = examine_all(inventory, cloud)
    written = {"text": report.as_text, "json": report.as_json, "sarif": report.as_sarif}
    text = written[form](designs)
    emit(text, output)
    if report.refused(designs, strict=strict):
        raise typer.Exit(int(ExitCode.NO))
