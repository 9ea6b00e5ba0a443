"""Exec commands of the restart: `reload`, `reload in N`, `reload cancel`, `show reload`."""

from __future__ import annotations

from datetime import timedelta

from dmvpn_auto.lab.ios.commands_config import YES, save
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.reload import banner
from dmvpn_auto.lab.ios.shell import Shell, Then
from dmvpn_auto.lab.ios.syntax import Match

_REASON = "Reload Command"


async def _begin(shell: Shell, then: Then) -> None:
    """Ask whether to save, when there is anything to save, and then go on."""

    async def answered(answer: str) -> None:
        word = answer.strip().lower()
        if word in {"y", "yes"}:
            await save(shell)
        elif word not in {"n", "no"}:
            shell.write("% Please answer 'yes' or 'no'.\n")
            await _begin(shell, then)
            return
        await then("")

    if shell.router.unsaved():
        shell.ask("\nSystem configuration has been modified. Save? [yes/no]: ", answered)
    else:
        await then("")


async def _reload(shell: Shell, match: Match[Command]) -> None:
    del match

    async def confirmed(answer: str) -> None:
        if answer.strip() in YES:
            router = shell.router
            router.reloading.stop()
            router.say(f"%SYS-5-RELOAD: Reload requested by {shell.who}. Reload Reason: {_REASON}.")
            router.reload()

    async def ask(_: str) -> None:
        shell.ask("Proceed with reload? [confirm]", confirmed, single=True)

    await _begin(shell, ask)


async def _reload_in(shell: Shell, match: Match[Command]) -> None:
    hours, _, rest = match.args["minutes"].rpartition(":")
    minutes = int(hours or 0) * 60 + int(rest)
    router, who = shell.router, shell.who

    def go() -> None:
        router.reloading.stop()
        router.broadcast(banner("SHUTDOWN NOW"))
        router.say(f"%SYS-5-RELOAD: Reload requested by {who}. Reload Reason: {_REASON}.")
        router.reload()

    async def confirmed(answer: str) -> None:
        if answer.strip() not in YES:
            return
        now = router.now()
        at = router.stamp(now + timedelta(minutes=minutes))
        router.reloading.start(minutes, who, go, router.broadcast)
        router.say(
            f"%SYS-5-SCHEDULED_RELOAD: Reload requested for {at} at {router.stamp(now)} "
            f"by {who}. Reload Reason: {_REASON}."
        )

    async def ask(_: str) -> None:
        shell.write(f"Reload scheduled in {_span(minutes)} by {who}\nReload reason: {_REASON}\n")
        shell.ask("Proceed with reload? [confirm]", confirmed, single=True)

    await _begin(shell, ask)


def _span(minutes: float) -> str:
    hours, rest = divmod(int(minutes), 60)
    words = [f"{hours} hour{'s' * (hours != 1)}"] if hours else []
    if rest or not hours:
        words.append(f"{rest} minute{'s' * (rest != 1)}")
    seconds = int(minutes * 60) % 60
    if seconds:
        words.append(f"{seconds} second{'s' * (seconds != 1)}")
    return " and ".join(words)


async def _cancel(shell: Shell, _match: Match[Command]) -> None:
    router = shell.router
    if not router.reloading.stop():
        shell.write("%No reload is currently scheduled.\n")
        return
    router.broadcast(banner("SHUTDOWN ABORTED"))
    at = router.stamp(router.now())
    router.say(f"%SYS-5-SCHEDULED_RELOAD_CANCELLED:  Scheduled reload cancelled at {at}")


async def _show(shell: Shell, _match: Match[Command]) -> None:
    due = shell.router.reloading.due
    if due is None:
        shell.write("No reload is scheduled.\n")
        return
    left = _span(shell.router.reloading.left)
    shell.write(f"Reload scheduled in {left} by {due.by}\nReload reason: {_REASON}\n")


RELOAD = (
    Command("reload", "Halt and perform a cold restart", _reload),
    Command("reload in <minutes:delay> [<reason:line>]", "Reload after a time interval",
            _reload_in),
    Command("reload cancel", "Cancel pending reload", _cancel),
    Command("show reload", "Scheduled reload information", _show),
)  # fmt: skip
