"""The design document: every address and registration in it, no secret, whole in every format."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dmvpn_auto.design import CloudDesign
from dmvpn_auto.report.design_document import Section, describe
from dmvpn_auto.report.design_pages import as_html, as_markdown
from dmvpn_auto.report.diagram import MOST, as_mermaid, as_svg
from tests.golden.designs import NAMES, design
from tests.unit.intents import PSK, Raw, folder
from tests.unit.intents import design as made

CANARY = "canary-7f3e"


def _svg(cloud: CloudDesign) -> ET.Element:
    return ET.fromstring(as_svg(cloud))  # noqa: S314 - our own text


def _section(cloud: CloudDesign, title: str) -> Section:
    return next(part for part in describe(cloud).sections if part.title == title)


@pytest.mark.parametrize("name", NAMES)
def test_every_golden_design_is_described_whole(name: str) -> None:
    cloud = design(name)
    addresses = _section(cloud, "Addressing")
    assert [row[0] for row in addresses.rows] == [router.name for router in cloud.routers]
    for router, row in zip(cloud.routers, addresses.rows, strict=True):
        assert str(router.tunnel.address) in row
        for address in (*router.lan_addresses, *router.lan_ipv6_addresses):
            assert f"{address}/" in " ".join(row)
        if router.tunnel.ipv6:
            assert str(router.tunnel.ipv6.address) in row
            assert str(router.tunnel.ipv6.link_local) in row
    told = {row[:4] for row in _section(cloud, "Who registers where").rows}
    assert told == {
        (router.name, nhs.hub, str(nhs.tunnel_address), str(nhs.nbma_address))
        for router in cloud.routers
        for nhs in (
            *router.tunnel.nhrp.nhs,
            *(router.tunnel.ipv6.nhs if router.tunnel.ipv6 else ()),
        )
    }
    for part in describe(cloud).sections:
        assert part.rows or part.text
        assert all(len(row) == len(part.head) for row in part.rows)


@pytest.mark.parametrize("name", NAMES)
def test_every_golden_design_is_drawn_whole(name: str) -> None:
    cloud = design(name)
    tree = _svg(cloud)
    texts = {element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")}
    mermaid = as_mermaid(cloud)
    for router in cloud.routers:
        assert {router.name, str(router.tunnel.address)} <= texts
        assert f'["{router.name}<br/>{router.tunnel.address}<br/>' in mermaid
    boxes = [
        tuple(int(rect.attrib[key]) for key in ("x", "y"))
        for rect in tree.iter("{http://www.w3.org/2000/svg}rect")
        if "class" in rect.attrib
    ]
    assert len(set(boxes)) == len(cloud.routers)
    width, height = int(tree.attrib["width"]), int(tree.attrib["height"])
    assert all(0 <= x <= width - 168 and 0 <= y <= height - 74 for x, y in boxes)
    pairs = {
        frozenset((router.name, nhs.hub))
        for router in cloud.routers
        for nhs in (
            *router.tunnel.nhrp.nhs,
            *(router.tunnel.ipv6.nhs if router.tunnel.ipv6 else ()),
        )
    }
    if pairs:
        assert len(list(tree.iter("{http://www.w3.org/2000/svg}line"))) == len(pairs)
        assert len(re.findall(r"^  n\d+ <?--> n\d+$", mermaid, re.MULTILINE)) == len(pairs)


def test_what_routers_have_alike_is_said_once() -> None:
    own = {"spokes": {f"s{n}": {"nbma": f"100.64.0.{n + 1}", "bandwidth": 1000 * n} for n in
                      range(1, 9)}}  # fmt: skip
    rows = {row[0]: row[1:] for row in _section(made(own), "Tunnel and NHRP").rows}
    assert rows["key"] == ("100", "100")
    assert rows["ip mtu"] == ("1400 byte", "1400 byte")
    assert rows["bandwidth"] == ("100000 kbit/s", "each its own")
    assert rows["redirect"] == ("yes", "no")
    assert "server only" not in rows
    few = {"spokes": {"spoke1": {"source": "Cellular0/2/0"}, "s3": {"nbma": "100.64.0.9"}}}
    rows = {row[0]: row[1:] for row in _section(made(few), "Tunnel and NHRP").rows}
    assert rows["source interface"][1] == "Cellular0/2/0 or GigabitEthernet1"


def test_protection_names_algorithms_and_references() -> None:
    rows = {row[0]: row[1] for row in _section(made({"crypto": PSK}), "Protection").rows}
    assert rows["encryption"] == "aes-gcm-256"
    assert rows["dh group"] == "20"
    assert rows["ipsec encryption"] == "esp-gcm 256"
    assert rows["dpd interval"] == "40 s"
    assert rows["pre shared key"] == "env:PSK"
    bare = made({"crypto": {"kind": "none", "reason": "a lab"}})
    assert "in the clear" in _section(bare, "Protection").text


def test_many_spokes_are_drawn_as_one_box() -> None:
    spokes = {f"s{n}": {"nbma": f"100.64.{n // 200}.{n % 200 + 1}"} for n in range(300)}
    cloud = made({"tunnel": {"subnet": "10.255.0.0/16"}, "spokes": spokes})
    mermaid = as_mermaid(cloud)
    assert mermaid.count(":::spoke") == MOST
    assert f'["{302 - MOST} more<br/>' in mermaid
    assert ":::more" in mermaid
    _svg(cloud)
    assert len(_section(cloud, "Addressing").rows) == 303


def test_a_long_name_stays_within_its_box_and_is_told_whole() -> None:
    name = "a-router-whose-name-has-far-too-many-letters.example.net"
    svg = as_svg(made({"spokes": {name: {"nbma": "100.64.0.9"}}}))
    assert f">a-router-w\u2026ample.net<title>{name}</title>" in svg


def test_regional_hubs_stand_below_their_own() -> None:
    names = [name for name in NAMES if any(r.tunnel.nhrp.nhs for r in design(name).hubs)]
    assert names
    below = {"hubs": {"east": {"nbma": "203.0.113.6", "upstream": ["hub"]}},
             "spokes": {"spoke1": {"hubs": ["east"]}, "spoke2": {"hubs": ["hub"]}}}  # fmt: skip
    tree = _svg(made(below))
    heights = {
        element.text: int(element.attrib["y"])
        for element in tree.iter("{http://www.w3.org/2000/svg}text")
        if element.attrib.get("class") == "name"
    }
    assert heights["hub"] < heights["east"] < heights["spoke1"] == heights["spoke2"]


class _Reader(HTMLParser):
    """Collects tags, and what would be fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href", "srcset")]


