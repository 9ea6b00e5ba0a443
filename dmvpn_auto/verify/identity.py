"""Outputs that are another router's: a file put into the wrong folder, a log under a wrong name.

Most outputs say somewhere whose they are. One that says it is another router of the cloud is no
evidence about this one; where all that say anything do, nothing of that router is used. A single
address proves little, since routers do have each other's by mistake, and that is to be found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dmvpn_auto.design.types import CloudDesign, RouterDesign
from dmvpn_auto.verify.evidence import Evidence, Missing, Output
from dmvpn_auto.verify.recording import Recording

_NAMED = re.compile(r"^(?:hostname (\S+)\s*$|(\S+) uptime is )", re.MULTILINE)
_NAMED_IN = ("show running-config", "show version")
_SHOWN: Mapping[str, tuple[int, re.Pattern[str]]] = {
    "show ip route": (2, re.compile(r"^L +(\S+)/32 is directly connected", re.MULTILINE)),
    "show interfaces Tunnel": (
        2, re.compile(r"^  (?:Internet address is|Tunnel source) ([\d.]+)", re.MULTILINE),
    ),
    "show crypto ikev2 sa": (1, re.compile(r"^\d+ +([\d.]+)/\d+ ", re.MULTILINE)),
    "show crypto ipsec sa": (1, re.compile(r", local addr ([\d.]+)\s*$", re.MULTILINE)),
    "ping": (1, re.compile(r"with a source address of ([\d.]+)")),
    "traceroute": (1, re.compile(r"with a source address of ([\d.]+)")),
}  # fmt: skip
"""Command -> how many own addresses must be another router's, and where they stand."""


def own_only(seen: Recording, cloud: CloudDesign) -> Recording:
    """Return the recording without the outputs that are another router's."""
    known = _Known(cloud)
    traffic = seen.traffic
    if traffic:
        traffic = replace(
            traffic, before=known.kept(traffic.before), after=known.kept(traffic.after)
        )
    return replace(seen, rest=known.kept(seen.rest), traffic=traffic)


class _Known:
    def __init__(self, cloud: CloudDesign) -> None:
        self._names = {router.name.lower(): router.name for router in cloud.routers}
        self._owners = {text: r.name for r in cloud.routers for text in _addresses(r)}

    def kept(self, evidence: Evidence) -> Evidence:
        return Evidence(
            {device: self._own(device, found) for device, found in evidence.outputs.items()}
        )

    def _own(
        self, device: str, found: Mapping[str, Output | Missing]
    ) -> Mapping[str, Output | Missing]:
        owners = {
            command: owner
            for command, output in found.items()
            if isinstance(output, Output) and (owner := self._owner(output))
        }
        foreign = {command: owner for command, owner in owners.items() if owner != device}
        if not foreign:
            return found
        if len(foreign) == len(owners):
            whose = Counter(foreign.values()).most_common(1)[0][0]
            foreign = {**dict.fromkeys(found, whose), **foreign}
        said = "this {!r} is of {}, not of {}"
        return {
            command: Missing(said.format(command, foreign[command], device))
            if command in foreign and isinstance(output, Output)
            else output
            for command, output in found.items()
        }

    def _owner(self, output: Output) -> str | None:
        """Return the router of the cloud that the output says it is of, None when it does not."""
        if output.command in _NAMED_IN:
            named = _NAMED.search(output.text)
            return self._names.get((named[1] or named[2]).lower()) if named else None
        for command, (least, pattern) in _SHOWN.items():
            if output.command.startswith(command):
                shown = dict.fromkeys(pattern.findall(output.text))
                count = Counter(filter(None, map(self._owners.get, shown)))
                return _most(count, least)
        return None


def _most(count: Counter[str], least: int) -> str | None:
    """Return who is named most often, at least so many times; None when two are."""
    ranked = count.most_common(2)
    if not ranked or ranked[0][1] < least or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _addresses(router: RouterDesign) -> Iterable[str]:
    yield str(router.tunnel.address.ip)
    if router.nbma_address is not None:
        yield str(router.nbma_address)
    yield from map(str, router.lan_addresses)
