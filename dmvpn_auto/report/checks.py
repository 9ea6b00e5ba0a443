"""The checks of `verify` as a list for the terminal and as the reference page."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from dmvpn_auto.report.reference import MADE
from dmvpn_auto.verify.catalogue import Entry

_PAGE = """\
# Checks

What `dmvpn-auto verify` judges, lowest layer first; how to use it is in [verify.md](../verify.md).
The same list: `dmvpn-auto verify --list`, as JSON with `--format json`. Any can be chosen
(`--check NAME`), left out (`--skip NAME`) or waived in the intent with a reason (`waive_checks`).

A verdict is `pass`, `fail`, `unknown` or `waived`, with what was expected, what was found and the
raw lines. Unknown is never a pass: the evidence was missing, it could not be read whole, or a check
that this one *stands on* does not hold, so that a fault is named once, where it is. `peer-state` of
the router concerned begins with its DMVPN state:

| state | what it means |
|---|---|
| INTF | the tunnel interface is down |
| IKE | no IKE SA: key, proposal, identity, address of the hub, or the path |
| IPSEC | an IKE SA, but no IPsec SA: transform set, mode, PFS |
| NHRP | protected, but not registered: tunnel key, NHRP authentication, next-hop server |
| UP | registered; old caches can show it for a while, so packets are sent too |

| check | about | reads | stands on |
|---|---|---|---|
"""


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


def checks_page(entries: Sequence[Entry]) -> str:
    """Return the reference page: a table of all, then each in full."""
    rows = "".join(
        f"| [{e.name}](#{e.name}) | {e.about} | {_commands(e)} | {_ground(e)} |\n" for e in entries
    )
    chapters = "".join(f"\n## {e.name}\n\n{e.teaching}\n" for e in entries)
    return MADE + _PAGE + rows + chapters


def _commands(entry: Entry) -> str:
    return ", ".join(f"`{read}`" for read in entry.reads)


def _ground(entry: Entry) -> str:
    return ", ".join(entry.stands_on) or "nothing"
