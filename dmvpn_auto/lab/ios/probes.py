"""ping and traceroute as IOS prints them, one character at a time while they run."""

from __future__ import annotations

from ipaddress import IPv4Address

from dmvpn_auto.lab.ios.checks.interface import addresses
from dmvpn_auto.lab.ios.grammar.execution import Command
from dmvpn_auto.lab.ios.shell import Shell
from dmvpn_auto.lab.ios.syntax import Match
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
        f"{_ABORT}Sending {count}, {size}-byte ICMP Echos to {target}, timeout is {timeout} seconds:\n"
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


async def ask_ping(shell: Shell, _match: Match[Command]) -> None:
    """`ping` alone asks for everything, as IOS does."""
    args: dict[str, str] = {}

    async def protocol(answer: str) -> None:
        if answer.strip().lower() not in {"", "ip"}:
            shell.write("% Unknown protocol - use ip\n")
            return
        shell.ask("Target IP address: ", target)

    async def target(answer: str) -> None:
        try:
            args["target"] = str(IPv4Address(answer.strip()))
        except ValueError:
            shell.write("% Bad IP address\n")
            return
        shell.ask("Repeat count [5]: ", number("repeat", "Datagram size [100]: ", size))

    async def size(answer: str) -> None:
        await number("size", "Timeout in seconds [2]: ", timeout)(answer)

    async def timeout(answer: str) -> None:
        await number("timeout", "Extended commands [n]: ", extended)(answer)

    async def extended(answer: str) -> None:
        if answer.strip().lower() in {"y", "yes"}:
            shell.ask("Source address or interface: ", source)
        else:
            await _ping(shell, args, dont_fragment=False)

    async def source(answer: str) -> None:
        from dmvpn_auto.lab.ios.values import interface_name

        name = interface_name(answer.strip())
        if answer.strip():
            args["source_if" if name else "source"] = name or answer.strip()
        try:
            await _ping(shell, args, dont_fragment=False)
        except ValueError:
            shell.write("% Invalid source\n")

    def number(key: str, question: str, then: object) -> object:
        async def take(answer: str) -> None:
            if answer.strip():
                if not answer.strip().isdigit():
                    shell.write("% A decimal number is required\n")
                    return
                args[key] = answer.strip()
            shell.ask(question, then)

        return take

    shell.ask("Protocol [ip]: ", protocol)


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
