"""Exec commands of the configuration archive: keep, show, compare, replace, confirm, revert; and
the lock of configuration mode."""

from __future__ import annotations

from dataclasses import replace

from dmvpn_auto.lab.ios.archive import Pending, differences
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Match

_NO_ARCHIVE = "%Turn config archive on before using Rollback Confirmed Change\n"
_OFF = " Archive feature not enabled\n"
_NOTHING = "%No Rollback Confirmed Change pending\n"
_DONE = "\nTotal number of passes: 1\nRollback Done\n\n"
_LOG = "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_"
_STARTUP = "nvram:startup-config"
_RUNNING = "system:running-config"


def settings(shell: Shell) -> tuple[str, int | None]:
    """Return path and maximum of the archive; no path: it is not configured."""
    entry = shell.router.config.top.get("archive")
    lines = entry.children if entry else None
    path = lines.get("path") if lines else None
    most = lines.get("maximum") if lines else None
    text = path.args["path"].replace("$h", shell.router.hostname) if path else ""
    return text, int(most.args["files"]) if most else None


def keep(shell: Shell) -> str | None:
    """Store the running configuration; None when there is no path for it."""
    path, most = settings(shell)
    router = shell.router
    if not path:
        return None
    return router.archive.keep(path, router.now(), router.running_text(), most)


def keep_written(shell: Shell) -> None:
    """Keep a copy after `write memory`, if the archive is told to."""
    entry = shell.router.config.top.get("archive")
    if entry and entry.children and entry.children.get("write-memory"):
        keep(shell)


def _files(shell: Shell) -> dict[str, str]:
    router = shell.router
    own = {_RUNNING: router.running_text(), _STARTUP: router.saved()}
    return {**router.archive.files, **{name: text for name, text in own.items() if text}}


def _read(shell: Shell, name: str) -> str | None:
    """Return a file, or say that there is none."""
    text = _files(shell).get(name.replace("nvram:/", "nvram:"))
    if text is None:
        shell.write(f"%Error opening {name} (No such file or directory)\n")
    return text


async def _archive(shell: Shell, _match: Match[Command]) -> None:
    if keep(shell) is None:
        shell.write(_OFF)


async def _show(shell: Shell, _match: Match[Command]) -> None:
    path, most = settings(shell)
    shell.write(shell.router.archive.listing(path, most) if path else _OFF)


async def _differences(shell: Shell, match: Match[Command]) -> None:
    first = _read(shell, match.args.get("first", _STARTUP))
    second = _read(shell, match.args.get("second", _RUNNING)) if first is not None else None
    if first is not None and second is not None:
        shell.write(differences(first, second))


async def _show_timer(shell: Shell, _match: Match[Command]) -> None:
    change = shell.router.revert.change
    if change is None:
        shell.write(_NOTHING)
        return
    shell.write(
        f"Time configured(or reconfigured): {shell.router.stamp(change.since)}\n"
        f"Timer type: {'idle' if change.idle else 'absolute'} timer\n"
        f"Timer value: {change.minutes} min\nUser: {change.user}\n"
    )


# --- replace --------------------------------------------------------------------------------------


async def _replace(shell: Shell, match: Match[Command]) -> None:
    text = _read(shell, match.args["file"])
    if text is None:
        return
    if "minutes" in match.args and not settings(shell)[0]:
        shell.write(_NO_ARCHIVE)
        return

    async def confirmed(answer: str) -> None:
        if answer.strip().lower() in {"y", "yes"}:
            await _go(shell, match, text)

    if "force" in match.keywords:
        await _go(shell, match, text)
        return
    shell.write(
        "This will apply all necessary additions and deletions\n"
        "to replace the current running configuration with the\n"
        "contents of the specified configuration file, which is\n"
        "assumed to be a complete configuration, not a partial\n"
        "configuration. "
    )
    shell.ask("Enter Y if you are sure you want to proceed. ? [no]: ", confirmed)


