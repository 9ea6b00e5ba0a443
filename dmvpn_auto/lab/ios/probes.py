"""ping and traceroute as IOS prints them, one character at a time while they run."""

from __future__ import annotations

from ipaddress import IPv4Address

from dmvpn_auto.lab.ios.checks.interface import addresses
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Match
from dmvpn_auto.lab.ios.values import interface_name
from dmvpn_auto.lab.live import ProbeReply

_MARKS = {
    "reply": "!",
    "timeout": ".",
    "unreachable": "U",
    "fragmentation-needed": "M",
    "ttl-exceeded": "&",
}
_PER_LINE = 70
_ABORT = "Type escape sequence to abort.\n"


class _NoAddressError(Exception):
    """The source interface has no address."""


def _source(shell: Shell, args: dict[str, str]) -> IPv4Address | None:
    if "source" in args:
        return IPv4Address(args["source"])
    if "source_if" not in args:
        return None
    section = shell.router.config.interface(args["source_if"])
    own = addresses(section) if section else []
    if not own:
        raise _NoAddressError
    return own[0].ip


def _plan(shell: Shell, args: dict[str, str]) -> tuple[IPv4Address | None, str | None] | None:
    """Return source and VRF; say what is wrong with them and return None."""
    vrf = args.get("vrf")
    if vrf and shell.router.config.top.get(f"vrf definition {vrf}") is None:
        shell.write(f"% VRF {vrf} does not exist\n")
        return None
    try:
        source = _source(shell, args)
    except _NoAddressError:
        shell.write("% Invalid source interface - IP not enabled or interface is down\n")
        return None
    own = {a.ip for _, s in shell.router.config.interface_sections() for a in addresses(s)}
    if source is not None and source not in own:
        shell.write("% Invalid source address- IP address not on any of our up interfaces\n")
        return None
    return source, vrf


async def ping(shell: Shell, match: Match[Command]) -> None:
    """`ping A source B repeat N size N timeout N df-bit`."""
    await _ping(shell, match.args, dont_fragment="df-bit" in match.keywords)


async def _ping(shell: Shell, args: dict[str, str], *, dont_fragment: bool) -> None:
    plan = _plan(shell, args)
    if plan is None:
        return
    source, vrf = plan
    count, size = int(args.get("repeat", "5")), int(args.get("size", "100"))
    timeout = int(args.get("timeout", "2"))
    target = IPv4Address(args["target"])
    shell.write(
        f"{_ABORT}Sending {count}, {size}-byte ICMP Echos to {target}, "
        f"timeout is {timeout} seconds:\n"
    )
    if source is not None:
        shell.write(f"Packet sent with a source address of {source} \n")
    if dont_fragment:
        shell.write("Packet sent with the DF bit set\n")
    tally = _Tally()
    replies = shell.router.dataplane.ping(
        target,
        source=source,
        vrf=vrf,
        count=count,
        size=size,
        timeout=float(timeout),
        dont_fragment=dont_fragment,
    )
    try:
        async for reply in replies:
            shell.write(tally.add(reply))
    finally:
        shell.write(tally.summary())


class _Tally:
    """Counts replies."""

    def __init__(self) -> None:
        self.sent = 0
        self.times: list[float] = []

    def add(self, reply: ProbeReply) -> str:
        """Count a reply; return its mark, with a line end after every 70."""
        self.sent += 1
        if reply.kind == "reply" and reply.rtt is not None:
            self.times.append(reply.rtt)
        mark = _MARKS.get(reply.kind, "?")
        return mark if self.sent % _PER_LINE else f"{mark}\n"

    def summary(self) -> str:
        """Return the line end and the success rate."""
        start = "\n" if self.sent % _PER_LINE or not self.sent else ""
        got, sent = len(self.times), self.sent
        rate = f"Success rate is {100 * got // sent if sent else 0} percent ({got}/{sent})"
        if not got:
            return f"{start}{rate}\n"
        rounded = [max(1, round(t)) for t in self.times]
        mean = max(1, round(sum(self.times) / got))
        return f"{start}{rate}, round-trip min/avg/max = {min(rounded)}/{mean}/{max(rounded)} ms\n"


_QUESTIONS = (
    ("Repeat count [5]: ", "repeat"),
    ("Datagram size [100]: ", "size"),
    ("Timeout in seconds [2]: ", "timeout"),
)


class _Dialog:
    """`ping` alone asks for everything, question by question."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._args: dict[str, str] = {}
        self._at = 0

    async def protocol(self, answer: str) -> None:
        """Only IP is spoken."""
        if answer.strip().lower() in {"", "ip"}:
            self._shell.ask("Target IP address: ", self.target)
        else:
            self._shell.write("% Unknown protocol - use ip\n")

    async def target(self, answer: str) -> None:
        """Whom to ping."""
        try:
            self._args["target"] = str(IPv4Address(answer.strip()))
        except ValueError:
            self._shell.write("% Bad IP address\n")
            return
        self._shell.ask(_QUESTIONS[0][0], self.number)

    async def number(self, answer: str) -> None:
        """How often, how large, how long."""
        text = answer.strip()
        if text and not text.isdigit():
            self._shell.write("% A decimal number is required\n")
            return
        if text:
            self._args[_QUESTIONS[self._at][1]] = text
        self._at += 1
        if self._at < len(_QUESTIONS):
            self._shell.ask(_QUESTIONS[self._at][0], self.number)
        else:
            self._shell.ask("Extended commands [n]: ", self.extended)

    async def extended(self, answer: str) -> None:
        """Whether to ask for a source."""
        if answer.strip().lower() in {"y", "yes"}:
            self._shell.ask("Source address or interface: ", self.source)
        else:
            await _ping(self._shell, self._args, dont_fragment=False)

    async def source(self, answer: str) -> None:
        """From where."""
        text = answer.strip()
        name = interface_name(text)
        if text:
            self._args["source_if" if name else "source"] = name or text
        try:
            await _ping(self._shell, self._args, dont_fragment=False)
        except ValueError:
            self._shell.write("% Invalid source\n")


async def ask_ping(shell: Shell, _match: Match[Command]) -> None:
    """`ping` without arguments."""
    shell.ask("Protocol [ip]: ", _Dialog(shell).protocol)


async def traceroute(shell: Shell, match: Match[Command]) -> None:
    """`traceroute A source B numeric probe N timeout N ttl LOW HIGH`."""
    args = match.args
    plan = _plan(shell, args)
    if plan is None:
        return
    source, vrf = plan
    target = IPv4Address(args["target"])
    shell.write(
        f"{_ABORT}Tracing the route to {target}\nVRF info: (vrf in name/id, vrf out name/id)\n"
    )
    hops = shell.router.dataplane.traceroute(
        target,
        source=source,
        vrf=vrf,
        probes=int(args.get("probe", "3")),
        timeout=float(args.get("timeout", "3")),
        max_ttl=int(args.get("high", "30")),
    )
    at, said = 0, None
    lowest = int(args.get("low", "1"))
    async for ttl, reply in hops:
        if ttl < lowest:
            continue
        if ttl != at:
            shell.write(("\n" if at else "") + f"{ttl:>3} ")
            at, said = ttl, None
        if reply.source is None or reply.rtt is None:
            shell.write(" * ")
            continue
        if reply.source != said:
            shell.write(f"{reply.source} " if said is None else f"\n    {reply.source} ")
            said = reply.source
        mark = "!H " if reply.kind == "unreachable" and reply.source != target else ""
        shell.write(f"{mark}{max(1, round(reply.rtt))} msec ")
    shell.write("\n")
