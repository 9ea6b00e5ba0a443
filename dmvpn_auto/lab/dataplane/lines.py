"""Since when the line of each interface is up or down, and what IOS logs when that changes."""

from __future__ import annotations

import time
from collections.abc import Callable

from dmvpn_auto.lab.dataplane.kernel import KernelState
from dmvpn_auto.lab.dataplane.snapshot import Naming


class Lines:
    """The lines of one router."""

    def __init__(self, log: Callable[[str], None]) -> None:
        """`log` takes what the console shows."""
        self._log = log
        self._since: dict[str, tuple[bool, float]] = {}
        self._started = time.monotonic()

    def forget(self) -> None:
        """Begin anew, as after a reload."""
        self._since, self._started = {}, time.monotonic()

    def note(self, naming: Naming, state: KernelState) -> None:
        """Remember since when each line is up or down; log changes as IOS does."""
        now = time.monotonic()
        names = naming.interfaces()
        for name, device, one in names:
            link = state.links.get(device)
            up = link is not None and link.line_up
            before = self._since.get(name)
            if before is not None and before[0] == up:
                continue
            self._since[name] = (up, now)
            if before is None and not up:
                continue
            if up:
                self._log(f"%LINK-3-UPDOWN: Interface {name}, changed state to up")
            elif one is not None and not one.up:
                self._log(
                    f"%LINK-5-CHANGED: Interface {name}, changed state to administratively down"
                )
            self._log(
                f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {name}, "
                f"changed state to {'up' if up else 'down'}"
            )
        kept = {name for name, _, _ in names}
        self._since = {name: line for name, line in self._since.items() if name in kept}

    def age(self, name: str, line_up: bool) -> float:
        """Return for how many seconds the line has been as it is now."""
        up, since = self._since.get(name, (line_up, self._started))
        return time.monotonic() - since if up == line_up else 0.0
