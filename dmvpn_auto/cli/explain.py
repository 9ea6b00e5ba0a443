"""`dmvpn-auto explain`: one spoke, layer by layer; 0 all holds, 1 something does not, 3, 4."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, OutputOption, emit
from dmvpn_auto.cli.diagnose import EvidenceOption, FormatOption, SaveOption

if TYPE_CHECKING:
    from dmvpn_auto.verify.diagnosis import Story


def command(  # noqa: PLR0917 - typer reads options from parameters
    peer: Annotated[str, typer.Argument(help="Spoke (or hub) whose tunnels to explain.")],
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    evidence: EvidenceOption = None,
    save: SaveOption = None,
    form: FormatOption = "text",
    output: OutputOption = None,
) -> None:
    """Tell what should be and what is, from the underlay to the shortcuts, and what is wrong."""
    from dmvpn_auto.cli.diagnose import intended, take
    from dmvpn_auto.errors import UsageError
    from dmvpn_auto.inventory import open_design
    from dmvpn_auto.verify.diagnosis import explain, texts

    design = open_design(inventory, cloud)
    names = [router.name for router in design.routers]
    if peer not in names:
        raise UsageError(
            f"there is no router {peer!r} in cloud {design.name}", stage="explain",
            hint=f"routers: {', '.join(names[:8])}" + (", ..." if len(names) > 8 else ""),
        )  # fmt: skip
    seen = take(design, (peer,), inventory, evidence, save)
    story = explain(design, texts(seen), intended(design), peer)
    emit(_document(story, form), output)
    raise typer.Exit(_exit_code(story))


def _document(story: Story, form: str) -> str:
    if form == "json":
        return json.dumps(story.to_json(), indent=1) + "\n"
    from rich.console import Console

    from dmvpn_auto.report.diagnosis import print_story

    page = StringIO()
    print_story(story, Console(file=page, force_terminal=sys.stdout.isatty(), width=160))
    return page.getvalue()


def _exit_code(story: Story) -> int:
    from dmvpn_auto.errors import ExitCode

    if story.diagnosis.unreachable:
        return int(ExitCode.DEVICE)
    if not story.told:
        return int(ExitCode.NOTHING_CHECKED)
    return int(ExitCode.NO if story.broken else ExitCode.YES)
