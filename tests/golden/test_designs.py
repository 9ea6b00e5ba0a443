"""Every cell of the space of designs renders to the text that was read and found right."""

from __future__ import annotations

from pathlib import Path

import pytest

from dmvpn_auto.design.facts import families, transport
from dmvpn_auto.ios import Tree, diff, parse, render
from tests.golden import designs


@pytest.mark.parametrize("name", designs.NAMES)
def test_a_design_renders_to_its_golden_text(name: str) -> None:
    rendered = dict(designs.rendered(name))
    folder = designs.FOLDER / name
    assert sorted(rendered) == sorted(path.stem for path in folder.glob("*.cfg"))
    for router, text in rendered.items():
        assert text == (folder / f"{router}.cfg").read_text(), f"{name}/{router}"


@pytest.mark.parametrize("name", designs.NAMES)
def test_a_golden_design_breaks_no_rule(name: str) -> None:
    assert designs.complaints(name) == []


def test_the_cells_span_the_space() -> None:
    intents = [designs.intent(name) for name in designs.NAMES]
    assert len(designs.NAMES) >= 24
    assert {i.phase for i in intents} == {0, 1, 2, 3}
    assert {i.overlay.kind for i in intents} == {
        *("ibgp", "ebgp", "ospf", "eigrp", "eigrp-named", "rip", "static", "odr")
    }
    assert {i.crypto.kind for i in intents} == {
        *("ikev2-psk", "ikev2-certificate", "ikev1-psk", "ikev1-certificate", "none")
    }
    assert {i.dialect for i in intents} == {"ios", "iosxe"}
    assert {(families(i), transport(i)) for i in intents} == {
        (inside, under)
        for inside in (("ipv4",), ("ipv4", "ipv6"), ("ipv6",))
        for under in ("ipv4", "ipv6")
    }


def test_two_clouds_on_one_router_agree() -> None:
    from dmvpn_auto.design.rules import check_together

    both = [designs.design("dual-cloud-a"), designs.design("dual-cloud-b")]
    assert check_together(both) == {"dual-cloud-a": (), "dual-cloud-b": ()}


PAIRS = [("two-wans-a", "two-wans-b"), ("segment-blue", "segment-red")]


@pytest.mark.parametrize("pair", PAIRS, ids=[a for a, _ in PAIRS])
def test_two_tunnels_on_one_router_stand_side_by_side(pair: tuple[str, str]) -> None:
    """Clouds with routers in common agree, and a change of one leaves the other alone."""
    from dmvpn_auto.design.rules import check_together

    assert all(found == () for found in check_together([designs.design(n) for n in pair]).values())
    one, two = (dict(designs.rendered(name)) for name in pair)
    common = sorted(one.keys() & two.keys())
    assert common
    for router in common:
        mine, theirs = parse(one[router]), parse(two[router])
        both = _merged(mine, theirs)
        for wanted in (mine, theirs):
            assert diff(both, wanted).forward == (), router
        change = diff(mine, theirs)  # the second cloud comes to a router that has the first
        after = diff(both, _merged(mine, theirs))
        assert after.forward == ()
        assert [str(delta) for delta in change.deltas if delta.mark == "-"] == []


def test_one_named_eigrp_process_serves_two_clouds() -> None:
    one = parse(dict(designs.rendered("two-wans-a"))["spoke1"])["router eigrp DMVPN"]
    family = "address-family ipv4 unicast autonomous-system 100"
    both = _merged(parse(dict(designs.rendered("two-wans-a"))["spoke1"]),
                   parse(dict(designs.rendered("two-wans-b"))["spoke1"]))  # fmt: skip
    assert "af-interface Tunnel0" in one[family]
    assert {"af-interface Tunnel0", "af-interface Tunnel1"} <= set(
        both["router eigrp DMVPN"][family]
    )
    text = dict(designs.rendered("two-wans-b"))["spoke1"]
    changed = parse(text.replace("hold-time 60", "hold-time 90"))
    commands = [line.strip() for line in diff(both, changed).forward]
    assert "af-interface Tunnel1" in commands
    assert "af-interface Tunnel0" not in commands


def _merged(one: Tree, two: Tree) -> Tree:
    """Return what a router shows that runs both."""
    merged = {line: dict(below) for line, below in one.items()}
    for line, below in two.items():
        merged[line] = _merged(merged.get(line, {}), below)
    return merged


def _texts() -> list[Path]:
    return sorted(designs.FOLDER.glob("*/*.cfg"))


@pytest.mark.parametrize("path", _texts(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_the_product_reads_its_own_text_without_loss(path: Path) -> None:
    tree = parse(path.read_text())
    assert parse(render(tree)) == tree
    assert diff(tree, tree).forward == ()


def test_a_text_has_no_blank_at_a_line_end_and_no_empty_line() -> None:
    for path in _texts():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert line == line.rstrip(), f"{path}:{number}"
            assert line, f"{path}:{number}"
