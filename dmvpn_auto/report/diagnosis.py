"""A diagnosis for a tired person: worst first, cause, what shows it, what to type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from dmvpn_auto.design.types import FAMILY_NAMES, Family
from dmvpn_auto.verify.diagnosis import Chapter, Diagnosis, Finding, Layer, Story

_MOST_PEERS = 6
_REFERENCE = re.compile(r"<[a-z]+:[^<>]+>")


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Print every finding whole, then one line that says how many, and how to go on."""
    several = len(diagnosis.families) > 1
    for finding in diagnosis.findings:
        for part in _lines(finding, several=several):
            console.print(part, soft_wrap=True)
    for name, why in diagnosis.unreachable.items():
        console.print(Text(f"not reached: {name}: {why}", style="yellow"), soft_wrap=True)
    for note in diagnosis.notes:
        console.print(Text(f"note: {note}", style="yellow"), soft_wrap=True)
    console.print(_sum(diagnosis), soft_wrap=True)
    if diagnosis.findings:
        console.print(Text("once mended: dmvpn-auto verify", style="dim"), soft_wrap=True)


def _lines(finding: Finding, *, several: bool) -> Iterator[Text]:
    head = Text(finding.state, style="bold red" if finding.sure else "bold yellow")
    inside = f", {_families(finding.families)}" if several else ""
    head.append(f" {finding.device}", style="bold")
    head.append(f" ({_peers(finding)}{inside}): ", "default")
    yield head.append(finding.cause if finding.proven else f"perhaps {finding.cause}", "default")
    yield Text(f"  {_certainty(finding)}; rule {finding.rule}", style="dim")
    for device, line in finding.evidence:
        yield Text(f"  | {device}: {line}", style="dim")
    opening = "fix on" if finding.proven else "if that is it, on"
    for device, commands in finding.commands.items():
        yield Text(f"  {opening} {device}:")
        yield from (Text(f"    {command}", style="green") for command in commands)
        if any(map(_REFERENCE.search, commands)):
            yield Text(
                f"    (type the secret in place of <...>, or: dmvpn-auto deploy --limit {device})"
            )
    for device, probes in _by_device(finding.next):
        yield Text(f"  ask next on {device}:")
        yield from (Text(f"    {command}", style="cyan") for command in probes)
    yield Text("")


def _certainty(finding: Finding) -> str:
    if finding.sure:
        return f"shown, {finding.confidence:.0%} sure"
    if finding.proven:
        return f"a symptom whose cause is open, {finding.confidence:.0%} sure"
    return f"possible, {finding.confidence:.0%}"


def _by_device(lines: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for device, command in lines:
        found.setdefault(device, []).append(command)
    return found.items()


def _families(families: Sequence[Family]) -> str:
    return " and ".join(FAMILY_NAMES[family] for family in families)


def _peers(finding: Finding) -> str:
    named = ", ".join(finding.peers[:_MOST_PEERS])
    more = len(finding.peers) - _MOST_PEERS
    return f"towards {named}" + (f" and {more} more" if more > 0 else "")


def _sum(diagnosis: Diagnosis) -> Text:
    sure = sum(finding.sure for finding in diagnosis.findings)
    unsure = len(diagnosis.findings) - sure
    count, cloud = diagnosis.looked_at, diagnosis.cloud
    pairs = f"{count} tunnel{'' if count == 1 else 's'} of cloud {cloud} looked at"
    if not diagnosis.findings:
        nothing = "nothing found" if diagnosis.looked_at else "no evidence"
        return Text(f"{nothing}; {pairs}", style="green" if diagnosis.looked_at else "yellow")
    causes = f"{sure} cause{'' if sure == 1 else 's'} shown"
    return Text(f"{causes}, {unsure} possible or open; {pairs}")


_HOLDS, _OPEN = ("ok     ", "green"), ("?      ", "yellow")
_BROKEN, _FOLLOWS = ("BROKEN ", "bold red"), ("follows", "yellow")


def print_story(story: Story, console: Console) -> None:
    """Print where each tunnel of a router breaks, every layer of it, then what is wrong.

    Of a layer that holds one line is enough; one above a broken layer only follows from it.
    """
    several = len(story.diagnosis.families) > 1
    for chapter in story.chapters:
        console.print(_at_once(chapter, several=several), soft_wrap=True)
    for chapter in story.chapters:
        console.print()
        console.print(Text(_whose(chapter, several=several), style="bold"), soft_wrap=True)
        for layer in chapter.layers:
            for part in _layer(layer, chapter.breaks):
                console.print(part, soft_wrap=True)
    console.print()
    print_diagnosis(story.diagnosis, console)


def _whose(chapter: Chapter, *, several: bool) -> str:
    inside = f" ({FAMILY_NAMES[chapter.family]})" if several else ""
    return f"{chapter.spoke} towards {chapter.hub}{inside}: {chapter.state or 'state not known'}"


def _at_once(chapter: Chapter, *, several: bool) -> Text:
    whose = _whose(chapter, several=several)
    if chapter.breaks:
        return Text(f"{whose}, broken at {chapter.breaks}", style="bold red")
    known = any(layer.holds for layer in chapter.layers)
    words = "nothing is broken" if known else "nothing is known"
    return Text(f"{whose}, {words}", style="green" if known else "yellow")


def _layer(layer: Layer, breaks: str | None) -> Iterator[Text]:
    marks = {True: _HOLDS, None: _OPEN, False: _BROKEN if layer.name == breaks else _FOLLOWS}
    mark, style = marks[layer.holds]
    head = Text(f"  {mark}", style=style)
    head.append("" if mark.endswith(" ") else " ").append(layer.name, "bold")
    if layer.holds:
        yield head.append(f": {layer.is_}", "default")
        return
    yield head
    yield Text(f"         should  {layer.should}")
    yield Text(f"         is      {layer.is_}")
    for device, line in layer.evidence:
        yield Text(f"         | {device}: {line}", style="dim")
