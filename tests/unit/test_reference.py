"""The committed reference pages say what the code does today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dmvpn_auto.cli.app import VERBS
from dmvpn_auto.cli.reference import pages
from dmvpn_auto.design.rules import all_rules

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_committed_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text() == PAGES[name], f"{name} is stale; run: make docs"


@pytest.mark.parametrize(
    "row",
    [
        "| `key` | number 0 to 4294967295 | none | GRE key, equal on all routers;",
        "| `asn` | number 1 to 4294967295 | **required** |",
        "| `holdtime` | number 1 to 65535, s | `600` |",
        "| `pfs_group` | `1`, `2`, `5`, `14`, `15`, `16`, `19`, `20`, `21`, `24` or `null` |",
        "| `nbma` | IPv4 address or IPv6 address or `dynamic` | `dynamic` |",
        "| `lan` | list of: address with prefix length or IPv6 address with prefix length | none |",
        "| `waive` | mapping NAME: text | none |",
        "Source: Cisco, NHRP command reference. |",
    ],
)
def test_a_key_has_type_range_unit_default_and_source(row: str) -> None:
    assert row in PAGES["intent.md"]


def test_each_mapping_has_one_section() -> None:
    heads = re.findall(r"^#+ (`.*)$", PAGES["intent.md"], re.MULTILINE)
    assert len(heads) == len(set(heads))
    assert {"`tunnel`", "`crypto.dpd`", "`hubs.NAME`", "`overlay`, `kind: ospf`"} <= set(heads)


def test_no_cell_is_empty_and_no_row_has_another_number_of_cells() -> None:
    for text in PAGES.values():
        width = 0
        for line in text.splitlines():
            cells = re.split(r"(?<!\\)\|", line)[1:-1] if line.startswith("|") else []
            assert not cells or width in (0, len(cells)), line
            assert all(cell.strip() for cell in cells), line
            width = len(cells)


def test_every_rule_has_reason_severity_fix_and_source() -> None:
    for rule in all_rules():
        part = PAGES["rules.md"].partition(f"\n### {rule.id}\n")[2].partition("\n### ")[0]
        assert part.strip().startswith(rule.teaching())
        for line in (f"severity: {rule.severity}", f"fix: {rule.fix}", f"source: {rule.source}"):
            assert f"- {line}\n" in part


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_section_with_its_usage(verb: str) -> None:
    assert f"\n## dmvpn-auto {verb}\n" in PAGES["cli.md"]
    assert f"\n    dmvpn-auto {verb} " in PAGES["cli.md"]


def test_options_are_there_with_their_choices_and_defaults() -> None:
    assert r"| `-f, --format <text\|json\|sarif>` | text, json, or sarif" in PAGES["cli.md"]
    assert "[default: inventory]" in PAGES["cli.md"]
    assert "--help" not in PAGES["cli.md"]


SAME_EVERYWHERE = {
    "--inventory": "-i", "--cloud": "-c", "--limit": "-l", "--format": "-f", "--output": "-o",
    "--yes": "-y",
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_EVERYWHERE)
def test_an_option_has_one_letter_in_all_verbs(name: str) -> None:
    cells = re.findall(rf"^\| `([^`]*{name}\b[^`]*)`", PAGES["cli.md"], re.MULTILINE)
    assert cells
    assert [cell for cell in cells if SAME_EVERYWHERE[name] not in cell.split(", ")[:-1]] == [
        cell for cell in cells if cell.partition(" ")[0] == SAME_EVERYWHERE[name]
    ]
