"""Design -> IOS text, deterministic to the byte.

The text is written as IOS would print it back: canonical spelling and order, defaults left out.
Rendering only writes what the design says; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dmvpn_auto.design.types import RouterDesign
from dmvpn_auto.render.environment import template
from dmvpn_auto.render.sections import SECTIONS

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

    def render(self, router: RouterDesign) -> str:
        """Return the configuration of one router."""
        return "".join([self._section(router, *section) for section in _chosen(router)])

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
        return template(router.dialect, name, self._folder).render(r=router, c=router.crypto,
                                                                   reveal=self._reveal)  # fmt: skip


def _chosen(router: RouterDesign) -> list[tuple[str, object | None]]:
    return [
        (name, section.key(router) if section.key else None)
        for section in SECTIONS
        if (name := section.template(router)) is not None
    ]
