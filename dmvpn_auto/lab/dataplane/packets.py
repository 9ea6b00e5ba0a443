"""What a router does to packets on their way: it clamps the MSS of TCP and applies access lists."""

from __future__ import annotations

from dmvpn_auto.lab.dataplane.daemons import run
from dmvpn_auto.lab.dataplane.desired import Desired
from dmvpn_auto.lab.dataplane.filters import AccessGroup, script
from dmvpn_auto.lab.spec import NodeSpec


class Packets:
    """The tables of one router; only what changes is written."""

    def __init__(self, spec: NodeSpec) -> None:
        self._spec = spec
        self._mss: tuple[tuple[str, int], ...] = ()
        self._clamping = False
        self._groups: tuple[AccessGroup, ...] = ()
        self._chains: int | None = None

    async def clamp(self, wanted: Desired) -> None:
        """Follow `ip tcp adjust-mss` (SYN segments through the interface, both ways)."""
        clamped = tuple((one.device, one.tcp_mss) for one in wanted.interfaces if one.tcp_mss)
        if clamped == self._mss:
            return
        rules = "".join(
            f"-A DMVPN-MSS -{way} {device} -p tcp --tcp-flags SYN,RST SYN"
            f" -j TCPMSS --set-mss {size}\n"
            for device, size in clamped
            for way in "io"
        )
        hook = "" if self._clamping else "-A FORWARD -j DMVPN-MSS\n"
        await run(
            self._spec,
            *("iptables-legacy-restore", "--noflush"),
            given=f"*mangle\n:DMVPN-MSS - [0:0]\n{hook}{rules}COMMIT\n".encode(),
        )
        self._mss, self._clamping = clamped, True

    async def filter(self, wanted: Desired) -> None:
        """Follow `ip access-group`."""
        if wanted.groups == self._groups:
            return
        text, chains = script(wanted.groups, self._chains or 0, first=self._chains is None)
        command = ("iptables-legacy-restore", "--noflush")
        await run(self._spec, *command, given=text.encode())
        self._groups, self._chains = wanted.groups, max(chains, self._chains or 0)
