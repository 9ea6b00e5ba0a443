"""From sheets to findings: which causes the evidence proves, which it leaves open, which not.

A rule of which one condition is false is out. A cause whose proof is seen is proven; its confidence
is that of the rule, less for every condition that nothing was collected about. Where nothing is
proven, the causes that remain share what is left, so that none looks certain. One cause at one
router is one finding, however many peers suffer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dmvpn_auto.design.types import CloudDesign
from dmvpn_auto.ios import mask
from dmvpn_auto.verify import commands
from dmvpn_auto.verify.diagnosis.ends import ORDER, End, Unknown
from dmvpn_auto.verify.diagnosis.facts import Fact, Line, Question
from dmvpn_auto.verify.diagnosis.finding import Diagnosis, Finding
from dmvpn_auto.verify.diagnosis.repair import restore
from dmvpn_auto.verify.diagnosis.rule import Rule
from dmvpn_auto.verify.diagnosis.rules import LAYER, RULES
from dmvpn_auto.verify.diagnosis.settings import Configuration
from dmvpn_auto.verify.diagnosis.sheet import HUB, SPOKE, Sheet, make_sheets
from dmvpn_auto.verify.diagnosis.texts import Texts

SURE = 0.5
"""From this confidence on, a proven cause stands without the possible ones."""
_DOUBT = 0.85  # for each condition that is unknown
_OPEN, _ONE = 0.8, 0.6  # what unproven causes share, and the most that one of them gets
_FAINT = 0.08  # causes below are not worth a line
MOST_LINES = 14


@dataclass(frozen=True)
class Suspicion:
    """A rule that may explain one sheet."""

    sheet: Sheet
    rule: Rule
    proven: bool
    weight: float
    side: str
    facts: tuple[Fact, ...]
    keys: tuple[str, ...]

    @property
    def end(self) -> End:
        """Where the fault is."""
        return self.sheet.end(self.side)


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
        looked_at=sum(sheet.state is not None for sheet in sheets),
        unreachable={name: texts.why(name) for name in texts.unreachable},
    )


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
    first = max(group, key=lambda one: (one.proven, one.weight))
    rule, end = first.rule, first.end
    words = _words(first)
    wrong = intended.get(end.name)
    repair = restore(end, wrong.tree, first.keys) if wrong and first.proven else ()
    fix = [(end.name, line) for line in repair]
    fix += [line for text in rule.fix if (line := _line(text, words)) not in fix]
    probes = [line for fact in first.facts if fact.holds is None for line in fact.probe]
    if not first.proven or rule.base < SURE or not fix:
        probes = [_line(text, words) for text in rule.next] + probes
    return Finding(
        rule=rule.id,
        row=rule.row,
        source=rule.source,
        device=end.name,
        peers=tuple(dict.fromkeys(_other(one).name for one in group)),
        state=first.sheet.state or "",
        cause=_sentence(rule.cause, words),
        confidence=first.weight,
        proven=first.proven,
        layer=LAYER[rule.id],
        evidence=_evidence(first),
        fix=tuple(_typed(fix)),
        next=tuple(dict.fromkeys(probes))[:6],
    )


def _other(one: Suspicion) -> End:
    return one.sheet.spoke if one.side == HUB else one.sheet.hub


def _sentence(template: str, words: Mapping[str, str]) -> str:
    text = template.format_map(words)
    return text.removesuffix(": ").rstrip()


def _line(template: str, words: Mapping[str, str]) -> Line:
    device, _, command = template.format_map(words).partition(": ")
    return device, command


_EXEC = ("clear ", "show ", "ping ", "debug ", "crypto pki enroll", "! ")


def _typed(lines: Sequence[Line]) -> Iterable[Line]:
    """Put configuration lines between `configure terminal` and `end`, exec commands after them."""
    for device in dict.fromkeys(device for device, _ in lines):
        mine = [command for name, command in lines if name == device]
        config = [line for line in mine if not line.strip().startswith(_EXEC)]
        if config:
            yield device, "configure terminal"
            yield from ((device, line) for line in config)
            yield device, "end"
        yield from ((device, line) for line in mine if line.strip().startswith(_EXEC))


def _words(one: Suspicion) -> dict[str, str]:
    sheet, end, other = one.sheet, one.end, _other(one)
    tunnel = end.router.tunnel
    acl = end.setting("acl.denies-esp") or end.setting("acl.denies-ike")
    return {
        "spoke": sheet.spoke.name,
        "hub": sheet.hub.name,
        "device": end.name,
        "peer": other.name,
        "interface": tunnel.interface,
        "source": tunnel.source_interface,
        "vrf": f"vrf {tunnel.front_vrf} " if tunnel.front_vrf else "",
        "vrf_inside": f"vrf {tunnel.inside_vrf}" if tunnel.inside_vrf else "",
        "spoke_nbma": sheet.hub.peer_nbma or "SPOKE-NBMA",
        "hub_nbma": sheet.spoke.peer_nbma or "HUB-NBMA",
        "peer_nbma": end.peer_nbma or "PEER-NBMA",
        "spoke_tunnel": sheet.hub.peer_tunnel,
        "hub_tunnel": sheet.spoke.peer_tunnel,
        "network_id": str(tunnel.nhrp.network_id),
        "overlay": end.router.overlay.kind.partition("-")[0].upper(),
        "process": "ospf process" if end.router.overlay.kind == "ospf" else "bgp *",
        "ike": commands.ike(end.router),
        "acl": acl.value if acl and not isinstance(acl, Unknown) else "ACL",
        "words": "; ".join(dict.fromkeys(f.words for f in one.facts if f.holds and f.words)),
    }


def _evidence(one: Suspicion) -> tuple[Line, ...]:
    """Return the lines of the facts, then how each end sees the other; secrets hidden."""
    lines = [line for fact in one.facts if fact.holds for line in fact.lines]
    for end in (one.sheet.spoke, one.sheet.hub):
        if end.row is not None:
            lines += [(end.name, line.strip()) for line in end.row.lines]
        elif end.negative is not None:
            lines += [(end.name, line.strip()) for line in end.negative.lines]
        elif end.rows is not None:
            lines.append((end.name, f"show dmvpn: no row for {end.peer_tunnel}"))
        else:
            lines.append((end.name, "no evidence" if not end.asked else "no show dmvpn"))
    unique = dict.fromkeys((device, mask(line)) for device, line in lines)
    return tuple(unique)[:MOST_LINES]
