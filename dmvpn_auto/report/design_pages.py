"""The design document as Markdown and as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dmvpn_auto
from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.report.design_document import describe
from dmvpn_auto.report.diagram import as_mermaid, as_svg
from dmvpn_auto.report.pages import markdown_row, page


def as_markdown(designs: Sequence[CloudDesign]) -> str:
    """Return the documents with Mermaid diagrams, one chapter for each cloud."""
    return "\n".join(line for design in designs for line in _chapter(design))


def _chapter(design: CloudDesign) -> Iterator[str]:
    document = describe(design)
    yield f"# Cloud {document.cloud}\n"
    yield f"{document.summary} {document.verdict}\n"
    yield f"```mermaid\n{as_mermaid(design)}```\n"
    for section in document.sections:
        yield f"## {section.title}\n"
        if section.text:
            yield f"{section.text}\n"
        if section.rows:
            yield from (markdown_row(section.head), markdown_row(("---",) * len(section.head)))
            yield from map(markdown_row, section.rows)
            yield ""


def as_html(designs: Sequence[CloudDesign]) -> str:
    """Return the documents as HTML with SVG diagrams; every text is escaped."""
    from markupsafe import Markup

    chapters = [
        (describe(design), Markup(as_svg(design)))  # noqa: S704 - its texts are escaped there
        for design in designs
    ]
    return page("design.html.j2", chapters=chapters, version=dmvpn_auto.__version__)
