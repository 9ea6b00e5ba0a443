"""From sheets to findings: which causes the evidence proves, which it leaves open, which not.

A rule of which one condition is false is out. A cause whose proof is seen is proven; its confidence
is that of the rule, less for every condition that nothing was collected about. Where nothing is
proven, the causes that remain share what is left, so that none looks certain. One cause at one
router is one finding, however many peers suffer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from dmvpn_auto.design.sides import sides
from dmvpn_auto.design.types import CloudDesign, Family, family_of
from dmvpn_auto.ios import mask
from dmvpn_auto.verify.diagnosis.ends import ORDER
from dmvpn_auto.verify.diagnosis.facts import Fact, Line, Question
from dmvpn_auto.verify.diagnosis.finding import SURE, Diagnosis, Finding
from dmvpn_auto.verify.diagnosis.repair import restore
from dmvpn_auto.verify.diagnosis.rule import Rule
from dmvpn_auto.verify.diagnosis.rules import LAYER, RULES
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.diagnosis.sheet import HUB, SPOKE, Sheet, make_sheets
from dmvpn_auto.verify.diagnosis.suspicion import Suspicion
from dmvpn_auto.verify.diagnosis.texts import TOGETHER, Texts
from dmvpn_auto.verify.diagnosis.wording import line, other, sentence, typed, words_of

_DOUBT = 0.85  # for each condition that is unknown
_OPEN, _ONE = 0.8, 0.6  # what unproven causes share, and the most that one of them gets
_FAINT = 0.08  # causes below are not worth a line
MOST_LINES, MOST_PROBES = 14, 6


def diagnose(
    design: CloudDesign,
    texts: Texts,
    intended: Mapping[str, Configuration],
    only: Collection[str] | None = None,
) -> Diagnosis:
    """Return what is wrong, and why. `only`: findings that concern one of these routers."""
    sheets = make_sheets(design, texts, intended)
    suspicions: list[Suspicion] = []
    for sheet in sheets:
        suspicions += _suspect(sheet)
    findings = [_finding(group, intended) for group in _groups(suspicions)]
    chosen = [f for f in findings if only is None or {f.device, *f.peers} & set(only)]
    return Diagnosis(
        cloud=design.name,
        findings=tuple(sorted(chosen, key=_badness)),
        families=tuple(dict.fromkeys(family_of(side.tunnel_subnet[0]) for side in sides(design))),
        looked_at=len({(s.spoke.name, s.hub.name) for s in sheets if s.state is not None}),
        unreachable={name: texts.why(name) for name in (*texts.unreachable, *texts.useless)},
        notes=_notes(texts, design),
    )


def _notes(texts: Texts, design: CloudDesign) -> tuple[str, ...]:
    """Say whose output is another router's, and whose is old."""
    said = [
        f"{router.name}: {reason}"
        for router in design.routers
        if router.name not in texts.useless and (reason := texts.foreign(router.name))
    ]
    known = {r.name: moment for r in design.routers if (moment := texts.moment(r.name))}
    newest = max(known, key=lambda name: known[name], default="")
    said += [
        f"the output of {name} is {known[newest] - moment} older than that of {newest}, by their "
        "clocks: what both ends count is not compared"
        for name, moment in known.items()
        if known[newest] - moment > TOGETHER
    ]
    return tuple(said)


def _badness(finding: Finding) -> tuple[object, ...]:
    down = ORDER.index(finding.state) if finding.state in ORDER else 0
    return (
        not finding.proven, finding.state == "UP", -len(finding.peers),
        finding.layer if finding.proven else 0, down, -finding.confidence, finding.device,
    )  # fmt: skip


def _suspect(sheet: Sheet) -> list[Suspicion]:
    """Return the proven causes of one sheet, or those that remain."""
    if sheet.state is None:
        return []
    asked: dict[int, Fact] = {}
    found = [one for rule in RULES if (one := _try(rule, sheet, asked)) is not None]
    named = {one.rule.id for one in found if one.proven}
    found = [one for one in found if named.isdisjoint(one.rule.yields)]
    proven = [one for one in found if one.proven]
    if any(one.rule.specific for one in proven):
        return [one for one in proven if one.rule.specific]
    best = max((one.weight for one in proven), default=0.0)
    if best >= SURE:
        return [one for one in proven if one.weight >= SURE]
    possible = [one for one in found if not one.proven]
    return _shared(sheet, possible) or proven


def _shared(sheet: Sheet, possible: Sequence[Suspicion]) -> list[Suspicion]:
    """Give unproven causes their share; when all spokes are down, the hub is the likelier one."""
    together = sheet.crowd.everybody_down(sheet.hub.name)
    weights = [
        one.weight * ((3.0 if one.side == HUB else 0.3) if together else 1.0) for one in possible
    ]
    total = sum(weights)
    shares = [min(_ONE, _OPEN * weight / total) for weight in weights] if total else []
    return [
        Suspicion(one.sheet, one.rule, False, share, one.side, one.facts, one.keys)
        for one, share in zip(possible, shares, strict=True)
        if share >= _FAINT
    ]


