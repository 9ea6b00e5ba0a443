"""`dmvpn-auto verify`: look, judge, prove the shortcuts; from live routers or from saved output."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dmvpn_auto.cli.common import (
    CloudOption,
    InventoryOption,
    LimitOption,
    OutputOption,
    by_ending,
    emit,
)
from dmvpn_auto.errors import UsageError

if TYPE_CHECKING:
    from dmvpn_auto.design.types import CloudDesign
    from dmvpn_auto.verify import Plan, Verification


class Format(StrEnum):
    """How the verdicts are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"


_ENDINGS = {
    ".txt": Format.TEXT,
    ".json": Format.JSON,
    ".xml": Format.JUNIT,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


class Pairs(StrEnum):
    """Which pairs of spokes must make a shortcut."""

    RING = "ring"
    ALL = "all"
    NONE = "none"


def command(  # noqa: PLR0917 - typer reads options from parameters
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for convergence; 0 judges once.")
    ] = 120.0,
    pairs: Annotated[
        Pairs,
        typer.Option(
            help="Spoke pairs whose direct tunnel is proven with traffic (NHRP entries learnt for "
            "the pair are cleared first); none sends no traffic between spokes and clears nothing."
        ),
    ] = Pairs.RING,
    only: Annotated[
        list[str] | None,
        typer.Option("--check", help="Judge only this check; may be given several times."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", help="Leave this check out; may be given several times."),
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the checks and end; asks no router.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            help="Keep all output of the routers in this new folder, without secrets; "
            "--evidence judges it again."
        ),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(
            help="Ask no router: judge this folder, written by --save or full of session logs."
        ),
    ] = None,
    comparison: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--compare",
            metavar="OLD NEW",
            help="Say what changed between two runs: files of --format json or folders of --save. "
            "Exit 1 when something got worse.",
        ),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="text, json, junit, markdown, or html (one page with the cloud's picture). "
            "Default: by the ending of --output, else text.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Compare the routers with the intent, from what they show and from packets they carry."""
    from dmvpn_auto.cli.verify_offline import (
        judge_folder,
        refuse_together,
        show_changes,
        show_checks,
    )
    from dmvpn_auto.inventory import load_hosts, open_design, select
    from dmvpn_auto.verify import Plan
    from dmvpn_auto.verify.catalogue import choose, needless_waivers, refuse_unknown_waivers
    from dmvpn_auto.verify.scope import left_out, refuse_unread

    chosen = form or by_ending(output, _ENDINGS, Format.TEXT)
    given = {"--evidence": evidence, "--save": save, "--compare": comparison}
    refuse_together(given, "verify")
    if output:
        _refuse_unwritable(output)
    if listing:
        emit(show_checks(as_json=_as_json(chosen, "--list")), output)
        return
    checks = choose(only or (), skip or ())
    if comparison:
        text, worse = show_changes(
            *comparison, inventory, cloud, checks, as_json=_as_json(chosen, "--compare")
        )
        emit(text, output)
        raise typer.Exit(int(worse))
    design = open_design(inventory, cloud)
    refuse_unknown_waivers(design)
    refuse_unread(design)
    if missed := left_out(design):
        sys.stderr.write(f"note: {missed}\n")
    if evidence:
        result = judge_folder(evidence, design, checks, limit)
    else:
        hosts = load_hosts(inventory, log_in=False)
        names = frozenset(select(design, limit, hosts))
        plan = Plan(devices=names, timeout=timeout, pairs=pairs.value, checks=checks)
        result = _live(inventory, design, plan, save)
    for words in needless_waivers(design, result.verdicts):
        sys.stderr.write(f"note: {words}\n")
    _write(design, result, chosen, output)
    raise typer.Exit(int(result.exit_code))


def _live(inventory: Path, design: CloudDesign, plan: Plan, save: Path | None) -> Verification:
    from dataclasses import replace

    from dmvpn_auto.cli.verify_live import Account, progress, witness
    from dmvpn_auto.cli.verify_offline import configurations, keep
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.inventory import load_hosts
    from dmvpn_auto.observe.collect import FleetRouters, SystemClock
    from dmvpn_auto.verify import conclude, look
    from dmvpn_auto.verify.commands import for_support

    hosts = load_hosts(inventory)
    names = tuple(r.name for r in design.routers if plan.devices is None or r.name in plan.devices)
    if save:
        from dmvpn_auto.inventory.evidence_files import refuse_unusable_folder

        refuse_unusable_folder(save)
        plan = replace(plan, also=for_support)
    config = configurations()
    with open_fleet(inventory, names) as fleet, progress() as tell, witness(hosts, names) as wire:
        routers = Account(FleetRouters(fleet), len(names))
        try:
            seen = look(
                design, routers, SystemClock(), plan, wire=wire, progress=tell, config=config
            )
        except KeyboardInterrupt:
            sys.stderr.write(f"{routers}\n")
            raise
    if save:
        keep(seen, design, save)
    return conclude(design, seen, checks=plan.checks, config=config)


def _refuse_unwritable(output: Path) -> None:
    from dmvpn_auto.inventory.evidence_files import refuse_unwritable

    refuse_unwritable(output)


def _as_json(form: Format, option: str) -> bool:
    if form not in {Format.TEXT, Format.JSON}:
        raise UsageError(f"{option} is written as text or json, not {form.value}", stage="verify")
    return form is Format.JSON


def _write(design: CloudDesign, result: Verification, form: Format, output: Path | None) -> None:
    """Write the whole document or nothing."""
    if form is Format.TEXT and output is None:
        from rich.console import Console

        from dmvpn_auto.report.verification import print_verification

        print_verification(result, Console(width=None if sys.stdout.isatty() else 160))
        return
    emit(_document(design, result, form), output)


def _document(design: CloudDesign, result: Verification, form: Format) -> str:
    if form is Format.JSON:
        return json.dumps(result.to_json(), indent=1) + "\n"
    if form is Format.TEXT:
        from io import StringIO

        from rich.console import Console

        from dmvpn_auto.report.verification import print_verification

        page = StringIO()
        print_verification(result, Console(file=page, width=160))
        return page.getvalue()
    from dmvpn_auto.report.verification_formats import FORMATS

    return FORMATS[form.value](design, result)
