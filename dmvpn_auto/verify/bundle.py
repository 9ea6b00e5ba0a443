"""Session logs and pasted output as evidence: which text is whose, and which command it answers.

A text belongs to the router in its prompt (`hub1#show dmvpn`), else to the router whose name the
file or its folder has (`hub1.log`, `hub1/show-dmvpn.txt`). Abbreviated commands count as what they
mean, an output for all interfaces as one that holds the interface asked for. What is filtered
(`| include`) is left out, since a filter hides what would be missed. The last of several outputs of
one command counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.ios.hiding import hide
from dmvpn_auto.ios.masking import Masker, mask
from dmvpn_auto.observe.names import long_interface
from dmvpn_auto.observe.transcript import sections
from dmvpn_auto.verify.evidence import Evidence, Missing, Output
from dmvpn_auto.verify.recording import Recording

_INTERFACE = re.compile(r"\b((?:tu|gi|te|fa|lo|et)[a-z]*)\s+(\d[\d/.]*)\b", re.IGNORECASE)
_TUNNEL = re.compile(r"^[A-Za-z-]+\d[\d/.]*$")
Wanted = Callable[[RouterDesign], Sequence[str]]
"""Gives the commands whose output can be used."""


def from_bundle(
    files: Mapping[str, str], cloud: CloudDesign, wanted: Wanted
) -> tuple[Recording, tuple[str, ...]]:
    """Return what the texts show of the routers of `cloud`, and the files of which nothing is used.

    `files` are texts by relative path.
    """
    routers = {router.name.lower(): router for router in cloud.routers}
    commands = {router.name: tuple(wanted(router)) for router in cloud.routers}
    # secrets that were numbered elsewhere cannot be compared with those that are clear here
    line = mask if any("<secret " in text for text in files.values()) else Masker().line
    found: dict[str, dict[str, Output | Missing]] = {}
    unused: list[str] = []
    for path, text in files.items():
        used = False
        for host, typed, body, cut in _answers(path, text):
            router = routers.get(host.lower()) or routers.get(host.lower().partition(".")[0])
            if router is None or "|" in typed:
                continue
            for command in _meant(typed, commands[router.name]):
                found.setdefault(router.name, {})[command] = Output(command, hide(body, line), cut)
                used = True
        if not used:
            unused.append(path)
    recording = Recording(
        cloud=cloud.name,
        devices=tuple(router.name for router in cloud.routers),
        rest=Evidence(found),
    )
    return recording, tuple(unused)


def _answers(path: str, text: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (host, command, output, why there may have been more); without a prompt the file's
    place says whose it is.
    """
    place = PurePosixPath(path)
    inside = len(place.parts) > 1
    owner = place.parts[-2] if inside else place.stem
    for section in sections(text):
        command = section.command
        if not command and inside:
            command = re.sub(r"[-_]+", " ", place.stem)
        if command:
            cut = "" if section.ended else f"{path} stops here, with no prompt behind the output"
            yield section.host or owner, command, section.text, cut


def _meant(typed: str, wanted: Sequence[str]) -> list[str]:
    """Return the commands among `wanted` that the output of `typed` answers."""
    words = _words(typed)
    exact = [command for command in wanted if _means(words, _words(command))]
    if exact:
        return exact
    return [c for c in wanted if len(w := _words(c)) > 1 and _TUNNEL.match(w[-1])
            and _means(words, w[:-1])]  # fmt: skip


@cache
def _words(command: str) -> tuple[str, ...]:
    joined = _INTERFACE.sub(lambda found: long_interface("".join(found.groups())), command)
    return tuple(
        long_interface(word) if _TUNNEL.match(word) and word[:1].isalpha() else word.lower()
        for word in joined.split()
    )


@cache
def _means(typed: tuple[str, ...], meant: tuple[str, ...]) -> bool:
    return len(typed) == len(meant) and all(
        full == word or (len(word) > 1 and full.startswith(word) and word.isalpha())
        for word, full in zip(typed, meant, strict=True)
    )
