"""Design -> IOS text, deterministic to the byte.

The text is written as IOS would print it back: canonical spelling and order, defaults left out.
Rendering only writes what the design says; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.render.environment import template
from dmvpn_auto.render.free import FreeWriter
from dmvpn_auto.render.sections import SECTIONS, free_name

Reveal = Callable[[str], str]
"""Gives what stands in the text for a reference to a secret."""


def placeholder(reference: str) -> str:
    """Stand in for a secret, for texts that people read: `<env:NAME>`."""
    return f"<{reference}>"


def render(router: RouterDesign, reveal: Reveal) -> str:
    """Return the configuration of one router."""
    return Renderer(reveal).render(router)


class Renderer:
    """Writes many routers: a text that several routers share is made once."""

    def __init__(self, reveal: Reveal, templates: Path | None = None) -> None:
        self._reveal = reveal
        self._folder = templates
        self._made: dict[tuple[str, str, int], tuple[object, str]] = {}
        self._parts: dict[tuple[object, ...], tuple[object, str]] = {}

    def render(self, router: RouterDesign) -> str:
        """Return the configuration of one router."""
        chosen = _chosen(router)
        if not router.free:
            return "".join([self._section(router, *section) for section in chosen])
        free = FreeWriter(router.free, self._reveal)
        names = [free_name(template) for template, _ in chosen]
        return "".join(
            free.around(
                name,
                self._section(router, *section),
                first=name not in names[:number],
                last=name not in names[number + 1 :],
            )
            for number, (name, section) in enumerate(zip(names, chosen, strict=True))
        )

    def _section(self, router: RouterDesign, name: str, key: object | None) -> str:
        if key is None:
            return self._write(router, name)
        place = (router.dialect, name, id(key))
        known = self._made.get(place)
        if known is None:
            # The key is kept with the text: its id stays its own as long as it lives.
            known = self._made[place] = (key, self._write(router, name))
        return known[1]

    def _write(self, router: RouterDesign, name: str) -> str:
        return template(router.dialect, name, self._folder).render(
            r=router, c=router.crypto, reveal=self._reveal, part=partial(self._part, router.dialect)
        )

    def _part(self, dialect: str, name: str, **words: object) -> str:
        """Return a part of a text that depends on `words` alone; templates call it."""
        place = (dialect, name, *map(id, words.values()))
        known = self._parts.get(place)
        if known is None:
            text = template(dialect, name, self._folder).render(words, reveal=self._reveal)
            known = self._parts[place] = (words, text)
        return known[1]


def _chosen(router: RouterDesign) -> list[tuple[str, object | None]]:
    return [
        (name, section.key(router) if section.key else None)
        for section in SECTIONS
        if (name := section.template(router)) is not None
    ]
