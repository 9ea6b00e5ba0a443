"""A diagnosis for a tired person: worst first, cause, what shows it, what to type."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from dmvpn_auto.design.types import Family
from dmvpn_auto.verify.diagnosis import Diagnosis, Finding, Story

_MOST_PEERS = 6


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Print every finding whole, then one line that says how many."""
    several = len(diagnosis.families) > 1
    for finding in diagnosis.findings:
        for part in _lines(finding, several=several):
            console.print(part, soft_wrap=True)
    for name, why in diagnosis.unreachable.items():
        console.print(Text(f"not reached: {name}: {why}", style="yellow"), soft_wrap=True)
    console.print(_sum(diagnosis), soft_wrap=True)


def _lines(finding: Finding, *, several: bool) -> list[Text]:
    style = "bold red" if finding.proven else "bold yellow"
    head = Text(finding.state, style=style)
    inside = f", {_families(finding.families)}" if several else ""
    head.append(f" {finding.device}", style="bold")
    head.append(f" ({_peers(finding)}{inside}): ", "default")
    head.append(finding.cause, style="default")
    sure = (
        f"{finding.confidence:.0%} sure"
        if finding.proven
        else (f"possible, {finding.confidence:.0%}")
    )
    parts = [head, Text(f"  {sure}; rule {finding.rule}", style="dim")]
    parts += [Text(f"  | {device}: {line}", style="dim") for device, line in finding.evidence]
    for device, commands in finding.commands.items():
        parts.append(Text(f"  fix on {device}:"))
        parts += [Text(f"    {command}", style="green") for command in commands]
    for device, command in finding.next:
        parts.append(Text(f"  ask next on {device}: {command}"))
    return [*parts, Text("")]


_SAID: dict[Family, str] = {"ipv4": "IPv4", "ipv6": "IPv6"}


def _families(families: Sequence[Family]) -> str:
    return " and ".join(_SAID[family] for family in families)


def _peers(finding: Finding) -> str:
    named = ", ".join(finding.peers[:_MOST_PEERS])
    more = len(finding.peers) - _MOST_PEERS
    return f"towards {named}" + (f" and {more} more" if more > 0 else "")


def _sum(diagnosis: Diagnosis) -> Text:
    proven = sum(finding.proven for finding in diagnosis.findings)
    possible = len(diagnosis.findings) - proven
    pairs = f"{diagnosis.looked_at} tunnels of cloud {diagnosis.cloud} looked at"
    if not diagnosis.findings:
        nothing = "nothing found" if diagnosis.looked_at else "no evidence"
        return Text(f"{nothing}; {pairs}", style="green" if diagnosis.looked_at else "yellow")
    return Text(f"{proven} cause(s) shown, {possible} possible; {pairs}")


_MARK = {True: ("ok     ", "green"), False: ("BROKEN ", "bold red"), None: ("?      ", "yellow")}


def print_story(story: Story, console: Console) -> None:
    """Print every layer of every tunnel of a router, then what is wrong with it."""
    for chapter in story.chapters:
        inside = f" ({_SAID[chapter.family]})" if len(story.diagnosis.families) > 1 else ""
        head = Text(f"{chapter.spoke} towards {chapter.hub}{inside}: ", style="bold")
        console.print(head.append(chapter.state or "state not known"), soft_wrap=True)
        for layer in chapter.layers:
            mark, style = _MARK[layer.holds]
            console.print(Text(f"  {mark}", style=style).append(layer.name, "bold"), soft_wrap=True)
            console.print(Text(f"         should  {layer.should}"), soft_wrap=True)
            console.print(Text(f"         is      {layer.is_}"), soft_wrap=True)
            for device, line in layer.evidence:
                console.print(Text(f"         | {device}: {line}", style="dim"), soft_wrap=True)
        console.print()
    print_diagnosis(story.diagnosis, console)
