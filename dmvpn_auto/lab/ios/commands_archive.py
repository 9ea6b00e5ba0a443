"""Exec commands of the configuration archive: keep, show, replace, confirm, revert."""

from __future__ import annotations

from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Match

_NO_PATH = "% Archive path is not configured: configure 'archive' and 'path' first\n"
_NOTHING = "%No Rollback Confirmed Change pending\n"
_USER = "%ARCHIVE_DIFF-5-"


def _settings(shell: Shell) -> tuple[str, int | None]:
    """Return path and maximum of the archive; no path: it is not configured."""
    entry = shell.router.config.top.get("archive")
    lines = entry.children if entry else None
    path = lines.get("path") if lines else None
    most = lines.get("maximum") if lines else None
    return path.args["path"] if path else "", int(most.args["files"]) if most else None


def _keep(shell: Shell) -> str | None:
    """Store the running configuration; complain when there is no path for it."""
    path, most = _settings(shell)
    if not path:
        shell.write(_NO_PATH)
        return None
    router = shell.router
    return router.archive.keep(path, router.now(), router.running_text(), most)


async def _archive(shell: Shell, _match: Match[Command]) -> None:
    _keep(shell)


async def _show(shell: Shell, _match: Match[Command]) -> None:
    path, most = _settings(shell)
    if not path:
        shell.write("Archive feature not enabled\n")
        return
    shell.write(shell.router.archive.listing(path, most))


async def _replace(shell: Shell, match: Match[Command]) -> None:
    router, name = shell.router, match.args["file"]
    stored = {"nvram:startup-config": router.saved(), **router.archive.files}
    text = stored.get(name, "")
    if not text:
        shell.write(f"%Error opening {name} (No such file or directory)\n")
        return
    kept = _keep(shell) if "minutes" in match.args else None
    if "minutes" in match.args and kept is None:
        return

    async def go() -> None:
        await router.replace(text, shell.user)
        if kept is not None:
            _schedule(shell, kept, int(match.args["minutes"]))
        shell.write("Total number of passes: 1\nRollback Done\n\n")

    async def confirmed(answer: str) -> None:
        if answer.strip().lower() in {"y", "yes"}:
            await go()

    if "force" in match.keywords:
        await go()
        return
    shell.write(
        "This will apply all necessary additions and deletions\n"
        "to replace the current running configuration with the\n"
        "contents of the specified configuration file, which is\n"
        "assumed to be a complete configuration, not a partial\n"
        "configuration. "
    )
    shell.ask("Enter Y if you are sure you want to proceed. ? [no]: ", confirmed)


async def _revertible(shell: Shell, match: Match[Command]) -> None:
    if shell.router.revert.pending:
        shell.write("%A Rollback Confirmed Change is pending: confirm or revert it first\n")
        return
    name = _keep(shell)
    if name is None:
        return
    shell.write(
        f"Rollback Confirmed Change: Backing up current running config to {name}\n\n"
        "Enter configuration commands, one per line.  End with CNTL/Z.\n"
    )
    _schedule(shell, name, int(match.args["minutes"]))
    shell.configure()


def _schedule(shell: Shell, name: str, minutes: int) -> None:
    router, text = shell.router, shell.router.archive.files[name]

    async def back() -> None:
        router.say(f"{_USER}ROLLBK_CNFMD_CHG_ROLLBACK_START: Start rolling to: {name}")
        await router.replace(text, "")

    router.revert.start(60.0 * minutes, back)
    router.say(
        f"{_USER}ROLLBK_CNFMD_CHG_START_ABSTIMER: User: {shell.user}: Scheduled to rollback to "
        f"config {name} in {minutes} minutes"
    )


async def _confirm(shell: Shell, _match: Match[Command]) -> None:
    if not shell.router.revert.stop():
        shell.write(_NOTHING)
        return
    shell.router.say(
        f"{_USER}ROLLBK_CNFMD_CHG_CONFIRM: User: {shell.user}: Confirm the configuration change"
    )


async def _revert_now(shell: Shell, _match: Match[Command]) -> None:
    if await shell.router.revert.now():
        shell.write("Rollback Confirmed Change: Rolling to saved configuration\nRollback Done\n\n")
    else:
        shell.write(_NOTHING)


async def _revert_timer(shell: Shell, match: Match[Command]) -> None:
    if shell.router.revert.pending:
        shell.router.revert.again(60.0 * int(match.args["minutes"]))
    else:
        shell.write(_NOTHING)


ARCHIVE = (
    Command("archive config", "Archive the running configuration", _archive),
    Command("show archive", "Archive of the running configuration", _show),
    Command(
        "configure replace <file> [force] [(time|revert timer) <minutes:1-120>] [force]",
        "Replace the running-config with a new config file",
        _replace,
    ),
    Command(
        "configure terminal revert timer <minutes:1-120>",
        "Revert the change unless it is confirmed in time",
        _revertible,
    ),
    Command("configure confirm", "Confirm replacement of running-config", _confirm),
    Command("configure revert now", "Cancel the timer and revert immediately", _revert_now),
    Command("configure revert timer <minutes:1-120>", "Reset the timer", _revert_timer),
)
