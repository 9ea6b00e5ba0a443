"""Plans and drift as text, Markdown and JSON. No secret passes: everything is masked before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dmvpn_auto.errors import DmvpnError
from dmvpn_auto.ios import mask
from dmvpn_auto.rollout.drift import Drift
from dmvpn_auto.rollout.impact import Impact, Reach
from dmvpn_auto.rollout.plan import Plan

Found = Mapping[str, Plan | DmvpnError]


def plan_text(plans: Found, exposed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a plan for a terminal."""
    for name, plan in plans.items():
        if isinstance(plan, DmvpnError):
            yield f"{name}: cannot be planned: {plan}"
        elif not plan:
            yield f"{name}: no change"
        else:
            yield f"{name}: {len(plan.change.forward)} lines to type"
            yield from (f"  {delta}" for delta in plan.change.deltas)
            yield from (f"  impact: {line}" for line in impact_lines(plan.impact))
            yield "  commands:"
            yield from (f"    {mask(line)}" for line in plan.change.forward)
            yield "  way back:"
            yield from (f"    {mask(line)}" for line in plan.change.backward)
        if isinstance(plan, Plan):
            yield from (f"  note: {note}" for note in plan.notes)
    yield from _exposed_lines(exposed)
    yield plan_summary(plans)


def plan_markdown(plans: Found, exposed: Mapping[str, tuple[str, ...]], digest: str) -> str:
    """Return a plan for a ticket or a merge request."""
    out = ["# Plan", "", plan_summary(plans), ""]
    if digest:
        out += [f"Hash: `{digest}`", ""]
    out += [f"- **{line}**" for line in _exposed_lines(exposed)]
    for name, plan in plans.items():
        if isinstance(plan, DmvpnError):
            out += [f"## {name}", "", f"cannot be planned: {plan.message}", ""]
        elif plan:
            out += [f"## {name}", ""]
            out += [f"- {line}" for line in (*impact_lines(plan.impact), *plan.notes)]
            out += ["", "```diff", *map(str, plan.change.deltas), "```", ""]
            out += ["<details><summary>commands</summary>", "", "```"]
            out += [mask(line) for line in plan.change.forward]
            out += ["```", "", "</details>", ""]
    return "\n".join(out).rstrip() + "\n"


def impact_lines(impact: Impact) -> Iterator[str]:
    """Yield what a change does, a line each."""
    for flap in impact.flaps:
        yield f"{flap.interface} goes down for about {flap.least} to {flap.most} s: {flap.why}"
    for reset in impact.resets:
        yield f"{reset.protocol}, {reset.what}: {reset.why}"
    if impact.reach is Reach.CUT:
        yield f"cuts our own session: {impact.reach_why}"
    elif impact.reach is Reach.UNKNOWN:
        yield f"may cut our own session: {impact.reach_why}"


def plan_summary(plans: Found) -> str:
    """Say in one line what a plan comes to."""
    bad = sum(isinstance(plan, DmvpnError) for plan in plans.values())
    todo = sum(1 for plan in plans.values() if isinstance(plan, Plan) and plan)
    text = f"{todo} of {len(plans)} routers need a change; every change is proven both ways"
    if not todo:
        text = f"nothing to change on {len(plans) - bad} of {len(plans)} routers"
    return f"{text}; {bad} cannot be planned" if bad else text


def drift_text(drifts: Mapping[str, tuple[Drift, ...] | DmvpnError]) -> Iterator[str]:
    """Yield what drifted, a line each, and a summary."""
    for name, found in drifts.items():
        if isinstance(found, DmvpnError):
            yield f"{name}: not compared: {found}"
        elif found:
            yield f"{name}:"
            yield from (f"  {one}" for one in found)
    yield drift_summary(drifts)


def drift_summary(drifts: Mapping[str, tuple[Drift, ...] | DmvpnError]) -> str:
    """Say in one line what drift there is."""
    bad = sum(isinstance(found, DmvpnError) for found in drifts.values())
    off = sum(1 for found in drifts.values() if not isinstance(found, DmvpnError) and found)
    text = f"{off} of {len(drifts)} routers drifted" if off else "no drift"
    return f"{text}; {bad} of {len(drifts)} not compared" if bad else text


def drift_markdown(drifts: Mapping[str, tuple[Drift, ...] | DmvpnError]) -> str:
    """Return the drift as a Markdown page."""
    out = ["# Drift", "", drift_summary(drifts), ""]
    if any(drifts.values()):
        out += ["| router | | section | wanted | actual |", "|---|---|---|---|---|"]
    for name, found in drifts.items():
        if isinstance(found, DmvpnError):
            out.append(f"| {_cell(name)} | not compared | | | {_cell(found.message)} |")
        else:
            out += [
                f"| {_cell(name)} | {one.kind.value} | {_code(one.section)} | {_code(one.wanted)} "
                f"| {_code(one.actual)} |"
                for one in found
            ]
    return "\n".join(out).rstrip() + "\n"


def drift_json(drifts: Mapping[str, tuple[Drift, ...] | DmvpnError]) -> dict[str, Any]:
    """Return the drift as a value for JSON."""
    return {
        "routers": [
            {"device": name, "drift": [], "error": str(found)}
            if isinstance(found, DmvpnError)
            else {"device": name, "drift": [asdict(one) for one in found], "error": None}
            for name, found in drifts.items()
        ]
    }


def _exposed_lines(exposed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    by_hubs: dict[tuple[str, ...], list[str]] = {}
    for spoke, hubs in exposed.items():
        by_hubs.setdefault(hubs, []).append(spoke)
    for hubs, spokes in by_hubs.items():
        more = f" and {len(spokes) - 3} more" if len(spokes) > 3 else ""
        named = ", ".join(spokes[:3]) + more
        yield f"touches every hub of {named}: {', '.join(hubs)}; never change them together"


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
