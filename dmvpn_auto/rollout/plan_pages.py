"""Plans and drift as text, Markdown and JSON. No secret passes: everything is masked before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from dmvpn_auto.errors import DmvpnError
from dmvpn_auto.ios import mask
from dmvpn_auto.rollout.drift import Found as Drifted
from dmvpn_auto.rollout.impact import Impact, Reach
from dmvpn_auto.rollout.plan import Plan

Found = Mapping[str, Plan | DmvpnError]
Drifts = Mapping[str, Drifted | DmvpnError]


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


def drift_text(found: Drifts) -> Iterator[str]:
    """Yield what drifted, a line each, what stands beside the intent, and a summary."""
    for name, one in found.items():
        if isinstance(one, DmvpnError):
            yield f"{name}: not compared: {one}"
        elif one.drift or one.beside:
            yield f"{name}:"
            yield from (f"  {line}" for line in (*one.drift, *one.beside))
    yield drift_summary(found)


def drift_summary(found: Drifts) -> str:
    """Say in one line what drift there is."""
    bad = sum(isinstance(one, DmvpnError) for one in found.values())
    off = sum(1 for one in found.values() if not isinstance(one, DmvpnError) and one)
    text = f"{off} of {len(found)} routers drifted" if off else "no drift"
    return f"{text}; {bad} of {len(found)} not compared" if bad else text


def drift_markdown(found: Drifts) -> str:
    """Return the drift as a Markdown page."""
    out = ["# Drift", "", drift_summary(found), ""]
    rows: list[str] = []
    beside: list[str] = []
    for name, one in found.items():
        if isinstance(one, DmvpnError):
            rows.append(f"| {_cell(name)} | not compared | | | {_cell(one.message)} |")
            continue
        rows += [
            f"| {_cell(name)} | {line.kind.value} | {_code(line.section)} | {_code(line.wanted)} "
            f"| {_code(line.actual)} |"
            for line in one.drift
        ]
        beside += [
            f"| {_cell(name)} | {_code(line.section)} | {_code(line.line)} |" for line in one.beside
        ]
    if rows:
        out += ["| router | | section | wanted | actual |", "|---|---|---|---|---|", *rows, ""]
    if beside:
        out += ["Beside the intent, in routing processes that it shares; no drift:", ""]
        out += ["| router | section | line |", "|---|---|---|", *beside]
    return "\n".join(out).rstrip() + "\n"


def drift_json(found: Drifts) -> dict[str, Any]:
    """Return the drift as a value for JSON."""
    return {
        "routers": [
            {"device": name, "drift": [], "beside": [], "error": str(one)}
            if isinstance(one, DmvpnError)
            else {
                "device": name,
                "drift": [asdict(line) for line in one.drift],
                "beside": [asdict(line) for line in one.beside],
                "error": None,
            }
            for name, one in found.items()
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
