"""TextFSM that loses nothing: unread lines are reported, records remember their raw lines.

Plain TextFSM skips what no rule matches, which is how peers vanish. Here a template names every
line it knows, the uninteresting ones too, and what is left over is handed back as unparsed.
Templates are compiled by the textfsm package, so they are ordinary TextFSM templates, ours or those
of ntc-templates; they are run by the loop below, which is three times faster on long tables. Two
things differ from TextFSM, since both lose lines: an Error rule reads nothing instead of ending
all, and what follows the state End is unread.
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
_SUPPORTED = {"Filldown", "Fillup", "Key", "List", "Required"}
_NO_OUTPUT = "\x01~ zq@"
"""A line that only a rule which takes any line matches."""


@dataclass(frozen=True, slots=True)
class Table:
    """Records in order, the raw lines each came from, and the lines that no rule reads."""

    records: tuple[Record, ...]
    lines: tuple[tuple[str, ...], ...]
    unparsed: tuple[str, ...]
    filldown: tuple[str, ...] = ()  # values that outlive their record: what headings say
    left: tuple[str, ...] = ()  # lines that were read and ended up in no record


class _Rule(NamedTuple):
    match: Any  # the bound method of the compiled expression
    captures: bool
    goes_on: bool  # Continue
    operation: str  # "", "Record", "Clear", "Clearall"
    next_state: str
    is_row: bool  # reads a whole record in one line, as those of long tables do
    any_line: bool  # takes whatever comes, which is not to have read it


class _Template(NamedTuple):
    blank: Record
    kept_blank: Record  # the values that are of their record alone
    filldown: tuple[str, ...]
    fillup: frozenset[str]
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
        self.left: list[str] = []

    def _fresh(self) -> Record:
        lists = self.template.lists
        return {k: [] if k in lists else "" for k in self.template.blank}

    def read(self, lines: Iterable[str]) -> Table:
        states = self.template.states
        state = "Start"
        rules = states[state]
        for line in lines:
            taken = False
            for rule in rules if len(line) <= LONGEST_LINE else ():
                matched = rule.match(line)
                if matched is None:
                    continue
                if rule.is_row and not taken and self._row(matched, line):
                    taken = True
                    break
                if rule.captures:
                    self._assign(matched)
                    if not taken:
                        self.since.append(line)
                        taken = True
                if rule.operation:
                    self._operate(rule.operation)
                if not rule.goes_on:
                    taken = taken or not rule.any_line
                    if rule.next_state:
                        state = rule.next_state
                        rules = states[state]
                    break
            if line and not taken:
                self.unread.append(line)
        if self.template.record_at_end and state != "End":
            self._operate("Record")
        return Table(
            tuple(self.records),
            tuple(self.origins),
            tuple(self.unread),
            self.template.filldown,
            tuple(self.left),
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
        self.current = {**done, **self.template.kept_blank}
        return True

    def _assign(self, matched: re.Match[str]) -> None:
        current = self.current
        groups = matched.groupdict("")
        for name in self.template.fillup.intersection(groups):
            self._fill_up(name, groups[name])
        if self.template.lists.isdisjoint(groups):
            current.update(groups)
            return
        for name, value in groups.items():
            if name not in self.template.lists:
                current[name] = value
            elif value:
                current[name].append(value)

    def _fill_up(self, name: str, value: str) -> None:
        """Give the value to the records above that have none, up to one that has."""
        for record in reversed(self.records):
            if record[name]:
                break
            record[name] = value

    def _whole(self, record: Record) -> bool:
        return all(record[name] for name in self.template.required)

    def _operate(self, operation: str) -> None:
        done = self.current
        if operation == "Record" and any(done.values()):
            if self._whole(done):
                self.records.append(done)
                self.origins.append(tuple(self.since))
                self.since = []
            elif any(done[name] for name in self.template.kept_blank):
                self.left.extend(self.since)
                self.since = []
        self.current = self._fresh() if self.template.lists else self.template.blank.copy()
        if operation != "Clearall":
            for name in self.template.filldown:
                self.current[name] = done[name]


@cache
def _compile(path: Path, *, strict: bool) -> _Template:
    with path.open(encoding="utf-8") as text:
        fsm = TextFSM(text)  # type: ignore[no-untyped-call]  # textfsm has no annotations
    options = {value.name: set(value.OptionNames()) for value in fsm.values or ()}
    for name, found in options.items():
        if found - _SUPPORTED:
            raise TextFSMTemplateError(f"{path.name}: {name}: unsupported {found - _SUPPORTED}")
    lists = frozenset(name for name, found in options.items() if "List" in found)
    required = tuple(name for name, found in options.items() if "Required" in found)
    fillup = frozenset(name for name, found in options.items() if "Fillup" in found)
    plain = not (lists or required or fillup)
    return _Template(
        blank=dict.fromkeys(options, ""),
        kept_blank={
            name: "" for name, found in options.items() if not found & {"Filldown", "Fillup"}
        },
        filldown=tuple(name for name, found in options.items() if "Filldown" in found),
        required=required,
        lists=lists,
        fillup=fillup,
        states={"End": (), "EOF": ()}
        | {
            state: tuple(
                _rule(rule, plain=plain, strict=strict)
                for rule in rules
                if rule.line_op != "Error"  # then no rule reads the line, which is reported
            )
            for state, rules in fsm.states.items()
        },
        record_at_end="EOF" not in fsm.states,
    )


def _rule(rule: Any, *, plain: bool, strict: bool) -> _Rule:
    regex = re.compile(rule.regex)
    captures = bool(regex.groupindex)
    goes_on = rule.line_op == "Continue"
    record = rule.record_op
    return _Rule(
        match=regex.match,
        captures=captures,
        goes_on=goes_on,
        operation="" if record == "NoRecord" else record,
        next_state=rule.new_state,
        is_row=plain and captures and record == "Record" and not (goes_on or rule.new_state),
        any_line=strict and not captures and regex.match(_NO_OUTPUT) is not None,
    )


def read_table(template: str, lines: Iterable[str]) -> Table:
    """Read `lines` (no blank ones, no trailing blanks) with our template of that name."""
    return _Run(_compile(_TEMPLATES / f"{template}.textfsm", strict=False)).read(lines)


def read_foreign(template: Path, lines: Iterable[str]) -> Table:
    """Read `lines`, blank ones too, with a template that was not written to name every line.

    A rule that takes any line has read none of them.
    """
    return _Run(_compile(template, strict=True)).read(lines)
