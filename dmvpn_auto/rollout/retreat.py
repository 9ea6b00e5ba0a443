"""Taking back a run that was carried out: what it typed, backwards, and nothing else.

The journal holds the commands that lead back without their secrets; the secrets are fetched from
the configuration that the router archived before the run, or from what it runs. Where neither has
them the router is left alone, and the commands are told for a person to complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.device import Fleet, Session
from dmvpn_auto.errors import DeviceError, DmvpnError, UsageError
from dmvpn_auto.inventory import select
from dmvpn_auto.ios import Change, Delta, Tree, mask
from dmvpn_auto.ios.masking import HIDDEN, mask_kind
from dmvpn_auto.rollout.addresses import resolve
from dmvpn_auto.rollout.deploy import Rollout
from dmvpn_auto.rollout.guard import GUARDS
from dmvpn_auto.rollout.journal import Journal
from dmvpn_auto.rollout.outcome import State
from dmvpn_auto.rollout.plan import Plan, is_in_band, refuse_mixed_up
from dmvpn_auto.rollout.precheck import Survey, examine, read_facts
from dmvpn_auto.rollout.reading import same
from dmvpn_auto.rollout.records import DeviceRecord, Step, recorded_waves
from dmvpn_auto.rollout.recovery import Left, before_run
from dmvpn_auto.rollout.target import Target, Targets
from dmvpn_auto.rollout.transaction import Transaction
from dmvpn_auto.rollout.waves import Wave

CHANGED = (State.SAVED.value, State.ACTIVE.value)


class Retreat(Transaction):
    """The way back of one router; it is there when every line of it is."""

    def lacking(self, running: Tree) -> str:
        """Return a line that should be there again and is not, or one that should be gone."""
        if same(running, self.plan.wanted):
            return ""
        for path, line in places(self.plan.change.forward):
            section = _section(running, path)
            gone = line.removeprefix("no ")
            if line.startswith("no ") and section is not None and gone in section:
                return f"- {mask(gone)}"
            if not line.startswith("no ") and (section is None or line not in section):
                return f"+ {mask(line)}"
        return ""


def surveys(
    fleet: Fleet, journal: Journal, left: Left, chosen: Targets
) -> dict[str, Survey | DmvpnError]:
    """Find out for each router of a run what leads back; changes nothing."""
    targets = {target.name: target for target in chosen.routers}

    def work(session: Session) -> Survey:
        name = session.name
        found = _survey(session, left.record_of(name), targets[name], chosen, journal)
        examine(session, found, left.policy)
        return found

    return dict(fleet.read(work, list(targets), keep=len(targets) <= fleet.workers))


def members(left: Left, design: CloudDesign, limit: str | None) -> list[str]:
    """Return the routers that the run changed and `limit` selects. Raises UsageError."""
    changed = [device.name for device in left.devices if device.state in CHANGED]
    names = set(select(design, limit, {})) if limit else set(changed)
    found = [name for name in changed if name in names]
    if not found:
        raise UsageError(
            f"run {left.record.id} has changed none of these routers",
            stage="rollback",
            hint=f"dmvpn-auto show {left.record.id}",
        )
    return found


def waves(left: Left, names: Iterable[str]) -> tuple[Wave, ...]:
    """Return the waves of the run in reverse, of the routers named."""
    wanted = set(names)
    others = [device.name for device in left.devices if device.name not in wanted]
    recorded = (wave.without(others) for wave in reversed(recorded_waves(left.devices)))
    return tuple(
        replace(wave, title=f"back: {wave.title}", stages=tuple(reversed(wave.stages)))
        for wave in recorded
        if wave.stages
    )


def begin(
    fleet: Fleet,
    journal: Journal,
    left: Left,
    chosen: Targets,
    found: dict[str, Survey],
    *,
    order: Sequence[Wave],
) -> Rollout:
    """Enter the way back as a run of its own and return what carries it out."""
    policy = left.policy
    run = journal.begin(
        "rollback",
        chosen.design,
        order,
        {name: one.plan for name, one in found.items()},
        policy=policy.model_dump(mode="json"),
        of=left.record.id,
    )
    rollout = Rollout(fleet, chosen.design, policy, run, found, order, make=Retreat)
    _owe(rollout, left)
    return rollout


def resume(
    fleet: Fleet, journal: Journal, left: Left, of: Left, chosen: Targets
) -> tuple[Rollout, dict[str, Survey | DmvpnError]]:
    """Return the rollout that goes on with taking back the run `of`, which `left` began, and what
    leads back on each router that is not there yet. What waits for a confirmation is typed anew.
    """
    left.refuse_ended()
    left.refuse_overtaken()
    run = journal.again(left.record.id)
    targets = {target.name: target for target in chosen.routers}

    def work(session: Session) -> Survey:
        name, guard = session.name, GUARDS[left.policy.revert]
        with run.doing(name, Step.RECONCILE):
            if left.begun(name) and guard.back and guard.pending(session):
                session.execute(guard.back, guard.answers, stage="revert")
            found = _survey(session, of.record_of(name), targets[name], chosen, journal)
            examine(session, found, left.policy)
        return replace(found, unsaved=left.begun(name) and not found.plan)

    found: dict[str, Survey | DmvpnError] = dict(
        fleet.run(work, list(targets), keep=len(targets) <= fleet.workers)
    )
    ready = {name: one for name, one in found.items() if isinstance(one, Survey)}
    for name, one in ready.items():
        if not one.todo:
            run.state(name, State.UNCHANGED.value)
    todo = {name for name, one in ready.items() if one.plan}
    gone = [device.name for device in left.devices if device.name not in todo]
    order = tuple(wave.without(gone) for wave in recorded_waves(left.devices))
    order = tuple(wave for wave in order if wave.stages)
    rollout = Rollout(fleet, chosen.design, left.policy, run, ready, order, make=Retreat)
    _owe(rollout, of)
    rollout.lost = left.lost(found)
    return rollout, found


def say(found: Survey | DmvpnError) -> str:
    """Say how a router was found."""
    if isinstance(found, DmvpnError):
        return str(found)
    return "not back yet" if found.plan else "back already"


def _owe(rollout: Rollout, of: Left) -> None:
    """What worked before the run must work after going back."""
    for name in rollout.surveys:
        if owed := of.baseline_of_run(name):
            rollout.owed[name] = owed


def _survey(
    session: Session, record: DeviceRecord, target: Target, chosen: Targets, journal: Journal
) -> Survey:
    facts = read_facts(session)
    running = facts.running
    refuse_mixed_up(target, running, chosen.design)
    before = before_run(session, running, record, journal)
    lines = tuple(fill(record.backward, before or {}, running))
    if any(HIDDEN in line for line in lines):
        raise DeviceError(
            record.name,
            "a secret of the way back is not to be had any more: its archive is gone",
            stage="rollback",
            hint=f"dmvpn-auto show --commands has the commands; complete them by hand: "
            f"{next(mask(line).strip() for line in lines if HIDDEN in line)}",
        )
    if before is not None and same(running, before):
        lines = ()
    deltas = tuple(Delta("+", 0, mask(line)) for line in lines)
    todo = Plan(
        target.name,
        target.router.role,
        before if before is not None else running,
        Change(lines, (), deltas),
        (),
        running,
        target.address,
        in_band=is_in_band(target, chosen.design, resolve(target.address)),
    )
    return Survey(todo, notes=facts.notes if lines else (), clock=facts.clock)


def fill(commands: Iterable[str], before: Tree, running: Tree) -> Iterator[str]:
    """Yield the commands with their secrets: a line as it was before, one that is taken away as it
    runs, encrypted by the router or not.
    """
    typed = list(commands)
    for (path, line), command in zip(_walk(typed), typed, strict=True):
        if HIDDEN not in line:
            yield command
            continue
        tree, wanted = (running, line[3:]) if line.startswith("no ") else (before, line)
        section = _masked_section(tree, path) or {}
        raw = next((one for one in section if mask(one) == wanted), None)
        if raw is None and tree is running:
            raw = next((one for one in section if mask_kind(one) == mask_kind(wanted)), None)
        indent = command[: len(command) - len(command.lstrip())]
        yield command if raw is None else f"{indent}{'no ' if tree is running else ''}{raw}"


def places(commands: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each line of the commands with the sections it is in; `exit` and the like are left
    out.
    """
    return (
        (path, line)
        for path, line in _walk(commands)
        if line not in ("exit", "shutdown", "no shutdown")
    )


def _walk(commands: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    path: list[str] = []
    for command in commands:
        depth = len(command) - len(command.lstrip())
        line = command.strip()
        del path[depth:]
        yield tuple(path), line
        path.append(line)


def _section(tree: Tree, path: Iterable[str]) -> Tree | None:
    for header in path:
        if header not in tree:
            return None
        tree = tree[header]
    return tree


def _masked_section(tree: Tree, path: Iterable[str]) -> Tree | None:
    for header in path:
        found = next((line for line in tree if mask(line) == header), None)
        if found is None:
            return None
        tree = tree[found]
    return tree
