"""The facts of one spoke towards one hub, both ends side by side, and what all spokes share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from dmvpn_auto.design.sides import sides
from dmvpn_auto.design.types import CloudDesign, Family, RouterDesign
from dmvpn_auto.verify.checks.subjects import links
from dmvpn_auto.verify.diagnosis.ends import UNKNOWN, End
from dmvpn_auto.verify.diagnosis.looking import look
from dmvpn_auto.verify.diagnosis.settings import Configuration, Setting
from dmvpn_auto.verify.diagnosis.texts import TOGETHER, Texts

SPOKE, HUB = "spoke", "hub"
T = TypeVar("T")
_SHARED = (
    "ike.psk", "nhrp.authentication", "bgp.password", "ospf.authentication", "eigrp.key",
)  # fmt: skip
"""Secrets that both ends of a tunnel must have alike."""
_OWN = (
    "tunnel.address", "tunnel.link-local", "bgp.router-id", "ospf.router-id", "eigrp.router-id",
)  # fmt: skip
"""What no two routers may have alike."""


@dataclass(frozen=True)
class Sheet:
    """One spoke, one hub, one tunnel."""

    spoke: End
    hub: End
    crowd: Crowd

    @property
    def family(self) -> Family:
        """What this sheet is about, of what the tunnel carries."""
        return self.spoke.family

    def end(self, side: str) -> End:
        """Return the end that is meant by "spoke" or "hub"."""
        return self.hub if side == HUB else self.spoke

    @property
    def together(self) -> bool:
        """Whether both ends were asked at about one time, as far as anybody knows."""
        here, there = self.spoke.moment, self.hub.moment
        return here is None or there is None or abs(here - there) <= TOGETHER

    @cached_property
    def state(self) -> str | None:
        """The DMVPN state as the spoke sees it; without the spoke, as far as the hub can tell."""
        if not self.spoke.router.tunnel.nhrp.network_id:
            return self._plain
        if self.spoke.state not in {None, "absent"}:
            return self.spoke.state
        if self.spoke.state == "absent":
            return "NHRP" if self.spoke.router.crypto is None or self._no_nhrp else self._layer
        return self._layer if self.hub.asked else None

    @property
    def _plain(self) -> str | None:
        """The state of a tunnel without NHRP: nobody registers, what is protected is UP."""
        spoke, hub = self.spoke, self.hub
        if spoke.tunnel is not None and spoke.tunnel.line != "up":
            return "INTF"
        if any(end.ike is not None and end.ike.state != "up" for end in (spoke, hub)):
            return "IKE"
        if any(end.esp is not None and not end.esp.up for end in (spoke, hub)):
            return "IPSEC"
        return "UP" if spoke.tunnel is not None or spoke.ike is not None else None

    @property
    def _no_nhrp(self) -> bool:
        return self.spoke.block is False and self.spoke.tunnel is not None

    @property
    def _layer(self) -> str | None:
        """The lowest layer that the hub misses."""
        hub = self.hub
        if hub.row is not None:
            return hub.row.state
        if hub.rows is None:
            return None
        if hub.ike is not None and hub.ike.state != "up":
            return "IKE"
        if hub.esp is not None and not hub.esp.up:
            return "IPSEC"
        return "NHRP"


@dataclass
class Crowd:
    """What only all routers together show. Filled while the sheets are made."""

    design: CloudDesign
    sheets: list[Sheet] = field(default_factory=list)
    _made: dict[tuple[str, str], Any] = field(default_factory=dict)

    def of_hub(self, name: str) -> list[Sheet]:
        """Return the sheets of one hub."""
        return self._by_hub.get(name, [])

    @cached_property
    def _by_hub(self) -> Mapping[str, list[Sheet]]:
        found: dict[str, list[Sheet]] = defaultdict(list)
        for sheet in self.sheets:
            found[sheet.hub.name].append(sheet)
        return found

    def once(self, what: str, hub: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, made once for each hub."""
        if (what, hub) not in self._made:
            self._made[what, hub] = make()
        made: T = self._made[what, hub]
        return made

    def states(self, hub: str) -> Mapping[str, str | None]:
        """Return the state of each spoke towards a hub."""
        return self.once(
            "states", hub, lambda: {one.spoke.name: one.state for one in self.of_hub(hub)}
        )

    def everybody_down(self, hub: str) -> bool | None:
        """Whether no spoke of a hub with two or more is up; None with one spoke or no evidence."""
        return self.once("down", hub, lambda: _all_down(self.states(hub).values()))

    def agrees(self, hub: str, key: str) -> int:
        """Return how many spokes have the same value of a setting as their hub."""
        return sum(self._agreement.get((hub, key), ()))

    def compared(self, hub: str, key: str) -> int:
        """Return for how many spokes the setting could be read at both ends."""
        return len(self._agreement.get((hub, key), ()))

    @cached_property
    def _agreement(self) -> Mapping[tuple[str, str], list[bool]]:
        found: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for sheet in self.sheets:
            for key in _SHARED:
                here, there = sheet.spoke.setting(key), sheet.hub.setting(key)
                if isinstance(here, Setting) and isinstance(there, Setting):
                    found[sheet.hub.name, key].append(here.value == there.value)
        return found

    @cached_property
    def owners(self) -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
        """Who has an address or identity: (kind, value) -> (router, line), when more than one."""
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for end in self._ends:
            for kind in _OWN:
                setting = end.setting(kind)
                if setting is UNKNOWN and kind == "tunnel.address":
                    for address in end.addresses or ():
                        found[kind, bare(address)][end.name] = f"address {address}"
                elif isinstance(setting, Setting):
                    found[kind, bare(setting.value)][end.name] = setting.line
        return {k: tuple(v.items()) for k, v in found.items() if len(v) > 1}

    @property
    def _ends(self) -> Iterable[End]:
        seen: dict[str, End] = {}
        for sheet in self.sheets:
            seen.setdefault(sheet.spoke.name, sheet.spoke)
            seen.setdefault(sheet.hub.name, sheet.hub)
        return seen.values()

    @cached_property
    def shared_nbma(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """(hub, NBMA address) -> the spokes registered there, when more than one."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for sheet in self.sheets:
            row = sheet.hub.row
            if row is not None and row.nbma_address != "UNKNOWN":
                found[sheet.hub.name, row.nbma_address].append(sheet.spoke.name)
        return {k: tuple(v) for k, v in found.items() if len(v) > 1}


def bare(address: str) -> str:
    """Return an address without what follows it: mask, length."""
    return address.split(maxsplit=1)[0].partition("/")[0]


def _all_down(states: Iterable[str | None]) -> bool | None:
    known = [state for state in states if state is not None]
    if "UP" in known:
        return False
    return True if len(known) > 1 else None


def make_sheets(
    design: CloudDesign, texts: Texts, intended: Mapping[str, Configuration]
) -> tuple[Sheet, ...]:
    """Return a sheet for every client and each hub that it registers with while all answer.

    Where tunnels carry both families, each has sheets of its own, which know only of each other.
    """
    found: list[Sheet] = []
    for side in sides(design):
        crowd = Crowd(side)
        for link in links(side):
            crowd.sheets.append(_sheet(crowd, texts, intended, link.device, link.towards))
        found += crowd.sheets
    return tuple(found)


def _sheet(
    crowd: Crowd,
    texts: Texts,
    intended: Mapping[str, Configuration],
    spoke: RouterDesign,
    hub: RouterDesign,
) -> Sheet:
    here = look(texts, spoke, hub, intended.get(spoke.name))
    there = look(texts, hub, spoke, intended.get(hub.name))
    return Sheet(here, there, crowd)