def _try(rule: Rule, sheet: Sheet, asked: dict[int, Fact]) -> Suspicion | None:
    if sheet.state not in rule.states:
        return None
    symptoms = [_ask(one, sheet, asked) for one in rule.shows]
    conditions = symptoms + [_ask(one, sheet, asked) for one in rule.when]
    if any(fact.holds is False for fact in conditions) or not all(f.holds for f in symptoms):
        return None
    proofs = [(one, _ask(one, sheet, asked)) for one in rule.proof]
    shown = [(one, fact) for one, fact in proofs if fact.holds]
    unknown = sum(fact.holds is None for fact in conditions)
    proven = bool(shown) if rule.proof else not unknown
    if not proven and (not rule.guess or all(fact.holds is False for _, fact in proofs)):
        return None
    weight = rule.base * _DOUBT**unknown if proven else rule.base * rule.likely
    sides = [one.side for one, _ in shown if one.side]
    side = sides[0] if sides else rule.side or _likelier(sheet)
    mine = [(one, fact) for one, fact in shown if one.side in {side, ""}] or shown
    return Suspicion(
        sheet=sheet, rule=rule, proven=proven, weight=weight, side=side,
        facts=(*(fact for _, fact in mine), *conditions, *_open(proofs)),
        keys=tuple(dict.fromkeys(key for one, _ in mine for key in one.keys)),
    )  # fmt: skip


def _likelier(sheet: Sheet) -> str:
    return HUB if sheet.crowd.everybody_down(sheet.hub.name) else SPOKE


def _open(proofs: Iterable[tuple[Question, Fact]]) -> list[Fact]:
    return [fact for _, fact in proofs if fact.holds is None]


def _ask(question: Question, sheet: Sheet, asked: dict[int, Fact]) -> Fact:
    if id(question) not in asked:
        asked[id(question)] = question.ask(sheet)
    return asked[id(question)]


def _groups(suspicions: Iterable[Suspicion]) -> list[list[Suspicion]]:
    """Put together what is one cause at one router, and drop what only follows from another."""
    groups: dict[tuple[str, str], list[Suspicion]] = defaultdict(list)
    for one in suspicions:
        groups[one.rule.id, one.end.name].append(one)
    proven = {rule for (rule, _), group in groups.items() if any(one.proven for one in group)}
    return [group for (rule, _), group in groups.items() if not proven & set(group[0].rule.follows)]


def _finding(group: Sequence[Suspicion], intended: Mapping[str, Configuration]) -> Finding:
    """Return one finding for one cause at one router, with what each family has to say of it."""
    by_family: dict[Family, list[Suspicion]] = defaultdict(list)
    for one in group:
        by_family[one.sheet.family].append(one)
    best = [max(each, key=lambda one: (one.proven, one.weight)) for each in by_family.values()]
    shown = [one for one in best if one.proven] or best
    first = max(shown, key=lambda one: one.weight)
    rule, end = first.rule, first.end
    fixes = [_fix(one, intended) for one in shown]
    probes = [
        line
        for one, fix in zip(shown, fixes, strict=True)
        for line in _probes(one, certain=any(not command.startswith("! ") for _, command in fix))
    ]
    states = [one.sheet.state or "" for one in shown]
    peers = tuple(dict.fromkeys(other(one).name for one in group))
    return Finding(
        rule=rule.id,
        row=rule.row,
        source=rule.source,
        device=end.name,
        peers=peers,
        families=tuple(one.sheet.family for one in shown),
        state=min(states, key=lambda state: ORDER.index(state) if state in ORDER else 0),
        cause=sentence(rule.cause, shown, peers),
        confidence=first.weight,
        proven=first.proven,
        layer=LAYER[rule.id],
        evidence=_evidence(shown),
        fix=tuple(typed(fixes)),
        next=tuple(dict.fromkeys(probes))[:MOST_PROBES],
    )


def _fix(one: Suspicion, intended: Mapping[str, Configuration]) -> list[Line]:
    wrong = intended.get(one.end.name)
    whole = tuple(dict.fromkeys(k for q in one.rule.proof if q.side == one.side for k in q.keys))
    repair = restore(one.end, wrong.tree, one.keys if one.proven else whole) if wrong else ()
    fix = [(one.end.name, line) for line in repair]
    words = words_of(one)
    typed_too = [line(text, words) for text in one.rule.fix]
    return fix + [made for made in typed_too if made not in fix and made[1].strip()]


def _probes(one: Suspicion, *, certain: bool) -> list[Line]:
    probes = [probe for fact in one.facts if fact.holds is None for probe in fact.probe]
    if one.proven and one.rule.base >= SURE and certain:
        return probes
    words = words_of(one)
    return [line(text, words) for text in one.rule.next] + probes


def _evidence(best: Sequence[Suspicion]) -> tuple[Line, ...]:
    """Return the lines of the facts, then how each end sees the other; secrets hidden."""
    lines = [x for one in best for fact in one.facts if fact.holds for x in fact.lines]
    for end in (end for one in best for end in (one.sheet.spoke, one.sheet.hub)):
        row = end.row or end.negative
        if row is not None:
            said = " ".join(line.strip() for line in row.lines)
            lines = [pair for pair in lines if pair[1] not in said]
            lines.append((end.name, f"show dmvpn: {said}"))
        elif end.rows is not None:
            lines.append((end.name, f"show dmvpn: no row for {end.peer_tunnel}"))
        else:
            lines.append((end.name, "no evidence" if not end.asked else "no show dmvpn"))
    unique = dict.fromkeys((device, mask(line)) for device, line in lines)
    return tuple(unique)[:MOST_LINES]
