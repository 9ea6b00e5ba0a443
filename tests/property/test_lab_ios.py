"""Properties of the lab's command line that hold for every rule of its grammar."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dmvpn_auto.lab.ios.bare import BareDataplane
from dmvpn_auto.lab.ios.grammar.system import MODES
from dmvpn_auto.lab.ios.router import Router
from dmvpn_auto.lab.ios.rules import Line, Mode
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import (
    Choice,
    Leaf,
    Match,
    Node,
    Optional,
    Repeat,
    Sequence,
)

PORTS = ("GigabitEthernet1", "GigabitEthernet2")
_WORDS = st.from_regex(r"[A-Z][A-Z0-9]{2,6}", fullmatch=True)
_ADDRESSES = st.builds("10.{}.{}.{}".format, *[st.integers(0, 3)] * 2, st.integers(1, 6))
_KINDS: dict[str, st.SearchStrategy[str]] = {
    "ip": _ADDRESSES,
    "mask": st.sampled_from(["255.255.255.0", "255.255.0.0", "255.255.255.255"]),
    "prefix": st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"]),
    "ip6": st.sampled_from(["2001:DB8::1", "FE80::1"]),
    "prefix6": st.sampled_from(["2001:DB8::/64", "::/0"]),
    "rd": st.sampled_from(["65000:1", "10.0.0.1:5"]),
    "if": st.sampled_from(["Tunnel0", "Loopback0", "GigabitEthernet1"]),
    "fqdn": st.just("hub.example.net"),
    "hex": st.just("0A1B"),
    "zone": st.just("CET"),
    "word": _WORDS,
    "line": st.builds("{} {}".format, _WORDS, _WORDS),
    "nvram": st.just("nvram:x.cer"),
    "port": st.sampled_from(["500", "4500", "8080"]),
}


def _argument(leaf: str) -> st.SearchStrategy[str]:
    kind = leaf[1:-1].partition(":")[2] or "word"
    bounds = re.fullmatch(r"(-?\d+)-(\d+)", kind)
    if bounds:
        low, high = int(bounds[1]), int(bounds[2])
        return st.integers(low, min(high, low + 20)).map(str)
    return _KINDS[kind]


def typed(node: Node) -> st.SearchStrategy[list[str]]:
    """Make lines that a syntax allows, as lists of words."""
    match node:
        case Leaf(text):
            return _argument(text).map(lambda w: [w]) if text[0] == "<" else st.just([text])
        case Optional(body):
            return st.one_of(st.just([]), typed(body))
        case Choice(ways):
            return st.one_of(*map(typed, ways))
        case Repeat(body):
            return typed(body)
        case Sequence(items):
            parts = st.tuples(*map(typed, items))
            return parts.map(lambda ps: [word for part in ps for word in part])


RULES = [
    (mode, line)
    for mode in MODES.values()
    for line in mode.lines
    if not line.purge and line.raw is None
]


def _names(rules: list[tuple[Mode, Line]]) -> Iterator[str]:
    for mode, line in rules:
        yield f"{mode.name}: {line.syntax[:60]}"


@pytest.mark.parametrize(("mode", "line"), RULES, ids=_names(RULES))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_line_is_understood_and_an_abbreviation_means_the_same(
    mode: Mode, line: Line, data: st.DataObject
) -> None:
    words = data.draw(typed(line.parsed))
    text = " ".join(words)
    whole = mode.positive.match(text)
    assert isinstance(whole, Match), (text, whole)
    at = data.draw(st.integers(0, len(words) - 1))
    short = [*words]
    short[at] = words[at][: data.draw(st.integers(1, len(words[at])))]
    abbreviated = mode.positive.match(" ".join(short))
    if words[at] in whole.keywords and isinstance(abbreviated, Match):
        another = short[at] != words[at] and short[at] in abbreviated.keywords
        assert another or abbreviated.text == whole.text, (short, abbreviated.text)


def _way_in(mode: Mode) -> list[str] | None:
    """Return lines that lead into a mode, from the global one."""
    special = {
        "interface": ["interface GigabitEthernet1"],
        "tunnel-interface": ["interface Tunnel0"],
        "global": [],
    }
    if mode.name in special:
        return special[mode.name]
    for outer in MODES.values():
        for line in outer.lines:
            if line.opens != mode.name:
                continue
            before = _way_in(outer)
            text = _shortest(line.parsed)
            return None if before is None else [*before, text]
    return None


_SHORT = {"ip": "10.9.9.9", "mask": "255.255.255.0", "if": "Tunnel0", "line": "X", "hex": "01"}


def _shortest(node: Node) -> str:
    match node:
        case Leaf(text) if text[0] != "<":
            return text
        case Leaf(text):
            kind = text[1:-1].partition(":")[2]
            bounds = re.fullmatch(r"(-?\d+)-(\d+)", kind)
            return bounds[1] if bounds else _SHORT.get(kind, "X")
        case Choice(ways):
            return _shortest(ways[0])
        case Repeat(body):
            return _shortest(body)
        case Sequence(items):
            return " ".join(filter(None, map(_shortest, items)))
        case Optional():
            return ""


async def _fed(lines: list[str]) -> Router:
    router = Router("Router", BareDataplane(), PORTS, strict=False)
    await router.boot("hostname R1\nvrf definition INET\n address-family ipv4\n")
    shell = Shell(router, "", 15, write=lambda _text: None)
    shell.configure()
    for line in lines:
        await shell.configure_line(line)
    return router


async def _read_back(lines: list[str]) -> tuple[str, str, list[str]]:
    first = await _fed(lines)
    first.changed_at = None
    text = first.running_text()
    second = Router("Router", BareDataplane(), PORTS, strict=False)
    refused = await second.boot(text)
    return text, second.running_text(), refused


MODE_NAMES = [mode.name for mode in MODES.values() if _way_in(mode) is not None]


@pytest.mark.parametrize("name", MODE_NAMES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_printed_reads_back_as_the_same(name: str, data: st.DataObject) -> None:
    """Random lines of a mode, and `no` of some: the running configuration is a fixed point."""
    mode = MODES[name]
    rules = [line for line in mode.lines if not line.purge and line.raw is None]
    if not rules:
        return
    lines = list(_way_in(mode) or [])
    for _ in range(data.draw(st.integers(1, 12))):
        rule = data.draw(st.sampled_from(rules))
        text = " ".join(data.draw(typed(rule.parsed)))
        if rule.opens:
            lines += [text, "exit"]
        else:
            lines.append(f"no {text}" if data.draw(st.integers(0, 3)) == 0 else text)
    text, again, refused = asyncio.run(_read_back(lines))
    assert refused == [], (lines, text)
    assert again.splitlines() == text.splitlines(), lines


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_of_every_line_that_is_printed_removes_it(data: st.DataObject) -> None:
    """What can be typed can be taken back in the words that are printed."""
    mode = MODES["tunnel-interface"]
    rules = [r for r in mode.lines if r.keep.name == "POSITIVE" and r.wording is None]
    rule = data.draw(st.sampled_from(rules))
    text = " ".join(data.draw(typed(rule.parsed)))
    router = asyncio.run(_fed(["interface Tunnel0", text]))
    section = router.config.interface("Tunnel0")
    assert section is not None
    kept = [e.text for e in section.ordered() if e.line is rule and not e.text.startswith("no ")]
    router = asyncio.run(_fed(["interface Tunnel0", text, *(f"no {line}" for line in kept)]))
    section = router.config.interface("Tunnel0")
    assert section is not None
    assert not [e for e in section.ordered() if e.text in kept]
