"""Any command that ntc-templates reads and nobody here does."""

from __future__ import annotations

from textfsm import TextFSMTemplateError

from dmvpn_auto.observe import foreign
from dmvpn_auto.observe.engine import Record, Table, read_foreign
from dmvpn_auto.observe.evidence import GenericRow, GenericTable


def parse_generic(command: str, lines: list[str]) -> GenericTable:
    """Read `command` with the template of ntc-templates that its index names.

    Lines that end in no row are unread, all of them where no row was made: those templates let
    pass what they do not know, and an empty table is not told from one of another release.
    """
    meant = foreign.find(command.partition("|")[0].split())
    if meant is None:
        raise ValueError(f"{command!r} is not in the index of ntc-templates")
    path = foreign.template(meant)
    refused = [line for line in lines if line.startswith("% ")]
    try:
        table = read_foreign(path, (line for line in lines if line not in refused))
        why = f"{path.stem} of ntc-templates read no row"
    except (OSError, TextFSMTemplateError) as error:
        table = Table((), (), ())
        why = f"{path.stem} of ntc-templates cannot be used: {error}"
    rows = tuple(
        GenericRow(values=_values(record), lines=origin)
        for record, origin in zip(table.records, table.lines, strict=True)
    )
    unread = (*refused, *table.unparsed, *table.left) if rows else (line for line in lines if line)
    return GenericTable(
        command=command,
        template=path.stem,
        rows=rows,
        unparsed=tuple(unread),
        warnings=() if rows or not any(lines) else (why,),
    )


def _values(record: Record) -> dict[str, str | tuple[str, ...]]:
    return {
        name.lower(): tuple(value) if isinstance(value, list) else value.strip()
        for name, value in record.items()
    }
