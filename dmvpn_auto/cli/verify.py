"""`dmvpn-auto verify`: wait for convergence, judge, prove the shortcuts; 0 yes, 1 no, 3, 4."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dmvpn_auto.cli.common import CloudOption, InventoryOption, LimitOption, OutputOption

if TYPE_CHECKING:
    from dmvpn_auto.design.types import CloudDesign
    from dmvpn_auto.inventory import Hosts
    from dmvpn_auto.lab.control import Lab
    from dmvpn_auto.verify import Verdict, Verification, WireCount


class Format(StrEnum):
    """How the verdicts are written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"


_ENDINGS = {
    ".json": Format.JSON,
    ".xml": Format.JUNIT,
    ".md": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


class Pairs(StrEnum):
    """Which pairs of spokes must make a shortcut."""

    RING = "ring"
    ALL = "all"
    NONE = "none"


def command(  # noqa: PLR0917 - typer reads options from parameters
    inventory: InventoryOption = Path("inventory"),
    cloud: CloudOption = None,
    limit: LimitOption = None,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for convergence; 0 judges once.")
    ] = 120.0,
    pairs: Annotated[
        Pairs,
        typer.Option(
            help="Spoke pairs whose shortcut is proven with traffic (NHRP entries learnt for the "
            "pair are cleared first); none sends no traffic between spokes and clears nothing."
        ),
    ] = Pairs.RING,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            help="text, json, junit, markdown, or html (one page with the cloud's picture). "
            "Default: by the ending of --output, else text.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Compare the routers with the intent, from what they show and from packets they carry."""
    from dmvpn_auto.device import open_fleet
    from dmvpn_auto.inventory import load_hosts, open_design, select
    from dmvpn_auto.observe.collect import FleetRouters
    from dmvpn_auto.verify import Plan, verify

    design = open_design(inventory, cloud)
    hosts = load_hosts(inventory)
    names = select(design, limit, hosts)
    plan = Plan(devices=frozenset(names), timeout=timeout, pairs=pairs.value)
    with open_fleet(inventory, names) as fleet, _progress() as tell, _witness(hosts, names) as wire:
        result = verify(design, FleetRouters(fleet), _SystemClock(), plan, wire=wire, progress=tell)
    chosen = form or _ENDINGS.get(output.suffix.lower() if output else "", Format.TEXT)
    _write(design, result, chosen, output)
    raise typer.Exit(_exit_code(result))


class _SystemClock:
    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class _LabWire:
    """The WAN router of the lab as the one who sees the transport. NAT-T carries ESP in UDP."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def count(self) -> WireCount:
        from dmvpn_auto.verify import WireCount

        seen = self._lab.wire()
        return WireCount(gre=seen.gre, esp=seen.esp + seen.nat_t, lines=seen.raw)


@contextlib.contextmanager
def _witness(hosts: Hosts, names: Sequence[str]) -> Iterator[_LabWire | None]:
    """Give the lab's witness when all routers are of one lab, nothing for real ones."""
    folders = {str(hosts[n].data.get("lab") or "") for n in names if n in hosts}
    folder = next(iter(folders)) if len(folders) == 1 else ""
    if not folder:
        yield None
        return
    from dmvpn_auto.lab.control import open_lab

    with open_lab(Path(folder)) as lab:
        yield _LabWire(lab)


class _Teller:
    """What is still missing, on one line that changes; on no terminal, a line when that changes."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)
        self.status = self._console.status("asking the routers")
        self._last = ""

    def __call__(self, verdicts: Sequence[Verdict]) -> None:
        from dmvpn_auto.verify import Status

        missing = [v for v in verdicts if v.status is not Status.PASS]
        text = f"{len(verdicts) - len(missing)} of {len(verdicts)} hold"
        if missing:
            first = next((v for v in missing if v.status is Status.FAIL), missing[0])
            text += f"; waiting for {first.check} of {first.device}: {first.actual}"
        if self._console.is_terminal:
            self.status.update(text)
        elif text != self._last:
            sys.stderr.write(text + "\n")
        self._last = text


@contextlib.contextmanager
def _progress() -> Iterator[_Teller]:
    teller = _Teller()
    with teller.status:
        yield teller


def _write(design: CloudDesign, result: Verification, form: Format, output: Path | None) -> None:
    """Write the whole document or nothing."""
    from dmvpn_auto.inventory import write_atomically

    if form is Format.TEXT and output is None:
        from rich.console import Console

        from dmvpn_auto.report.verification import print_verification

        print_verification(result, Console())
        return
    text = _document(design, result, form)
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, text)


def _document(design: CloudDesign, result: Verification, form: Format) -> str:
    if form is Format.JSON:
        return json.dumps(result.to_json(), indent=1) + "\n"
    if form is Format.TEXT:
        from io import StringIO

        from rich.console import Console

        from dmvpn_auto.report.verification import print_verification

        page = StringIO()
        print_verification(result, Console(file=page, width=160))
        return page.getvalue()
    from dmvpn_auto.report.verification_formats import FORMATS

    return FORMATS[form.value](design, result)


def _exit_code(result: Verification) -> int:
    """Return 4 when a router was not reached, whatever the others say: the answer is not whole."""
    from dmvpn_auto.errors import ExitCode
    from dmvpn_auto.verify import Status

    if result.unreachable:
        return int(ExitCode.DEVICE)
    codes = {Status.PASS: ExitCode.YES, Status.FAIL: ExitCode.NO}
    return int(codes.get(result.verdict, ExitCode.NOTHING_CHECKED))
