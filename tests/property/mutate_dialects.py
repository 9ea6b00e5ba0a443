"""Show which facts of the dialect tables the tests hold: break each one, some test must fail.

`python -m tests.property.mutate_dialects [--quick] [PART OF A NAME ...]` leaves out one row or
resets one field of a row at a time and runs the fast tests of changes in a fork (with `--quick`
those with written commands only). A change that no test notices is a survivor: printed, and exit 1.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import MISSING, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dmvpn_auto.ios.dialects import IOS, Dialect, dialect_of
from dmvpn_auto.ios.rules import Line, Section, Turn

_PROOF = "tests/property/test_proof.py"
QUICK = (
    "tests/unit/test_ios_rows.py",
    "tests/unit/test_ios_diff.py",
    "tests/golden/test_changes.py::test_the_commands_are_those_that_were_read",
    "tests/golden/test_changes.py::test_a_router_that_runs_the_intent_needs_nothing",
)
TESTS = (
    *QUICK,
    f"{_PROOF}::test_a_router_that_runs_its_design_needs_nothing_and_an_empty_one_gets_it",
    "tests/property/test_diff.py",
    f"{_PROOF}::test_generated_clouds_are_proven",
    f"{_PROOF}::test_every_design_becomes_any_other",
)
AT_ONCE = 2
changes, proof = (import_module(f"dmvpn_auto.ios.{name}") for name in ("diff", "proof"))
_NAMES = {"slot", "header", "why"}

_Row = TypeVar("_Row", Line, Section)
Mutation = Callable[[Section], Section]


def mutations(section: Section) -> Iterator[tuple[str, Mutation]]:
    """Yield each way to break a section or something in it, with a name for it."""
    yield from _of_fields(section, "")
    for number, family in enumerate(section.lines):
        yield f"{family.slot.pattern}: left out", _without("lines", number)
        for name, mutate in _of_fields(family, family.slot.pattern):
            yield name, _inside("lines", number, mutate)
    for number, below in enumerate(section.sections):
        yield f"[{below.header.pattern}]: left out", _without("sections", number)
        for name, mutate in mutations(below):
            yield f"[{below.header.pattern}] {name}", _inside("sections", number, mutate)


def _of_fields(row: Line | Section, title: str) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    for field in fields(row):
        value = getattr(row, field.name)
        if field.name in _NAMES or field.name in {"lines", "sections"} or field.default is MISSING:
            continue
        if field.name == "turn" and isinstance(row, Section) and value is Turn.OVERWRITE:
            continue  # known by its whole header, or tested with the header's values
        if field.name == "turn":
            other: object = Turn.REPLACE if value is Turn.OVERWRITE else Turn.OVERWRITE
        elif field.name == "removes":
            other = None if value else re.compile("")
        elif value == field.default:
            continue
        else:
            other = field.default
        yield f"{title}: {field.name}", _set(field.name, other)


def _set(name: str, value: object) -> Callable[[Any], Any]:
    return lambda row: _with(row, name, value)


def _with(row: _Row, name: str, value: Any) -> _Row:
    return replace(row, **{name: value})


def _without(name: str, number: int) -> Mutation:
    def mutate(section: Section) -> Section:
        rows = getattr(section, name)
        return _with(section, name, rows[:number] + rows[number + 1 :])

    return mutate


def _inside(name: str, number: int, mutate_row: Callable[[Any], Any]) -> Mutation:
    def mutate(section: Section) -> Section:
        rows = list(getattr(section, name))
        rows[number] = mutate_row(rows[number])
        return _with(section, name, tuple(rows))

    return mutate


def survives(mutate: Mutation, tests: Sequence[str] = TESTS) -> bool:
    """Run the tests with the broken table in a process of its own."""
    child = os.fork()
    if not child:
        _run_broken(mutate, tests)
    return os.waitpid(child, 0)[1] == 0


def _run_broken(mutate: Mutation, tests: Sequence[str]) -> None:
    def broken(version: str) -> Dialect:
        return Dialect(mutate(dialect_of(version).top))

    for module in (changes, proof):
        module.dialect_of = broken  # type: ignore[attr-defined]  # what it imported
    status = 1
    with Path(os.devnull).open("w", encoding="ascii") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        with contextlib.suppress(BaseException):
            status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    os._exit(status)


def main(parts: list[str]) -> int:
    """Print the survivors and their number."""
    tests = QUICK if "--quick" in parts else TESTS
    parts = [part for part in parts if part != "--quick"]
    chosen = [
        (name, mutate)
        for name, mutate in mutations(IOS.top)
        if not parts or any(part in name for part in parts)
    ]
    count = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda one: (one[0], survives(one[1], tests)), chosen)
        for name, survived in results:
            if survived:
                count += 1
                sys.stdout.write(f"{name}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{count} of {len(chosen)} changes survive\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
