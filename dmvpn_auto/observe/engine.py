"""TextFSM that loses nothing: unread lines are reported, records remember their raw lines.

Plain TextFSM skips what no rule matches, which is how peers vanish. Here a template names every
line it knows, the uninteresting ones too, and what is left over is handed back as unparsed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textfsm import TextFSM

Record = dict[str, Any]
"""Value name -> text; a list of texts for a List value."""

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class Table:
    """Records in order, the raw lines each came from, and the lines that no rule reads."""

    records: tuple[Record, ...]
    lines: tuple[tuple[str, ...], ...]
    unparsed: tuple[str, ...]


class _LosslessFsm(TextFSM):
    """A TextFSM that keeps what it could not read. One instance serves one thread."""

    def Reset(self) -> None:  # noqa: N802 - TextFSM's name
        super().Reset()  # type: ignore[no-untyped-call]  # textfsm has no annotations
        self.unread: list[str] = []
        self.origins: list[tuple[str, ...]] = []
        self._since_record: list[str] = []

    def read(self, lines: Iterable[str]) -> Table:
        """Run the machine over `lines` (no blank ones, no trailing blanks)."""
        self.Reset()
        for line in lines:
            self._CheckLine(line)
        if "EOF" not in self.states:
            self._AppendRecord()
        header = [value.name for value in self.values or ()]
        return Table(
            records=tuple(dict(zip(header, row, strict=True)) for row in self._result),
            lines=tuple(self.origins),
            unparsed=tuple(self.unread),
        )

    def _CheckLine(self, line: str) -> None:  # noqa: N802
        taken = False
        for rule in self._cur_state or ():
            matched = rule.regex_obj.match(line)
            if matched is None:
                continue
            groups = matched.groupdict()
            if groups:
                for name in groups:
                    self._AssignVar(matched, name)  # type: ignore[no-untyped-call]
                if not taken:
                    self._since_record.append(line)
                taken = True
            if self._Operations(rule, line):  # type: ignore[no-untyped-call]
                if rule.new_state:
                    self._cur_state = self.states[rule.new_state]
                    self._cur_state_name = rule.new_state
                return
        if not taken:
            self.unread.append(line)

    def _AppendRecord(self) -> None:  # noqa: N802
        before = len(self._result)
        super()._AppendRecord()  # type: ignore[no-untyped-call]
        if len(self._result) > before:
            self.origins.append(tuple(self._since_record))
            self._since_record.clear()


_local = threading.local()


def read_table(template: Path | str, lines: Iterable[str]) -> Table:
    """Read `lines` with a template of ours (a name) or of another package (a path).

    Templates are compiled once per thread, since a TextFSM holds its state.
    """
    machines: dict[Path | str, _LosslessFsm] = _local.__dict__.setdefault("machines", {})
    machine = machines.get(template)
    if machine is None:
        path = template if isinstance(template, Path) else _TEMPLATES / f"{template}.textfsm"
        with path.open(encoding="utf-8") as text:
            machine = machines[template] = _LosslessFsm(text)  # type: ignore[no-untyped-call]
    return machine.read(lines)
