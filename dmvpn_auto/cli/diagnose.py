"""`dmvpn-auto diagnose`: why tunnels are down, from both ends; 0 nothing, 1 findings, 3, 4."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, OutputOption, emit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dmvpn_auto.design.types import CloudDesign
    from dmvpn_auto.verify import Recording
    from dmvpn_auto.verify.diagnosis import Configuration, Diagnosis

FormatOption = Annotated[
    Literal["text", "json"], typer.Option("--format", "-f", help="text or json.")
]
EvidenceOption = Annotated[
    Path | None,
    typer.Option(
        help="Ask no router: read this folder, written by --save (of verify too) or full of "
        "session logs."
    ),
]
SaveOption = Annotated[
    Path | None,
    typer.Option(help="Keep all output of the routers in this new folder, without secrets."),
]


def command(  # noqa: PLR0917 - typer reads options from parameters
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DEVICE|PEER]...",
            help="Routers whose tunnels to look at, by name, group or site; default: all.",
        ),
    ] = None,
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    evidence: EvidenceOption = None,
    save: SaveOption = None,
    form: FormatOption = "text",
    output: OutputOption = None,
) -> None:
    """Name the cause of what does not work, with evidence from both ends and the fix."""
    from dmvpn_auto.inventory import open_design
    from dmvpn_auto.verify.diagnosis import diagnose, texts

    design = open_design(inventory, cloud)
    chosen = chosen_routers(design, names, inventory, offline=evidence is not None)
    seen = take(design, chosen, inventory, evidence, save)
    result = diagnose(design, texts(seen), intended(design), chosen if names else None)
    emit(_document(result, form), output)
    raise typer.Exit(_exit_code(result))


def chosen_routers(
    design: CloudDesign, names: Sequence[str] | None, inventory: Path, *, offline: bool
) -> tuple[str, ...]:
    """Return the routers meant; raises UsageError for a name that is none."""
    from dmvpn_auto.inventory import load_hosts, select

    hosts = {} if offline else load_hosts(inventory, log_in=False)
    return select(design, ",".join(names) if names else None, hosts)


def take(
    design: CloudDesign,
    names: Sequence[str],
    inventory: Path,
    evidence: Path | None,
    save: Path | None,
) -> Recording:
    """Return the evidence about both ends of every tunnel of these routers."""
    from dmvpn_auto.cli.verify_offline import keep, open_evidence, refuse_together
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.inventory.evidence_files import refuse_unusable_folder
    from dmvpn_auto.observe.collect import FleetRouters
    from dmvpn_auto.verify.diagnosis import both_ends, collect
    from dmvpn_auto.verify.identity import own_only

    refuse_together({"--evidence": evidence, "--save": save}, "diagnose")
    if evidence:
        return open_evidence(evidence, design)
    if save:
        refuse_unusable_folder(save)
    everyone = both_ends(design, names)
    sys.stderr.write(f"asking {len(everyone)} routers\n")
    with open_fleet(inventory, sorted(everyone)) as fleet:
        seen = own_only(collect(design, FleetRouters(fleet), everyone), design)
    if save:
        keep(seen, design, save)
    return seen


def intended(design: CloudDesign) -> dict[str, Configuration]:
    """Return the intended configuration of every router, references in place of secrets."""
    from dmvpn_auto.render import Renderer, placeholder
    from dmvpn_auto.verify.diagnosis import Configuration

    renderer = Renderer(placeholder)
    return {r.name: Configuration(renderer.render(r), intended=True) for r in design.routers}


def _document(result: Diagnosis, form: str) -> str:
    if form == "json":
        return json.dumps(result.to_json(), indent=1) + "\n"
    from rich.console import Console

    from dmvpn_auto.report.diagnosis import print_diagnosis

    page = StringIO()
    colour = sys.stdout.isatty()
    print_diagnosis(result, Console(file=page, force_terminal=colour, width=160))
    return page.getvalue()


def _exit_code(result: Diagnosis) -> int:
    from dmvpn_auto.errors import ExitCode

    if result.unreachable:
        return int(ExitCode.DEVICE)
    if result.findings:
        return int(ExitCode.NO)
    return int(ExitCode.YES if result.looked_at else ExitCode.NOTHING_CHECKED)
