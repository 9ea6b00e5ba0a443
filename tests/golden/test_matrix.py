"""What docs/designs.md says is supported, refused and proven is so, cell by cell."""

from __future__ import annotations

import re

from dmvpn_auto.design.rules import all_rules
from tests.golden import designs, matrix


def test_the_matrix_of_the_page_is_what_is_there() -> None:
    text = matrix.PAGE.read_text()
    assert text == matrix.page(text), "docs/designs.md is stale: python -m tests.golden.matrix"


def test_what_is_said_to_be_proven_is_a_test_of_the_lab() -> None:
    root = matrix.PAGE.parents[1]
    for (row, column), test in matrix.PROVEN.items():
        file, _, name = test.partition("::")
        source = (root / file).read_text()
        wanted = re.fullmatch(r"CELLS\[(.+)\]", name)
        needle = f'"{wanted[1]}": Cell(' if wanted else f"def {name}("
        assert needle in source, (row, column)
        kinds = {**matrix.ROWS, **matrix.CRYPTO_ROWS}
        assert row in kinds
        assert column in {**matrix.OVERLAYS, **matrix.CRYPTO}


def test_every_design_and_rule_that_the_page_names_exists() -> None:
    text = matrix.PAGE.read_text()
    for name in re.findall(r"golden/designs/([a-z0-9-]+)\.yaml", text):
        assert name in designs.NAMES
    rules = {rule.id for rule in all_rules()}
    for words in re.findall(r"refused: ((?:`[a-z0-9-]+`(?:, )?)+)", text):
        assert set(re.findall(r"`([a-z0-9-]+)`", words)) <= rules


def test_the_matrix_has_cells_of_every_sort() -> None:
    text = "\n".join(matrix.tables())
    for sort in ("**proven**", "[rendered]", "accepted", "refused: `phase1-one-hub`"[:9]):
        assert sort in text
