"""What was collected: for each router the readings of its commands, or why there is none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from dmvpn_auto.errors import UsageError
from dmvpn_auto.observe import Reading, parse
from dmvpn_auto.observe.evidence import (
    Dmvpn,
    DmvpnPeer,
    IkeSa,
    IkeSas,
    IpsecFlow,
    IpsecFlows,
    NhrpCache,
    NhrpEntry,
    NhrpMulticast,
    NhrpMulticastTable,
    Route,
    Routes,
)
from dmvpn_auto.verify.canonical import canonical

R = TypeVar("R", bound=Reading)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a command has no reading; `unreachable` when the router could not be asked at all."""

    reason: str
    unreachable: bool = False


class Output:
    """What a command printed, without secrets; read when first looked at.

    `cut` says why there may have been more, "" when nothing speaks for that.
    """

    def __init__(self, command: str, text: str, cut: str = "") -> None:
        self.command = command
        self.text = text
        self.cut = cut

    @cached_property
    def reading(self) -> Reading:
        """The parsed output, IPv6 addresses in their short form; incomplete when it is cut."""
        read = canonical(parse(self.command, self.text), self.text)
        return replace(read, warnings=(*read.warnings, self.cut)) if self.cut else read


class NoEvidenceError(Exception):
    """A check cannot be judged; becomes the verdict unknown, never an error of the program."""

    def __init__(self, reason: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lines = lines


class NotJudgedError(NoEvidenceError):
    """What the check would look at is not there because of what another check names."""


class Evidence:
    """Outputs by router and command. Immutable: `merged` returns a new one."""

    def __init__(self, outputs: Mapping[str, Mapping[str, Output | Missing]]) -> None:
        self._outputs = {device: dict(found) for device, found in outputs.items()}
        self._memo: dict[tuple[str, str], Any] = {}
        self._doubts: dict[tuple[str, str], Reading] = {}

    def merged(self, newer: Evidence) -> Evidence:
        """Return all outputs, those of `newer` winning."""
        devices = {**self._outputs, **newer._outputs}
        return Evidence(
            {d: {**self._outputs.get(d, {}), **newer._outputs.get(d, {})} for d in devices}
        )

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Output | Missing]]:
        """Everything there is, by router and command."""
        return self._outputs

    @property
    def unreachable(self) -> tuple[str, ...]:
        """The routers of which every command failed for want of a connection."""
        return tuple(
            device
            for device, found in self._outputs.items()
            if found and all(isinstance(r, Missing) and r.unreachable for r in found.values())
        )

    def text(self, device: str, command: str) -> str:
        """Return what `command` printed on `device`; raises `NoEvidenceError` without it."""
        return self._output(device, command).text

    def _output(self, device: str, command: str) -> Output:
        found = self._outputs.get(device, {}).get(command)
        if found is None:
            raise NoEvidenceError(f"there is no {command!r} of {device}")
        if isinstance(found, Missing):
            raise NoEvidenceError(found.reason)
        return found

    def get(self, device: str, command: str, kind: type[R]) -> R:
        """Return the reading of `command` on `device`.

        Raises `NoEvidenceError` when there is none.
        """
        output = self._output(device, command)
        try:
            reading = output.reading
        except UsageError as error:  # a command that is asked but that nothing reads yet
            raise NoEvidenceError(error.message) from None
        if not isinstance(reading, kind):
            raise TypeError(f"{command!r} gave {type(reading).__name__}, not {kind.__name__}")
        if not reading.complete:
            self._doubts[device, command] = reading
        return reading

    def doubts(self) -> tuple[NoEvidenceError, ...]:
        """Return, once, what was looked at since the last call and could not be read whole."""
        found = tuple(_unread(*key, reading) for key, reading in self._doubts.items())
        self._doubts.clear()
        return found

    def whole(self, device: str, command: str, kind: type[R]) -> R:
        """Return the reading when it is complete, for conclusions from what is *not* there.

        Raises `NoEvidenceError` for an incomplete reading.
        """
        reading = self.get(device, command, kind)
        if not reading.complete:
            raise _unread(device, command, reading)
        return reading

    def peers(self, device: str, command: str) -> Mapping[str, list[DmvpnPeer]]:
        """Return the rows of `show dmvpn` by tunnel address."""
        reading = self.get(device, command, Dmvpn)
        return self._index(device, command, lambda: _by(reading.peers, lambda p: p.tunnel_address))

    def flows(self, device: str, command: str) -> Mapping[str, list[IpsecFlow]]:
        """Return the GRE flows of `show crypto ipsec sa` by remote NBMA address."""
        reading = self.get(device, command, IpsecFlows)
        return self._index(
            device,
            command,
            lambda: _by([f for f in reading.flows if f.protocol == 47], lambda f: f.remote),
        )

    def sas(self, device: str, command: str) -> Mapping[str, list[IkeSa]]:
        """Return the IKE SAs by the peer's NBMA address.

        IKEv1 prints the responder first, whoever that is: there both ends count.
        """
        reading = self.get(device, command, IkeSas)
        return self._index(device, command, lambda: _by_end(reading.sas))

    def routes(self, device: str, command: str) -> Mapping[str, list[Route]]:
        """Return the paths of `show ip route` by prefix."""
        reading = self.get(device, command, Routes)
        return self._index(device, command, lambda: _by(reading.routes, lambda r: r.prefix))

    def entries(self, device: str, command: str) -> Mapping[str, list[NhrpEntry]]:
        """Return the NHRP cache by target."""
        reading = self.get(device, command, NhrpCache)
        return self._index(device, command, lambda: _by(reading.entries, lambda e: e.target))

    def copies(self, device: str, command: str) -> Mapping[str, list[NhrpMulticast]]:
        """Return the destinations of multicast by NBMA address."""
        reading = self.get(device, command, NhrpMulticastTable)
        rows = reading.destinations
        return self._index(device, command, lambda: _by(rows, lambda d: d.nbma_address))

    def _index(self, device: str, command: str, make: Callable[[], T]) -> T:
        key = (device, command)
        if key not in self._memo:
            self._memo[key] = make()
        made: T = self._memo[key]
        return made


def _unread(device: str, command: str, reading: Reading) -> NoEvidenceError:
    return NoEvidenceError(
        f"{command!r} on {device} could not be read whole", reading.unparsed + reading.warnings
    )


def _by_end(sas: Iterable[IkeSa]) -> dict[str, list[IkeSa]]:
    found: dict[str, list[IkeSa]] = defaultdict(list)
    for sa in sas:
        for end in {sa.remote, sa.local} if sa.version == 1 else {sa.remote}:
            found[end].append(sa)
    return dict(found)


def _by(rows: Any, key: Callable[[Any], str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)
