"""What each router shall run: the rendered configuration, secrets in place, in memory only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.errors import IntentError, UsageError
from dmvpn_auto.inventory import Hosts, clouds, load_hosts, open_design, select
from dmvpn_auto.ios import Tree, parse
from dmvpn_auto.render import Renderer, placeholder
from dmvpn_auto.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Target:
    """One router: its design, where it is reached, and the text it shall run (with secrets)."""

    router: RouterDesign
    address: str
    config: str = field(repr=False)
    beside: str = field(default="", repr=False)  # what other clouds of the folder want of it
    absent: Tree = field(default_factory=dict, repr=False)  # what shall not be there
    retype: bool = False  # secrets that cannot be compared are typed anew

    @property
    def name(self) -> str:
        """The name in the inventory."""
        return self.router.name


@dataclass(frozen=True, slots=True)
class Targets:
    """The routers chosen from a cloud, hubs first; `secrets` redacts what is shown of them."""

    design: CloudDesign
    routers: tuple[Target, ...]
    secrets: Secrets = field(repr=False)


def choose(
    inventory: Path, cloud: str | None, limit: str | None, *, retype: bool = False
) -> Targets:
    """Render the configuration of the routers of a cloud that `limit` selects; writes nothing.

    `retype`: secrets that cannot be compared with what a router stores shall be typed anew.
    Raises InputError, IntentError, SecretError, UsageError for a router that hosts.yaml lacks.
    """
    design = open_design(inventory, cloud)
    hosts = load_hosts(inventory, log_in=False)
    chosen = set(select(design, limit, hosts))
    beside = _beside(inventory, design.name, chosen)
    return _targets(inventory, design, hosts, chosen, beside, retype=retype)


def recall(
    inventory: Path,
    design: CloudDesign,
    names: Collection[str],
    *,
    secret: bool = True,
    retype: bool = False,
) -> Targets:
    """Render the configuration of some routers of a design that is kept, without its secrets
    unless `secret`; the intent is not read.

    Raises InputError for hosts.yaml, SecretError, UsageError for a router that hosts.yaml lacks.
    """
    hosts = load_hosts(inventory, log_in=False)
    return _targets(inventory, design, hosts, names, {}, secret=secret, retype=retype)


def _targets(
    inventory: Path,
    design: CloudDesign,
    hosts: Hosts,
    names: Collection[str],
    beside: Mapping[str, str],
    *,
    secret: bool = True,
    retype: bool = False,
) -> Targets:
    secrets = Secrets(inventory)
    renderer = Renderer(secrets.reveal if secret else placeholder)
    routers = tuple(
        Target(
            router,
            _address(router.name, hosts),
            text := renderer.render(router),
            beside.get(router.name, ""),
            absent_of(router, renderer, parse(text)),
            retype,
        )
        for router in (*design.hubs, *design.spokes)
        if router.name in names
    )
    return Targets(design, routers, secrets)


def absent_of(router: RouterDesign, renderer: Renderer, wanted: Tree) -> Tree:
    """Return the lines that shall not be on a router, each where it would stand in `wanted`.

    Raises IntentError for a line that the intent wants as well.
    """
    found: Tree = {}
    for free in router.absent:
        alone = replace(router, free=(free,), absent=())
        place = _beyond(
            parse(renderer.render(alone)), parse(renderer.render(replace(alone, free=())))
        )
        if not place or _contradicts(place, wanted):
            raise IntentError(
                f"free.{free.section}.absent: the intent wants what shall not be there: "
                f"{', '.join(free.lines)}",
                where=router.name,
                stage="plan",
                hint="take the line out of `absent`, or what says it out of the intent",
            )
        _merge(found, place)
    return found


def _beyond(tree: Tree, other: Tree) -> Tree:
    """Return what a tree has and another one has not."""
    return {
        line: rest
        for line, below in tree.items()
        if (rest := _beyond(below, other.get(line, {}))) or line not in other
    }


def _contradicts(absent: Tree, wanted: Tree) -> bool:
    return any(
        line in wanted and (not below or _contradicts(below, wanted[line]))
        for line, below in absent.items()
    )


def _merge(into: Tree, more: Tree) -> None:
    for line, below in more.items():
        _merge(into.setdefault(line, {}), below)


def _beside(inventory: Path, cloud: str, chosen: Collection[str]) -> dict[str, str]:
    """Return what the other clouds of the folder want of these routers, without secrets."""
    renderer = Renderer(placeholder)
    wanted: dict[str, str] = {}
    for name in clouds(inventory):
        others = () if name == cloud else open_design(inventory, name).routers
        for router in others:
            if router.name in chosen:
                wanted[router.name] = wanted.get(router.name, "") + renderer.render(router)
    return wanted


def _address(name: str, hosts: Hosts) -> str:
    if name not in hosts:
        raise UsageError(
            f"router {name!r} of the cloud is not in hosts.yaml",
            stage="plan",
            hint=f"add {name!r} with its management address, or leave it out with --limit",
        )
    return hosts[name].hostname
