"""What `dmvpn-auto verify` needs on live routers: a clock, the lab's witness, progress, an account.

The account says after Ctrl-C what was asked of the routers and what was cleared on them.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dmvpn_auto.errors import DmvpnError
    from dmvpn_auto.inventory import Hosts
    from dmvpn_auto.lab.control import Lab
    from dmvpn_auto.verify import Routers, Verdict, WireCount


class _LabWire:
    """The WAN router of the lab as the one who sees the transport. NAT-T carries ESP in UDP."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def count(self) -> WireCount:
        from dmvpn_auto.verify import WireCount

        seen = self._lab.wire()
        return WireCount(gre=seen.gre, esp=seen.esp + seen.nat_t, lines=seen.raw)


@contextlib.contextmanager
def witness(hosts: Hosts, names: Sequence[str]) -> Iterator[_LabWire | None]:
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
        from dmvpn_auto.report.verdict_groups import who
        from dmvpn_auto.verify import Status

        missing = [v for v in verdicts if v.status not in {Status.PASS, Status.WAIVED}]
        text = f"{len(verdicts) - len(missing)} of {len(verdicts)} hold"
        if missing:
            first = next((v for v in missing if v.status is Status.FAIL), missing[0])
            text += f"; waiting for {first.check} of {who(first)}: {first.actual}"
        if self._console.is_terminal:
            self.status.update(text)
        elif text != self._last:
            sys.stderr.write(text + "\n")
        self._last = text


@contextlib.contextmanager
def progress() -> Iterator[_Teller]:
    """Show on standard error what is still missing."""
    teller = _Teller()
    with teller.status:
        yield teller


class Account:
    """Routers, with a note of what was asked of them."""

    def __init__(self, routers: Routers, total: int) -> None:
        self._routers = routers
        self._total = total
        self._asked: set[str] = set()
        self._cleared: set[str] = set()

    def ask(
        self, wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, Mapping[str, str | DmvpnError]]:
        """Ask the routers behind."""
        self._asked |= set(wanted)
        self._cleared |= {
            name for name, todo in wanted.items() if any(c.startswith("clear ") for c in todo)
        }
        return self._routers.ask(wanted)

    def __str__(self) -> str:
        said = f"nothing was configured; {len(self._asked)} of {self._total} routers were asked"
        if self._cleared:
            names = ", ".join(sorted(self._cleared))
            said += (
                f"; NHRP entries of the spoke pairs were cleared on {names} "
                "(traffic makes them again)"
            )
        return f"{said}; nothing was written"
