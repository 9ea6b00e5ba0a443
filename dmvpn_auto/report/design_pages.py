"""The design document as Markdown and as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dmvpn_auto
from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.report.design_document import Row, describe
from dmvpn_auto.report.diagram import as_mermaid, as_svg


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
            yield from (_line(section.head), _line(("---",) * len(section.head)))
            yield from map(_line, section.rows)
            yield ""


def _line(cells: Row) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(plain.split())


def as_html(designs: Sequence[CloudDesign]) -> str:
    """Return the documents as HTML with SVG diagrams; every text is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("dmvpn_auto.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    chapters = [
        (describe(design), Markup(as_svg(design)))  # noqa: S704 - its texts are escaped there
        for design in designs
    ]
    template = environment.get_template("design.html.j2")
    return template.render(chapters=chapters, version=dmvpn_auto.__version__)
