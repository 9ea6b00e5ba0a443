"""What a diagnosis says: a cause, how sure it is, what shows it, what to type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dmvpn_auto.design.types import Family
from dmvpn_auto.verify.diagnosis.facts import Line

SURE = 0.5
"""From this confidence on, a proven cause stands without the possible ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One cause. `device` is where the fault is; `peers` are the routers that suffer from it.

    `families` are those of the tunnel's traffic that suffer.

    `confidence` is from 0 to 1; `proven` says that evidence shows this cause itself, otherwise it
    is one of several that the evidence leaves open. `fix` and `next` are (device, command).
    """

    rule: str
    row: str
    source: str
    device: str
    peers: tuple[str, ...]
    families: tuple[Family, ...]
    state: str
    cause: str
    confidence: float
    proven: bool
    layer: int
    evidence: tuple[Line, ...]
    fix: tuple[Line, ...]
    next: tuple[Line, ...]

    @property
    def sure(self) -> bool:
        """Whether the cause is shown, not only possible, and more than a name for a symptom."""
        return self.proven and self.confidence >= SURE

    @property
    def commands(self) -> Mapping[str, tuple[str, ...]]:
        """What to type on which device, in order."""
        found: dict[str, tuple[str, ...]] = {}
        for device, command in self.fix:
            found[device] = (*found.get(device, ()), command)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return one element of `findings`."""
        return {
            "device": self.device,
            "peer": self.peers[0] if len(self.peers) == 1 else None,
            "peers": list(self.peers),
            "families": list(self.families),
            "state": self.state,
            "cause": self.cause,
            "confidence": round(self.confidence, 2),
            "proven": self.proven,
            "evidence": [f"{device}: {line}" for device, line in self.evidence],
            "fix": [f"{device}: {command}" for device, command in self.fix],
            "commands": {device: list(lines) for device, lines in self.commands.items()},
            "next": [f"{device}: {command}" for device, command in self.next],
            "rule": self.rule,
            "row": self.row,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All findings, worst first. `unreachable`: router -> why; `looked_at`: pairs with evidence.

    `families` are what the tunnels carry.
    """

    cloud: str
    families: tuple[Family, ...]
    findings: tuple[Finding, ...]
    looked_at: int
    unreachable: Mapping[str, str]
    notes: tuple[str, ...] = ()  # what one should know of the evidence

    def to_json(self) -> dict[str, Any]:
        """Return the document that `diagnose --format json` prints."""
        return {
            "cloud": self.cloud,
            "families": list(self.families),
            "findings": [finding.to_json() for finding in self.findings],
            "pairs": self.looked_at,
            "unreachable": dict(self.unreachable),
            "notes": list(self.notes),
        }
