"""TextFSM that loses nothing: unread lines are reported, records remember their raw lines.

Plain TextFSM skips what no rule matches, which is how peers vanish. Here a template names every
line it knows, the uninteresting ones too, and what is left over is handed back as unparsed.
Templates are compiled by the textfsm package, so they are ordinary TextFSM templates (Filldown,
List and Required values only), ours or those of ntc-templates; they are run by the loop below,
which is three times faster on long tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from textfsm import TextFSM, TextFSMTemplateError

Record = dict[str, Any]
"""Value name -> text; a list of texts for a List value."""

_TEMPLATES = Path(__file__).resolve().parent / "templates"
LONGEST_LINE = 500
"""In characters. No router prints longer lines in a table; matching hostile ones takes too long."""
_SUPPORTED = {"Filldown", "List", "Required"}


@dataclass(frozen=True, slots=True)
class Table:
    """Records in order, the raw lines each came from, and the lines that no rule reads."""

    records: tuple[Record, ...]
    lines: tuple[tuple[str, ...], ...]
    unparsed: tuple[str, ...]
    filldown: tuple[str, ...] = ()  # values that outlive their record: what headings say


class _Rule(NamedTuple):
    match: Any  # the bound method of the compiled expression
    captures: bool
    goes_on: bool  # Continue
    operation: str  # "", "Record", "Clear", "Clearall"
    next_state: str
    is_row: bool  # reads a whole record in one line, as those of long tables do


class _Template(NamedTuple):
    blank: Record
    kept_blank: Record  # the values that do not outlive their record
    filldown: tuple[str, ...]
    lists: frozenset[str]
    required: tuple[str, ...]
    states: dict[str, tuple[_Rule, ...]]
    record_at_end: bool


class _Run:
    """One pass over one output."""

    def __init__(self, template: _Template) -> None:
        self.template = template
        self.current: Record = self._fresh()
        self.since: list[str] = []
        self.records: list[Record] = []
        self.origins: list[tuple[str, ...]] = []
        self.unread: list[str] = []

    def _fresh(self) -> Record:
        lists = self.template.lists
        return {k: [] if k in lists else "" for k in self.template.blank}

    def read(self, lines: Iterable[str]) -> Table:
        states = self.template.states
        rules = states["Start"]
        for line in lines:
            taken = False
            for rule in rules if len(line) <= LONGEST_LINE else ():
                matched = rule.match(line)
                if matched is None:
                    continue
                if rule.is_row and not taken and self._row(matched, line):
                    break
                if rule.captures:
                    self._assign(matched)
                    if not taken:
                        self.since.append(line)
                        taken = True
                if rule.operation:
                    self._operate(rule.operation)
                if not rule.goes_on:
                    if rule.next_state:
                        rules = states[rule.next_state]
                    break
            else:
                if not taken:
                    self.unread.append(line)
        if self.template.record_at_end:
            self._operate("Record")
        return Table(
            tuple(self.records), tuple(self.origins), tuple(self.unread), self.template.filldown
        )

    def _row(self, matched: re.Match[str], line: str) -> bool:
        """Do what `_assign` and `_operate` do for a row, in one go; False when it is empty."""
        groups = matched.groupdict("")
        if not any(groups.values()):
            return False
        done = self.current
        done.update(groups)
        self.records.append(done)
        if self.since:
            self.origins.append((*self.since, line))
            self.since = []
        else:
            self.origins.append((line,))
        self.current = done.copy()
        self.current.update(self.template.kept_blank)
        return True

    def _assign(self, matched: re.Match[str]) -> None:
        current = self.current
        groups = matched.groupdict("")
        if self.template.lists.isdisjoint(groups):
            current.update(groups)
            return
        for name, value in groups.items():
            if name not in self.template.lists:
                current[name] = value
            elif value:
                current[name].append(value)

    def _whole(self, record: Record) -> bool:
        return all(record[name] for name in self.template.required)

    def _operate(self, operation: str) -> None:
        done = self.current
        if operation == "Record" and any(done.values()) and self._whole(done):
            self.records.append(done)
            self.origins.append(tuple(self.since))
            self.since = []
        self.current = self._fresh() if self.template.lists else self.template.blank.copy()
        if operation != "Clearall":
            for name in self.template.filldown:
                self.current[name] = done[name]


@cache
def _compile(path: Path) -> _Template:
    with path.open(encoding="utf-8") as text:
        fsm = TextFSM(text)  # type: ignore[no-untyped-call]  # textfsm has no annotations
    options = {value.name: set(value.OptionNames()) for value in fsm.values or ()}
    for name, found in options.items():
        if found - _SUPPORTED:
            raise TextFSMTemplateError(f"{path.name}: {name}: unsupported {found - _SUPPORTED}")
    lists = frozenset(name for name, found in options.items() if "List" in found)
    required = tuple(name for name, found in options.items() if "Required" in found)
    plain = not lists and not required
    return _Template(
        blank=dict.fromkeys(options, ""),
        kept_blank={name: "" for name, found in options.items() if "Filldown" not in found},
        filldown=tuple(name for name, found in options.items() if "Filldown" in found),
        required=required,
        lists=lists,
        states={
            state: tuple(
                _rule(re.compile(rule.regex), rule.line_op, rule.record_op, rule.new_state, plain)
                for rule in rules
                if rule.line_op != "Error"  # then no rule reads the line, which is reported
            )
            for state, rules in fsm.states.items()
        },
        record_at_end="EOF" not in fsm.states,
    )


def _rule(
    regex: re.Pattern[str], line_op: str, record_op: str, new_state: str, plain: bool
) -> _Rule:
    captures = bool(regex.groupindex)
    goes_on = line_op == "Continue"
    return _Rule(
        match=regex.match,
        captures=captures,
        goes_on=goes_on,
        operation="" if record_op == "NoRecord" else record_op,
        next_state=new_state,
        is_row=plain and captures and record_op == "Record" and not goes_on and not new_state,
    )


def read_table(template: str, lines: Iterable[str]) -> Table:
    """Read `lines` (no blank ones, no trailing blanks) with our template of that name."""
    return _Run(_compile(_TEMPLATES / f"{template}.textfsm")).read(lines)


def read_ntc_table(template: str, lines: Iterable[str]) -> Table:
    """Read `lines` with the template of that name of ntc-templates."""
    import ntc_templates

    folder = Path(ntc_templates.__file__).resolve().parent / "templates"
    return _Run(_compile(folder / f"{template}.textfsm")).read(lines)
