"""The exec commands: what each does with router and session.

Show layouts come from `dmvpn_auto.lab.show`; here they are only joined to the grammar. What
changes live state goes through the dataplane; nothing is answered from memory.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address

from dmvpn_auto.lab.ios import passwords, probes
from dmvpn_auto.lab.ios.commands_archive import ARCHIVE
from dmvpn_auto.lab.ios.commands_config import CONFIGURATION
from dmvpn_auto.lab.ios.commands_reload import RELOAD
from dmvpn_auto.lab.ios.grammar.execution import Command, Run
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Graph, Match
from dmvpn_auto.lab.show import COMMANDS, Arg, ArgKind, ShowCommand, ShowContext

_KINDS = {
    ArgKind.ADDRESS: "ip",
    ArgKind.INTERFACE: "if",
    ArgKind.VRF: "word",
    ArgKind.PREFIX_LENGTH: "prefix",
    ArgKind.MASK: "mask",
    ArgKind.WORD: "word",
}


# --- show -----------------------------------------------------------------------------------------


def _layout(command: ShowCommand) -> Command:
    """Join a show layout to the grammar."""
    words = [
        word if isinstance(word, str) else f"<{word.name}:{_KINDS[word.kind]}>"
        for word in command.words
    ]
    vrf = next(
        (w.name for w in command.words if isinstance(w, Arg) and w.kind is ArgKind.VRF), None
    )

    async def run(shell: Shell, match: Match[Command]) -> None:
        router = shell.router
        args = match.args
        if vrf and router.config.top.get(f"vrf definition {args[vrf]}") is None:
            shell.write(f"% VRF {args[vrf]} does not exist\n")
            return
        context = ShowContext(
            live=await router.dataplane.snapshot(),
            running=router.config.tree(),
            args=args,
            hostname=router.hostname,
            now=router.now(),
            sessions=router.sessions(shell),
        )
        shell.write(command.render(context))

    return Command(" ".join(words), command.help, run, privileged=False)


async def _show_history(shell: Shell, _match: Match[Command]) -> None:
    shell.write("".join(f"  {line}\n" for line in shell.history))


async def _show_terminal(shell: Shell, _match: Match[Command]) -> None:
    length, width = shell.length, shell.width
    shell.write(
        f'Line 2, Location: "", Type: "vt100"\nLength: {length} lines, Width: {width} columns\n'
        "Status: PSI Enabled, Ready, Active, Ctrl-c Enabled\n"
    )


async def _show_privilege(shell: Shell, _match: Match[Command]) -> None:
    shell.write(f"Current privilege level is {shell.privilege}\n")


async def _show_logging(shell: Shell, _match: Match[Command]) -> None:
    count = len(shell.router.log)
    shell.write(
        "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited,\n"
        "                0 flushes, 0 overruns, xml disabled, filtering disabled)\n\n"
        "No Active Message Discriminator.\n\n\n\nNo Inactive Message Discriminator.\n\n\n"
        f"    Console logging: level debugging, {count} messages logged, xml disabled,\n"
        "                     filtering disabled\n"
        f"    Buffer logging:  level debugging, {count} messages logged, xml disabled,\n"
        "                    filtering disabled\n\n"
        "No active filter modules.\n\nLog Buffer (4096 bytes):\n\n"
    )
    shell.write("".join(f"{line}\n" for line in shell.router.log))


# --- session --------------------------------------------------------------------------------------


async def _enable(shell: Shell, match: Match[Command]) -> None:
    level = int(match.args.get("level", "15"))
    if level <= shell.privilege:
        shell.privilege = level
        return
    secret = shell.router.enable_secret()
    if secret is None:
        shell.write("% Error in authentication.\n\n" if shell.user else "% No password set\n")
        return
    tries = 3

    async def judge(answer: str) -> None:
        nonlocal tries
        tries -= 1
        if passwords.verify(answer, *secret):
            shell.privilege = level
        elif tries:
            shell.ask("Password: ", judge, echo=False)
        else:
            shell.write("% Bad secrets\n\n")

    shell.ask("Password: ", judge, echo=False)


async def _disable(shell: Shell, match: Match[Command]) -> None:
    shell.privilege = int(match.args.get("level", "1"))


async def _exit(shell: Shell, _match: Match[Command]) -> None:
    shell.leave()


async def _terminal_length(shell: Shell, match: Match[Command]) -> None:
    shell.length = int(match.args["lines"])


async def _terminal_width(shell: Shell, match: Match[Command]) -> None:
    shell.width = int(match.args["columns"])


async def _terminal_monitor(shell: Shell, _match: Match[Command]) -> None:
    shell.monitor = True


async def _terminal_no_monitor(shell: Shell, _match: Match[Command]) -> None:
    shell.monitor = False


async def _nothing(_shell: Shell, _match: Match[Command]) -> None:
    """Accepted; there is nothing of this kind to do here."""


# --- clear ----------------------------------------------------------------------------------------


def _clear(what: str) -> Run:
    async def run(shell: Shell, match: Match[Command]) -> None:
        await shell.router.dataplane.clear(what, match.args.get("target"))

    return run


async def _clear_bgp(shell: Shell, match: Match[Command]) -> None:
    target = match.args.get("target", "*")
    bgp = shell.router.config.top.starting("router bgp")
    if not bgp:
        shell.write("% BGP not active\n")
        return
    if target != "*":
        IPv4Address(target)
    await shell.router.dataplane.clear("ip bgp", None if target == "*" else target)


async def _clear_log(shell: Shell, _match: Match[Command]) -> None:
    async def confirmed(answer: str) -> None:
        if answer in {"", "y", "Y", "\r", "\n"}:
            shell.router.log.clear()

    shell.ask("Clear logging buffer [confirm]", confirmed, single=True)


async def _clear_counters(shell: Shell, _match: Match[Command]) -> None:
    shell.write("% Counters of this router are those of its kernel and cannot be cleared\n")


_PING_OPTIONS = (
    "[{(source (<source:ip>|<source_if:if>)|repeat <repeat:1-2147483647>|size <size:36-18024>"
    "|timeout <timeout:0-3600>|df-bit)}]"
)
_TRACE_OPTIONS = (
    "[{(source (<source:ip>|<source_if:if>)|numeric|probe <probe:1-1000>|timeout <timeout:0-3600>"
    "|ttl <low:0-255> <high:1-255>)}]"
)

_OWN = (
    Command("enable [<level:0-15>]", "Turn on privileged commands", _enable, privileged=False),
    Command("disable [<level:0-15>]", "Turn off privileged commands", _disable, privileged=False),
    Command("exit", "Exit from the EXEC", _exit, privileged=False),
    Command("logout", "Exit from the EXEC", _exit, privileged=False),
    Command("quit", "Exit from the EXEC", _exit, privileged=False),
    Command("terminal length <lines:0-512>", "Set number of lines on a screen", _terminal_length,
            privileged=False),
    Command("terminal width <columns:0-512>", "Set width of the display terminal",
            _terminal_width, privileged=False),
    Command("terminal monitor", "Copy debug output to the current terminal line",
            _terminal_monitor),
    Command("terminal no monitor", "Stop copying debug output", _terminal_no_monitor),
    Command("terminal no length", "Page as usual", _nothing, privileged=False),
    Command("terminal history size <size:0-256>", "Set history buffer size", _nothing,
            privileged=False),
    Command("terminal no (editing|history)", "Negate a terminal feature", _nothing,
            privileged=False),
    Command("terminal (editing|history)", "Set terminal line parameters", _nothing,
            privileged=False),
    Command("show history", "Display the session command history", _show_history, privileged=False),
    Command("show terminal", "Display terminal configuration parameters", _show_terminal,
            privileged=False),
    Command("show privilege", "Show current privilege level", _show_privilege, privileged=False),
    Command("show logging", "Show the contents of logging buffers", _show_logging),
    Command("clear crypto session [remote <target:ip>]",
            "Clear crypto sessions (IPSec and IKE SAs)", _clear("crypto session")),
    Command("clear crypto ikev2 sa [(remote <target:ip>|fast)]", "Clear IKEv2 SAs",
            _clear("crypto session")),
    Command("clear crypto isakmp", "Clear ISAKMP SAs", _clear("crypto session")),
    Command("clear crypto sa [peer <target:ip>]", "Clear IPSEC SAs", _clear("crypto sa")),
    Command("clear ip nhrp [<target:ip>]", "NHRP cache", _clear("ip nhrp")),
    Command("clear dmvpn session [peer (nbma|tunnel) <target:ip>] [static]",
            "Clear DMVPN sessions", _clear("ip nhrp")),
    Command("clear ip bgp (*|<target:ip>) [soft] [in|out]", "Clear BGP connections", _clear_bgp),
    Command("clear bgp ipv4 unicast (*|<target:ip>) [soft] [in|out]", "Clear BGP connections",
            _clear_bgp),
    Command("clear logging", "Clear logging buffer", _clear_log),
    Command("clear counters [<interface:if>]", "Clear counters on one or all interfaces",
            _clear_counters),
    Command(f"ping [vrf <vrf>] [ip] <target:ip> {_PING_OPTIONS}", "Send echo messages",
            probes.ping, privileged=False),
    Command("ping", "Send echo messages", probes.ask_ping, privileged=False),
    Command(f"traceroute [vrf <vrf>] [ip] <target:ip> {_TRACE_OPTIONS}",
            "Trace route to destination", probes.traceroute, privileged=False),
    Command("undebug all", "Disable debugging functions", _nothing),
    Command("no debug all", "Disable debugging functions", _nothing),
)  # fmt: skip

EXEC = (*_OWN, *CONFIGURATION, *ARCHIVE, *RELOAD, *(_layout(command) for command in COMMANDS))


@cache
def graph(*, privileged: bool) -> Graph[Command]:
    """Return the grammar of user mode or of privileged mode."""
    return Graph((c.parsed, c) for c in EXEC if privileged or not c.privileged)
