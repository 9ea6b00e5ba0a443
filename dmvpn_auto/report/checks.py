"""The checks of `verify` as a list for the terminal and as the reference page."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from dmvpn_auto.verify.catalogue import Entry


def checks_text(entries: Sequence[Entry]) -> str:
    """Return the checks with what holds, of whom, by which commands, standing on which others."""
    page = StringIO()
    console = Console(file=page, width=110, highlight=False)
    for entry in entries:
        console.print(Text(entry.name, style="bold"))
        for word, said in _facts(entry):
            console.print(Text(f"  {word:<9} {said}"), soft_wrap=True)
    return page.getvalue()


def _facts(entry: Entry) -> list[tuple[str, str]]:
    facts = [("what", entry.sentence), ("about", entry.about), ("reads", ", ".join(entry.reads))]
    return [*facts, *([("stands on", ", ".join(entry.stands_on))] if entry.stands_on else [])]
