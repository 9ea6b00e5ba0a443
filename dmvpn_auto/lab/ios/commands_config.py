"""Exec commands about the configuration: entering it, showing it, saving it, starting over
from it."""

from __future__ import annotations

from dmvpn_auto.lab.ios.commands_archive import keep_written
from dmvpn_auto.lab.ios.config import Entry, printed
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Match

YES = {"", "y", "Y", "\r", "\n", "yes"}


async def _configure(shell: Shell, _match: Match[Command]) -> None:
    if not shell.may_configure():
        return
    exclusive = shell.router.config.top.get("configuration mode exclusive")
    if exclusive is not None and exclusive.text.endswith("auto"):
        shell.router.locked_by = shell
    shell.write("Enter configuration commands, one per line.  End with CNTL/Z.\n")
    shell.configure()


async def _ask_configure(shell: Shell, match: Match[Command]) -> None:
    async def chosen(answer: str) -> None:
        if "terminal".startswith(answer.strip().lower()):
            await _configure(shell, match)
        else:
            shell.write('?Must be "terminal", "memory" or "network"\n')

    shell.ask("Configuring from terminal, memory, or network [terminal]? ", chosen)


def _file(text: str) -> str:
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"


async def _show_running(shell: Shell, _match: Match[Command]) -> None:
    shell.write(_file(shell.router.running_text()))


async def _show_interface(shell: Shell, match: Match[Command]) -> None:
    entry = shell.router.config.top.get(f"interface {match.args['interface']}")
    if entry is not None:
        _show_part(shell, [entry])


async def _show_named(shell: Shell, match: Match[Command]) -> None:
    """`show running-config vrf INET`, `... | section` for those who know the family."""
    vrf = match.args["vrf"]
    top = shell.router.config.top
    entries = [*top.starting(f"vrf definition {vrf}"), *top.starting(f"ip route vrf {vrf}")]
    for name, section in shell.router.config.interface_sections():
        if section.get("vrf forwarding") and section.entries["vrf forwarding"].args["vrf"] == vrf:
            entries.insert(1, top.entries[f"interface {name}"])
    _show_part(shell, entries)


def _show_part(shell: Shell, entries: list[Entry]) -> None:
    lines = ["!"]
    for entry in entries:
        lines += [*printed(entry), *(["!"] if entry is not entries[-1] else [])]
    text = "".join(f"{line}\n" for line in (*lines, "end"))
    shell.write(_file(text))


async def _show_startup(shell: Shell, _match: Match[Command]) -> None:
    text = shell.router.saved()
    if not text:
        shell.write("startup-config is not present\n")
        return
    shell.write(f"Using {len(text)} out of 33554432 bytes\n{text}\n")


async def save(shell: Shell) -> None:
    """Write NVRAM; the archive keeps a copy if it is told to."""
    shell.router.save()
    keep_written(shell)
    shell.write("Building configuration...\n[OK]\n")


async def _write(shell: Shell, _match: Match[Command]) -> None:
    await save(shell)


async def _copy_to_startup(shell: Shell, match: Match[Command]) -> None:
    async def named(answer: str) -> None:
        if answer.strip() not in {"", "startup-config"}:
            shell.write("%Error: only startup-config can be written\n")
            return
        await _write(shell, match)

    shell.ask("Destination filename [startup-config]? ", named)


async def _copy_to_running(shell: Shell, _match: Match[Command]) -> None:
    async def named(_answer: str) -> None:
        text = shell.router.saved()
        if not text:
            shell.write("%Error opening nvram:/startup-config (No such file or directory)\n")
            return
        if not shell.may_configure():
            return
        shell.configure()
        for line in text.splitlines():
            await shell.configure_line(line)
        shell.end()
        shell.write(f"{len(text)} bytes copied in 0.1 secs\n")

    shell.ask("Destination filename [running-config]? ", named)


async def _erase(shell: Shell, _match: Match[Command]) -> None:
    async def confirmed(answer: str) -> None:
        if answer.strip() not in YES:
            return
        shell.router.erase()
        shell.write("[OK]\nErase of nvram: complete\n")

    shell.ask(
        "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]",
        confirmed,
        single=True,
    )


CONFIGURATION = (
    Command("configure terminal", "Configure from the terminal", _configure),
    Command("configure", "Enter configuration mode", _ask_configure),
    Command("show running-config", "Current operating configuration", _show_running),
    Command("show running-config all", "Configuration with defaults", _show_running),
    Command("show running-config interface <interface:if>", "Show interface configuration",
            _show_interface),
    Command("show running-config vrf <vrf>", "Show VRF aware configuration", _show_named),
    Command("show startup-config", "Contents of startup configuration", _show_startup),
    Command("show configuration", "Contents of startup configuration", _show_startup),
    Command("write [memory]", "Write running configuration to memory", _write),
    Command("write terminal", "Write to terminal", _show_running),
    Command("write erase", "Erase NV memory", _erase),
    Command("erase startup-config", "Erase contents of configuration memory", _erase),
    Command("copy running-config startup-config", "Copy from one file to another",
            _copy_to_startup),
    Command("copy startup-config running-config", "Copy from one file to another",
            _copy_to_running),
)  # fmt: skip
