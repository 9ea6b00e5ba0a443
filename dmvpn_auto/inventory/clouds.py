"""From an inventory folder to a design that is known to work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

from dmvpn_auto.design import CloudDesign, Finding, Ledger, Severity, resolve
from dmvpn_auto.design.rules import check, check_together
from dmvpn_auto.errors import IntentError, SecretError
from dmvpn_auto.inventory.folder import cloud_names, clouds
from dmvpn_auto.inventory.intent import Loaded, load_cloud
from dmvpn_auto.inventory.ledger import locked, read_ledger, write_ledger
from dmvpn_auto.inventory.pools import filled
from dmvpn_auto.inventory.pools import record as record_pools
from dmvpn_auto.inventory.yaml_file import paused_collection
from dmvpn_auto.secrets import EnvironmentResolver, FileResolver, Secrets

_SHOWN = 8  # findings on one screen


def open_design(
    inventory: Path, cloud: str | None = None, *, record: bool = False, prune: bool = False
) -> CloudDesign:
    """Read, resolve and judge a cloud; None stands for the only one of the folder.

    `record` keeps newly given tunnel addresses in the ledger, `prune` frees those of routers that
    left. Raises InputError for a file that cannot be read, IntentError with all findings of
    severity error.
    """
    loaded, design = examine(inventory, cloud, record=record, prune=prune)
    errors = [found for found in design.findings if found.severity is Severity.ERROR]
    if errors:
        raise _refusal(located(loaded, tuple(errors)))
    _refuse_conflicts(inventory, loaded, design)
    return design


def _refuse_conflicts(inventory: Path, loaded: Loaded, design: CloudDesign) -> None:
    """Look at each other cloud of the folder together with this one."""
    for name in clouds(inventory):
        if name == loaded.name:
            continue
        other, its_design = examine(inventory, name)
        found = check_together([design, its_design])
        errors = [
            finding
            for one in (loaded, other)
            for finding in located(one, found[one.name])
            if finding.severity is Severity.ERROR
        ]
        if errors:
            raise _refusal(tuple(errors))


def examine(
    inventory: Path, cloud: str | None = None, *, record: bool = False, prune: bool = False
) -> tuple[Loaded, CloudDesign]:
    """Do the same and return the design with all its findings, errors included.

    The ledger is written only when there are none.
    """
    loaded = load_cloud(inventory, cloud)
    with locked(loaded.path) if record else nullcontext(), paused_collection():
        loaded, pools = filled(inventory, loaded, prune=prune)
        ledger = read_ledger(loaded.path)
        names = (*loaded.intent.hubs, *loaded.intent.spokes)
        if prune:
            ledger = ledger.pruned(names)
        try:
            design = resolve(loaded.name, loaded.intent, ledger)
        except IntentError as error:
            error.where = loaded.positions.where(tuple(error.where.split(".")))
            raise
        findings = check(loaded.intent, design, ledger, _values(inventory))
        design = replace(design, findings=findings)
        if record and not any(found.severity is Severity.ERROR for found in findings):
            _record(loaded, design, ledger)
            record_pools(inventory, pools)
    return loaded, design


def examine_all(inventory: Path, cloud: str | None = None) -> tuple[CloudDesign, ...]:
    """Examine one cloud, or all of the folder, each by itself and all together.

    The findings name `file:line`. Raises InputError, IntentError when a subnet is full.
    """
    examined = [examine(inventory, name) for name in cloud_names(inventory, cloud)]
    across = check_together([design for _, design in examined])
    return tuple(
        replace(design, findings=located(loaded, (*design.findings, *across.get(design.name, ()))))
        for loaded, design in examined
    )


def located(loaded: Loaded, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings with `file:line` as their place, sorted by severity, then line."""
    order = list(Severity)
    placed = [
        replace(found, where=loaded.positions.where(tuple(found.where.split("/"))))
        for found in findings
    ]
    return tuple(sorted(placed, key=lambda f: (order.index(f.severity), _line(f.where))))


def _line(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (where, 0)


def _record(loaded: Loaded, design: CloudDesign, ledger: Ledger) -> None:
    tunnels = {router.name: router.tunnel for router in design.routers}
    given = {
        name: tunnel.address.ip
        for name, tunnel in tunnels.items()
        if isinstance(tunnel.address, IPv4Interface)
    }
    ipv6 = {name: tunnel.ipv6.address.ip for name, tunnel in tunnels.items() if tunnel.ipv6}
    write_ledger(loaded.path, ledger.after(given, ipv6))


def _values(inventory: Path) -> Callable[[str], str | None]:
    """Give rules the values that can be had here at once: validating asks no service."""
    secrets = Secrets(inventory, (EnvironmentResolver(), FileResolver(inventory)))

    def value(reference: str) -> str | None:
        try:
            return secrets.reveal(reference)
        except SecretError:
            return None

    return value


def _refusal(errors: tuple[Finding, ...]) -> IntentError:
    shown = errors[:_SHOWN]
    lines = [f"{found.where}: {found.message} [{found.rule}]" for found in shown]
    if len(errors) > _SHOWN:
        lines.append(f"... and {len(errors) - _SHOWN} more")
    return IntentError(
        "\n".join(lines),
        stage="validate",
        hint=f"{shown[0].fix}; all findings: dmvpn-auto validate",
    )