NASTY: Raw = {"waive": {"lan-overlap": "<script>alert(1)</script> | a & b"},
              "spokes": {"spoke1": {"lan": ["10.2.0.1/24"]}}}  # fmt: skip


def test_html_needs_nothing_else_and_escapes_every_text(tmp_path: Path) -> None:
    from dmvpn_auto.inventory import examine_all

    text = as_html(examine_all(folder(tmp_path, NASTY)))
    reader = _Reader()
    reader.feed(text)
    assert reader.fetched == []
    assert {"html", "svg", "table", "h1", "h2"} <= set(reader.tags)
    assert "script" not in reader.tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt; | a &amp; b" in text
    assert "url(" not in text
    assert "@import" not in text


def test_markdown_keeps_its_tables_whole(tmp_path: Path) -> None:
    from dmvpn_auto.inventory import examine_all

    text = as_markdown(examine_all(folder(tmp_path, NASTY)))
    assert r"&lt;script>alert(1)&lt;/script> \| a & b" in text
    width = 0
    for line in text.splitlines():
        cells = len(re.split(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not cells or width in (0, cells), line
        width = cells


def _run(*words: str | Path, status: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto", "report", "design", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert CANARY not in done.stdout + done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("file", "begin"),
    [("d.md", "# Cloud branches"), ("d.html", "<!doctype html>"), ("d.svg", "<svg "),
     ("d.mmd", "flowchart TB")],
)  # fmt: skip
def test_the_command_writes_by_the_ending_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, begin: str
) -> None:
    monkeypatch.setenv("PSK", CANARY)
    monkeypatch.setenv("NHRP", CANARY[:8])
    base = folder(tmp_path, {"crypto": PSK})
    _run("-i", base, "-o", tmp_path / file)
    text = (tmp_path / file).read_text()
    assert text.startswith(begin)
    assert CANARY[:8] not in text
    _run("-i", base, "-o", tmp_path / file)
    assert (tmp_path / file).read_text() == text
    assert not list((base / "clouds").glob("*.addresses.yaml"))


def test_the_document_of_a_refused_cloud_says_so(tmp_path: Path) -> None:
    out, _ = _run("-i", folder(tmp_path, {"phase": 2}))
    assert "It cannot work: see the findings." in out
    assert "| error | phase2-summary | clouds/branches.yaml:" in out


def test_several_clouds_are_chapters_of_one_document(tmp_path: Path) -> None:
    folder(tmp_path, {}, "a")
    folder(tmp_path, {"tunnel": {"interface": "Tunnel1"}}, "b")
    out, _ = _run("-i", tmp_path)
    assert [line for line in out.splitlines() if line.startswith("# ")] == [
        "# Cloud a",
        "# Cloud b",
    ]
    _, err = _run("-i", tmp_path, "-f", "svg", status=2)
    assert "choose one: --cloud a" in err
    out, _ = _run("-i", tmp_path, "-f", "svg", "--cloud", "b")
    assert "Cloud b" in out