async def _go(shell: Shell, match: Match[Command], text: str) -> None:
    """Replace the configuration; take it back on an error or after a time, if told to."""
    router = shell.router
    before = router.running_text()
    if "minutes" in match.args:
        name = keep(shell)
        if name is not None:
            _schedule(shell, name, int(match.args["minutes"]), idle=False)
    if "list" in match.keywords:
        shell.write(f"!Pass 1\n\n!List of Rollback Commands:\n{differences(before, text)}end\n\n")
    refused = await router.replace(text, shell.user)
    if not refused:
        shell.write(_DONE)
        return
    shell.write(
        "\nRollback aborted after 5 passes\n"
        "The following commands are failed to apply to the IOS image.\n********\n"
        + "".join(f"{line}\n" for line in refused)
        + "********\n\n"
    )
    if "error" in match.keywords:
        router.revert.stop()
        await router.replace(before, shell.user)
        shell.write("The original configuration has been successfully restored\n")


# --- confirmed change -----------------------------------------------------------------------------


async def _revertible(shell: Shell, match: Match[Command]) -> None:
    if shell.router.revert.pending:
        shell.write("%A Rollback Confirmed Change is pending: confirm or revert it first\n")
        return
    if not shell.may_configure():
        return
    name = keep(shell)
    if name is None:
        shell.write(_NO_ARCHIVE)
        return
    shell.write(
        f"Rollback Confirmed Change: Backing up current running config to {name}\n\n"
        "Enter configuration commands, one per line.  End with CNTL/Z.\n"
    )
    minutes = match.args.get("minutes") or match.args["idle"]
    _schedule(shell, name, int(minutes), idle="minutes" not in match.args)
    shell.configure()


def _who(shell: Shell) -> str:
    return f"User: {shell.user or 'console'}(Priv: {shell.privilege}, View: 0)"


def _schedule(shell: Shell, name: str, minutes: int, *, idle: bool) -> None:
    router, text = shell.router, shell.router.archive.files[name]
    kind = "IDLETIMER" if idle else "ABSTIMER"

    async def back() -> None:
        router.say(f"{_LOG}ROLLBACK_START: Start rolling to: {name}")
        router.broadcast(f"Rollback Confirmed Change: rolling to:{name}\n")
        await router.replace(text, "")
        router.broadcast(_DONE)

    def warn() -> None:
        router.say(
            f"{_LOG}WARNING_{kind}: System will rollback to config {name} in one minute. "
            'Enter "configure confirm" if you wish to keep what you\'ve configured'
        )

    change = Pending(
        name=name,
        user=shell.user or "console",
        idle=idle,
        minutes=minutes,
        since=router.now(),
    )
    router.say(
        f"{_LOG}BACKUP: Backing up current running config to {name}",
        f"{_LOG}START_{kind}: {_who(shell)}: Scheduled to rollback to config {name} "
        f"in {minutes} minutes",
    )
    router.revert.start(change, back, warn)


async def _confirm(shell: Shell, _match: Match[Command]) -> None:
    if not shell.router.revert.stop():
        shell.write(_NOTHING)
        return
    shell.router.say(f"{_LOG}CONFIRM: {_who(shell)}: Confirm the configuration change")


async def _revert_now(shell: Shell, _match: Match[Command]) -> None:
    if not await shell.router.revert.now():
        shell.write(_NOTHING)


async def _revert_timer(shell: Shell, match: Match[Command]) -> None:
    change = shell.router.revert.change
    if change is None:
        shell.write(_NOTHING)
        return
    idle = "minutes" not in match.args
    minutes = int(match.args["idle" if idle else "minutes"])
    shell.router.revert.again(replace(change, idle=idle, minutes=minutes, since=shell.router.now()))


# --- lock -----------------------------------------------------------------------------------------


