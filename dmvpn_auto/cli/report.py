"""`dmvpn-auto report`: documents about a cloud."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, OutputOption, by_ending

app = typer.Typer(no_args_is_help=True, help="Documents about a cloud.", rich_markup_mode=None)


class Format(StrEnum):
    """How the document is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    SVG = "svg"
    MERMAID = "mermaid"


_ENDINGS = {
    ".md": Format.MARKDOWN, ".html": Format.HTML, ".htm": Format.HTML, ".svg": Format.SVG,
    ".mmd": Format.MERMAID,
}  # fmt: skip


@app.command()
def design(
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="markdown, html (one file), or the diagram alone: svg, mermaid. "
            "Default: by the ending of --output, else markdown.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Write the design document of the clouds (all of the folder, or one).

    Addresses, who registers where, tunnel, protection, routing, findings, diagram. No secret, no
    date: the same intent gives the same document.
    """
    from dmvpn_auto.errors import UsageError
    from dmvpn_auto.inventory import examine_all, write_atomically
    from dmvpn_auto.report import design_pages, diagram

    designs = examine_all(inventory, cloud)
    chosen = form or by_ending(output, _ENDINGS, Format.MARKDOWN)
    if chosen in (Format.SVG, Format.MERMAID) and len(designs) > 1:
        names = ", ".join(one.name for one in designs)
        raise UsageError(
            f"a diagram is of one cloud; there are: {names}",
            hint=f"choose one: --cloud {designs[0].name}",
        )
    if chosen is Format.SVG:
        text = diagram.as_svg(designs[0])
    elif chosen is Format.MERMAID:
        text = diagram.as_mermaid(designs[0])
    elif chosen is Format.HTML:
        text = design_pages.as_html(designs)
    else:
        text = design_pages.as_markdown(designs)
    if output:
        write_atomically(output, text)
    else:
        sys.stdout.write(text)
