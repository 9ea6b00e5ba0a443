"""Which routers a `--limit` means: names, groups, sites, patterns; `!` takes away."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.errors import NothingCheckedError, UsageError
from dmvpn_auto.inventory.hosts import Host


def select(
    design: CloudDesign, limit: str | None, hosts: Mapping[str, Host] | None = None
) -> tuple[str, ...]:
    """Return the names of the routers of `design` that `limit` means, in design order.

    `limit` holds words with commas between: a name, a pattern (`spoke1*`), a group of the cloud or
    of hosts.yaml, a site, `hubs`, `spokes`; a word with `!` before it takes away from the others.
    None means all. Raises UsageError for a word that is none of these, NothingCheckedError when
    nothing is left.
    """
    names = tuple(router.name for router in design.routers)
    if limit is None:
        return names
    words = [word.strip() for word in limit.split(",") if word.strip()]
    if not words:
        raise UsageError("--limit is empty", hint="name routers, groups or sites, or leave it out")
    labels = _labels(design, hosts or {})
    added: set[str] = set()
    taken: set[str] = set()
    for word in words:
        away = word.startswith("!")
        (taken if away else added).update(_meant(word.removeprefix("!"), names, labels))
    if all(word.startswith("!") for word in words):
        added = set(names)
    chosen = tuple(name for name in names if name in added and name not in taken)
    if not chosen:
        raise NothingCheckedError(f"--limit {limit!r} leaves no router of cloud {design.name!r}")
    return chosen


def _labels(design: CloudDesign, hosts: Mapping[str, Host]) -> dict[str, set[str]]:
    labels: dict[str, set[str]] = {
        "hubs": {router.name for router in design.hubs},
        "spokes": {router.name for router in design.spokes},
    }
    for router in design.routers:
        host = hosts.get(router.name)
        for label in (router.site, router.group, *(host.groups if host else ())):
            if label:
                labels.setdefault(label, set()).add(router.name)
    return labels


def _meant(word: str, names: tuple[str, ...], labels: Mapping[str, set[str]]) -> set[str]:
    if word in names:
        return {word}
    if word in labels:
        return labels[word]
    if any(sign in word for sign in "*?["):
        return {name for name in names if fnmatchcase(name, word)}
    close = get_close_matches(word, (*names, *labels), n=1)
    raise UsageError(
        f"--limit: there is no router, group or site {word!r}",
        hint=f"did you mean {close[0]!r}?"
        if close
        else f"routers: {', '.join(names[:8])}" + (", ..." if len(names) > 8 else ""),
    )
