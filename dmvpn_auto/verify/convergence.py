"""Wait until a cloud converges: poll, judge, stop as soon as all holds or the deadline has passed.

Only what does not hold yet is asked again; the last word always comes from one fresh round in which
everything was asked, so that no verdict rests on a state that has gone since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.verify.check import Check, Config, Failures, judge
from dmvpn_auto.verify.evidence import Evidence
from dmvpn_auto.verify.routers import Clock, Routers, gather
from dmvpn_auto.verify.scope import by_family
from dmvpn_auto.verify.verdict import Status, Verdict

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 5.0
"""Seconds between polls: short first, since most clouds converge in seconds.

See DMVPN's back-off.
"""

_SETTLED = {Status.PASS, Status.WAIVED}
"""What is not waited for."""
Progress = Callable[[Sequence[Verdict]], None]


def converge(
    checks: Sequence[Check],
    cloud: CloudDesign,
    routers: Routers,
    *,
    devices: frozenset[str],
    timeout: float,
    clock: Clock,
    progress: Progress,
    config: Config | None = None,
) -> tuple[tuple[Verdict, ...], Evidence]:
    """Return the verdicts and the evidence they rest on.

    `timeout` is in seconds; 0 judges once. Routers that cannot be reached are not waited for.
    """
    deadline = clock.now() + timeout
    pause = FIRST_PAUSE
    evidence = _round(checks, cloud, routers, devices)
    fresh = True
    while True:
        verdicts = tuple(judge(checks, cloud, evidence, devices, config))
        progress(verdicts)
        waiting = [v for v in verdicts if v.status not in _SETTLED]
        waiting = [v for v in waiting if not {v.device, v.peer} & set(evidence.unreachable)]
        over = not waiting or clock.now() >= deadline
        if over and fresh:
            return verdicts, evidence
        if over:
            evidence, fresh = _round(checks, cloud, routers, devices), True
            continue
        clock.wait(min(pause, max(deadline - clock.now(), 0.0)))
        pause = min(pause * 1.5, LONGEST_PAUSE)
        before = (evidence, verdicts)
        evidence, fresh = _round(checks, cloud, routers, devices, before), False


def _round(
    checks: Sequence[Check],
    cloud: CloudDesign,
    routers: Routers,
    devices: frozenset[str],
    before: tuple[Evidence, Sequence[Verdict]] | None = None,
) -> Evidence:
    """Ask for everything, or with `before` only for what did not hold; probes after the rest."""
    evidence = before[0] if before else Evidence({})
    pending = {v.key for v in before[1] if v.status not in _SETTLED} if before else None
    families = by_family(cloud)

    def ask(wave: Sequence[Check], known: Sequence[Verdict] = ()) -> Evidence:
        wanted: dict[str, dict[str, None]] = {}
        failures = {
            family: Failures(v for v in known if v.family in {None, family}) for family in families
        }
        for check, (family, side) in product(wave, families.items()):
            for subject in check.subjects(side):
                name = subject.device.name
                key = (check.name, *subject.key, None if check.shared else family)
                if name not in devices or (pending is not None and key not in pending):
                    continue
                if failures[family].blocker(check, subject) is None:
                    wanted.setdefault(name, {}).update(dict.fromkeys(check.commands(subject)))
        if not wanted:
            return evidence
        return evidence.merged(gather(routers, {d: list(c) for d, c in wanted.items()}))

    shows = [check for check in checks if not check.probes]
    evidence = ask(shows)
    known = tuple(judge(shows, cloud, evidence, devices))
    return ask([check for check in checks if check.probes], known)
