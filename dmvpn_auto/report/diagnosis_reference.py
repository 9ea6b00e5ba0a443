"""The reference page of all causes that a diagnosis knows, made from the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from dmvpn_auto.report.reference import MADE
from dmvpn_auto.verify.diagnosis.facts import Question
from dmvpn_auto.verify.diagnosis.rule import Rule
from dmvpn_auto.verify.diagnosis.rules import MODULES, RULES

_HEAD = """\
# Causes that `dmvpn-auto diagnose` knows

One row for each cause, the lowest layer first. A rule applies in the DMVPN states named (of the
spoke towards the hub). Its conditions must not be contradicted; one of its proofs must be seen for
the cause to be *shown*. Without a proof a cause is at most *possible*, and shares what confidence
is left with all others that are; a rule marked "never guessed" is not even that.
Confidence is that of a shown cause when every condition is known: causes measured by fault
injection on routers (L) weigh more than documented ones (C) and experience (K).

"""


def diagnosis_page() -> str:
    """Return the page: a table of all causes, then each with its facts and commands."""
    rows = "".join(
        f"| [{rule.id}](#{rule.id}) | {', '.join(_states(rule))} | {_plain(rule.cause)} | "
        f"{rule.base:.0%} | {rule.source} |\n"
        for rule in RULES
    )
    table = "| rule | states | cause | confidence | source |\n|---|---|---|---|---|\n"
    return MADE + _HEAD + table + rows + "".join(_chapters())


def _chapters() -> Iterator[str]:
    for module in MODULES:
        title = (sys.modules[module.__name__].__doc__ or "").partition(":")[0]
        yield f"\n## {title}\n"
        for rule in module.RULES:
            yield f"\n### {rule.id}\n\n{_plain(rule.cause)}.\n\n"
            yield from _facts("needs", rule.shows)
            yield from _facts("unless contradicted", rule.when)
            yield from _facts("shown by one of", rule.proof)
            yield from _lines("fix", rule.fix)
            yield from _lines("next probe", rule.next)
            if not rule.guess:
                yield "- never guessed\n"


def _states(rule: Rule) -> list[str]:
    return [word for word in ("INTF", "IKE", "IPSEC", "NHRP", "UP") if word in rule.states]


def _facts(title: str, facts: tuple[Question, ...]) -> Iterator[str]:
    if facts:
        yield f"- {title}: {'; '.join(_plain(fact.name) for fact in facts)}\n"


def _lines(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"- {title}: {', '.join(f'`{line}`' for line in lines)}\n"


def _plain(text: str) -> str:
    return text.removesuffix(": {words}").replace("|", "\\|").replace("{words}", "...")