async def _lock(shell: Shell, _match: Match[Command]) -> None:
    if not shell.may_configure():
        return
    shell.router.locked_by = shell
    shell.write("Enter configuration commands, one per line.  End with CNTL/Z.\n")
    shell.configure()


async def _show_lock(shell: Shell, _match: Match[Command]) -> None:
    owner = shell.router.locked_by
    rows = (
        ("Owner PID", str(owner.line) if owner else "-1"),
        ("User", owner.user if owner else "unknown"),
        ("TTY", str(owner.line) if owner else "-1"),
        ("Type", "EXCLUSIVE" if owner else "NO LOCK"),
        ("State", "LOCKED" if owner else "FREE"),
        ("Class", "EXPOSED" if owner else "Unknown"),
        ("Count", "1" if owner else "0"),
        ("Pending Requests", "0"),
        ("User debug info", "configure terminal" if owner else ""),
    )
    text = "".join(f"{name:<18}: {value}\n" for name, value in rows)
    shell.write(f"Parser Configure Lock\n---------------------\n{text}\n")


# --- files ----------------------------------------------------------------------------------------


async def _copy_file(shell: Shell, match: Match[Command]) -> None:
    """`copy running-config flash:NAME`."""
    text = shell.router.running_text()

    async def named(answer: str) -> None:
        name = match.args["file"]
        if answer.strip():
            name = f"{name.partition(':')[0]}:{answer.strip()}"
        shell.router.archive.files[name] = text
        shell.write(f"{len(text)} bytes copied in 0.010 secs\n")

    asked = match.args["file"].partition(":")[2]
    shell.ask(f"Destination filename [{asked}]? ", named)


_REPLACE = (
    "configure replace <file>"
    " [{(nolock|list|force|ignorecase|revert trigger [error] [timer <minutes:1-120>]"
    "|time <minutes:1-120>)}]"
)


async def _more(shell: Shell, match: Match[Command]) -> None:
    text = _read(shell, match.args["file"])
    if text is not None:
        shell.write(text)


async def _dir(shell: Shell, _match: Match[Command]) -> None:
    files = shell.router.archive.files
    rows = [f"{number:5}  -rw-  {len(text):10}  {name.partition(':')[2]}\n"
            for number, (name, text) in enumerate(files.items(), 1)]  # fmt: skip
    shell.write(f"Directory of flash:/\n\n{''.join(rows)}\n")


async def _delete(shell: Shell, match: Match[Command]) -> None:
    archive, name = shell.router.archive, match.args["file"]
    if archive.files.pop(name, None) is None:
        shell.write(f"%Error deleting {name} (No such file or directory)\n")
    elif name in archive.kept:
        archive.kept.remove(name)


ARCHIVE = (
    Command("archive config", "Archive the running configuration", _archive),
    Command("show archive", "Archive of the running configuration", _show),
    Command(
        "show archive config differences [<first>] [<second>]",
        "Displays the differences between configuration files",
        _differences,
    ),
    Command("show archive config rollback timer", "Timed rollback settings", _show_timer),
    Command(_REPLACE, "Replace the running-config with a new config file", _replace),
    Command(
        "configure terminal revert (timer <minutes:1-120>|idle <idle:1-120>)",
        "Revert the change unless it is confirmed in time",
        _revertible,
    ),
    Command("configure terminal lock", "Lock configuration mode", _lock),
    Command("show configuration lock", "Owner of the configuration lock", _show_lock),
    Command("configure confirm", "Confirm replacement of running-config", _confirm),
    Command("configure revert now", "Cancel the timer and revert immediately", _revert_now),
    Command(
        "configure revert timer (<minutes:1-120>|idle <idle:1-120>)", "Reset the timer",
        _revert_timer,
    ),
    Command("copy running-config <file>", "Copy from one file to another", _copy_file),
    Command("more <file>", "Display the contents of a file", _more),
    Command("dir [<where>]", "List files on a filesystem", _dir),
    Command("delete <file>", "Delete a file", _delete),
)  # fmt: skip
