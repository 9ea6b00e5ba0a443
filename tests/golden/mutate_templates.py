"""Prove that the golden designs hold every template line: change each, some text must change.

`python -m tests.golden.mutate_templates` changes one line at a time (a word is added to a line of
text, a condition is turned round, a loop is emptied) and renders all cells. A change that no cell
notices is a survivor: the line is not proven. Exit 1 when there is one.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateError

from dmvpn_auto.design import CloudDesign
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.render.environment import environment, template
from dmvpn_auto.resources import resource
from tests.golden import designs

_IF = re.compile(r"{% (if|elif) (.*?) (?:\+)?%}")
_FOR = re.compile(r"{% for (.*?) in (.*?) %}")
_INLINE = re.compile(r"{{ (.*?) }}")


def mutations(line: str) -> Iterator[str]:
    """Yield what a line could wrongly be."""
    if line.startswith("{#") or not line.strip():
        return
    for condition in _IF.finditer(line):
        turned = f"{{% {condition[1]} not ({condition[2]}) %}}"
        yield line[: condition.start()] + turned + line[condition.end() :]
    if found := _FOR.search(line):
        yield line.replace(found[0], f"{{% for {found[1]} in ({found[2]})[1:] %}}")
    if "{% include" in line or "{% extends" in line or "{% set" in line:
        yield ""
    if not line.lstrip().startswith("{%"):
        yield line.rstrip("\n") + " X\n"
        if " if " in line and (inline := _INLINE.search(line)) and " else " not in line:
            yield line.replace(inline[0], "")


def survivors() -> Iterator[str]:
    """Yield `file:line: mutation` of each change that no cell notices."""
    cells = [(name, designs.design(name)) for name in designs.NAMES]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "templates"
        shutil.copytree(resource("templates"), folder)
        right = _render(cells, folder)
        for path in sorted(folder.rglob("*.j2")):
            original = path.read_text()
            lines = original.splitlines(keepends=True)
            for number, line in enumerate(lines):
                for mutated in mutations(line):
                    path.write_text("".join([*lines[:number], mutated, *lines[number + 1 :]]))
                    if _render(cells, folder) == right:
                        where = f"{path.relative_to(folder)}:{number + 1}"
                        yield f"{where}: {line.strip()!r} -> {mutated.strip()!r}"
            path.write_text(original)


def _render(cells: list[tuple[str, CloudDesign]], folder: Path) -> list[str] | None:
    """Render all cells with the templates of `folder`; None where a template is broken."""
    environment.cache_clear()
    template.cache_clear()
    texts = []
    try:
        for _, cell in cells:
            renderer = Renderer(placeholder, folder)
            texts += [renderer.render(router) for router in cell.routers]
    except (TemplateError, TypeError, AttributeError, LookupError):
        return None
    return texts


def main() -> int:
    """Print the survivors and their number."""
    count = 0
    for survivor in survivors():
        count += 1
        sys.stdout.write(survivor + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{count} changes survive\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
