"""The design rules: what a CCIE would refuse or warn of, each by name.

`check` runs them all; `rule` finds one by its id. A rule that an intent waives (`waive: {id:
reason}`) is still judged: its findings become information that carries the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from dmvpn_auto.design.allocation import Ledger
from dmvpn_auto.design.rules import (
    addressing,
    bgp,
    changes,
    eigrp_ospf,
    free,
    free_paths,
    ipv6,
    mpls,
    names,
    protection,
    provider,
    routing,
    secret_files,
    together,
    topology,
    transport,
    tunnel,
)
from dmvpn_auto.design.rules.base import Described, JointRule, Rule, View
from dmvpn_auto.design.types import CloudDesign, Finding, RouterDesign, Severity
from dmvpn_auto.models import Cloud

_MODULES = (
    topology, names, mpls, addressing, transport, provider, tunnel, protection, routing,
    eigrp_ospf, bgp,
    ipv6, secret_files, free, free_paths,
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(kind() for module in _MODULES for kind in module.RULES)
TOGETHER: tuple[JointRule, ...] = tuple(kind() for kind in together.RULES)
CHANGES: tuple[changes.ChangeRule, ...] = tuple(kind() for kind in changes.RULES)


def check(
    intent: Cloud, design: CloudDesign, ledger: Ledger, secret: Callable[[str], str | None]
) -> tuple[Finding, ...]:
    """Return what the rules find, errors first; `secret` gives the value of a reference."""
    view = View(intent, design, ledger, secret)
    found = [finding for rule in RULES for finding in rule.findings(view)]
    if intent.waive:
        found = [_waived(finding, intent.waive) for finding in found]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def check_together(designs: Sequence[CloudDesign]) -> dict[str, tuple[Finding, ...]]:
    """Return, by cloud, what is wrong between clouds that share routers."""
    found: dict[str, tuple[Finding, ...]] = {}
    for design in designs:
        others = [other for other in designs if other.name < design.name]
        found[design.name] = tuple(
            finding for rule in TOGETHER for finding in rule.between(design, others)
        )
    return found


def check_change(router: RouterDesign, removed: Collection[str]) -> tuple[Finding, ...]:
    """Return what is to be known of a change that takes the lines `removed` from a router."""
    return tuple(finding for rule in CHANGES for finding in rule.findings(router, removed))


def all_rules() -> tuple[Described, ...]:
    """Return every rule there is."""
    return (*RULES, *TOGETHER, *CHANGES)


def _waived(finding: Finding, waived: dict[str, str]) -> Finding:
    reason = waived.get(finding.rule)
    if reason is None:
        return finding
    message = f"{finding.message} (waived: {reason})"
    return replace(finding, severity=Severity.INFO, message=message)
