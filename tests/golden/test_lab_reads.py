"""What the product renders, the lab's command line takes and prints back: two understandings of
IOS that share no code.

Cells whose configuration the lab refuses on purpose, or does not know, are named with the reason.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from dmvpn_auto.ios import Tree, parse
from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.router import Router
from tests.golden import designs

NOT_IN_THE_LAB = {
    "weak-crypto-allowed": "the lab is IOS-XE 17, which has no 3DES",
    "wan-ppp-lte": "no negotiated addresses",
    "p3-eigrp-bfd": "no BFD under classic EIGRP",
    "p3-rip-summary": "no RIP summaries",
}
PORTS = ("GigabitEthernet1", "GigabitEthernet2", "GigabitEthernet0/0")
_HIDDEN = re.compile(r"ip(?:v6)? nhrp holdtime 600$|ip domain lookup$|ip nhrp shortcut$")
_TEXTS = [
    path
    for path in sorted(designs.FOLDER.glob("*/*.cfg"))
    if path.parent.name not in NOT_IN_THE_LAB
]


def _lines(tree: Tree, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for line, children in tree.items():
        # The lab is IOS-XE 17, which prints `encryption` where IOS 15 prints `encr`, and the
        # numbers of access list entries.
        path = (
            *above,
            re.sub(r"^(?:sequence )?\d+ (?=permit)", "", re.sub(r"^encr ", "encryption ", line)),
        )
        if not _HIDDEN.match(line):
            found += [path, *_lines(children, path)]
    return found


async def _boot(text: str) -> tuple[list[str], str]:
    router = Router("R1", BareDataplane(), PORTS, strict=False)
    messages = await router.boot(text)
    return [str(message) for message in messages], router.running_text()


@pytest.mark.parametrize("path", _TEXTS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_the_lab_prints_back_every_line(path: Path) -> None:
    text = re.sub(r"<env:(\w{1,8})\w*>", r"\1", path.read_text())
    messages, running = asyncio.run(_boot(text))
    assert messages == []
    printed = _lines(parse(running))
    missing = [line for line in _lines(parse(text)) if line not in set(printed)]
    assert missing == []
