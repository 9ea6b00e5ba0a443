"""How a router takes a change back by itself when nobody confirms it: one literal per way.

`timer`: IOS's rollback confirmed change, from 12.4(20)T, 12.2(33)SRC and IOS-XE 3.9S on; it needs
`archive` with a `path`, keeps the configuration running and puts back only what differs. Whether
another user than the one who started it can confirm is not documented: here the same one does.
`reload`: any release; the router restarts from its startup configuration, minutes without service,
and loses what else was not saved. `none`: nothing watches; the program types the commands back as
long as it reaches the router.
Source: Cisco IOS Configuration Fundamentals Command Reference, `configure terminal`, `configure
revert`, `show archive config rollback timer`, `reload`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dmvpn_auto.device import Session
from dmvpn_auto.errors import DeviceError


class Revert(StrEnum):
    """Who takes a change back when the program cannot."""

    TIMER = "timer"
    RELOAD = "reload"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Guard:
    """The commands of one way back; `{minutes}` stands for the time, an empty one does not exist.

    `status` shows whether one is pending, in which case `idle` does not match its output.
    """

    revert: Revert
    enter: str
    prepare: str = ""
    keep: str = ""
    back: str = ""
    again: str = ""
    status: str = ""
    idle: re.Pattern[str] = field(default=re.compile(""))
    answers: Mapping[str, str] = field(default_factory=dict)

    def arm(self, session: Session, minutes: int) -> str:
        """Do what comes before configuration mode; return the command that enters it."""
        if self.prepare:
            session.execute(self.prepare.format(minutes=minutes), self.answers, stage="push")
        return self.enter.format(minutes=minutes)

    def pending(self, session: Session) -> bool:
        """Whether the router waits for a confirmation."""
        return bool(self.status) and self.idle.search(session.show(self.status)) is None

    def confirm(self, session: Session) -> None:
        """Keep the change. Raises DeviceError when the router says that there is none to keep."""
        if self.keep:
            said = session.execute(self.keep, self.answers, stage="confirm")
            if self.idle.search(said):
                raise DeviceError(
                    session.name, "nothing to confirm: the time is over", stage="confirm"
                )

    def wait_anew(self, session: Session, minutes: int) -> None:
        """Start the time anew, for who takes a pending change over."""
        if self.again:
            session.execute(self.again.format(minutes=minutes), self.answers, stage="confirm")


GUARDS: dict[Revert, Guard] = {
    Revert.TIMER: Guard(
        Revert.TIMER,
        enter="configure terminal revert timer {minutes}",
        keep="configure confirm",
        back="configure revert now",
        again="configure revert timer {minutes}",
        status="show archive config rollback timer",
        idle=re.compile(r"No Rollback Confirmed Change pending", re.I),
    ),
    Revert.RELOAD: Guard(
        Revert.RELOAD,
        prepare="reload in {minutes}",
        enter="configure terminal",
        keep="reload cancel",
        again="reload in {minutes}",
        status="show reload",
        idle=re.compile(r"No reload is (?:currently )?scheduled", re.I),
        answers={"Save?": "no", "[yes/no]": "no"},
    ),
    Revert.NONE: Guard(Revert.NONE, enter="configure terminal"),
}
