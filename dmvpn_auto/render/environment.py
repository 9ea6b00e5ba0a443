"""The templates of a dialect: its own folder first, then its parent's.

Compiled once per process. A template that uses what the design does not have is a bug of ours and
stops the rendering (StrictUndefined); a value is never escaped, as IOS takes it verbatim.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
)

from dmvpn_auto.render.words import FILTERS
from dmvpn_auto.resources import resource

PARENTS = {"ios": (), "iosxe": ("ios",)}
"""Dialect -> the dialects whose templates it takes where it has none of its own."""


@cache
def environment(dialect: str, folder: Path | None = None) -> Environment:
    """Return the environment of a dialect; `folder` replaces the package's templates.

    A template reaches the one that it overrides by naming the parent: `ios:tunnel.j2`.
    """
    base = folder or resource("templates")
    line = (dialect, *PARENTS[dialect])
    loaders = {name: FileSystemLoader(base / name) for name in line}
    made = Environment(
        loader=ChoiceLoader([*loaders.values(), PrefixLoader(dict(loaders), delimiter=":")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - IOS text, not HTML
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    return made


@cache
def template(dialect: str, name: str, folder: Path | None = None) -> Template:
    """Return one compiled template."""
    return environment(dialect, folder).get_template(name)
